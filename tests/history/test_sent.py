"""Meter events as they go over the wire, in each of the ways that Stripe takes them."""

from __future__ import annotations

import json
from typing import Any

import pytest

from harness.history.sent import EVENTS, STREAM, V2_EVENTS, SentEvent, cancellation_in, events_in, seconds_of

EVENT = SentEvent("calls", {"stripe_customer_id": "cus_1", "value": "40"}, "one", 1_767_225_600)
IN_JSON = {
    "event_name": "calls",
    "identifier": "one",
    "payload": {"stripe_customer_id": "cus_1", "value": "40"},
    "timestamp": "2026-01-01T00:00:00Z",
}


def body(value: Any) -> dict[str, str]:
    return {"(json)": json.dumps(value)}


def test_v1_is_a_form() -> None:
    form = {"event_name": "calls", "identifier": "one", "timestamp": "1767225600"}
    payload = {"payload[stripe_customer_id]": "cus_1", "payload[value]": "40"}
    assert events_in(EVENTS, form | payload) == (EVENT,)


def test_v2_is_json_and_a_stream_is_a_batch_of_it() -> None:
    assert events_in(V2_EVENTS, body(IN_JSON)) == (EVENT,)
    assert events_in(STREAM, body({"events": [IN_JSON, IN_JSON]})) == (EVENT, EVENT)


@pytest.mark.parametrize("sent", [{}, {"(json)": "{"}, body([]), body({"events": 5}), body({"events": []})])
def test_a_body_that_stripe_refuses_carries_nothing(sent: dict[str, str]) -> None:
    assert events_in(STREAM, sent) == ()


def test_members_that_are_missing_or_of_another_kind_are_borne_with() -> None:
    odd = {"payload": {"value": 5}, "timestamp": "soon"}
    assert events_in(V2_EVENTS, body(odd)) == (SentEvent("", {"value": "5"}, None, None),)
    assert events_in(STREAM, body({"events": [7]})) == (SentEvent("", {}, None, None),)


def test_another_path_carries_no_events() -> None:
    assert events_in("/v1/customers", {"event_name": "calls"}) == ()


@pytest.mark.parametrize(
    ("written", "seconds"),
    [
        ("2026-01-01T00:00:00.999Z", 1_767_225_600),
        ("2026-01-01T01:00:00+01:00", 1_767_225_600),
        ("1767225600", 1_767_225_600),
        (1_767_225_600, 1_767_225_600),
        ("1969-12-31T23:59:58.5Z", -2),
        ("soon", None),
        (None, None),
    ],
)
def test_instants_are_whole_seconds(written: Any, seconds: int | None) -> None:
    """MTR-104."""
    assert seconds_of(written) == seconds


@pytest.mark.parametrize(
    "params",
    [
        {"event_name": "calls", "type": "cancel", "cancel[identifier]": "one"},
        body({"event_name": "calls", "type": "cancel", "cancel": {"identifier": "one"}}),
    ],
)
def test_a_cancellation_names_an_event(params: dict[str, str]) -> None:
    """MTR-113, MTR-103."""
    assert cancellation_in(params) == ("calls", "one")


@pytest.mark.parametrize("params", [{}, {"(json)": "["}, body({"cancel": None})])
def test_a_cancellation_without_its_names_names_nothing(params: dict[str, str]) -> None:
    assert cancellation_in(params) == ("", "")
