"""What a case shows when it is opened, read from its trace."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from harness.check import Finding
from harness.diagnose import Cause
from harness.history.entries import CaseEnded, Entry
from harness.report.page.bills import Bill, bills
from harness.report.page.cases import CasePage, judge_entries
from harness.report.page.drawing import Timeline
from harness.report.page.exchanges import TraceItem, trace_items
from harness.report.page.ledger import Ledger, ledgers
from harness.report.page.masking import Masker
from harness.report.page.source import SourceLine, source_lines
from harness.report.page.timeline import make_timeline


@dataclass(frozen=True)
class CaseBody:
    """The opened case; `marked` are the entries in the timeline, `traced` those in the trace."""

    page: CasePage
    findings: tuple[Finding, ...]
    causes: tuple[Cause, ...]
    timeline: Timeline | None
    ledgers: tuple[Ledger, ...]
    bills: tuple[Bill, ...]
    source: tuple[SourceLine, ...]
    trace: tuple[TraceItem, ...]
    marked: frozenset[int]
    traced: frozenset[int]

    @property
    def linked(self) -> frozenset[int]:
        """Lines of the scenario that something on the page points to."""
        lines = [finding.line for finding in self.findings]
        lines += [each.line for cause in self.causes for each in cause.evidence if each.line]
        lines += [line.line for bill in self.bills for line in bill.lines if line.line]
        return frozenset(lines)

    def link(self, n: int | None) -> str | None:
        """The address of an entry within the page: its mark, else its place in the trace."""
        slug = self.page.source.slug
        if n is None or n not in self.marked | self.traced:
            return None
        return f"#{slug}~m{n}" if n in self.marked else f"#{slug}~e{n}"


def read_body(page: CasePage, entries: Sequence[Entry], masker: Masker, *, traced: bool) -> CaseBody:
    """All parts of an opened case; without the trace where the page has no room for it."""
    judged = judge_entries(entries)
    facts, checked, causes = judged.facts, judged.checked, judged.causes
    timeline = make_timeline(facts, checked, causes)
    trace = tuple(trace_items(entries, page.case.api_version, masker)) if traced else ()
    drawn = (mark for _, lane in timeline.lanes for mark in lane.marks()) if timeline else ()
    return CaseBody(
        page=page,
        findings=checked.findings,
        causes=causes,
        timeline=timeline,
        ledgers=tuple(ledgers(facts, checked)),
        bills=tuple(bills(facts)),
        source=tuple(source_lines(page.case.source, page.row, _failures(checked.findings, entries))),
        trace=trace,
        marked=frozenset(mark.n for mark in drawn if mark.n is not None),
        traced=frozenset(item.n for item in trace),
    )


def _failures(findings: Sequence[Finding], entries: Sequence[Entry]) -> list[tuple[int, str]]:
    found = [(finding.line, finding.summary) for finding in findings if finding.line]
    end = entries[-1]
    if isinstance(end, CaseEnded) and end.line and end.outcome == "stopped" and not found:
        found.append((end.line, f"the story stops here: {end.reason}"))
    return found
