"""Where Stripe's objects keep things, by API version."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from harness.history import shapes
from harness.history.shapes import Period

Json = dict[str, Any]
COMMON = {
    "id": "il_1",
    "object": "line_item",
    "amount": 80,
    "period": {"start": 1, "end": 2},
    "quantity": 40,
    "description": "40 × per-call",
}
DETAILS = {"subscription_item": "si_1", "proration": False, "invoice_item": None}
NEWEST = COMMON | {
    "quantity_decimal": "40.5",
    "parent": {"type": "subscription_item_details", "subscription_item_details": DETAILS},
    "pricing": {"price_details": {"price": "price_1", "product": "prod_1"}, "unit_amount_decimal": "2"},
}
BEFORE_BASIL = COMMON | {
    "price": {"id": "price_1", "object": "price"},
    "proration": False,
    "subscription_item": "si_1",
    "type": "subscription",
}


@pytest.mark.parametrize(("raw", "quantity"), [(NEWEST, "40.5"), (BEFORE_BASIL, "40")])
def test_a_line_is_read_in_either_shape(raw: Json, quantity: str) -> None:
    line = shapes.line(raw)
    assert (line.price, line.item, line.quantity) == ("price_1", "si_1", Decimal(quantity))
    assert (line.amount, line.period, line.proration, line.from_invoice_item) == (
        80,
        Period(1, 2),
        False,
        False,
    )


def test_an_expanded_price_is_read_by_its_id() -> None:
    pricing = {"price_details": {"price": {"id": "price_1", "object": "price"}}}
    assert shapes.line(NEWEST | {"pricing": pricing}).price == "price_1"


@pytest.mark.parametrize(
    "raw",
    [
        NEWEST
        | {"parent": {"type": "invoice_item_details", "invoice_item_details": {"invoice_item": "ii_1"}}},
        NEWEST | {"parent": {"subscription_item_details": DETAILS | {"invoice_item": "ii_1"}}},
        BEFORE_BASIL | {"invoice_item": "ii_1", "type": "invoiceitem"},
    ],
)
def test_a_line_from_an_invoice_item_is_known_in_each_shape(raw: Json) -> None:
    assert shapes.line(raw).from_invoice_item


INVOICE = {
    "id": "in_1",
    "object": "invoice",
    "status": "paid",
    "billing_reason": "subscription_cycle",
    "customer": "cus_1",
    "period_start": 1,
    "period_end": 2,
    "created": 2,
    "status_transitions": {"finalized_at": 3},
    "currency": "usd",
    "total": 80,
    "amount_due": 80,
    "lines": {"data": [], "has_more": False},
}


@pytest.mark.parametrize(
    "over",
    [{"parent": {"subscription_details": {"subscription": "sub_1"}}}, {"subscription": "sub_1"}],
)
def test_an_invoices_subscription_is_found_in_either_shape(over: Json) -> None:
    invoice = shapes.invoice(INVOICE | over)
    assert (invoice.subscription, invoice.finalized_at, invoice.lines_complete) == ("sub_1", 3, True)


def test_an_invoice_without_a_subscription_has_none() -> None:
    assert shapes.invoice(INVOICE | {"parent": None}).subscription is None


PRICE = {"id": "price_1", "object": "price", "recurring": {"meter": "mtr_1"}}
ITEM = {"id": "si_1", "created": 1, "price": PRICE, "current_period_start": 1, "current_period_end": 2}
SUBSCRIPTION = {
    "id": "sub_1",
    "object": "subscription",
    "customer": "cus_1",
    "status": "active",
    "created": 1,
    "start_date": 1,
    "items": {"data": [ITEM]},
}


def test_a_period_is_the_items_or_before_basil_the_subscriptions() -> None:
    """SUB-17."""
    newest = shapes.subscription(SUBSCRIPTION | {"billing_mode": {"type": "flexible"}})
    bare = {name: value for name, value in ITEM.items() if not name.startswith("current")}
    own = {"current_period_start": 1, "current_period_end": 2, "items": {"data": [bare]}}
    older = shapes.subscription(SUBSCRIPTION | own)
    assert newest.items[0].period == older.items[0].period == Period(1, 2)
    assert (newest.mode, older.mode) == ("flexible", "classic")
    assert newest.items[0].meter == "mtr_1"


@pytest.mark.parametrize(("instant", "inside"), [(0, False), (1, True), (2, False)])
def test_a_period_holds_its_start_and_not_its_end(instant: int, inside: bool) -> None:
    assert Period(1, 2).holds(instant) is inside


@pytest.mark.parametrize(("up_to", "bound"), [(5, 5), (None, None), ("inf", None)])
def test_a_tiers_bound_is_none_for_the_last(up_to: int | str | None, bound: int | None) -> None:
    """PRC-13."""
    tier = {"up_to": up_to, "unit_amount": 7}
    assert shapes.price({"id": "price_1", "currency": "usd", "tiers": [tier]}).tiers[0].up_to == bound


def test_a_list_is_given_oldest_first() -> None:
    """PRO-14."""
    listed = {"object": "list", "data": [{"id": 2}, {"id": 1}]}
    assert [raw["id"] for raw in shapes.oldest_first(listed)] == [1, 2]


@pytest.mark.parametrize(
    ("kind", "subject", "at"),
    [
        ("invoice.finalized", {"status_transitions": {"finalized_at": 5}, "created": 1}, 5),
        ("invoice.created", {"created": 1}, 1),
        ("customer.subscription.deleted", {"ended_at": 9}, 9),
        ("customer.updated", {"created": 1}, None),
    ],
)
def test_an_events_clock_time_is_its_objects(kind: str, subject: Json, at: int | None) -> None:
    """CLK-56."""
    assert shapes.happened_at({"type": kind, "data": {"object": subject}}) == at
