"""Due work: what a clock has to do next, and how far it may be advanced."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from harness.simulator.agenda import Rank
from harness.simulator.billing.periods import boundary, months_after
from harness.simulator.flows.invoicing import crediting, discounting, invoices, payments
from harness.simulator.flows.subscribing import boundaries, gathering, previews, renewals, transitions
from harness.simulator.objects.subscription import interval_of

if TYPE_CHECKING:
    from harness.simulator.objects.clock import TestClock
    from harness.simulator.world import World

_BOUNDING = frozenset({"active", "trialing", "past_due", "unpaid", "incomplete", "paused"})
"""Statuses whose subscriptions limit an advance (CLK-25, UNK-05: unverified)."""

_ACTIONS: dict[Rank, Callable[[World, Any, int], object]] = {
    Rank.UPDATE_EXPIRY: renewals.expire_update,
    Rank.UPCOMING: lambda world, subscription, _: previews.announce(world, subscription),
    Rank.TRIAL_NOTICE: lambda world, subscription, _: renewals.notice_trial_end(world, subscription),
    Rank.SCHEDULE_NOTICE: lambda world, schedule, _: transitions.announce_end(world, schedule),
    Rank.DISCOUNT_END: discounting.end_on_time,
    Rank.TRIAL_END: renewals.end_trial,
    Rank.CANCELLATION: renewals.cancel_on_time,
    Rank.RENEWAL: boundaries.renew,
    Rank.PHASE: transitions.go_on,
    Rank.RESUMPTION: lambda world, subscription, _: renewals.resume_collection(world, subscription),
    Rank.EXPIRY: renewals.lapse,
    Rank.CREDIT_EXPIRY: crediting.lapse,
    Rank.FINALIZATION: invoices.finalize_on_time,
    Rank.RETRY: payments.retry,
    Rank.GATHERING: gathering.collect,
    Rank.OVERDUE: lambda world, invoice, _: invoices.mark_overdue(world, invoice),
}


@dataclass(frozen=True)
class Due:
    """Work that is due: when, its rank among simultaneous ones, its object's age, and how to do it."""

    at: int
    rank: int
    sequence: int
    run: Callable[[], None]


def next_due(world: World, clock: str | None, not_after: int) -> Due | None:
    """The earliest work on `clock` up to and including `not_after`, by (instant, rank, sequence) (CLK-95).

    None as `clock` means the customers on wall time.
    """
    found = world.agenda.first(clock)
    if found is None or found[0].at > not_after:
        return None
    plan, planner = found
    at = max(plan.at, world.now(clock))  # what a request planned for the past is done now

    def run() -> None:
        _ACTIONS[plan.rank](world, planner, at)

    return Due(at, plan.rank, planner.sequence, run)


def latest_target(world: World, clock: TestClock) -> int:
    """The last instant that one advance may reach (CLK-23 to CLK-25).

    Two of the shortest intervals on the clock, by the calendar, from its present time; two years without a
    subscription or a schedule of one to come.
    """
    now = clock.frozen_time
    prices = [
        item.price
        for customer in clock.customers
        for subscription in world.agenda.subscriptions_of(customer)
        if subscription.status in _BOUNDING
        for item in subscription.items
    ]
    prices += [
        item.price
        for customer in clock.customers
        for schedule in world.agenda.schedules_of(customer)
        if schedule.status == "not_started"
        for item in schedule.phase.items
    ]
    intervals = [interval_of(world.prices[price]) for price in prices]
    return min((boundary(now, interval, 2) for interval in intervals), default=months_after(now, 24))
