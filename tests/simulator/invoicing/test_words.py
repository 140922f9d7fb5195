"""The words that an invoice uses of itself: each status and each reason, reached."""

from __future__ import annotations

from typing import Any

import pytest

DAY = 86_400
MONTH = 31 * DAY


def one_off(shop: Any, *actions: str, **params: Any) -> dict[str, Any]:
    """A one-off invoice of 700 after some actions."""
    invoice = shop.call.ok("POST /v1/invoices", customer=shop.customer, auto_advance=False, **params)
    shop.call.ok(
        "POST /v1/invoiceitems", customer=shop.customer, invoice=invoice["id"], amount=700, currency="usd"
    )
    for action in actions:
        invoice = shop.call.ok(f"POST /v1/invoices/{invoice['id']}/{action}")
    return shop.call.ok(f"GET /v1/invoices/{invoice['id']}")


@pytest.mark.parametrize(
    ("actions", "status"),
    [
        ((), "draft"),
        (("finalize",), "open"),
        (("finalize", "pay"), "paid"),
        (("finalize", "mark_uncollectible"), "uncollectible"),
        (("finalize", "void"), "void"),
    ],
)
def test_an_invoice_has_one_of_five_statuses(shop: Any, actions: tuple[str, ...], status: str) -> None:
    """INV-33: and lists find it by each of them."""
    invoice = one_off(shop, *actions)
    assert invoice["status"] == status
    found = shop.call.ok("GET /v1/invoices", customer=shop.customer, status=status)["data"]
    assert [each["id"] for each in found] == [invoice["id"]]


def test_lists_take_no_other_status(shop: Any) -> None:
    """INV-33"""
    refused = shop.call("GET /v1/invoices", status="deleted")
    assert refused.message == "Invalid status: must be one of draft, open, paid, uncollectible, or void"


class TestReasons:
    """INV-34: those that the simulator makes; the others need quotes, or are from before billing modes."""

    def test_by_hand(self, shop: Any) -> None:
        assert one_off(shop)["billing_reason"] == "manual"

    def test_a_subscription_s_life(self, shop: Any) -> None:
        subscription = shop.subscribe(shop.licensed(1000))
        assert shop.preview(subscription)["billing_reason"] == "upcoming"
        item = subscription["items"]["data"][0]["id"]
        shop.advance(shop.start + 5 * DAY)
        shop.change(subscription, items=[{"id": item, "quantity": 2}], proration_behavior="always_invoice")
        shop.advance(shop.start + MONTH)
        assert [each["billing_reason"] for each in shop.invoices(subscription)] == [
            "subscription_create",
            "subscription_update",
            "subscription_cycle",
        ]

    def test_usage_past_a_threshold(self, shop: Any) -> None:
        shop.subscribe(shop.metered("10"), billing_thresholds={"amount_gte": 5_000})
        shop.use(501)
        assert shop.last_invoice()["billing_reason"] == "subscription_threshold"
