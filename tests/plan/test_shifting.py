"""Moving the calendar: whole years, to the future, with every month as long as before."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.plan.planner import Plan, plan_case
from harness.plan.shifting import MARGIN_SECONDS, REACH_BACK_SECONDS, Shift, shift_for
from harness.plan.text import plan_text
from harness.scenario import load_file

DAY = 86_400
STORY = """\
scenario: A month
clock: {at: 2026-01-31, exact: EXACT}
meters: {calls: {formula: sum}}
prices: {per-call: {meter: calls, interval: month, unit_amount: 0.02 usd}}
customers: {acme: {payment_method: pm_card_visa}}
subscriptions: {plan: {customer: acme, items: [per-call]}}
steps:
  - meter_events: {meter: calls, customer: acme, value: 4, at: 2026-01-31T10:00:00Z}
  - advance: cycle2.end + 2h
  - expect: {invoice: cycle2, finalized: true}
"""


def at(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp())


def plan(folder: Path, earliest: str | None, exact: str = "false") -> Plan:
    file = folder / "story.yaml"
    file.write_text(STORY.replace("EXACT", exact), encoding="utf-8")
    [case] = load_file(file, folder).cases
    return plan_case(case, "stripe", None if earliest is None else at(earliest))


@pytest.mark.parametrize(
    ("start", "ends", "present", "years"),
    [
        ("2027-01-01", "2027-02-01", "2026-11-20", 0),  # not in the past
        ("2026-12-01", "2027-01-01", "2026-11-20", 0),
        ("2026-03-15", "2026-06-01", "2026-11-20", 1),  # no February in reach, nor 35 days before
        ("2026-01-01", "2026-03-02", "2026-11-20", 1),  # 2026 and 2027 are both common years
        ("2026-01-01", "2026-03-02", "2027-11-20", 3),  # 2028 is a leap year, 2029 is not
        ("2024-02-29", "2024-03-29", "2026-11-20", 4),  # a 29 February needs another
        ("2024-01-01", "2026-01-01", "2026-11-20", 4),
        ("2026-11-20", "2026-12-20", "2026-11-20T00:00:01", 1),
    ],
)
def test_the_calendar_moves_by_as_few_years_as_it_can(
    start: str, ends: str, present: str, years: int
) -> None:
    assert shift_for(at(start), at(ends), at(present)).years == years


@given(
    st.integers(at("1990-01-01"), at("2060-01-01")),
    st.integers(0, 800 * DAY),
    st.integers(at("2000-01-01"), at("2060-01-01")),
)
def test_every_day_of_the_story_keeps_its_date(start: int, length: int, present: int) -> None:
    shift = shift_for(start, start + length, present)
    assert start + shift.seconds >= present
    assert shift == Shift() or start + shift.seconds >= present + MARGIN_SECONDS
    for instant in range(start - REACH_BACK_SECONDS, start + length, DAY):
        old, new = (datetime.fromtimestamp(each, UTC) for each in (instant, instant + shift.seconds))
        assert (new.year - shift.years, new.month, new.day) == (old.year, old.month, old.day)


def test_all_of_a_plan_moves_and_says_so(tmp_path: Path) -> None:
    moved = plan(tmp_path, "2026-11-20")
    assert moved.calendar.start == at("2027-01-31")
    assert moved.cycle_boundaries()["plan"][:3] == [at("2027-01-31"), at("2027-02-28"), at("2027-03-31")]
    assert moved.ends_at == at("2027-03-31T02:00:00")
    assert "all dates are 1 year later than in the scenario" in plan_text(moved)
    assert "2027-01-31 10:00:00" in plan_text(moved)


def test_where_nothing_is_said_of_the_present_dates_stay(tmp_path: Path) -> None:
    assert plan(tmp_path, None).calendar.start == at("2026-01-31")
    assert plan(tmp_path, "2026-01-30").shift == Shift()


def test_an_exact_calendar_in_the_past_is_a_problem_that_says_why(tmp_path: Path) -> None:
    [problem] = plan(tmp_path, "2026-11-20", exact="true").problems
    assert problem.line == 2
    assert "would start in the past, at 2026-01-31 00:00:00, and `exact: true` forbids" in problem.message
    assert not plan(tmp_path, "2026-01-30", exact="true").problems


def test_a_period_that_is_billed_ahead_is_within_reach_too(tmp_path: Path) -> None:
    """Moved by one year, the year that is billed in the end would hold the leap day of 2028."""
    file = tmp_path / "story.yaml"
    fee = "fee: {interval: year, unit_amount: 12 usd}, per-call:"
    text = STORY.replace("EXACT", "false").replace("per-call:", fee).replace("[per-call]", "[fee, per-call]")
    file.write_text(text.replace("cycle2", "cycle12"), encoding="utf-8")
    [case] = load_file(file, tmp_path).cases
    assert plan_case(case, "stripe", at("2026-11-20")).shift.years == 3
