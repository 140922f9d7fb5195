"""From a case's tree to its typed scenario, part by part, so that what cases share is checked once."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

from pydantic import TypeAdapter, ValidationError

from harness.scenario.model import Reaction, Scenario
from harness.scenario.objects import Customer, Meter, Price, Subscription
from harness.scenario.places import UNPLACED, locate
from harness.scenario.references import mentions_in_faulty, references_in
from harness.scenario.steps import Step
from harness.scenario.tree import MarkedDict, MarkedList
from harness.scenario.wording import findings_of

if TYPE_CHECKING:
    from harness.scenario.findings import Finding
    from harness.scenario.references import Reference
    from harness.scenario.source import Span

LABELLED = ("meters", "prices", "customers", "subscriptions")
_LISTED = ("reactions", "steps")
_KINDS: dict[str, Any] = {
    "meters": Meter,
    "prices": Price,
    "customers": Customer,
    "subscriptions": Subscription,
    "reactions": Reaction,
    "steps": Step,
}

Place = tuple[str, str | int]


class Part(NamedTuple):
    """One checked step, reaction or declared object.

    Attributes:
        around: the YAML mapping or list it stands in.
        key: its label or index there.
        model: the typed value, or None when something is wrong with it.
        findings: what is wrong.
        references: the labels it mentions.
    """

    around: Any
    key: str | int
    model: Any
    findings: list[Finding]
    references: list[Reference]


class Built(NamedTuple):
    """A case's scenario, when nothing is wrong, and the parts it is made of by their place in the tree."""

    scenario: Scenario | None
    parts: dict[Place, Part]
    findings: list[Finding]


class Builder:
    """Checks trees of one file; remembers the parts it has seen."""

    def __init__(self) -> None:
        self._seen: dict[tuple[str, int], Part] = {}

    def build(self, tree: MarkedDict, root: Span) -> Built:
        """Check one case's tree."""
        parts: dict[Place, Part] = {}
        data = {key: self._section(key, value, parts) for key, value in tree.items()}
        findings = [finding for part in parts.values() for finding in part.findings]
        broken = {key for (key, _), part in parts.items() if part.model is None}
        try:
            scenario = Scenario.model_validate(data)
        except ValidationError as error:
            found = findings_of(error, Scenario, tree, root, skip=broken)
            return Built(None, parts, [*findings, *found])
        return Built(None if broken else scenario, parts, findings)

    def _section(self, section: str, value: Any, parts: dict[Place, Part]) -> Any:
        """One top-level value with its parts checked, and typed where nothing is wrong with them."""
        if section in LABELLED and isinstance(value, MarkedDict):
            by_label = {label: self._part(section, value, label) for label in value}
            parts.update({(section, label): part for label, part in by_label.items()})
            return {label: part.model for label, part in by_label.items() if part.model is not None}
        if section in _LISTED and isinstance(value, MarkedList):
            listed = [self._part(section, value, index) for index in range(len(value))]
            parts.update({(section, index): part for index, part in enumerate(listed)})
            return [part.model for part in listed if part.model is not None]
        return value

    def _part(self, section: str, around: Any, key: str | int) -> Part:
        value = around[key]
        if not isinstance(value, MarkedDict):
            return _checked(section, around, key)
        seen = section, id(value)
        if seen not in self._seen:
            self._seen[seen] = _checked(section, around, key)
        return self._seen[seen]


@cache
def _adapter(section: str) -> TypeAdapter[Any]:
    return TypeAdapter(_KINDS[section])


def _checked(section: str, around: Any, key: str | int) -> Part:
    value = around[key]
    try:
        model = _adapter(section).validate_python(value)
    except ValidationError as error:
        kind = _KINDS[section]
        findings = findings_of(error, kind, value, locate(around, [key], UNPLACED))
        return Part(around, key, None, findings, list(mentions_in_faulty(kind, value)))
    return Part(around, key, model, [], references_in(model))
