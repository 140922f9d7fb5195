"""Previews: what the next invoice would say, without making it."""

from __future__ import annotations

from typing import Any

import pytest

HOUR = 3_600
DAY = 86_400
MONTH = 31 * DAY


def bill(invoice: dict[str, Any]) -> list[tuple[Any, ...]]:
    keys = ("description", "amount", "quantity_decimal", "period", "pricing")
    return [tuple(line[key] for key in keys) for line in invoice["lines"]["data"]]


def test_a_preview_shows_the_usage_so_far(shop: Any, instant: Any) -> None:
    """INV-76 INV-45 INV-02."""
    subscription = shop.subscribe(shop.metered("10"), shop.licensed(1000))
    shop.use(12, shop.start + 5)
    preview = shop.preview(subscription)
    assert preview["id"].startswith("upcoming_in_")
    assert all(line["id"].startswith("il_tmp_") for line in preview["lines"]["data"])
    assert (preview["billing_reason"], preview["status"], preview["number"]) == ("upcoming", "draft", None)
    assert (preview["period_end"], preview["created"]) == (instant("2026-02-01"), instant("2026-02-01"))
    assert (preview["total"], preview["amount_due"]) == (1120, 1120)


FEE = {"amount": 70, "currency": "usd", "description": "Fee"}


def test_a_preview_with_items_is_the_invoice_once_they_are_made(shop: Any) -> None:
    """The reference of `invoice_items`: new ones, and pending ones changed."""
    subscription = shop.subscribe(shop.metered("2.5"), shop.licensed(1000))
    kept, changed = (shop.call.ok("POST /v1/invoiceitems", customer=shop.customer, **FEE) for _ in range(2))
    data = {"currency": "usd", "product": shop.product, "unit_amount": 30}
    edited = {"amount": 5, "metadata": {"a": "b"}}
    items = [FEE | {"amount": -20}, {"price_data": data, "quantity": 3}]
    asked = [*items, {"invoiceitem": changed["id"], **edited}]
    before = (len(shop.world.events), len(shop.world.prices), shop.pending())
    preview = shop.preview(subscription, invoice_items=asked)
    assert before == (len(shop.world.events), len(shop.world.prices), shop.pending())
    for item in items:
        shop.call.ok("POST /v1/invoiceitems", customer=shop.customer, **item)
    shop.call.ok(f"POST /v1/invoiceitems/{changed['id']}", **edited)
    shop.advance(shop.start + MONTH + HOUR)
    final = shop.last_invoice(subscription)
    assert [row[:4] for row in bill(preview)] == [row[:4] for row in bill(final)]
    assert [row[1] for row in bill(final)][:4] == [90, -20, 5, 70]
    assert (preview["total"], preview["amount_due"]) == (final["total"], final["amount_due"]) == (1145, 1145)
    assert kept["amount"] == 70


def test_items_join_the_preview_of_a_change_and_of_a_new_subscription(shop: Any) -> None:
    subscription = shop.subscribe(shop.licensed(1000))
    details: dict[str, Any] = {"billing_cycle_anchor": {"type": "now"}, "proration_behavior": "none"}
    preview = shop.preview(subscription, subscription_details=details, invoice_items=[FEE])
    assert [line["amount"] for line in preview["lines"]["data"]] == [70, 1000]
    new = {"items": [{"price": shop.licensed(500)}]}
    preview = shop.call.ok(
        "POST /v1/invoices/create_preview",
        customer=shop.customer,
        subscription_details=new,
        invoice_items=[FEE],
    )
    assert [line["amount"] for line in preview["lines"]["data"]] == [70, 500]


def test_items_alone_can_be_previewed_for_a_customer_without_a_subscription(shop: Any) -> None:
    """Unverified; without items there is nothing (INV-77)."""
    route = "POST /v1/invoices/create_preview"
    assert shop.call(route, customer=shop.customer).error["code"] == "invoice_upcoming_none"
    preview = shop.call.ok(route, customer=shop.customer, invoice_items=[FEE])
    assert (preview["total"], preview["parent"], preview["currency"]) == (70, None, "usd")


def test_a_preview_takes_over_what_it_is_told_about_the_customer(shop: Any) -> None:
    subscription = shop.subscribe(shop.licensed(1000))
    told = {"address": {"country": "FR"}, "tax_exempt": "reverse"}
    preview = shop.preview(subscription, customer_details=told)
    assert preview["customer_address"]["country"] == "FR"
    assert preview["customer_tax_exempt"] == "reverse"
    assert shop.call.ok(f"GET /v1/customers/{shop.customer}")["tax_exempt"] == "none"


def test_a_preview_of_a_backdated_start_is_the_first_invoice(shop: Any) -> None:
    """SUB-19."""
    began = shop.start - 10 * DAY
    price = shop.licensed(3100)
    preview = shop.call.ok(
        "POST /v1/invoices/create_preview",
        customer=shop.customer,
        subscription_details={"items": [{"price": price}], "start_date": began},
    )
    shop.subscribe(price, backdate_start_date=began)
    assert bill(preview) == bill(shop.last_invoice())


