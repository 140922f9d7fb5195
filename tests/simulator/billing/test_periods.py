"""The calendar: boundaries from the anchor, month ends, leap years."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.simulator.billing.periods import (
    Interval,
    Period,
    boundary,
    first_boundary_after,
    months_after,
    period_at,
)


def at(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp())


@pytest.mark.parametrize(
    ("anchor", "interval", "expected"),
    [
        pytest.param(
            "2026-01-31T10:20:30",
            Interval("month"),
            ["2026-02-28T10:20:30", "2026-03-31T10:20:30", "2026-04-30T10:20:30", "2026-05-31T10:20:30"],
            id="SUB-30-no-drift-after-february",
        ),
        pytest.param(
            "2028-01-31", Interval("month"), ["2028-02-29", "2028-03-31"], id="SUB-30-leap-february"
        ),
        pytest.param("2026-01-30", Interval("month"), ["2026-02-28", "2026-03-30"], id="SUB-31-the-30th"),
        pytest.param(
            "2026-01-31",
            Interval("month", 3),
            ["2026-04-30", "2026-07-31", "2026-10-31"],
            id="SUB-31-quarter",
        ),
        pytest.param(
            "2028-02-29",
            Interval("year"),
            ["2029-02-28", "2030-02-28", "2031-02-28", "2032-02-29"],
            id="SUB-32-leap-day",
        ),
        pytest.param(
            "2026-03-28T23:30:00",
            Interval("day"),
            ["2026-03-29T23:30:00", "2026-03-30T23:30:00"],
            id="SUB-28-SUB-33",
        ),
        pytest.param("2026-01-01", Interval("week", 2), ["2026-01-15", "2026-01-29"], id="SUB-33-fortnight"),
        pytest.param("2026-05-31", Interval("year", 3), ["2029-05-31"], id="SUB-37-three-years"),
    ],
)
def test_boundaries_count_from_the_anchor(anchor: str, interval: Interval, expected: list[str]) -> None:
    found = [boundary(at(anchor), interval, number) for number in range(1, len(expected) + 1)]
    assert found == [at(text) for text in expected]


def test_a_period_starts_at_its_first_second_and_ends_before_its_last() -> None:
    """INV-10."""
    anchor, month = at("2026-01-31"), Interval("month")
    first = Period(at("2026-01-31"), at("2026-02-28"))
    assert period_at(anchor, month, first.starts_at) == first
    assert period_at(anchor, month, first.ends_before - 1) == first
    assert period_at(anchor, month, first.ends_before).starts_at == first.ends_before
    assert first_boundary_after(anchor, month, first.ends_before) == at("2026-03-31")


def test_a_period_before_a_future_anchor_counts_backwards() -> None:
    """SUB-36."""
    found = period_at(at("2026-03-31"), Interval("month"), at("2026-03-01"))
    assert found == Period(at("2026-02-28"), at("2026-03-31"))


def test_months_after_clamps() -> None:
    assert months_after(at("2024-12-31T05:00:00"), 2) == at("2025-02-28T05:00:00")


INSTANTS = st.integers(at("1990-01-01"), at("2060-01-01"))
INTERVALS = st.builds(Interval, st.sampled_from(["day", "week", "month", "year"]), st.integers(1, 12))


@given(INSTANTS, INTERVALS, st.integers(-20, 20))
def test_periods_tile_the_calendar(anchor: int, interval: Interval, number: int) -> None:
    """Every boundary ends one period and starts the next: no gap, no overlap."""
    edge = boundary(anchor, interval, number)
    before, after = period_at(anchor, interval, edge - 1), period_at(anchor, interval, edge)
    assert before.ends_before == edge == after.starts_at
    assert before.starts_at < edge < after.ends_before


@given(INSTANTS, INTERVALS, INSTANTS)
def test_every_instant_lies_in_its_period(anchor: int, interval: Interval, instant: int) -> None:
    period = period_at(anchor, interval, instant)
    assert period.starts_at <= instant < period.ends_before


@given(INSTANTS, st.integers(1, 36), st.integers(1, 60))
def test_month_boundaries_keep_the_time_of_day_and_never_pass_the_day(
    anchor: int, count: int, number: int
) -> None:
    """SUB-31."""
    moved = datetime.fromtimestamp(boundary(anchor, Interval("month", count), number), UTC)
    original = datetime.fromtimestamp(anchor, UTC)
    assert moved.time() == original.time()
    assert moved.day <= original.day
    assert moved.day >= min(original.day, 28)
