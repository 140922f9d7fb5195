"""Calendar periods counted from an anchor, never chained."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import count

from dateutil.relativedelta import relativedelta

DAY = 86_400
WEEK = 7 * DAY
_SECONDS = {"day": DAY, "week": WEEK}
_MONTHS = {"month": 1, "year": 12}
_ABOUT = {"day": DAY, "week": WEEK, "month": 2_629_746, "year": 31_556_952}


@dataclass(frozen=True)
class Interval:
    """How often a price recurs: `count` times `unit`, which is day, week, month or year.

    `day_of_month` overrides the anchor's own day where it could not have it: the 31st in June (SUB-34).
    """

    unit: str
    count: int = 1
    day_of_month: int | None = None

    @property
    def about_seconds(self) -> int:
        """The mean length, for comparing intervals."""
        return _ABOUT[self.unit] * self.count


@dataclass(frozen=True)
class Period:
    """`[starts_at, ends_before)` in unix seconds, UTC (INV-10, INV-12)."""

    starts_at: int
    ends_before: int


def boundary(anchor: int, interval: Interval, number: int) -> int:
    """Boundary `number` of the calendar through `anchor`; 0 is the anchor itself (SUB-30 to SUB-33).

    Months and years keep the day of month and clamp it to the month's length, always from the anchor.
    """
    steps = interval.count * number
    if interval.unit in _SECONDS:
        return anchor + steps * _SECONDS[interval.unit]
    return months_after(anchor, steps * _MONTHS[interval.unit], interval.day_of_month)


def months_after(instant: int, months: int, day_of_month: int | None = None) -> int:
    """`instant` moved by calendar months: the day, its own or the given one, clamped; time of day kept."""
    moved = datetime.fromtimestamp(instant, UTC) + relativedelta(months=months, day=day_of_month)
    return int(moved.timestamp())


def period_at(anchor: int, interval: Interval, instant: int) -> Period:
    """The natural period that contains `instant`."""
    number = (instant - anchor) // interval.about_seconds
    while boundary(anchor, interval, number) > instant:
        number -= 1
    while boundary(anchor, interval, number + 1) <= instant:
        number += 1
    return Period(boundary(anchor, interval, number), boundary(anchor, interval, number + 1))


def first_boundary_after(anchor: int, interval: Interval, instant: int) -> int:
    """The first boundary strictly after `instant`."""
    return period_at(anchor, interval, instant).ends_before


def next_occurrence(config: dict[str, int | None], after: int) -> int:
    """The first instant after `after` that fits a `billing_cycle_anchor_config` (SUB-34).

    `day_of_month` is clamped to the month; time parts that are missing are those of `after` (SUB-35).
    """
    start = datetime.fromtimestamp(after, UTC)
    time = relativedelta(hour=config.get("hour"), minute=config.get("minute"), second=config.get("second"))
    first = start + time
    monthly = (first + relativedelta(months=months, day=config["day_of_month"]) for months in count())
    found = next(each for each in monthly if config.get("month") in {None, each.month} and each > start)
    return int(found.timestamp())
