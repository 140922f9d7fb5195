"""The share of a licensed price that falls on a part of a period, to the second."""

from __future__ import annotations

from fractions import Fraction

from harness.simulator.billing.periods import Period
from harness.simulator.billing.rounding import to_cents


def remaining(period: Period, instant: int) -> Fraction:
    """The part of `period` left at `instant`: 1 at its start, 0 at its end (CHG-53)."""
    length = period.ends_before - period.starts_at
    left = min(max(period.ends_before - instant, 0), length)
    return Fraction(left, length)


def share_cents(amount_cents: int, period: Period, part: Period) -> int:
    """What `part` costs of an amount for the whole of `period`; only how long `part` is matters (CHG-53)."""
    length = part.ends_before - part.starts_at
    return debit_cents(amount_cents, period, period.ends_before - length)


def credit_cents(amount_cents: int, period: Period, instant: int) -> int:
    """What comes back for the unused rest of an amount that paid for `period`; never positive (CHG-54)."""
    return -to_cents(amount_cents * remaining(period, instant))


def debit_cents(amount_cents: int, period: Period, instant: int) -> int:
    """What the rest of `period` costs at `amount_cents` for the whole; rounded on its own (CHG-54)."""
    return to_cents(amount_cents * remaining(period, instant))
