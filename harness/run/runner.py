"""One case from beginning to end: set-up, steps, closing look, clean-up; and always a history."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import stripe

from harness.backends import (
    BACKENDS,
    Backend,
    BackendRefused,
    FaultRule,
    LiveSettings,
    SimulatorSettings,
    open_backend,
    traits_of,
)
from harness.history.entries import FORMAT, CaseEnded, CaseStarted, CycleDates, Noted
from harness.history.log import History
from harness.plan.planner import Plan, plan_case
from harness.run.cleanup import clean_up
from harness.run.events import see_events, start_watching
from harness.run.performing import note_refusal, perform_planned
from harness.run.reading import read_everything
from harness.run.setup import set_up
from harness.run.story import Story, StoryStopped
from harness.run.unavailable import unavailable
from harness.run.usage import watch_usage
from harness.scenario import Case, Fault, LagRange, SimulatorOptions

Outcome = tuple[str, int | None, str | None]
"""How a story ended, at which line, and why."""

BROKEN = (stripe.APIConnectionError, stripe.AuthenticationError, stripe.PermissionError, BackendRefused)
"""Failures that say nothing about the story: the backend could not be reached, or would not have us."""


def run_case(
    case: Case,
    backend: str = "simulator",
    folder: Path | None = None,
    live: LiveSettings | None = None,
    tried: str | None = None,
) -> History:
    """Run one case and return what was observed.

    Args:
        case: from `harness.scenario.load_file`.
        backend: `simulator` or `stripe`.
        folder: where the application's own modules may lie; the scenario's own folder when left out.
        live: how an account is reached.
        tried: why an earlier try of the case says nothing, for the history.

    Raises:
        BackendRefused: the backend could not be opened; nothing was sent.
        ValueError: the case cannot be planned; `plan_case` says why.
    """
    plan = plan_case(case, backend, traits_of(backend).present())
    if plan.problems:
        first = plan.problems[0]
        raise ValueError(f"{case.file}:{first.line}: {first.message}")
    if backend not in BACKENDS:
        raise BackendRefused(f"there is no backend `{backend}`; choose from {', '.join(BACKENDS)}")
    opened = open_backend(backend, simulator_settings(case), case.scenario.api_version, live)
    return run_plan(plan, opened, folder or Path(case.file).parent, tried)


def simulator_settings(case: Case) -> SimulatorSettings:
    """What the scenario's `simulator:` key asks for. Simulated wall time starts where the clock does."""
    options = case.scenario.simulator
    grace = options.finalization_grace
    return SimulatorSettings(
        wall=case.scenario.clock.at,
        seed=options.seed,
        lag_seconds=_lag(options),
        clock_polls=options.clock_polls,
        grace_seconds=None if grace is None else grace.total_seconds,
        requests_per_second=options.rate_limit,
        meter_lock_seconds=0 if options.meter_lock is None else options.meter_lock.total_seconds,
        faults=tuple(_rule(fault) for fault in options.faults),
    )


def _rule(fault: Fault) -> FaultRule:
    return FaultRule(
        kind=fault.kind,
        on=fault.on,
        after=fault.after,
        times=None if fault.times == "always" else fault.times,
        percent=fault.percent,
        seconds=0 if fault.lasts is None else fault.lasts.total_seconds,
    )


def _lag(options: SimulatorOptions) -> tuple[int, int] | None:
    lag = options.aggregation_lag
    if lag is None:
        return None
    if isinstance(lag, LagRange):
        return lag.min.total_seconds, lag.max.total_seconds
    return lag.total_seconds, lag.total_seconds


def run_plan(plan: Plan, backend: Backend, folder: Path, tried: str | None = None) -> History:
    """Run a plan on an opened backend. The clock is deleted in the end, even after Ctrl-C."""
    story = Story(plan, backend, folder)
    _open_history(story)
    if tried is not None:
        story.history.append(Noted, text=f"tried before, and given up: {tried}")
    watch_usage(story)
    try:
        outcome = _unless_unavailable(story, _tell(story))
        _close(story)
    finally:
        clean_up(story)
    story.history.append(CaseEnded, outcome=outcome[0], line=outcome[1], reason=outcome[2])
    return story.history


def _open_history(story: Story) -> None:
    case = story.plan.case
    story.history.append(
        CaseStarted,
        format=FORMAT,
        file=case.file,
        case=case.name,
        title=case.scenario.scenario,
        backend=story.backend.name,
        api_version=story.backend.api_version,
        sdk=story.backend.sdk,
        settings=case.scenario.simulator.model_dump(mode="json", exclude_none=True),
        shift_years=story.plan.shift.years,
        shift_seconds=story.plan.shift.seconds,
        run_id=story.backend.run_id,
        host=story.backend.host,
        **described(case, story.backend.name, story.folder),
    )
    for label, boundaries in story.plan.cycle_boundaries().items():
        story.history.append(CycleDates, subscription=label, boundaries=boundaries)


def described(case: Case, backend: str, folder: Path) -> dict[str, Any]:
    """What a `case` entry says for readers of the trace alone. A file that is gone leaves its text empty."""
    file = folder / Path(case.file).name
    return {
        "about": case.scenario.about,
        "tags": list(case.scenario.tags),
        "line": case.line(),
        "source": file.read_text(encoding="utf-8") if file.is_file() else "",
        "known": next((why for name, why in case.scenario.xfail.items() if name == backend), None),
    }


def _unless_unavailable(story: Story, outcome: Outcome) -> Outcome:
    """A stop that says nothing about the story is no failure of it."""
    lacking = unavailable(story.history.entries, story.backend.api_version)
    return ("skipped", outcome[1], lacking) if lacking and outcome[0] == "stopped" else outcome


def _tell(story: Story) -> Outcome:
    """The story itself; how it ended, at which line, and why."""
    try:
        start_watching(story)
        set_up(story)
        see_events(story)
        for planned in story.plan.steps:
            perform_planned(story, planned)
    except StoryStopped as stopped:
        return "stopped", stopped.line, stopped.reason
    except BROKEN as error:
        return "broken", story.line, f"{type(error).__name__}: {error}"
    except stripe.StripeError as error:  # while setting up: steps answer for their own
        note_refusal(story, story.line, error)
        return "stopped", story.line, f"setting up was refused: {error.user_message}"
    return "completed", None, None


def _close(story: Story) -> None:
    """The closing look. Where it fails the history says so, and accounting is unknown rather than wrong."""
    if story.clock is None:
        return
    try:
        see_events(story, last=True)
        read_everything(story)
    except (stripe.StripeError, StoryStopped) as error:
        story.history.append(Noted, text=f"the closing look failed: {error}")
