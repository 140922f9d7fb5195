"""The time that an item's lines cover: usage still open, the next period, what was last paid for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.simulator.billing.periods import Period, period_at
from harness.simulator.billing.proration import share_cents
from harness.simulator.flows.invoicing import lines as lining
from harness.simulator.flows.invoicing import proration_discounts
from harness.simulator.objects.subscription import BilledSpan

if TYPE_CHECKING:
    from harness.simulator.objects.invoice import Invoice
    from harness.simulator.objects.invoice_line import Line
    from harness.simulator.objects.subscription import Subscription, SubscriptionItem
    from harness.simulator.world import World


def usage_until(world: World, subscription: Subscription, item: SubscriptionItem, at: int) -> list[Line]:
    """The lines for a metered item's usage that is not billed yet, up to `at`."""
    reading = item.reading(at)
    return lining.usage_lines(world, subscription.customer, subscription.id, reading, subscription.currency)


def roll(world: World, subscription: Subscription, item: SubscriptionItem, at: int) -> list[Line]:
    """Start an item's next period, up to the anchor's next boundary (SUB-31); its lines when licensed.

    After a trial the period may begin between two boundaries, and is charged in part.
    """
    natural = period_at(subscription.anchor, subscription.interval(world, item), at)
    item.period = shortened(Period(at, natural.ends_before), subscription.cancel_at)
    item.usage_since = at
    return licensed_span(world, subscription, item, natural)


def licensed_span(
    world: World, subscription: Subscription, item: SubscriptionItem, natural: Period
) -> list[Line]:
    """The lines for a licensed item's current period: whole, or prorated when it is only a part of `natural`.

    What it pays is remembered for flexible credits (CHG-55). Nothing for a metered item.
    """
    if item.quantity is None:
        return []
    if item.period == natural:
        found = lining.licensed_lines(world, subscription, item, natural)
        item.billed = BilledSpan(
            sum(line.amount_cents for line in found),
            item.period,
            item.price,
            item.quantity,
            tax_rates=item.tax_rates,
        )
        return found
    stub = prorated_span(world, subscription, item, item.period, natural)
    item.billed = BilledSpan(
        stub.amount_cents, item.period, item.price, item.quantity, tax_rates=item.tax_rates
    )
    return [stub]


def prorated_span(
    world: World, subscription: Subscription, item: SubscriptionItem, part: Period, natural: Period
) -> Line:
    """A licensed item's line for a `part` of a natural period, with its discounts."""
    line = lining.prorated_line(world, subscription, item, part, natural)
    off = proration_discounts.debited(
        world, subscription, item, lambda cents: share_cents(cents, natural, part)
    )
    proration_discounts.put(line, subscription, off)
    return line


def shortened(period: Period, cancel_at: int | None) -> Period:
    """A period that ends with the subscription when `cancel_at` falls inside it (CHG-22)."""
    if cancel_at is None or not period.starts_at < cancel_at < period.ends_before:
        return period
    return Period(period.starts_at, cancel_at)


def remember_billed(subscription: Subscription, invoice: Invoice) -> None:
    """Note on each licensed item which invoice line paid for its current time (CHG-55)."""
    for line in invoice.lines:
        item = subscription.item(line.item) if line.item else None
        if item is None or item.billed is None or line.amount_cents < 0:
            continue
        if line.invoice_item == item.billed.invoice_item and line.period == item.billed.period:
            item.billed.invoice, item.billed.line = invoice.id, line.id
