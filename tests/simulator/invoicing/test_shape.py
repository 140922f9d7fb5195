"""The wire form of subscriptions, invoices, lines and payments, against the SDK's own types."""

from __future__ import annotations

from typing import Any

import pytest
import stripe

HOUR = 3_600
MONTH = 31 * 86_400

INVOICE_FIELDS = """
id object account_country account_name account_tax_ids amount_due amount_overpaid amount_paid
amount_paid_off_stripe amount_remaining amount_shipping application attempt_count attempted
auto_advance automatic_tax automatically_finalizes_at billing_reason collection_method created
currency custom_fields customer customer_account customer_address customer_email customer_name
customer_phone customer_shipping customer_tax_exempt customer_tax_ids default_payment_method
default_source default_tax_rates description discounts due_date effective_at ending_balance footer
from_invoice hosted_invoice_url invoice_pdf issuer last_finalization_error latest_revision lines
livemode metadata next_payment_attempt number on_behalf_of parent payment_settings period_end
period_start post_payment_credit_notes_amount pre_payment_credit_notes_amount receipt_number
rendering shipping_cost shipping_details starting_balance statement_descriptor status
status_transitions subtotal subtotal_excluding_tax test_clock threshold_reason total
total_discount_amounts total_excluding_tax total_pretax_credit_amounts total_taxes
webhooks_delivered_at
"""
LINE_FIELDS = """
id object amount currency description discount_amounts discountable discounts invoice livemode
metadata parent period pretax_credit_amounts pricing quantity quantity_decimal subscription subtotal
taxes
"""
OPTIONAL = {
    "deleted",
    "payments",
    "confirmation_secret",
    "presentment_details",
    "status_details",
    "lines",
    "items",
}


@pytest.fixture
def paid(shop: Any) -> dict[str, Any]:
    """A paid cycle invoice with both kinds of lines, and its subscription."""
    subscription = shop.subscribe(shop.licensed(), shop.metered(), metadata={"plan": "gold"})
    shop.use(3, shop.start)
    shop.advance(shop.start + MONTH + HOUR)
    return {"invoice": shop.last_invoice(subscription), "subscription": shop.subscription(subscription)}


def test_an_invoice_has_every_field(paid: dict[str, Any]) -> None:
    """INV-32 INV-37: and not `payments` or `confirmation_secret`, which must be asked for."""
    assert set(INVOICE_FIELDS.split()) <= paid["invoice"].keys()
    assert (
        not {"payments", "confirmation_secret", "subscription", "charge", "payment_intent"}
        & paid["invoice"].keys()
    )


def test_a_line_has_every_field(paid: dict[str, Any]) -> None:
    """INV-47 INV-48 INV-49 INV-51 INV-52 INV-53: as captured from Stripe."""
    line = paid["invoice"]["lines"]["data"][0]
    assert line.keys() == set(LINE_FIELDS.split())
    assert line["parent"] == {
        "invoice_item_details": None,
        "subscription_item_details": {
            "invoice_item": None,
            "proration": False,
            "proration_details": {"credited_items": None},
            "subscription": paid["subscription"]["id"],
            "subscription_item": paid["subscription"]["items"]["data"][1]["id"],
        },
        "type": "subscription_item_details",
    }
    assert line["pricing"]["type"] == "price_details"
    assert line["pricing"]["unit_amount_decimal"] == "10"
    assert line["subtotal"] == line["amount"] == 30
    assert [line[key] for key in ("taxes", "discounts", "discount_amounts", "pretax_credit_amounts")] == [
        []
    ] * 4


@pytest.mark.parametrize(
    ("cls", "get"),
    [
        (stripe.Invoice, lambda paid: paid["invoice"]),
        (stripe.InvoiceLineItem, lambda paid: paid["invoice"]["lines"]["data"][0]),
        (stripe.Subscription, lambda paid: paid["subscription"]),
        (stripe.SubscriptionItem, lambda paid: paid["subscription"]["items"]["data"][0]),
    ],
)
def test_no_field_of_the_sdks_type_is_missing(paid: dict[str, Any], cls: type, get: Any) -> None:
    """SUB-18 INV-32 INV-47: and none is made up."""
    declared = {name for name in cls.__annotations__ if name.islower() and not name.startswith("_")}
    shown = set(get(paid))
    assert declared - shown - OPTIONAL == set()
    assert shown - declared - {"plan"} == set()


