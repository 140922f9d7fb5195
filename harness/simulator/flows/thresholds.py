"""Billing thresholds: which versions have them, and where the simulator stops (CHG-32, CHG-33)."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from harness.simulator.billing.periods import Period
from harness.simulator.billing.pricing import total_cents
from harness.simulator.objects.usage_record import RecordedUsage
from harness.simulator.wire.errors import invalid, unmodelled
from harness.simulator.wire.versions import BASIL, at_least

if TYPE_CHECKING:
    from harness.simulator.objects.price import Price
    from harness.simulator.objects.subscription import Subscription, SubscriptionItem
    from harness.simulator.world import World

RESTORED = "2025-05-28"  # CHG-32


def refuse_where_missing(params: dict[str, Any], version: str) -> None:
    """Refuse `billing_thresholds`, of the subscription or of an item, in the versions that lack it (CHG-32).

    Raises:
        StripeError: 400; how Stripe's text goes on after the parameter's name is unverified.
    """
    if not at_least(version, BASIL) or at_least(version, RESTORED):
        return
    entries = [params, *(params.get("items") or [])]
    if any(entry.get("billing_thresholds") is not None for entry in entries):
        raise invalid(
            "Starting with Stripe version `2025-03-31.basil`, subscriptions do not support the parameter "
            "billing_thresholds.",
            param="billing_thresholds",
        )


def refuse_with_meters(prices: Iterable[Price], *, wanted: bool) -> None:
    """Thresholds on a meter's usage cross at any time, by themselves: that is not modelled (CHG-37, CLK-75).

    Raises:
        StripeError: 501.
    """
    if wanted and any(price.meter is not None for price in prices):
        raise unmodelled("billing_thresholds on a subscription with a meter (threshold invoices, CHG-37)")


def ensure_below(world: World, subscription: Subscription, item: SubscriptionItem, quantity: int) -> None:
    """Stop where Stripe would make a threshold invoice: at once, by name, instead of ignoring it.

    Trials are exempt (CHG-35). Compared is the usage of all metered items that no invoice has billed yet.

    Raises:
        StripeError: 501.
    """
    if not subscription.has_thresholds or subscription.status == "trialing":
        return
    used = {each.id: _open_usage(world, each) for each in subscription.items if each.quantity is None}
    used[item.id] += quantity
    amount = sum(
        total_cents(world.prices[each.price].terms, Decimal(used[each.id]))
        for each in subscription.items
        if each.id in used
    )
    crossed = subscription.amount_gte is not None and amount >= subscription.amount_gte
    if crossed or (item.usage_gte is not None and used[item.id] >= item.usage_gte):
        raise unmodelled("the invoice that is due when usage reaches billing_thresholds (CHG-37)")


def _open_usage(world: World, item: SubscriptionItem) -> int:
    usage = world.recorded.get(item.id, RecordedUsage())
    period = Period(item.usage_since, item.period.ends_before)
    return usage.total(world.prices[item.price].aggregation, period)
