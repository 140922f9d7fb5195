"""A plan as text: resolved times, pauses, what reactions will do, and what a live run would cost."""

from __future__ import annotations

from collections.abc import Iterator

from harness.plan.calendar import InvoiceTimes
from harness.plan.limits import obstacles, warnings
from harness.plan.planner import PAUSE_SECONDS, Plan, PlannedStep, stamp
from harness.plan.words import describe
from harness.scenario import AdvanceStep, Instant, MeterEventsStep, Reaction, Step

API_VERSION_WORDS = "the newest API version"


def plan_text(plan: Plan) -> str:
    """The whole plan of one case, without a newline at its end."""
    return "\n".join(_lines(plan))


def _lines(plan: Plan) -> Iterator[str]:
    scenario = plan.case.scenario
    version = f"API {scenario.api_version}" if scenario.api_version else API_VERSION_WORDS
    yield f"{plan.case.name:<48} {plan.backend} · {version} · times UTC"
    if plan.shift.years:
        yield f"  nothing may lie in the past: all dates are {plan.shift.words} than in the scenario"
    yield ""
    yield f"  start  {stamp(plan.calendar.start)}  {_cast(plan)}"
    for number, planned in enumerate(plan.steps, start=1):
        yield from _step_lines(plan, number, planned)
    for problem in plan.problems:
        yield f"  problem, line {problem.line}: {problem.message}"
    yield ""
    yield f"  {_cost(plan)}"
    for obstacle in obstacles(plan):
        yield f"  not on stripe, line {obstacle.line}: {obstacle.message}"
    for warning in warnings(plan):
        yield f"  on stripe, line {warning.line}: {warning.message}"


def _cast(plan: Plan) -> str:
    scenario = plan.case.scenario
    named = (
        ("meter", scenario.meters),
        ("price", scenario.prices),
        ("customer", scenario.customers),
        ("subscription", scenario.subscriptions),
    )
    return " · ".join(f"{word} {label}" for word, members in named for label in members)


def _step_lines(plan: Plan, number: int, planned: PlannedStep) -> Iterator[str]:
    step = planned.step
    if not isinstance(step, AdvanceStep):
        yield f"  {number:>5}  {stamp(planned.begins_at)}  {describe(step, plan, planned.begins_at)}"
        return
    before = planned.begins_at
    for index, hop in enumerate(planned.hops):
        words = "advance" if hop.because == "target" else f"advance, pausing {hop.because}"
        if hop.because == "as far as one advance may go":
            words = "advance, as far as one call may go"
        if index and hop.because == "target":
            words = "advance goes on"
        yield f"  {number if index == 0 else '':>5}  {stamp(hop.to)}  {words}"
        yield from _reaction_lines(plan, before, hop.to)
        before = hop.to


def _reaction_lines(plan: Plan, since: int, to: int) -> Iterator[str]:
    """What reactions to the drafts made on this leg will do, where that can be foreseen."""
    for label, cycles in plan.calendar.cycles.items():
        for number, boundary in enumerate(cycles.until(to)[1:], start=1):
            if not since < boundary <= to:
                continue
            times = InvoiceTimes(boundary, cycles.boundary(number - 1), boundary)
            for reaction in plan.case.scenario.reactions:
                if reaction.on == "invoice.created":
                    yield from _reaction(plan, reaction, times, label, number)


def _reaction(
    plan: Plan, reaction: Reaction, invoice: InvoiceTimes, label: str, number: int
) -> Iterator[str]:
    if reaction.times is not None and number > reaction.times:
        return
    due = reaction.after.add_to(invoice.created) if reaction.after else invoice.created
    now = max(due, invoice.created + PAUSE_SECONDS)
    when = f", {reaction.after} later" if reaction.after and due > invoice.created else ""
    for step in reaction.do:
        yield f"           on {reaction.on}{when}  {describe(step, plan, now, invoice)}"
        yield from _stamp_notes(plan, step, now, invoice, label)
    if reaction.run is not None:
        yield f"           on {reaction.on}{when}  run {reaction.run.function}"
    if reaction.post is not None:
        yield f"           on {reaction.on}{when}  post the event to {reaction.post}"


def _stamp_notes(plan: Plan, step: Step, now: int, invoice: InvoiceTimes, label: str) -> Iterator[str]:
    """Where a stamp lies in another cycle than the invoice's: the commonest surprise there is."""
    if not isinstance(step, MeterEventsStep):
        return
    for batch in step.meter_events:
        if not isinstance(batch.at, Instant):
            continue
        stamped = plan.calendar.resolve(batch.at, now, invoice)
        if stamped >= invoice.period_end:
            number = len(plan.calendar.cycles[label].until(stamped)) - 1
            yield f"             note  that stamp lies in cycle {number} of {label}, not in the invoiced one"


def _cost(plan: Plan) -> str:
    """An estimate for a run against Stripe: 6 to 20 s an advance, up to 200 s a settle (LIV-12 to LIV-18)."""
    advances = sum(len(planned.hops) for planned in plan.steps)
    settles = sum(
        1 for planned in plan.steps if isinstance(planned.step, AdvanceStep) and planned.step.advance.settle
    )
    fastest, slowest = advances * 6 + settles * 5, advances * 20 + settles * 200
    spent = f"{_minutes(fastest)} to {_minutes(slowest)}"
    return f"on stripe: {advances} advances, at most {settles} settles, about {spent}"


def _minutes(seconds: int) -> str:
    return f"{seconds} s" if seconds < 60 else f"{-(-seconds // 60)} min"
