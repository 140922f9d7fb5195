"""Older API versions: the shapes of their answers, their endpoints, their expansions."""

from __future__ import annotations

from typing import Any

import pytest

from harness.simulator.older import CHANGES

HOUR = 3_600
MONTH = 31 * 86_400
ACACIA = {"stripe-version": "2024-09-30.acacia"}
OLDEST = {"stripe-version": "2024-06-20"}

VERSIONS = [
    "2024-06-20",
    "2024-09-30.acacia",
    "2024-11-20.acacia",
    "2024-12-18.acacia",
    "2025-01-27.acacia",
    "2025-02-24.acacia",
    "2025-03-31.basil",
    "2025-04-30.basil",
    "2025-05-28.basil",
    "2025-06-30.basil",
    "2025-09-30.clover",
    "2025-12-15.clover",
    "2026-03-25.dahlia",
    "2026-05-27.dahlia",
    "2026-07-29.dahlia",
    "2026-08-26.dahlia",
    "2026-10-28.endive",
]


@pytest.fixture
def story(shop: Any) -> dict[str, Any]:
    """A paid cycle with usage, a licensed line and a manual item."""
    subscription = shop.subscribe(shop.metered("10"), shop.licensed(1000), metadata={"plan": "gold"})
    item = shop.call.ok("POST /v1/invoiceitems", customer=shop.customer, amount=70, currency="usd")
    grant = shop.call.ok(
        "POST /v1/billing/credit_grants",
        customer=shop.customer,
        amount={"type": "monetary", "monetary": {"currency": "usd", "value": 1}},
        applicability_config={"scope": {"prices": [{"id": shop.metered("7")}]}},
    )
    shop.use(12, shop.start)
    shop.advance(shop.start + MONTH + HOUR)
    invoice = shop.last_invoice(subscription)
    return {
        "subscription": subscription,
        "invoice": invoice,
        "item": item,
        "grant": grant,
        "path": f"GET /v1/invoices/{invoice['id']}",
    }


def test_changes_are_dated_and_ordered() -> None:
    """VER-04 to VER-23: newest first, so that they are undone in order."""
    dates = [change.since for change in CHANGES]
    assert dates == sorted(dates, reverse=True)
    assert all(change.facts for change in CHANGES)


def test_an_invoice_before_basil(shop: Any, story: dict[str, Any]) -> None:
    """INV-46 VER-07: subscription, payment and taxes on the invoice itself."""
    old = shop.call.ok(story["path"], ACACIA)
    intent = list(shop.world.payment_intents.values())[-1]
    expected = {
        "subscription": story["subscription"]["id"],
        "subscription_details": {"metadata": {"plan": "gold"}},
        "payment_intent": intent.id,
        "charge": intent.latest_charge,
        "paid": True,
        "paid_out_of_band": False,
        "tax": None,
        "total_tax_amounts": [],
        "discount": None,
        "quote": None,
        "transfer_data": None,
        "application_fee_amount": None,
    }
    assert {key: old[key] for key in expected} == expected
    assert not {"parent", "total_taxes", "amount_overpaid", "payments"} & old.keys()


def test_lines_before_basil(shop: Any, story: dict[str, Any]) -> None:
    """INV-46: price and plan as objects, the parent's members on the line."""
    manual, licensed, metered = shop.call.ok(story["path"], ACACIA)["lines"]["data"]
    assert (manual["type"], manual["invoice_item"], manual["price"]) == (
        "invoiceitem",
        story["item"]["id"],
        None,
    )
    for line in (licensed, metered):
        assert line["type"] == "subscription"
        assert line["subscription"] == story["subscription"]["id"]
        assert line["price"]["object"] == "price"
        assert line["plan"]["id"] == line["price"]["id"]
        assert not {"parent", "pricing", "taxes", "subtotal", "quantity_decimal"} & line.keys()
        assert line["amount_excluding_tax"] == line["amount"]
    assert metered["price"]["recurring"]["meter"] == shop.meter
    assert metered["subscription_item"] == story["subscription"]["items"]["data"][0]["id"]
    assert (metered["proration"], metered["tax_amounts"], metered["tax_rates"]) == (False, [], [])
    assert metered["unit_amount_excluding_tax"] == "10"


def test_periods_stood_on_the_subscription(shop: Any, story: dict[str, Any]) -> None:
    """SUB-17 VER-07 VER-10."""
    old = shop.call.ok(f"GET /v1/subscriptions/{story['subscription']['id']}", ACACIA)
    assert (old["current_period_start"], old["current_period_end"]) == (
        shop.start + MONTH,
        shop.start + 59 * 86_400,
    )
    assert "billing_mode" not in old
    assert not {"current_period_start", "current_period_end", "billed_until"} & old["items"]["data"][0].keys()


