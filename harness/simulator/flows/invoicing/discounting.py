"""Discounts at work: which apply to a bill, what they take off its lines, and when they are used up."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from harness.simulator.billing.discounts import Piece, spread
from harness.simulator.flows.announcing.events import emit
from harness.simulator.flows.invoicing import taxing
from harness.simulator.flows.invoicing.standing import updating
from harness.simulator.objects.discount import Discount, Taken

if TYPE_CHECKING:
    from harness.simulator.objects.coupon import Coupon
    from harness.simulator.objects.customer import Customer
    from harness.simulator.objects.invoice import Invoice
    from harness.simulator.objects.invoice_line import Line
    from harness.simulator.objects.subscription import Subscription
    from harness.simulator.world import World

ASSUMED = {
    "customer": "A customer's discount applies to a subscription without discounts of its own, whatever its"
    " items have.",
    "stacking": "Discounts of one level are applied in the order they were given, each to what is left.",
    "in arrears": "A repeating discount covers the invoices made before its end, also where they bill usage"
    " of later or earlier months; one made at that second is not covered.",
    "once": "A `once` discount is used up by the first invoice that it takes something off, when that is"
    " drafted, or finalized if its draft was at 0.",
    "currency": "An amount in another currency than the invoice's takes nothing off.",
    "proration": "A fixed amount comes off a proration in proportion to time, and never off the usage that a"
    " change of price bills at once.",
    "negatives": "Prorations and negative items keep their own discounts; an invoice's fixed amount is not"
    " cut to what they leave.",
    "events": "`customer.discount.*` tell of customers, subscriptions and their items, not of invoices.",
    "redeem_by": "A coupon's or code's dates are compared with wall time, whatever clock its customer is on.",
    "service periods": "Coupons for service periods (INV-75) are in a private preview, without parameters"
    " in the SDK; they are not modelled.",
    "several": "Removing a subscription's discount is only modelled where it has one.",
}
"""What Stripe's documentation leaves open here: all of it unverified."""


def group_of(customer: Customer, subscription: Subscription | None, at: int) -> tuple[Discount, ...]:
    """The discounts of a whole bill: the subscription's, else the customer's (ASSUMED: customer)."""
    held = () if subscription is None else active(subscription.discounts, at)
    if held or customer.discount is None:
        return held
    return active((customer.discount,), at)


def has_any(world: World, subscription: Subscription) -> bool:
    """Whether any discount could apply to a subscription, so that nothing is worked out for nothing."""
    return bool(held_by(subscription)) or world.customers[subscription.customer].discount is not None


def active(discounts: Iterable[Discount], at: int) -> tuple[Discount, ...]:
    """Those that apply to an invoice made then."""
    return tuple(each for each in discounts if each.applies(at))


def claim(subscription: Subscription, lines: Iterable[Line], at: int) -> None:
    """Put the discounts and the tax rates of subscription items on their lines; rates that are there stay."""
    for line in lines:
        item = subscription.item(line.item) if line.item and line.invoice_item is None else None
        if item is None:
            continue
        if line.rates is None:
            line.rates = item.tax_rates or None
        if item.discounts and line.discountable:
            line.own = active(item.discounts, at)


def take_off(world: World, lines: Sequence[Line], group: Sequence[Discount], *, evenly: bool) -> None:
    """Work out what comes off each discountable line: its own discounts first, then the bill's."""
    open_lines = [line for line in lines if line.discountable]
    for line in open_lines:
        line.taken = ()
    own = dict.fromkeys(each.id for line in open_lines for each in line.own)
    by_id = {each.id: each for line in open_lines for each in line.own}
    for discount in [by_id[each] for each in own]:
        hit = [line for line in open_lines if any(each.id == discount.id for each in line.own)]
        _take(world, discount, hit, evenly=evenly, own=True)
    for discount in group:
        _take(world, discount, open_lines, evenly=evenly, own=False)


def _take(world: World, discount: Discount, lines: list[Line], *, evenly: bool, own: bool) -> None:
    hit = [line for line in lines if _covers(world, discount.coupon, line.price)]
    cut = discount.coupon.cut(hit[0].currency) if hit else None
    if cut is None:
        return
    pieces = [
        Piece(line.net_cents, line.item or line.invoice_item or str(place)) for place, line in enumerate(hit)
    ]
    for line, cents in zip(hit, spread(cut, pieces, evenly=evenly), strict=True):
        line.taken = (*line.taken, Taken(discount, cents, own))


