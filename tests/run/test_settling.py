"""Settling: the meters catch up before Stripe bills anything."""

from pathlib import Path

import pytest

from harness.check import check
from harness.history.entries import Waited
from harness.history.facts import read_facts
from harness.run import run_case
from harness.scenario import load_file

HEAD = """\
scenario: Settling
clock: 2026-01-01
meters: {calls: {formula: sum}}
prices:
  per-call: {meter: calls, interval: month, unit_amount: 1 usd}
  other: {meter: calls, interval: month, unit_amount: 2 usd}
customers: {acme: {payment_method: pm_card_visa}}
subscriptions: {plan: {customer: acme, items: [per-call]}}
simulator: {aggregation_lag: 4m}
steps:
"""
REPORT = "  - meter_events: {meter: calls, customer: acme, at: now - 1h, value: 5}\n"
BILLED = "lines: {contains: [{price: per-call, quantity: 5}]}"


def told(folder: Path, steps: str) -> tuple[list[Waited], list[str]]:
    path = folder / "story.yaml"
    path.write_text(HEAD + steps, encoding="utf-8")
    loaded = load_file(path)
    assert loaded.problems == []
    entries = run_case(loaded.cases[0]).entries
    waits = [entry for entry in entries if isinstance(entry, Waited) and "calls" in entry.reason]
    return waits, [finding.summary for finding in check(read_facts(entries)).findings]


def lines(*steps: str) -> str:
    return "".join(f"  - {step}\n" for step in steps)


START_AND_REPORT = f"  - advance: start + 9d\n{REPORT}"
WAYS = {
    "before the cycle ends": lines("advance: cycle1.end - 1d") + REPORT + lines("advance: cycle1.end + 2h"),
    "in the draft hour": lines("advance: cycle1.end + 10m") + REPORT + lines("advance: cycle1.end + 2h"),
    "at a cancellation": START_AND_REPORT
    + lines("cancel_subscription: {subscription: plan, invoice_now: true}"),
    "at a planned end": START_AND_REPORT
    + lines("update_subscription: {subscription: plan, cancel_at_period_end: true}", "advance: cycle1.end"),
    "at a change of price": START_AND_REPORT
    + lines(
        "update_subscription: {subscription: plan, items: [{item: per-call, price: other}]}",
        "advance: cycle1.end + 2h",
    ),
}


@pytest.mark.parametrize("steps", WAYS.values(), ids=WAYS)
def test_usage_is_aggregated_before_stripe_bills_it(tmp_path: Path, steps: str) -> None:
    """LIV-27, CLK-81, CHG-01, CHG-14."""
    waits, findings = told(tmp_path, steps + lines(f"expect: {{invoice: latest, {BILLED}}}"))
    assert findings == []
    assert [wait.last for wait in waits] == ["5 of 5"]


def test_an_advance_that_bills_nothing_waits_for_nothing(tmp_path: Path) -> None:
    waits, _ = told(tmp_path, f"  - advance: start + 9d\n{REPORT}  - advance: start + 20d\n")
    assert waits == []


def test_a_story_that_does_not_settle_loses_what_is_too_fresh(tmp_path: Path) -> None:
    steps = f"  - advance: cycle1.end - 1d\n{REPORT}  - advance: {{to: cycle1.end + 2h, settle: false}}\n"
    waits, findings = told(tmp_path, steps)
    assert waits == []
    assert len(findings) == 1


def test_a_meter_that_never_catches_up_stops_the_story_and_says_what_it_showed(tmp_path: Path) -> None:
    path = tmp_path / "story.yaml"
    steps = f"  - advance: cycle1.end - 1d\n{REPORT}  - advance: cycle1.end + 2h\n"
    path.write_text((HEAD + steps).replace("lag: 4m", "lag: 4h"), encoding="utf-8")
    end = run_case(load_file(path).cases[0]).entries[-1].as_json()
    assert end["outcome"] == "stopped"
    assert "0 of 5" in end["reason"]