def test_old_members_can_be_expanded(shop: Any, story: dict[str, Any]) -> None:
    """INV-46: and what they lead to is old as well; newer versions refuse them."""
    wanted = ["payment_intent.latest_charge", "subscription", "charge"]
    old = shop.call.ok(story["path"], ACACIA, expand=wanted)
    assert old["payment_intent"]["latest_charge"]["id"] == old["charge"]["id"]
    assert old["payment_intent"]["invoice"] == old["charge"]["invoice"] == old["id"]
    assert "current_period_end" in old["subscription"]
    assert shop.call(story["path"], expand=["payment_intent"]).status == 400


def test_invoice_items_before_basil(shop: Any) -> None:
    """VER-07 VER-13 VER-18: prorations name their subscription, price and unit amount."""
    subscription = shop.subscribe(shop.licensed(3100))
    shop.advance("2026-01-16")
    shop.change(subscription, items=[{"id": subscription["items"]["data"][0]["id"], "quantity": 2}])
    old = shop.call.ok("GET /v1/invoiceitems", ACACIA, customer=shop.customer)["data"][0]
    assert (old["subscription"], old["unit_amount"], old["unit_amount_decimal"]) == (
        subscription["id"],
        3100,
        "3100",
    )
    assert old["price"]["object"] == "price"
    assert not {"parent", "pricing", "net_amount", "proration_details", "quantity_decimal"} & old.keys()


@pytest.mark.parametrize(
    ("kind", "member", "since"),
    [
        pytest.param("line", "quantity_decimal", "2026-03-25", id="INV-50-VER-18"),
        pytest.param("line", "subtotal", "2025-12-15", id="INV-51-VER-16"),
        pytest.param("line", "pricing", "2025-03-31", id="INV-49-VER-07"),
        pytest.param("invoice", "amount_paid_off_stripe", "2026-05-27", id="VER-20"),
        pytest.param("subscription", "billing_schedules", "2026-05-27", id="SUB-18-VER-20"),
        pytest.param("subscription", "billing_mode", "2025-06-30", id="VER-10"),
        pytest.param("item", "billed_until", "2026-05-27", id="SUB-18"),
        pytest.param("manual", "frozen_fields", "2026-08-26", id="VER-23"),
        pytest.param("manual", "quantity_decimal", "2026-03-25", id="VER-18"),
        *(
            pytest.param(kind, "customer_account", "2025-12-15", id=f"VER-16-{kind}")
            for kind in ("invoice", "subscription", "manual", "customer", "grant")
        ),
        pytest.param("manual", "net_amount", "2025-09-30", id="VER-13"),
        pytest.param("invoice.automatic_tax", "provider", "2025-04-30", id="VER-08"),
        pytest.param("item", "current_period_end", "2025-03-31", id="SUB-17-VER-07"),
        pytest.param("invoice", "parent", "2025-03-31", id="INV-46-VER-07"),
        pytest.param("grant", "priority", "2025-02-24", id="VER-06"),
        pytest.param("grant.applicability_config.scope", "prices", "2025-02-24", id="VER-06-scope"),
        pytest.param("invoice.automatic_tax", "disabled_reason", "2024-12-18", id="VER-06-invoice"),
        pytest.param("subscription.automatic_tax", "disabled_reason", "2024-12-18", id="VER-06-subscription"),
        pytest.param("clock", "status_details", "2024-09-30", id="VER-04"),
    ],
)
def test_members_appear_with_their_version(
    shop: Any, story: dict[str, Any], kind: str, member: str, since: str
) -> None:
    for version in VERSIONS:
        shown: Any = everything(shop, story, {"stripe-version": version})
        for key in kind.split("."):
            shown = shown[key]
        assert (member in shown) == (version[:10] >= since), version


def everything(shop: Any, story: dict[str, Any], headers: dict[str, str]) -> dict[str, Any]:
    """An object of each kind as a version answers it."""
    read = shop.call.ok
    invoice = read(story["path"], headers)
    subscription = read(f"GET /v1/subscriptions/{story['subscription']['id']}", headers)
    return {
        "invoice": invoice,
        "line": invoice["lines"]["data"][1],
        "subscription": subscription,
        "item": subscription["items"]["data"][0],
        "manual": read(f"GET /v1/invoiceitems/{story['item']['id']}", headers),
        "customer": read(f"GET /v1/customers/{shop.customer}", headers),
        "grant": read(f"GET /v1/billing/credit_grants/{story['grant']['id']}", headers),
        "clock": read(f"GET /v1/test_helpers/test_clocks/{shop.clock}", headers),
    }


