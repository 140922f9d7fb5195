"""Changing a subscription: items, prices, anchor, trial, plans to end it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from harness.simulator.billing.periods import Period, period_at
from harness.simulator.flows.catalogue import tax_rates
from harness.simulator.flows.catalogue.currencies import ensure_offered
from harness.simulator.flows.catalogue.legacy_prices import check_change
from harness.simulator.flows.invoicing import lines as lining
from harness.simulator.flows.invoicing import prorations, redemption
from harness.simulator.flows.invoicing.spans import roll, shortened, usage_until
from harness.simulator.flows.subscribing.items import (
    check_together,
    find_item,
    read_one,
    read_quantity,
    usable_price,
)
from harness.simulator.objects.subscription import SubscriptionItem, interval_of
from harness.simulator.wire.errors import invalid
from harness.simulator.wire.params import merge_metadata

if TYPE_CHECKING:
    from harness.simulator.objects.invoice_item import InvoiceItem
    from harness.simulator.objects.invoice_line import Line
    from harness.simulator.objects.price import Price
    from harness.simulator.objects.subscription import Subscription
    from harness.simulator.objects.tax_rate import TaxRate
    from harness.simulator.world import World


@dataclass(frozen=True)
class ItemChange:
    """One entry of `items` on an update, resolved and checked.

    Args:
        item: id of the existing item; None for one that is added.
        price: after the change.
        quantity: after the change; None for a metered price.
        metadata: to merge; None removes all of it, an empty hash leaves it.
        deleted: whether the item goes.
        usage_gte: its billing threshold after the change.
        discounts: those it gets; None leaves them.
        tax_rates: the same.
        rebills: whether the old state is billed out and the new one billed in.
    """

    item: str | None
    price: Price
    quantity: int | None
    metadata: dict[str, Any] | None
    deleted: bool = False
    rebills: bool = True
    usage_gte: int | None = None
    discounts: tuple[redemption.Wanted, ...] | None = None
    tax_rates: tuple[TaxRate, ...] | None = None


@dataclass
class Bill:
    """What a change leaves to bill.

    Args:
        items: prorations, not placed yet.
        lines: of an anchor reset, for its own invoice.
        at: now.
        prorate_at: the instant that prorations are counted from (`proration_date`, CHG-53).
        since: when the oldest of the current periods began.
    """

    at: int
    prorate_at: int
    since: int
    items: list[InvoiceItem] = field(default_factory=list)
    lines: list[Line] = field(default_factory=list)


def read_changes(world: World, subscription: Subscription, entries: list[dict[str, Any]]) -> list[ItemChange]:
    """The wanted changes of items.

    Raises:
        StripeError: 400 for unknown items or prices, or for prices that do not go together.
    """
    changes = [_read(world, subscription, entry, f"items[{index}]") for index, entry in enumerate(entries)]
    touched = {change.item for change in changes}
    left = [world.prices[item.price] for item in subscription.items if item.id not in touched]
    left += [change.price for change in changes if not change.deleted]
    if entries and not left:
        raise invalid("A subscription must have at least one item.", param="items")
    if left:
        check_together(left, flexible=subscription.flexible)
    return changes


def _read(world: World, subscription: Subscription, entry: dict[str, Any], name: str) -> ItemChange:
    if entry.get("id") is None:
        new = read_one(world, entry, name)
        ensure_offered(new.price, subscription.currency, f"{name}[price]")
        discounts = _read_discounts(world, subscription, entry, name, None)
        return ItemChange(
            None,
            new.price,
            new.quantity,
            dict(new.metadata),
            usage_gte=new.usage_gte,
            discounts=discounts,
            tax_rates=new.tax_rates,
        )
    item = find_item(subscription, entry["id"], f"{name}[id]")
    price = world.prices[item.price]
    if entry.get("price") not in {None, item.price}:
        price = usable_price(world, entry, f"{name}[price]")
        ensure_offered(price, subscription.currency, f"{name}[price]")
    kept = {} if price.metered or item.quantity is None else {"quantity": item.quantity}
    quantity = read_quantity(price, kept | entry, name)
    deleted = bool(entry.get("deleted"))
    check_change(world, item, price, deleted=deleted, clears=bool(entry.get("clear_usage")))
    rebills = deleted or (price.id, quantity) != (item.price, item.quantity)
    kept_gte = {"usage_gte": item.usage_gte}
    usage_gte = (entry.get("billing_thresholds", kept_gte) or {}).get("usage_gte")
    discounts = _read_discounts(world, subscription, entry, name, item)
    metadata = entry.get("metadata", {})
    rates = tax_rates.named(world, entry, f"{name}[tax_rates]", item.tax_rates)
    return ItemChange(item.id, price, quantity, metadata, deleted, rebills, usage_gte, discounts, rates)


def _read_discounts(
    world: World,
    subscription: Subscription,
    entry: dict[str, Any],
    name: str,
    item: SubscriptionItem | None,
) -> tuple[redemption.Wanted, ...] | None:
    entries, _ = redemption.asked(entry)
    if entries is None:
        return None
    customer = world.customers[subscription.customer]
    present = [*(item.discounts if item else ()), *subscription.discounts]
    found = redemption.read(
        world, entries, f"{name}[discounts]", customer, currency=subscription.currency, present=present
    )
    return tuple(found)


def resets_anchor(world: World, subscription: Subscription, changes: list[ItemChange]) -> bool:
    """Whether a changed interval starts a new cycle (CHG-12); adding an item never does.

    In a trial, the cycle goes on starting at its end (SUB-29; K, unverified).
    """
    if not subscription.charges:
        return False
    intervals = {item.id: interval_of(world.prices[item.price]) for item in subscription.items}
    return any(
        change.item is not None and not change.deleted and interval_of(change.price) != intervals[change.item]
        for change in changes
    )


def apply_items(
    world: World,
    subscription: Subscription,
    changes: list[ItemChange],
    at: int,
    *,
    bill: bool,
    reset: bool,
    prorate_at: int | None = None,
) -> Bill:
    """Change the items at `at` and say what that leaves to bill. Only `subscription` is touched.

    Args:
        world: read for prices and usage.
        subscription: the one to change, or a copy for a preview.
        changes: from `read_changes`.
        at: now.
        bill: false for `proration_behavior=none` (CHG-57).
        reset: whether the anchor moves to `at`: all that is open is billed, new periods begin (CHG-11).
        prorate_at: `proration_date` (CHG-53).
    """
    since = min(item.period.starts_at for item in subscription.items)
    left = Bill(at, at if prorate_at is None else prorate_at, since)
    prorate = bill and subscription.charges
    if reset:
        _close_all(world, subscription, left, prorate=prorate)
    for change in changes:
        _apply(world, subscription, change, left, prorate=prorate and not reset)
    if reset:
        _open_all(world, subscription, left)
    return left


def _apply(
    world: World, subscription: Subscription, change: ItemChange, left: Bill, *, prorate: bool
) -> None:
    item = subscription.item(change.item) if change.item else None
    if item is not None and change.rebills and prorate:
        left.items += _close(world, subscription, item, left)
    if item is not None and change.deleted:
        subscription.items.remove(item)
        return
    if item is None:
        item = _added(world, subscription, change, left.at)
        subscription.items.append(item)
    else:
        _replace(item, change, left.at)
    if change.discounts is not None:
        place = redemption.Place(world.customers[subscription.customer], left.at, subscription_item=item.id)
        item.discounts = redemption.make(world, change.discounts, place)
    if change.rebills and prorate and item.quantity is not None:
        left.items += prorations.debit(world, subscription, item, left.prorate_at)


def _close(world: World, subscription: Subscription, item: SubscriptionItem, left: Bill) -> list[InvoiceItem]:
    """Bill out an item's old state: licensed by a credit, metered in flexible mode only (CHG-01, CHG-04)."""
    if not world.prices[item.price].metered:
        return _give_back(world, subscription, item, left)
    return prorations.used(world, subscription, item, left.at) if subscription.flexible else []


