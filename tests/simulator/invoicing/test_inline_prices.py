"""`price_data`: prices that a request describes in place of naming them."""

from __future__ import annotations

from typing import Any

import pytest

MONTH = 31 * 86_400
HOUR = 3_600
MONTHLY = {"interval": "month"}


def described(shop: Any, **params: Any) -> dict[str, Any]:
    return {"currency": "usd", "product": shop.product, "unit_amount": 700} | params


def test_a_described_price_is_made_inactive_and_bills(shop: Any) -> None:
    """The reference of `price_data`: it generates a price, which nobody else can use."""
    subscription = shop.subscribe({"price_data": described(shop, recurring=MONTHLY), "quantity": 2})
    price = subscription["items"]["data"][0]["price"]
    assert (price["active"], price["unit_amount"], price["product"]) == (False, 700, shop.product)
    assert shop.last_invoice()["total"] == 1_400
    assert shop.call.ok(f"GET /v1/prices/{price['id']}")["active"] is False
    assert shop.events().index("price.created") < shop.events().index("customer.subscription.created")
    again = shop.call("POST /v1/subscriptions", customer=shop.customer, items=[{"price": price["id"]}])
    assert (again.status, again.error["param"]) == (400, "items[0][price]")


def test_a_described_price_can_replace_another_and_join_as_an_item(shop: Any) -> None:
    subscription = shop.subscribe(shop.licensed(1000))
    item = subscription["items"]["data"][0]["id"]
    data = described(shop, recurring=MONTHLY, unit_amount_decimal="0.5")
    del data["unit_amount"]
    shown = shop.change(subscription, items=[{"id": item, "price_data": data}], proration_behavior="none")
    assert shown["items"]["data"][0]["price"]["unit_amount_decimal"] == "0.5"
    added = shop.call.ok(
        "POST /v1/subscription_items",
        subscription=subscription["id"],
        price_data=described(shop, recurring=MONTHLY),
        proration_behavior="none",
    )
    changed = shop.call.ok(
        f"POST /v1/subscription_items/{added['id']}",
        price_data=described(shop, recurring=MONTHLY, unit_amount=900),
        proration_behavior="none",
    )
    assert (changed["id"], changed["price"]["unit_amount"]) == (added["id"], 900)


def test_one_off_items_take_described_prices(shop: Any) -> None:
    entry = {"price_data": described(shop), "quantity": 3}
    subscription = shop.subscribe(shop.licensed(1000), add_invoice_items=[entry])
    assert shop.last_invoice(subscription)["total"] == 3_100
    item = shop.call.ok(
        "POST /v1/invoiceitems", customer=shop.customer, price_data=described(shop), quantity=2
    )
    assert item["amount"] == 1_400
    price = shop.call.ok(f"GET /v1/prices/{item['pricing']['price_details']['price']}")
    assert (price["type"], price["active"]) == ("one_time", False)
    changed = shop.call.ok(f"POST /v1/invoiceitems/{item['id']}", price_data=described(shop, unit_amount=50))
    assert changed["amount"] == 100


def test_a_preview_with_a_described_price_makes_none(shop: Any) -> None:
    subscription = shop.subscribe(shop.licensed(1000))
    item = subscription["items"]["data"][0]["id"]
    data = described(shop, recurring=MONTHLY, unit_amount=3_000)
    before = len(shop.world.prices), len(shop.world.events)
    details = {"items": [{"id": item, "price_data": data}], "proration_behavior": "none"}
    assert shop.preview(subscription, subscription_details=details)["total"] == 3_000
    assert (len(shop.world.prices), len(shop.world.events)) == before


REFUSED = [
    ({"price_data": {"unit_amount": 5}, "price": "price"}, "parameters_exclusive", None),
    ({"price_data": {"product": "prod_none", "unit_amount": 5}}, "resource_missing", "[product]"),
    ({"price_data": {}}, None, None),
    ({"price_data": {"unit_amount": 5, "unit_amount_decimal": "5"}}, None, None),
    ({"price_data": {"unit_amount": -5}}, "parameter_invalid_integer", "[unit_amount]"),
    ({"price_data": {"unit_amount": 5, "currency": "eur"}}, None, "items[1][price]"),
]


@pytest.mark.parametrize(("entry", "code", "param"), REFUSED)
def test_a_refused_description_leaves_no_price_behind(
    shop: Any, entry: dict[str, Any], code: str | None, param: str | None
) -> None:
    price = shop.licensed()
    data = {"currency": "usd", "product": shop.product, "recurring": MONTHLY} | entry["price_data"]
    named = {"price": price} if "price" in entry else {}
    items = [{"price": price}, {"price_data": data, **named}]
    before = len(shop.world.prices), len(shop.world.events)
    answer = shop.call("POST /v1/subscriptions", customer=shop.customer, items=items)
    assert (answer.status, answer.error.get("code")) == (400, code)
    assert param is None or answer.error["param"].endswith(param)
    assert (len(shop.world.prices), len(shop.world.events)) == before