PREVIEW_REFUSALS = [
    ({"billing_cycle_anchor": {"type": "timestamp", "timestamp": 1_770_000_000}}, True, 400),
    ({"start_date": 1_760_000_000}, True, 501),
    ({"resume_at": "now"}, True, 400),
    ({"resume_at": "now"}, False, 400),
    ({"cancel_now": True}, False, 400),
    ({"proration_date": 1_767_225_600}, False, 400),
]


@pytest.mark.parametrize(("details", "existing", "status"), PREVIEW_REFUSALS)
def test_what_does_not_fit_a_preview_is_refused(
    shop: Any, details: dict[str, Any], status: int, *, existing: bool
) -> None:
    """The reference of `subscription_details`: what is for new subscriptions, and what for existing ones."""
    price = shop.licensed()
    subject = {"subscription": shop.subscribe(price)["id"]} if existing else {"customer": shop.customer}
    asked = details if existing else details | {"items": [{"price": price}]}
    answer = shop.call("POST /v1/invoices/create_preview", **subject, subscription_details=asked)
    assert answer.status == status


@pytest.mark.parametrize("word", ["now", "unchanged"])
def test_a_new_subscriptions_preview_needs_no_word_about_its_anchor(shop: Any, word: str) -> None:
    details = {"items": [{"price": shop.licensed(500)}], "billing_cycle_anchor": {"type": word}}
    preview = shop.call.ok(
        "POST /v1/invoices/create_preview", customer=shop.customer, subscription_details=details
    )
    assert preview["total"] == 500


@pytest.mark.parametrize(
    ("params", "named"),
    [
        ({"preview_mode": "recurring"}, "preview_mode=recurring"),
        ({"customer_details": {"tax_ids": [{"type": "eu_vat", "value": "1"}]}}, "tax_ids"),
        ({"invoice_items": [{"tax_code": "txcd_1"}]}, "tax_code"),
        ({"customer": "", "customer_details": {"tax_exempt": "none"}}, "without `customer`"),
    ],
)
def test_what_a_preview_lacks_is_named(shop: Any, params: dict[str, Any], named: str) -> None:
    answer = shop.call("POST /v1/invoices/create_preview", **({"customer": shop.customer} | params))
    assert answer.status == 501
    assert named in answer.message


def test_only_pending_items_of_the_customer_can_be_changed_in_a_preview(shop: Any) -> None:
    subscription = shop.subscribe(shop.licensed())
    draft = shop.call.ok("POST /v1/invoices", customer=shop.customer)["id"]
    item = shop.call.ok("POST /v1/invoiceitems", customer=shop.customer, invoice=draft, **FEE)
    answer = shop.call(
        "POST /v1/invoices/create_preview",
        subscription=subscription["id"],
        invoice_items=[{"invoiceitem": item["id"], "amount": 5}],
    )
    assert (answer.status, answer.error["param"]) == (400, "invoice_items[0][invoiceitem]")


def test_a_preview_changes_nothing(shop: Any) -> None:
    """INV-76."""
    subscription = shop.subscribe(shop.metered("10"), shop.licensed(1000))
    shop.advance("2026-01-16")
    before = (shop.subscription(subscription), shop.invoices(), shop.pending(), len(shop.world.events))
    other = shop.licensed(5000)
    before = (*before[:3], len(shop.world.events))
    items = [{"id": subscription["items"]["data"][1]["id"], "price": other}]
    preview = shop.preview(subscription, subscription_details={"items": items})
    assert len(preview["lines"]["data"]) == 4
    assert (
        shop.subscription(subscription),
        shop.invoices(),
        shop.pending(),
        len(shop.world.events),
    ) == before


def test_the_preview_is_the_invoice_when_nothing_happens_in_between(shop: Any) -> None:
    """INV-76."""
    subscription = shop.subscribe(shop.metered("2.5"), shop.licensed(1000), metadata={"a": "b"})
    shop.call.ok(
        "POST /v1/invoiceitems", customer=shop.customer, amount=70, currency="usd", description="Fee"
    )
    shop.use(41, shop.start + 5)
    preview = shop.preview(subscription)
    shop.advance(shop.start + MONTH + HOUR)
    final = shop.last_invoice(subscription)
    assert bill(preview) == bill(final)
    assert [
        preview[key] for key in ("total", "amount_due", "ending_balance", "period_start", "period_end")
    ] == [final[key] for key in ("total", "amount_due", "ending_balance", "period_start", "period_end")]


def test_a_previewed_change_that_invoices_at_once(shop: Any) -> None:
    """CHG-57 INV-76: the preview is that invoice."""
    subscription = shop.subscribe(shop.licensed(3100))
    shop.advance("2026-01-16")
    change = {
        "items": [{"id": subscription["items"]["data"][0]["id"], "quantity": 2}],
        "proration_behavior": "always_invoice",
    }
    preview = shop.preview(subscription, subscription_details=change)
    shop.change(subscription, **change)
    assert bill(preview) == bill(shop.last_invoice(subscription))
    assert preview["total"] == 1600


