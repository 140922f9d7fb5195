"""From a case to its verdict: run it, keep its trace, check and explain what the history shows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from harness.backends import BackendRefused, LiveSettings, traits_of
from harness.check import check
from harness.diagnose import diagnose
from harness.history.entries import FORMAT, CaseEnded, CaseStarted, Claimed, Entry, Refused, Waited
from harness.history.facts import read_facts
from harness.history.log import History
from harness.history.times import in_scenario_dates
from harness.outcomes import EXPECTATION, INFRASTRUCTURE, PASSED, REFUSED, SKIPPED
from harness.plan.planner import steps_for
from harness.report.text import TextOptions, failure_text
from harness.run import run_case
from harness.run.runner import described
from harness.scenario import Case, ExpectStep

CROWDED, FAILING = 429, 500


@dataclass(frozen=True)
class Verdict:
    """What a run amounts to: `text` is empty for a pass, else the whole failure text.

    `skipped` says why the case cannot run on this backend's account; `kind` is one of those in `outcomes`.
    """

    text: str
    broken: bool = False
    skipped: str | None = None
    kind: str = PASSED


@dataclass(frozen=True)
class Place:
    """Where a case runs: the backend, the folder of its modules, and how an account is reached.

    `look` is the report's address of the case, where a report will be written.
    """

    backend: str
    folder: Path
    live: LiveSettings | None = None
    look: str | None = None


def run_and_judge(case: Case, place: Place, trace: Path, again: str) -> Verdict:
    """Run a case, write its trace, and judge it. `again` is the command that runs the case once more.

    Where the infrastructure may fail, a case that it failed is run a second time.
    """
    verdict = _run_once(case, place, trace, again)
    for _ in range(traits_of(place.backend).tries - 1):
        if verdict.kind == INFRASTRUCTURE:
            verdict = _run_once(case, place, trace, again, verdict.text.partition("\n")[0])
    return verdict


def _run_once(case: Case, place: Place, trace: Path, again: str, tried: str | None = None) -> Verdict:
    try:
        history = run_case(case, place.backend, place.folder, place.live, tried)
    except BackendRefused as refused:
        record_untold(case, place.backend, place.folder, trace, ("broken", str(refused)))
        return Verdict(f"the backend failed: {refused}", broken=True, kind=INFRASTRUCTURE)
    history.write(trace)
    return judge(history.entries, again, place.look, unreached(case, place.backend, history.entries))


def record_untold(case: Case, backend: str, folder: Path, trace: Path, end: tuple[str, str]) -> None:
    """Write the trace of a case that was not run, for reports to name it; `end` is outcome and reason."""
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


def unreached(case: Case, backend: str, entries: Sequence[Entry]) -> int:
    """How many of the case's expectations the story never came to."""
    reached = {entry.line for entry in entries if isinstance(entry, Claimed)}
    steps = steps_for(case.scenario.steps, backend)
    return sum(isinstance(step, ExpectStep) and step.line not in reached for step in steps)


def judge(entries: Sequence[Entry], again: str, look: str | None = None, unreached: int = 0) -> Verdict:
    """Check a history. `unreached` is how many expectations it never came to."""
    end = entries[-1]
    if isinstance(end, CaseEnded) and end.outcome == "broken":
        return Verdict(f"the backend failed: {end.reason}", broken=True, kind=INFRASTRUCTURE)
    if isinstance(end, CaseEnded) and end.outcome == "skipped":
        return Verdict("", skipped=end.reason, kind=SKIPPED)
    facts = read_facts(in_scenario_dates(entries))
    checked = check(facts)
    if not checked.findings:
        return Verdict("")
    kind = kind_of_failure(entries)
    options = TextOptions(again=again, look=look, unreached=unreached)
    text = failure_text(facts, checked, diagnose(facts, checked), options)
    return Verdict(text, broken=kind == INFRASTRUCTURE and traits_of(facts.case.backend).tries > 1, kind=kind)


def kind_of_failure(entries: Sequence[Entry]) -> str:
    """Of a failed story: did it end otherwise than claimed, was it refused, or was it the infrastructure?"""
    end = entries[-1]
    if not isinstance(end, CaseEnded) or end.outcome != "stopped":
        return EXPECTATION
    refusals = [each for each in entries if isinstance(each, Refused) and not each.expected]
    if refusals:
        status = refusals[-1].status
        return INFRASTRUCTURE if status is None or status == CROWDED or status >= FAILING else REFUSED
    # A wait that ends in a claim was for the story to come true; any other is for the account to do its part.
    gave_up = (each for each in entries if isinstance(each, Waited) and not each.done)
    waited_in_vain = any(not isinstance(entries[each.n], Claimed) for each in gave_up)
    return INFRASTRUCTURE if waited_in_vain else EXPECTATION
