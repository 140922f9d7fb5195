"""From a case's tree to its typed scenario, part by part, so that what cases share is checked once."""

from __future__ import annotations

from typing import Any, NamedTuple

from pydantic import TypeAdapter, ValidationError

from harness.scenario.findings import Finding
from harness.scenario.model import Reaction, Scenario
from harness.scenario.objects import Customer, Meter, Price, Subscription
from harness.scenario.source import Span
from harness.scenario.steps import Step
from harness.scenario.tree import MarkedDict, MarkedList
from harness.scenario.wording import findings_of

LABELLED: dict[str, Any] = {
    "meters": Meter,
    "prices": Price,
    "customers": Customer,
    "subscriptions": Subscription,
}
LISTED: dict[str, Any] = {"reactions": Reaction, "steps": Step}


class Part(NamedTuple):
    """One checked step, reaction or declared object.

    Attributes:
        origin: the YAML data; kept so that its `id` stays its own.
        model: the typed value, or None when something is wrong with it.
        findings: what is wrong.
    """

    origin: Any
    model: Any
    findings: list[Finding]


class Built(NamedTuple):
    """A case's scenario, when nothing is wrong, and the parts it is made of by their place in the tree."""

    scenario: Scenario | None
    parts: dict[tuple[str, str | int], Part]
    findings: list[Finding]


class Builder:
    """Checks trees of one file; remembers the parts it has seen."""

    def __init__(self) -> None:
        self._seen: dict[int, Part] = {}

    def build(self, tree: MarkedDict, root: Span) -> Built:
        """Check one case's tree."""
        parts: dict[tuple[str, str | int], Part] = {}
        data = {key: self._section(key, value, parts) for key, value in tree.items()}
        findings = [finding for part in parts.values() for finding in part.findings]
        broken = {key for (key, _), part in parts.items() if part.findings}
        try:
            scenario = Scenario.model_validate(data)
        except ValidationError as error:
            found = findings_of(error, Scenario, tree, root, skip=broken)
            return Built(None, parts, [*findings, *found])
        return Built(None if findings else scenario, parts, findings)

    def _section(self, key: str, value: Any, parts: dict[tuple[str, str | int], Part]) -> Any:
        if key in LABELLED and isinstance(value, MarkedDict):
            found = {
                label: self._part(LABELLED[key], item, value.key_spans[label])
                for label, item in value.items()
            }
            parts.update({(key, label): part for label, part in found.items()})
            return {label: part.model for label, part in found.items() if part.model is not None}
        if key in LISTED and isinstance(value, MarkedList):
            listed = [
                self._part(LISTED[key], item, at) for item, at in zip(value, value.value_spans, strict=True)
            ]
            parts.update({(key, index): part for index, part in enumerate(listed)})
            return [part.model for part in listed if part.model is not None]
        return value

    def _part(self, kind: Any, value: Any, span: Span) -> Part:
        known = self._seen.get(id(value)) if isinstance(value, MarkedDict) else None
        if known is not None:
            return known
        part = _checked(kind, value, span)
        if isinstance(value, MarkedDict):
            self._seen[id(value)] = part
        return part


_ADAPTERS: dict[int, TypeAdapter[Any]] = {}


def _adapter(kind: Any) -> TypeAdapter[Any]:
    if id(kind) not in _ADAPTERS:
        _ADAPTERS[id(kind)] = TypeAdapter(kind)
    return _ADAPTERS[id(kind)]


def _checked(kind: Any, value: Any, span: Span) -> Part:
    try:
        return Part(value, _adapter(kind).validate_python(value), [])
    except ValidationError as error:
        return Part(value, None, findings_of(error, kind, value, span))
