"""Usage records beside meters: what maps to what, and what has no counterpart."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import harness
from harness.ledger import cited_in

README = Path(harness.__file__).parent.parent / "scenarios" / "legacy" / "README.md"
MAPPED = {f"LEG-{number}" for number in (17, 18, 21, *range(26, 36))}


def new_meter(legacy: Any, **more: Any) -> dict[str, Any]:
    formula = more.pop("formula", "sum")
    asked = {"display_name": "x", "event_name": "seats", "default_aggregation": {"formula": formula}} | more
    return legacy.ok("POST /v1/billing/meters", **asked)


def on_meter(legacy: Any, meter: dict[str, Any], **more: Any) -> str:
    """The item of a subscription on a meter."""
    recurring = {"interval": "month", "usage_type": "metered", "meter": meter["id"]}
    price = legacy.price(recurring=recurring, cents=100)
    return legacy.subscribe(price, **more)["items"]["data"][0]["id"]


def send(legacy: Any, value: Any, at: int, identifier: str | None = None) -> Any:
    payload = {"stripe_customer_id": legacy.customer, "value": value}
    more = {} if identifier is None else {"identifier": identifier}
    return legacy("POST /v1/billing/meter_events", event_name="seats", payload=payload, timestamp=at, **more)


def test_the_table_names_every_fact_of_the_mapping() -> None:
    """LEG-17, LEG-18, LEG-21, LEG-26 to LEG-35"""
    assert set(cited_in(README.read_text(encoding="utf-8"))) >= MAPPED


@pytest.mark.parametrize("formula", ["max", "last_ever"])
def test_two_formulas_have_no_counterpart(legacy: Any, formula: str) -> None:
    """LEG-28, LEG-29"""
    legacy.price(formula)
    refused = legacy(
        "POST /v1/billing/meters",
        display_name="x",
        event_name="seats",
        default_aggregation={"formula": formula},
    )
    assert (refused.status, refused.error["param"]) == (400, "default_aggregation[formula]")


@pytest.mark.parametrize("way", ["window", "cancel", "negative"])
def test_three_ways_take_the_place_of_a_set(legacy: Any, way: str) -> None:
    """LEG-30: each bills 7 where 70 were reported first."""
    meter = new_meter(legacy, **({"event_time_window": "hour"} if way == "window" else {}))
    on_meter(legacy, meter)
    legacy.advance("2026-01-10")
    stamp = legacy.start + 3_600
    send(legacy, 70, stamp, "wrong")
    if way == "cancel":
        legacy.ok(
            "POST /v1/billing/meter_event_adjustments",
            event_name="seats",
            type="cancel",
            cancel={"identifier": "wrong"},
        )
    send(legacy, -63 if way == "negative" else 7, stamp)
    legacy.advance("2026-02-02")
    assert legacy.billed() == [[(7, 700)]]


def test_meters_take_late_usage_while_the_invoice_is_a_draft(legacy: Any) -> None:
    """LEG-10, LEG-33"""
    on_meter(legacy, new_meter(legacy))
    item = legacy.item()
    legacy.advance("2026-02-01T00:01:00")
    late = legacy.start + 86_400
    assert legacy.record(item, 4, late).status == 400
    assert send(legacy, 4, late).status == 200
    legacy.advance("2026-02-01T02:00:00")
    assert sorted(legacy.billed()) == [[(0, 0)], [(4, 400)]]


def test_an_item_on_a_meter_goes_without_clear_usage(legacy: Any) -> None:
    """LEG-35, CHG-08"""
    item = on_meter(legacy, new_meter(legacy))
    legacy.advance("2026-01-10")
    send(legacy, 4, legacy.start + 60)
    subscription = legacy.world.agenda.items[item]
    legacy.ok(f"POST /v1/subscription_items?subscription={subscription.id}&price={legacy.price()}")
    legacy.ok(f"DELETE /v1/subscription_items/{item}")


def test_records_may_not_precede_the_subscription_and_events_may(legacy: Any) -> None:
    """LEG-26"""
    new_meter(legacy)
    assert send(legacy, 4, legacy.start).status == 200
    assert legacy.record("si_none", 4, legacy.start).status == 404


def test_credits_do_not_pay_for_usage_records(legacy: Any) -> None:
    """LEG-21, CHG-43"""
    scope = {"scope": {"price_type": "metered"}}
    amount = {"type": "monetary", "monetary": {"value": 5_000, "currency": "usd"}}
    legacy.ok(
        "POST /v1/billing/credit_grants", customer=legacy.customer, amount=amount, applicability_config=scope
    )
    item = legacy.item()
    legacy.advance("2026-01-10")
    legacy.recorded(item, 4)
    legacy.advance("2026-02-01")
    legacy.advance("2026-02-02")
    last = legacy.invoices()[-1]
    assert (last["total"], last["total_pretax_credit_amounts"]) == (1_200, [])
