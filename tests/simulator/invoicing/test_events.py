"""What is announced when an invoice is closed, an item is made or dropped, a balance or a grant changes."""

from __future__ import annotations

from typing import Any

import pytest

DAY = 86_400


def announced(shop: Any, before: int) -> list[tuple[str, Any]]:
    """Types with previous attributes, since there were so many events."""
    return [(event.type, event.previous) for event in list(shop.world.events.values())[before:]]


def owing(new_shop: Any) -> tuple[Any, str]:
    """A shop with credit of 300 and a renewal of 1000 that the card refused, and that invoice's path."""
    shop = new_shop(card="pm_card_chargeCustomerFail")
    shop.call.ok(f"POST /v1/customers/{shop.customer}", balance=-300)
    shop.subscribe(shop.metered("10"))
    shop.use(100, shop.start)
    shop.advance("2026-02-01T01:00:00")
    return shop, f"POST /v1/invoices/{shop.last_invoice()['id']}"


CLOSINGS = [
    pytest.param(
        "void",
        [
            ("customer.updated", {"balance": 0}),
            ("payment_intent.canceled", None),
            ("invoice.voided", None),
            ("customer.subscription.updated", {"status": "past_due"}),
        ],
        id="INV-80-INV-81",
    ),
    pytest.param(
        "mark_uncollectible",
        [
            ("invoice.marked_uncollectible", None),
            ("customer.subscription.updated", {"status": "past_due"}),
        ],
        id="INV-81",
    ),
]


@pytest.mark.parametrize(("action", "events"), CLOSINGS)
def test_the_end_of_an_invoice_is_announced(new_shop: Any, action: str, events: list[Any]) -> None:
    """In which order beside the customer's and the payment's is unverified."""
    shop, path = owing(new_shop)
    before = len(shop.world.events)
    shop.call.ok(f"{path}/{action}")
    assert announced(shop, before) == events


def test_the_end_of_collection_is_announced_behind_the_subscriptions(new_shop: Any) -> None:
    """CHG-23: of each open invoice; the order is unverified."""
    shop, _ = owing(new_shop)
    attempt = shop.last_invoice()["next_payment_attempt"]
    before = len(shop.world.events)
    shop.call.ok(f"DELETE /v1/subscriptions/{next(iter(shop.world.subscriptions))}")
    assert announced(shop, before) == [
        ("customer.subscription.deleted", None),
        ("invoice.updated", {"auto_advance": True, "next_payment_attempt": attempt}),
    ]


def test_the_last_invoice_of_a_cancellation_is_announced(shop: Any) -> None:
    """CHG-17 CHG-18."""
    subscription = shop.subscribe(shop.metered("10"))
    shop.use(5, shop.start)
    shop.advance("2026-01-16")
    before = len(shop.world.events)
    shop.cancel(subscription, invoice_now=True)
    assert shop.events(after=before) == ["invoice.created", "customer.subscription.deleted"]


def test_a_finalization_announces_the_balance_that_it_used(shop: Any) -> None:
    """INV-31 CLK-86."""
    shop.call.ok(f"POST /v1/customers/{shop.customer}", balance=-300)
    shop.subscribe(shop.metered("10"))
    shop.use(100, shop.start)
    shop.advance("2026-02-01")
    before = len(shop.world.events)
    shop.advance("2026-02-01T01:00:00")
    found = announced(shop, before)
    assert ("customer.updated", {"balance": -300}) in found
    assert [kind for kind, _ in found].count("customer.updated") == 1


def test_prorations_are_announced_when_they_are_made_and_dropped(shop: Any) -> None:
    """CHG-16 CHG-54."""
    subscription = shop.subscribe(shop.licensed(3100))
    shop.advance("2026-01-16")
    before = len(shop.world.events)
    first = subscription["items"]["data"][0]["id"]
    shop.change(subscription, items=[{"id": first, "quantity": 2}])
    made = [kind for kind in shop.events(after=before) if kind.startswith("invoiceitem")]
    assert made == ["invoiceitem.created"] * 2
    items = [item["id"] for item in shop.pending()]
    before = len(shop.world.events)
    shop.cancel(subscription)
    assert shop.events(after=before) == ["invoiceitem.deleted"] * 2 + ["customer.subscription.deleted"]
    assert [shop.call(f"GET /v1/invoiceitems/{item}").status for item in items] == [404, 404]


CHANGED = ["invoiceitem.created", "invoiceitem.created", "invoice.created", "customer.subscription.updated"]
PAID = ["payment_intent.succeeded", "charge.succeeded", "invoice_payment.paid", "invoice.paid"]
REFUSED = ["charge.failed", "payment_intent.payment_failed", "invoice.payment_failed"]


@pytest.mark.parametrize(
    ("card", "behavior", "events"),
    [
        ("pm_card_visa", "allow_incomplete", [*PAID, "invoice.payment_succeeded"]),
        ("pm_card_chargeCustomerFail", "pending_if_incomplete", REFUSED),
    ],
)
def test_a_change_that_is_billed_at_once_is_announced(
    shop: Any, card: str, behavior: str, events: list[str]
) -> None:
    """CHG-57 CLK-86 CLK-87 SUB-15: also one that waits for its payment; what is paid for, credits name."""
    subscription = shop.subscribe(shop.licensed(3000, interval="day", count=30))
    method, good = (
        shop.call.ok(f"POST /v1/payment_methods/{each}/attach", customer=shop.customer)["id"]
        for each in (card, "pm_card_visa")
    )
    shop.advance("2026-01-16")
    shop.change(subscription, default_payment_method=method)
    first = subscription["items"]["data"][0]["id"]
    before = len(shop.world.events)
    shop.change(
        subscription,
        items=[{"id": first, "quantity": 2}],
        proration_behavior="always_invoice",
        payment_behavior=behavior,
    )
    assert shop.events(after=before) == [*CHANGED, "invoice.finalized", *events]
    invoice = shop.last_invoice()
    if invoice["status"] == "open":
        shop.call.ok(f"POST /v1/invoices/{invoice['id']}/pay", payment_method=good)
    shop.change(subscription, items=[{"id": first, "quantity": 3}])
    (debit,) = [line["id"] for line in invoice["lines"]["data"] if line["amount"] > 0]
    credited = shop.pending()[0]["proration_details"]["credited_items"]  # CHG-55
    assert credited["invoice_line_item_details"] == {"invoice": invoice["id"], "invoice_line_items": [debit]}


@pytest.mark.parametrize(("action", "changed"), [("expire", "expires_at"), ("void", "voided_at")])
def test_the_end_of_a_grant_is_announced(shop: Any, action: str, changed: str) -> None:
    """CHG-42 CHG-48."""
    made = shop.call.ok(
        "POST /v1/billing/credit_grants",
        customer=shop.customer,
        amount={"type": "monetary", "monetary": {"value": 500, "currency": "usd"}},
        applicability_config={"scope": {"price_type": "metered"}},
    )
    shop.advance(shop.start + DAY)
    before = len(shop.world.events)
    shop.call.ok(f"POST /v1/billing/credit_grants/{made['id']}/{action}")
    moved, updated = announced(shop, before)
    assert moved == ("billing.credit_balance_transaction.created", None)
    assert updated == ("billing.credit_grant.updated", {changed: None, "updated": shop.start})
