"""Each key has an account of its own, in a wall time of its own."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from harness.simulator import accounts as module


def test_two_keys_see_nothing_of_each_other(new_hand: Callable[..., Any]) -> None:
    hand = new_hand()
    hand.call("POST /v1/customers", "name=Ada", key="sk_test_a")
    assert len(json.loads(hand.call("GET /v1/customers", key="sk_test_a").body)["data"]) == 1
    assert json.loads(hand.call("GET /v1/customers", key="sk_test_b").body)["data"] == []


def test_wall_time_is_real_time(new_hand: Callable[..., Any]) -> None:
    hand = new_hand()
    hand.call("POST /v1/customers")
    hand.real += 90
    made = json.loads(hand.call("POST /v1/customers").body)
    assert made["created"] == hand.real


def test_simulated_time_can_run_faster(new_hand: Callable[..., Any]) -> None:
    hand = new_hand(speed=60)
    begun = json.loads(hand.call("POST /v1/customers").body)["created"]
    hand.real += 1.5
    assert json.loads(hand.call("POST /v1/customers").body)["created"] == begun + 90


@pytest.mark.parametrize("key", ["", "sk_live_secret", "pk_test_x", "token_mtr_evt_session_nobody_sim1"])
def test_a_key_that_is_none_of_ours_opens_no_account(new_hand: Callable[..., Any], key: str) -> None:
    hand = new_hand()
    assert hand.call("GET /v1/customers", key=key).status == 401
    assert list(hand.accounts) == []


def test_a_stream_token_leads_to_the_account_that_made_it(new_hand: Callable[..., Any]) -> None:
    hand = new_hand()
    tokens = []
    for key in ("sk_test_a", "sk_test_b"):
        answer = hand.call("POST /v2/billing/meter_event_session", "{}", key, content_type="application/json")
        tokens.append(json.loads(answer.body)["authentication_token"])
    assert tokens[0] != tokens[1]
    sent = json.dumps({"events": [{"event_name": "nothing", "payload": {"value": "1"}}]})
    hand.call("POST /v2/billing/meter_event_stream", sent, tokens[1], content_type="application/json")
    first, second = (
        hand.accounts.of({"authorization": f"Bearer {key}"}) for key in ("sk_test_a", "sk_test_b")
    )
    assert (len(first.world.open_reports), len(second.world.open_reports)) == (0, 1)


def test_more_keys_than_a_server_keeps_are_refused(
    new_hand: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MOST_ACCOUNTS", 1)
    hand = new_hand()
    assert hand.call("GET /v1/customers", key="sk_test_a").status == 200
    refused = hand.call("GET /v1/customers", key="sk_test_b")
    assert refused.status == 429
    assert json.loads(refused.body)["error"]["code"] == "rate_limit"


def test_a_clock_that_nobody_looks_at_is_ready_by_time(new_hand: Callable[..., Any]) -> None:
    hand = new_hand()
    clock = json.loads(hand.call("POST /v1/test_helpers/test_clocks", f"frozen_time={int(hand.real)}").body)
    path = f"/v1/test_helpers/test_clocks/{clock['id']}"
    hand.call(f"POST {path}/advance", f"frozen_time={int(hand.real) + 60}")
    assert hand.call(f"POST {path}/advance", f"frozen_time={int(hand.real) + 120}").status == 429
    hand.real += 1
    assert hand.call(f"POST {path}/advance", f"frozen_time={int(hand.real) + 120}").status == 200


def test_a_bug_of_ours_is_told_in_stripe_s_shape(
    new_hand: Callable[..., Any], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: Any) -> None:
        raise RuntimeError("a bug")

    monkeypatch.setattr("harness.simulator.served.operations.handle", broken)
    answer = new_hand().call("GET /v1/customers")
    assert answer.status == 500
    assert json.loads(answer.body)["error"]["type"] == "api_error"
    assert "a bug" in caplog.text
