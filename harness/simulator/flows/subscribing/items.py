"""Subscription items as a caller asks for them: read, resolved and checked."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from harness.simulator.flows.catalogue import tax_rates
from harness.simulator.flows.catalogue.inline_prices import INLINE, inactive_price
from harness.simulator.flows.catalogue.legacy_prices import refuse_in_flexible
from harness.simulator.objects.subscription import SubscriptionItem, interval_of
from harness.simulator.wire.errors import StripeError, invalid, missing_resource

if TYPE_CHECKING:
    from harness.simulator.objects.price import Price
    from harness.simulator.objects.subscription import Subscription
    from harness.simulator.objects.tax_rate import TaxRate
    from harness.simulator.world import World

MOST_ITEMS = 20  # SUB-22


@dataclass(frozen=True)
class NewItem:
    """One entry of `items` for a price that is to be billed; `quantity` is None for a metered price."""

    price: Price
    quantity: int | None
    metadata: dict[str, str]
    usage_gte: int | None = None
    tax_rates: tuple[TaxRate, ...] = ()


def read_new(world: World, entries: list[dict[str, Any]]) -> list[NewItem]:
    """The items of a new subscription.

    Raises:
        StripeError: 400 for an unknown or unusable price, or a quantity on a metered one (SUB-12).
    """
    if not entries:
        raise invalid("Missing required param: items.", code="parameter_missing", param="items")
    return [read_one(world, entry, f"items[{index}]") for index, entry in enumerate(entries)]


def read_one(world: World, entry: dict[str, Any], name: str) -> NewItem:
    """One entry with a price."""
    if entry.get("price") is None:
        raise invalid(
            f"Missing required param: {name}[price].", code="parameter_missing", param=f"{name}[price]"
        )
    price = usable_price(world, entry, f"{name}[price]")
    metadata = {key: value for key, value in (entry.get("metadata") or {}).items() if value is not None}
    usage_gte = (entry.get("billing_thresholds") or {}).get("usage_gte")
    rates = tax_rates.named(world, entry, f"{name}[tax_rates]")
    return NewItem(price, read_quantity(price, entry, name), metadata, usage_gte, rates)


def usable_price(world: World, entry: dict[str, Any], name: str) -> Price:
    """The price that an entry names, when it recurs and is active, or was drawn up for the entry."""
    price = world.prices.get(entry["price"])
    if price is None:
        raise missing_resource("price", entry["price"], name)
    if not price.active and not entry.get(INLINE):
        raise inactive_price(name)
    if price.recurring is None:
        raise invalid(
            "The price specified is set to `type=one_time` but this field only accepts prices with "
            "`type=recurring`.",
            param=name,
        )
    return price


def read_quantity(price: Price, entry: dict[str, Any], name: str) -> int | None:
    """A licensed item's quantity, by default 1; None for a metered price (SUB-12, PRC-19)."""
    quantity: int | None = entry.get("quantity")
    if not price.metered:
        return 1 if quantity is None else quantity
    if quantity is not None:
        raise invalid(
            f"Quantity should not be specified where usage_type is `metered`. Remove quantity from `{name}`.",
            param=f"{name}[quantity]",
        )
    return None


def check_together(prices: Iterable[Price], *, flexible: bool) -> None:
    """Refuse prices that cannot be on one subscription.

    Raises:
        StripeError: 400 for more than 20 items (SUB-22), a price given twice (SUB-13, UNK-24: unverified),
            different intervals in classic mode (SUB-05), or usage records in flexible mode (SUB-07).
    """
    chosen = list(prices)
    if len(chosen) > MOST_ITEMS:
        raise invalid(f"A subscription can have at most {MOST_ITEMS} items.", param="items")
    _refuse_repeats([price.id for price in chosen])
    if flexible:
        refuse_in_flexible(chosen)
    elif len({interval_of(price) for price in chosen}) > 1:
        raise invalid(
            "Currently, all prices on a subscription in classic billing mode must have the same interval. "
            "Use `billing_mode[type]=flexible` for different intervals.",
            param="items",
        )


def _refuse_repeats(price_ids: list[str]) -> None:
    repeated = [price_id for index, price_id in enumerate(price_ids) if price_id in price_ids[:index]]
    if repeated:
        raise invalid(
            f"Cannot add multiple subscription items with the same price: {repeated[0]}", param="items"
        )


def find_item(subscription: Subscription, item_id: str, name: str) -> SubscriptionItem:
    """The subscription's own item.

    Raises:
        StripeError: 400 when it has no such item.
    """
    item = subscription.item(item_id)
    if item is None:
        raise missing_resource("subscription_item", item_id, name)
    return item


def too_many(limit: int) -> StripeError:
    """The refusal of one subscription too many for a customer (CLK-62, CLK-65; own wording)."""
    return invalid(
        f"This customer already has the maximum of {limit} current subscriptions.",
        code="customer_max_subscriptions",
        param="customer",
    )
