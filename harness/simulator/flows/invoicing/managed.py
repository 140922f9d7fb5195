"""Subscriptions under a schedule: what they refuse, and what the schedule learns of them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from harness.simulator.flows.announcing.events import emit, emit_update
from harness.simulator.objects.schedule import PhaseItem
from harness.simulator.wire.errors import invalid

if TYPE_CHECKING:
    from harness.simulator.objects.schedule import Phase, SubscriptionSchedule
    from harness.simulator.objects.subscription import Subscription
    from harness.simulator.world import World

_ENDINGS = frozenset({"cancel_at", "cancel_at_period_end"})
_SPLITTING = frozenset({"items", "trial_end"})
"""Parameters whose direct change makes a new phase (SUB-46)."""


def refuse_endings(subscription: Subscription, params: dict[str, Any]) -> None:
    """The end of a managed subscription is planned by its schedule alone.

    Raises:
        StripeError: 400 (SUB-45).
    """
    if subscription.schedule is not None and _ENDINGS & params.keys():
        raise invalid(
            f"The subscription is managed by the subscription schedule `{subscription.schedule}`, and "
            "updating any cancelation behavior directly is not allowed. Please update the schedule instead."
        )


def follow(world: World, subscription: Subscription, params: dict[str, Any], at: int) -> None:
    """After a direct change: the current phase ends now, and a new one has what was changed.

    The next phase is as it was planned, and may undo the change.
    """
    if subscription.schedule is None or not _SPLITTING & params.keys():
        return
    schedule = world.schedules[subscription.schedule]
    before = schedule.render(world)
    changed = _as_it_is(subscription, schedule.phase, at)
    if schedule.phase.starts_at < at:
        schedule.phases[schedule.current] = replace(schedule.phase, ends_before=at)
        schedule.current += 1
        schedule.phases.insert(schedule.current, changed)
    else:
        schedule.phases[schedule.current] = changed
    world.agenda.note(schedule.test_clock, schedule)
    emit_update(world, "subscription_schedule.updated", schedule, before)


def after_end(world: World, subscription: Subscription, at: int) -> None:
    """The subscription has ended: by its schedule's plan, for want of payment, or on request.

    What becomes of the schedule follows SUB-50, and where it was canceled directly SUB-53 (unverified).
    """
    if subscription.schedule is None:
        return
    schedule = world.schedules[subscription.schedule]
    if schedule.end_behavior == "cancel" and schedule.in_last_phase and at >= schedule.ends_before:
        close(world, schedule, "completed", at)
    elif subscription.reason == "payment_failed":
        close(world, schedule, "canceled", at, event="aborted")
    else:
        close(world, schedule, "canceled", at)


def close(
    world: World, schedule: SubscriptionSchedule, status: str, at: int, *, event: str | None = None
) -> None:
    """End a schedule: `completed`, `canceled` or `released`; announced by the same word or as `event`."""
    schedule.status = status
    setattr(schedule, f"{status}_at", at)
    world.agenda.note(schedule.test_clock, schedule)
    emit(world, f"subscription_schedule.{event or status}", schedule)


def cancel_unstarted(world: World, customer_id: str) -> None:
    """Cancel the schedules that wait for their start: the customer or the clock is gone (CLK-66)."""
    for schedule in world.agenda.schedules_of(customer_id):
        if schedule.status == "not_started":
            close(world, schedule, "canceled", world.now(schedule.test_clock))


def waiting(world: World, customer_id: str) -> int:
    """How many of a customer's schedules have a subscription still to make (CLK-62, SUB-22)."""
    return sum(each.status == "not_started" for each in world.agenda.schedules_of(customer_id))


def _as_it_is(subscription: Subscription, phase: Phase, at: int) -> Phase:
    items = tuple(
        PhaseItem(item.price, item.quantity, dict(item.metadata), item.usage_gte, item.tax_rates)
        for item in subscription.items
    )
    trial_end = subscription.trial_end if subscription.status == "trialing" else None
    inside = trial_end is not None and trial_end <= phase.ends_before
    return replace(
        phase,
        starts_at=max(at, phase.starts_at),
        items=items,
        one_offs=(),
        trial=None,
        trial_end=trial_end if inside else None,
    )
