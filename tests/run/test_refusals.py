"""Steps that must be refused, and stories that stop."""

from pathlib import Path

import pytest

from harness.history.entries import Waited
from harness.run import run_case
from harness.scenario import load_file
from harness.verdict import Place, run_and_judge

ROOT = Path(__file__).parents[2]
STOPPED = """\
scenario: A story that stops
clock: 2026-01-01
meters: {calls: {formula: sum}}
prices: {per-call: {meter: calls, interval: month, unit_amount: 1 usd}}
customers: {acme: {payment_method: pm_card_visa}}
subscriptions: {plan: {customer: acme, items: [per-call]}}
steps:
  - expect: {subscription: {status: active}}
  - meter_events: {event_name: nothing, customer: acme, value: 1}
  - expect: {invoices: 0}
  - expect: {events: [invoice.created]}
"""


def test_a_429_that_is_asked_for_is_not_waited_out() -> None:
    """CLK-34: the lock of an advancing clock; a clock that is never looked at stays locked."""
    [case] = load_file(ROOT / "scenarios" / "clocks" / "locked-while-advancing.yaml").cases
    entries = run_case(case).entries
    assert [entry.reason for entry in entries if isinstance(entry, Waited) and "429" in entry.reason] == []
    assert entries[-1].wall - entries[0].wall < 30


def test_a_stopped_story_says_how_many_expectations_it_did_not_come_to(tmp_path: Path) -> None:
    path = tmp_path / "stopped.yaml"
    path.write_text(STOPPED, encoding="utf-8")
    [case] = load_file(path).cases
    verdict = run_and_judge(case, Place("simulator", tmp_path), tmp_path / "trace.jsonl", "again")
    assert 'No active meter found for event name "nothing".' in verdict.text
    assert "2 later expectations were not reached" in verdict.text


@pytest.mark.parametrize("wanted", ["{status: 404}", "{message: something else}", "{code: resource_missing}"])
def test_a_refusal_of_another_kind_is_a_failure(tmp_path: Path, wanted: str) -> None:
    path = tmp_path / "refused.yaml"
    refused = "event_name: nothing, customer: acme, value: 1}"
    path.write_text(STOPPED.replace(refused, f"{refused}\n    fails_with: {wanted}"), encoding="utf-8")
    [case] = load_file(path).cases
    assert run_case(case).entries[-1].as_json()["outcome"] == "stopped"


def test_a_step_that_must_fail_and_does_not_is_a_failure(tmp_path: Path) -> None:
    path = tmp_path / "accepted.yaml"
    accepted = STOPPED.replace("event_name: nothing", "meter: calls").replace(
        "value: 1}", "value: 1}\n    fails_with: {status: 400}"
    )
    path.write_text(accepted.replace("  - expect: {events: [invoice.created]}\n", ""), encoding="utf-8")
    [case] = load_file(path).cases
    verdict = run_and_judge(case, Place("simulator", tmp_path), tmp_path / "trace.jsonl", "again")
    assert verdict.text
