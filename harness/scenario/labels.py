"""Checking that every label a scenario mentions is declared, and that bare cycles can be told apart."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from harness.scenario.build import LABELLED
from harness.scenario.codes import Code
from harness.scenario.errors import shorten
from harness.scenario.findings import Finding
from harness.scenario.references import ANY_KIND, Bare, Mention, answers_invoice
from harness.scenario.suggest import closest
from harness.scenario.tree import Faulty, MarkedDict, MarkedList, locate, node_at

if TYPE_CHECKING:
    from collections.abc import Iterator

    from harness.scenario.build import Part
    from harness.scenario.references import Reference
    from harness.scenario.source import Span

_SINGULAR = {
    "meters": "meter",
    "prices": "price",
    "customers": "customer",
    "subscriptions": "subscription",
    "events": "event",
    ANY_KIND: "object",
}


class Labels:
    """All that one case declares, by kind; read from its tree, so that faulty objects count too."""

    def __init__(self, tree: MarkedDict) -> None:
        self.declared = {kind: list(_keys(tree.get(kind))) for kind in LABELLED}
        steps = list(_steps(tree))
        self.events = [name for step in steps for name in _event_ids(step)]
        self.called = [name for step in steps for name in _ids(step.get("call"))]

    def of(self, kind: str) -> list[str]:
        """The labels of a kind; what a `call` names can be anything."""
        if kind == "events":
            return self.events
        if kind == ANY_KIND:
            return [*(label for labels in self.declared.values() for label in labels), *self.called]
        return [*self.declared[kind], *self.called]

    def knows(self, kind: str, label: str) -> bool:
        """Whether a label is declared; the events of a series `id` are also `id-1`, `id-2` and so on."""
        if label in self.of(kind):
            return True
        series, _, number = label.rpartition("-")
        return kind == "events" and number.isdecimal() and series in self.events


def check_labels(parts: dict[tuple[str, str | int], Part], tree: MarkedDict) -> Iterator[Finding]:
    """Every mention of a label that isn't declared, and every bare cycle that could be several.

    Args:
        parts: a case's parts by their place.
        tree: the case's document.
    """
    labels = Labels(tree)
    for (section, key), part in parts.items():
        span = tree[section].value_spans[key]
        for reference in part.references:
            yield from _faults(reference, labels, part, span)


def _faults(reference: Reference, labels: Labels, part: Part, root: Span) -> Iterator[Finding]:
    span = locate(part.origin, reference.loc, root)
    if isinstance(reference, Mention):
        is_told = isinstance(node_at(part.origin, reference.loc), Faulty)
        if not is_told and not labels.knows(reference.kind, reference.label):
            yield _unknown(reference, labels, span)
    elif isinstance(reference, Bare):
        if not labels.called and len(labels.declared["subscriptions"]) != 1:
            yield _unclear(reference, labels, span)
    elif not answers_invoice(part.model):
        message = f"there is no invoice here for `{reference.text}`"
        hint = (
            "`invoice.…` stands for the invoice of an event, in a reaction to `invoice.created` and its like"
        )
        yield Finding(Code.NO_INVOICE_HERE, message, span, hint)


def _unknown(mention: Mention, labels: Labels, span: Span) -> Finding:
    names = labels.of(mention.kind)
    noun = _SINGULAR[mention.kind]
    listing = f"the {noun}s are {', '.join(names[:10])}" if names else f"the file declares no {noun}"
    if not names and mention.kind == "events":
        listing = "give the event an `id` where it is reported"
    message = f"no {noun} is called `{shorten(mention.label)}`"
    return Finding(Code.UNKNOWN_LABEL, message, span, closest(mention.label, names) or listing)


def _unclear(bare: Bare, labels: Labels, span: Span) -> Finding:
    names = labels.declared["subscriptions"]
    what = f"`{bare.text}`" if bare.text else "this"
    if not names:
        message = f"{what} belongs to a subscription, and there is none"
        return Finding(Code.WHICH_SUBSCRIPTION, message, span, "declare one under `subscriptions`")
    hint = f"say whose: {names[0]}.{bare.text}" if bare.text else f"add `subscription: {names[0]}`"
    return Finding(Code.WHICH_SUBSCRIPTION, f"{what} could be of {len(names)} subscriptions", span, hint)


def _steps(tree: MarkedDict) -> Iterator[MarkedDict]:
    yield from _items(tree.get("steps"))
    for reaction in _items(tree.get("reactions")):
        yield from _items(reaction.get("do"))


def _event_ids(step: MarkedDict) -> Iterator[str]:
    reported = step.get("meter_events")
    for events in _items(reported) if isinstance(reported, MarkedList) else [reported]:
        yield from _ids(events)
    yield from _ids(step.get("usage_record"))


def _ids(mapping: Any) -> list[str]:
    found = mapping.get("id") if isinstance(mapping, MarkedDict) else None
    return [found] if isinstance(found, str) else []


def _items(value: Any) -> list[MarkedDict]:
    return [item for item in value if isinstance(item, MarkedDict)] if isinstance(value, MarkedList) else []


def _keys(value: Any) -> list[str]:
    return list(value) if isinstance(value, MarkedDict) else []
