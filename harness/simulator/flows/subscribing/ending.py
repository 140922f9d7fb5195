"""A planned end inside a period: periods cut short, or made whole again (CHG-22)."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from harness.simulator.billing.periods import Period
from harness.simulator.flows.invoicing import proration_discounts, prorations
from harness.simulator.flows.invoicing.spans import shortened
from harness.simulator.objects.discount import by_discount

if TYPE_CHECKING:
    from harness.simulator.objects.invoice_item import InvoiceItem
    from harness.simulator.objects.subscription import BilledSpan, Subscription, SubscriptionItem
    from harness.simulator.world import World


def shorten(world: World, subscription: Subscription, *, prorate: bool) -> list[InvoiceItem]:
    """Cut the current periods at `cancel_at`; the credits for licensed time after it.

    In classic mode a trial that would outlast the subscription ends with it; flexible keeps its end (CHG-24).
    """
    at = subscription.cancel_at
    if at is None:
        return []
    given_back: list[InvoiceItem] = []
    for item in subscription.items:
        cut = shortened(item.period, at)
        if cut != item.period and item.quantity is not None and prorate:
            given_back += prorations.credit(world, subscription, item, at)
            _keep_billed(world, item, cut, given_back)
        item.period = cut
    if subscription.status == "trialing" and not subscription.flexible and subscription.trial_end is not None:
        subscription.trial_end = min(subscription.trial_end, at)
    return given_back


def stretch(world: World, subscription: Subscription, *, prorate: bool) -> list[InvoiceItem]:
    """Give periods that `cancel_at` had cut their natural end back; the debits for licensed time after it."""
    at = subscription.cancel_at
    debits: list[InvoiceItem] = []
    for item in subscription.items:
        whole = prorations.whole_period(world, subscription, item)
        if subscription.status == "trialing" and subscription.trial_end is not None:
            whole = Period(item.period.starts_at, subscription.trial_end)
        if at is None or item.period.ends_before != at or whole.ends_before == at:
            continue
        paid = item.billed
        item.period = Period(item.period.starts_at, whole.ends_before)
        if item.quantity is not None and prorate:
            debits += prorations.debit(world, subscription, item, at)
            _join_billed(item, paid)
    return debits


def _keep_billed(world: World, item: SubscriptionItem, cut: Period, given_back: list[InvoiceItem]) -> None:
    """What stays paid for after a credit, and what discounts took off that."""
    if item.billed is not None and given_back and given_back[-1].item == item.id:
        parts = given_back[-1].taken
        inside = sum(each.inside_cents or 0 for each in parts)
        paid = proration_discounts.paid_off(world, item)
        item.billed = replace(
            item.billed,
            amount_cents=item.billed.amount_cents + given_back[-1].amount_cents + inside,
            period=Period(item.billed.period.starts_at, cut.ends_before),
            off=tuple(
                replace(each, cents=each.cents + part.cents + (part.inside_cents or 0))
                for each, part in zip(paid, parts, strict=True)
            ),
        )


def _join_billed(item: SubscriptionItem, paid: BilledSpan | None) -> None:
    """Time paid for before the cut and after it is one span again."""
    if paid is None or item.billed is None:
        return
    span = Period(paid.period.starts_at, item.billed.period.ends_before)
    off = by_discount([*(paid.off or ()), *(item.billed.off or ())])
    cents = paid.amount_cents + item.billed.amount_cents
    item.billed = replace(paid, amount_cents=cents, period=span, off=tuple(off) or paid.off)
