"""What the first invoice of a subscription bills, in both billing modes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.simulator.billing.periods import Period, period_at
from harness.simulator.flows.invoicing import lines as lining
from harness.simulator.flows.invoicing.invoices import Draft, pending_for
from harness.simulator.flows.invoicing.spans import licensed_span, prorated_span, usage_until

if TYPE_CHECKING:
    from harness.simulator.objects.invoice_line import Line
    from harness.simulator.objects.subscription import Subscription, SubscriptionItem
    from harness.simulator.world import World


def first_draft(world: World, subscription: Subscription, *, prorate: bool) -> Draft:
    """The draft of a `subscription_create` invoice; without lines there is no invoice (SUB-09).

    `prorate` false makes a stub before the anchor, and backdated time, free of charge (SUB-36).
    """
    lines: list[Line] = []
    for item in lining.in_order(subscription.items):
        if world.prices[item.price].metered:
            lines += _metered(world, subscription, item)
        elif subscription.status == "trialing":
            lines.append(lining.free_line(world, subscription, item, item.period))
        else:
            lines += _licensed(world, subscription, item, prorate=prorate)
    now = subscription.created
    pending = pending_for(world, subscription.customer, subscription, subscription.currency)
    return Draft("subscription_create", Period(now, now), lines, pending)  # INV-08


def _metered(world: World, subscription: Subscription, item: SubscriptionItem) -> list[Line]:
    """Flexible bills what a backdated start has gathered (SUB-09, SUB-20); classic shows zero (SUB-10)."""
    if not subscription.flexible:
        return [lining.free_line(world, subscription, item, item.period)]
    found = usage_until(world, subscription, item, subscription.created)
    if not any(line.quantity for line in found):
        return []
    item.usage_since = subscription.created
    return found


def _licensed(
    world: World, subscription: Subscription, item: SubscriptionItem, *, prorate: bool
) -> list[Line]:
    """Backdated time (SUB-19), then the current period: whole, or a prorated stub (SUB-36)."""
    natural = period_at(subscription.anchor, subscription.interval(world, item), subscription.created)
    if prorate:
        return _elapsed(world, subscription, item) + licensed_span(world, subscription, item, natural)
    return licensed_span(world, subscription, item, natural) if item.period == natural else []


def _elapsed(world: World, subscription: Subscription, item: SubscriptionItem) -> list[Line]:
    """From a backdated start to the current period: one line, or in flexible one for each natural period."""
    start, until = subscription.start_date, item.period.starts_at
    parts: list[tuple[Period, Period]] = []
    interval = subscription.interval(world, item)
    edge = until
    while edge > start:
        natural = period_at(subscription.anchor, interval, edge - 1)
        parts.insert(0, (Period(max(natural.starts_at, start), edge), natural))
        edge = natural.starts_at
    lines = [prorated_span(world, subscription, item, part, natural) for part, natural in parts]
    if subscription.flexible or not lines:
        return lines
    together = lines[0]
    together.amount_cents = sum(line.amount_cents for line in lines)
    together.period = Period(start, until)
    return [together]