def test_a_new_subscription_can_be_previewed(shop: Any) -> None:
    """INV-76: its first invoice or, without one, its first cycle."""
    first = shop.call.ok(
        "POST /v1/invoices/create_preview",
        customer=shop.customer,
        subscription_details={"items": [{"price": shop.licensed(1000), "quantity": 3}]},
    )
    cycle = shop.call.ok(
        "POST /v1/invoices/create_preview",
        customer=shop.customer,
        subscription_details={"items": [{"price": shop.metered()}]},
    )
    assert (first["total"], cycle["total"], cycle["period_end"]) == (3000, 0, shop.start + MONTH)
    assert not shop.world.subscriptions


def test_a_trials_preview_is_its_first_paid_period(shop: Any, instant: Any) -> None:
    """INV-76 CLK-80."""
    subscription = shop.subscribe(shop.licensed(1000), trial_end=instant("2026-01-15"))
    preview = shop.preview(subscription)
    assert (preview["total"], preview["created"]) == (1000, instant("2026-01-15"))


@pytest.mark.parametrize(
    ("item", "named"),
    [
        ({"price": "price_none"}, "[0][price]"),
        ({"price": "metered", "quantity": 3}, "[0][quantity]"),  # PRC-19
        ({"id": "si_none"}, "[0][id]"),
    ],
)
def test_a_refused_item_is_named_where_it_was_sent(shop: Any, item: dict[str, Any], named: str) -> None:
    """PRO-04, INV-76: the older endpoint has it under another name."""
    wanted = item | ({"price": shop.metered()} if item.get("price") == "metered" else {})
    subscription = shop.subscribe(shop.licensed())["id"]
    newer = shop.call(
        "POST /v1/invoices/create_preview",
        subscription=subscription,
        subscription_details={"items": [wanted]},
    )
    older = shop.call(
        "GET /v1/invoices/upcoming",
        {"stripe-version": "2025-02-24.acacia"},
        subscription=subscription,
        subscription_items=[wanted],
    )
    assert newer.error["param"] == f"subscription_details[items]{named}"
    assert older.error["param"] == f"subscription_items{named}"


@pytest.mark.parametrize("how", ["canceled", "ending", "nobody"])
def test_nothing_upcoming(shop: Any, how: str) -> None:
    """INV-77."""
    asked: dict[str, Any] = {"customer": shop.customer}
    if how != "nobody":
        subscription = shop.subscribe(shop.metered())
        asked = {"subscription": subscription["id"]}
        shop.cancel(subscription) if how == "canceled" else shop.change(
            subscription, cancel_at_period_end=True
        )
    answer = shop.call("POST /v1/invoices/create_preview", **asked)
    assert (answer.status, answer.error["code"]) == (404, "invoice_upcoming_none")


@pytest.mark.parametrize(("behavior", "total"), [("create_prorations", 120 - 1600), ("none", 120)])
def test_a_cancellation_can_be_previewed(shop: Any, behavior: str, total: int) -> None:
    """INV-76 CHG-14: the final invoice of invoice_now, with credits unless prorations are off."""
    subscription = shop.subscribe(shop.licensed(3100), shop.metered("10"))
    shop.use(12, shop.start)
    shop.advance("2026-01-16")
    asked = {"cancel_now": True, "proration_behavior": behavior}
    preview = shop.preview(subscription, subscription_details=asked)
    assert preview["total"] == total
    shop.cancel(subscription, invoice_now=True, prorate=behavior != "none")
    assert bill(preview) == bill(shop.last_invoice(subscription))


@pytest.mark.parametrize(
    ("change", "shown"),
    [
        pytest.param({"quantity": 2}, True, id="at-the-renewal"),
        pytest.param({"quantity": 2, "proration_behavior": "always_invoice"}, True, id="at-once"),
        pytest.param({"quantity": 2, "proration_behavior": "none"}, False, id="no-prorations"),
        pytest.param({"quantity": 1}, False, id="no-change"),
    ],
)
def test_only_a_preview_of_prorations_tells_their_date(shop: Any, change: Any, shown: bool) -> None:
    """INV-35 CHG-53: the field's own text; real invoices never have it."""
    subscription = shop.subscribe(shop.licensed(1000))
    shop.advance(shop.start + 86_400)
    given = dict(change)
    items = [{"id": subscription["items"]["data"][0]["id"], "quantity": given.pop("quantity")}]
    preview = shop.preview(subscription, subscription_details={"items": items, **given})
    details = preview["parent"]["subscription_details"]
    assert details.get("subscription_proration_date") == (shop.now() if shown else None)
    shop.change(subscription, items=items, **given)
    for invoice in shop.invoices():
        assert set(invoice["parent"]["subscription_details"]) == {"metadata", "subscription"}
