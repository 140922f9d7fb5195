"""Trouble on demand, and the lifelike profile."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

import pytest
import stripe

from harness.simulator.faults import Fault, Faults
from harness.simulator.served.profiles import LIFELIKE

CLOCKS = "/v1/test_helpers/test_clocks"


def meet(hand: Any, *rules: Fault, seed: int = 0, key: str = "sk_test_a") -> Any:
    account = hand.accounts.of({"authorization": f"Bearer {key}"})
    account.faults = Faults(rules, seed)
    return account


@pytest.mark.parametrize(
    ("kind", "status", "code"),
    [("rate_limited", 429, "rate_limit"), ("conflict", 409, "lock_timeout"), ("error", 500, None)],
)
def test_a_refusal_does_nothing_and_happens_once(
    new_hand: Callable[..., Any], kind: str, status: int, code: str | None
) -> None:
    hand = new_hand()
    meet(hand, Fault(kind, on="POST /v1/customers"))
    refused = hand.call("POST /v1/customers", "name=Ada")
    assert (refused.status, json.loads(refused.body)["error"].get("code")) == (status, code)
    assert json.loads(hand.call("GET /v1/customers").body)["data"] == []
    assert hand.call("POST /v1/customers", "name=Ada").status == 200


def test_a_conflict_of_v2_events_has_a_code_of_its_own(new_hand: Callable[..., Any]) -> None:
    """MTR-69"""
    hand = new_hand()
    meet(hand, Fault("conflict"))
    refused = hand.call("POST /v2/billing/meter_events", "{}")
    code = json.loads(refused.body)["error"]["code"]
    assert (refused.status, code) == (409, "too_many_concurrent_requests")


@pytest.mark.parametrize(
    ("rule", "struck"),
    [
        (Fault("error"), "x....."),
        (Fault("error", times=2), "xx...."),
        (Fault("error", after=2), "..x..."),
        (Fault("error", times=None), "xxxxxx"),
        (Fault("error", after=1, times=3), ".xxx.."),
        (Fault("error", on="GET *"), "......"),
        (Fault("error", on="POST /v1/cust*", times=None), "xxxxxx"),
        (Fault("error", percent=0, times=None), "......"),
    ],
)
def test_a_rule_says_what_it_strikes_and_when(rule: Fault, struck: str) -> None:
    faults = Faults([rule])
    hits = [faults.strike(["error"], "POST /v1/customers") for _ in range(6)]
    assert "".join("x" if hit else "." for hit in hits) == struck


def test_chance_comes_from_the_seed() -> None:
    def pattern(seed: int) -> list[bool]:
        faults = Faults([Fault("error", percent=50, times=None)], seed)
        return [faults.strike(["error"], "x") is not None for _ in range(200)]

    assert pattern(1) == pattern(1)
    assert pattern(1) != pattern(2)
    assert 70 < sum(pattern(1)) < 130


def test_a_lost_answer_was_done_and_the_sdk_s_retry_is_a_replay(server: Any) -> None:
    key = "sk_test_lost"
    server.control("POST faults", key, faults=[{"kind": "lost_answer", "on": "POST /v1/customers"}])
    client = server.client(key, max_network_retries=2)
    made = client.v1.customers.create({"name": "Ada"})
    assert [each.id for each in client.v1.customers.list().data] == [made.id]
    assert server.control("GET faults", key)["faults"][0]["struck"] == 1


def test_a_reset_connection_is_one_to_the_client(server: Any) -> None:
    key = "sk_test_reset"
    server.control("POST faults", key, faults=[{"kind": "reset", "times": None}])
    with pytest.raises(stripe.APIConnectionError):
        server.client(key, max_network_retries=0).v1.customers.create({"name": "Ada"})
    server.control("POST faults", key, faults=[])
    assert server.client(key).v1.customers.list().data == []


def test_a_slow_answer_keeps_nobody_else_waiting(server: Any) -> None:
    server.control("POST faults", "sk_test_slow", faults=[{"kind": "slow", "seconds": 1}])
    assert server.call("GET /v1/customers", "sk_test_slow").elapsed.total_seconds() >= 1
    assert server.call("GET /v1/customers", "sk_test_other").elapsed.total_seconds() < 0.5


def test_aggregation_can_stand_still(new_hand: Callable[..., Any]) -> None:
    hand = new_hand()
    hand.call("POST /v1/billing/meters", "display_name=C&event_name=calls&default_aggregation[formula]=sum")
    hand.call("POST /v1/customers")
    event = "event_name=calls&payload[stripe_customer_id]=cus_sim000001&payload[value]=5"
    now = int(hand.real)
    summary = "/v1/billing/meters/mtr_test_sim000001/event_summaries?customer=cus_sim000001"
    summary += f"&start_time={now - 60}&end_time={now + 60}"
    hand.call("POST /v1/billing/meter_events", event)
    hand.real += 5
    meet(hand, Fault("aggregation_stuck", on="POST /v1/billing/meter_events", seconds=30))
    hand.call("POST /v1/billing/meter_events", event)
    seen = []
    for _ in range(4):
        seen.append(json.loads(hand.call(f"GET {summary}").body)["data"][0]["aggregated_value"])
        hand.real += 10
    assert seen == [5, 5, 5, 10]


def test_an_advance_can_fail_for_good(new_hand: Callable[..., Any]) -> None:
    hand = new_hand()
    now = int(hand.real)
    clock = json.loads(hand.call(f"POST {CLOCKS}", f"frozen_time={now}").body)["id"]
    meet(hand, Fault("clock_failure", on=f"POST {CLOCKS}/*/advance"))
    hand.call(f"POST {CLOCKS}/{clock}/advance", f"frozen_time={now + 60}")
    assert json.loads(hand.call(f"GET {CLOCKS}/{clock}").body)["status"] == "internal_failure"
    events = json.loads(hand.call("GET /v1/events").body)["data"]
    assert events[0]["type"] == "test_helpers.test_clock.internal_failure"


def test_a_fault_of_the_world_outlives_a_restart(new_hand: Callable[..., Any], tmp_path: Any) -> None:
    first = new_hand(state=tmp_path / "state")
    now = int(first.real)
    clock = json.loads(first.call(f"POST {CLOCKS}", f"frozen_time={now}").body)["id"]
    meet(first, Fault("clock_failure"))
    first.call(f"POST {CLOCKS}/{clock}/advance", f"frozen_time={now + 60}")
    first.journal.close()
    second = new_hand(state=tmp_path / "state")
    assert json.loads(second.call(f"GET {CLOCKS}/{clock}").body)["status"] == "internal_failure"


def test_lifelike_takes_25_requests_a_second(new_hand: Callable[..., Any]) -> None:
    hand = new_hand(LIFELIKE)
    statuses = [hand.call("GET /v1/customers").status for _ in range(30)]
    assert statuses == [200] * 25 + [429] * 5
    hand.real += 1
    assert hand.call("GET /v1/customers").status == 200


def test_lifelike_lists_run_behind_and_lookups_do_not(new_hand: Callable[..., Any]) -> None:
    hand = new_hand(LIFELIKE)
    made = json.loads(hand.call("POST /v1/customers", "name=Ada").body)["id"]
    assert hand.call(f"GET /v1/customers/{made}").status == 200
    assert json.loads(hand.call("GET /v1/customers").body)["data"] == []
    hand.real += 2
    assert len(json.loads(hand.call("GET /v1/customers").body)["data"]) == 1


def test_a_lifelike_advance_takes_seconds_and_locks(new_hand: Callable[..., Any]) -> None:
    hand = new_hand(LIFELIKE)
    now = int(hand.real)
    clock = json.loads(hand.call(f"POST {CLOCKS}", f"frozen_time={now}").body)["id"]
    hand.call(f"POST {CLOCKS}/{clock}/advance", f"frozen_time={now + 60}")
    shown = []
    for _ in range(10):
        shown.append(json.loads(hand.call(f"GET {CLOCKS}/{clock}").body)["status"])
        hand.real += 1
    took = shown.index("ready")
    assert 3 <= took <= 8
    assert shown == ["advancing"] * took + ["ready"] * (10 - took)


def test_lifelike_usage_shows_after_about_a_minute_and_speed_shortens_it(
    start_server: Callable[..., Any],
) -> None:
    server = start_server("--profile", "lifelike", "--speed", "60")
    try:
        client = server.client()
        meter = client.v1.billing.meters.create(
            {"display_name": "Calls", "event_name": "calls", "default_aggregation": {"formula": "sum"}}
        )
        customer = client.v1.customers.create({})
        at = client.v1.billing.meter_events.create(
            {"event_name": "calls", "payload": {"stripe_customer_id": customer.id, "value": "3"}}
        ).timestamp
        window = {"customer": customer.id, "start_time": at // 60 * 60, "end_time": at // 60 * 60 + 60}
        began = time.monotonic()  # noqa: TID251  # how long it really takes is the claim
        while not client.v1.billing.meters.event_summaries.list(meter.id, window).data:
            assert time.monotonic() - began < 5  # noqa: TID251
            time.sleep(0.1)  # noqa: TID251
        assert 0.6 < time.monotonic() - began < 2.5  # noqa: TID251
    finally:
        server.stop()
