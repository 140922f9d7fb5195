"""Laws over any row of credit notes: never more than the invoice, every cent accounted for."""

from __future__ import annotations

from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

FEW = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
CARDS = st.sampled_from(["pm_card_visa", "pm_card_chargeCustomerFail"])
WAYS = st.tuples(st.sampled_from(["amount", "line", "units", "custom", "void"]), st.integers(1, 900))
TIERS = [
    {"up_to": 10, "unit_amount": 11},
    {"up_to": "inf", "unit_amount_decimal": "2.35", "flat_amount": 7},
]


RATES = st.lists(st.tuples(st.sampled_from(["5", "9.975", "20"]), st.booleans()), max_size=2)


def billed(
    shop: Any, units: int, percent: int, credit: int, balance: int, rates: list[tuple[str, bool]]
) -> dict[str, Any]:
    """A January of a tiered price and a fee, with a discount, billing credit, tax and a balance."""
    shop.call.ok(f"POST /v1/customers/{shop.customer}", balance=balance)
    amount = {"type": "monetary", "monetary": {"value": credit, "currency": "usd"}}
    scope = {"scope": {"price_type": "metered"}}
    shop.call.ok(
        "POST /v1/billing/credit_grants", customer=shop.customer, amount=amount, applicability_config=scope
    )
    off = shop.call.ok("POST /v1/coupons", percent_off=percent, duration="forever")["id"]
    price = shop.metered(billing_scheme="tiered", tiers_mode="graduated", tiers=TIERS)
    named = {"display_name": "VAT"}
    made = [
        shop.call.ok("POST /v1/tax_rates", **named, percentage=percentage, inclusive=inclusive)["id"]
        for percentage, inclusive in rates
    ]
    subscription = shop.subscribe(price, discounts=[{"coupon": off}], default_tax_rates=made)
    shop.call.ok("POST /v1/invoiceitems", customer=shop.customer, amount=333, currency="usd")
    shop.use(units, shop.start + 5)
    shop.advance("2026-02-01T02:00:00")
    return shop.last_invoice(subscription)


def asked(invoice: dict[str, Any], way: str, size: int) -> dict[str, Any]:
    line = invoice["lines"]["data"][size % len(invoice["lines"]["data"])]
    named = {"type": "invoice_line_item", "invoice_line_item": line["id"]}
    if way == "line":
        return {"lines": [named | {"amount": 1 + size % 60}]}
    if way == "units":
        return {"lines": [named | {"quantity": 1 + size % 9}]}
    custom = {"type": "custom_line_item", "description": "Sorry", "quantity": 3, "unit_amount": size % 90}
    return {"lines": [custom]} if way == "custom" else {"amount": size}


def split(shop: Any, invoice: dict[str, Any], cents: int) -> dict[str, int]:
    """Where a post-payment part may go: as much as possible to the card."""
    left = [
        row["amount"] - row["amount_refunded"]
        for row in shop.call.ok("GET /v1/charges")["data"]
        if row["paid"]
    ]
    refund = min(cents, left[0]) if left else 0
    return {"refund_amount": refund, "credit_amount": (cents - refund) // 2} | {
        "out_of_band_amount": cents - refund - (cents - refund) // 2
    }


def try_note(shop: Any, invoice: dict[str, Any], way: str, size: int) -> None:
    """Issue what can be issued; a refusal has changed nothing."""
    if way == "void":
        notes = shop.call.ok("GET /v1/credit_notes", limit=100)["data"]
        if notes:
            shop.call(f"POST /v1/credit_notes/{notes[size % len(notes)]['id']}/void")
        return
    wanted = {"invoice": invoice["id"], **asked(invoice, way, size)}
    known = len(shop.world.events)
    shown = shop.call("GET /v1/credit_notes/preview", **wanted)
    if shown.status != 200:
        assert shop.call("POST /v1/credit_notes", **wanted).status == 400
        assert len(shop.world.events) == known
        return
    parts = split(shop, invoice, shown["post_payment_amount"])
    made = shop.call.ok("POST /v1/credit_notes", **wanted, **parts)
    for key in (
        "total",
        "subtotal",
        "pre_payment_amount",
        "post_payment_amount",
        "discount_amount",
        "number",
    ):
        assert made[key] == shown[key]


