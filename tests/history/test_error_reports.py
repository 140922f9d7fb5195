"""What becomes of streamed events: told by reports, by sample or by number, or not told at all."""

from __future__ import annotations

from typing import Any

import pytest

from harness.history.facts import Usage

Tell = Any


def usages(tell: Tell) -> list[Usage]:
    return list(tell.facts().usages)


def codes(tell: Tell) -> list[Any]:
    return [None if usage.accepted else (usage.refusal or {}).get("code") for usage in usages(tell)]


def test_an_event_that_a_report_names_was_refused(tell: Tell) -> None:
    tell.cast()
    tell.stream({"identifier": "a"}, {"identifier": "b"} | {"value": "five"})
    shown = tell.error_report("meter_event_invalid_value", "b", count=1)
    tell.error_report("meter_event_invalid_value", "b", count=1)
    first, second = usages(tell)
    assert (first.accepted, first.refused_by, first.streamed) == (True, None, True)
    assert (second.accepted, second.refused_by) == (False, shown)
    assert second.refusal == {"code": "meter_event_invalid_value", "message": "meter_event_invalid_value!"}


def test_events_beyond_the_samples_are_known_by_their_flaw_if_the_number_agrees(tell: Tell) -> None:
    """MTR-93."""
    tell.cast()
    flawed = [{"identifier": f"bad-{number}"} | {"value": "five"} for number in range(4)]
    tell.stream({"identifier": "good"}, *flawed)
    tell.error_report("meter_event_invalid_value", "bad-0", "bad-1", count=4)
    assert codes(tell) == [None] + ["meter_event_invalid_value"] * 4


def test_a_number_that_does_not_agree_blames_nobody_unnamed(tell: Tell) -> None:
    tell.cast()
    flawed = [{"identifier": f"bad-{number}"} | {"value": "five"} for number in range(4)]
    tell.stream(*flawed)
    tell.error_report("meter_event_invalid_value", "bad-0", count=3)
    assert codes(tell) == ["meter_event_invalid_value", None, None, None]


@pytest.mark.parametrize(
    ("code", "change"),
    [
        ("meter_event_no_customer_defined", {"payload": {"value": "5"}}),
        ("meter_event_value_not_found", {"payload": {"stripe_customer_id": "cus_acme"}}),
        ("meter_event_invalid_value", {"value": "five"}),
        ("meter_event_value_too_many_digits", {"value": "1234567890123456"}),
        ("timestamp_in_future", {"stamp": 1_767_225_600 + 301}),
        ("timestamp_too_far_in_past", {"stamp": 1_767_225_600 - 35 * 86_400 - 1}),
    ],
)
def test_each_flaw_is_told_from_what_was_sent(tell: Tell, code: str, change: dict[str, Any]) -> None:
    """MTR-96."""
    tell.cast()
    tell.stream({}, change, {"stamp": 1_767_225_600 + 300})
    tell.error_report(code, count=1)
    assert codes(tell) == [None, code, None]


def test_an_event_outside_the_reports_window_is_not_meant(tell: Tell) -> None:
    """MTR-95."""
    tell.cast()
    tell.stream({"value": "five"})
    tell.at("2026-01-01", wall=120)
    tell.error_report("meter_event_invalid_value", count=1)
    assert codes(tell) == [None]


def test_a_duplicate_in_a_stream_is_dropped_without_a_word(tell: Tell) -> None:
    """MTR-78."""
    tell.cast().report(1, identifier="a")
    tell.stream({"identifier": "a"}, {"identifier": "b"}, {"identifier": "b"}, {})
    assert [usage.accepted for usage in usages(tell)] == [True, False, True, False, True]


def test_after_a_day_an_identifier_counts_again(tell: Tell) -> None:
    """MTR-76."""
    tell.cast().report(1, identifier="a")
    tell.at("2026-01-02", wall=86_400)
    tell.stream({"identifier": "a"})
    assert [usage.accepted for usage in usages(tell)] == [True, True]


def test_a_list_of_thin_events_has_no_data_and_tells_nothing(tell: Tell) -> None:
    """MTR-92."""
    tell.cast()
    tell.stream({"value": "five"})
    notice = {"id": "evt_1", "type": "v1.billing.meter.error_report_triggered"}
    tell.call("GET", "/v2/core/events", {"data": [notice]})
    assert codes(tell) == [None]


def test_a_streamed_event_without_a_timestamp_counts_now(tell: Tell) -> None:
    """MTR-58, UNK-08."""
    tell.cast()
    tell.stream({})
    [usage] = usages(tell)
    assert (usage.stamp, usage.stamped) == (tell.clock, False)


def test_a_batch_that_was_refused_whole_tells_why(tell: Tell) -> None:
    """MTR-107."""
    tell.cast()
    tell.stream({}, {}, status=401)
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


@pytest.mark.parametrize(
    ("apart", "blamed"),
    [
        pytest.param((0,), 1, id="inside the window"),
        pytest.param((30,), 1, id="the sender's clock is ahead"),
        pytest.param((-30,), 1, id="the sender's clock is behind"),
        pytest.param((90,), 0, id="too far away to be meant"),
        pytest.param((0, 30), 1, id="what lies inside is meant first"),
        pytest.param((30, 40), 0, id="two could be meant"),
    ],
)
def test_clocks_of_sender_and_stripe_may_differ_a_little(
    tell: Tell, apart: tuple[int, ...], blamed: int
) -> None:
    """MTR-95: windows are told in Stripe's wall time."""
    tell.cast()
    begins = tell.wall
    for seconds in apart:
        tell.wall = begins + seconds
        tell.stream({"value": "five"})
    tell.wall = begins
    tell.error_report("meter_event_invalid_value", count=1)
    assert [code for code in codes(tell) if code] == ["meter_event_invalid_value"] * blamed
