"""Usage records in a plan: what is sent, how often, and stamped with what."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.plan.planner import plan_case
from harness.plan.text import plan_text
from harness.scenario import load_file

STORY = """\
scenario: A month of usage records
api_version: 2025-02-24.acacia
clock: 2026-01-01
prices: {seats: {aggregate_usage: sum, unit_amount: 1 usd}}
customers: {acme: {}}
subscriptions: {plan: {customer: acme, items: [seats]}}
steps:
  - advance: start + 10d
  - usage_record: RECORD
"""


def written(folder: Path, record: str) -> Path:
    path = folder / "records.yaml"
    path.write_text(STORY.replace("RECORD", record), encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("record", "words"),
    [
        (
            "{subscription: plan, price: seats, quantity: 5}",
            "increment 5 seats on plan, stamped `now` = 2026-01-11 00:00:00",
        ),
        (
            "{subscription: plan, price: seats, quantity: 0, action: set, at: start + 1h}",
            "set 0 seats on plan, stamped `start + 1h` = 2026-01-01 01:00:00",
        ),
        (
            "{subscription: plan, price: seats, quantity: 1, times: 27, every: 1d, at: start + 1d}",
            "27 times increment 1 seats on plan, stamped `start + 1d` = 2026-01-02 00:00:00",
        ),
    ],
)
def test_a_record_shows_its_action_and_its_stamp(tmp_path: Path, record: str, words: str) -> None:
    (case,) = load_file(written(tmp_path, record)).cases
    assert f"usage record: {words}" in plan_text(plan_case(case))


def test_a_stamp_without_meaning_is_found_before_anything_is_called(tmp_path: Path) -> None:
    loaded = load_file(
        written(tmp_path, "{subscription: plan, price: seats, quantity: 5, at: invoice.created}")
    )
    problems = [each for case in loaded.cases for each in plan_case(case).problems]
    assert loaded.problems or problems
