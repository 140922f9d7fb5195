"""From subscription items and invoice items to invoice lines."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import TYPE_CHECKING, NamedTuple

from harness.simulator.billing import wording
from harness.simulator.billing.periods import Period
from harness.simulator.billing.pricing import ZERO, RatedLine, rate, rate_rest, total_cents
from harness.simulator.billing.proration import share_cents
from harness.simulator.objects.invoice_line import Line, Reading
from harness.simulator.objects.subscription import interval_of

if TYPE_CHECKING:
    from harness.simulator.objects.invoice_item import InvoiceItem
    from harness.simulator.objects.price import Price
    from harness.simulator.objects.subscription import Subscription, SubscriptionItem
    from harness.simulator.world import World


def in_order(items: Iterable[SubscriptionItem]) -> list[SubscriptionItem]:
    """Subscription items as their lines are ordered: newest first (INV-56)."""
    return list(items)[::-1]


def read_usage(world: World, customer: str, reading: Reading) -> Decimal:
    """The units that `reading` finds now, aggregated by this wall time (INV-11), never negative (PRC-22).

    Every item priced on a meter sees all of the customer's usage on it (MTR-111); a legacy item has its own.
    """
    price, period = world.prices[reading.price], reading.period
    meter_id = price.meter
    if meter_id is None:
        recorded = world.recorded.get(reading.item)
        return Decimal(recorded.total(price.aggregation, period)) if recorded else ZERO
    usage = world.usage.aggregate(
        world.meters[meter_id], customer, period.starts_at, period.ends_before, world.aggregated_until
    )
    return max(usage - reading.base, ZERO)


def usage_lines(
    world: World, customer: str, subscription: str, reading: Reading, currency: str
) -> list[Line]:
    """The lines for a period's usage under a metered price (INV-58 to INV-63), never prorated (PRC-33)."""
    price = world.prices[reading.price]
    rows = rate_rest(price.terms_in(currency), read_usage(world, customer, reading), reading.billed)
    billed = _Billed(currency, subscription, reading.item, reading.period, reading)
    return [_rated_line(world, price, row, billed) for row in rows]


def licensed_lines(
    world: World, subscription: Subscription, item: SubscriptionItem, period: Period
) -> list[Line]:
    """The lines for a licensed item's whole period."""
    price = world.prices[item.price]
    rows = rate(price.terms_in(subscription.currency), Decimal(item.quantity or 0))
    billed = _Billed(subscription.currency, subscription.id, item.id, period)
    return [_rated_line(world, price, row, billed) for row in rows]


def licensed_cents(world: World, price: str, quantity: int, currency: str) -> int:
    """What a whole period of a licensed price costs."""
    return total_cents(world.prices[price].terms_in(currency), Decimal(quantity))


def prorated_line(
    world: World, subscription: Subscription, item: SubscriptionItem, part: Period, natural: Period
) -> Line:
    """A licensed item's share for a `part` of a natural period."""
    quantity = item.quantity or 0
    full = licensed_cents(world, item.price, quantity, subscription.currency)
    return Line(
        amount_cents=share_cents(full, natural, part),
        currency=subscription.currency,
        description=proration_words(world, item.price, quantity, part.starts_at, unused=False),
        period=part,
        quantity=Decimal(quantity),
        unit_amount=world.prices[item.price].terms_in(subscription.currency).unit_amount,
        price=item.price,
        subscription=subscription.id,
        item=item.id,
        proration=True,
        discountable=False,
    )


def free_line(world: World, subscription: Subscription, item: SubscriptionItem, period: Period) -> Line:
    """A line of amount 0: of a trial (CHG-28, INV-72), or of a metered item at a classic start (SUB-10)."""
    price = world.prices[item.price]
    name, label = _naming(world, price)
    terms = price.terms_in(subscription.currency)
    if subscription.status == "trialing":
        words = wording.trial(name)
    else:
        first = rate(terms, ZERO)[0]
        words = wording.rated(first, name, label, _terms(price, first, subscription.currency))
    return Line(
        amount_cents=0,
        currency=subscription.currency,
        description=words,
        period=period,
        quantity=Decimal(item.quantity or 0),
        unit_amount=ZERO if subscription.status == "trialing" else terms.unit_amount,
        price=price.id,
        subscription=subscription.id,
        item=item.id,
    )


def pending_line(item: InvoiceItem) -> Line:
    """The line of an invoice item that joins an invoice (INV-83)."""
    return Line(
        amount_cents=item.amount_cents,
        currency=item.currency,
        description=item.description,
        period=item.period,
        quantity=item.quantity,
        unit_amount=item.unit_amount,
        price=item.price,
        subscription=item.subscription,
        item=item.item,
        invoice_item=item.id,
        proration=item.proration,
        discountable=item.discountable,
        own=item.own,
        taken=item.taken,
        rates=item.tax_rates or None,
        credited=item.credited,
        metadata=dict(item.metadata),
    )


def proration_words(world: World, price: str, quantity: int, instant: int, *, unused: bool) -> str:
    """The description of a credit or debit (INV-71)."""
    name, _ = _naming(world, world.prices[price])
    return wording.proration(quantity, name, instant, unused=unused)


class _Billed(NamedTuple):
    """What a rated line bills, and in which currency."""

    currency: str
    subscription: str
    item: str
    period: Period
    reading: Reading | None = None


def _rated_line(world: World, price: Price, row: RatedLine, billed: _Billed) -> Line:
    name, label = _naming(world, price)
    return Line(
        amount_cents=row.amount_cents,
        currency=billed.currency,
        description=wording.rated(row, name, label, _terms(price, row, billed.currency)),
        period=billed.period,
        quantity=row.quantity,
        unit_amount=row.unit_amount,
        price=price.id,
        subscription=billed.subscription,
        item=billed.item,
        tier=row.tier,
        flat=row.flat,
        reading=billed.reading,
    )


def _terms(price: Price, row: RatedLine, currency: str) -> str:
    return wording.price_terms(row.unit_amount or ZERO, currency, interval_of(price), price.terms.package)


def _naming(world: World, price: Price) -> tuple[str, str | None]:
    product = world.products[price.product]
    return product.name, product.unit_label
