"""Meters: what they are made of, and how they stop and start."""

from __future__ import annotations

from typing import Any

import pytest

METERS = "/v1/billing/meters"
SOUND = {"display_name": "Calls", "event_name": "calls", "default_aggregation": {"formula": "sum"}}


def test_a_meter_with_its_defaults(call: Any, start: int) -> None:
    """MTR-01 MTR-06 MTR-07 MTR-08 MTR-09 MTR-14"""
    meter = call.ok(f"POST {METERS}", **SOUND)
    assert meter == {
        "id": meter["id"],
        "object": "billing.meter",
        "created": start,
        "customer_mapping": {"event_payload_key": "stripe_customer_id", "type": "by_id"},
        "default_aggregation": {"formula": "sum"},
        "display_name": "Calls",
        "event_name": "calls",
        "event_time_window": None,
        "livemode": False,
        "status": "active",
        "status_transitions": {"deactivated_at": None},
        "updated": start,
        "value_settings": {"event_payload_key": "value"},
    }
    assert meter["id"].startswith("mtr_test_")


def test_a_meter_with_keys_and_a_window_of_its_own(call: Any) -> None:
    """MTR-06 MTR-07 MTR-08"""
    meter = call.ok(
        f"POST {METERS}",
        **SOUND,
        customer_mapping={"type": "by_id", "event_payload_key": "who"},
        value_settings={"event_payload_key": "many"},
        event_time_window="day",
    )
    assert meter["customer_mapping"]["event_payload_key"] == "who"
    assert meter["value_settings"] == {"event_payload_key": "many"}
    assert meter["event_time_window"] == "day"


@pytest.mark.parametrize(
    ("change", "param"),
    [
        ({"display_name": "x" * 251}, "display_name"),
        ({"display_name": ""}, "display_name"),
        ({"event_name": "x" * 101}, "event_name"),
        ({"event_name": ""}, "event_name"),
        ({"default_aggregation": {"formula": "max"}}, "default_aggregation[formula]"),
        ({"default_aggregation": {"formula": "SUM"}}, "default_aggregation[formula]"),
        ({"default_aggregation": {"sum": "formula"}}, "default_aggregation[sum]"),
        ({"customer_mapping": {"type": "by_id"}}, "customer_mapping[event_payload_key]"),
        ({"customer_mapping": {"event_payload_key": "k"}}, "customer_mapping[type]"),
        ({"customer_mapping": {"type": "by_name", "event_payload_key": "k"}}, "customer_mapping[type]"),
        (
            {"customer_mapping": {"type": "by_id", "event_payload_key": "x" * 101}},
            "customer_mapping[event_payload_key]",
        ),
        ({"value_settings": {"event_payload_key": "x" * 101}}, "value_settings[event_payload_key]"),
        ({"event_time_window": "minute"}, "event_time_window"),
        ({"metadata": {"a": "b"}}, "metadata"),
        ({"test_clock": "clock_1"}, "test_clock"),
        ({"dimension_payload_keys": ["region"]}, "dimension_payload_keys"),
    ],
)
def test_what_a_meter_cannot_be(call: Any, change: dict[str, Any], param: str) -> None:
    """MTR-03 MTR-04 MTR-05 MTR-06 MTR-07 MTR-08 MTR-09 MTR-16 MTR-25 MTR-33 MTR-34 MTR-35"""
    answer = call(f"POST {METERS}", **(SOUND | change))
    assert (answer.status, answer.error["type"]) == (400, "invalid_request_error")
    assert answer.error["param"] == param
    assert not call.world.meters


@pytest.mark.parametrize("missing", list(SOUND))
def test_what_a_meter_must_have(call: Any, missing: str) -> None:
    """MTR-03 MTR-04 MTR-05 MTR-16"""
    answer = call(f"POST {METERS}", **{key: value for key, value in SOUND.items() if key != missing})
    assert (answer.error["code"], answer.error["param"]) == ("parameter_missing", missing)


