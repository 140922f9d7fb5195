"""What is turned away unrun: a key still in use, requests beyond the rate, usage beside other usage."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

import pytest
import stripe

from harness.simulator.faults import Fault, Faults
from harness.simulator.served import operations
from harness.simulator.served.profiles import CALM, LIFELIKE

SLOW = {"kind": "slow", "on": "POST /v1/customers", "seconds": 2}


def strike(hand: Any, *rules: Fault, key: str = "sk_test_a") -> None:
    hand.accounts.of({"authorization": f"Bearer {key}"}).faults = Faults(rules)


def error(answer: Any) -> dict[str, Any]:
    return json.loads(answer.body)["error"]


class TestAKeyInUse:
    """PRO-11: a key whose first request isn't answered yet."""

    def test_the_second_is_turned_away_and_the_sdk_s_retry_gets_the_replay(self, server: Any) -> None:
        """PRO-08 PRO-11 PRO-32: over HTTP, with two real clients."""
        account = "sk_test_in_use"
        server.control("POST faults", account, faults=[SLOW])
        options: Any = {"idempotency_key": "one-and-only"}
        made: list[str] = []
        begun = threading.Event()

        def first() -> None:
            begun.set()
            client = server.client(account, max_network_retries=0)
            made.append(client.v1.customers.create({"name": "Ada"}, options).id)

        sender = threading.Thread(target=first)
        sender.start()
        begun.wait()
        while not server.control("GET faults", account)["faults"][0]["struck"]:
            pass
        with pytest.raises(stripe.APIError) as caught:
            server.client(account, max_network_retries=0).v1.customers.create({"name": "Ada"}, options)
        assert caught.value.http_status == 409
        assert caught.value.error.code == "idempotency_key_in_use"
        assert caught.value.error.type == "idempotency_error"
        patient = server.client(account, max_network_retries=5)
        again = patient.v1.customers.create({"name": "Ada"}, options)
        sender.join()
        assert made == [again.id]
        assert again.last_response.headers["Idempotent-Replayed"] == "true"
        assert [each.id for each in patient.v1.customers.list().data] == [again.id]

    @pytest.mark.parametrize(
        ("seconds", "status", "replayed"),
        [(0, 409, None), (4, 409, None), (5, 200, "true"), (90_000, 200, None)],
    )
    def test_until_the_first_is_answered(
        self, new_hand: Callable[..., Any], seconds: int, status: int, replayed: str | None
    ) -> None:
        """PRO-11: then its answer is replayed for a day (PRO-08)."""
        hand = new_hand()
        strike(hand, Fault("slow", seconds=5))
        hand.call("POST /v1/customers", "name=Ada", idempotency_key="k")
        hand.real += seconds
        again = hand.call("POST /v1/customers", "name=Ada", idempotency_key="k")
        assert (again.status, again.headers.get("Idempotent-Replayed")) == (status, replayed)
        assert again.headers["Idempotency-Key"] == "k"
        assert again.headers["Request-Id"].startswith("req_")

    def test_whatever_the_second_asks_for(self, new_hand: Callable[..., Any]) -> None:
        """PRO-10 comes into it only once there is an answer to compare with."""
        hand = new_hand()
        strike(hand, Fault("slow", seconds=5))
        hand.call("POST /v1/customers", "name=Ada", idempotency_key="k")
        assert hand.call("POST /v1/products", "name=Tea", idempotency_key="k").status == 409
        hand.real += 5
        assert error(hand.call("POST /v1/products", "name=Tea", idempotency_key="k"))["type"] == (
            "idempotency_error"
        )

    def test_no_one_else_is_kept_waiting(self, new_hand: Callable[..., Any]) -> None:
        """Other keys, reads, and the same key of another account."""
        hand = new_hand()
        strike(hand, Fault("slow", seconds=5))
        hand.call("POST /v1/customers", "name=Ada", idempotency_key="k")
        assert hand.call("POST /v1/customers", "name=Eve", idempotency_key="l").status == 200
        assert hand.call("GET /v1/customers", idempotency_key="k").status == 200
        assert hand.call("POST /v1/customers", "name=Bob", key="sk_test_b", idempotency_key="k").status == 200


