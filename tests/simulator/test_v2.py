"""The v2 API: meter events in JSON, the stream and its sessions, adjustments, error reports."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
import stripe

from harness.simulator.app import Request, handle
from harness.simulator.world import World

EVENTS = "POST /v2/billing/meter_events"
STREAM = "/v2/billing/meter_event_stream"
DAY = 86_400


def payload(customer: str, value: str = "5") -> dict[str, str]:
    return {"stripe_customer_id": customer, "value": value}


def total(call: Any, meter: Any, customer: Any, start: int) -> Any:
    span = {"start_time": start - 40 * DAY, "end_time": start + 40 * DAY}
    path = f"GET /v1/billing/meters/{meter['id']}/event_summaries"
    rows = call.ok(path, customer=customer["id"], **span)["data"]
    return rows[0]["aggregated_value"] if rows else None


KINDS = ["v1.billing.meter.error_report_triggered", "v1.billing.meter.no_meter_found"]
REPORTS = f"GET /v2/core/events?types[0]={KINDS[0]}&types[1]={KINDS[1]}"


class TestEvents:
    def test_the_answer(self, call: Any, meter: Any, customer: Any, start: int) -> None:
        """MTR-100 MTR-104: instants as RFC 3339."""
        sent = {"event_name": "api_calls", "identifier": "a", "payload": payload(customer["id"])}
        body = call.ok(EVENTS, **sent, timestamp="2025-12-31T23:59:00.500Z")
        assert body == {
            "object": "v2.billing.meter_event",
            "created": "2026-01-01T00:00:00.000Z",
            "event_name": "api_calls",
            "identifier": "a",
            "livemode": False,
            "payload": payload(customer["id"]),
            "timestamp": "2025-12-31T23:59:00.000Z",
        }
        assert total(call, meter, customer, start) == 5

    @pytest.mark.parametrize(
        ("written", "offset"),
        [
            ("2026-01-01T00:00:00Z", 0),
            ("2026-01-01T01:00:00+01:00", 0),
            ("2025-12-31T23:59:59.999Z", -1),
            ("2026-01-01T00:00:59.999999Z", 59),
            ("2026-01-01T00:00:59.999999999Z", 59),
            ("2026-01-01t00:00:00z", 0),
        ],
    )
    def test_instants(
        self, call: Any, meter: Any, customer: Any, start: int, written: str, offset: int
    ) -> None:
        """MTR-104: whole seconds, whatever the zone."""
        call.ok(
            EVENTS, event_name="api_calls", identifier="a", payload=payload(customer["id"]), timestamp=written
        )
        assert call.world.usage.receipt("api_calls", "a").at == start + offset

    @pytest.mark.parametrize(
        "written",
        [
            *(1_767_225_600, "1767225600", "soon", "2026-01-01T00:00:00", "", None, {}),
            *("2026-W01-4T00:00:00Z", "20260101T000000Z", "2026-01-01T00Z", "2026-02-30T00:00:00Z"),
        ],
    )
    def test_what_is_no_instant(self, call: Any, meter: Any, customer: Any, written: Any) -> None:
        """MTR-104"""
        answer = call(EVENTS, event_name="api_calls", payload=payload(customer["id"]), timestamp=written)
        assert (answer.status, answer.error["param"]) == (400, "timestamp")

    @pytest.mark.parametrize(
        ("change", "code"),
        [
            ({"event_name": "nothing"}, "no_meter"),
            ({"payload": {"value": "5"}}, "payload_no_customer_defined"),
            ({"payload": {"stripe_customer_id": "CUSTOMER"}}, "payload_no_value_defined"),
            ({"payload": {"stripe_customer_id": "CUSTOMER", "value": "five"}}, "payload_invalid_value"),
            ({"payload": {"stripe_customer_id": "cus_none", "value": "5"}}, "meter_event_customer_not_found"),
            ({"timestamp": "2025-11-26T23:59:59Z"}, "timestamp_too_far_in_past"),
            ({"timestamp": "2026-01-01T00:05:01Z"}, "timestamp_in_future"),
            ({"identifier": "taken"}, "duplicate_meter_event"),
            (
                {"payload": {"stripe_customer_id": "CUSTOMER", "value": "1234567890123456"}},
                "meter_event_value_too_many_digits",
            ),
            ({"payload": {"stripe_customer_id": "CUSTOMER", "value": 5}}, None),
            ({"payload": {"stripe_customer_id": "CUSTOMER", "value": 5.5}}, None),
            ({"payload": None}, None),
            ({"event_name": 5}, None),
        ],
    )
    def test_refusals_carry_codes(
        self, call: Any, meter: Any, customer: Any, change: dict[str, Any], code: str | None
    ) -> None:
        """MTR-43 MTR-60 MTR-62 MTR-63 MTR-65 MTR-66 MTR-67 MTR-107 CON-04: at once; values are strings."""
        call.ok(EVENTS, event_name="api_calls", identifier="taken", payload=payload(customer["id"]))
        sound = {"event_name": "api_calls", "identifier": "b", "payload": payload(customer["id"])}
        text = json.dumps(sound | change).replace("CUSTOMER", customer["id"])
        answer = call(EVENTS, **json.loads(text))
        assert answer.status == 400
        assert answer.error.get("code") == code
        assert len(call.world.usage) == 1

    def test_an_archived_meter(self, call: Any, meter: Any, customer: Any) -> None:
        """MTR-61"""
        call.ok(f"POST /v1/billing/meters/{meter['id']}/deactivate")
        answer = call(EVENTS, event_name="api_calls", payload=payload(customer["id"]))
        assert answer.error["code"] == "archived_meter"

    def test_identifiers_are_shared_with_v1(self, call: Any, meter: Any, customer: Any, send: Any) -> None:
        """MTR-75 MTR-79"""
        send(customer["id"], 5, identifier="a")
        answer = call(EVENTS, event_name="api_calls", identifier="a", payload=payload(customer["id"]))
        assert answer.error["code"] == "duplicate_meter_event"

    def test_the_version_and_the_content_type(self, call: Any, meter: Any, customer: Any) -> None:
        """MTR-106"""
        event = {"event_name": "api_calls", "payload": payload(customer["id"])}
        assert call(EVENTS, {"stripe-version": "2024-06-20"}, **event).status == 400
        assert call(EVENTS, {"content-type": "application/x-www-form-urlencoded"}, **event).status == 400
        assert call(EVENTS, {"stripe-version": "2024-09-30.acacia"}, **event).status == 200

    @pytest.mark.parametrize(
        "body",
        ["", "[]", "5", "{", '{"a": NaN}', "[" * 100_000, '{"a":' * 50_000, '{"a": 1' + "0" * 5_000 + "}"],
    )
    def test_bodies_that_are_no_event(self, world: World, body: str) -> None:
        headers = {"authorization": "Bearer sk_test_x", "content-type": "application/json"}
        assert handle(world, Request("POST", "/v2/billing/meter_events", headers, body)).status == 400

    def test_through_the_sdk(
        self, client: stripe.StripeClient, meter: Any, customer: Any, call: Any, start: int
    ) -> None:
        """PRO-29"""
        event = client.v2.billing.meter_events.create(
            {"event_name": "api_calls", "payload": payload(customer["id"], "2.5")}
        )
        assert isinstance(event, stripe.v2.billing.MeterEvent)
        assert total(call, meter, customer, start) == 2.5
        with pytest.raises(stripe.InvalidRequestError) as caught:
            client.v2.billing.meter_events.create({"event_name": "nothing", "payload": {}})
        assert caught.value.code == "no_meter"


@pytest.fixture
def session(call: Any) -> dict[str, Any]:
    return call.ok("POST /v2/billing/meter_event_session")


@pytest.fixture
def stream(call: Any, session: dict[str, Any]) -> Callable[..., Any]:
    """Send events through the stream."""

    def go(*events: dict[str, Any]) -> Any:
        return call(
            f"POST {STREAM}",
            {"authorization": f"Bearer {session['authentication_token']}"},
            events=list(events),
        )

    return go


class TestSessions:
    def test_a_session_lasts_fifteen_minutes(self, call: Any, session: dict[str, Any], stream: Any) -> None:
        """MTR-101 MTR-105"""
        assert session == {
            "id": session["id"],
            "object": "v2.billing.meter_event_session",
            "authentication_token": session["authentication_token"],
            "created": "2026-01-01T00:00:00.000Z",
            "expires_at": "2026-01-01T00:15:00.000Z",
            "livemode": False,
        }
        call.world.sleep(15 * 60 - 1)
        assert stream().status == 200
        call.world.sleep(1)
        expired = stream()
        assert expired.status == 401
        assert expired.error["code"] == "billing_meter_event_session_expired"

    @pytest.mark.parametrize("key", ["sk_test_x", "token_none"])
    def test_the_stream_takes_tokens_only(self, call: Any, key: str) -> None:
        """MTR-102 MTR-107 CON-14"""
        assert call(f"POST {STREAM}", {"authorization": f"Bearer {key}"}, events=[]).status == 401

    def test_tokens_open_nothing_else(self, call: Any, session: dict[str, Any]) -> None:
        key = {"authorization": f"Bearer {session['authentication_token']}"}
        assert call("GET /v1/customers", key).status == 401

    def test_each_has_a_token_of_its_own(self, call: Any) -> None:
        tokens = {call.ok("POST /v2/billing/meter_event_session")["authentication_token"] for _ in range(3)}
        assert len(tokens) == 3


class TestStream:
    def test_a_hundred_at_once(self, call: Any, meter: Any, customer: Any, stream: Any, start: int) -> None:
        """MTR-86 MTR-102 MTR-108: answered with nothing, with test keys too."""
        event = {"event_name": "api_calls", "payload": payload(customer["id"], "1")}
        assert stream(*[event] * 100).body == {}
        assert total(call, meter, customer, start) == 100
        too_many = stream(*[event] * 101)
        assert (too_many.status, too_many.error["param"]) == (400, "events")
        assert total(call, meter, customer, start) == 100

    def test_what_is_wrong_is_not_said(
        self, call: Any, meter: Any, customer: Any, stream: Any, start: int
    ) -> None:
        """MTR-43 MTR-98 MTR-102: 200 for anything that has the shape of an event."""
        wrong = {"event_name": "nothing", "payload": {"value": "x"}}
        right = {"event_name": "api_calls", "payload": payload(customer["id"])}
        assert stream(wrong, right, wrong).status == 200
        assert total(call, meter, customer, start) == 5

    @pytest.mark.parametrize(
        "wrong", [{}, {"event_name": "x"}, {"event_name": "x", "payload": {"v": 5}}, 5, None]
    )
    def test_what_is_no_event_is_refused(self, stream: Any, wrong: Any) -> None:
        assert stream(wrong).status == 400

    def test_duplicates_are_dropped_silently(
        self, call: Any, meter: Any, customer: Any, stream: Any, start: int
    ) -> None:
        """MTR-78: assumed"""
        event = {"event_name": "api_calls", "identifier": "a", "payload": payload(customer["id"])}
        stream(event, event)
        stream(event)
        call.world.sleep(60)
        assert total(call, meter, customer, start) == 5
        assert call.ok(REPORTS)["data"] == []

    def test_through_the_sdk(
        self, transport: Any, client: stripe.StripeClient, meter: Any, customer: Any, call: Any, start: int
    ) -> None:
        """PRO-28 PRO-30: a second client with the token, for its own host; expiry has an error of its own."""
        token = client.v2.billing.meter_event_session.create().authentication_token
        streaming = stripe.StripeClient(token, http_client=transport)
        event: Any = {"event_name": "api_calls", "payload": payload(customer["id"])}
        streaming.v2.billing.meter_event_stream.create({"events": [event]})
        assert total(call, meter, customer, start) == 5
        call.world.sleep(15 * 60)
        with pytest.raises(stripe.TemporarySessionExpiredError) as caught:
            streaming.v2.billing.meter_event_stream.create({"events": [event]})
        assert caught.value.http_status == 401


class TestReports:
    @pytest.fixture
    def faulty(self, call: Any, meter: Any, customer: Any, stream: Any) -> None:
        """Faults of every kind, in two windows of ten seconds."""
        who = customer["id"]
        call.ok(
            "POST /v1/billing/meters",
            display_name="Old",
            event_name="old",
            default_aggregation={"formula": "sum"},
        )
        call.ok("POST /v1/billing/meters/mtr_test_sim000002/deactivate")
        stream(
            {"event_name": "api_calls", "identifier": "i1", "payload": {"value": "5"}},
            {"event_name": "api_calls", "identifier": "i2", "payload": {"value": "5"}},
            {"event_name": "api_calls", "identifier": "i3", "payload": payload("cus_none")},
            {"event_name": "api_calls", "identifier": "i4", "payload": payload(who, "five")},
            {"event_name": "api_calls", "identifier": "i5", "payload": payload(who, "1234567890123456")},
            {"event_name": "api_calls", "identifier": "i6", "payload": {"stripe_customer_id": who}},
            {"event_name": "api_calls", "payload": payload(who), "timestamp": "2020-01-01T00:00:00Z"},
            {"event_name": "api_calls", "payload": payload(who), "timestamp": "2030-01-01T00:00:00Z"},
            {"event_name": "old", "identifier": "i7", "payload": payload(who)},
            {"event_name": "never", "identifier": "i8", "payload": {"value": "5"}},
        )
        call.world.sleep(10)
        stream({"event_name": "never", "identifier": "i9", "payload": {"value": "5"}})

    def test_they_come_after_their_window(self, call: Any, faulty: None) -> None:
        """MTR-95: ten seconds for each meter, and two more."""
        assert call.ok(REPORTS)["data"] == []
        call.world.sleep(2)
        first = call.ok(REPORTS)["data"]
        assert [row["type"] for row in first] == [
            "v1.billing.meter.no_meter_found",
            "v1.billing.meter.error_report_triggered",
            "v1.billing.meter.error_report_triggered",
        ]
        call.world.sleep(10)
        assert len(call.ok(REPORTS)["data"]) == 4

    def test_a_notice(self, call: Any, faulty: None, meter: Any) -> None:
        """MTR-90 MTR-91 MTR-92: without data; related to the meter, or to nothing."""
        call.world.sleep(2)
        unknown, _, known = call.ok(REPORTS)["data"]
        assert known == {
            "id": known["id"],
            "object": "v2.core.event",
            "changes": None,
            "context": None,
            "created": "2026-01-01T00:00:12.000Z",
            "livemode": False,
            "reason": None,
            "related_object": {
                "id": meter["id"],
                "type": "billing.meter",
                "url": f"/v1/billing/meters/{meter['id']}",
            },
            "snapshot_event": None,
            "type": "v1.billing.meter.error_report_triggered",
        }
        assert "related_object" not in unknown

    def test_the_data(self, call: Any, faulty: None) -> None:
        """MTR-93 MTR-94 MTR-96 MTR-97 CON-15 CON-16"""
        call.world.sleep(2)
        known = call.ok(REPORTS)["data"][2]
        data = call.ok(f"GET /v2/core/events/{known['id']}")["data"]
        assert data["developer_message_summary"] == "There are 8 invalid events"
        assert data["validation_start"] == "2026-01-01T00:00:00.000Z"
        assert data["validation_end"] == "2026-01-01T00:00:10.000Z"
        assert data["reason"]["error_count"] == 8
        counts = {row["code"]: row["error_count"] for row in data["reason"]["error_types"]}
        assert counts == {
            "meter_event_no_customer_defined": 2,
            "meter_event_customer_not_found": 1,
            "meter_event_invalid_value": 1,
            "meter_event_value_too_many_digits": 1,
            "meter_event_value_not_found": 1,
            "timestamp_too_far_in_past": 1,
            "timestamp_in_future": 1,
        }
        first = data["reason"]["error_types"][0]["sample_errors"]
        assert first == [
            {
                "error_message": "Customer mapping key stripe_customer_id not found in payload.",
                "request": {"identifier": identifier},
            }
            for identifier in ("i1", "i2")
        ]

    def test_no_meter(self, call: Any, faulty: None) -> None:
        """MTR-96 MTR-97: only no_meter_found says no_meter; a stopped meter has a report of its own."""
        call.world.sleep(2)
        unknown, archived, _ = call.ok(REPORTS)["data"]
        data = call.ok(f"GET /v2/core/events/{unknown['id']}")["data"]
        assert data["developer_message_summary"] == "There is 1 invalid event"
        kind = data["reason"]["error_types"][0]
        assert kind["code"] == "no_meter"
        assert kind["sample_errors"][0]["error_message"] == "No meter was found matching event_name never."
        data = call.ok(f"GET /v2/core/events/{archived['id']}")["data"]
        assert [row["code"] for row in data["reason"]["error_types"]] == ["archived_meter"]

    def test_filters_and_pages(self, call: Any, faulty: None, meter: Any) -> None:
        call.world.sleep(30)
        line = "GET /v2/core/events"

        def kinds(**query: Any) -> int:
            return len(call.ok(line, **({"types": KINDS} | query))["data"])

        assert kinds(types=["v1.billing.meter.no_meter_found"]) == 2
        assert kinds(object_id=meter["id"]) == 1
        assert kinds(created={"gt": "2026-01-01T00:00:12Z"}) == 1
        first = call.ok(line, limit=3, types=["v1.billing.meter.no_meter_found"])
        assert first["next_page_url"] is None
        first = call.ok(line, limit=3, types=KINDS)
        second = call.ok(f"GET {first['next_page_url']}")
        assert ([len(page["data"]) for page in (first, second)], second["next_page_url"]) == ([3, 1], None)
        assert call.ok(f"GET {second['previous_page_url']}") == first
        assert call(line, page="x").status == 400
        assert call(line, limit=0).status == 400

    def test_classic_events_know_nothing_of_it(self, call: Any, faulty: None) -> None:
        """MTR-91"""
        call.world.sleep(60)
        assert call.ok("GET /v1/events", type="v1.billing.*")["data"] == []

    def test_an_unknown_event(self, call: Any) -> None:
        assert call("GET /v2/core/events/evt_none").status == 404

    def test_through_the_sdk(self, client: stripe.StripeClient, call: Any, faulty: None, meter: Any) -> None:
        """PRO-25 PRO-29: typed events, auto-paging, the related object."""
        call.world.sleep(30)
        events = list(client.v2.core.events.list({"limit": 1, "types": KINDS}).auto_paging_iter())
        assert len(events) == 4
        found = client.v2.core.events.retrieve(events[-1].id)
        assert isinstance(found, stripe.events.V1BillingMeterErrorReportTriggeredEvent)
        assert found.data.reason.error_count == 8
        assert found.fetch_related_object().id == meter["id"]


class TestTwins:
    """MTR-19: thin events beside the classic ones of a meter."""

    def test_each_change_of_a_meter_has_one(self, call: Any, client: stripe.StripeClient, meter: Any) -> None:
        path = f"POST /v1/billing/meters/{meter['id']}"
        call.ok(path, display_name="Calls of the API")
        call.ok(path, display_name="Calls of the API")
        call.ok(f"{path}/deactivate")
        call.ok(f"{path}/reactivate")
        classic = call.ok("GET /v1/events", type="billing.meter.*")["data"]
        thin = client.v2.core.events.list({"object_id": meter["id"]}).data
        assert [each.type for each in thin] == [f"v1.{event['type']}" for event in classic]
        assert [each.type.rpartition(".")[2] for each in thin] == [
            "reactivated",
            "deactivated",
            "updated",
            "created",
        ]
        assert [each.snapshot_event for each in thin] == [event["id"] for event in classic]
        found = client.v2.core.events.retrieve(thin[0].id)
        assert isinstance(found, stripe.events.V1BillingMeterReactivatedEvent)
        assert found.fetch_related_object().id == meter["id"]

    def test_a_thin_destination_gets_it(self, new_caller: Any) -> None:
        """PRO-18"""
        call = new_caller(webhooks="local")
        call.ok(
            "POST /v2/core/event_destinations",
            name="Meters",
            type="webhook_endpoint",
            event_payload="thin",
            enabled_events=["v1.billing.meter.created"],
            webhook_endpoint={"url": "http://127.0.0.1:1/hook"},
        )
        call.ok(
            "POST /v1/billing/meters",
            display_name="Seats",
            event_name="seats",
            default_aggregation={"formula": "last"},
        )
        (delivery,) = call.world.deliveries.values()
        assert delivery.type == "v1.billing.meter.created"
        assert delivery.event in call.world.thin_events


class TestAdjustments:
    LINE = "POST /v2/billing/meter_event_adjustments"

    def test_a_cancel(self, call: Any, meter: Any, customer: Any, send: Any, start: int) -> None:
        """MTR-14 MTR-103 MTR-114: with id and created, unlike v1."""
        send(customer["id"], 5, identifier="a")
        body = call.ok(self.LINE, event_name="api_calls", type="cancel", cancel={"identifier": "a"})
        assert body == {
            "id": body["id"],
            "object": "v2.billing.meter_event_adjustment",
            "cancel": {"identifier": "a"},
            "created": "2026-01-01T00:00:00.000Z",
            "event_name": "api_calls",
            "livemode": False,
            "status": "pending",
            "type": "cancel",
        }
        assert body["id"].startswith("mtr_event_adj_")
        assert total(call, meter, customer, start) is None

    @pytest.mark.parametrize(
        ("change", "code"),
        [
            ({"type": "other"}, "invalid_cancel_configuration"),
            ({"cancel": {}}, "invalid_cancel_configuration"),
            ({"cancel": {"identifier": "none"}}, "resource_missing"),
            ({"cancel": None}, None),
        ],
    )
    def test_refusals(self, call: Any, change: dict[str, Any], code: str | None) -> None:
        """MTR-107 MTR-117"""
        sound = {"event_name": "api_calls", "type": "cancel", "cancel": {"identifier": "a"}}
        answer = call(self.LINE, **sound | change)
        assert (answer.status, answer.error.get("code")) == (400, code)
