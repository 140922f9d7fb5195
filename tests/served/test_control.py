"""The control API: what a test does to the simulator itself."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import requests

from harness.simulator.app import Request
from harness.simulator.faults import KINDS
from harness.simulator.served.control import PREFIX, ControlApi
from harness.simulator.served.controls import CONTROLS

METER = {
    "post": "/v1/billing/meters",
    "params": {"display_name": "Calls", "event_name": "calls", "default_aggregation": {"formula": "sum"}},
    "as": "calls",
}


class Desk:
    """The control API without a server."""

    def __init__(self, hand: Any) -> None:
        self.hand = hand
        self.api = ControlApi(hand.accounts)

    def __call__(self, line: str, key: str | None = "sk_test_a", **members: Any) -> tuple[int, Any]:
        method, _, name = line.partition(" ")
        headers = {"authorization": f"Bearer {key}"} if key else {}
        query = (
            "?" + "&".join(f"{name}={value}" for name, value in members.items()) if method == "GET" else ""
        )
        body = "" if method == "GET" else json.dumps(members)
        answer = self.api.answer(Request(method, PREFIX + name + query, headers, body))
        return answer.status, json.loads(answer.body)

    def ok(self, line: str, **more: Any) -> Any:
        status, answer = self(line, **more)
        assert status == 200, answer
        return answer


@pytest.fixture
def hand(new_hand: Callable[..., Any]) -> Any:
    return new_hand()


@pytest.fixture
def desk(hand: Any) -> Desk:
    return Desk(hand)


def names(hand: Any) -> list[str]:
    return [each["name"] for each in json.loads(hand.call("GET /v1/customers").body)["data"]]


def test_what_there_is_can_be_listed(desk: Desk) -> None:
    listed = desk.ok("GET ")
    assert set(listed["routes"]) == set(CONTROLS)
    assert all(row["does"].endswith(".") for row in listed["routes"].values())
    assert "slow" in listed["fault_kinds"]


def test_the_readme_names_every_control() -> None:
    readme = (Path(__file__).parents[2] / "harness/simulator/README.md").read_text()
    missing = [line for line in CONTROLS if f"`{line}`" not in readme]
    assert missing == []


def test_a_reset_empties_the_account_and_no_other(hand: Any, desk: Desk) -> None:
    hand.call("POST /v1/customers", "name=Ada")
    hand.call("POST /v1/customers", "name=Bob", key="sk_test_b")
    desk.ok("POST reset", seed=7)
    assert names(hand) == []
    assert desk.ok("GET settings")["seed"] == 7
    assert len(json.loads(hand.call("GET /v1/customers", key="sk_test_b").body)["data"]) == 1


def test_a_snapshot_can_be_gone_back_to_again_and_again(hand: Any, desk: Desk) -> None:
    hand.call("POST /v1/customers", "name=Ada")
    desk.ok("POST snapshot", name="one customer")
    for name in ("Bob", "Eve"):
        hand.call("POST /v1/customers", f"name={name}")
        assert names(hand) == [name, "Ada"]
        desk.ok("POST restore", name="one customer")
        assert names(hand) == ["Ada"]
    assert desk.ok("GET snapshots") == {"snapshots": ["one customer"]}


def test_wall_time_does_not_go_back_with_a_snapshot(hand: Any, desk: Desk) -> None:
    desk.ok("POST snapshot", name="then")
    hand.real += 100
    assert desk.ok("POST restore", name="then")["wall"] == hand.real


def test_wall_time_moves_on_request(hand: Any, desk: Desk) -> None:
    before = json.loads(hand.call("POST /v1/customers").body)["created"]
    desk.ok("POST time", seconds=86_400)
    assert json.loads(hand.call("POST /v1/customers").body)["created"] == before + 86_400


def test_an_account_is_filled_by_requests_that_name_each_other(hand: Any, desk: Desk) -> None:
    price = {
        "post": "/v1/prices",
        "params": {
            "currency": "usd",
            "unit_amount": 2,
            "product_data": {"name": "Calls"},
            "recurring": {"interval": "month", "usage_type": "metered", "meter": "$calls"},
        },
        "as": "price",
    }
    ids = desk.ok("POST seed", requests=[METER, price])["ids"]
    made = json.loads(hand.call(f"GET /v1/prices/{ids['price']}").body)
    assert made["recurring"]["meter"] == ids["calls"]


def test_filling_stops_at_a_refusal_and_says_where(desk: Desk) -> None:
    status, answer = desk("POST seed", requests=[METER, METER])
    assert status == 400
    assert answer["error"]["message"].startswith("requests[1] (/v1/billing/meters): ")
    status, answer = desk("POST seed", requests=[{"post": "/v1/customers", "params": {"name": "$nobody"}}])
    assert "$nobody names nothing" in answer["error"]["message"]


def test_the_fate_of_each_meter_event_is_told(hand: Any, desk: Desk) -> None:
    desk.ok("POST settings", lag_seconds=60)
    desk.ok("POST seed", requests=[METER, {"post": "/v1/customers", "as": "ada"}])
    event = "event_name=calls&payload[stripe_customer_id]=cus_sim000001&payload[value]={}&identifier={}"
    hand.call("POST /v1/billing/meter_events", event.format(5, "early"))
    hand.real += 61
    for identifier in ("late", "struck"):
        hand.call("POST /v1/billing/meter_events", event.format(5, identifier))
    hand.call(
        "POST /v1/billing/meter_event_adjustments", "event_name=calls&type=cancel&cancel[identifier]=struck"
    )
    hand.call("POST /v1/billing/meter_events", event.format("many", "wrong"))
    told = desk.ok("GET usage")
    assert [(each["identifier"], each["fate"]) for each in told["accepted"]] == [
        ("struck", "cancelled"),
        ("late", "pending"),
        ("early", "aggregated"),
    ]
    assert [each["why"] for each in told["refused"]] == [
        "The value in the event payload must be a number. Received many."
    ]


def test_a_generated_identifier_is_told_too(hand: Any, desk: Desk) -> None:
    desk.ok("POST seed", requests=[METER, {"post": "/v1/customers"}])
    event = "event_name=calls&payload[stripe_customer_id]=cus_sim000001&payload[value]=1"
    made = json.loads(hand.call("POST /v1/billing/meter_events", event).body)
    assert desk.ok("GET usage")["accepted"][0]["identifier"] == made["identifier"]


def test_requests_are_told_newest_first(hand: Any, desk: Desk) -> None:
    hand.call("GET /v1/customers")
    hand.call("GET /v1/customers/cus_nobody")
    told = desk.ok("GET requests", limit=1)["requests"]
    assert [(each["target"], each["status"]) for each in told] == [("/v1/customers/cus_nobody", 404)]


@pytest.mark.parametrize(
    ("line", "members", "why"),
    [
        ("POST reset", {"seeed": 1}, "no `seeed` here; allowed are: account, seed"),
        ("POST restore", {"name": "never"}, "no snapshot named 'never'"),
        ("POST snapshot", {}, "`name` must be a text"),
        ("POST time", {"seconds": -1}, "`seconds` must be a whole number from 0"),
        ("POST time", {"seconds": True}, "`seconds` must be a whole number"),
        ("POST settings", {"lag_seconds": [9, 1]}, "[shortest, longest]"),
        ("POST settings", {"grace_seconds": 10}, "`grace_seconds` must be a whole number from 3600"),
        ("POST settings", {"dunning_ends_in": "tears"}, "must be one of canceled"),
        ("POST faults", {"faults": [{"kind": "flood"}]}, "`kind` must be one of rate_limited"),
        ("POST faults", {"faults": "slow"}, "must be a list"),
        ("POST seed", {"requests": [3]}, "requests[0] must be a mapping"),
        ("POST resend", {"delivery": "whd_x"}, "no delivery 'whd_x'"),
        ("GET usage", {"limit": "many"}, "`limit` must be a whole number"),
        ("POST nothing", {}, "There is no POST /_harness/nothing"),
    ],
)
def test_what_makes_no_sense_is_refused_by_name(desk: Desk, line: str, members: Any, why: str) -> None:
    status, answer = desk(line, **members)
    assert status in {400, 404}
    assert why in answer["error"]["message"]


def test_without_a_key_the_only_account_is_meant(hand: Any, desk: Desk) -> None:
    assert desk("GET settings", key=None)[0] == 400
    hand.call("GET /v1/customers")
    assert desk("GET settings", key=None)[0] == 200
    hand.call("GET /v1/customers", key="sk_test_b")
    assert desk("GET settings", key=None)[0] == 400
    assert desk("GET settings", key=None, account=next(iter(hand.accounts)).name)[0] == 200


def test_what_was_done_here_outlives_a_restart(new_hand: Callable[..., Any], tmp_path: Path) -> None:
    first = new_hand(state=tmp_path / "state")
    desk = Desk(first)
    desk.ok("POST settings", lag_seconds=30, grace_seconds=7_200, requests_per_second=1_000)
    first.call("POST /v1/customers", "name=Ada")
    desk.ok("POST snapshot", name="then")
    first.call("POST /v1/customers", "name=Bob")
    desk.ok("POST restore", name="then")
    desk.ok("POST time", seconds=5_000)
    told = desk.ok("GET settings")
    first.journal.close()
    second = new_hand(state=tmp_path / "state")
    assert names(second) == ["Ada"]
    assert Desk(second).ok("GET settings") == told


@pytest.mark.parametrize(
    "headers", [{"Host": "evil.example"}, {"Sec-Fetch-Site": "cross-site"}, {"Host": "10.0.0.5:80"}]
)
def test_a_foreign_web_page_is_turned_away(server: Any, headers: dict[str, str]) -> None:
    answer = requests.post(f"{server.url}/_harness/reset", headers=headers, auth=("sk_test_a", ""), timeout=5)
    assert answer.status_code == 403


def test_it_answers_over_http(server: Any) -> None:
    assert server.control("GET settings")["lag_seconds"] == [0, 0]


def test_the_readme_names_every_fault_kind_and_every_setting() -> None:
    readme = (Path(__file__).parents[2] / "harness/simulator/README.md").read_text()
    assert [kind for kind in KINDS if f"| `{kind}` |" not in readme] == []
    assert [name for name in CONTROLS["POST settings"].names if name not in readme] == []
