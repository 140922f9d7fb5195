"""The scenario's text with the lines that failed marked."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

MOST_LINES = 400


@dataclass(frozen=True)
class SourceLine:
    """A numbered line; `why` says what failed there, empty where nothing did."""

    number: int
    text: str
    why: str
    is_case: bool


def source_lines(text: str, case_line: int, failures: Iterable[tuple[int, str]]) -> list[SourceLine]:
    """The file's lines; a file that is too long is shown around its marked lines.

    Args:
        text: the file.
        case_line: where the case stands.
        failures: (line, what failed there).
    """
    reasons: dict[int, list[str]] = {}
    for number, reason in failures:
        reasons.setdefault(number, []).append(reason)
    lines = text.splitlines()
    shown = (
        set(range(1, len(lines) + 1))
        if len(lines) <= MOST_LINES
        else _around({*reasons, case_line}, len(lines))
    )
    return [
        SourceLine(number, line, "; ".join(dict.fromkeys(reasons.get(number, []))), number == case_line)
        for number, line in enumerate(lines, start=1)
        if number in shown
    ]


def case_row(text: str, case: str, line: int) -> int:
    """The line where a case of a table stands, such as `- {id: late, …}`; `line` where there is no such row.

    Args:
        text: the file.
        case: the case's name, its id in brackets.
        line: where the case begins otherwise.
    """
    found = re.search(r"\[(.*)\]$", case)
    if found is None:
        return line
    row = re.compile(rf"(?:^|[\s{{,-])id:\s*[\"']?{re.escape(found[1])}[\"']?\s*(?:[,}}#]|$)")
    return next((number for number, each in enumerate(text.splitlines(), start=1) if row.search(each)), line)


def _around(marked: Iterable[int], count: int) -> set[int]:
    near = {line for mark in marked for line in range(mark - 20, mark + 21)}
    return {line for line in near | set(range(1, 41)) if 1 <= line <= count}
