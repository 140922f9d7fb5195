"""Checks of a document as it is written, before it is expanded into cases."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from harness.scenario.cases import CASE_KEYS
from harness.scenario.codes import Code
from harness.scenario.expand import LITERAL_KEYS
from harness.scenario.findings import Finding
from harness.scenario.suggest import closest
from harness.scenario.tree import MarkedDict, MarkedList
from harness.scenario.unknown_keys import nothing_there
from harness.scenario.variables import is_name, names_used

if TYPE_CHECKING:
    from collections.abc import Iterator

# What stands below these is the user's own data, in which null means something.
_FREE_FORM = frozenset(
    {"arguments", "cases", "matrix", "params", "payload", "returns", "vars", "when", "where"}
)


def missing_values(value: Any) -> Iterator[Finding]:
    """Keys with nothing after them: a claim that was meant to follow would be lost in silence."""
    if isinstance(value, MarkedDict):
        for key, item in value.items():
            if item is None:
                yield nothing_there(f"`{key}`", value.key_span(key))
            elif key not in _FREE_FORM:
                yield from missing_values(item)
    elif isinstance(value, MarkedList):
        for index, item in enumerate(value):
            if item is None:
                yield nothing_there("this entry", value.span(index))
            else:
                yield from missing_values(item)


def unused_names(document: MarkedDict) -> Iterator[Finding]:
    """Names that are given a value and stand nowhere."""
    used = {name for key, value in document.items() if key not in LITERAL_KEYS for name in names_used(value)}
    given = _names_given(document)
    for name, place in given.items():
        if name not in used and is_name(name):
            hint = closest(name, sorted(used - given.keys()), "${}")
            hint = hint or f"take it away, or write `${name}` where it is needed"
            yield Finding(Code.UNUSED_VARIABLE, f"nothing uses `${name}`", place.key_span(name), hint)


def _names_given(document: MarkedDict) -> dict[str, MarkedDict]:
    """Each name, and the first mapping that gives it a value."""
    cases = document.get("cases")
    rows = cases if isinstance(cases, MarkedList) else []
    given: dict[str, MarkedDict] = {}
    for section, own_keys in (
        (document.get("vars"), ()),
        (document.get("matrix"), ()),
        *((row, CASE_KEYS) for row in rows),
    ):
        if isinstance(section, MarkedDict):
            given = {**{name: section for name in section if name not in own_keys}, **given}
    return given
