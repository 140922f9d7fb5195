"""Meter events, v1: what is accepted, what is refused, in which words and in which order."""

from __future__ import annotations

from typing import Any

import pytest

from harness.simulator.faults import afflict

EVENTS = "/v1/billing/meter_events"
DAY = 86_400
REACH = 35 * DAY


def total(call: Any, meter: Any, customer: Any, start: int) -> int | float | None:
    rows = call.ok(
        f"GET /v1/billing/meters/{meter['id']}/event_summaries",
        customer=customer["id"],
        start_time=start - 40 * DAY,
        end_time=start + 40 * DAY,
    )["data"]
    return rows[0]["aggregated_value"] if rows else None


def test_the_answer_echoes_the_event(customer: Any, meter: Any, send: Any, start: int) -> None:
    """MTR-36 MTR-37 MTR-40: no id; own keys are kept."""
    payload = {"stripe_customer_id": customer["id"], "value": "25", "region": "eu"}
    answer = send(customer["id"], 25, at=start - 60, identifier="abc", payload=payload)
    assert answer.body == {
        "object": "billing.meter_event",
        "created": start,
        "event_name": "api_calls",
        "identifier": "abc",
        "livemode": False,
        "payload": payload,
        "timestamp": start - 60,
    }


def test_identifiers_are_generated(customer: Any, meter: Any, send: Any) -> None:
    """MTR-36"""
    first, second = send(customer["id"], 1), send(customer["id"], 1)
    assert first["identifier"]
    assert first["identifier"] != second["identifier"]


@pytest.mark.parametrize(
    "line",
    [
        "GET /v1/billing/meter_events",
        "GET /v1/billing/meter_events/abc",
        "DELETE /v1/billing/meter_events/abc",
    ],
)
def test_events_cannot_be_read_back(call: Any, line: str) -> None:
    """MTR-37"""
    assert call(line).status == 404


def test_no_event_is_announced(call: Any, customer: Any, meter: Any, send: Any) -> None:
    """MTR-19"""
    before = len(call.world.events)
    send(customer["id"], 1)
    assert len(call.world.events) == before


@pytest.mark.parametrize(
    ("written", "counted"),
    [
        ("5", 5),
        ("0", 0),
        ("-3", -3),
        ("1.5", 1.5),
        ("-0.25", -0.25),
        ("007", 7),
        ("2.50", 2.5),
        ("123456789012345", 123456789012345),
        ("0.000000000000001", 1e-15),
    ],
)
def test_values_that_count(
    call: Any, customer: Any, meter: Any, send: Any, start: int, written: str, counted: float
) -> None:
    """MTR-38 MTR-44 MTR-45 MTR-46 MTR-47 MTR-49 CON-08 CON-09"""
    assert send(customer["id"], written).status == 200
    assert total(call, meter, customer, start) == counted


@pytest.mark.parametrize(
    "written",
    ["1e3", "+5", ".5", " 5 ", "5.", "1,000", "0x10", "NaN", "Infinity", "", "five", "٣", "1_0", "--1"],
)
def test_values_that_do_not(call: Any, customer: Any, meter: Any, send: Any, written: str) -> None:
    """MTR-48 MTR-66: assumed, and in one place."""
    answer = send(customer["id"], written)
    assert (answer.status, answer.error["type"]) == (400, "invalid_request_error")
    assert "code" not in answer.error
    assert len(call.world.usage) == 0


@pytest.mark.parametrize(
    ("version", "written", "status"),
    [
        ("2026-03-25.dahlia", "1234567890123456", 200),
        ("2026-04-22.dahlia", "1234567890123456", 400),
        ("2026-10-28.endive", "1234567890123456", 400),
        ("2026-10-28.endive", "123456789012345", 200),
        ("2026-10-28.endive", "-123456789012345", 200),
        ("2026-10-28.endive", "12345678.9012345", 200),
        ("2026-10-28.endive", "12345678.90123456", 400),
        ("2026-10-28.endive", "0000123456789012345", 200),
        ("2026-10-28.endive", "0.00000123456789012345", 200),
        ("2026-10-28.endive", "1000000000000000", 400),
        ("2026-10-28.endive", "9" * 80, 400),
        ("2026-10-28.endive", "0." + "3" * 80, 400),
    ],
)
def test_fifteen_digits_by_version(
    call: Any, customer: Any, meter: Any, version: str, written: str, status: int
) -> None:
    """MTR-47 MTR-48 MTR-67 VER-19: sign, point and leading zeros aside."""
    answer = call(
        f"POST {EVENTS}",
        {"stripe-version": version},
        event_name="api_calls",
        payload={"stripe_customer_id": customer["id"], "value": written},
    )
    assert answer.status == status
    if status == 400:
        expected = f"The value in the event payload can have at most 15 digits. Received {written}."
        assert answer.message == expected


