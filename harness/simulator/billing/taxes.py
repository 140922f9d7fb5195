"""What tax rates take of an amount: a pure rule."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple

from harness.simulator.billing.rounding import to_cents


class Rate(NamedTuple):
    """A tax rate: its percentage, and whether amounts contain it already (inclusive) or it comes on top."""

    percent: Decimal
    inclusive: bool


def levies(cents: int, rates: Sequence[Rate]) -> list[int]:
    """The tax of each rate on an amount of `cents` after discounts and credits, in minor units (INV-103).

    Inclusive rates share the part of the amount that is tax; exclusive ones are taken of what is left then.
    Each is rounded by itself, so that an invoice's taxes are the sums of its lines' (INV-104).
    """
    whole = 1 + sum((_share(each) for each in rates if each.inclusive), Fraction(0))
    inside = [to_cents(cents * _share(each) / whole) if each.inclusive else 0 for each in rates]
    base = cents - sum(inside)
    return [
        contained if rate.inclusive else to_cents(base * _share(rate))
        for rate, contained in zip(rates, inside, strict=True)
    ]


def inside_cents(cents: int, rates: Sequence[Rate]) -> int:
    """How much of an amount is inclusive tax."""
    taxes = zip(rates, levies(cents, rates), strict=True)
    return sum(tax for rate, tax in taxes if rate.inclusive)


def unit_without(unit_amount: Decimal, rates: Sequence[Rate]) -> Fraction:
    """A unit amount without its inclusive tax, not rounded."""
    return Fraction(unit_amount) / (1 + sum((_share(each) for each in rates if each.inclusive), Fraction(0)))


def _share(rate: Rate) -> Fraction:
    return Fraction(rate.percent) / 100
