"""The one rounding of money, and how numbers are written."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.simulator.billing.rounding import to_cents, whole_quantity, written


@pytest.mark.parametrize(
    ("amount", "cents"),
    [
        ("0", 0),
        ("0.4999", 0),
        ("0.5", 1),
        ("1.5", 2),
        ("2.5", 3),
        ("-0.5", -1),
        ("-1.5", -2),
        ("-0.49", 0),
        ("7", 7),
    ],
)
def test_exactly_half_goes_away_from_zero(amount: str, cents: int) -> None:
    """PRC-30, UNK-25."""
    assert to_cents(Decimal(amount)) == cents


@given(st.fractions())
def test_rounding_moves_by_at_most_half(amount: Fraction) -> None:
    assert abs(to_cents(amount) - amount) <= Fraction(1, 2)
    assert to_cents(-amount) == -to_cents(amount)


@pytest.mark.parametrize(
    ("number", "text"),
    [
        ("5", "5"),
        ("2000", "2000"),
        ("0.05", "0.05"),
        ("105.50", "105.5"),
        ("1E+3", "1000"),
        ("0", "0"),
        ("-0.0", "0"),
        ("-1.20", "-1.2"),
        ("0.0000000000001", "0"),
        ("999999999999999", "999999999999999"),
    ],
)
def test_decimals_are_written_plainly(number: str, text: str) -> None:
    """INV-50, MTR-49: at most 12 decimals."""
    assert written(Decimal(number)) == text


@pytest.mark.parametrize(("quantity", "whole"), [("5.9", 5), ("0.99", 0), ("7", 7), ("-1.5", -1)])
def test_a_lines_quantity_is_cut_off(quantity: str, whole: int) -> None:
    """INV-50."""
    assert whole_quantity(Decimal(quantity)) == whole
