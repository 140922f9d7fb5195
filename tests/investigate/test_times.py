"""Cycles and instants as a reproduced scenario counts them."""

from datetime import UTC, datetime

import pytest

from harness.history.shapes import Period
from harness.investigate.times import Cycle, absolute, cycle_for


def unix(day: str) -> int:
    return int(datetime.fromisoformat(day).replace(tzinfo=UTC).timestamp())


@pytest.mark.parametrize(
    ("start", "end", "anchor", "opens", "number", "own_anchor", "count"),
    [
        ("2026-01-01", "2026-02-01", "2026-01-01", "2026-01-01", 1, None, 1),
        ("2026-03-01", "2026-04-01", "2024-01-01", "2026-03-01", 1, None, 1),
        ("2026-02-28", "2026-03-31", "2024-01-31", "2026-01-31", 2, None, 1),
        ("2026-02-28", "2026-03-30", "2025-12-30", "2026-01-30", 2, None, 1),
        ("2026-02-28", "2026-03-29", "2025-12-29", "2026-01-29", 2, None, 1),
        ("2026-04-30", "2026-05-31", "2025-12-31", "2026-03-31", 2, None, 1),
        ("2026-01-10", "2026-01-20", "2026-01-20", "2026-01-10", 1, "2026-01-20", 1),
        ("2026-02-28", "2026-03-28", "2026-02-28", "2026-02-28", 1, None, 1),
        ("2026-06-30", "2026-08-31", "2025-12-31", "2025-12-31", 4, None, 2),
    ],
)
def test_a_cycle_opens_where_its_days_come_about(
    start: str, end: str, anchor: str, opens: str, number: int, own_anchor: str | None, count: int
) -> None:
    found = cycle_for(Period(unix(start), unix(end)), unix(anchor), "month", count)
    assert (absolute(found.opens_at), found.number) == (opens, number)
    assert found.anchor == (unix(own_anchor) if own_anchor else None)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "cycle2.start"),
        (86_400, "cycle2.start + 1d"),
        (90_061, "cycle2.start + 1d 1h 1m 1s"),
        (31 * 86_400 - 1, "cycle2.end - 1s"),
        (31 * 86_400, "cycle2.end"),
        (31 * 86_400 + 60, "cycle2.end + 1m"),
    ],
)
def test_an_instant_is_told_from_the_nearer_edge_that_says_more(seconds: int, text: str) -> None:
    cycle = Cycle(Period(1_000_000, 1_000_000 + 31 * 86_400), 0, 2)
    assert cycle.relative(1_000_000 + seconds) == text
