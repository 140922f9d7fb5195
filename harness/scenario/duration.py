"""Lengths of time as scenarios write them: `1y 2mo 3w 4d 5h 6m 7s`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache

from dateutil.relativedelta import relativedelta

from harness.scenario.errors import GrammarError, shorten

DURATION_PATTERN = r"[0-9]+(?:y|mo|w|d|h|m|s)(?: *[0-9]+(?:y|mo|w|d|h|m|s))*"
_SHAPE = re.compile(DURATION_PATTERN)
_PART = re.compile(r"([0-9]+)(y|mo|w|d|h|m|s)")
_UNITS = ("y", "mo", "w", "d", "h", "m", "s")
_MONTHS = {"y": 12, "mo": 1}
_DAYS = {"w": 7, "d": 1}
_SECONDS = {"h": 3600, "m": 60, "s": 1}
_DAY = 86400
_MOST_DIGITS = 10
_MOST_YEARS = 1000
_HINT = "a duration is written 1y 2mo 3w 4d 5h 6m 7s: any of these parts, in that order"


@dataclass(frozen=True, slots=True)
class Duration:
    """A length of time in three parts that don't convert into each other: months, days, seconds."""

    months: int = 0
    days: int = 0
    seconds: int = 0

    @property
    def total_seconds(self) -> int:
        """The length in seconds.

        Raises:
            ValueError: when it has months, whose length depends on where they start.
        """
        if self.months:
            raise GrammarError(f"{self} has no fixed number of seconds, because months differ in length")
        return self.days * _DAY + self.seconds

    def add_to(self, unix: int, sign: int = 1, times: int = 1) -> int:
        """Move an instant by this length, `times` over; months first, clamped to the end of the month.

        All the months are added at once, so that 31 January plus twice `1mo` is 31 March.

        Args:
            unix: the instant, in unix seconds.
            sign: 1 to go forward, -1 to go back.
            times: how often to apply it.

        Raises:
            ValueError: when the result lies outside the years 1 to 9999.
        """
        factor = sign * times
        try:
            moment = datetime.fromtimestamp(unix, UTC) + relativedelta(months=factor * self.months)
            moment += timedelta(days=factor * self.days, seconds=factor * self.seconds)
        except (OverflowError, ValueError) as error:
            raise GrammarError(f"{self} leads out of the calendar") from error
        return int(moment.timestamp())

    def __str__(self) -> str:
        """The canonical text; weeks are written as days."""
        years, months = divmod(self.months, 12)
        hours, rest = divmod(self.seconds, 3600)
        minutes, seconds = divmod(rest, 60)
        parts = (years, "y"), (months, "mo"), (self.days, "d"), (hours, "h"), (minutes, "m"), (seconds, "s")
        return " ".join(f"{number}{unit}" for number, unit in parts if number) or "0s"


@lru_cache(maxsize=4096)
def parse_duration(text: str) -> Duration:
    """Read a duration such as `1d 12h`.

    Raises:
        ValueError: when the text isn't one, repeats a unit or has units out of order.
    """
    shown = text.strip()
    if not _SHAPE.fullmatch(shown):
        raise GrammarError(f"`{shorten(shown)}` isn't a duration", _hint_for(shown))
    parts = [(int(_few_digits(number)), unit) for number, unit in _PART.findall(shown)]
    _check_order([unit for _, unit in parts], shown)
    found = Duration(_sum(parts, _MONTHS), _sum(parts, _DAYS), _sum(parts, _SECONDS))
    if found.months / 12 + found.days / 365 + found.seconds / (365 * _DAY) > _MOST_YEARS:
        raise GrammarError(f"`{shorten(shown)}` is longer than {_MOST_YEARS} years", None)
    return found


def _sum(parts: list[tuple[int, str]], sizes: dict[str, int]) -> int:
    return sum(number * sizes[unit] for number, unit in parts if unit in sizes)


def _few_digits(number: str) -> str:
    if len(number) > _MOST_DIGITS:
        raise GrammarError(f"`{shorten(number)}` has too many digits for a duration")
    return number


def _check_order(units: list[str], shown: str) -> None:
    ranks = [_UNITS.index(unit) for unit in units]
    if len(set(ranks)) < len(ranks):
        raise GrammarError(f"`{shown}` names a unit twice", _HINT)
    if ranks != sorted(ranks):
        raise GrammarError(f"`{shown}` has its units out of order", _HINT)


def _hint_for(text: str) -> str:
    if re.fullmatch(r"[0-9]+", text):
        return f"give the unit: {shorten(text)}s, {shorten(text)}m, {shorten(text)}h, {shorten(text)}d, …"
    if text.startswith("-"):
        return "a duration has no sign; where it is subtracted the instant says so: cycle1.end - 1s"
    return _HINT
