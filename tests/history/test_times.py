"""A history on a moved calendar, told back in the scenario's dates."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from harness.check import check
from harness.history import entries as kinds
from harness.history.entries import CaseStarted, Claimed, Entry
from harness.history.facts import read_facts
from harness.history.times import in_scenario_dates, is_clock_time, moved_by

YEAR = 365 * 86_400


def test_clock_time_moves_and_wall_time_stays() -> None:
    invoice = {
        "object": "invoice",
        "created": 100,
        "period_end": 90,
        "total": 90,
        "status_transitions": {"finalized_at": 103, "paid_at": None},
        "lines": {"data": [{"period": {"start": 1, "end": 90}, "quantity": 1}]},
    }
    assert moved_by(invoice, 1_000) == {
        "object": "invoice",
        "created": 1_100,
        "period_end": 1_090,
        "total": 90,
        "status_transitions": {"finalized_at": 1_103, "paid_at": None},
        "lines": {"data": [{"period": {"start": 1_001, "end": 1_090}, "quantity": 1}]},
    }
    assert moved_by(
        {"object": "event", "created": 5, "data": {"object": {"object": "customer", "created": 5}}}, 9
    ) == {
        "object": "event",
        "created": 5,
        "data": {"object": {"object": "customer", "created": 5}},
    }


@pytest.mark.parametrize(
    ("name", "clock"),
    [("timestamp", True), ("trial_end", True), ("payload[value]", False), ("cancel[at][start_time]", True)],
)
def test_parameters_are_known_by_the_last_part_of_their_name(name: str, clock: bool) -> None:
    assert is_clock_time(name) is clock


def shifted(entries: list[Entry]) -> list[Entry]:
    """The same story as an account with a moved calendar would have told it."""
    first = entries[0]
    assert isinstance(first, CaseStarted)
    later = in_scenario_dates([replace(first, shift_seconds=-YEAR), *entries[1:]])
    return [replace(first, shift_seconds=YEAR, shift_years=1), *later[1:]]


def test_a_moved_story_reads_as_if_it_had_not_moved(telling: Callable[[], Any]) -> None:
    tell = telling()
    tell.cast()
    tell.at("2026-01-10").report(40)
    tell.advance("2026-02-01 02:00:00")
    tell.invoice([tell.line("per-call", 40)])
    tell.expect_lines({"price": "per-call", "quantity": "40"})
    told = list(tell.end().history.entries)
    moved = shifted(told)
    assert [each.clock for each in moved[1:]] != [each.clock for each in told[1:]]
    assert in_scenario_dates(moved)[1:] == told[1:]


def test_of_a_claimed_answer_only_what_was_written_as_an_instant_is_moved_back(tell: Any) -> None:
    customer = {
        "object": "customer",
        "created": tell.unix("2026-01-01"),
        "test_clock": "clock_1",
        "balance": 7,
    }
    call = tell.cast().call("GET", "/v1/customers/cus_1", customer)
    members = {"created": tell.unix("2026-01-01"), "balance": 7}
    tell.expect({"answer": {"call": call, "members": members, "times": ["created"]}})
    moved = shifted(list(tell.end().history.entries))
    later = next(each for each in moved if isinstance(each, Claimed)).claim["answer"]["members"]
    assert later == {"created": tell.unix("2026-01-01") + YEAR, "balance": 7}
    assert check(read_facts(in_scenario_dates(moved))).findings == ()


def test_a_customer_without_a_clock_was_born_in_wall_time() -> None:
    """CLK-54 is about clocked customers."""
    customer = {"object": "customer", "created": 100, "test_clock": None}
    assert moved_by(customer, 5) == customer
    assert moved_by(customer | {"test_clock": "clock_1"}, 5)["created"] == 105


def test_a_story_that_was_not_moved_is_left_alone(telling: Callable[[], Any]) -> None:
    told = list(telling().cast().end().history.entries)
    assert in_scenario_dates(told) == told
    assert isinstance(told[0], kinds.CaseStarted)
