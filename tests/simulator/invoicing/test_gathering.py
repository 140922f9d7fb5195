"""`pending_invoice_item_interval`: what is pending is billed more often than the subscription renews."""

from __future__ import annotations

from typing import Any

import pytest

DAY = 86_400
HOUR = 3_600
WEEKLY = {"interval": "week"}


def yearly(shop: Any, **params: Any) -> dict[str, Any]:
    price = shop.licensed(12_000, interval="year")
    return shop.subscribe(price, pending_invoice_item_interval=WEEKLY, **params)


def extra(shop: Any, amount: int, **params: Any) -> None:
    shop.call.ok("POST /v1/invoiceitems", customer=shop.customer, amount=amount, currency="usd", **params)


def test_pending_items_get_an_invoice_at_the_end_of_each_interval(shop: Any) -> None:
    """INV-34 names the reason; an empty interval makes no invoice; the cycle goes on."""
    subscription = yearly(shop)
    extra(shop, 300, subscription=subscription["id"])
    assert subscription["pending_invoice_item_interval"] == {"interval": "week", "interval_count": 1}
    assert subscription["next_pending_invoice_item_invoice"] == shop.start + 7 * DAY
    shop.advance(shop.start + 22 * DAY)
    _, gathered = shop.invoices(subscription)
    assert (gathered["billing_reason"], gathered["total"], gathered["status"]) == (
        "automatic_pending_invoice_item_invoice",
        300,
        "paid",
    )
    assert gathered["status_transitions"]["finalized_at"] == shop.start + 7 * DAY + HOUR
    assert (gathered["period_start"], gathered["period_end"]) == (shop.start, shop.start + 7 * DAY)
    shown = shop.subscription(subscription)
    assert shown["next_pending_invoice_item_invoice"] == shop.start + 28 * DAY
    assert shown["items"]["data"][0]["current_period_end"] == shop.start + 365 * DAY


def test_only_the_subscriptions_own_items_are_gathered(shop: Any) -> None:
    """As with an invoice made for a subscription by hand (reference of `subscription`)."""
    subscription = yearly(shop)
    extra(shop, 300)
    shop.advance(shop.start + 8 * DAY)
    assert len(shop.invoices(subscription)) == 1
    extra(shop, 70, subscription=subscription["id"])
    by_hand = shop.call.ok("POST /v1/invoices", customer=shop.customer, subscription=subscription["id"])
    assert by_hand["total"] == 70
    assert [item["amount"] for item in shop.pending()] == [300]


def test_prorations_are_gathered(shop: Any) -> None:
    subscription = yearly(shop)
    shop.advance(shop.start + DAY)
    item = subscription["items"]["data"][0]["id"]
    shop.change(subscription, items=[{"id": item, "quantity": 2}])
    preview = shop.preview(subscription)
    shop.advance(shop.start + 7 * DAY + HOUR)
    gathered = shop.last_invoice(subscription)
    assert gathered["total"] == 11_967 == preview["total"]
    assert preview["period_end"] == gathered["period_end"]


def test_at_a_renewal_the_cycles_invoice_takes_the_items(shop: Any) -> None:
    subscription = shop.subscribe(shop.licensed(700, interval="week"), pending_invoice_item_interval=WEEKLY)
    extra(shop, 300, subscription=subscription["id"])
    shop.advance(shop.start + 7 * DAY + HOUR)
    assert [(each["billing_reason"], each["total"]) for each in shop.invoices(subscription)] == [
        ("subscription_create", 700),
        ("subscription_cycle", 1_000),
    ]


def test_an_interval_that_is_taken_away_gathers_no_more(shop: Any) -> None:
    subscription = yearly(shop)
    extra(shop, 300, subscription=subscription["id"])
    shown = shop.change(subscription, pending_invoice_item_interval="")
    assert shown["pending_invoice_item_interval"] is None
    assert shown["next_pending_invoice_item_invoice"] is None
    shop.advance(shop.start + 8 * DAY)
    assert len(shop.invoices(subscription)) == 1


@pytest.mark.parametrize(
    ("interval", "count", "status"),
    [("year", 1, 200), ("year", 2, 400), ("month", 12, 200), ("month", 13, 400), ("week", 53, 400)],
)
def test_an_interval_is_a_year_at_most(shop: Any, interval: str, count: int, status: int) -> None:
    answer = shop.call(
        "POST /v1/subscriptions",
        customer=shop.customer,
        items=[{"price": shop.licensed()}],
        pending_invoice_item_interval={"interval": interval, "interval_count": count},
    )
    assert answer.status == status
