"""The cases of a file: rows of `cases`, the product of `matrix`, or the file itself."""

from __future__ import annotations

import re
from itertools import product
from math import prod
from typing import TYPE_CHECKING, Any, NamedTuple

from harness.scenario.codes import Code
from harness.scenario.findings import Finding
from harness.scenario.suggest import closest
from harness.scenario.tree import MarkedDict, MarkedList
from harness.scenario.variables import Bound, bad_name, is_name

if TYPE_CHECKING:
    from harness.scenario.source import Span

MOST_CASES = 1_000
CASE_KEYS = ("id", "only_on", "xfail", "tags")
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.+-]*")
_LONGEST_ID = 100


class Row(NamedTuple):
    """One case as the file gives it.

    Attributes:
        id: None when the file has neither `cases` nor `matrix`.
        values: what its names are bound to.
        own: the keys it sets for itself: only_on, xfail, tags.
    """

    id: str | None
    values: dict[str, Bound]
    own: MarkedDict


def rows_of(document: MarkedDict, findings: list[Finding]) -> list[Row]:
    """The cases a document asks for; none when they can't be told."""
    if "cases" in document and "matrix" in document:
        span = document.key_span("matrix")
        findings.append(
            Finding(Code.BAD_CASES, "`cases` and `matrix` exclude each other", span, "keep one of them")
        )
        return []
    if "cases" in document:
        return _listed(document["cases"], document.key_span("cases"), findings)
    if "matrix" in document:
        return _product(document["matrix"], document.key_span("matrix"), findings)
    return [Row(None, {}, MarkedDict())]


def _listed(cases: Any, span: Span, findings: list[Finding]) -> list[Row]:
    if not isinstance(cases, MarkedList) or not cases:
        hint = "write a list of mappings: - {id: early, stamp: now}"
        findings.append(Finding(Code.BAD_CASES, "`cases` should be a list of cases", span, hint))
        return []
    if _too_many(len(cases), span, findings):
        return []
    rows = [_row(case, at, findings) for case, at in cases.with_spans()]
    return _with_unique_ids([row for row in rows if row is not None], findings)


def _row(case: Any, span: Span, findings: list[Finding]) -> tuple[Row, Span] | None:
    if not isinstance(case, MarkedDict):
        hint = "write a mapping: {id: early, stamp: now}"
        findings.append(Finding(Code.BAD_CASES, "a case should be a mapping", span, hint))
        return None
    own = MarkedDict(case.source, case.line)
    values = {}
    for key, value in case.items():
        if key in CASE_KEYS:
            own.take(case, key)
        elif _is_good_name(key, case.key_span(key), findings):
            values[key] = Bound(value, case.span(key))
    case_id = _listed_id(case, span, findings)
    return None if case_id is None else (Row(case_id, values, own), case.span("id"))


def _listed_id(case: MarkedDict, span: Span, findings: list[Finding]) -> str | None:
    if "id" not in case:
        hint = closest("id", case) or "add `id: some-words-with-hyphens`"
        findings.append(Finding(Code.BAD_CASES, "a case needs an `id`", span, hint))
        return None
    given = case["id"]
    text = str(given)
    if (
        isinstance(given, bool | None | MarkedDict | MarkedList)
        or not _ID.fullmatch(text)
        or len(text) > _LONGEST_ID
    ):
        hint = "use letters, digits and - _ . +, as in clock-outran-the-meter"
        findings.append(Finding(Code.BAD_CASES, "this can't be a case's `id`", case.span("id"), hint))
        return None
    return text


def _product(matrix: Any, span: Span, findings: list[Finding]) -> list[Row]:
    if not isinstance(matrix, MarkedDict) or not matrix:
        hint = "write lists of values by name: {mode: [classic, flexible], hours: [1, 2]}"
        findings.append(Finding(Code.BAD_CASES, "`matrix` should be a mapping of names to lists", span, hint))
        return []
    axes = [_axis(matrix, name, findings) for name in matrix]
    if not all(axes) or _too_many(prod(len(axis) for axis in axes), span, findings):
        return []
    rows = []
    for choice in product(*axes):
        case_id = "-".join(_slug(bound.value) for bound in choice)
        rows.append((Row(case_id, dict(zip(matrix, choice, strict=True)), MarkedDict()), choice[-1].span))
    return _with_unique_ids(rows, findings)


def _axis(matrix: MarkedDict, name: str, findings: list[Finding]) -> list[Bound]:
    values, span = matrix[name], matrix.key_span(name)
    if not _is_good_name(name, span, findings):
        return []
    if not isinstance(values, MarkedList) or not values:
        findings.append(
            Finding(Code.BAD_CASES, f"`{name}` should be a list of values", span, f"write {name}: [a, b]")
        )
        return []
    for value, at in values.with_spans():
        if isinstance(value, MarkedDict | MarkedList):
            findings.append(Finding(Code.BAD_CASES, "a matrix holds single values only", at, "use `cases`"))
            return []
    return [Bound(value, at) for value, at in values.with_spans()]


def _slug(value: Any) -> str:
    text = str(value).lower() if isinstance(value, bool | None) else str(value)
    return re.sub(r"[^A-Za-z0-9_.+-]", "_", re.sub(r"\s", "", text))[:_LONGEST_ID]


def _is_good_name(name: str, span: Span, findings: list[Finding]) -> bool:
    if not is_name(name):
        findings.append(bad_name(name, span))
    return is_name(name)


def _too_many(count: int, span: Span, findings: list[Finding]) -> bool:
    if count > MOST_CASES:
        message = f"these are {count:,} cases; a file may have {MOST_CASES:,}"
        findings.append(Finding(Code.TOO_MANY_CASES, message, span, "spread them over several files"))
    return count > MOST_CASES


def _with_unique_ids(rows: list[tuple[Row, Span]], findings: list[Finding]) -> list[Row]:
    seen: dict[str | None, Span] = {}
    for row, span in rows:
        if row.id in seen:
            message = f"two cases are called `{row.id}`"
            findings.append(
                Finding(Code.DUPLICATE_CASE, message, span, f"the other is on line {seen[row.id].line}")
            )
        seen.setdefault(row.id, span)
    return [row for row, _ in rows]
