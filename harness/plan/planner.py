"""A case as the ordered steps of one run: instants resolved, advances cut into hops."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from harness.plan.calendar import Calendar, UnresolvedInstant, calendar_of, step_of
from harness.plan.claims import resolve_claim
from harness.plan.shifting import UNMOVED, CannotShift, Shift, shift_for
from harness.scenario import (
    AdvanceStep,
    CallStep,
    Case,
    Duration,
    ExpectStep,
    Instant,
    MeterEventsStep,
    Step,
    UsageRecordStep,
)
from harness.scenario.references import times_in

PAUSE_SECONDS = 60
"""How far into a draft hour an advance pauses, so that reactions run while the invoice is a draft."""

WITHOUT_SUBSCRIPTIONS = Duration(months=24)  # the longest legal advance then (CLK-23)


@dataclass(frozen=True)
class Hop:
    """One call to advance the clock: where to, and why it stops there."""

    to: int
    because: str


@dataclass(frozen=True)
class PlannedStep:
    """A step with the clock time at which it begins; `hops` are the legs of an advance."""

    step: Step
    begins_at: int
    hops: tuple[Hop, ...] = ()


@dataclass(frozen=True)
class PlanProblem:
    """Something in a case that cannot be carried out."""

    line: int
    message: str


@dataclass(frozen=True)
class Plan:
    """What one run of a case does, in order.

    Args:
        ends_at: the clock's time after the last advance.
        problems: what makes the case impossible; a case with any isn't run.
        shift: how far the whole calendar was moved from the scenario's dates.
    """

    case: Case
    backend: str
    calendar: Calendar
    steps: tuple[PlannedStep, ...]
    ends_at: int
    problems: tuple[PlanProblem, ...]
    shift: Shift = UNMOVED

    def cycle_boundaries(self) -> dict[str, list[int]]:
        """The boundaries of each subscription's cycles that the story reaches, and one more."""
        return {label: cycles.until(self.ends_at) for label, cycles in self.calendar.cycles.items()}


def plan_case(case: Case, backend: str = "simulator", earliest: int | None = None) -> Plan:
    """Plan one case for a backend. Nothing is called; `problems` says what cannot work.

    Args:
        case: from `harness.scenario.load_file`.
        backend: its name, for steps that only one backend takes part in.
        earliest: where the clock may start at the earliest, unix seconds; a story that begins before it has
            its whole calendar moved by years. None leaves the dates as they are.
    """
    plan = _plan(case, backend, UNMOVED)
    if earliest is None or plan.problems or plan.calendar.start >= earliest:
        return plan
    try:
        return _plan(case, backend, _shift(plan, earliest))
    except CannotShift as reason:
        return replace(plan, problems=(PlanProblem(case.line("clock"), str(reason)),))


def _shift(plan: Plan, earliest: int) -> Shift:
    if plan.case.scenario.clock.exact:
        raise CannotShift(
            f"the clock would start in the past, at {stamp(plan.calendar.start)}, and `exact: true` forbids "
            "moving it; choose a later date, or drop `exact`"
        )
    reached = max([plan.ends_at, *(boundaries[-1] for boundaries in plan.cycle_boundaries().values())])
    # The last invoice may show a period that only begins then, of a licensed item (INV-07).
    billed_ahead = [step_of(price).add_to(reached) for price in plan.case.scenario.prices.values()]
    return shift_for(plan.calendar.start, max([reached, *billed_ahead]), earliest)


def _plan(case: Case, backend: str, shift: Shift) -> Plan:
    calendar = calendar_of(case.scenario, shift.seconds)
    planned: list[PlannedStep] = []
    problems: list[PlanProblem] = []
    now = calendar.start
    for step in steps_for(case.scenario.steps, backend):
        try:
            hops = advance_hops(step, case, calendar, now) if isinstance(step, AdvanceStep) else ()
            _check_instants(step, calendar, now)
        except (UnresolvedInstant, ValueError) as error:
            problems.append(PlanProblem(step.line, str(error)))
            continue
        planned.append(PlannedStep(step, now, hops))
        now = hops[-1].to if hops and step.fails_with is None else now
    return Plan(case, backend, calendar, tuple(planned), now, tuple(problems), shift)


def steps_for(steps: tuple[Step, ...], backend: str) -> Iterator[Step]:
    """The steps that this backend takes part in."""
    return (step for step in steps if not step.only_on or backend in step.only_on)


def advance_hops(step: AdvanceStep, case: Case, calendar: Calendar, now: int) -> tuple[Hop, ...]:
    """The legs of an advance that begins at `now`.

    Raises:
        UnresolvedInstant: the target has no meaning or lies behind the clock.
    """
    target = calendar.resolve(step.advance.to, now)
    if step.fails_with is not None or step.advance.pause == "never":
        return (Hop(target, "target"),)
    if target <= now:
        raise UnresolvedInstant(
            f"the clock already stands at {stamp(now)}; it cannot be advanced to {stamp(target)}"
        )
    pauses = list(_draft_pauses(calendar, now, target)) if case.scenario.reactions else []
    return tuple(_legal(calendar, now, [*pauses, Hop(target, "target")]))


def _draft_pauses(calendar: Calendar, now: int, target: int) -> Iterator[Hop]:
    """A pause in each draft hour on the way, in order of time."""
    found: dict[int, str] = {}
    for label, cycles in calendar.cycles.items():
        name = "" if len(calendar.cycles) == 1 else f"{label}."
        for number, boundary in enumerate(cycles.until(target)[1:], start=1):
            if now < boundary + PAUSE_SECONDS < target:
                found.setdefault(boundary + PAUSE_SECONDS, f"in the draft hour of {name}cycle{number}")
    return (Hop(instant, found[instant]) for instant in sorted(found))


def _legal(calendar: Calendar, now: int, hops: list[Hop]) -> Iterator[Hop]:
    """The same way in legs of at most two intervals of the shortest subscription (CLK-23, CLK-24)."""
    for hop in hops:
        while hop.to > (limit := _furthest(calendar, now)):
            yield Hop(limit, "as far as one advance may go")
            now = limit
        yield hop
        now = hop.to


def _furthest(calendar: Calendar, now: int) -> int:
    limits = [cycles.step.add_to(now, times=2) for cycles in calendar.cycles.values()]
    return min(limits) if limits else WITHOUT_SUBSCRIPTIONS.add_to(now)


def _check_instants(step: Step, calendar: Calendar, now: int) -> None:
    """Resolve what a step will resolve when it runs, so that a mistake is found before anything is called."""
    if isinstance(step, MeterEventsStep):
        for batch in step.meter_events:
            if isinstance(batch.at, Instant):
                calendar.resolve(batch.at, now)
    if isinstance(step, UsageRecordStep):
        calendar.resolve(step.usage_record.at, now)
    if isinstance(step, CallStep):
        for instant in times_in([step.call.params, step.call.returns]):
            calendar.resolve(instant, now)
    if isinstance(step, ExpectStep):
        resolve_claim(step.expect, calendar, now, invoice=None)


def stamp(unix: int) -> str:
    """`2026-02-01 00:01:00`, in UTC, as all output shows instants."""
    from datetime import UTC, datetime

    return datetime.fromtimestamp(unix, UTC).strftime("%Y-%m-%d %H:%M:%S")
