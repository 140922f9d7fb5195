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