@pytest.mark.parametrize(
    ("version", "shown"),
    [
        ("2025-02-24.acacia", True),
        ("2025-03-31.basil", False),
        ("2025-04-30.basil", False),
        ("2025-05-28.basil", True),
    ],
)
def test_thresholds_left_the_answers_of_two_versions(
    shop: Any, story: dict[str, Any], version: str, shown: bool
) -> None:
    """CHG-32 VER-09."""
    form = everything(shop, story, {"stripe-version": version})
    assert ("billing_thresholds" in form["subscription"]) == ("billing_thresholds" in form["item"]) == shown


def test_what_an_item_credited_shows_since_may_2026(shop: Any) -> None:
    """VER-20: the rest of its `proration_details` is older (VER-13)."""
    subscription = shop.subscribe(shop.licensed(3100))
    shop.advance("2026-01-16")
    shop.change(subscription, items=[{"id": subscription["items"]["data"][0]["id"], "quantity": 2}])
    seen = [
        shop.call.ok("GET /v1/invoiceitems", {"stripe-version": version}, customer=shop.customer)["data"][0]
        for version in ("2026-04-22.dahlia", "2026-05-27.dahlia")
    ]
    assert [sorted(each["proration_details"]) for each in seen] == [
        ["discount_amounts"],
        ["credited_items", "discount_amounts"],
    ]


@pytest.mark.parametrize(("version", "status"), [("2025-11-17.clover", 400), ("2025-12-15.clover", 200)])
def test_prices_of_lines_can_be_expanded_since_december_2025(
    shop: Any, story: dict[str, Any], version: str, status: int
) -> None:
    """INV-49 VER-16."""
    wanted = ["data.pricing.price_details.price"]
    assert shop.call(f"{story['path']}/lines", {"stripe-version": version}, expand=wanted).status == status


def test_amounts_are_the_same_in_every_version(shop: Any, story: dict[str, Any]) -> None:
    """PRO-17: versions change shapes, never bills."""
    keys = ("amount_due", "total", "status", "number", "period_start", "period_end")
    seen = {
        tuple(shop.call.ok(story["path"], {"stripe-version": version})[key] for key in keys)
        for version in VERSIONS
    }
    assert len(seen) == 1


def test_the_upcoming_endpoint_of_old(shop: Any) -> None:
    """INV-76 VER-07: replaced by create_preview at basil; it had no id."""
    subscription = shop.subscribe(shop.metered("10"))
    shop.use(12, shop.start)
    asked = {"customer": shop.customer, "subscription": subscription["id"]}
    upcoming = shop.call.ok("GET /v1/invoices/upcoming", ACACIA, **asked)
    assert (upcoming["total"], upcoming["billing_reason"]) == (120, "upcoming")
    assert "id" not in upcoming
    lines = shop.call.ok("GET /v1/invoices/upcoming/lines", OLDEST, **asked)["data"]
    assert [line["quantity"] for line in lines] == [12]
    items = [{"id": subscription["items"]["data"][0]["id"], "price": shop.metered("20")}]
    changed = shop.call.ok(
        "GET /v1/invoices/upcoming",
        ACACIA,
        subscription_items=items,
        subscription_proration_behavior="none",
        **asked,
    )
    assert changed["total"] == 240
    assert (
        shop.call("GET /v1/invoices/upcoming", {"stripe-version": "2025-03-31.basil"}, **asked).status == 404
    )


def test_nothing_upcoming_of_old(shop: Any) -> None:
    """INV-77."""
    answer = shop.call("GET /v1/invoices/upcoming", ACACIA, customer=shop.customer)
    assert (answer.status, answer.error["code"]) == (404, "invoice_upcoming_none")


def test_events_keep_the_newest_shape(shop: Any, story: dict[str, Any]) -> None:
    """PRO-17: a snapshot has the shape that its `api_version` names."""
    event = next(
        row
        for row in shop.call.ok("GET /v1/events", ACACIA, limit=100)["data"]
        if row["type"] == "invoice.finalized"
    )
    assert event["api_version"] == "2026-10-28.endive"
    assert "parent" in event["data"]["object"]


def test_invoice_items_took_other_words_before_basil(shop: Any) -> None:
    """VER-07: `price` and `unit_amount`."""
    price = shop.call.ok("POST /v1/prices", product=shop.product, currency="usd", unit_amount=300)["id"]
    asked = {"customer": shop.customer, "quantity": 2}
    assert shop.call.ok("POST /v1/invoiceitems", ACACIA, price=price, **asked)["amount"] == 600
    assert (
        shop.call.ok("POST /v1/invoiceitems", ACACIA, unit_amount=70, currency="usd", **asked)["amount"]
        == 140
    )
    refused = shop.call("POST /v1/invoiceitems", price=price, **asked)
    assert (refused.status, refused.error["code"]) == (400, "parameter_unknown")
