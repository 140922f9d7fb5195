"""`harness outcomes`: what a run amounts to, case by case, and whether somebody has to look at it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from harness.comparing import recordings
from harness.history.entries import CaseEnded, CaseStarted
from harness.history.log import read
from harness.outcomes import DRIFT, EXPECTATION, INFRASTRUCTURE, PASSED, REFUSED, SKIPPED
from harness.parity import compare, result_of
from harness.reporting import trace_files
from harness.verdict import judge

EXPECTED = "expected failure"
ORDER = (EXPECTATION, REFUSED, DRIFT, INFRASTRUCTURE, EXPECTED, SKIPPED, PASSED)
SERIOUS_WEIGHT = 60
"""Drift in money, quantities, states and periods is worth an alarm; in words or in events it is not."""
SHOWN = {
    PASSED: "✅",
    SKIPPED: "⏭️",
    EXPECTED: "☑️",
    INFRASTRUCTURE: "🌩️",
    DRIFT: "🧭",
    REFUSED: "⛔",
    EXPECTATION: "❌",
}


@dataclass(frozen=True)
class Outcome:
    """What became of a case: one of the kinds in `ORDER`, in a line, and whether it is a real failure."""

    case: str
    kind: str
    detail: str
    alarming: bool


def outcomes(traces: Sequence[Path], against: Path | None = None) -> list[Outcome]:
    """Every case of a run, worst first.

    Args:
        traces: trace files, or folders of them.
        against: a run or parity files that passing cases must agree with; where they don't, that is drift.

    Raises:
        UnreadableTrace: a file is no trace.
    """
    known = {} if against is None else recordings(against)
    found = [_outcome(file, known) for file in trace_files(traces)]
    return sorted(found, key=lambda each: (ORDER.index(each.kind), each.case))


def _outcome(file: Path, known: dict[str, dict[str, object]]) -> Outcome:
    entries = read(file)
    first, last = entries[0], entries[-1]
    if not isinstance(first, CaseStarted):  # `read` has made sure
        raise TypeError("a history begins with its case")
    case = f"{first.file}::{first.case}"
    verdict = judge(entries, again="")
    if verdict.kind == SKIPPED:
        return Outcome(
            case, SKIPPED, last.reason or "" if isinstance(last, CaseEnded) else "", alarming=False
        )
    if verdict.text:
        line = verdict.text.partition("\n")[0]
        if first.known is not None and verdict.kind != INFRASTRUCTURE:
            return Outcome(case, EXPECTED, first.known, alarming=False)
        return Outcome(case, verdict.kind, line, alarming=verdict.kind != INFRASTRUCTURE)
    if case in known and (differences := compare(known[case]["result"], result_of(entries))):
        worst = differences[0]
        facts = f" [{', '.join(worst.facts)}]" if worst.facts else ""
        detail = f"{worst.path}: {worst.left} there, {worst.right} here{facts}"
        return Outcome(case, DRIFT, detail, alarming=worst.weight >= SERIOUS_WEIGHT)
    return Outcome(case, PASSED, "", alarming=False)


def as_text(found: Sequence[Outcome]) -> str:
    """For people: what did not pass, and a line that counts."""
    lines = [f"{each.kind:<19} {each.case}\n{'':20}{each.detail}" for each in found if each.kind != PASSED]
    return "\n".join([*lines, ", ".join(_counts(found))])


def as_markdown(found: Sequence[Outcome]) -> str:
    """A job summary: counts, then a table of what did not pass."""
    lines = ["## Scenarios against Stripe test mode", "", ", ".join(_counts(found)), ""]
    rows = [each for each in found if each.kind not in {PASSED, SKIPPED}]
    if rows:
        lines += ["| | outcome | case | what was seen |", "|---|---|---|---|"]
        lines += [
            f"| {SHOWN[each.kind]} | {each.kind} | `{_cell(each.case)}` | {_cell(each.detail)} |"
            for each in rows
        ]
    return "\n".join(lines) + "\n"


def _counts(found: Sequence[Outcome]) -> Iterator[str]:
    for kind in ORDER:
        number = sum(1 for each in found if each.kind == kind)
        if number:
            yield f"{number} {kind}"


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")
