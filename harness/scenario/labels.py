"""Checking that every label a scenario mentions is declared, and that bare cycles can be told apart."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from harness.scenario.build import LABELLED
from harness.scenario.codes import Code
from harness.scenario.errors import shorten
from harness.scenario.findings import Finding
from harness.scenario.places import UNPLACED, locate, node_at
from harness.scenario.references import ANY_KIND, Bare, Mention, Unreadable, answers_invoice
from harness.scenario.refs import INVOICE, split_line
from harness.scenario.suggest import closest
from harness.scenario.tree import Faulty, MarkedDict, MarkedList

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

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
        steps = list(_steps(tree))
        called = [name for step in steps for name in _ids(step.get("call"))]
        self.subscriptions = list(_keys(tree.get("subscriptions")))
        # What a `call` names can be anything.
        self._of: dict[str, dict[str, None]] = {
            kind: dict.fromkeys([*_keys(tree.get(kind)), *called]) for kind in LABELLED
        }
        declared = [label for labels in self._of.values() for label in labels]
        self._of[ANY_KIND] = dict.fromkeys([*declared, "clock"])  # the test clock is there unasked
        self._of["events"] = dict.fromkeys(name for step in steps for name in _event_ids(step))

    def of(self, kind: str) -> list[str]:
        """The labels of a kind, in the file's order."""
        return list(self._of[kind])

    def knows(self, kind: str, label: str) -> bool:
        """Whether a label is declared; the events of a series `id` are also `id-1`, `id-2` and so on."""
        if label in self._of[kind]:
            return True
        series, _, number = label.rpartition("-")
        return kind == "events" and number.isdecimal() and series in self._of[kind]


def check_labels(parts: dict[tuple[str, str | int], Part], tree: MarkedDict) -> Iterator[Finding]:
    """Every mention of a label that isn't declared, and every bare cycle that could be several.

    Args:
        parts: a case's parts by their place.
        tree: the case's document.
    """
    labels = Labels(tree)
    for part in parts.values():
        for reference in part.references:
            yield from _faults(reference, labels, part)


def _faults(reference: Reference, labels: Labels, part: Part) -> Iterator[Finding]:
    loc = part.key, *reference.loc
    if isinstance(reference, Mention):
        if not labels.knows(reference.kind, reference.label) and not _is_told(part, loc):
            yield from _undeclared(reference, labels, _place(part, loc))
    elif isinstance(reference, Unreadable):
        yield Finding(Code.BAD_INSTANT, str(reference.error), _place(part, loc), reference.error.hint)
    elif isinstance(reference, Bare):
        if len(labels.subscriptions) != 1:
            yield _unclear(reference, labels, _place(part, loc))
    elif not answers_invoice(part.model):
        message = f"there is no invoice here for `{reference.text}`"
        hint = (
            "`invoice.…` stands for the invoice of an event, in a reaction to `invoice.created` and its like"
        )
        yield Finding(Code.NO_INVOICE_HERE, message, _place(part, loc), hint)


def _undeclared(mention: Mention, labels: Labels, span: Span) -> Iterator[Finding]:
    """Where any object may stand, so may an invoice or its line: `cycle1`, `acme-plan.latest.line2`."""
    invoice, _ = split_line(mention.label)
    if mention.kind == ANY_KIND and (match := INVOICE.fullmatch(invoice)):
        owner = match["subscription"]
        if owner is not None:
            if not labels.knows("subscriptions", owner):
                yield _unknown(Mention(mention.loc, "subscriptions", owner), labels, span)
        elif invoice != "latest" and len(labels.subscriptions) != 1:
            yield _unclear(Bare(mention.loc, invoice), labels, span)
        return
    yield _unknown(mention, labels, span)


def _place(part: Part, loc: Sequence[str | int]) -> Span:
    return locate(part.around, loc, UNPLACED)


def _is_told(part: Part, loc: Sequence[str | int]) -> bool:
    return isinstance(node_at(part.around, loc), Faulty)


def _unknown(mention: Mention, labels: Labels, span: Span) -> Finding:
    names = labels.of(mention.kind)
    noun = _SINGULAR[mention.kind]
    listing = f"the {noun}s are {', '.join(names[:10])}" if names else f"the file declares no {noun}"
    if not names and mention.kind == "events":
        listing = "give the event an `id` where it is reported"
    message = f"no {noun} is called `{shorten(mention.label)}`"
    return Finding(Code.UNKNOWN_LABEL, message, span, closest(mention.label, names) or listing)


def _unclear(bare: Bare, labels: Labels, span: Span) -> Finding:
    names = labels.subscriptions
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
