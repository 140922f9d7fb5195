"""Legacy usage records: every check of a new one, and the summaries of an item's periods."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from harness.simulator.billing.periods import Period
from harness.simulator.flows.clocked import ensure_unlocked
from harness.simulator.flows.subscribing.thresholds import ensure_below
from harness.simulator.objects.usage_record import RecordedUsage, UsageRecord, UsageSummary
from harness.simulator.wire.errors import StripeError, invalid, missing_resource

if TYPE_CHECKING:
    from collections.abc import Iterator

    from harness.simulator.objects.price import Price
    from harness.simulator.objects.subscription import Subscription, SubscriptionItem
    from harness.simulator.world import World

AHEAD_SECONDS = 300
"""How far ahead of now a record may be stamped. Some minutes are accepted (LEG-11); how many, unverified."""

TOO_EARLY = (
    "Cannot create the usage record with this timestamp because timestamps must be after the subscription's "
    "last invoice period (or current period start time)."
)
CANCELED = "Cannot create the usage record because the subscription has been canceled."


def report(world: World, item_id: str, params: dict[str, Any]) -> UsageRecord:
    """Add usage to an item's current period, or overwrite it at one timestamp (LEG-01, LEG-04).

    The order of checks is assumed, and so is that an advancing clock locks records out (CLK-34): unverified.

    Raises:
        StripeError: 404 for an unknown item; 400 for an item on a meter, a licensed item, a canceled
            subscription, `set` under billing thresholds, a timestamp outside the current period or in the
            future; 429 on an advancing clock; 501 when a threshold invoice would be due.
    """
    subscription, item = find_item(world, item_id)
    price = world.prices[item.price]
    if not price.legacy:
        raise _not_legacy(price, item)
    if not subscription.live:
        raise invalid(CANCELED)  # LEG-13
    action, quantity = params.get("action", "increment"), params["quantity"]
    if action == "set" and subscription.has_thresholds:
        raise _only_increments()
    ensure_unlocked(world, subscription.test_clock)
    at = _timestamp(item, params.get("timestamp", "now"), world.now(subscription.test_clock))
    ensure_below(world, subscription, item, quantity)
    world.recorded.setdefault(item.id, RecordedUsage()).record(action, at, quantity)
    return UsageRecord(world.new_id("mbur"), item.id, at, quantity)


def summaries(world: World, item_id: str) -> list[UsageSummary]:
    """An item's periods with their totals, newest first; the open one leads (LEG-02, LEG-03).

    Raises:
        StripeError: 404 for an unknown item, 400 for one on a meter or a licensed one.
    """
    subscription, item = find_item(world, item_id)
    price = world.prices[item.price]
    if not price.legacy:
        raise _no_summaries(price, item)
    billed = list(_billed(world, subscription, item))
    current = Period(item.usage_since, item.period.ends_before)
    closed = any(period.starts_at == current.starts_at for period, _ in billed)
    periods = billed if closed else [(current, None), *billed]
    usage = world.recorded.get(item.id, RecordedUsage())
    return [UsageSummary(item.id, each, usage.total(price.aggregation, each), by) for each, by in periods]


def find_item(world: World, item_id: str) -> tuple[Subscription, SubscriptionItem]:
    """An item that is still on its subscription, whether or not that has ended.

    Raises:
        StripeError: 404 `resource_missing`.
    """
    subscription = world.agenda.items.get(item_id)
    item = None if subscription is None else subscription.item(item_id)
    if subscription is None or item is None:
        raise missing_resource("subscription item", item_id)
    return subscription, item


def _billed(
    world: World, subscription: Subscription, item: SubscriptionItem
) -> Iterator[tuple[Period, str | None]]:
    """The periods that invoices bill for an item, newest first: one for each, however many lines it has."""
    seen: set[int] = set()
    for invoice in world.agenda.invoices_of(subscription.customer):
        for line in invoice.lines:
            mine = line.item == item.id and line.price is not None and world.prices[line.price].legacy
            if mine and invoice.billing_reason != "subscription_create" and line.period.starts_at not in seen:
                seen.add(line.period.starts_at)
                yield line.period, invoice.id


def _timestamp(item: SubscriptionItem, asked: int | str, now: int) -> int:
    """After the start of the open period, up to its end, and hardly ahead of now (LEG-07, LEG-08, LEG-11).

    No grace after a period's end is assumed (LEG-12, unverified): the period has rolled, and a late record
    lies before the new one (LEG-10). A record for the very second of the start is too early as well (LEG-09).
    """
    at = now if isinstance(asked, str) else asked
    if at <= max(item.usage_since, item.period.starts_at):
        raise invalid(TOO_EARLY, param="timestamp")
    if at > now + AHEAD_SECONDS or at > item.period.ends_before:  # text unverified
        raise invalid(
            "Cannot create the usage record with this timestamp because timestamps must be in the "
            "subscription's current period and not in the future.",
            param="timestamp",
        )
    return at


def _not_legacy(price: Price, item: SubscriptionItem) -> StripeError:
    if price.metered:  # LEG-14
        return invalid(
            f"Cannot create a usage record for `{item.id}` because it is not on the legacy metered billing "
            "system. Call /v1/billing/meter_events instead."
        )
    return invalid(  # LEG-16; text unverified
        f"Cannot create a usage record for `{item.id}` because its price has `usage_type=licensed`."
    )


def _no_summaries(price: Price, item: SubscriptionItem) -> StripeError:
    if price.metered:  # LEG-15
        return invalid(
            f"Cannot list usage record summaries for `{item.id}` because it is not on the legacy metered "
            "billing system. Call /v1/billing/meters/:id/event_summaries instead."
        )
    return invalid(  # LEG-16; text unverified
        f"Cannot list usage record summaries for `{item.id}` because its price has `usage_type=licensed`."
    )


def _only_increments() -> StripeError:
    """LEG-06; text unverified."""
    return invalid(
        "Subscriptions with billing thresholds only accept usage records with `action=increment`.",
        param="action",
    )