class TestTimestamps:
    @pytest.mark.parametrize(
        ("offset", "words"),
        [
            (-REACH, None),
            (-REACH - 1, "The event timestamp cannot be more than 35 days in past."),
            (0, None),
            (300, None),
            (301, "The event timestamp cannot be in future."),
            (1_000_000_000_000, "The event timestamp cannot be in future."),
        ],
    )
    def test_on_wall_time(
        self, call: Any, meter: Any, send: Any, start: int, offset: int, words: str | None
    ) -> None:
        """MTR-50 MTR-51 MTR-52 MTR-53 MTR-68"""
        customer = call.ok("POST /v1/customers")
        answer = send(customer["id"], 1, at=start + offset)
        assert answer.status == (200 if words is None else 400)
        if words:
            assert answer.message.startswith(words)

    @pytest.mark.parametrize("ahead", [-400 * DAY, 400 * DAY])
    @pytest.mark.parametrize(
        ("offset", "accepted"), [(-REACH, True), (-REACH - 1, False), (300, True), (301, False)]
    )
    def test_on_the_customers_clock(
        self, call: Any, meter: Any, send: Any, start: int, ahead: int, offset: int, accepted: bool
    ) -> None:
        """MTR-55 MTR-56 MTR-57 MTR-59 CON-12: both bounds move with the clock, ahead or behind."""
        clock = call.ok("POST /v1/test_helpers/test_clocks", frozen_time=start + ahead)["id"]
        customer = call.ok("POST /v1/customers", test_clock=clock)["id"]
        assert (send(customer, 1, at=start + ahead + offset).status == 200) == accepted

    def test_the_bound_is_printed(self, customer: Any, meter: Any, send: Any, start: int) -> None:
        """MTR-50 MTR-59"""
        old = send(customer["id"], 1, at=start - REACH - 1)
        assert old.message.endswith(f"Expected a timestamp greater than or equal to {start - REACH}.")
        new = send(customer["id"], 1, at=start + 301)
        assert new.message.endswith(f"Expected a timestamp less than or equal to {start + 300}.")

    def test_none_means_the_customers_now(self, call: Any, meter: Any, send: Any, start: int) -> None:
        """MTR-36 MTR-58 CLK-58 CON-11: frozen time on a clock, wall time without."""
        clock = call.ok("POST /v1/test_helpers/test_clocks", frozen_time=start + 90 * DAY)["id"]
        clocked = call.ok("POST /v1/customers", test_clock=clock)["id"]
        plain = call.ok("POST /v1/customers")["id"]
        assert send(clocked, 1)["timestamp"] == start + 90 * DAY
        assert send(plain, 1)["timestamp"] == start

    def test_created_is_wall_time(self, call: Any, meter: Any, send: Any, start: int) -> None:
        """CLK-59"""
        clock = call.ok("POST /v1/test_helpers/test_clocks", frozen_time=start + 90 * DAY)["id"]
        clocked = call.ok("POST /v1/customers", test_clock=clock)["id"]
        call.world.sleep(11)
        assert send(clocked, 1)["created"] == start + 11

    @pytest.mark.parametrize("written", ["2026-01-01T00:00:00Z", "soon", "1.5", "1767225600.0"])
    def test_v1_wants_whole_seconds(self, customer: Any, meter: Any, send: Any, written: str) -> None:
        """MTR-54"""
        answer = send(customer["id"], 1, timestamp=written)
        assert (answer.error["code"], answer.error["param"]) == ("parameter_invalid_integer", "timestamp")