class TestWhatAKeyKeeps:
    """PRO-08: the answer of what was executed, and of nothing else."""

    @pytest.mark.parametrize(("kind", "status"), [("rate_limited", 429), ("conflict", 409), ("error", 500)])
    def test_what_was_turned_away_before_it_ran_is_not_kept(
        self, new_hand: Callable[..., Any], kind: str, status: int
    ) -> None:
        hand = new_hand()
        strike(hand, Fault(kind))
        asked = ("POST /v1/customers", "name=Ada")
        assert hand.call(*asked, idempotency_key="k").status == status
        again = hand.call(*asked, idempotency_key="k")
        assert (again.status, again.headers.get("Idempotent-Replayed")) == (200, None)

    def test_a_500_of_what_ran_is_kept(
        self, new_hand: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Nobody knows what it did, so it must not be done twice."""
        hand = new_hand()

        def fail(*_: Any) -> None:
            raise RuntimeError

        with monkeypatch.context() as broken:
            broken.setattr(operations, "handle", fail)
            first = hand.call("POST /v1/customers", "name=Ada", idempotency_key="k")
        again = hand.call("POST /v1/customers", "name=Ada", idempotency_key="k")
        assert (first.status, again.status) == (500, 500)
        assert (again.body, again.headers["Idempotent-Replayed"]) == (first.body, "true")
        assert json.loads(hand.call("GET /v1/customers").body)["data"] == []

    def test_a_key_is_its_account_s_own(self, new_hand: Callable[..., Any]) -> None:
        hand = new_hand()
        made = [
            hand.call("POST /v1/customers", f"name={name}", key=key, idempotency_key="k")
            for name, key in (("Ada", "sk_test_a"), ("Eve", "sk_test_b"))
        ]
        assert [json.loads(each.body)["name"] for each in made] == ["Ada", "Eve"]


class TestTheRate:
    """LIV-01 MTR-70: so many requests in a second of wall time."""

    def test_what_is_over_it_is_told_why(self, new_hand: Callable[..., Any]) -> None:
        """LIV-41 PRO-05 PRO-33: nothing asks the SDK to try again."""
        hand = new_hand(replace(CALM, requests_per_second=2))
        answers = [hand.call("POST /v1/customers", idempotency_key=str(each)) for each in range(3)]
        assert [each.status for each in answers] == [200, 200, 429]
        assert error(answers[2])["code"] == "rate_limit"
        assert answers[2].headers["Stripe-Rate-Limited-Reason"] == "global-rate"
        assert "Stripe-Should-Retry" not in answers[2].headers
        hand.real += 1
        again = hand.call("POST /v1/customers", idempotency_key="2")
        assert (again.status, again.headers.get("Idempotent-Replayed")) == (200, None)

    def test_usage_and_the_stream_share_it_in_test_mode(self, new_hand: Callable[..., Any]) -> None:
        """MTR-84 LIV-02: 25 a second for all of them together, unlike in live mode."""
        hand = new_hand(replace(LIFELIKE, list_lag_seconds=0))
        hand.call(
            "POST /v1/billing/meters", "display_name=C&event_name=calls&default_aggregation[formula]=sum"
        )
        hand.call("POST /v1/customers")
        session = hand.call("POST /v2/billing/meter_event_session", "{}", content_type="application/json")
        token = json.loads(session.body)["authentication_token"]
        hand.real += 1
        event = urlencode(
            {
                "event_name": "calls",
                "payload[stripe_customer_id]": "cus_sim000001",
                "payload[value]": 1,
            }
        )
        batch = '{"events": [{"event_name": "calls", "payload": {"value": "1"}}]}'
        statuses = []
        for turn in range(28):
            if turn % 2:
                answer = hand.call("POST /v1/billing/meter_events", event)
            else:
                line = "POST /v2/billing/meter_event_stream"
                answer = hand.call(line, batch, key=token, content_type="application/json")
            statuses.append(answer.status)
        assert statuses == [200] * 25 + [429] * 3

    @pytest.mark.parametrize(("asked", "limit"), [("7", 7), ("0", None)])
    def test_a_server_can_be_started_with_another(
        self, start_server: Callable[..., Any], asked: str, limit: int | None
    ) -> None:
        server = start_server("--profile", "lifelike", "--rate-limit", asked)
        try:
            assert server.control("GET settings")["requests_per_second"] == limit
        finally:
            server.stop()

    def test_it_can_be_changed_and_lifted(self, server: Any) -> None:
        key = "sk_test_rate"
        for limit in (1_000, None):
            server.control("POST settings", key, requests_per_second=limit)
            assert server.control("GET settings", key)["requests_per_second"] == limit

    def test_it_outlives_a_restart(self, new_hand: Callable[..., Any], tmp_path: Any) -> None:
        first = new_hand(replace(CALM, requests_per_second=3), state=tmp_path / "state")
        first.call("GET /v1/customers")
        first.journal.close()
        second = new_hand(state=tmp_path / "state")
        assert [second.call("GET /v1/customers").status for _ in range(4)] == [200, 200, 200, 429]


class TestUsageBesideOtherUsage:
    """MTR-69 MTR-72 CON-10: one call at a time for a customer and meter, where an account is set to mind."""

    @pytest.fixture
    def report(self, new_hand: Callable[..., Any]) -> Callable[..., Any]:
        hand = new_hand()
        for name in ("calls", "bytes"):
            form = f"display_name=C&event_name={name}&default_aggregation[formula]=sum"
            hand.call("POST /v1/billing/meters", form)
        for _ in range(2):
            hand.call("POST /v1/customers")
        account = next(iter(hand.accounts))
        hand.accounts.perform(account, "configure", {"meter_lock_seconds": 2})

        def send(*, name: str = "calls", customer: int = 1, version: int = 1, later: int = 0) -> Any:
            hand.real += later
            payload = {"stripe_customer_id": f"cus_sim{customer:06d}", "value": "1"}
            if version == 2:
                body = json.dumps({"event_name": name, "payload": payload})
                return hand.call("POST /v2/billing/meter_events", body, content_type="application/json")
            form = {"event_name": name, **{f"payload[{key}]": each for key, each in payload.items()}}
            return hand.call("POST /v1/billing/meter_events", urlencode(form))

        return send

    @pytest.mark.parametrize(
        ("second", "status"),
        [
            ({}, 409),
            ({"version": 2}, 409),
            ({"later": 1}, 409),
            ({"later": 2}, 200),
            ({"name": "bytes"}, 200),
            ({"customer": 2}, 200),
        ],
    )
    def test_the_second_waits_its_turn(
        self, report: Callable[..., Any], second: dict[str, Any], status: int
    ) -> None:
        assert report().status == 200
        assert report(**second).status == status

    def test_v2_has_a_code_for_it(self, report: Callable[..., Any]) -> None:
        """MTR-69"""
        report(version=2)
        assert error(report(version=2))["code"] == "too_many_concurrent_requests"
        assert "code" not in error(report())


def test_an_account_minds_none_of_it_unless_it_is_set_to() -> None:
    """CON-10"""
    settings = CALM.settings(0)
    assert (settings.requests_per_second, settings.meter_lock_seconds) == (None, 0)
    assert LIFELIKE.settings(0).requests_per_second == 25
