"""What lists show: clocked objects hide unless narrowed; filters and order."""

from __future__ import annotations

from typing import Any

import pytest

HOUR = 3_600
DAY = 86_400
MONTH = 31 * DAY


def ids(answer: dict[str, Any]) -> list[str]:
    return [row["id"] for row in answer["data"]]


@pytest.fixture
def unclocked(shop: Any) -> dict[str, Any]:
    """A subscription of a customer on wall time, with a paid invoice."""
    customer = shop.call.ok(
        "POST /v1/customers",
        payment_method="pm_card_visa",
        invoice_settings={"default_payment_method": "pm_card_visa"},
    )["id"]
    made: dict[str, Any] = shop.subscribe(shop.licensed(1000), customer=customer)
    return made


def test_subscriptions_on_clocks_hide(shop: Any, unclocked: dict[str, Any]) -> None:
    """CLK-49 CLK-51: without clock and customer."""
    clocked = shop.subscribe(shop.metered())
    assert ids(shop.call.ok("GET /v1/subscriptions")) == [unclocked["id"]]
    assert ids(shop.call.ok("GET /v1/subscriptions", test_clock=shop.clock)) == [clocked["id"]]
    assert ids(shop.call.ok("GET /v1/subscriptions", customer=shop.customer)) == [clocked["id"]]
    assert shop.subscription(clocked)["id"] == clocked["id"]


def test_invoices_on_clocks_hide(shop: Any, unclocked: dict[str, Any]) -> None:
    """CLK-50 CLK-51: narrowed by customer or by subscription; retrieving always works."""
    clocked = shop.subscribe(shop.licensed())
    own = clocked["latest_invoice"]
    assert ids(shop.call.ok("GET /v1/invoices")) == [unclocked["latest_invoice"]]
    assert ids(shop.call.ok("GET /v1/invoices", status="paid")) == [unclocked["latest_invoice"]]
    assert ids(shop.call.ok("GET /v1/invoices", customer=shop.customer)) == [own]
    assert ids(shop.call.ok("GET /v1/invoices", subscription=clocked["id"])) == [own]
    assert shop.call.ok(f"GET /v1/invoices/{own}")["id"] == own


def test_invoice_items_on_clocks_hide(shop: Any) -> None:
    """CLK-50."""
    item = shop.call.ok("POST /v1/invoiceitems", customer=shop.customer, amount=700, currency="usd")
    assert ids(shop.call.ok("GET /v1/invoiceitems")) == []
    assert ids(shop.call.ok("GET /v1/invoiceitems", customer=shop.customer)) == [item["id"]]


def test_invoices_are_newest_first_and_filtered(shop: Any) -> None:
    """PRO-14."""
    subscription = shop.subscribe(shop.licensed())
    shop.advance("2026-03-01")
    first, second, third = (invoice["id"] for invoice in shop.invoices(subscription))
    asked = {"subscription": subscription["id"]}
    assert ids(shop.call.ok("GET /v1/invoices", **asked)) == [third, second, first]
    assert ids(shop.call.ok("GET /v1/invoices", status="draft", **asked)) == [third]
    assert ids(shop.call.ok("GET /v1/invoices", created={"gte": shop.start + MONTH}, limit=1, **asked)) == [
        third
    ]
    assert ids(shop.call.ok("GET /v1/invoices", starting_after=third, limit=1, **asked)) == [second]
    assert ids(shop.call.ok("GET /v1/invoices", collection_method="send_invoice", **asked)) == []


def test_ended_subscriptions_are_listed_only_when_asked_for(shop: Any) -> None:
    """K: `status` defaults to everything but ended ones."""
    kept, gone = shop.subscribe(shop.metered()), shop.subscribe(shop.metered())
    shop.cancel(gone)
    asked = {"customer": shop.customer}
    assert ids(shop.call.ok("GET /v1/subscriptions", **asked)) == [kept["id"]]
    assert ids(shop.call.ok("GET /v1/subscriptions", status="canceled", **asked)) == [gone["id"]]
    assert ids(shop.call.ok("GET /v1/subscriptions", status="all", **asked)) == [gone["id"], kept["id"]]
    assert ids(
        shop.call.ok("GET /v1/subscriptions", price=kept["items"]["data"][0]["price"]["id"], **asked)
    ) == [kept["id"]]