class TestOwnKeys:
    @pytest.fixture
    def meter(self, call: Any) -> Any:
        return call.ok(
            "POST /v1/billing/meters",
            display_name="Own",
            event_name="api_calls",
            default_aggregation={"formula": "sum"},
            customer_mapping={"type": "by_id", "event_payload_key": "who"},
            value_settings={"event_payload_key": "many"},
        )

    def test_they_are_read(self, call: Any, customer: Any, meter: Any, send: Any, start: int) -> None:
        """MTR-06 MTR-07 MTR-39"""
        assert send("", 0, payload={"who": customer["id"], "many": "4", "value": "9"}).status == 200
        assert total(call, meter, customer, start) == 4

    def test_the_default_keys_mean_nothing_then(self, customer: Any, meter: Any, send: Any) -> None:
        """MTR-63"""
        assert send(customer["id"], 5).message == "Customer mapping key who not found in payload."


@pytest.mark.parametrize(
    ("change", "status", "message"),
    [
        ({"event_name": "nothing"}, 400, 'No active meter found for event name "nothing".'),
        ({"payload": {"value": "1"}}, 400, "Customer mapping key stripe_customer_id not found in payload."),
        ({"payload": {"stripe_customer_id": "cus_none", "value": "1"}}, 400, "No such customer: 'cus_none'"),
        ({"payload": {"stripe_customer_id": "sub_123", "value": "1"}}, 400, "No such customer: 'sub_123'"),
        ({"payload": {"stripe_customer_id": "", "value": "1"}}, 400, "No such customer: ''"),
        ({"event_name": None}, 400, None),
        ({"event_name": "x" * 101}, 400, None),
        ({"identifier": "x" * 101}, 400, None),
        ({"payload": "5"}, 400, "Invalid object"),
        ({"payload": {"stripe_customer_id": {"id": "cus"}}}, 400, None),
        ({"colour": "red"}, 400, "Received unknown parameter: colour"),
    ],
)
def test_refusals(
    call: Any, customer: Any, meter: Any, send: Any, change: dict[str, Any], status: int, message: str | None
) -> None:
    """MTR-36 MTR-39 MTR-41 MTR-42 MTR-43 MTR-60 MTR-63 MTR-64 MTR-71 CON-04 CON-05"""
    answer = send(customer["id"], 1, **change)
    assert (answer.status, answer.error["type"]) == (status, "invalid_request_error")
    if message is not None:
        assert answer.message == message
    assert len(call.world.usage) == 0


@pytest.mark.parametrize("missing", ["event_name", "payload"])
def test_what_an_event_must_have(call: Any, missing: str) -> None:
    """MTR-71"""
    params = {"event_name": "api_calls", "payload": {"value": "1"}}
    del params[missing]
    answer = call(f"POST {EVENTS}", **params)
    assert (answer.error["code"], answer.error["param"]) == ("parameter_missing", missing)


def test_a_missing_value(customer: Any, meter: Any, send: Any) -> None:
    """MTR-39 MTR-65"""
    answer = send(customer["id"], 0, payload={"stripe_customer_id": customer["id"]})
    assert (answer.status, answer.message) == (400, "Value key value not found in payload.")


def test_counting_meters_ignore_the_value(call: Any, customer: Any, send: Any, start: int) -> None:
    """MTR-21 MTR-22: it may be missing or anything."""
    meter = call.ok(
        "POST /v1/billing/meters",
        display_name="Count",
        event_name="api_calls",
        default_aggregation={"formula": "count"},
    )
    for payload in ({}, {"value": "900"}, {"value": "five"}):
        assert (
            send(customer["id"], 0, payload={"stripe_customer_id": customer["id"], **payload}).status == 200
        )
    assert total(call, meter, customer, start) == 3


