"""What a pass over a scenario found wrong, before it is put into words for people."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from harness.scenario.codes import Code

if TYPE_CHECKING:
    from collections.abc import Iterable

    from harness.scenario.source import Span

MOST_FINDINGS = 100


class Finding(NamedTuple):
    """One thing wrong: its code, a clause that says what, the place, and how to put it right."""

    code: Code
    message: str
    span: Span
    hint: str | None = None


class RefusedError(Exception):
    """Reading can't go on after this finding."""

    def __init__(self, finding: Finding) -> None:
        super().__init__(finding.message)
        self.finding = finding


class Collected:
    """The findings of all cases of a file, each once, with the cases it was found in."""

    def __init__(self) -> None:
        self._found: dict[tuple[object, ...], tuple[Finding, list[str]]] = {}

    def add(self, findings: Iterable[Finding], case_id: str | None = None) -> None:
        """Take findings in; those without a case are the whole file's."""
        for finding in findings:
            # A missing value is seen twice, once without knowing what it is missing for.
            message = "" if finding.code is Code.NO_VALUE else finding.message
            key = (finding.code, message, finding.span[1:4], finding.span.source.name)
            _, cases = self._found.setdefault(key, (finding, []))
            if case_id is not None:
                cases.append(case_id)

    @property
    def is_full(self) -> bool:
        """Whether there is enough to show, so that looking for more can end."""
        return len(self._found) >= MOST_FINDINGS

    def sorted(self, case_count: int) -> list[tuple[Finding, str]]:
        """The findings by place, each with words for the cases it was found in, empty for all of them.

        Args:
            case_count: how many cases were looked at.
        """
        ordered = sorted(self._found.values(), key=lambda each: _place(each[0]))
        told = [(finding, _in_cases(cases, case_count)) for finding, cases in ordered[:MOST_FINDINGS]]
        return [*told, (_more(told[-1][0].span), "")] if self.is_full else told


def _more(span: Span) -> Finding:
    message = f"there may be more: only {MOST_FINDINGS} problems are told at once"
    return Finding(Code.MORE, message, span, "put these right first")


def _place(finding: Finding) -> tuple[str, int, int]:
    return finding.span.source.name, finding.span.line, finding.span.column


def _in_cases(cases: list[str], count: int) -> str:
    if not cases or len(set(cases)) >= count:
        return ""
    if len(set(cases)) == 1:
        return f" (in case `{cases[0]}`)"
    return f" (in {len(set(cases))} of {count} cases, first `{cases[0]}`)"
