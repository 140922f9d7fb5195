"""Usage records on invoices."""

from __future__ import annotations

from typing import Any

import pytest


@pytest.mark.parametrize(
    ("aggregate", "billed"),
    [
        (None, [(12, 3600), (4, 1200), (0, 0)]),
        ("sum", [(12, 3600), (4, 1200), (0, 0)]),
        ("max", [(9, 2700), (4, 1200), (0, 0)]),
        ("last_during_period", [(3, 900), (4, 1200), (0, 0)]),
        ("last_ever", [(3, 900), (4, 1200), (4, 1200)]),
    ],
)
def test_a_cycles_invoice_bills_what_the_price_makes_of_the_records(
    legacy: Any, aggregate: str | None, billed: list[tuple[int, int]]
) -> None:
    """LEG-20"""
    item = legacy.item(aggregate)
    legacy.advance("2026-01-10")
    legacy.recorded(item, 9, "2026-01-05", "set")
    legacy.recorded(item, 3, "2026-01-07", "set")
    legacy.advance("2026-02-10")
    legacy.recorded(item, 4, None, "set")
    for month in (3, 4):
        legacy.advance(f"2026-0{month}-02")
    assert legacy.billed() == [[row] for row in billed]


def test_a_drafts_hour_adds_nothing(legacy: Any) -> None:
    """LEG-10, LEG-12: with meters it would."""
    item = legacy.item()
    legacy.advance("2026-01-10")
    legacy.recorded(item, 5)
    legacy.advance("2026-02-01T00:01:00")
    assert legacy.invoices()[-1]["status"] == "draft"
    late = legacy.record(item, 2, "2026-01-31T23:59:59")
    assert late.message.endswith("(or current period start time).")
    legacy.recorded(item, 7)
    legacy.advance("2026-02-01T02:00:00")
    assert legacy.billed() == [[(5, 1500)]]
    legacy.advance("2026-03-01T02:00:00")
    assert legacy.billed() == [[(5, 1500)], [(7, 2100)]]


def test_each_item_has_its_own_records(legacy: Any) -> None:
    """LEG-26: with a meter, both items would bill all of the customer's usage."""
    one, two = legacy.price(), legacy.price(cents=10)
    items = [each["id"] for each in legacy.subscribe(one, two)["items"]["data"]]
    legacy.advance("2026-01-10")
    legacy.recorded(items[0], 2)
    legacy.recorded(items[1], 5)
    legacy.advance("2026-02-02")
    assert sorted(legacy.billed()[0]) == [(2, 600), (5, 50)]


def test_tiers_apply_to_records_too(legacy: Any) -> None:
    tiers = [{"up_to": 5, "unit_amount": 100}, {"up_to": "inf", "unit_amount": 10}]
    tiered = {"billing_scheme": "tiered", "tiers_mode": "graduated", "tiers": tiers}
    recurring = {"interval": "month", "usage_type": "metered", "aggregate_usage": "max"}
    price = legacy.ok(
        "POST /v1/prices", currency="usd", product_data={"name": "x"}, recurring=recurring, **tiered
    )
    item = legacy.subscribe(price["id"])["items"]["data"][0]["id"]
    legacy.advance("2026-01-10")
    legacy.recorded(item, 8)
    legacy.advance("2026-02-02")
    assert legacy.billed() == [[(5, 500), (3, 30)]]
    assert legacy.totals(item) == [0, 8]


def test_a_final_invoice_bills_ten_units(legacy: Any) -> None:
    """N-19: report 10, cancel now with an invoice."""
    subscription = legacy.subscribe(legacy.price(cents=100))
    legacy.advance("2026-01-10")
    legacy.recorded(subscription["items"]["data"][0]["id"], 10)
    legacy.ok(f"DELETE /v1/subscriptions/{subscription['id']}", invoice_now=True)
    assert legacy.billed() == [[(10, 1000)]]


def test_without_a_final_invoice_the_usage_is_never_billed(legacy: Any) -> None:
    """CHG-15"""
    subscription = legacy.subscribe()
    legacy.advance("2026-01-10")
    legacy.recorded(subscription["items"]["data"][0]["id"], 10)
    legacy.ok(f"DELETE /v1/subscriptions/{subscription['id']}")
    assert legacy.billed() == []


@pytest.mark.parametrize("way", ["item", "subscription"])
def test_an_item_with_usage_goes_only_with_clear_usage(legacy: Any, way: str) -> None:
    """LEG-19, LEG-35; the text was seen in stripe/stripe-go#743. What is cleared is never billed."""
    subscription = legacy.subscribe(legacy.price(), legacy.price(cents=10))
    item = subscription["items"]["data"][0]["id"]
    legacy.advance("2026-01-10")
    legacy.recorded(item, 10)

    def delete(**more: Any) -> Any:
        if way == "item":
            return legacy(f"DELETE /v1/subscription_items/{item}", **more)
        return legacy(
            f"POST /v1/subscriptions/{subscription['id']}", items=[{"id": item, "deleted": True} | more]
        )

    refused = delete()
    assert refused.status == 400
    assert refused.message == (
        f"When deleting the subscription item {item} with a metered plan, all related usage records must be "
        "cleared too by setting `clear_usage=true`."
    )
    assert legacy.totals(item) == [10]
    assert delete(clear_usage=True).status == 200
    legacy.advance("2026-02-02")
    assert legacy.billed() == [[(0, 0)]]
    assert legacy.record(item, 1).status == 404


def test_an_item_without_usage_goes_as_it_is(legacy: Any) -> None:
    """LEG-19"""
    item = legacy.subscribe(legacy.price(), legacy.price(cents=10))["items"]["data"][0]["id"]
    legacy.ok(f"DELETE /v1/subscription_items/{item}")


def test_clearing_is_for_deletions(legacy: Any) -> None:
    """LEG-19"""
    subscription = legacy.subscribe()
    items = [{"id": subscription["items"]["data"][0]["id"], "clear_usage": True}]
    refused = legacy(f"POST /v1/subscriptions/{subscription['id']}", items=items)
    assert (refused.status, refused.error["param"]) == (400, "clear_usage")


def test_another_price_amid_open_usage_is_not_modelled(legacy: Any) -> None:
    subscription = legacy.subscribe()
    item = subscription["items"]["data"][0]["id"]
    items = [{"id": item, "price": legacy.price(cents=10)}]
    legacy.advance("2026-01-10")
    legacy.recorded(item, 3)
    answer = legacy(f"POST /v1/subscriptions/{subscription['id']}", items=items)
    assert (answer.status, answer.error["code"]) == (501, "not_modelled_by_simulator")
    assert legacy.totals(item) == [3]


def test_a_preview_shows_the_records_so_far(legacy: Any) -> None:
    """INV-76"""
    subscription = legacy.subscribe()
    legacy.advance("2026-01-10")
    legacy.recorded(subscription["items"]["data"][0]["id"], 3)
    preview = legacy.ok("POST /v1/invoices/create_preview", subscription=subscription["id"])
    assert [line["quantity"] for line in preview["lines"]["data"]] == [3]
