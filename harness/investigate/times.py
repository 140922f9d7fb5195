"""Instants of an account told by the cycle that its invoice bills, which a scenario calls cycle 1."""

from __future__ import annotations

from datetime import UTC, datetime

from harness.history import wording
from harness.history.shapes import Period
from harness.scenario.duration import Duration

NEAR_SECONDS = 6 * wording.HOUR


def relative(instant: int, cycle: Period) -> str:
    """`cycle1.start + 4d 3h`, or from the cycle's end where that is near or past."""
    if instant >= cycle.end or cycle.end - instant <= NEAR_SECONDS:
        return _from("cycle1.end", instant - cycle.end)
    return _from("cycle1.start", instant - cycle.start)


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
