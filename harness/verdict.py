"""From a case to its verdict: run it, keep its trace, check and explain what the history shows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from harness.backends import BackendRefused
from harness.check import check
from harness.diagnose import diagnose
from harness.history.entries import FORMAT, CaseEnded, CaseStarted, Entry
from harness.history.facts import read_facts
from harness.history.log import History
from harness.history.times import in_scenario_dates
from harness.report.text import TextOptions, failure_text
from harness.run import run_case
from harness.run.runner import described
from harness.scenario import Case


@dataclass(frozen=True)
class Verdict:
    """What a run amounts to: `text` is empty for a pass, else the whole failure text.

    `skipped` says why the case cannot run on this backend's account.
    """

    text: str
    broken: bool = False
    skipped: str | None = None


def run_and_judge(case: Case, backend: str, folder: Path, trace: Path, again: str) -> Verdict:
    """Run a case, write its trace, and judge it. `again` is the command that runs the case once more."""
    try:
        history = run_case(case, backend, folder)
    except BackendRefused as refused:
        record_untold(case, backend, folder, trace, ("broken", str(refused)))
        return Verdict(f"the backend failed: {refused}", broken=True)
    history.write(trace)
    return judge(history.entries, again)


def record_untold(case: Case, backend: str, folder: Path, trace: Path, end: tuple[str, str]) -> None:
    """Write the trace of a case that was not run, so that reports can name it; `end` is outcome and reason."""
    outcome, reason = end
    history = History(lambda: None, lambda: case.scenario.clock.at)
    history.append(
        CaseStarted,
        format=FORMAT,
        file=case.file,
        case=case.name,
        title=case.scenario.scenario,
        backend=backend,
        api_version=case.scenario.api_version or "",
        sdk="",
        settings={},
        **described(case, backend, folder),
    )
    history.append(CaseEnded, outcome=outcome, line=None, reason=reason)
    history.write(trace)


def judge(entries: Sequence[Entry], again: str) -> Verdict:
    """Check a history."""
    end = entries[-1]
    if isinstance(end, CaseEnded) and end.outcome == "broken":
        return Verdict(f"the backend failed: {end.reason}", broken=True)
    if isinstance(end, CaseEnded) and end.outcome == "skipped":
        return Verdict("", skipped=end.reason)
    facts = read_facts(in_scenario_dates(entries))
    checked = check(facts)
    if not checked.findings:
        return Verdict("")
    return Verdict(failure_text(facts, checked, diagnose(facts, checked), TextOptions(again=again)))
