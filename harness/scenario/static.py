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

    from harness.scenario.source import Span

# What stands below these is the user's own data, in which null means something.
_FREE_FORM = frozenset({"arguments", "cases", "matrix", "params", "payload", "vars", "when", "where"})


def missing_values(value: Any) -> Iterator[Finding]:
    """Keys with nothing after them: a claim that was meant to follow would be lost in silence."""
    if isinstance(value, MarkedDict):
        for key, item in value.items():
            if item is None:
                yield nothing_there(f"`{key}`", value.key_spans[key])
            elif key not in _FREE_FORM:
                yield from missing_values(item)
    elif isinstance(value, MarkedList):
        for item, span in zip(value, value.value_spans, strict=True):
            if item is None:
                yield nothing_there("this entry", span)
            else:
                yield from missing_values(item)


def unused_names(document: MarkedDict) -> Iterator[Finding]:
    """Names that are given a value and stand nowhere."""
    used = {name for key, value in document.items() if key not in LITERAL_KEYS for name in names_used(value)}
    for name, span in _names_given(document).items():
        if is_name(name) and name not in used:
            hint = (
                closest(name, sorted(used - _names_given(document).keys()), "${}")
                or f"take it away, or write `${name}` where it is needed"
            )
            yield Finding(Code.UNUSED_VARIABLE, f"nothing uses `${name}`", span, hint)


def _names_given(document: MarkedDict) -> dict[str, Span]:
    given: dict[str, Span] = {}
    for section in (document.get("vars"), document.get("matrix"), *_rows(document)):
        if isinstance(section, MarkedDict):
            given = {**section.key_spans, **given}
    return given


def _rows(document: MarkedDict) -> list[Any]:
    cases = document.get("cases")
    rows = [row for row in cases if isinstance(row, MarkedDict)] if isinstance(cases, MarkedList) else []
    return [_without_own_keys(row) for row in rows]


def _without_own_keys(row: MarkedDict) -> MarkedDict:
    made = MarkedDict(row.line)
    for key, value in row.items():
        if key not in CASE_KEYS:
            made.put(key, value, row.key_spans[key], row.value_spans[key])
    return made
