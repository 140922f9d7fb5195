"""Ranges of time to ask a meter for."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from harness.history.shapes import Period
from harness.investigate.ranges import HOUR, MINUTE, Range, ranges_of, whole_minutes

JANUARY = Period(1_767_225_600, 1_769_904_000)
instants = st.integers(min_value=0, max_value=40 * HOUR)


def test_a_month_that_begins_on_the_hour_is_one_range_of_hours() -> None:
    assert ranges_of([JANUARY.start, JANUARY.end], JANUARY, [JANUARY]) == [Range(JANUARY, hourly=True)]


def test_outside_the_fine_periods_each_period_is_one_piece() -> None:
    later = Period(JANUARY.end, JANUARY.end + 30 * 24 * HOUR)
    whole = Period(JANUARY.start, later.end)
    found = ranges_of([JANUARY.start, JANUARY.end, later.end], whole, [JANUARY])
    assert found == [Range(JANUARY, hourly=True), Range(later, hourly=False)]


def test_the_minute_of_an_edge_that_lies_inside_it_stands_alone() -> None:
    edge = 10 * HOUR + 90
    found = ranges_of([edge], Period(9 * HOUR, 12 * HOUR), [])
    assert Range(Period(10 * HOUR + 60, 10 * HOUR + 120), hourly=False) in found


@given(st.lists(instants, max_size=6), instants, st.integers(1, 30 * HOUR), st.lists(instants, max_size=2))
def test_ranges_cover_the_whole_once_and_cross_no_edge(
    edges: list[int], start: int, length: int, fine: list[int]
) -> None:
    whole = Period(start, start + length)
    found = ranges_of(edges, whole, [Period(each, each + 5 * HOUR) for each in fine])
    outer = whole_minutes(whole)
    assert found[0].period.start == outer.start
    assert found[-1].period.end == outer.end
    for before, after in pairwise(found):
        assert before.period.end == after.period.start
    for each in found:
        unit = HOUR if each.hourly else MINUTE
        assert each.period.start % unit == each.period.end % unit == 0
        short = each.period.end - each.period.start == MINUTE
        assert short or not any(each.period.start < edge < each.period.end for edge in edges)