def test_customers_without_a_clock_are_billed_as_wall_time_passes(
    shop: Any, unclocked: dict[str, Any]
) -> None:
    """CLK-94: the boundary is exact even when the next request comes later."""
    shop.world.sleep(MONTH + 5 * HOUR)
    renewal, _ = shop.call.ok("GET /v1/invoices", subscription=unclocked["id"])["data"]
    assert (renewal["created"], renewal["status"]) == (shop.start + MONTH, "paid")
    assert renewal["status_transitions"]["finalized_at"] == shop.start + MONTH + HOUR


def test_changes_wait_while_the_clock_advances(new_shop: Any) -> None:
    """CLK-34 CLK-35 CLK-39: 429 for every mutation; reads and previews work."""
    shop = new_shop(clock_polls=5)
    subscription = shop.subscribe(shop.licensed())
    invoice = subscription["latest_invoice"]
    item = shop.call.ok("POST /v1/invoiceitems", customer=shop.customer, amount=700, currency="usd")
    shop.call.ok(f"POST /v1/test_helpers/test_clocks/{shop.clock}/advance", frozen_time=shop.start + DAY)
    asked = [
        ("POST /v1/subscriptions", {"customer": shop.customer, "items": [{"price": shop.metered()}]}),
        (f"POST /v1/subscriptions/{subscription['id']}", {"description": "x"}),
        (f"DELETE /v1/subscriptions/{subscription['id']}", {}),
        (f"POST /v1/subscriptions/{subscription['id']}/migrate", {"billing_mode": {"type": "flexible"}}),
        (f"POST /v1/subscription_items/{subscription['items']['data'][0]['id']}", {"quantity": 2}),
        (f"POST /v1/invoices/{invoice}", {"description": "x"}),
        (f"POST /v1/invoices/{invoice}/void", {}),
        (f"POST /v1/invoices/{invoice}/pay", {}),
        (f"POST /v1/invoices/{invoice}/finalize", {}),
        ("POST /v1/invoices", {"customer": shop.customer}),
        ("POST /v1/invoiceitems", {"customer": shop.customer, "amount": 1, "currency": "usd"}),
        (f"POST /v1/invoiceitems/{item['id']}", {"amount": 1}),
        (f"DELETE /v1/invoiceitems/{item['id']}", {}),
    ]
    assert [shop.call(line, **params).status for line, params in asked] == [429] * len(asked)
    assert shop.subscription(subscription)["id"] == subscription["id"]
    assert shop.preview(subscription)["billing_reason"] == "upcoming"


def test_an_advance_reaches_two_of_the_shortest_intervals(shop: Any, instant: Any) -> None:
    """CLK-23 CLK-24 CLK-25 UNK-05: by the calendar, inclusive, counted on current subscriptions."""
    path = f"POST /v1/test_helpers/test_clocks/{shop.clock}/advance"
    weekly, yearly = (
        shop.subscribe(shop.metered(interval="week")),
        shop.subscribe(shop.licensed(interval="year")),
    )
    assert shop.call(path, frozen_time=shop.start + 14 * DAY + 1).status == 400
    shop.advance(shop.start + 14 * DAY)
    shop.cancel(weekly)
    assert shop.call(path, frozen_time=instant("2028-01-15T00:00:01")).status == 400
    shop.advance("2028-01-15")
    assert shop.subscription(yearly)["status"] == "active"


def test_quarters_count_as_one_interval(shop: Any, instant: Any) -> None:
    """CLK-25: `interval` times `interval_count`."""
    shop.subscribe(shop.metered(count=3))
    shop.advance(instant("2026-07-01"))
    assert shop.now() == instant("2026-07-01")
