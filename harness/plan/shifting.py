"""Moving a whole calendar by years, for accounts on which a story's dates must not lie in the past."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

MARGIN_SECONDS = 3_600
"""How far from the present a moved story begins at least, so that it is not overtaken while it is set up."""
REACH_BACK_SECONDS = 35 * 86_400  # no accepted usage is older than that (MTR-50)
MOST_YEARS = 400  # after so many years the calendar repeats


class CannotShift(ValueError):
    """The calendar may not be moved. The message says why and what to write instead."""


@dataclass(frozen=True)
class Shift:
    """How far a calendar was moved: whole years, which for its whole reach are the same number of seconds.

    Each February that the story can reach is as long in the new years as in the old ones. So every month,
    cycle and distance stays what it was, and dates are told back by taking `seconds` off again.
    """

    years: int = 0
    seconds: int = 0

    @property
    def words(self) -> str:
        """Such as `1 year later`."""
        return f"{self.years} year{'' if self.years == 1 else 's'} later"


UNMOVED = Shift()


def shift_for(start: int, ends_before: int, earliest: int) -> Shift:
    """The shortest shift with which a story that spans `[start, ends_before)` begins after `earliest`.

    Args:
        start: where the test clock starts, unix seconds.
        ends_before: the last instant that the story's calendar reaches.
        earliest: the present of the account.
    """
    if start >= earliest:
        return UNMOVED
    februaries = list(_februaries(start - REACH_BACK_SECONDS, ends_before))
    begins = datetime.fromtimestamp(start, UTC)
    for years in range(1, MOST_YEARS + 1):
        if any(_is_leap(year) != _is_leap(year + years) for year in februaries):
            continue
        seconds = int(begins.replace(year=begins.year + years).timestamp()) - start
        if start + seconds >= earliest + MARGIN_SECONDS:
            return Shift(years, seconds)
    raise CannotShift(f"no year in the next {MOST_YEARS} has the same Februaries as this story")


def _februaries(since: int, until: int) -> Iterator[int]:
    """The years whose last days of February touch the span."""
    for year in range(datetime.fromtimestamp(since, UTC).year, datetime.fromtimestamp(until, UTC).year + 1):
        begins = datetime(year, 2, 28, tzinfo=UTC).timestamp()
        ends = datetime(year, 3, 1, tzinfo=UTC).timestamp()
        if begins < until and since < ends:
            yield year


def _is_leap(year: int) -> bool:
    return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
