"""What becomes of streamed events: told by reports, by sample or by number, or not told at all."""

from __future__ import annotations

import json
from typing import Any

import pytest

from harness.history import entries as kinds
from harness.history.facts import Usage

Tell = Any
STREAM = "/v2/billing/meter_event_stream"


def stream(tell: Tell, *events: dict[str, Any], status: int = 200) -> None:
    """A batch; each event is acme's 5 api_calls unless it says otherwise."""
    payload = {"stripe_customer_id": "cus_acme", "value": "5"}
    batch = [{"event_name": "api_calls", "payload": payload} | event for event in events]
    answer = {} if status < 400 else {"error": {"code": "billing_meter_event_session_expired"}}
    call = tell.call("POST", STREAM, answer, {"(json)": json.dumps({"events": batch})}, status)
    for place, event in enumerate(batch):
        tell.history.append(
            kinds.UsageReported,
            label=f"e{place}",
            call=call,
            line=7,
            meter="api_calls",
            event_name=event["event_name"],
            customer="acme",
            value=event["payload"].get("value"),
            stamp=event.get("stamp"),
            identifier=event.get("identifier"),
            accepted=status < 400,
            place=place,
        )


def report(tell: Tell, code: str, count: int, *named: str, seconds: int = 10) -> int:
    samples = [{"error_message": f"{code}!", "request": {"identifier": name}} for name in named]
    groups = [{"code": code, "error_count": count, "sample_errors": samples}]
    event = {
        "object": "v2.core.event",
        "id": f"evt_{code}",
        "type": "v1.billing.meter.error_report_triggered",
        "related_object": {"id": "mtr_api_calls"},
        "data": {
            "reason": {"error_count": count, "error_types": groups},
            "validation_start": str(tell.wall),
            "validation_end": str(tell.wall + seconds),
        },
    }
    return int(tell.call("GET", f"/v2/core/events/{event['id']}", event))


def usages(tell: Tell) -> list[Usage]:
    return list(tell.facts().usages)


def codes(tell: Tell) -> list[Any]:
    return [None if usage.accepted else (usage.refusal or {}).get("code") for usage in usages(tell)]


def value(text: str) -> dict[str, Any]:
    return {"payload": {"stripe_customer_id": "cus_acme", "value": text}}


def test_an_event_that_a_report_names_was_refused(tell: Tell) -> None:
    tell.cast()
    stream(tell, {"identifier": "a"}, {"identifier": "b"} | value("five"))
    shown = report(tell, "meter_event_invalid_value", 1, "b")
    report(tell, "meter_event_invalid_value", 1, "b")
    first, second = usages(tell)
    assert (first.accepted, first.refused_by, first.streamed) == (True, None, True)
    assert (second.accepted, second.refused_by) == (False, shown)
    assert second.refusal == {"code": "meter_event_invalid_value", "message": "meter_event_invalid_value!"}


def test_events_beyond_the_samples_are_known_by_their_flaw_if_the_number_agrees(tell: Tell) -> None:
    """MTR-93."""
    tell.cast()
    flawed = [{"identifier": f"bad-{number}"} | value("five") for number in range(4)]
    stream(tell, {"identifier": "good"}, *flawed)
    report(tell, "meter_event_invalid_value", 4, "bad-0", "bad-1")
    assert codes(tell) == [None] + ["meter_event_invalid_value"] * 4


def test_a_number_that_does_not_agree_blames_nobody_unnamed(tell: Tell) -> None:
    tell.cast()
    flawed = [{"identifier": f"bad-{number}"} | value("five") for number in range(4)]
    stream(tell, *flawed)
    report(tell, "meter_event_invalid_value", 3, "bad-0")
    assert codes(tell) == ["meter_event_invalid_value", None, None, None]


@pytest.mark.parametrize(
    ("code", "change"),
    [
        ("meter_event_no_customer_defined", {"payload": {"value": "5"}}),
        ("meter_event_value_not_found", {"payload": {"stripe_customer_id": "cus_acme"}}),
        ("meter_event_invalid_value", value("five")),
        ("meter_event_value_too_many_digits", value("1234567890123456")),
        ("timestamp_in_future", {"stamp": 1_767_225_600 + 301}),
        ("timestamp_too_far_in_past", {"stamp": 1_767_225_600 - 35 * 86_400 - 1}),
    ],
)
def test_each_flaw_is_told_from_what_was_sent(tell: Tell, code: str, change: dict[str, Any]) -> None:
    """MTR-96."""
    tell.cast()
    stream(tell, {}, change, {"stamp": 1_767_225_600 + 300})
    report(tell, code, 1)
    assert codes(tell) == [None, code, None]


def test_an_event_outside_the_reports_window_is_not_meant(tell: Tell) -> None:
    """MTR-95."""
    tell.cast()
    stream(tell, value("five"))
    tell.at("2026-01-01", wall=60)
    report(tell, "meter_event_invalid_value", 1)
    assert codes(tell) == [None]


def test_a_duplicate_in_a_stream_is_dropped_without_a_word(tell: Tell) -> None:
    """MTR-78."""
    tell.cast().report(1, identifier="a")
    stream(tell, {"identifier": "a"}, {"identifier": "b"}, {"identifier": "b"}, {})
    assert [usage.accepted for usage in usages(tell)] == [True, False, True, False, True]


def test_after_a_day_an_identifier_counts_again(tell: Tell) -> None:
    """MTR-76."""
    tell.cast().report(1, identifier="a")
    tell.at("2026-01-02", wall=86_400)
    stream(tell, {"identifier": "a"})
    assert [usage.accepted for usage in usages(tell)] == [True, True]


def test_a_list_of_thin_events_has_no_data_and_tells_nothing(tell: Tell) -> None:
    """MTR-92."""
    tell.cast()
    stream(tell, value("five"))
    notice = {"id": "evt_1", "type": "v1.billing.meter.error_report_triggered"}
    tell.call("GET", "/v2/core/events", {"data": [notice]})
    assert codes(tell) == [None]


def test_a_streamed_event_without_a_timestamp_counts_now(tell: Tell) -> None:
    """MTR-58, UNK-08."""
    tell.cast()
    stream(tell, {})
    [usage] = usages(tell)
    assert (usage.stamp, usage.stamped) == (tell.clock, False)


def test_a_batch_that_was_refused_whole_tells_why(tell: Tell) -> None:
    """MTR-107."""
    tell.cast()
    stream(tell, {}, {}, status=401)
    assert codes(tell) == ["billing_meter_event_session_expired"] * 2


def test_what_was_turned_away_and_then_taken_was_reported_once(tell: Tell) -> None:
    tell.cast().report(5, identifier="a", error="slow down", status=429)
    tell.report(5, identifier="b", error="slow down", status=409)
    tell.report(5, identifier="c", error="wrong", status=400)
    tell.report(5, identifier="a")
    tell.report(5, identifier="c")
    assert [(usage.identifier, usage.accepted) for usage in usages(tell)] == [
        ("b", False),
        ("c", False),
        ("a", True),
        ("c", True),
    ]
