"""Proration to the second: credits and debits, each rounded on its own."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.simulator.billing.periods import Period
from harness.simulator.billing.proration import credit_cents, debit_cents, remaining

MONTH = Period(0, 30 * 86_400)


def test_a_third_of_a_month_as_documented() -> None:
    """CHG-54: -667 and +333 make -334; rounding the net would give -333."""
    instant = 20 * 86_400
    assert credit_cents(2000, MONTH, instant) == -667
    assert debit_cents(1000, MONTH, instant) == 333


@pytest.mark.parametrize(
    ("instant", "cents"),
    [(0, 1000), (1, 1000), (15 * 86_400, 500), (30 * 86_400, 0), (31 * 86_400, 0), (-5, 1000)],
)
def test_the_share_falls_by_the_second(instant: int, cents: int) -> None:
    """CHG-53."""
    assert debit_cents(1000, MONTH, instant) == cents


def test_nothing_remains_at_the_end_and_all_at_the_start() -> None:
    """CHG-53: also of an amount so large that a second of the month costs a cent."""
    assert [remaining(MONTH, instant) for instant in (0, MONTH.ends_before)] == [1, 0]
    assert [debit_cents(30 * 86_400, MONTH, instant) for instant in (30 * 86_400 - 1, 30 * 86_400)] == [1, 0]


@given(st.integers(0, 10**9), st.integers(0, 30 * 86_400))
def test_a_credit_undoes_its_debit(amount_cents: int, instant: int) -> None:
    assert credit_cents(amount_cents, MONTH, instant) == -debit_cents(amount_cents, MONTH, instant)


@given(st.integers(0, 30 * 86_400), st.integers(0, 30 * 86_400))
def test_less_remains_later(one: int, other: int) -> None:
    earlier, later = sorted([one, other])
    assert 0 <= remaining(MONTH, later) <= remaining(MONTH, earlier) <= 1