def test_the_order_of_checks(call: Any, meter: Any, send: Any, customer: Any, start: int) -> None:
    """MTR-73: each thing mended uncovers the next refusal."""
    send(customer["id"], 1, identifier="taken")
    bad: dict[str, Any] = {
        "event_name": "nothing",
        "payload": {"value": "five"},
        "timestamp": start - 40 * DAY,
        "identifier": "taken",
        "colour": "red",
    }
    cures: list[tuple[str, dict[str, Any]]] = [
        ("unknown parameter", {}),
        ("No active meter", {"event_name": "api_calls"}),
        ("Customer mapping key", {"payload": {"value": "five", "stripe_customer_id": "cus_none"}}),
        ("No such customer", {"payload": {"value": "five", "stripe_customer_id": customer["id"]}}),
        ("must be a number", {"payload": {"value": "5", "stripe_customer_id": customer["id"]}}),
        ("35 days in past", {"timestamp": start}),
        ("already exists with identifier", {"identifier": "fresh"}),
    ]
    for words, cure in cures:
        answer = call(f"POST {EVENTS}", **bad)
        assert words in answer.message
        bad = {key: value for key, value in bad.items() if key != "colour"} | cure
    assert call(f"POST {EVENTS}", **bad).status == 200


class TestIdentifiers:
    def test_a_repeated_one_is_refused_not_dropped(
        self, call: Any, customer: Any, meter: Any, send: Any, start: int
    ) -> None:
        """MTR-62 MTR-75 MTR-77 CON-06: no code; the sum stays single."""
        assert send(customer["id"], 5, identifier="a").status == 200
        answer = send(customer["id"], 5, identifier="a")
        assert (answer.status, answer.message) == (400, "An event already exists with identifier a.")
        assert "code" not in answer.error
        assert total(call, meter, customer, start) == 5

    @pytest.mark.parametrize(("slept", "status"), [(0, 400), (DAY - 1, 400), (DAY, 200), (DAY + 1, 200)])
    def test_for_a_day_of_wall_time(
        self, call: Any, customer: Any, meter: Any, send: Any, slept: int, status: int
    ) -> None:
        """MTR-76 CON-07"""
        send(customer["id"], 5, identifier="a")
        call.world.sleep(slept)
        assert send(customer["id"], 5, identifier="a").status == status

    def test_the_window_ignores_test_clocks(
        self, customer: Any, meter: Any, send: Any, advance: Any, start: int
    ) -> None:
        """MTR-80: a month later on the clock it is still a duplicate."""
        send(customer["id"], 5, identifier="a")
        advance(customer["test_clock"], start + 31 * DAY)
        assert send(customer["id"], 5, identifier="a").status == 400

    def test_the_scope_is_the_event_name(self, call: Any, customer: Any, meter: Any, send: Any) -> None:
        """MTR-79: assumed; another customer's event meets it, another meter's doesn't."""
        other = call.ok("POST /v1/customers")["id"]
        call.ok(
            "POST /v1/billing/meters",
            display_name="Other",
            event_name="other",
            default_aggregation={"formula": "sum"},
        )
        send(customer["id"], 5, identifier="a")
        assert send(other, 5, identifier="a").status == 400
        assert send(customer["id"], 5, identifier="a", event_name="other").status == 200

    def test_an_idempotency_key_comes_first(self, call: Any, customer: Any, meter: Any, start: int) -> None:
        """MTR-74 MTR-82 PRO-08 PRO-09 PRO-10: the same key replays, another meets the identifier."""
        params = {
            "event_name": "api_calls",
            "identifier": "a",
            "payload": {"stripe_customer_id": customer["id"], "value": "5"},
        }
        first = call(f"POST {EVENTS}", {"idempotency-key": "k1"}, **params)
        again = call(f"POST {EVENTS}", {"idempotency-key": "k1"}, **params)
        assert again.body == first.body
        assert again.headers["Idempotent-Replayed"] == "true"
        assert "Idempotent-Replayed" not in first.headers
        assert call(f"POST {EVENTS}", {"idempotency-key": "k2"}, **params).status == 400
        changed = call(f"POST {EVENTS}", {"idempotency-key": "k1"}, **params | {"identifier": "b"})
        assert (changed.status, changed.error["type"]) == (400, "idempotency_error")
        assert total(call, meter, customer, start) == 5


