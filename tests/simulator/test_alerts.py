"""Usage alerts: set off once for each customer, by usage reported after they were made."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

URL = "/v1/billing/alerts"


def alert(call: Any, meter: dict[str, Any], gte: int = 10, customer: str | None = None) -> dict[str, Any]:
    watched: dict[str, Any] = {"meter": meter["id"], "gte": gte, "recurrence": "one_time"}
    if customer is not None:
        watched["filters"] = [{"type": "customer", "customer": customer}]
    return call.ok(f"POST {URL}", alert_type="usage_threshold", title="Much", usage_threshold=watched)


def news(call: Any) -> list[tuple[str, int]]:
    """Who set off an alert, with how much, oldest first."""
    rows = call.ok("GET /v1/events", type="billing.alert.triggered")["data"][::-1]
    return [(row["data"]["object"]["customer"], row["data"]["object"]["value"]) for row in rows]


@pytest.fixture
def unclocked(call: Any) -> str:
    return call.ok("POST /v1/customers")["id"]


def test_an_alert_shows_what_was_asked_for(call: Any, meter: dict[str, Any], unclocked: str) -> None:
    """CHG-49"""
    made = alert(call, meter, 10, unclocked)
    assert made == {
        "id": made["id"],
        "object": "billing.alert",
        "alert_type": "usage_threshold",
        "livemode": False,
        "status": "active",
        "title": "Much",
        "usage_threshold": {
            "filters": [{"customer": unclocked, "type": "customer"}],
            "gte": 10,
            "meter": meter["id"],
            "recurrence": "one_time",
        },
    }
    assert call.ok(f"GET {URL}/{made['id']}") == made
    assert call.ok(f"GET {URL}", meter=meter["id"])["data"] == [made]
    assert call.ok(f"GET {URL}", meter="mtr_other")["data"] == []


def test_an_alert_is_set_off_once_for_each_customer(
    call: Any, meter: dict[str, Any], unclocked: str, send: Callable[..., Any]
) -> None:
    """CHG-50, CHG-51"""
    other = call.ok("POST /v1/customers")["id"]
    made = alert(call, meter)
    for value in (9, 1, 50):
        send(unclocked, value)
    send(other, 12)
    assert news(call) == [(unclocked, 10), (other, 12)]
    (_, first) = call.ok("GET /v1/events", type="billing.alert.triggered")["data"]
    assert first["data"]["object"] == {
        "object": "billing.alert_triggered",
        "alert": made,
        "created": call.world.wall,
        "customer": unclocked,
        "livemode": False,
        "value": 10,
    }


def test_usage_from_before_counts_once_more_is_reported(
    call: Any, meter: dict[str, Any], unclocked: str, send: Callable[..., Any]
) -> None:
    """CHG-50"""
    send(unclocked, 20)
    alert(call, meter)
    assert news(call) == []
    send(unclocked, 1)
    assert news(call) == [(unclocked, 21)]


def test_usage_of_another_meter_does_not_set_it_off(
    call: Any, meter: dict[str, Any], unclocked: str, send: Callable[..., Any]
) -> None:
    """CHG-50"""
    formula = {"default_aggregation": {"formula": "sum"}}
    other = call.ok("POST /v1/billing/meters", display_name="Tokens", event_name="tokens", **formula)
    send(unclocked, 20)
    alert(call, meter)
    alert(call, other, 100)
    payload = {"stripe_customer_id": unclocked, "value": 5}
    call.ok("POST /v1/billing/meter_events", event_name="tokens", payload=payload)
    assert news(call) == []


def test_the_stream_sets_alerts_off(call: Any, meter: dict[str, Any], unclocked: str) -> None:
    """CHG-50"""
    alert(call, meter)
    token = call.ok("POST /v2/billing/meter_event_session")["authentication_token"]
    payload = {"stripe_customer_id": unclocked, "value": "5"}
    events = [{"event_name": "api_calls", "payload": payload, "timestamp": "2026-01-01T00:00:00Z"}] * 2
    call.ok("POST /v2/billing/meter_event_stream", {"authorization": f"Bearer {token}"}, events=events)
    assert news(call) == [(unclocked, 10)]


def test_a_filter_leaves_other_customers_out(
    call: Any, meter: dict[str, Any], unclocked: str, send: Callable[..., Any]
) -> None:
    """CHG-49"""
    alert(call, meter, 10, call.ok("POST /v1/customers")["id"])
    send(unclocked, 20)
    assert news(call) == []


def test_alerts_do_not_work_on_test_clocks(
    call: Any, meter: dict[str, Any], customer: dict[str, Any], send: Callable[..., Any]
) -> None:
    """CHG-52, CLK-73"""
    alert(call, meter)
    send(customer["id"], 20)
    assert news(call) == []


def test_an_alert_waits_for_the_meter(new_caller: Callable[..., Any]) -> None:
    """CHG-50"""
    call = new_caller(lag_seconds=(60, 60))
    meter = call.ok(
        "POST /v1/billing/meters",
        display_name="Calls",
        event_name="calls",
        default_aggregation={"formula": "sum"},
    )
    customer = call.ok("POST /v1/customers")["id"]
    alert(call, meter)
    payload = {"stripe_customer_id": customer, "value": 20}
    call.ok("POST /v1/billing/meter_events", event_name="calls", payload=payload)
    call.world.sleep(59)
    assert news(call) == []
    call.world.sleep(1)
    assert news(call) == [(customer, 20)]


def test_an_alert_can_be_switched_off_and_on_and_put_away(
    call: Any, meter: dict[str, Any], unclocked: str, send: Callable[..., Any]
) -> None:
    """CHG-49"""
    path = f"POST {URL}/{alert(call, meter)['id']}"
    assert call.ok(f"{path}/deactivate")["status"] == "inactive"
    send(unclocked, 20)
    assert news(call) == []
    assert call.ok(f"{path}/activate")["status"] == "active"
    send(unclocked, 1)
    assert news(call) == [(unclocked, 21)]
    assert call.ok(f"{path}/archive")["status"] == "archived"
    assert [call(f"{path}/{verb}").status for verb in ("activate", "deactivate", "archive")] == [400] * 3


@pytest.mark.parametrize(
    ("params", "param"),
    [
        ({"title": "x" * 257}, "title"),
        ({"usage_threshold": {"gte": 0}}, "gte"),
        ({"usage_threshold": {"meter": "mtr_none"}}, "meter"),
        ({"usage_threshold": {"recurrence": "monthly"}}, "recurrence"),
        ({"usage_threshold": {"filters": [{"type": "customer", "customer": "cus_none"}]}}, "customer"),
        ({"usage_threshold": {"filters": [{"type": "customer"}] * 2}}, "filters"),
        ({"usage_threshold": None}, "usage_threshold"),
    ],
)
def test_a_wrong_alert_is_refused(
    call: Any, meter: dict[str, Any], params: dict[str, Any], param: str
) -> None:
    """CHG-49"""
    watched = {"meter": meter["id"], "gte": 5, "recurrence": "one_time"}
    asked = {"alert_type": "usage_threshold", "title": "Much"} | params
    changed = params.get("usage_threshold", {})
    asked |= {} if changed is None else {"usage_threshold": watched | changed}
    if changed is None:
        del asked["usage_threshold"]
    refused = call(f"POST {URL}", **asked)
    assert refused.status == 400
    assert param in str(refused.error)


def test_a_meter_has_at_most_25_alerts_for_a_customer(
    call: Any, meter: dict[str, Any], unclocked: str
) -> None:
    """CHG-50"""
    made = [alert(call, meter, 10, unclocked) for _ in range(25)]
    watched = {"meter": meter["id"], "gte": 5, "recurrence": "one_time"}
    watched["filters"] = [{"type": "customer", "customer": unclocked}]
    asked = {"alert_type": "usage_threshold", "title": "Much", "usage_threshold": watched}
    assert call(f"POST {URL}", **asked).status == 400
    call.ok(f"POST {URL}/{made[0]['id']}/archive")
    call.ok(f"POST {URL}", **asked)


def test_the_sdk_lists_and_expands(client: Any, call: Any, meter: dict[str, Any], unclocked: str) -> None:
    """CHG-49, PRO-15"""
    alert(call, meter, 10, unclocked)
    wanted = ["data.usage_threshold.meter", "data.usage_threshold.filters.customer"]
    (found,) = client.v1.billing.alerts.list({"expand": wanted}).data
    assert found.usage_threshold.meter.event_name == "api_calls"
    assert found.usage_threshold.filters[0].customer.id == unclocked
