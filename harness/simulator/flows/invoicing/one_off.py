"""`add_invoice_items`: one-off prices that join a subscription's next invoice."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from harness.simulator.billing.periods import Period
from harness.simulator.billing.pricing import ZERO, total_cents
from harness.simulator.flows.catalogue import tax_rates
from harness.simulator.flows.catalogue.currencies import ensure_offered
from harness.simulator.flows.catalogue.inline_prices import INLINE, inactive_price
from harness.simulator.flows.invoicing import redemption
from harness.simulator.objects.invoice_item import InvoiceItem
from harness.simulator.wire.errors import invalid, missing_resource, unmodelled

if TYPE_CHECKING:
    from harness.simulator.objects.customer import Customer
    from harness.simulator.objects.price import Price
    from harness.simulator.objects.subscription import Subscription, SubscriptionItem
    from harness.simulator.world import World


def check_entries(world: World, entries: list[dict[str, Any]], currency: str, customer: Customer) -> None:
    """Refuse what cannot be added.

    Raises:
        StripeError: 400 for an unknown or recurring price, or another currency; 501 for a tiered one.
    """
    for index, entry in enumerate(entries):
        one_time_price(world, entry, f"add_invoice_items[{index}][price]", currency)
        _read_discounts(world, entry, index, currency, customer)
        tax_rates.named(world, entry, f"add_invoice_items[{index}][tax_rates]")


def check_periods(entries: list[dict[str, Any]], items: Iterable[SubscriptionItem], at: int) -> None:
    """Refuse a period that ends before it starts (text unverified), and a timestamp that is missing.

    Raises:
        StripeError: 400.
    """
    around = list(items)
    for index, entry in enumerate(entries):
        name = f"add_invoice_items[{index}][period]"
        for edge, given in (entry.get("period") or {}).items():
            if given["type"] == "timestamp" and given.get("timestamp") is None:
                path = f"{name}[{edge}][timestamp]"
                raise invalid(f"Missing required param: {path}.", code="parameter_missing", param=path)
        start, end = _edges(entry, around, at)
        if end < start:
            raise invalid("The end of a period can't be before its start.", param=f"{name}[end]")


def items_for(
    world: World, subscription: Subscription, entries: list[dict[str, Any]], at: int
) -> list[InvoiceItem]:
    """The invoice items of checked entries, not placed yet."""
    return [_item(world, subscription, entry, index, at) for index, entry in enumerate(entries)]


def _read_discounts(
    world: World, entry: dict[str, Any], index: int, currency: str, customer: Customer
) -> list[redemption.Wanted]:
    name = f"add_invoice_items[{index}][discounts]"
    return redemption.read(world, entry.get("discounts") or [], name, customer, currency=currency)


def _edges(entry: dict[str, Any], items: list[SubscriptionItem], at: int) -> tuple[int, int]:
    """When an entry's period starts and ends (VER-12), by default as the items' periods have it in common."""
    period = entry.get("period") or {}
    start = period.get("start") or {"type": "max_item_period_start"}
    end = period.get("end") or {"type": "min_item_period_end"}
    edges: dict[str, int] = {
        "max_item_period_start": max((item.period.starts_at for item in items), default=at),
        "min_item_period_end": min((item.period.ends_before for item in items), default=at),
        "now": at,
    }
    return (
        start["timestamp"] if start["type"] == "timestamp" else edges[start["type"]],
        end["timestamp"] if end["type"] == "timestamp" else edges[end["type"]],
    )


def one_time_price(world: World, entry: dict[str, Any], name: str, currency: str | None) -> Price:
    """The price that an entry names, when it can stand on an invoice item."""
    price_id = entry.get("price")
    if price_id is None:
        raise invalid(f"Missing required param: {name}.", code="parameter_missing", param=name)
    price = world.prices.get(price_id)
    if price is None:
        raise missing_resource("price", price_id, name)
    if not price.active and not entry.get(INLINE):
        raise inactive_price(name)
    if price.recurring is not None:
        raise invalid(
            "The price specified is set to `type=recurring` but this field only accepts prices with "
            "`type=one_time`.",
            param=name,
        )
    if price.terms.scheme != "per_unit":
        raise unmodelled("invoice items with tiered prices")
    if currency is not None:
        ensure_offered(price, currency, name)
    return price


def _item(
    world: World, subscription: Subscription, entry: dict[str, Any], index: int, at: int
) -> InvoiceItem:
    price = world.prices[entry["price"]]
    quantity = Decimal(1 if entry.get("quantity") is None else entry["quantity"])
    unit = price.terms_in(subscription.currency).unit_amount or ZERO
    start, end = _edges(entry, subscription.items, at)
    customer = world.customers[subscription.customer]
    wanted = _read_discounts(world, entry, index, subscription.currency, customer)
    return InvoiceItem(
        id="",
        sequence=0,
        customer=subscription.customer,
        currency=subscription.currency,
        date=at,
        amount_cents=total_cents(price.terms_in(subscription.currency), quantity),
        period=Period(start, max(start, end)),
        description=world.products[price.product].name,
        price=price.id,
        unit_amount=unit,
        quantity=quantity,
        subscription=subscription.id,
        discountable=bool(entry.get("discountable", True)),
        tax_rates=tax_rates.named(world, entry, f"add_invoice_items[{index}][tax_rates]"),
        own=redemption.make(world, wanted, redemption.Place(customer, at, invoice_item="")),
        metadata={key: value for key, value in (entry.get("metadata") or {}).items() if value is not None},
        test_clock=subscription.test_clock,
    )