class TestAdjustments:
    PATH = "POST /v1/billing/meter_event_adjustments"

    def cancel(self, call: Any, identifier: str = "a", event_name: str = "api_calls") -> Any:
        return call(self.PATH, event_name=event_name, type="cancel", cancel={"identifier": identifier})

    def test_a_cancelled_event_drops_out(
        self, call: Any, customer: Any, meter: Any, send: Any, start: int
    ) -> None:
        """MTR-113 MTR-114 MTR-116: no id; pending in the answer, effective at once."""
        send(customer["id"], 5, identifier="a")
        send(customer["id"], 7, identifier="b")
        answer = self.cancel(call)
        assert answer.body == {
            "object": "billing.meter_event_adjustment",
            "cancel": {"identifier": "a"},
            "event_name": "api_calls",
            "livemode": False,
            "status": "pending",
            "type": "cancel",
        }
        assert total(call, meter, customer, start) == 7

    @pytest.mark.parametrize(("slept", "status"), [(0, 200), (DAY - 1, 200), (DAY, 400)])
    def test_within_a_day_of_receipt(
        self, call: Any, customer: Any, meter: Any, send: Any, slept: int, status: int
    ) -> None:
        """MTR-115: wall time since receipt, not the event's own time."""
        send(customer["id"], 5, identifier="a")
        call.world.sleep(slept)
        assert self.cancel(call).status == status

    def test_on_a_clock_every_event_of_the_run_qualifies(
        self, call: Any, customer: Any, meter: Any, send: Any, advance: Any, start: int
    ) -> None:
        """MTR-115"""
        send(customer["id"], 5, identifier="a", at=start - 30 * DAY)
        advance(customer["test_clock"], start + 60 * DAY)
        assert self.cancel(call).status == 200

    def test_while_aggregation_stands_still_nothing_else_comes_in_sight(
        self, call: Any, customer: Any, meter: Any, send: Any, start: int
    ) -> None:
        """MTR-87 MTR-116"""
        send(customer["id"], 5, identifier="seen")
        call.world.sleep(120)
        afflict(call.world, "aggregation_stuck", 600)
        send(customer["id"], 7, identifier="a")
        send(customer["id"], 9, identifier="b")
        call.world.sleep(120)
        assert self.cancel(call).status == 200
        assert total(call, meter, customer, start) == 5
        call.world.sleep(600)
        assert total(call, meter, customer, start) == 14

    def test_twice_changes_nothing_more(
        self, call: Any, customer: Any, meter: Any, send: Any, start: int
    ) -> None:
        """MTR-117: assumed to be answered alike."""
        send(customer["id"], 5, identifier="a")
        send(customer["id"], 7)
        assert self.cancel(call).status == self.cancel(call).status == 200
        assert total(call, meter, customer, start) == 7

    def test_an_unknown_identifier(self, call: Any, customer: Any, meter: Any, send: Any) -> None:
        """MTR-79 MTR-117: identifiers belong to their event name."""
        send(customer["id"], 5, identifier="a")
        for answer in (self.cancel(call, "b"), self.cancel(call, "a", "other")):
            assert (answer.status, answer.error["code"]) == (400, "resource_missing")

    def test_a_cancelled_identifier_stays_taken(
        self, call: Any, customer: Any, meter: Any, send: Any
    ) -> None:
        """MTR-81: assumed."""
        send(customer["id"], 5, identifier="a")
        self.cancel(call)
        assert send(customer["id"], 5, identifier="a").status == 400

    def test_before_it_is_aggregated(self, new_caller: Any) -> None:
        """MTR-116"""
        call = new_caller(lag_seconds=(60, 60))
        start = call.world.wall
        meter = call.ok(
            "POST /v1/billing/meters",
            display_name="x",
            event_name="api_calls",
            default_aggregation={"formula": "sum"},
        )
        customer = call.ok("POST /v1/customers")
        for identifier in ("a", "b"):
            call.ok(
                f"POST {EVENTS}",
                event_name="api_calls",
                identifier=identifier,
                payload={"stripe_customer_id": customer["id"], "value": "5"},
            )
        assert self.cancel(call).status == 200
        call.world.sleep(60)
        assert total(call, meter, customer, start) == 5

    @pytest.mark.parametrize(
        ("params", "param"),
        [
            ({"type": "cancel", "cancel": {"identifier": "a"}}, "event_name"),
            ({"event_name": "api_calls", "cancel": {"identifier": "a"}}, "type"),
            ({"event_name": "api_calls", "type": "cancel"}, "cancel[identifier]"),
            ({"event_name": "api_calls", "type": "cancel_range"}, "type"),
            ({"event_name": "api_calls", "type": "cancel", "cancel": {"ids": "a"}}, "cancel[ids]"),
        ],
    )
    def test_refusals(self, call: Any, params: dict[str, Any], param: str) -> None:
        """MTR-113"""
        answer = call(self.PATH, **params)
        assert (answer.status, answer.error["param"]) == (400, param)


