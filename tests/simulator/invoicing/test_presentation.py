"""What invoices and products show beside the bill."""

from __future__ import annotations

from typing import Any

import pytest

HOUR = 3_600
MONTH = 31 * 86_400
PARCEL = {"name": "Ada", "address": {"country": "FR", "line1": "1 rue"}}


def one_off(shop: Any, **params: Any) -> dict[str, Any]:
    return shop.call.ok("POST /v1/invoices", customer=shop.customer, **params)


def test_an_invoice_shows_what_it_was_told(shop: Any) -> None:
    draft = one_off(
        shop,
        rendering={"pdf": {"page_size": "a4"}},
        shipping_details=PARCEL,
        statement_descriptor="GOLD PLAN",
    )
    assert draft["rendering"] == {
        "amount_tax_display": None,
        "pdf": {"page_size": "a4"},
        "template": None,
        "template_version": None,
    }
    assert draft["shipping_details"]["address"]["country"] == "FR"
    assert draft["statement_descriptor"] == "GOLD PLAN"
    shown = shop.call.ok(f"POST /v1/invoices/{draft['id']}", rendering="", shipping_details="")
    assert (shown["rendering"], shown["shipping_details"]) == (None, None)
    assert shown["statement_descriptor"] == "GOLD PLAN"


@pytest.mark.parametrize("effective", [None, 1_700_000_000])
def test_an_invoice_is_in_effect_from_its_finalization_unless_told_otherwise(
    shop: Any, effective: int | None
) -> None:
    draft = one_off(shop, **({} if effective is None else {"effective_at": effective}))
    assert draft["effective_at"] == effective
    final = shop.call.ok(f"POST /v1/invoices/{draft['id']}/finalize")
    assert final["effective_at"] == (effective or shop.start)
    assert final["status_transitions"]["finalized_at"] == shop.start


def test_a_number_of_its_own_is_kept_and_uses_up_none(shop: Any) -> None:
    """INV-41; that the counter stays is unverified."""
    first, second = one_off(shop, number="2026-A7"), one_off(shop)
    numbers = [
        shop.call.ok(f"POST /v1/invoices/{draft['id']}/finalize")["number"] for draft in (first, second)
    ]
    assert numbers[0] == "2026-A7"
    assert numbers[1].endswith("-0001")


def test_a_subscriptions_invoices_take_the_first_products_descriptor(shop: Any) -> None:
    """The reference of `statement_descriptor`."""
    shop.call.ok(f"POST /v1/products/{shop.product}", statement_descriptor="GOLD")
    subscription = shop.subscribe(shop.licensed())
    preview = shop.preview(subscription)
    shop.advance(shop.start + MONTH + HOUR)
    shown = [invoice["statement_descriptor"] for invoice in [preview, *shop.invoices(subscription)]]
    assert shown == ["GOLD"] * 3


@pytest.mark.parametrize(
    ("params", "status"),
    [
        ({"statement_descriptor": "4711"}, 400),
        ({"rendering": {"template": "inrtem_1"}}, 501),
        ({"shipping_cost": {"shipping_rate": "shr_1"}}, 501),
        ({"number": "x" * 27}, 400),
    ],
)
def test_what_an_invoice_does_not_show_is_refused(shop: Any, params: dict[str, Any], status: int) -> None:
    assert shop.call("POST /v1/invoices", customer=shop.customer, **params).status == status


def test_a_product_shows_its_parcel(shop: Any) -> None:
    sides = {"height": "1.5", "length": "2", "weight": "3.25", "width": "4"}
    made = shop.call.ok(
        "POST /v1/products", name="Box", shippable=True, package_dimensions=sides, tax_code="txcd_1"
    )
    assert made["package_dimensions"] == {"height": 1.5, "length": 2.0, "weight": 3.25, "width": 4.0}
    assert (made["shippable"], made["tax_code"]) == (True, "txcd_1")
    listed = shop.call.ok("GET /v1/products", shippable=True)["data"]
    assert [each["id"] for each in listed] == [made["id"]]
    cleared = shop.call.ok(f"POST /v1/products/{made['id']}", package_dimensions="")
    assert cleared["package_dimensions"] is None
    sides["width"] = "4.125"
    assert shop.call("POST /v1/products", name="Box", package_dimensions=sides).status == 400


PACKAGE = {"divide_by": 10, "round": "up"}


@pytest.mark.parametrize(("quantity", "amount"), [(0, 0), (1, 500), (10, 500), (11, 1_000)])
def test_a_one_off_package_price_bills_whole_packages(shop: Any, quantity: int, amount: int) -> None:
    """PRC-32: on invoice items of both kinds, also after a change of quantity."""
    price = shop.call.ok(
        "POST /v1/prices",
        product=shop.product,
        currency="usd",
        unit_amount=500,
        transform_quantity=PACKAGE,
    )["id"]
    made = shop.call.ok(
        "POST /v1/invoiceitems", customer=shop.customer, pricing={"price": price}, quantity=30
    )
    assert made["amount"] == 1_500
    changed = shop.call.ok(f"POST /v1/invoiceitems/{made['id']}", quantity=quantity)
    assert changed["amount"] == amount
    subscription = shop.subscribe(shop.metered())
    shop.change(subscription, add_invoice_items=[{"price": price, "quantity": quantity}])
    assert shop.pending()[-1]["amount"] == amount
