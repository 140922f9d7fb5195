"""Timestamps as logs write them: unix seconds, milliseconds and finer, or ISO 8601."""

from __future__ import annotations

from datetime import UTC, datetime

FINER_THAN_SECONDS = 10**11  # MTR-53: seconds reach this in the year 5138
_UNITS = ((10**17, 10**9), (10**14, 10**6), (10**11, 10**3))
"""From this size on a number counts nanoseconds, microseconds or milliseconds; and how many make a second."""


def parse_stamp(text: str) -> tuple[int, int]:
    """Unix seconds, and the number as it stood; the two differ where it counts milliseconds or finer.

    A fraction is cut off. An ISO time without an offset is taken as UTC.

    Raises:
        ValueError: the text is neither a number nor an ISO time.
    """
    shown = text.strip()
    whole = shown if shown.lstrip("-").isdecimal() else _whole_part(shown)
    if whole is None:
        seconds = int(_moment(shown).timestamp() // 1)
        return seconds, seconds
    number = int(whole)
    for least, per_second in _UNITS:
        if abs(number) >= least:
            return number // per_second, number
    return number, number


def _whole_part(text: str) -> str | None:
    """`1767225600` of `1767225600.25`; None if it isn't such a number."""
    whole, point, fraction = text.partition(".")
    return whole if point and whole.lstrip("-").isdecimal() and fraction.isdecimal() else None


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError(f"`{text[:40]}` is no time") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