def test_a_late_refusal_takes_the_price_back(new_shop: Any) -> None:
    """A card that declines is found out after everything was read."""
    shop = new_shop(card="pm_card_chargeCustomerFail")
    before = len(shop.world.prices)
    answer = shop.call(
        "POST /v1/subscriptions",
        customer=shop.customer,
        items=[{"price_data": described(shop, recurring=MONTHLY)}],
        payment_behavior="error_if_incomplete",
    )
    assert (answer.status, len(shop.world.prices)) == (402, before)


def test_two_ways_to_price_an_invoice_item_are_one_too_many(shop: Any) -> None:
    answer = shop.call("POST /v1/invoiceitems", customer=shop.customer, amount=5, price_data=described(shop))
    assert (answer.status, answer.error["code"]) == (400, "parameters_exclusive")


NOW = {"type": "now"}
PERIODS = [
    (None, (0, MONTH)),
    ({"start": NOW, "end": {"type": "min_item_period_end"}}, (10 * HOUR, MONTH)),
    ({"start": {"type": "max_item_period_start"}, "end": {"type": "timestamp"}}, (0, 20 * HOUR)),
    ({"start": {"type": "timestamp"}, "end": {"type": "timestamp"}}, (20 * HOUR, 20 * HOUR)),
]


@pytest.mark.parametrize(("period", "expected"), PERIODS)
def test_an_added_item_has_a_period(shop: Any, period: Any, expected: tuple[int, int]) -> None:
    """VER-12: by default what the items' periods have in common."""
    subscription = shop.subscribe(shop.licensed())
    shop.advance(shop.start + 10 * HOUR)
    entry: dict[str, Any] = {"price_data": described(shop), "metadata": {"why": "setup"}}
    if period:
        stamped = {"timestamp": shop.start + 20 * HOUR}
        entry["period"] = {
            edge: given | (stamped if given["type"] == "timestamp" else {}) for edge, given in period.items()
        }
    shop.change(subscription, add_invoice_items=[entry])
    (item,) = shop.pending()
    start, end = item["period"]["start"] - shop.start, item["period"]["end"] - shop.start
    assert (start, end) == expected
    assert item["metadata"] == {"why": "setup"}


@pytest.mark.parametrize("member", ["metadata", "period"])
def test_period_and_metadata_of_an_added_item_are_newer_than_acacia(shop: Any, member: str) -> None:
    """VER-12."""
    edges = {"start": NOW, "end": {"type": "min_item_period_end"}}
    entry = {"price_data": described(shop), member: {"metadata": {"a": "b"}, "period": edges}[member]}
    answer = shop.call(
        "POST /v1/subscriptions",
        {"stripe-version": "2025-07-30.basil"},
        customer=shop.customer,
        items=[{"price": shop.licensed()}],
        add_invoice_items=[entry],
    )
    assert (answer.status, answer.error["param"]) == (400, f"add_invoice_items[0][{member}]")


@pytest.mark.parametrize("exists", [False, True])
@pytest.mark.parametrize(
    ("after", "param"),
    [
        ({"timestamp": MONTH + 1}, "add_invoice_items[0][period][end]"),
        ({}, "add_invoice_items[0][period][start][timestamp]"),
    ],
)
def test_a_period_is_whole_and_does_not_end_before_it_starts(
    shop: Any, after: dict[str, int], param: str, *, exists: bool
) -> None:
    """VER-12: at a creation and at a change."""
    stamp = {key: shop.start + seconds for key, seconds in after.items()}
    edges = {"start": {"type": "timestamp", **stamp}, "end": {"type": "min_item_period_end"}}
    added = [{"price_data": described(shop), "period": edges}]
    if exists:
        path = f"POST /v1/subscriptions/{shop.subscribe(shop.licensed())['id']}"
        answer = shop.call(path, add_invoice_items=added)
    else:
        items = [{"price": shop.licensed()}]
        answer = shop.call(
            "POST /v1/subscriptions", customer=shop.customer, items=items, add_invoice_items=added
        )
    assert (answer.status, answer.error["param"]) == (400, param)


def test_a_plan_is_the_older_word_for_a_price(shop: Any) -> None:
    """Of items on every route that has them; a plan's id is its price's."""
    first, second = shop.licensed(1000), shop.licensed(200)
    subscription = shop.subscribe({"plan": first})
    item = subscription["items"]["data"][0]
    assert (item["price"]["id"], item["plan"]["id"]) == (first, first)
    shop.change(subscription, items=[{"id": item["id"], "plan": second}], proration_behavior="none")
    added = shop.call.ok("POST /v1/subscription_items", subscription=subscription["id"], plan=first)
    assert added["price"]["id"] == first
    listed = shop.call.ok("GET /v1/subscriptions", customer=shop.customer, plan=second)["data"]
    assert [each["id"] for each in listed] == [subscription["id"]]
    assert shop.call.ok("GET /v1/subscriptions", customer=shop.customer, plan="price_none")["data"] == []
    both = shop.call(
        "POST /v1/subscriptions", customer=shop.customer, items=[{"plan": first, "price": second}]
    )
    assert (both.status, both.error["code"]) == (400, "parameters_exclusive")
