"""Renewals at which a schedule's next phase begins: one invoice for both, as is assumed (SUB-52)."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from harness.simulator.billing.periods import period_at
from harness.simulator.flows.announcing.events import emit_update
from harness.simulator.flows.invoicing import discounting, invoices
from harness.simulator.flows.invoicing.one_off import items_for
from harness.simulator.flows.invoicing.standing import updating
from harness.simulator.flows.subscribing import renewals, transitions, updates
from harness.simulator.objects.subscription import interval_of

if TYPE_CHECKING:
    from harness.simulator.flows.invoicing.invoices import Draft
    from harness.simulator.flows.subscribing.updates import Update
    from harness.simulator.objects.invoice_item import InvoiceItem
    from harness.simulator.objects.invoice_line import Line
    from harness.simulator.objects.schedule import SubscriptionSchedule
    from harness.simulator.objects.subscription import Subscription
    from harness.simulator.world import World


def renew(world: World, subscription: Subscription, at: int) -> None:
    """A renewal has come, and with it the next phase of the subscription's schedule where both are one.

    The invoice is collected as the new phase says (SUB-52, unverified).
    """
    schedule = world.schedules.get(subscription.schedule or "")
    entry = joining(world, subscription, schedule, at)
    if schedule is None or entry is None:
        renewals.renew(world, subscription, at)
        return
    before = schedule.render(world)
    schedule.current += 1
    with updating(world, subscription):
        held = discounting.held_by(subscription)
        draft, added = turn_into(world, subscription, entry, at)
        updates.take_in(world, subscription, held, added)
        pending = invoices.pending_for(world, subscription.customer, subscription, subscription.currency)
        renewals.issue(world, subscription, replace(draft, pending=pending), at)
    world.agenda.note(schedule.test_clock, schedule)
    emit_update(world, "subscription_schedule.updated", schedule, before)


def schedule_ahead(world: World, subscription: Subscription) -> SubscriptionSchedule | None:
    """A copy of the schedule that manages the subscription, to be taken through its phases."""
    schedule = world.schedules.get(subscription.schedule or "")
    return None if schedule is None else replace(schedule)


def joining(
    world: World, subscription: Subscription, schedule: SubscriptionSchedule | None, at: int
) -> Update | None:
    """What the phase that begins with the renewal at `at` makes of the subscription (SUB-52, unverified).

    None where there is no such phase, or where they stay two, the renewal first (CHG-10, CON-27): not all
    items renew then, a trial is involved, or the phase brings another interval or moves the anchor.

    Args:
        world: read for prices.
        subscription: about to renew, or a copy.
        schedule: the one that manages it, in the phase before; or a copy.
        at: the renewal.
    """
    if schedule is None or schedule.in_last_phase or schedule.phase.ends_before != at:
        return None
    if any(item.period.ends_before != at for item in subscription.items):
        return None
    ahead = replace(schedule, current=schedule.current + 1)
    entry = transitions.entry_of(world, ahead, subscription, at)
    keeps_cycle = entry.params.get("trial_end") is None and not entry.reset
    renewed = all(_renews(world, subscription, item.price, at) for item in ahead.phase.items)
    return entry if keeps_cycle and renewed else None


def turn_into(
    world: World, subscription: Subscription, entry: Update, at: int
) -> tuple[Draft, list[InvoiceItem]]:
    """Renew the subscription, or a copy of it, into its new phase: the draft, and one-off items to place.

    Usage until now is billed as the items were, the coming period as they are now. Nothing paid for changes,
    so that nothing is prorated, whatever `proration_behavior` says.
    """
    plain = replace(entry, params=entry.params | {"add_invoice_items": [], "proration_behavior": "none"})

    def change(used: list[Line]) -> None:
        discounting.claim(subscription, used, at)  # also of items that go
        for line in used:
            line.rates = subscription.tax_rates if line.rates is None else line.rates
        updates.apply(world, subscription, plain)

    draft = renewals.turn(world, subscription, list(subscription.items), at, change=change)
    return draft, items_for(world, subscription, entry.params["add_invoice_items"], at)


def _renews(world: World, subscription: Subscription, price: str, at: int) -> bool:
    """Whether a period of this price begins at `at` on the subscription's calendar."""
    interval = subscription.dated(interval_of(world.prices[price]))
    return period_at(subscription.anchor, interval, at).starts_at == at
