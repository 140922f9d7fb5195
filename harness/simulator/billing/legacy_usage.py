"""How legacy usage records add up: at one timestamp, and over a period (LEG-04, LEG-20)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from harness.simulator.billing.periods import Period

Action = Literal["increment", "set"]
FORMULAS = ("last_during_period", "last_ever", "max", "sum")
"""Values of `recurring[aggregate_usage]` (LEG-20)."""


def recorded(action: Action, kept: int, quantity: int) -> int:
    """The quantity at a timestamp after one more record for it.

    An increment adds to what is `kept` there, a `set` takes its place; other timestamps stay (LEG-04).
    """
    return quantity if action == "set" else kept + quantity


def covers(period: Period, at: int) -> bool:
    """Whether usage at `at` belongs to a period: after its start, up to and with its end (LEG-03).

    Meters take the other side: from the start, up to but without the end (INV-12).
    """
    return period.starts_at < at <= period.ends_before


def aggregate(formula: str, readings: Sequence[tuple[int, int]], period: Period) -> int:
    """What a period bills.

    Args:
        formula: one of `FORMULAS`.
        readings: timestamp and quantity, ascending by timestamp; from before the period too.
        period: the one to bill.
    """
    if formula == "last_ever":  # carries over from earlier periods (LEG-20)
        return next((quantity for at, quantity in reversed(readings) if at <= period.ends_before), 0)
    inside = [quantity for at, quantity in readings if covers(period, at)]
    if formula == "max":
        return max(inside, default=0)
    if formula == "last_during_period":
        return inside[-1] if inside else 0
    return sum(inside)
