"""From a case to its verdict: run it, keep its trace, check and explain what the history shows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from harness.backends import BackendRefused
from harness.check import check
from harness.diagnose import diagnose
from harness.history.entries import CaseEnded, Entry
from harness.history.facts import read_facts
from harness.report.text import TextOptions, failure_text
from harness.run import run_case
from harness.scenario import Case


@dataclass(frozen=True)
class Verdict:
    """What a run amounts to: `text` is empty for a pass, else the whole failure text."""

    text: str
    broken: bool = False


def run_and_judge(case: Case, backend: str, folder: Path, trace: Path, again: str) -> Verdict:
    """Run a case, write its trace, and judge it. `again` is the command that runs the case once more."""
    try:
        history = run_case(case, backend, folder)
    except BackendRefused as refused:
        return Verdict(f"the backend failed: {refused}", broken=True)
    history.write(trace)
    return judge(history.entries, again)


def judge(entries: Sequence[Entry], again: str) -> Verdict:
    """Check a history."""
    end = entries[-1]
    if isinstance(end, CaseEnded) and end.outcome == "broken":
        return Verdict(f"the backend failed: {end.reason}", broken=True)
    facts = read_facts(entries)
    checked = check(facts)
    if not checked.findings:
        return Verdict("")
    return Verdict(failure_text(facts, checked, diagnose(facts, checked), TextOptions(again=again)))
