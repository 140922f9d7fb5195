"""Trouble on the way to Stripe: the story comes through, or says in a line why not; nothing is done twice."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from harness.backends import LiveSettings
from harness.outcomes import EXPECTATION, INFRASTRUCTURE, PASSED
from harness.scenario import load_file
from harness.verdict import Place, Verdict, run_and_judge

STORY = """\
scenario: A month
clock: 2026-01-01
meters: {calls: {formula: sum}}
prices: {per-call: {meter: calls, interval: month, unit_amount: 0.02 usd}}
customers: {acme: {payment_method: pm_card_visa}}
subscriptions: {plan: {customer: acme, items: [per-call], billing_mode: flexible}}
steps:
  - meter_events:
      - {meter: calls, customer: acme, value: 10}
      - {meter: calls, customer: acme, value: 30}
  - advance: cycle1.end + 2h
  - expect: {invoice: cycle1, finalized: true, lines: [{price: per-call, quantity: 40, period: cycle1}]}
"""
EVENTS, SUBSCRIPTIONS = "POST /v1/billing/meter_events", "POST /v1/subscriptions"
CLOCKS, ADVANCE = "POST /v1/test_helpers/test_clocks", "POST /v1/test_helpers/test_clocks/*/advance"
SURVIVED: list[tuple[str, list[dict[str, Any]]]] = [
    ("429 on every third request", [{"kind": "rate_limited", "percent": 33, "times": 25}]),
    ("a burst of 429 on usage", [{"kind": "rate_limited", "on": EVENTS, "times": 4}]),
    ("409 lock_timeout on the subscription", [{"kind": "conflict", "on": SUBSCRIPTIONS, "times": 2}]),
    ("500 on usage", [{"kind": "error", "on": EVENTS, "times": 2}]),
    ("a reset before the clock is made", [{"kind": "reset", "on": CLOCKS}]),
    ("the answer to the new clock is lost", [{"kind": "lost_answer", "on": CLOCKS}]),
    ("the answer to the subscription is lost", [{"kind": "lost_answer", "on": SUBSCRIPTIONS}]),
    ("the answer to usage is lost", [{"kind": "lost_answer", "on": EVENTS, "times": 2}]),
    ("the answer to an advance is lost", [{"kind": "lost_answer", "on": ADVANCE}]),
    ("resets here and there", [{"kind": "reset", "percent": 15, "times": 10}]),
    ("slow answers", [{"kind": "slow", "seconds": 60, "percent": 50, "times": 10}]),
    ("meters stand still for five minutes", [{"kind": "aggregation_stuck", "on": ADVANCE, "seconds": 300}]),
    ("the deletion of the clock is refused", [{"kind": "rate_limited", "on": "DELETE *", "times": 3}]),
]

Run = Callable[[], Verdict]


@pytest.fixture
def run(account: Any, tmp_path: Path, record_property: Callable[[str, object], None]) -> Run:
    """Tell the story; the verdict, and a row for the table."""
    (tmp_path / "story.yaml").write_text(STORY, encoding="utf-8")
    [case] = load_file(tmp_path / "story.yaml", tmp_path).cases
    live = LiveSettings(account.url, str(tmp_path / "rate.sqlite"))

    def told() -> Verdict:
        began = time.perf_counter()
        verdict = run_and_judge(case, Place("stripe", tmp_path, live), tmp_path / "a.jsonl", "")
        account.set("faults", faults=[])
        taken = [
            (each["customer"], int(each["value"])) for each in account.get("/_harness/usage")["accepted"]
        ]
        record_property("outcome", verdict.kind)
        record_property("lost", 0 if verdict.text else 40 - sum({value for _, value in taken}))
        record_property("doubled", len(taken) - len(set(taken)))
        record_property("seconds", f"{time.perf_counter() - began:.1f}")
        return verdict

    return told


@pytest.mark.parametrize(("name", "faults"), SURVIVED, ids=[name.replace(" ", "-") for name, _ in SURVIVED])
def test_the_story_comes_through(
    name: str, faults: list[dict[str, Any]], account: Any, run: Run, record_property: Any
) -> None:
    record_property("fault", name)
    account.set("faults", faults=faults, seed=1)
    verdict = run()
    assert (verdict.kind, verdict.text) == (PASSED, "")
    assert sorted(int(each["value"]) for each in account.get("/_harness/usage")["accepted"]) == [10, 30]
    for kind in ("customer", "customer.subscription", "billing.meter", "price"):
        assert account.created(kind) == 1, kind
    assert account.all("/v1/test_helpers/test_clocks") == []


@pytest.mark.parametrize(
    ("name", "fault", "said"),
    [
        ("the clock fails", {"kind": "clock_failure", "on": ADVANCE, "times": None}, "internal_failure"),
        ("nothing answers", {"kind": "reset", "times": None}, "Unexpected error communicating with Stripe"),
        ("every request is refused with 500", {"kind": "error", "times": None}, "the backend failed"),
    ],
)
def test_what_cannot_be_survived_is_said_and_ends(
    name: str, fault: dict[str, Any], said: str, account: Any, run: Run, record_property: Any
) -> None:
    record_property("fault", name)
    account.set("faults", faults=[fault])
    verdict = run()
    assert verdict.kind in {INFRASTRUCTURE, EXPECTATION}
    assert said in " ".join(verdict.text.split())


def test_a_clock_stuck_in_advancing_ends_in_bounded_time(
    account: Any, run: Run, record_property: Any
) -> None:
    record_property("fault", "the clock is stuck in advancing")
    account.set("settings", clock_seconds=[86_400, 86_400])
    verdict = run()
    assert verdict.kind == INFRASTRUCTURE
    assert verdict.broken
    assert "the test clock being ready did not happen within 300 s; last seen: advancing" in " ".join(
        verdict.text.split()
    )


def test_meters_that_stand_still_end_in_bounded_time(account: Any, run: Run, record_property: Any) -> None:
    record_property("fault", "meters stand still for ever")
    account.set("faults", faults=[{"kind": "aggregation_stuck", "on": EVENTS}])
    verdict = run()
    assert verdict.kind == INFRASTRUCTURE
    assert "did not happen within 600 s" in " ".join(verdict.text.split())
