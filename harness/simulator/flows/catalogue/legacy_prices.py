"""Metered prices without a meter on subscriptions: who may have them, and what a change of them needs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from harness.simulator.wire.errors import invalid, unmodelled
from harness.simulator.wire.versions import BASIL, at_least

if TYPE_CHECKING:
    from collections.abc import Iterable

    from harness.simulator.objects.price import Price
    from harness.simulator.objects.subscription import SubscriptionItem
    from harness.simulator.world import World

NEEDS_METER = "Starting with Stripe version `2025-03-31.basil`, metered prices must be backed by meters."
"""PRC-02. That attaching one to a subscription is refused in the same words (LEG-22) is unverified."""


def refuse_on_new_versions(world: World, entries: list[dict[str, Any]], version: str) -> None:
    """Refuse to put a legacy price on a subscription since 2025-03-31.basil; where it is, it stays (LEG-22).

    Args:
        world: read for prices and items.
        entries: `items` of a request, or one item's own parameters.
        version: the request's.

    Raises:
        StripeError: 400.
    """
    if not at_least(version, BASIL):
        return
    for index, entry in enumerate(entries):
        price = world.prices.get(entry.get("price") or "")
        if price is not None and price.legacy and not _has_it(world, entry.get("id"), price.id):
            raise invalid(NEEDS_METER, param=f"items[{index}][price]")


def refuse_in_flexible(prices: Iterable[Price]) -> None:
    """Subscriptions on usage records stay in classic mode (SUB-07; text unverified).

    Raises:
        StripeError: 400.
    """
    if any(price.legacy for price in prices):
        raise invalid(
            "Metered prices without a meter can only be used in `classic` billing mode.", param="billing_mode"
        )


def check_change(world: World, item: SubscriptionItem, price: Price, *, deleted: bool, clears: bool) -> None:
    """What an item with usage records allows.

    Raises:
        StripeError: 400 when it is deleted without `clear_usage` (LEG-19), or `clear_usage` comes without a
            deletion (text unverified); 501 for another price while usage is open, since what Stripe bills
            then is not known.
    """
    if not world.prices[item.price].legacy:
        return
    usage = world.recorded.get(item.id)
    if deleted and not clears and usage is not None:  # observed in stripe/stripe-go#743
        raise invalid(
            f"When deleting the subscription item {item.id} with a metered plan, all related usage records "
            "must be cleared too by setting `clear_usage=true`."
        )
    if clears and not deleted:
        raise invalid("`clear_usage` can only be set when the item is deleted.", param="clear_usage")
    if price.id != item.price and not deleted and usage is not None and usage.any_after(item.usage_since):
        raise unmodelled("another price for an item with usage records in its current period")


def _has_it(world: World, item_id: str | None, price: str) -> bool:
    subscription = world.agenda.items.get(item_id or "")
    item = None if subscription is None else subscription.item(item_id or "")
    return item is not None and item.price == price
