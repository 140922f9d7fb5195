"""Problems in scenario files as people and programs get them: where, what, and help."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Literal
from unicodedata import combining, east_asian_width

if TYPE_CHECKING:
    from harness.scenario.findings import Finding

_WIDEST = 100
_LEAD = 30


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong with a scenario file.

    Attributes:
        code: its stable name, such as `SCN201-unknown-key`.
        message: what is wrong, as a clause.
        file: the file's path as shown.
        line: counted from 1.
        column: counted from 1.
        source_line: the text of that line.
        hint: how to put it right, or None.
        severity: always `error` so far.
        width: how many characters are at fault.
    """

    code: str
    message: str
    file: str
    line: int
    column: int
    source_line: str
    hint: str | None = None
    severity: Literal["error", "warning"] = "error"
    width: int = 1

    def as_json(self) -> dict[str, Any]:
        """The problem for programs; a very long line is cut."""
        return {**asdict(self), "source_line": self.source_line[:500]}


def problem_of(finding: Finding, where: str = "") -> Problem:
    """Turn a finding into a problem.

    Args:
        finding: what was found.
        where: the cases it was found in, when not in all.
    """
    span = finding.span
    used = f"; line {span.used_at.line} uses it" if span.used_at else ""
    return Problem(
        code=str(finding.code),
        message=f"{finding.message}{used}{where}",
        file=span.source.name,
        line=span.line,
        column=span.column,
        source_line=span.source.line(span.line),
        hint=finding.hint,
        width=span.width,
    )


def render(problem: Problem) -> str:
    """The problem over several lines: what, where with a caret, help.

    Such as::

        error[SCN201-unknown-key]: `metre` isn't a key of a price
          --> x.yaml:3:5
           |
         3 |     metre: a
           |     ^^^^^
           = help: did you mean `meter`?
    """
    number = str(problem.line)
    pad = " " * max(len(number), 2)
    shown, before, width = _window(problem)
    lines = [
        f"{problem.severity}[{problem.code}]: {_printable(problem.message)}",
        f"{pad[:-1]} --> {_printable(problem.file)}:{problem.line}:{problem.column}",
    ]
    if problem.source_line.strip():
        lines += [f"{pad} |", f"{number:>{len(pad)}} | {shown}", f"{pad} | {' ' * before}{'^' * width}"]
    if problem.hint:
        lines.append(f"{pad} = help: {_printable(problem.hint)}")
    return "\n".join(lines)


def render_terse(problem: Problem) -> str:
    """The problem on one line."""
    hint = f" ({problem.hint})" if problem.hint else ""
    place = f"{problem.file}:{problem.line}:{problem.column}"
    return _printable(f"{place}: {problem.code}: {problem.message}{hint}")


def _window(problem: Problem) -> tuple[str, int, int]:
    """The part of the line to show, and the caret's distance and width in terminal columns."""
    line, start = problem.source_line, problem.column - 1
    first = max(0, start - _LEAD) if len(line) > _WIDEST else 0
    cut = line[first : first + _WIDEST]
    lead, tail = "…" if first else "", "…" if first + _WIDEST < len(line) else ""
    at_fault = cut[start - first : start - first + problem.width]
    return (
        f"{lead}{_printable(cut)}{tail}".rstrip(),
        _columns(lead) + _columns(cut[: start - first]),
        max(_columns(at_fault), 1),
    )


def _printable(text: str) -> str:
    """Text that can't move a terminal's cursor or change its colours."""
    return "".join(
        each if each.isprintable() else ("\N{REPLACEMENT CHARACTER}", " ")[each in "\t\n"] for each in text
    )


def _columns(text: str) -> int:
    """How many terminal columns a text takes."""
    return sum(0 if combining(each) else 2 if east_asian_width(each) in "WF" else 1 for each in text)
