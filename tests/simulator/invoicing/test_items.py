"""Invoice items: pending ones join the next invoice, others a named draft."""

from __future__ import annotations

from typing import Any

import pytest

MONTH = 31 * 86_400


def add(shop: Any, **params: Any) -> dict[str, Any]:
    made: dict[str, Any] = shop.call.ok("POST /v1/invoiceitems", **({"customer": shop.customer} | params))
    return made


def test_pending_items_join_the_next_invoice_of_their_customer(shop: Any) -> None:
    """INV-83."""
    subscription = shop.subscribe(shop.metered())
    item = add(shop, amount=700, currency="usd", metadata={"a": "b"})
    assert (item["invoice"], item["period"]) == (None, {"start": shop.start, "end": shop.start})
    shop.advance(shop.start + MONTH)
    invoice = shop.last_invoice(subscription)
    assert [line["amount"] for line in invoice["lines"]["data"]] == [700, 0]
    assert shop.call.ok(f"GET /v1/invoiceitems/{item['id']}")["invoice"] == invoice["id"]


def test_an_item_of_another_subscription_waits_for_it(shop: Any) -> None:
    """INV-83."""
    weekly, monthly = shop.subscribe(shop.metered(interval="week")), shop.subscribe(shop.metered())
    add(shop, amount=700, currency="usd", subscription=monthly["id"])
    shop.advance(shop.start + 7 * 86_400)
    assert shop.last_invoice(weekly)["total"] == 0
    assert len(shop.pending()) == 1


@pytest.mark.parametrize(
    ("params", "amounts"),
    [
        pytest.param({"subscription": True}, [5], id="INV-83-of-the-subscription-only"),
        pytest.param({"pending_invoice_items_behavior": "include"}, [7], id="INV-83-of-none"),
        pytest.param({}, [], id="excluded-by-default"),
    ],
)
def test_which_pending_items_a_manual_invoice_takes(shop: Any, params: Any, amounts: list[int]) -> None:
    """INV-83."""
    subscription = shop.subscribe(shop.metered())
    add(shop, amount=5, currency="usd", subscription=subscription["id"])
    add(shop, amount=7, currency="usd")
    asked = {key: subscription["id"] if value is True else value for key, value in params.items()}
    draft = shop.call.ok("POST /v1/invoices", customer=shop.customer, **asked)
    assert [line["amount"] for line in draft["lines"]["data"]] == amounts


def test_an_item_meant_for_a_draft_names_it(shop: Any) -> None:
    """INV-83 INV-56: its line comes last."""
    subscription = shop.subscribe(shop.licensed(1000))
    shop.advance(shop.start + MONTH)
    draft = shop.last_invoice(subscription)
    item = add(shop, amount=50, currency="usd", invoice=draft["id"])
    assert [line["amount"] for line in shop.last_invoice(subscription)["lines"]["data"]] == [1000, 50]
    shop.call.ok(f"POST /v1/invoiceitems/{item['id']}", amount=60)
    assert shop.last_invoice(subscription)["total"] == 1060
    shop.call.ok(f"DELETE /v1/invoiceitems/{item['id']}")
    assert shop.last_invoice(subscription)["total"] == 1000


def test_a_finalized_invoice_takes_no_items(shop: Any) -> None:
    """PRO-05."""
    subscription = shop.subscribe(shop.licensed(1000))
    answer = shop.call(
        "POST /v1/invoiceitems",
        customer=shop.customer,
        amount=1,
        currency="usd",
        invoice=subscription["latest_invoice"],
    )
    assert (answer.status, answer.error["code"]) == (400, "invoice_not_editable")


@pytest.mark.parametrize(
    ("params", "amount", "quantity"),
    [
        ({"amount": -500}, -500, "1"),
        ({"unit_amount_decimal": "2.5", "quantity": 3}, 8, "3"),
        ({"unit_amount_decimal": "10", "quantity_decimal": "1.25"}, 13, "1.25"),
    ],
)
def test_amounts_of_items(shop: Any, params: dict[str, Any], amount: int, quantity: str) -> None:
    """INV-50 PRC-30."""
    item = add(shop, currency="usd", **params)
    assert (item["amount"], item["quantity_decimal"]) == (amount, quantity)


def test_an_item_with_a_price(shop: Any) -> None:
    """INV-49."""
    price = shop.call.ok("POST /v1/prices", product=shop.product, currency="usd", unit_amount=300)["id"]
    item = add(shop, pricing={"price": price}, quantity=2)
    assert (item["amount"], item["description"]) == (600, "Gold")
    assert item["pricing"]["price_details"] == {"price": price, "product": shop.product}
    refused = shop.call("POST /v1/invoiceitems", customer=shop.customer, pricing={"price": shop.metered()})
    assert refused.status == 400


