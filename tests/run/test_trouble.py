"""Faults that a scenario asks for: they strike, and the story bears with them or says why not."""

from __future__ import annotations

from pathlib import Path
from typing import Any, get_args

import pytest

from harness.check import check
from harness.history.entries import CaseEnded
from harness.history.facts import read_facts
from harness.run import run_case
from harness.scenario import load_file
from harness.scenario.objects import FaultKind
from harness.simulator.faults import REQUEST_FAULTS

STORY = """
scenario: A month with trouble
clock: 2026-01-01
meters: {calls: {formula: sum}}
prices: {per-call: {meter: calls, interval: month, unit_amount: 0.02 usd}}
customers: {acme: {payment_method: pm_card_visa}}
subscriptions: {plan: {customer: acme, items: [per-call]}}
simulator: {aggregation_lag: 0s, faults: [FAULT]}
steps:
  - meter_events: {meter: calls, customer: acme, value: 40}
  - advance: cycle1.end + 2h
  - expect: {invoice: cycle1, finalized: true, lines: [{price: per-call, quantity: 40}]}
"""


def tell(folder: Path, fault: str) -> Any:
    path = folder / "story.yaml"
    path.write_text(STORY.replace("FAULT", fault))
    loaded = load_file(path)
    assert loaded.problems == []
    return run_case(loaded.cases[0]).entries


def ending(entries: Any) -> CaseEnded:
    return next(each for each in entries if isinstance(each, CaseEnded))


def statuses(entries: Any, path: str) -> list[int]:
    return [each.status for each in entries if each.kind == "call" and each.path == path]


def test_the_language_has_every_fault_that_a_request_can_meet() -> None:
    assert set(get_args(FaultKind)) == set(REQUEST_FAULTS)


@pytest.mark.parametrize(
    ("kind", "seen"),
    [("error", [500, 200]), ("conflict", [409, 200]), ("reset", [200]), ("lost_answer", [200])],
)
def test_the_sdk_tries_again_and_the_usage_counts_once(tmp_path: Path, kind: str, seen: list[int]) -> None:
    entries = tell(tmp_path, f"{{kind: {kind}, on: POST /v1/billing/meter_events}}")
    assert statuses(entries, "/v1/billing/meter_events") == seen
    assert ending(entries).outcome == "completed"
    assert check(read_facts(entries)).findings == ()


def test_the_same_trouble_makes_the_same_history(tmp_path: Path) -> None:
    fault = "{kind: error, percent: 30, times: always, on: GET *}"
    assert tell(tmp_path, fault) == tell(tmp_path, fault)


def test_a_failed_advance_stops_the_story_and_is_named(tmp_path: Path) -> None:
    ended = ending(tell(tmp_path, "{kind: clock_failure}"))
    assert ended.outcome == "stopped"
    assert "internal_failure" in str(ended.reason)


def test_a_meter_that_stands_still_stops_a_story_that_waits_for_it(tmp_path: Path) -> None:
    ended = ending(tell(tmp_path, "{kind: aggregation_stuck, on: POST /v1/billing/meter_events}"))
    assert ended.outcome == "stopped"
