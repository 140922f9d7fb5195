"""From exact amounts and quantities to the whole numbers and texts that Stripe shows."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Context, Decimal
from fractions import Fraction

EXACT = Context(prec=100)
"""Arithmetic that keeps every digit: 15 digits of usage times 30 of price need far fewer than 100."""

_TWELFTH_PLACE = Decimal("1e-12")


def to_cents(amount: Decimal | Fraction | int) -> int:
    """The nearest whole minor unit; exactly half goes away from zero (PRC-30, UNK-25: unverified).

    The only rounding of money in the simulator (PRC-24, INV-64).
    """
    numerator, denominator = amount.as_integer_ratio()
    magnitude = (2 * abs(numerator) + denominator) // (2 * denominator)
    return magnitude if numerator >= 0 else -magnitude


def whole_quantity(quantity: Decimal) -> int:
    """A line's `quantity`: the fraction is cut off (INV-50)."""
    return int(quantity)


def written(number: Decimal) -> str:
    """A decimal as the wire carries it: plain, at most 12 decimals, no trailing zeros (INV-50, MTR-49)."""
    plain = f"{number.quantize(_TWELFTH_PLACE, ROUND_HALF_UP, EXACT):f}"
    return plain.rstrip("0").rstrip(".") if plain.strip("-0.") else "0"
