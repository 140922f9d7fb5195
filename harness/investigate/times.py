"""Instants of an account told by the cycle that its invoice bills."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from harness.history import wording
from harness.history.shapes import Period
from harness.scenario.duration import Duration

NEAR_SECONDS = 6 * wording.HOUR
MOST_CYCLES_BEFORE = 12
_MONTHS = {"month": 1, "year": 12}
_DAYS = {"day": 1, "week": 7}


@dataclass(frozen=True)
class Cycle:
    """The cycle that an invoice bills, as its scenario counts it.

    Args:
        period: from its start to before its end.
        opens_at: where the scenario's clock, subscription and cycle 1 begin.
        number: which of the cycles since then it is.
        anchor: the anchor that the subscription must be given, None where the opening is it.
    """

    period: Period
    opens_at: int
    number: int = 1
    anchor: int | None = None

    @property
    def start(self) -> int:
        """Its first second."""
        return self.period.start

    @property
    def end(self) -> int:
        """The first second of the next one."""
        return self.period.end

    @property
    def name(self) -> str:
        """`cycle1`, as scenarios call it and its invoice."""
        return f"cycle{self.number}"

    def relative(self, instant: int) -> str:
        """`cycle1.start + 4d 3h`, or from its end where that is near or past."""
        if instant >= self.end or self.end - instant <= NEAR_SECONDS:
            return _from(f"{self.name}.end", instant - self.end)
        return _from(f"{self.name}.start", instant - self.start)


def cycle_for(period: Period, anchor: int | None, interval: str, count: int) -> Cycle:
    """The cycle of a scenario in which this period comes about.

    A short period ends at an anchor of its own (SUB-19). One that is longer than its start alone would give,
    such as 28 February to 31 March, needs the cycles before it, back to the day that they are counted from.

    Args:
        period: what the invoice bills.
        anchor: the subscription's `billing_cycle_anchor`.
        interval: `day`, `week`, `month` or `year`.
        count: how many of them make a cycle.
    """
    length = Duration(months=_MONTHS.get(interval, 0), days=_DAYS.get(interval, 0))
    for back in range(MOST_CYCLES_BEFORE + 1):
        opens_at = _opening(period, anchor, length, count, back)
        fits = length.add_to(opens_at, times=count * back) == period.start
        if fits and length.add_to(opens_at, times=count * (back + 1)) == period.end:
            return Cycle(period, opens_at, back + 1)
    return Cycle(period, period.start, 1, period.end)


def _opening(period: Period, anchor: int | None, length: Duration, count: int, back: int) -> int:
    """So many cycles before the period, on the anchor's own day of the month."""
    earlier = length.add_to(period.start, sign=-1, times=count * back)
    if anchor is None or back == 0:
        return earlier
    missing = datetime.fromtimestamp(anchor, UTC).day - datetime.fromtimestamp(earlier, UTC).day
    return Duration(days=max(0, missing)).add_to(earlier)


def length(seconds: int) -> str:
    """`4d 3h`."""
    days, rest = divmod(seconds, wording.DAY)
    return str(Duration(days=days, seconds=rest))


def absolute(instant: int) -> str:
    """`2026-01-31`, or with its time and a Z."""
    moment = datetime.fromtimestamp(instant, UTC)
    return f"{moment:%Y-%m-%d}" if instant % wording.DAY == 0 else f"{moment:%Y-%m-%dT%H:%M:%S}Z"


def _from(anchor: str, seconds: int) -> str:
    if seconds == 0:
        return anchor
    return f"{anchor} {'+' if seconds > 0 else '-'} {length(abs(seconds))}"
