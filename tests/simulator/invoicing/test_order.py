"""What goes first when several things are due at one instant, and what was planned for the past."""

from __future__ import annotations

from typing import Any

HOUR = 3_600
DAY = 86_400


def test_rank_at_one_instant(shop: Any, instant: Any) -> None:
    """CLK-95 CLK-96 UNK-38: trial end, cancellation, renewal, finalization, whoever is older."""
    noon = shop.start + 10 * DAY
    renewing = shop.subscribe(shop.licensed(200, interval="day", count=10))
    ending = shop.subscribe(shop.metered(interval="day", count=10), cancel_at=noon)
    trial = shop.subscribe(shop.licensed(300, interval="day", count=10), trial_end=noon)
    draft = shop.call.ok(
        "POST /v1/invoices", customer=shop.customer, automatically_finalizes_at=noon, auto_advance=True
    )
    shop.advance(noon - 1)
    before = len(shop.world.events)
    shop.advance(noon)
    happened = [
        (event.type, event.snapshot.get("subscription") or event.snapshot["id"])
        for event in list(shop.world.events.values())[before:]
        if event.type
        in {"customer.subscription.deleted", "customer.subscription.updated", "invoice.finalized"}
    ]
    assert happened == [
        ("customer.subscription.updated", trial["id"]),
        ("customer.subscription.deleted", ending["id"]),
        ("customer.subscription.updated", renewing["id"]),
        ("invoice.finalized", draft["id"]),
    ]


def test_the_older_object_goes_first(shop: Any) -> None:
    """CLK-95: object-creation sequence breaks the tie."""
    made = [shop.subscribe(shop.licensed(unit))["id"] for unit in (100, 200, 300)]
    shop.advance(shop.start + 31 * DAY)
    renewed = [
        invoice.subscription
        for invoice in shop.world.invoices.values()
        if invoice.billing_reason == "subscription_cycle"
    ]
    assert renewed == made


def test_what_is_planned_for_the_past_is_done_now(shop: Any) -> None:
    """CLK-95: time does not run backwards."""
    subscription = shop.subscribe(shop.licensed())
    shop.advance(shop.start + 31 * DAY)
    path = f"POST /v1/invoices/{shop.last_invoice(subscription)['id']}"
    shop.call.ok(path, automatically_finalizes_at=shop.start)
    shop.advance(shop.start + 31 * DAY + 60)
    finalized = shop.last_invoice(subscription)["status_transitions"]["finalized_at"]
    assert finalized == shop.start + 31 * DAY
