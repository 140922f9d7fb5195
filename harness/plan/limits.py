"""What a shared account would refuse or not get through, foreseen from the plan."""

from __future__ import annotations

from collections.abc import Iterator

from harness.plan.planner import Plan, PlanProblem
from harness.scenario import CallStep, Step

INVOICES_A_DAY = 20
"""New invoices of one subscription in a day of wall time, and a whole run is over within one (LIV-03)."""
INVOICES_A_MINUTE = 10
CUSTOMERS_ON_A_CLOCK = 3  # CLK-61
SUBSCRIPTIONS_OF_A_CUSTOMER = 3  # CLK-62
ALERTS = "/v1/billing/alerts"  # not for customers on test clocks (CLK-73)


def obstacles(plan: Plan) -> list[PlanProblem]:
    """Why the case cannot be run on a shared account; none where it can."""
    return [*_too_many_invoices(plan), *_alerts(plan)]


def warnings(plan: Plan) -> list[PlanProblem]:
    """What a run on a shared account may well meet."""
    return [*_full_minute(plan), *_full_clock(plan)]


def _invoices(plan: Plan) -> Iterator[tuple[str, int]]:
    """Cycles that each subscription completes, each with an invoice."""
    for label, boundaries in plan.cycle_boundaries().items():
        yield label, sum(1 for boundary in boundaries[1:] if boundary <= plan.ends_at)


def _too_many_invoices(plan: Plan) -> Iterator[PlanProblem]:
    for label, number in _invoices(plan):
        if number > INVOICES_A_DAY:
            yield PlanProblem(
                plan.case.line("subscriptions", label),
                f"`{label}` would get {number} invoices, and Stripe makes at most "
                f"{INVOICES_A_DAY} a day for a subscription; "
                "choose a longer interval or a shorter story, or say `only_on: {simulator: …}`",
            )


def _alerts(plan: Plan) -> Iterator[PlanProblem]:
    for step in _all_steps(plan):
        if isinstance(step, CallStep) and step.call.path.startswith(ALERTS):
            yield PlanProblem(step.line, "alerts do not work on test clocks; say `only_on: {simulator: …}`")


def _all_steps(plan: Plan) -> Iterator[Step]:
    yield from (planned.step for planned in plan.steps)
    for reaction in plan.case.scenario.reactions:
        yield from reaction.do


def _full_minute(plan: Plan) -> Iterator[PlanProblem]:
    for label, number in _invoices(plan):
        if INVOICES_A_MINUTE < number <= INVOICES_A_DAY:
            yield PlanProblem(
                plan.case.line("subscriptions", label),
                f"`{label}` gets {number} invoices; Stripe makes at most {INVOICES_A_MINUTE} a minute and "
                f"{INVOICES_A_DAY} a day for a subscription, so it may have to be waited for",
            )


def _full_clock(plan: Plan) -> Iterator[PlanProblem]:
    scenario = plan.case.scenario
    clocked = [label for label, customer in scenario.customers.items() if customer.clock]
    if len(clocked) > CUSTOMERS_ON_A_CLOCK:
        yield PlanProblem(
            plan.case.line("customers", clocked[CUSTOMERS_ON_A_CLOCK]),
            f"{len(clocked)} customers, and a test clock takes {CUSTOMERS_ON_A_CLOCK}",
        )
    for customer in clocked:
        theirs = [label for label, each in scenario.subscriptions.items() if each.customer == customer]
        if len(theirs) > SUBSCRIPTIONS_OF_A_CUSTOMER:
            yield PlanProblem(
                plan.case.line("subscriptions", theirs[SUBSCRIPTIONS_OF_A_CUSTOMER]),
                f"`{customer}` has {len(theirs)} subscriptions, and on a test clock a customer takes "
                f"{SUBSCRIPTIONS_OF_A_CUSTOMER}",
            )