@pytest.mark.parametrize(
    ("params", "param"),
    [
        ({}, "amount"),
        ({"amount": 5, "currency": "xxd"}, "currency"),
        ({"amount": 5, "invoice": "in_none"}, "invoice"),
    ],
)
def test_refusals(shop: Any, params: dict[str, Any], param: str) -> None:
    shop.subscribe(shop.metered())
    answer = shop.call("POST /v1/invoiceitems", customer=shop.customer, **params)
    assert (answer.status, answer.error["param"]) == (400, param)


def test_a_new_subscription_brings_one_off_items(shop: Any) -> None:
    """SUB-22 INV-56: in front of the subscription's lines, making an invoice by themselves (SUB-09)."""
    setup, extra = (
        shop.call.ok("POST /v1/prices", product=shop.product, currency="usd", unit_amount=unit)["id"]
        for unit in (500, 70)
    )
    added = [{"price": setup}, {"price": extra, "quantity": 2, "metadata": {"a": "b"}}]
    subscription = shop.subscribe(shop.metered(), add_invoice_items=added)
    invoice = shop.last_invoice(subscription)
    assert [line["amount"] for line in invoice["lines"]["data"]] == [140, 500]
    assert (invoice["billing_reason"], invoice["status"]) == ("subscription_create", "paid")
    assert shop.pending() == []


@pytest.mark.parametrize(("behavior", "when"), [("create_prorations", "next"), ("always_invoice", "now")])
def test_an_update_brings_one_off_items(shop: Any, behavior: str, when: str) -> None:
    """SUB-22 CHG-57: on the next invoice of the subscription."""
    setup = shop.call.ok("POST /v1/prices", product=shop.product, currency="usd", unit_amount=500)["id"]
    subscription = shop.subscribe(shop.metered())
    shop.change(subscription, add_invoice_items=[{"price": setup}], proration_behavior=behavior)
    assert [item["amount"] for item in shop.pending()] == ([500] if when == "next" else [])
    shop.advance(shop.start + MONTH)
    totals = [invoice["total"] for invoice in shop.invoices(subscription)]
    assert totals == ([500] if when == "next" else [500, 0])


def test_one_off_items_take_one_time_prices(shop: Any) -> None:
    """SUB-22."""
    answer = shop.call(
        "POST /v1/subscriptions",
        customer=shop.customer,
        items=[{"price": shop.metered()}],
        add_invoice_items=[{"price": shop.licensed()}],
    )
    assert (answer.status, answer.error["param"]) == (400, "add_invoice_items[0][price]")


def test_a_subscription_has_at_most_twenty_items(shop: Any) -> None:
    """SUB-22."""
    items = [{"price": shop.licensed(unit)} for unit in range(1, 22)]
    answer = shop.call("POST /v1/subscriptions", customer=shop.customer, items=items)
    assert (answer.status, answer.error["param"]) == (400, "items")
    assert len(shop.subscribe(*[item["price"] for item in items[:20]])["items"]["data"]) == 20


@pytest.mark.parametrize(
    ("days", "mode", "status"), [(249, "flexible", 200), (250, "flexible", 400), (250, "classic", 200)]
)
def test_a_backdated_start_bills_at_most_250_lines(shop: Any, days: int, mode: str, status: int) -> None:
    """SUB-19 SUB-22: a line for each elapsed day and one for the present; classic has one for all."""
    answer = shop.call(
        "POST /v1/subscriptions",
        customer=shop.customer,
        items=[{"price": shop.licensed(100, interval="day")}],
        backdate_start_date=shop.start - days * 86_400,
        billing_mode={"type": mode},
    )
    assert answer.status == status
    assert (shop.call.ok("GET /v1/subscriptions", customer=shop.customer)["data"] == []) == (status == 400)


def test_a_draft_takes_at_most_250_lines(shop: Any) -> None:
    """SUB-22."""
    draft = shop.call.ok("POST /v1/invoices", customer=shop.customer)["id"]
    added = [
        shop.call("POST /v1/invoiceitems", invoice=draft, amount=1, currency="usd").status for _ in range(251)
    ]
    assert added == [200] * 250 + [400]
    assert shop.call.ok(f"GET /v1/invoices/{draft}")["lines"]["total_count"] == 250
