from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.report.page.packing import pack
from harness.report.page.scale import MOST_CROWDED, MOST_STRETCHED, make_axis, short_length

DAY, HOUR, MINUTE = 86_400, 3_600, 60
FEBRUARY = 1_769_904_000
INSTANTS = st.lists(st.integers(1_700_000_000, 1_900_000_000), min_size=2, max_size=40, unique=True)


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (0, "0 s"),
        (1, "1 s"),
        (60, "1 min"),
        (59 * MINUTE, "59 min"),
        (HOUR, "1 h"),
        (2 * HOUR + 59 * MINUTE, "2 h 59 min"),
        (DAY, "1 day"),
        (30 * DAY, "30 days"),
        (27 * DAY + 21 * HOUR, "27 days 21 h"),
        (31 * DAY - 1, "~31 days"),
        (28 * DAY + 3 * HOUR + 5, "~28 days"),
        (DAY + 2 * HOUR + 29 * MINUTE, "~1 day 2 h"),
        (3 * HOUR + 12 * MINUTE + 40, "~3 h 13 min"),
    ],
)
def test_a_length_is_exact_or_says_that_it_is_not(seconds: int, said: str) -> None:
    assert short_length(seconds) == said


def test_a_month_takes_little_more_room_than_an_hour_and_a_second_can_still_be_seen() -> None:
    axis = make_axis([FEBRUARY - 31 * DAY, FEBRUARY, FEBRUARY + HOUR], [FEBRUARY - 1])
    month, second, hour = (stretch.width for stretch in axis.stretches)
    assert month < 2.5 * hour
    assert second > 20


def test_only_long_stretches_are_drawn_broken() -> None:
    axis = make_axis([0, HOUR, HOUR + 30 * DAY], [])
    assert [stretch.is_quiet for stretch in axis.stretches] == [False, True]


@given(INSTANTS, INSTANTS)
def test_later_is_always_further_right(knots: list[int], between: list[int]) -> None:
    axis = make_axis(knots, between, left=10)
    inside = sorted(each for each in {*knots, *between} if min(knots) <= each <= max(knots))
    places = [axis.x(each) for each in inside]
    assert all(before < after for before, after in pairwise(places))
    assert places[0] == 10
    assert places[-1] == pytest.approx(axis.right)


@given(INSTANTS)
def test_an_instant_outside_lies_at_the_edge(knots: list[int]) -> None:
    axis = make_axis(knots, [])
    assert axis.x(min(knots) - 10**12) == axis.left
    assert axis.x(max(knots) + 10**12) == axis.right


def test_a_crowd_of_events_shares_a_bounded_width() -> None:
    axis = make_axis([0, 30 * DAY], range(0, 30 * DAY, HOUR))
    assert axis.right <= MOST_CROWDED * MOST_STRETCHED + 1


@pytest.mark.parametrize(
    ("extents", "rows"),
    [
        ([], []),
        ([(0, 10), (20, 30)], [0, 0]),
        ([(0, 10), (5, 30)], [0, 1]),
        ([(0, 10), (12, 30)], [0, 1]),
        ([(0, 100), (0, 40), (50, 90), (200, 210)], [0, 1, 1, 0]),
    ],
)
def test_what_overlaps_goes_below(extents: list[tuple[float, float]], rows: list[int]) -> None:
    assert pack(extents, space=6) == rows


@given(
    st.lists(st.tuples(st.floats(0, 900), st.floats(0, 200)).map(lambda pair: (pair[0], pair[0] + pair[1])))
)
def test_nothing_in_a_row_overlaps(extents: list[tuple[float, float]]) -> None:
    rows = pack(extents, space=3)
    for row in set(rows):
        members = sorted(extent for extent, place in zip(extents, rows, strict=True) if place == row)
        assert all(before[1] <= after[0] for before, after in pairwise(members))
