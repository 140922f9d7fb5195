"""How legacy usage records add up."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.simulator.billing.legacy_usage import FORMULAS, aggregate, covers, recorded
from harness.simulator.billing.periods import Period
from harness.simulator.objects.usage_record import RecordedUsage

PERIOD = Period(100, 200)


@pytest.mark.parametrize(
    ("action", "kept", "quantity", "left"),
    [
        ("increment", 5, 10, 15),
        ("increment", 5, 0, 5),
        ("set", 5, 10, 10),
        ("set", 5, 0, 0),
        ("set", 0, 7, 7),
    ],
)
def test_an_increment_adds_and_a_set_takes_the_place(
    action: str, kept: int, quantity: int, left: int
) -> None:
    """LEG-04"""
    assert recorded(action, kept, quantity) == left  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("at", "inside"), [(99, False), (100, False), (101, True), (200, True), (201, False)]
)
def test_a_period_holds_its_end_and_not_its_start(at: int, inside: bool) -> None:
    """LEG-03: the other side from meters."""
    assert covers(PERIOD, at) is inside


READINGS = [(50, 9), (100, 8), (110, 3), (150, 7), (200, 4), (210, 6)]


@pytest.mark.parametrize(
    ("formula", "readings", "billed"),
    [
        ("sum", READINGS, 14),
        ("max", READINGS, 7),
        ("last_during_period", READINGS, 4),
        ("last_ever", READINGS, 4),
        ("sum", [(50, 9)], 0),
        ("max", [(50, 9)], 0),
        ("last_during_period", [(50, 9)], 0),
        ("last_ever", [(50, 9)], 9),
        ("last_ever", [], 0),
        ("last_ever", [(210, 6)], 0),
        ("last_during_period", [(50, 9), (150, 0)], 0),
        ("last_ever", [(50, 9), (150, 0)], 0),
    ],
)
def test_a_price_says_how_a_period_is_aggregated(
    formula: str, readings: list[tuple[int, int]], billed: int
) -> None:
    """LEG-20: `last_ever` alone carries over from periods before."""
    assert aggregate(formula, readings, PERIOD) == billed


RECORDS = st.lists(
    st.tuples(st.sampled_from(["increment", "set"]), st.integers(0, 30), st.integers(0, 9)), max_size=20
)


@given(
    records=RECORDS, start=st.integers(0, 15), length=st.integers(1, 15), formula=st.sampled_from(FORMULAS)
)
def test_what_an_item_keeps_gives_what_its_records_say(
    records: list[tuple[str, int, int]], start: int, length: int, formula: str
) -> None:
    """LEG-04, LEG-20: order of arrival matters at one timestamp only."""
    kept, plain = RecordedUsage(), dict[int, int]()
    for action, at, quantity in records:
        kept.record(action, at, quantity)  # type: ignore[arg-type]
        plain[at] = quantity if action == "set" else plain.get(at, 0) + quantity
    period = Period(start, start + length)
    assert kept.total(formula, period) == aggregate(formula, sorted(plain.items()), period)
    assert kept.any_after(start) is any(at > start for at in plain)


@given(records=RECORDS, cut=st.integers(1, 29))
def test_two_periods_side_by_side_bill_every_unit_once(records: list[tuple[str, int, int]], cut: int) -> None:
    """LEG-03"""
    kept = RecordedUsage()
    for action, at, quantity in records:
        kept.record(action, at, quantity)  # type: ignore[arg-type]
    parts = kept.total("sum", Period(-1, cut)) + kept.total("sum", Period(cut, 30))
    assert parts == kept.total("sum", Period(-1, 30))
