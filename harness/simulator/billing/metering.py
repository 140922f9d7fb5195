"""How usage is read and added up: values, time windows, formulas."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from decimal import MAX_EMAX, MIN_EMIN, Context, Decimal, Inexact, localcontext
from typing import NamedTuple

Value = int | Decimal
"""An event's value: an int when it is whole, which most are, else an exact decimal."""

WINDOW_SECONDS = {"hour": 3_600, "day": 86_400}
"""Length of an `event_time_window`, or of a summary's grouping window."""

MOST_DIGITS = 15  # MTR-47
LONGEST_VALUE = 50  # characters; far beyond any real value (MTR-48, MTR-49, unverified)

_NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?")
_WIDE = Context(prec=400, Emax=MAX_EMAX, Emin=MIN_EMIN, traps=[Inexact])
"""An inexact sum would be a bug, so it raises instead of rounding."""


class Reading(NamedTuple):
    """One event on a meter: its own time, its rank by arrival, its value."""

    at: int
    sequence: int
    value: Value


def parse_value(text: str) -> Value | None:
    """The number in an event's payload, or None when it isn't one or is longer than any real one."""
    if len(text) <= MOST_DIGITS and text.isascii() and text.isdigit():
        return int(text)  # nearly all of them
    if len(text) > LONGEST_VALUE or not is_number(text):
        return None
    number = Decimal(text)
    return int(number) if number == number.to_integral_value() else number


def is_number(text: str) -> bool:
    """Whether a payload's value is written as a number.

    Only `-?digits[.digits]` is: no exponent, plus sign, blank or bare point (MTR-48, UNK-13, unverified).
    """
    return _NUMBER.fullmatch(text) is not None


def count_digits(text: str) -> int:
    """Significant digits: without sign, point and leading zeros (MTR-48, UNK-13, unverified)."""
    return len(text.lstrip("-").replace(".", "").lstrip("0"))


def exact_sum(values: Iterable[Value]) -> Value:
    """The sum, without rounding (MTR-27: Stripe's own is a double)."""
    with localcontext(_WIDE):
        return sum(values)


def exact_difference(minuend: Value, subtrahend: Value) -> Value:
    """The difference, without rounding; a bare minus sign would round a Decimal to 28 digits."""
    with localcontext(_WIDE):
        return minuend - subtrahend


def window_of(at: int, window: str) -> int:
    """Number of the UTC hour or day that `at` lies in (MTR-29)."""
    return at // WINDOW_SECONDS[window]


def survivors(readings: Sequence[Reading], window: str | None) -> list[Reading]:
    """The readings that count, by time: all, or the last received of each window (MTR-28 to MTR-30)."""
    if window is None:
        return sorted(readings)
    newest: dict[int, Reading] = {}
    for reading in sorted(readings, key=lambda each: each.sequence):
        newest[window_of(reading.at, window)] = reading
    return sorted(newest.values())


def combine(formula: str, readings: Sequence[Reading]) -> Value:
    """One number from the surviving readings, which are in order of time.

    `sum` adds, `count` counts events (or windows: MTR-31, UNK-18, unverified), `last` is the value of the
    newest (MTR-20, MTR-21, MTR-23), on a tie the last received, 0 without any (MTR-24, UNK-18, unverified).
    """
    if formula == "count":
        return len(readings)
    if formula == "last":
        return readings[-1].value if readings else 0
    return exact_sum(reading.value for reading in readings)
