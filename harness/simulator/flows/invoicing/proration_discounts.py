"""What discounts take off prorations: inside their amounts, or beside them where they are itemized."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from fractions import Fraction
from typing import TYPE_CHECKING

from harness.simulator.billing.rounding import to_cents
from harness.simulator.flows.invoicing import discounting
from harness.simulator.flows.invoicing import lines as lining
from harness.simulator.objects.discount import Taken, by_discount
from harness.simulator.objects.invoice_line import Line

if TYPE_CHECKING:
    from harness.simulator.billing.periods import Period
    from harness.simulator.objects.discount import Discount
    from harness.simulator.objects.invoice_item import InvoiceItem
    from harness.simulator.objects.subscription import Subscription, SubscriptionItem
    from harness.simulator.world import World

Scale = Callable[[int], int]
"""From minor units for a whole period to those for the part that is prorated."""


def debited(world: World, subscription: Subscription, item: SubscriptionItem, scale: Scale) -> list[Taken]:
    """What comes off a debit: its share of what the discounts at hand take off the item's whole period."""
    at = max(world.now(subscription.test_clock), item.period.starts_at)
    return _scaled(_off_whole_period(world, subscription, item, at), scale)


def credited(world: World, item: SubscriptionItem, scale: Scale) -> list[Taken]:
    """What a credit gives back less, since it was never paid: the discounts used last."""
    return _scaled(paid_off(world, item), scale)


def credited_again(world: World, item: SubscriptionItem, cents: int) -> list[Taken]:
    """The same for classic mode, whose credits of `cents` go by the present price (CHG-55)."""
    paid = [replace(each, cents=each.cents + (each.inside_cents or 0)) for each in paid_off(world, item)]
    inside = sum(each.inside_cents or 0 for each in paid)
    if item.billed is None or not item.billed.amount_cents + inside:
        return []
    ratio = Fraction(cents, item.billed.amount_cents + inside)
    return _scaled(paid, lambda whole: to_cents(whole * ratio))


def of_usage(
    world: World, subscription: Subscription, item: SubscriptionItem, cents: int, at: int
) -> list[Taken]:
    """What comes off usage that a change of price bills at once: percentages (ASSUMED: proration)."""
    line = _line(subscription, item, cents)
    _take_off(world, subscription, [line], at, percentages_only=True)
    return list(line.taken)


def put(entry: InvoiceItem | Line, subscription: Subscription, taken: Sequence[Taken]) -> None:
    """Give a proration its discounts: its amount is net of them (`included`) or not (`itemized`)."""
    entry.own = tuple(each.discount for each in taken if each.own)
    if subscription.itemizes:
        entry.taken = tuple(taken)
        return
    entry.amount_cents -= sum(each.cents for each in taken)
    entry.taken = tuple(replace(each, cents=0, inside_cents=each.cents) for each in taken)


def paid_off(world: World, item: SubscriptionItem) -> tuple[Taken, ...]:
    """What discounts took off when an item's time was billed last, as it was shown then."""
    billed = item.billed
    if billed is None or billed.off is not None or billed.invoice is None:
        return () if billed is None else billed.off or ()
    lines = world.invoices[billed.invoice].lines
    return tuple(
        by_discount([each for line in lines if _pays(line, item, billed.period) for each in line.taken])
    )


def _pays(line: Line, item: SubscriptionItem, period: Period) -> bool:
    return line.item == item.id and line.period == period and line.reading is None and line.amount_cents >= 0


def _scaled(taken: Iterable[Taken], scale: Scale) -> list[Taken]:
    return [replace(each, cents=scale(each.cents), inside_cents=None) for each in taken]


def _off_whole_period(
    world: World, subscription: Subscription, item: SubscriptionItem, at: int
) -> tuple[Taken, ...]:
    """Discounts on all licensed items at their present prices, as on an invoice of nothing else."""
    if not discounting.has_any(world, subscription):
        return ()
    lines = {
        each.id: _line(subscription, each, _full_cents(world, subscription, each))
        for each in subscription.items
        if each.quantity is not None
    }
    _take_off(world, subscription, list(lines.values()), at)
    return lines[item.id].taken if item.id in lines else ()


def _full_cents(world: World, subscription: Subscription, item: SubscriptionItem) -> int:
    return lining.licensed_cents(world, item.price, item.quantity or 0, subscription.currency)


def _take_off(
    world: World, subscription: Subscription, lines: list[Line], at: int, *, percentages_only: bool = False
) -> None:
    def kept(discounts: Iterable[Discount]) -> tuple[Discount, ...]:
        return tuple(
            each for each in discounts if not percentages_only or each.coupon.percent_off is not None
        )

    group = discounting.group_of(world.customers[subscription.customer], subscription, at)
    discounting.claim(subscription, lines, at)
    for line in lines:
        line.own = kept(line.own)
    discounting.take_off(world, lines, kept(group), evenly=not subscription.flexible)


def _line(subscription: Subscription, item: SubscriptionItem, cents: int) -> Line:
    return Line(
        amount_cents=cents,
        currency=subscription.currency,
        description=None,
        period=item.period,
        price=item.price,
        item=item.id,
    )