def _give_back(
    world: World, subscription: Subscription, item: SubscriptionItem, left: Bill
) -> list[InvoiceItem]:
    """A licensed item's credit. Without one, what it paid is remembered for a later credit (CHG-55)."""
    found = prorations.credit(world, subscription, item, left.prorate_at)
    item.billed = None
    return found


def _replace(item: SubscriptionItem, change: ItemChange, at: int) -> None:
    """Usage counts from a switch of price on (CHG-01)."""
    item.metadata = merge_metadata(item.metadata, change.metadata)
    if item.price != change.price.id:
        item.price, item.usage_since = change.price.id, max(at, item.usage_since)
    item.quantity, item.usage_gte = change.quantity, change.usage_gte
    item.tax_rates = item.tax_rates if change.tax_rates is None else change.tax_rates


def _added(world: World, subscription: Subscription, change: ItemChange, at: int) -> SubscriptionItem:
    """A new item joins the calendar; its usage counts from now (INV-15, CHG-03)."""
    interval = subscription.dated(interval_of(change.price))
    period = period_at(subscription.anchor, interval, at)
    if subscription.status == "trialing" and subscription.trial_end is not None:
        period = Period(at, subscription.trial_end)
    return SubscriptionItem(
        id=world.new_id("si"),
        subscription=subscription.id,
        created=at,
        price=change.price.id,
        period=shortened(period, subscription.cancel_at),
        usage_since=at,
        quantity=change.quantity,
        metadata=dict(change.metadata or {}),
        usage_gte=change.usage_gte,
        tax_rates=change.tax_rates or (),
    )


def _close_all(world: World, subscription: Subscription, left: Bill, *, prorate: bool) -> None:
    """An anchor reset bills all usage so far at the prices of this moment (CHG-11, CHG-06)."""
    for item in lining.in_order(subscription.items):
        if not world.prices[item.price].metered:
            left.items += _give_back(world, subscription, item, left) if prorate else []
        elif item.usage_since < left.at:
            left.lines += usage_until(world, subscription, item, left.at)


def _open_all(world: World, subscription: Subscription, left: Bill) -> None:
    """Whole new periods from the new anchor, licensed prices in advance."""
    subscription.anchor, subscription.anchor_config = left.at, None
    for item in lining.in_order(subscription.items):
        left.lines += roll(world, subscription, item, left.at)
