"""When cycles begin and end, and what instants mean."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.plan.calendar import Calendar, Cycles, InvoiceTimes, UnresolvedInstant
from harness.scenario import Duration, parse_instant

MONTH = Duration(months=1)


def at(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp())


@pytest.mark.parametrize(
    ("anchor", "step", "boundaries"),
    [
        ("2027-01-31", MONTH, ["2027-01-31", "2027-02-28", "2027-03-31", "2027-04-30", "2027-05-31"]),
        ("2028-01-31", MONTH, ["2028-01-31", "2028-02-29", "2028-03-31"]),
        (
            "2028-02-29",
            Duration(months=12),
            ["2028-02-29", "2029-02-28", "2030-02-28", "2031-02-28", "2032-02-29"],
        ),
        ("2026-01-05T09:30:00", Duration(days=7), ["2026-01-05T09:30:00", "2026-01-12T09:30:00"]),
        ("2026-01-15", Duration(months=3), ["2026-01-15", "2026-04-15", "2026-07-15"]),
    ],
)
def test_every_boundary_is_counted_from_the_anchor(
    anchor: str, step: Duration, boundaries: list[str]
) -> None:
    cycles = Cycles(at(anchor), at(anchor), step)
    assert [cycles.boundary(number) for number in range(len(boundaries))] == [at(each) for each in boundaries]


def test_a_trial_is_the_first_cycle_and_ends_at_the_anchor() -> None:
    cycles = Cycles(at("2026-01-01"), at("2026-01-15"), MONTH)
    assert [cycles.boundary(number) for number in range(3)] == [
        at("2026-01-01"),
        at("2026-01-15"),
        at("2026-02-15"),
    ]


@given(
    start=st.integers(min_value=0, max_value=4_000_000_000),
    months=st.integers(min_value=1, max_value=36),
    number=st.integers(min_value=0, max_value=60),
)
def test_cycles_tile_the_calendar(start: int, months: int, number: int) -> None:
    cycles = Cycles(start, start, Duration(months=months))
    assert cycles.boundary(number) < cycles.boundary(number + 1)
    assert cycles.until(cycles.boundary(number))[-2:] == [
        cycles.boundary(number),
        cycles.boundary(number + 1),
    ]


CALENDAR = Calendar(at("2026-01-01"), {"plan": Cycles(at("2026-01-01"), at("2026-01-01"), MONTH)})
INVOICE = InvoiceTimes(created=at("2026-02-01"), period_start=at("2026-01-01"), period_end=at("2026-02-01"))


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("start", "2026-01-01"),
        ("now", "2026-01-20"),
        ("now - 1h", "2026-01-19T23:00:00"),
        ("2026-05-05T05:05:05Z", "2026-05-05T05:05:05"),
        ("cycle1.end", "2026-02-01"),
        ("cycle2.start", "2026-02-01"),
        ("plan.cycle2.end - 1s", "2026-02-28T23:59:59"),
        ("invoice.period.end - 1s", "2026-01-31T23:59:59"),
        ("invoice.period.start", "2026-01-01"),
        ("invoice.created + 2h", "2026-02-01T02:00:00"),
        ("cycle1.end + 1mo - 1d", "2026-02-28"),
    ],
)
def test_an_instant_is_its_anchor_and_then_its_offsets_from_left_to_right(text: str, meant: str) -> None:
    assert CALENDAR.resolve(parse_instant(text), at("2026-01-20"), INVOICE) == at(meant)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("other.cycle1.end", "no subscription `other`"),
        ("invoice.created", "only in a reaction"),
        ("cycle9999.end", "further away"),
    ],
)
def test_an_instant_without_meaning_says_why(text: str, why: str) -> None:
    with pytest.raises(UnresolvedInstant, match=why):
        CALENDAR.resolve(parse_instant(text), at("2026-01-20"))


def test_with_two_subscriptions_a_cycle_must_name_its_own() -> None:
    cycles = CALENDAR.cycles["plan"]
    with pytest.raises(UnresolvedInstant, match=r"one\.cycle1, two\.cycle1"):
        Calendar(0, {"one": cycles, "two": cycles}).resolve(parse_instant("cycle1.end"), 0)