def check_notes(invoice: dict[str, Any], notes: list[dict[str, Any]]) -> None:
    for note in notes:
        lines = note["lines"]["data"]
        taken = sum(each["amount"] for each in note["pretax_credit_amounts"])
        assert note["total"] == note["pre_payment_amount"] + note["post_payment_amount"] > 0
        on_top = sum(tax["amount"] for tax in note["total_taxes"] if tax["tax_behavior"] == "exclusive")
        assert note["total"] == sum(line["amount"] for line in lines) - taken + on_top
        assert note["total_taxes"] == summed(lines)
    for line in invoice["lines"]["data"]:
        rows = [
            row for note in notes for row in note["lines"]["data"] if row["invoice_line_item"] == line["id"]
        ]
        assert 0 <= sum(row["amount"] for row in rows) <= line["amount"]
        taken = sum(each["amount"] for row in rows for each in row["pretax_credit_amounts"])
        assert taken <= sum(each["amount"] for each in line["pretax_credit_amounts"])
        if sum(row["amount"] for row in rows) == line["amount"]:
            assert summed(rows) == line["taxes"]


def summed(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The taxes of lines, by rate (INV-104)."""
    sums: dict[str, dict[str, Any]] = {}
    for tax in (each for row in rows for each in row["taxes"]):
        known = sums.setdefault(tax["tax_rate_details"]["tax_rate"], tax | {"amount": 0, "taxable_amount": 0})
        known["amount"] += tax["amount"]
        known["taxable_amount"] += tax["taxable_amount"]
    return list(sums.values())


@FEW
@given(
    CARDS,
    st.integers(1, 60),
    st.integers(1, 60),
    st.integers(1, 200),
    st.integers(-300, 200),
    RATES,
    st.lists(WAYS, min_size=1, max_size=8),
)
def test_notes_never_give_back_more_than_the_invoice(
    new_shop: Any,
    card: str,
    units: int,
    percent: int,
    credit: int,
    balance: int,
    rates: list[tuple[str, bool]],
    ways: list[tuple[str, int]],
) -> None:
    """INV-84 INV-86 INV-90: whatever is asked for, and however often."""
    shop = new_shop(card=card)
    invoice = billed(shop, units, percent, credit, balance, rates)
    before = shop.call.ok(f"GET /v1/customers/{shop.customer}")["balance"]
    for way, size in ways:
        try_note(shop, invoice, way, size)
    after = shop.call.ok(f"GET /v1/invoices/{invoice['id']}")
    notes = [
        note for note in shop.call.ok("GET /v1/credit_notes", limit=100)["data"] if note["status"] == "issued"
    ]
    pre = sum(note["pre_payment_amount"] for note in notes)
    post = sum(note["post_payment_amount"] for note in notes)
    assert (after["pre_payment_credit_notes_amount"], after["post_payment_credit_notes_amount"]) == (
        pre,
        post,
    )
    assert pre + post <= max(after["total"], 0)
    assert after["total"] == invoice["total"]
    assert after["amount_due"] == invoice["amount_due"] - pre >= 0
    assert (after["status"] == "paid") == (after["amount_remaining"] == 0)
    refunded = sum(each["amount_refunded"] for note in notes for each in note["refunds"])
    assert refunded == sum(row["amount_refunded"] for row in shop.call.ok("GET /v1/charges")["data"])
    outside = sum(note["out_of_band_amount"] or 0 for note in notes)
    balance_now = shop.call.ok(f"GET /v1/customers/{shop.customer}")["balance"]
    assert post == refunded + outside + before - balance_now
    check_notes(invoice, notes)
