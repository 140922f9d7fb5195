"""Which API versions have usage records, legacy prices and billing thresholds."""

from __future__ import annotations

from typing import Any

import pytest

PRC_02 = "Starting with Stripe version `2025-03-31.basil`, metered prices must be backed by meters."
SINCE_BASIL = ["2025-03-31.basil", "2025-09-30.clover", "2026-10-28.endive"]


@pytest.mark.parametrize("version", ["2024-06-20", "2024-09-30.acacia", "2025-02-24.acacia"])
def test_old_versions_have_usage_records(legacy: Any, version: str) -> None:
    """LEG-23"""
    item = legacy.item()
    legacy.advance("2026-01-10")
    assert legacy.record(item, 4, version=version).status == 200
    assert legacy(f"GET /v1/subscription_items/{item}/usage_record_summaries", version).status == 200


@pytest.mark.parametrize("version", SINCE_BASIL)
def test_newer_versions_do_not_know_the_urls(legacy: Any, version: str) -> None:
    """LEG-24: assumed, whatever the parameters."""
    item = legacy.item()
    legacy.advance("2026-01-10")
    path = f"/v1/subscription_items/{item}/usage_records"
    for more in ({"quantity": 4}, {}, {"quantity": -1}):
        refused = legacy(f"POST {path}", version, **more)
        assert (refused.status, refused.message) == (404, f"Unrecognized request URL (POST: {path}).")
    assert legacy(f"GET /v1/subscription_items/{item}/usage_record_summaries", version).status == 404
    assert legacy.totals(item) == [0]


@pytest.mark.parametrize("version", SINCE_BASIL)
def test_newer_versions_take_no_legacy_prices(legacy: Any, version: str) -> None:
    """LEG-22, PRC-02: neither to create one nor to subscribe to one."""
    recurring = {"interval": "month", "usage_type": "metered"}
    new = {"currency": "usd", "unit_amount": 1, "product_data": {"name": "x"}, "recurring": recurring}
    assert legacy("POST /v1/prices", version, **new).message == PRC_02
    price, subscription = legacy.price(), legacy.subscribe()
    entry = {"price": price}
    attempts = [
        legacy("POST /v1/subscriptions", version, customer=legacy.customer, items=[entry]),
        legacy(f"POST /v1/subscriptions/{subscription['id']}", version, items=[entry]),
        legacy("POST /v1/subscription_items", version, subscription=subscription["id"], **entry),
        legacy(
            "POST /v1/invoices/create_preview",
            version,
            subscription=subscription["id"],
            subscription_details={"items": [entry]},
        ),
    ]
    assert [(each.status, each.message) for each in attempts] == [(400, PRC_02)] * 4


def test_a_legacy_item_can_be_touched_on_any_version(legacy: Any, versions: tuple[str, str, str]) -> None:
    """LEG-22, LEG-23: what is there already stays."""
    subscription = legacy.subscribe()
    item = subscription["items"]["data"][0]
    entry = {"id": item["id"], "price": item["price"]["id"], "metadata": {"team": "a"}}
    changed = legacy.ok(f"POST /v1/subscriptions/{subscription['id']}", versions[2], items=[entry])
    assert changed["items"]["data"][0]["metadata"] == {"team": "a"}


def test_legacy_subscriptions_are_classic_and_stay_so(legacy: Any, versions: tuple[str, str, str]) -> None:
    """SUB-07, LEG-23"""
    subscription = legacy.subscribe()
    assert "billing_mode" not in subscription  # VER-10: older answers lack it
    path = f"/v1/subscriptions/{subscription['id']}"
    moved = legacy(f"POST {path}/migrate", versions[2], billing_mode={"type": "flexible"})
    assert (moved.status, moved.error["param"]) == (400, "billing_mode")
    assert legacy.ok(f"GET {path}", versions[2])["billing_mode"]["type"] == "classic"


def test_a_flexible_subscription_takes_no_legacy_price(legacy: Any, versions: tuple[str, str, str]) -> None:
    """SUB-07"""
    licensed = legacy.price(recurring={"interval": "month"})
    flexible = legacy.ok(
        "POST /v1/subscriptions", versions[2], customer=legacy.customer, items=[{"price": licensed}]
    )
    added = legacy("POST /v1/subscription_items", subscription=flexible["id"], price=legacy.price())
    assert (added.status, added.error["param"]) == (400, "billing_mode")


def test_aggregate_usage_shows_on_legacy_prices(legacy: Any) -> None:
    """PRC-21, LEG-20: `sum` unless asked for."""
    shown = [
        legacy.ok(f"GET /v1/prices/{price}")["recurring"]["aggregate_usage"]
        for price in (legacy.price(), legacy.price("max"))
    ]
    assert shown == ["sum", "max"]
    (item,) = legacy.subscribe(legacy.price("max"))["items"]["data"]
    assert item["plan"]["aggregate_usage"] == "max"
    assert item["price"]["recurring"]["aggregate_usage"] == "max"


def test_aggregate_usage_is_null_where_no_records_are_added_up(legacy: Any, meter: Any) -> None:
    """PRC-21: older shapes had it on every price that recurs."""
    recurrings: list[dict[str, Any]] = [
        {"interval": "month"},
        {"interval": "month", "usage_type": "metered", "meter": meter["id"]},
    ]
    for recurring in recurrings:
        price = legacy.price(recurring=recurring)
        assert legacy.ok(f"GET /v1/prices/{price}")["recurring"]["aggregate_usage"] is None


def test_aggregate_usage_is_gone_since_basil(legacy: Any) -> None:
    """PRC-21, VER-07"""
    price = legacy.price("max")
    subscription = legacy.subscribe(price)
    for newer in ("2025-03-31.basil", "2026-10-28.endive"):
        assert "aggregate_usage" not in legacy.ok(f"GET /v1/prices/{price}", newer)["recurring"]
        (item,) = legacy.ok(f"GET /v1/subscriptions/{subscription['id']}", newer)["items"]["data"]
        assert "aggregate_usage" not in item["price"]["recurring"] | item["plan"]


def test_there_are_four_ways_to_aggregate(legacy: Any) -> None:
    """LEG-20"""
    recurring = {"interval": "month", "usage_type": "metered", "aggregate_usage": "count"}
    refused = legacy(
        "POST /v1/prices", currency="usd", unit_amount=1, product_data={"name": "x"}, recurring=recurring
    )
    assert (refused.status, refused.error["param"]) == (400, "recurring[aggregate_usage]")
