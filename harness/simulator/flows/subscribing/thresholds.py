"""Billing thresholds: what they need, and where the simulator stops."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import TYPE_CHECKING

from harness.simulator.billing.periods import Period
from harness.simulator.billing.pricing import ZERO, total_cents
from harness.simulator.objects.usage_record import RecordedUsage
from harness.simulator.wire.errors import invalid, unmodelled

if TYPE_CHECKING:
    from harness.simulator.objects.price import Price
    from harness.simulator.objects.subscription import Subscription, SubscriptionItem
    from harness.simulator.world import World


def check(
    world: World,
    prices: Iterable[Price],
    currency: str,
    *,
    amount_gte: int | None,
    resets: bool | None,
    usage_limits: Iterable[int | None],
) -> None:
    """What thresholds on a meter's usage need.

    Packages with tiers, which they do not support (CHG-34), cannot be made in the first place (PRC-15);
    packages alone count as they are billed, whole ones (unverified).

    Raises:
        StripeError: 400 when the amount does not exceed the flat fees (CHG-34; text unverified), 501 for what
            is not modelled on meters.
    """
    chosen = list(prices)
    limited = amount_gte is not None or any(limit is not None for limit in usage_limits)
    if not limited or all(price.meter is None for price in chosen):
        return
    if resets:
        _check_reset(world, chosen)
    if any(price.legacy for price in chosen):
        raise unmodelled("billing_thresholds on a subscription with meters and usage records")
    flat = sum(_flat_cents(price, currency) for price in chosen if price.metered)
    if amount_gte is not None and amount_gte <= flat:
        raise invalid(
            f"The billing threshold must be greater than the flat fees of the metered items, {flat}.",
            param="billing_thresholds[amount_gte]",
        )


def _check_reset(world: World, prices: list[Price]) -> None:
    """Stop where the reset would do what no source tells: to licensed items, and to a last value.

    Raises:
        StripeError: 501.
    """
    if any(not price.metered for price in prices):
        raise unmodelled("billing_thresholds[reset_billing_cycle_anchor] with a licensed item")
    if any(price.meter and world.meters[price.meter].formula == "last" for price in prices):
        raise unmodelled("billing_thresholds[reset_billing_cycle_anchor] with a meter of formula `last`")


def _flat_cents(price: Price, currency: str) -> int:
    """The flat fees that an amount must exceed: those due without any usage (CHG-34; which, unverified)."""
    return total_cents(price.terms_in(currency), ZERO)


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
        total_cents(world.prices[each.price].terms_in(subscription.currency), Decimal(used[each.id]))
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
