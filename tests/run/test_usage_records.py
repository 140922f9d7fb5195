"""Usage records in the history, whether a step sent them or any other call."""

from __future__ import annotations

from pathlib import Path

from harness.history.entries import RecordReported, from_line, to_line
from harness.history.facts import read_facts
from harness.run import run_case
from harness.scenario import load_file

STORY = """\
scenario: A month of usage records
api_version: 2025-02-24.acacia
clock: 2026-01-01
prices: {seats: {aggregate_usage: sum, unit_amount: 1 usd}}
customers: {acme: {payment_method: pm_card_visa}}
subscriptions: {plan: {customer: acme, items: [seats]}}
steps:
  - advance: start + 1d
  - usage_record: {id: first, subscription: plan, price: seats, quantity: 5, action: set, at: start + 1h}
  - usage_record: {id: b, subscription: plan, price: seats, quantity: 1, at: start + 2h, times: 2, every: 1h}
  - usage_record: {subscription: plan, price: seats, quantity: 3, at: start}
    fails_with: {status: 400}
  - call: {method: POST, path: /v1/subscription_items/si_sim000001/usage_records, params: {quantity: 4}}
  - advance: cycle1.end + 2h
  - expect: {invoice: cycle1, lines: [{price: seats, quantity: 11}]}
"""
START = 1_767_225_600


def records(folder: Path) -> list[RecordReported]:
    path = folder / "records.yaml"
    path.write_text(STORY, encoding="utf-8")
    (case,) = load_file(path).cases
    return list(read_facts(run_case(case).entries).all(RecordReported))


def test_each_record_says_what_was_sent_when_it_counts_and_whether_it_was_taken(tmp_path: Path) -> None:
    told = [(each.label, each.quantity, each.action, each.stamp, each.accepted) for each in records(tmp_path)]
    hour = 3_600
    assert told == [
        ("first", "5", "set", START + hour, True),
        ("b-1", "1", "increment", START + 2 * hour, True),
        ("b-2", "1", "increment", START + 3 * hour, True),
        ("usage-4", "3", "increment", START, False),
        ("usage-5", "4", "increment", None, True),
    ]


def test_a_record_keeps_its_form_in_a_trace(tmp_path: Path) -> None:
    for each in records(tmp_path):
        assert from_line(to_line(each)) == each