def test_payments_appear_when_expanded(shop: Any, paid: dict[str, Any]) -> None:
    """INV-37 INV-38: as captured."""
    invoice = shop.call.ok(f"GET /v1/invoices/{paid['invoice']['id']}", expand=["payments"])
    (payment,) = invoice["payments"]["data"]
    assert payment["id"].startswith("inpay_")
    intent = payment["payment"]["payment_intent"]
    expected = {
        "object": "invoice_payment",
        "amount_paid": 1030,
        "amount_requested": 1030,
        "created": shop.start + MONTH + HOUR,
        "currency": "usd",
        "invoice": invoice["id"],
        "is_default": True,
        "livemode": False,
        "payment": {"type": "payment_intent", "payment_intent": intent},
        "status": "paid",
        "status_transitions": {"canceled_at": None, "paid_at": shop.start + MONTH + HOUR},
    }
    assert {key: payment[key] for key in expected} == expected
    assert shop.world.payment_intents[intent].status == "succeeded"


def test_the_meter_is_reached_through_the_lines_price(shop: Any, paid: dict[str, Any]) -> None:
    """INV-49: expand `data.pricing.price_details.price`."""
    path = f"GET /v1/invoices/{paid['invoice']['id']}/lines"
    line = shop.call.ok(path, expand=["data.pricing.price_details.price"])["data"][0]
    assert line["pricing"]["price_details"]["price"]["recurring"]["meter"] == shop.meter


def test_metadata_of_lines_is_current_and_of_the_parent_frozen(shop: Any, paid: dict[str, Any]) -> None:
    """INV-54 INV-35."""
    shop.change(paid["subscription"], metadata={"plan": "silver"})
    invoice = shop.call.ok(f"GET /v1/invoices/{paid['invoice']['id']}")
    assert invoice["lines"]["data"][0]["metadata"] == {"plan": "silver"}
    assert invoice["parent"]["subscription_details"]["metadata"] == {"plan": "gold"}


def test_a_subscription_has_no_period_but_its_items_have(paid: dict[str, Any]) -> None:
    """SUB-17 PRC-20."""
    assert not {"current_period_start", "current_period_end"} & paid["subscription"].keys()
    licensed, metered = paid["subscription"]["items"]["data"]
    assert licensed["current_period_end"] == metered["current_period_end"]
    assert (licensed["quantity"], metered["quantity"]) == (1, None)


def test_a_manual_item_becomes_a_line_of_its_own_kind(shop: Any) -> None:
    """INV-48 INV-58: `invoice_item_details`, the other branch null."""
    item = shop.call.ok(
        "POST /v1/invoiceitems", customer=shop.customer, amount=250, currency="usd", description="Fee"
    )
    assert item.keys() >= {name for name in stripe.InvoiceItem.__annotations__ if name.islower()} - {
        "deleted"
    }
    subscription = shop.subscribe(shop.licensed())
    line = shop.last_invoice(subscription)["lines"]["data"][0]
    assert line["parent"]["type"] == "invoice_item_details"
    assert line["parent"]["subscription_item_details"] is None
    assert line["parent"]["invoice_item_details"]["invoice_item"] == item["id"]
    assert (line["amount"], line["description"], line["quantity"], line["pricing"]) == (250, "Fee", 1, None)


def test_payments_have_an_endpoint_of_their_own(shop: Any, paid: dict[str, Any]) -> None:
    """INV-38."""
    invoice = paid["invoice"]["id"]
    (row,) = shop.call.ok("GET /v1/invoice_payments", invoice=invoice)["data"]
    assert row["payment"]["type"] == "payment_intent"
    assert shop.call.ok(f"GET /v1/invoice_payments/{row['id']}") == row
    assert len(shop.call.ok("GET /v1/invoice_payments", status="paid")["data"]) == 2
    assert shop.call.ok("GET /v1/invoice_payments", status="open")["data"] == []
    assert shop.call("GET /v1/invoice_payments/inpay_none").status == 404


def test_what_belongs_to_the_clock_says_so(shop: Any, paid: dict[str, Any]) -> None:
    """CLK-45 CLK-53: subscription, invoice and invoice item inherit it; their times follow it."""
    item = shop.call.ok("POST /v1/invoiceitems", customer=shop.customer, amount=1, currency="usd")
    for shown in (paid["invoice"], paid["subscription"], item):
        assert shown["test_clock"] == shop.clock
    subscription = paid["subscription"]
    assert (
        subscription["created"]
        == subscription["start_date"]
        == subscription["billing_cycle_anchor"]
        == shop.start
    )
    assert item["date"] == shop.now()