def test_one_active_meter_for_an_event_name(call: Any) -> None:
    """MTR-04 MTR-15: in Stripe's own words."""
    call.ok(f"POST {METERS}", **SOUND)
    answer = call(f"POST {METERS}", **SOUND)
    assert answer.status == 400
    assert answer.message == (
        "An active meter already exists for event name 'calls'. To create a new meter with the same event "
        "name, first deactivate the currently active meter."
    )


def test_only_the_display_name_changes(call: Any, meter: Any, start: int) -> None:
    """MTR-10 MTR-19"""
    call.world.sleep(7)
    path = f"{METERS}/{meter['id']}"
    after = call.ok(f"POST {path}", display_name="New")
    assert (after["display_name"], after["updated"]) == ("New", start + 7)
    for name in ("event_name", "default_aggregation", "event_time_window", "status"):
        assert call(f"POST {path}", **{name: "x"}).error["code"] == "parameter_unknown"
    event = list(call.world.events.values())[-1]
    assert event.type == "billing.meter.updated"
    assert event.previous == {"display_name": "API calls", "updated": start}


def test_deactivation_and_back(call: Any, meter: Any, start: int) -> None:
    """MTR-11 MTR-19 CON-17"""
    call.world.sleep(60)
    path = f"{METERS}/{meter['id']}"
    stopped = call.ok(f"POST {path}/deactivate")
    assert (stopped["status"], stopped["status_transitions"]) == ("inactive", {"deactivated_at": start + 60})
    assert call(f"POST {path}/deactivate").status == 400
    started = call.ok(f"POST {path}/reactivate")
    assert (started["status"], started["status_transitions"]) == ("active", {"deactivated_at": None})
    assert call(f"POST {path}/reactivate").status == 400
    types = [event.type for event in call.world.events.values()]
    assert types == ["billing.meter.created", "billing.meter.deactivated", "billing.meter.reactivated"]


def test_a_name_taken_meanwhile_stops_reactivation(call: Any, meter: Any) -> None:
    """MTR-13: assumed to be the text of MTR-15."""
    call.ok(f"POST {METERS}/{meter['id']}/deactivate")
    heir = call.ok(f"POST {METERS}", **SOUND | {"event_name": "api_calls"})
    answer = call(f"POST {METERS}/{meter['id']}/reactivate")
    assert answer.status == 400
    assert "An active meter already exists for event name 'api_calls'" in answer.message
    call.ok(f"POST {METERS}/{heir['id']}/deactivate")
    call.ok(f"POST {METERS}/{meter['id']}/reactivate")


def test_usage_from_before_stays(call: Any, meter: Any, customer: Any, send: Any, start: int) -> None:
    """MTR-11 MTR-12: only new events are refused."""
    send(customer["id"], 5, at=start)
    call.ok(f"POST {METERS}/{meter['id']}/deactivate")
    refused = send(customer["id"], 5, at=start)
    assert refused.message == 'No active meter found for event name "api_calls".'
    rows = call.ok(
        f"GET {METERS}/{meter['id']}/event_summaries",
        customer=customer["id"],
        start_time=start,
        end_time=start + 60,
    )["data"]
    assert [row["aggregated_value"] for row in rows] == [5]


def test_lists_by_status(call: Any, meter: Any) -> None:
    """MTR-01"""
    other = call.ok(f"POST {METERS}", **SOUND)["id"]
    call.ok(f"POST {METERS}/{meter['id']}/deactivate")

    def listed(**filters: str) -> list[str]:
        return [row["id"] for row in call.ok(f"GET {METERS}", **filters)["data"]]

    assert listed() == [other, meter["id"]]
    assert listed(status="active") == [other]
    assert listed(status="inactive") == [meter["id"]]
    assert call(f"GET {METERS}", status="gone").error["param"] == "status"


@pytest.mark.parametrize("line", ["GET {}", "POST {}", "POST {}/deactivate", "POST {}/reactivate"])
def test_an_unknown_meter(call: Any, line: str) -> None:
    """MTR-17"""
    answer = call(line.format(f"{METERS}/mtr_none"))
    assert (answer.status, answer.error["code"]) == (404, "resource_missing")
