"""A case as the page lists it: its outcome, its story in a line, and where to find it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import PurePath
from typing import Literal

from harness.check import Checked, check
from harness.diagnose import Cause, diagnose
from harness.history.entries import CaseEnded, CaseStarted, Entry
from harness.history.facts import Facts, read_facts
from harness.report.page.source import case_row
from harness.report.text import headline, pass_line

Outcome = Literal["broken", "failed", "known", "skipped", "passed"]
WORST_FIRST: tuple[Outcome, ...] = ("broken", "failed", "known", "skipped", "passed")
OUTCOMES: dict[Outcome, str] = {
    "broken": "backend failed",
    "failed": "failed",
    "known": "known difference",
    "skipped": "skipped",
    "passed": "passed",
}
"""In words, worst first."""

MOST_LABELS = 20
"""Events of a case that the filter finds it by."""


@dataclass(frozen=True)
class TraceSource:
    """Where a case comes from.

    Args:
        slug: its place in the page, unique among its cases.
        load: gives the entries; called once for the list and once more for the body.
        file: the trace file's name.
        href: a relative address of the trace file; None where the page cannot reach it.
    """

    slug: str
    load: Callable[[], Sequence[Entry]]
    file: str
    href: str | None = None


@dataclass(frozen=True)
class Judged:
    """All that is known of a case's trace."""

    facts: Facts
    checked: Checked
    causes: tuple[Cause, ...]


@dataclass(frozen=True)
class CasePage:
    """A row of the page.

    Args:
        summary: the first line of its failure, or what speaks for the pass.
        words: what else a reader may look for: causes, expectations, events.
        wall_seconds: wall time that the backend saw pass.
    """

    source: TraceSource
    case: CaseStarted
    outcome: Outcome
    summary: str
    words: str
    wall_seconds: int

    @property
    def rank(self) -> tuple[int, str, int, str]:
        """Worst first; among equals in the order of the files."""
        return WORST_FIRST.index(self.outcome), self.case.file, self.case.line, self.case.case

    @property
    def file(self) -> str:
        """The scenario's file; of a path that is not relative only the name."""
        return PurePath(self.case.file).name if PurePath(self.case.file).is_absolute() else self.case.file

    @property
    def row(self) -> int:
        """The line of the scenario's file where this case stands."""
        return case_row(self.case.source, self.case.case, self.case.line)

    @property
    def again(self) -> str:
        """The command that runs just this case again."""
        backend = "" if self.case.backend == "simulator" else f" --backend {self.case.backend}"
        return f'pytest "{self.file}::{self.case.case}"{backend}'


def judge_entries(entries: Sequence[Entry]) -> Judged:
    """Check and diagnose a history; a story that was never told has nothing to check."""
    facts = read_facts(entries)
    if _ending(entries) in {"skipped", "untold"}:
        return Judged(facts, Checked((), check(facts).accounting), ())
    checked = check(facts)
    return Judged(facts, checked, diagnose(facts, checked))


def read_case(source: TraceSource) -> CasePage:
    """The row of a trace."""
    entries = source.load()
    judged = judge_entries(entries)
    outcome, summary = outcome_of(entries, judged)
    seconds = entries[-1].wall - entries[0].wall
    return CasePage(source, judged.facts.case, outcome, summary, _words(judged), seconds)


def _words(judged: Judged) -> str:
    found = [f"{cause.code} {cause.title}" for cause in judged.causes]
    found += [finding.title for finding in judged.checked.findings]
    found += [usage.label for usage in judged.facts.usages[:MOST_LABELS]]
    return " ".join(dict.fromkeys([judged.facts.case.file, *found]))


def outcome_of(entries: Sequence[Entry], judged: Judged) -> tuple[Outcome, str]:
    """How a case ended, and that in a line."""
    ending, reason = _ending(entries), _reason(entries)
    known, findings = judged.facts.case.known, judged.checked.findings
    if ending == "skipped":
        return "skipped", reason
    if ending in {"broken", "untold"}:
        return "broken", reason
    if findings:
        line = headline(judged.facts, judged.checked, judged.causes)
        return ("known", f"{known} ({line})") if known else ("failed", line)
    if known:
        return "failed", f"passes, although it is listed as a known difference: {known}"
    return "passed", pass_line(judged.facts, judged.checked).removeprefix(f"{judged.facts.case.case}: ")


def _ending(entries: Sequence[Entry]) -> str:
    end = entries[-1]
    return end.outcome if isinstance(end, CaseEnded) else "untold"


def _reason(entries: Sequence[Entry]) -> str:
    end = entries[-1]
    return (
        (end.reason or "no reason was noted")
        if isinstance(end, CaseEnded)
        else "the trace ends before its story"
    )
