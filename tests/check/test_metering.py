"""What a meter must show."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.check.metering import expected_total, running_totals, standing_events
from harness.history.facts import Usage
from harness.history.shapes import Meter, Period

HOUR = 3_600
DAY = Period(0, 86_400)


def meter(formula: str = "sum", window: str | None = None) -> Meter:
    return Meter("mtr_1", "api_calls", formula, window, "stripe_customer_id", "value", "active")


def event(
    n: int, value: str | None, stamp: int = 10, *, accepted: bool = True, cancelled: bool = False
) -> Usage:
    return Usage(
        n=n,
        label=f"usage-{n}",
        line=1,
        meter="mtr_1",
        event_name="api_calls",
        customer="cus_1",
        value=None if value is None else Decimal(value),
        value_text=value,
        stamp=stamp,
        stamped=True,
        sent_at=stamp,
        sent_wall=stamp,
        identifier=None,
        accepted=accepted,
        refusal=None if accepted else {},
        payload={},
        cancelled_by=99 if cancelled else None,
    )


@pytest.mark.parametrize(
    ("formula", "window", "events", "total"),
    [
        pytest.param("sum", None, [], "0", id="nothing is zero"),
        pytest.param("sum", None, [event(1, "5"), event(2, "2.5")], "7.5", id="values add up"),
        pytest.param(
            "sum", None, [event(1, "5"), event(2, "-8")], "-3", id="a negative total is not clamped"
        ),
        pytest.param(
            "sum", None, [event(1, "5"), event(2, "5", accepted=False)], "5", id="refused ones don't count"
        ),
        pytest.param(
            "sum", None, [event(1, "5"), event(2, "5", cancelled=True)], "5", id="nor cancelled ones"
        ),
        pytest.param("sum", None, [event(1, "5", 86_400)], "0", id="the period's end is outside"),
        pytest.param("sum", None, [event(1, "5", 0)], "5", id="its start is inside"),
        pytest.param("count", None, [event(1, "5"), event(2, None)], "2", id="counting ignores values"),
        pytest.param("last", None, [event(1, "5", 20), event(2, "3", 10)], "5", id="last goes by timestamp"),
        pytest.param("last", None, [event(1, "5"), event(2, "3")], "3", id="on a tie the last received wins"),
        pytest.param(
            "last", None, [event(1, "5"), event(2, "3", cancelled=True)], "5", id="last skips cancelled"
        ),
        pytest.param(
            "sum", "hour", [event(1, "5", 0), event(2, "3", 9)], "3", id="an hour keeps the last received"
        ),
        pytest.param(
            "sum", "hour", [event(1, "5", 9), event(2, "3", 0)], "3", id="by receipt, not by timestamp"
        ),
        pytest.param("sum", "hour", [event(1, "5", 0), event(2, "3", HOUR)], "8", id="hours add up"),
        pytest.param("sum", "day", [event(1, "5", 0), event(2, "3", HOUR)], "3", id="a day keeps one"),
        pytest.param(
            "count", "hour", [event(1, "5", 0), event(2, "3", 9)], "1", id="counting counts windows"
        ),
        pytest.param(
            "sum",
            "hour",
            [event(1, "5", 0), event(2, "3", 9, cancelled=True)],
            "0",
            id="a cancelled one restores none",
        ),
    ],
)
def test_a_meter_shows_what_its_formula_and_window_say(
    formula: str, window: str | None, events: list[Usage], total: str
) -> None:
    assert expected_total(meter(formula, window), events, DAY) == Decimal(total)


EVENTS = st.lists(
    st.tuples(st.integers(-50, 50), st.integers(0, 3 * HOUR), st.booleans()).map(
        lambda drawn: (str(drawn[0]), drawn[1], drawn[2])
    ),
    max_size=12,
).map(lambda rows: [event(n, value, at, cancelled=gone) for n, (value, at, gone) in enumerate(rows, start=1)])


@given(
    events=EVENTS,
    formula=st.sampled_from(["sum", "count", "last"]),
    window=st.sampled_from([None, "hour", "day"]),
)
def test_the_last_running_total_is_the_total(events: list[Usage], formula: str, window: str | None) -> None:
    rules = meter(formula, window)
    assert [Decimal(0), *running_totals(rules, events)][-1] == expected_total(rules, events, DAY)


@given(events=EVENTS)
def test_the_standing_events_of_a_plain_sum_are_those_not_cancelled(events: list[Usage]) -> None:
    assert standing_events(meter(), events) == [each for each in events if each.counts]
