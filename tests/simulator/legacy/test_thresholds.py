"""Billing thresholds: only what usage records need of them."""

from __future__ import annotations

from typing import Any

import pytest

SUBSCRIPTION = {"billing_thresholds": {"amount_gte": 1_000}}


def item_threshold(price: str) -> dict[str, Any]:
    return {"items": [{"price": price, "billing_thresholds": {"usage_gte": 10}}]}


@pytest.mark.parametrize("where", ["subscription", "item"])
def test_a_threshold_leaves_only_increments(legacy: Any, where: str) -> None:
    """LEG-06: the text is the simulator's own."""
    price = legacy.price()
    item = legacy.subscribe(price, **(SUBSCRIPTION if where == "subscription" else item_threshold(price)))
    item_id = item["items"]["data"][0]["id"]
    legacy.advance("2026-01-10")
    refused = legacy.record(item_id, 1, None, "set")
    assert (refused.status, refused.error["param"]) == (400, "action")
    assert legacy.record(item_id, 1, None, "increment").status == 200
    assert legacy.totals(item_id) == [1]


def test_thresholds_show_and_can_be_taken_back(legacy: Any) -> None:
    """CHG-33, LEG-06"""
    price = legacy.price()
    both = SUBSCRIPTION | item_threshold(price)
    subscription = legacy.subscribe(price, **both)
    path = f"POST /v1/subscriptions/{subscription['id']}"
    (item,) = subscription["items"]["data"]
    assert subscription["billing_thresholds"] == {"amount_gte": 1_000, "reset_billing_cycle_anchor": None}
    assert item["billing_thresholds"] == {"usage_gte": 10}
    kept = legacy.ok(path, items=[{"id": item["id"], "metadata": {"a": "b"}}])
    assert kept["items"]["data"][0]["billing_thresholds"] == {"usage_gte": 10}
    gone = legacy.ok(path, billing_thresholds="", items=[{"id": item["id"], "billing_thresholds": ""}])
    assert (gone["billing_thresholds"], gone["items"]["data"][0]["billing_thresholds"]) == (None, None)
    legacy.advance("2026-01-10")
    legacy.recorded(item["id"], 1, None, "set")


def test_the_least_threshold_is_fifty(legacy: Any) -> None:
    """CHG-33"""
    refused = legacy(
        "POST /v1/subscriptions",
        customer=legacy.customer,
        items=[{"price": legacy.price()}],
        billing_thresholds={"amount_gte": 49},
    )
    assert refused.error["param"] == "billing_thresholds[amount_gte]"


@pytest.mark.parametrize("where", ["subscription", "item"])
def test_what_would_make_a_threshold_invoice_is_not_modelled(legacy: Any, where: str) -> None:
    """CHG-37: refused by name, and nothing is changed."""
    price = legacy.price(cents=100)
    more = SUBSCRIPTION if where == "subscription" else item_threshold(price)
    item = legacy.subscribe(price, **more)["items"]["data"][0]["id"]
    legacy.advance("2026-01-10")
    legacy.recorded(item, 9)
    refused = legacy.record(item, 1)
    assert (refused.status, refused.error["code"]) == (501, "not_modelled_by_simulator")
    assert legacy.totals(item) == [9]


def test_a_new_period_counts_from_zero(legacy: Any) -> None:
    """CHG-39"""
    item = legacy.subscribe(legacy.price(cents=100), **SUBSCRIPTION)["items"]["data"][0]["id"]
    for month in (1, 2):
        legacy.advance(f"2026-0{month}-10")
        legacy.recorded(item, 9)
    assert legacy.totals(item) == [9, 9]


def test_trials_are_exempt(legacy: Any) -> None:
    """CHG-35"""
    item = legacy.item(trial_period_days=20, **SUBSCRIPTION)
    legacy.advance("2026-01-10")
    legacy.recorded(item, 100)


@pytest.mark.parametrize(
    ("version", "status"),
    [
        ("2025-02-24.acacia", 200),
        ("2025-03-31.basil", 400),
        ("2025-04-30.basil", 400),
        ("2025-05-28.basil", 200),
        ("2026-10-28.endive", 200),
    ],
)
def test_two_versions_lack_thresholds(legacy: Any, version: str, status: int) -> None:
    """CHG-32"""
    subscription = legacy.subscribe()
    item = subscription["items"]["data"][0]["id"]
    attempts = [
        legacy(f"POST /v1/subscriptions/{subscription['id']}", version, **SUBSCRIPTION),
        legacy(f"POST /v1/subscription_items/{item}", version, billing_thresholds={"usage_gte": 5}),
    ]
    assert [each.status for each in attempts] == [status, status]
    if status == 400:
        assert attempts[0].message.startswith(
            "Starting with Stripe version `2025-03-31.basil`, subscriptions do not support the parameter"
        )


@pytest.mark.parametrize("more", [{}, {"reset_billing_cycle_anchor": True}])
def test_thresholds_on_meters_beside_usage_records_are_not_modelled(
    legacy: Any, meter: dict[str, Any], more: dict[str, bool]
) -> None:
    """CHG-37"""
    wanted = {"billing_thresholds": {"amount_gte": 1_000, **more}}
    recurring = {"interval": "month", "usage_type": "metered", "meter": meter["id"]}
    prices = [legacy.price(recurring=recurring), legacy.price()]
    asked = {"customer": legacy.customer, "items": [{"price": price} for price in prices]}
    assert legacy("POST /v1/subscriptions", **asked, **wanted).status == 501
    subscription = legacy.subscribe(*prices)
    assert legacy(f"POST /v1/subscriptions/{subscription['id']}", **wanted).status == 501
