"""Invoice items that a change of a subscription leaves: credits, debits, and usage of a replaced price."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING

from harness.simulator.billing.periods import Period, period_at
from harness.simulator.billing.proration import credit_cents, share_cents
from harness.simulator.flows.announcing.events import emit
from harness.simulator.flows.invoicing import lines as lining
from harness.simulator.flows.invoicing import proration_discounts, redemption
from harness.simulator.flows.invoicing.spans import usage_until
from harness.simulator.objects.invoice_item import InvoiceItem
from harness.simulator.objects.invoice_line import Credited
from harness.simulator.objects.subscription import BilledSpan

if TYPE_CHECKING:
    from harness.simulator.objects.subscription import Subscription, SubscriptionItem
    from harness.simulator.world import World


def credit(world: World, subscription: Subscription, item: SubscriptionItem, at: int) -> list[InvoiceItem]:
    """What comes back for a licensed item's unused time.

    At the current price in classic mode, from what was last billed in flexible mode (CHG-55).
    """
    if subscription.flexible:
        return _credit_billed(world, subscription, item, at)
    rest = Period(at, item.period.ends_before)
    cents = -_share(world, subscription, item, rest)
    entry = _item(world, subscription, item, cents, rest)
    proration_discounts.put(entry, subscription, proration_discounts.credited_again(world, item, cents))
    return _worth(entry)


def debit(world: World, subscription: Subscription, item: SubscriptionItem, at: int) -> list[InvoiceItem]:
    """What the rest of the current period costs for a licensed item; remembered as billed (CHG-54)."""
    rest = Period(at, item.period.ends_before)
    entry = _item(world, subscription, item, _share(world, subscription, item, rest), rest)
    whole = whole_period(world, subscription, item)
    off = proration_discounts.debited(
        world, subscription, item, lambda cents: share_cents(cents, whole, rest)
    )
    proration_discounts.put(entry, subscription, off)
    item.billed = BilledSpan(
        entry.amount_cents,
        rest,
        item.price,
        item.quantity or 0,
        off=entry.taken,
        tax_rates=item.tax_rates,
    )
    return _worth(entry)


def used(world: World, subscription: Subscription, item: SubscriptionItem, at: int) -> list[InvoiceItem]:
    """A metered item's usage until now, for flexible mode's change of price or deletion (CHG-01, CHG-04)."""
    if item.usage_since >= at:
        return []
    found = [
        line for line in usage_until(world, subscription, item, at) if line.quantity or line.amount_cents
    ]
    made = []
    for line in found:
        entry = _item(world, subscription, item, line.amount_cents, line.period)
        entry.description, entry.quantity = line.description, line.quantity or Decimal(0)
        entry.unit_amount = line.unit_amount
        off = proration_discounts.of_usage(world, subscription, item, line.amount_cents, at)
        proration_discounts.put(entry, subscription, off)
        made.append(entry)
    return made


def place(world: World, subscription: Subscription, items: list[InvoiceItem]) -> None:
    """Register new invoice items as pending, announced, oldest first."""
    for entry in items:
        entry.id = world.new_id("ii")
        entry.sequence = world.agenda.next_sequence()
        world.invoice_items[entry.id] = entry
        redemption.place_own(world, entry)
        world.agenda.pending_items.setdefault(entry.customer, []).append(entry)
        source = subscription.item(entry.item) if entry.item else None
        if source is not None and source.billed is not None and source.billed.period == entry.period:
            source.billed.invoice_item = entry.id if entry.amount_cents > 0 else source.billed.invoice_item
        emit(world, "invoiceitem.created", entry)


def drop_pending(world: World, subscription: Subscription) -> None:
    """Delete a subscription's pending prorations (CHG-16)."""
    waiting = world.agenda.pending_items.get(subscription.customer, [])
    for entry in [each for each in waiting if each.subscription == subscription.id and each.proration]:
        waiting.remove(entry)
        emit(world, "invoiceitem.deleted", entry)
        entry.deleted = True


def whole_period(world: World, subscription: Subscription, item: SubscriptionItem) -> Period:
    """The natural period around an item's current one, which prorations are a share of."""
    return period_at(subscription.anchor, subscription.interval(world, item), item.period.ends_before - 1)


def _share(world: World, subscription: Subscription, item: SubscriptionItem, part: Period) -> int:
    """What a part of the current period costs at the item's present price and quantity."""
    full = lining.licensed_cents(world, item.price, item.quantity or 0, subscription.currency)
    return share_cents(full, whole_period(world, subscription, item), part)


def _credit_billed(
    world: World, subscription: Subscription, item: SubscriptionItem, at: int
) -> list[InvoiceItem]:
    billed = item.billed
    if billed is None or billed.period.ends_before <= at:
        return []
    cents = credit_cents(billed.amount_cents, billed.period, at)
    paid = replace(item, price=billed.price, quantity=billed.quantity, tax_rates=billed.tax_rates)
    entry = _item(world, subscription, paid, cents, Period(at, billed.period.ends_before))
    off = proration_discounts.credited(world, item, lambda cents: credit_cents(cents, billed.period, at))
    proration_discounts.put(entry, subscription, off)
    if billed.invoice is not None or billed.invoice_item is not None:
        entry.credited = Credited(billed.invoice, billed.line, billed.invoice_item)
    return _worth(entry)


def _worth(entry: InvoiceItem) -> list[InvoiceItem]:
    """The proration, unless it is about nothing."""
    return [entry] if entry.amount_cents else []


def _item(
    world: World, subscription: Subscription, item: SubscriptionItem, cents: int, period: Period
) -> InvoiceItem:
    quantity = item.quantity or 0
    words = lining.proration_words(world, item.price, quantity, period.starts_at, unused=cents < 0)
    unit = world.prices[item.price].terms_in(subscription.currency).unit_amount
    return InvoiceItem(
        id="",
        sequence=0,
        customer=subscription.customer,
        currency=subscription.currency,
        date=world.now(subscription.test_clock),
        amount_cents=cents,
        period=period,
        description=words,
        price=item.price,
        unit_amount=-unit if cents < 0 and unit is not None else unit,
        quantity=Decimal(quantity),
        subscription=subscription.id,
        item=item.id,
        proration=True,
        discountable=False,  # CHG-58
        tax_rates=item.tax_rates,
        test_clock=subscription.test_clock,
    )