def _covers(world: World, coupon: Coupon, price: str | None) -> bool:
    if coupon.products is None:
        return True
    return price is not None and world.prices[price].product in coupon.products


def apply(world: World, invoice: Invoice) -> None:
    """Discount and tax an invoice's lines again, after anything about them has changed (INV-20)."""
    take_off(world, invoice.lines, invoice.discounts, evenly=invoice.spreads_evenly)
    taxing.assess(world, invoice)


def due_cents(world: World, subscription: Subscription, lines: list[Line], at: int) -> int:
    """What the lines of a draft come to after discounts, with tax."""
    customer = world.customers[subscription.customer]
    claim(subscription, lines, at)
    group = group_of(customer, subscription, at)
    take_off(world, lines, group, evenly=not subscription.flexible)
    taxing.levy(lines, subscription.tax_rates, exempt=taxing.is_exempt(customer))
    return sum(line.total_cents for line in lines)


def use_up(world: World, invoice: Invoice) -> None:
    """Retire the `once` discounts that have taken something off an invoice (ASSUMED: once)."""
    for discount in used_once(invoice):
        retire(world, discount)


def used_once(invoice: Invoice) -> list[Discount]:
    """The `once` discounts that an invoice uses up; an invoice's own need no retiring."""
    found: dict[str, Discount] = {}
    for taken in (each for line in invoice.lines for each in line.taken if each.bites):
        discount = taken.discount
        lasting = discount.invoice is None and discount.invoice_item is None
        if lasting and discount.coupon.duration == "once" and not discount.over:
            found[discount.id] = discount
    return list(found.values())


def use_up_aloud(world: World, invoice: Invoice) -> None:
    """The same, where nobody announces the subscription's change otherwise."""
    if not used_once(invoice):
        return
    subscription = world.subscriptions.get(invoice.subscription or "")
    if subscription is None:
        use_up(world, invoice)
        return
    with updating(world, subscription):
        use_up(world, invoice)


def end_on_time(world: World, discount: Discount, _: int) -> None:
    """A repeating discount has come to its end."""
    subscription = _subscription_of(world, discount)
    if subscription is None or not subscription.live:
        retire(world, discount)
        return
    with updating(world, subscription):
        retire(world, discount)


def retire(world: World, discount: Discount) -> None:
    """Take a discount off what it is on; invoices that have it keep it."""
    discount.over = True
    customer = world.customers[discount.customer]
    subscription = _subscription_of(world, discount)
    if customer.discount is discount:
        customer.discount = None
    if subscription is not None:
        subscription.discounts = _without(subscription.discounts, discount)
        for item in subscription.items:
            item.discounts = _without(item.discounts, discount)
    if not customer.deleted:
        emit(world, "customer.discount.deleted", discount)


def _subscription_of(world: World, discount: Discount) -> Subscription | None:
    if discount.subscription_item is not None:
        return world.agenda.items.get(discount.subscription_item)
    return world.subscriptions.get(discount.subscription or "")


def _without(discounts: tuple[Discount, ...], gone: Discount) -> tuple[Discount, ...]:
    return tuple(each for each in discounts if each is not gone)


def held_by(subscription: Subscription) -> list[Discount]:
    """All discounts on a subscription and its items."""
    return [*subscription.discounts, *(each for item in subscription.items for each in item.discounts)]


def registered(world: World, discount: Discount, *, quietly: bool = False) -> None:
    """Take a new discount into the account: its coupon is redeemed once more (ASSUMED: events)."""
    world.discounts[discount.id] = discount
    discount.coupon.times_redeemed += 1
    if discount.promotion_code is not None:
        world.promotion_codes[discount.promotion_code].times_redeemed += 1
    world.agenda.note(discount.test_clock, discount)
    if discount.invoice is None and discount.invoice_item is None and not quietly:
        emit(world, "customer.discount.created", discount)


def settle(world: World, before: Sequence[Discount], subscription: Subscription) -> None:
    """After a change of a subscription: register the discounts that came, retire those that went."""
    now = held_by(subscription)
    for discount in before:
        if not any(each is discount for each in now) and not discount.over:
            retire(world, discount)
    for discount in now:
        if discount.id not in world.discounts:
            registered(world, discount)