def test_negative_events_correct_a_sum(call: Any, customer: Any, meter: Any, send: Any, start: int) -> None:
    """MTR-118: also beyond the day in which a cancel is possible; not clamped here."""
    send(customer["id"], 5)
    call.world.sleep(3 * DAY)
    send(customer["id"], -8)
    assert total(call, meter, customer, start) == -3


def test_meter_events_are_one_customers(call: Any, customer: Any, meter: Any, send: Any, start: int) -> None:
    """MTR-112"""
    other = call.ok("POST /v1/customers")
    send(customer["id"], 5)
    send(other["id"], 7)
    assert [total(call, meter, each, start) for each in (customer, other)] == [5, 7]


class TestLag:
    def test_an_event_counts_once_it_is_aggregated(self, new_caller: Any) -> None:
        """MTR-87 MTR-88 MTR-131: a 200 is a promise; reads find the event after the lag, in wall time."""
        call = new_caller(lag_seconds=(54, 54))
        meter = call.ok(
            "POST /v1/billing/meters",
            display_name="x",
            event_name="api_calls",
            default_aggregation={"formula": "sum"},
        )
        customer = call.ok("POST /v1/customers")
        start = call.world.wall
        call.ok(
            f"POST {EVENTS}",
            event_name="api_calls",
            payload={"stripe_customer_id": customer["id"], "value": "5"},
        )
        seen = []
        for slept in (0, 53, 1):
            call.world.sleep(slept)
            seen.append(total(call, meter, customer, start))
        assert seen == [None, None, 5]

    def test_a_test_clock_does_not_hurry_it(self, new_caller: Any) -> None:
        """MTR-89: a month on the clock is no time at all on the wall."""
        call = new_caller(lag_seconds=(54, 54), clock_polls=0)
        start = call.world.wall
        meter = call.ok(
            "POST /v1/billing/meters",
            display_name="x",
            event_name="api_calls",
            default_aggregation={"formula": "sum"},
        )
        clock = call.ok("POST /v1/test_helpers/test_clocks", frozen_time=start)["id"]
        customer = call.ok("POST /v1/customers", test_clock=clock)
        call.ok(
            f"POST {EVENTS}",
            event_name="api_calls",
            payload={"stripe_customer_id": customer["id"], "value": "5"},
        )
        call.ok(f"POST /v1/test_helpers/test_clocks/{clock}/advance", frozen_time=start + 30 * DAY)
        assert total(call, meter, customer, start) is None

    def test_it_is_drawn_between_its_bounds_and_repeats(self, new_caller: Any) -> None:
        """MTR-88: lifelike, yet the same with the same seed."""

        def lags(seed: int) -> list[int]:
            call = new_caller(lag_seconds=(20, 90), seed=seed)
            customer = call.ok("POST /v1/customers")["id"]
            call.ok(
                "POST /v1/billing/meters",
                display_name="x",
                event_name="api_calls",
                default_aggregation={"formula": "sum"},
            )
            for number in range(40):
                call.ok(
                    f"POST {EVENTS}",
                    event_name="api_calls",
                    identifier=str(number),
                    payload={"stripe_customer_id": customer, "value": "5"},
                )
            receipts = [call.world.usage.receipt("api_calls", str(number)) for number in range(40)]
            return [each.aggregated_at - each.received_at for each in receipts]

        drawn = lags(1)
        assert drawn == lags(1)
        assert drawn != lags(2)
        assert 20 <= min(drawn) < max(drawn) <= 90
