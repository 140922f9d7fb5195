"""`/v1/subscription_items`."""

from __future__ import annotations

from typing import Any

from harness.simulator.api.coupons import DISCOUNTS
from harness.simulator.api.shapes import RECURRING_DATA, TAX_RATES, with_plan
from harness.simulator.api.subscriptions import BEHAVIOR, ITEM_LACKS, ITEM_THRESHOLDS, PAYMENT_BEHAVIOR
from harness.simulator.flows.catalogue import legacy_prices
from harness.simulator.flows.subscribing import updates
from harness.simulator.objects.subscription import Subscription, SubscriptionItem
from harness.simulator.wire.errors import StripeError, missing_resource
from harness.simulator.wire.lists import PAGING, page
from harness.simulator.wire.params import fields, flag, integer, metadata, text
from harness.simulator.wire.routes import Call, route

URL = "/v1/subscription_items"

_BILLING: dict[str, Any] = {
    "payment_behavior": PAYMENT_BEHAVIOR,
    "proration_behavior": BEHAVIOR,
    "proration_date": integer(0),
}
_ITEM: dict[str, Any] = {
    "billing_thresholds": ITEM_THRESHOLDS,
    "discounts": DISCOUNTS,
    "metadata": metadata(),
    "plan": text(),
    "price": text(),
    "price_data": RECURRING_DATA,
    "quantity": integer(0, 999_999_999),
    "tax_rates": TAX_RATES,
}


@route(
    f"POST {URL}",
    takes=fields(
        required=["subscription"], **_BILLING, **_ITEM, subscription=text(unset=False), unmodelled=ITEM_LACKS
    ),
    facts="CHG-03 INV-15 SUB-12",
)
def create(call: Call) -> dict[str, Any]:
    """Add an item to a subscription."""
    subscription = _subscription(call, call.params["subscription"])
    _change(call, subscription, {key: call.params[key] for key in _ITEM if key in call.params})
    pending = subscription.pending_update
    items = subscription.items if pending is None else pending.changed.items
    return items[-1].render(call.world)


@route(
    f"GET {URL}",
    takes=fields(required=["subscription"], **PAGING, subscription=text(unset=False)),
    facts="PRO-14",
)
def index(call: Call) -> dict[str, Any]:
    """A subscription's items."""
    subscription = _subscription(call, call.params["subscription"])
    return page(subscription.items, call.params, URL, lambda item: item.render(call.world))


@route(f"GET {URL}/{{id}}", facts="SUB-17 PRC-20")
def retrieve(call: Call) -> dict[str, Any]:
    """One item of a subscription."""
    return _find(call)[1].render(call.world)


@route(
    f"POST {URL}/{{id}}",
    takes=fields(**_BILLING, **_ITEM, off_session=flag(), unmodelled=ITEM_LACKS),
    facts="CHG-01",
)
def update(call: Call) -> dict[str, Any]:
    """Change an item's price, quantity or metadata."""
    subscription, item = _find(call)
    _change(
        call, subscription, {"id": item.id} | {key: call.params[key] for key in _ITEM if key in call.params}
    )
    return item.render(call.world)


@route(f"DELETE {URL}/{{id}}", takes=fields(**_BILLING, clear_usage=flag()), facts="CHG-04 CHG-08 LEG-19")
def delete(call: Call) -> dict[str, Any]:
    """Take an item off its subscription. `clear_usage` has no effect on prices with a meter (CHG-08)."""
    subscription, item = _find(call)
    _change(
        call, subscription, {"id": item.id, "deleted": True, "clear_usage": call.params.get("clear_usage")}
    )
    item.deleted = True
    return item.render(call.world)


def _change(call: Call, subscription: Subscription, entry: dict[str, Any]) -> None:
    entry = with_plan(entry)
    billing = {key: call.params[key] for key in _BILLING if key in call.params}
    try:
        legacy_prices.refuse_on_new_versions(call.world, [entry], call.version)
        updates.update(call.world, subscription, billing | {"items": [entry]})
    except StripeError as error:
        error.param = _flat(error.param)
        raise


def _flat(param: str | None) -> str | None:
    """A subscription's parameter as it is named here: `items[0][price]` is `price`."""
    prefix = "items[0]["
    if param is None or not param.startswith(prefix):
        return param
    return param.removeprefix(prefix).replace("]", "", 1)


def _subscription(call: Call, subscription_id: str) -> Subscription:
    subscription = call.world.subscriptions.get(subscription_id)
    if subscription is None:
        raise missing_resource("subscription", subscription_id, "subscription")
    return subscription


def _find(call: Call) -> tuple[Subscription, SubscriptionItem]:
    item_id = call.path["id"]
    subscription = call.world.agenda.items.get(item_id)
    item = None if subscription is None else subscription.item(item_id)
    if subscription is None or item is None:
        raise missing_resource("subscription_item", item_id)
    return subscription, item
