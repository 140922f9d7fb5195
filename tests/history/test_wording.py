"""How numbers, money, instants and lengths of time are written."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.history import wording


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("40", "40"),
        ("40.500", "40.5"),
        ("0.00", "0"),
        ("-0.0", "0"),
        ("1E+3", "1000"),
        ("1E-12", "0.000000000001"),
    ],
)
def test_a_number_has_no_exponent_and_no_trailing_zeros(value: str, text: str) -> None:
    assert wording.number(Decimal(value)) == text


@pytest.mark.parametrize(
    ("minor", "currency", "text"),
    [
        (84, "usd", "0.84 usd"),
        (2000, "eur", "20.00 eur"),
        (-667, "usd", "-6.67 usd"),
        (84, "jpy", "84 jpy"),
        (1234, "kwd", "1.234 kwd"),
        (Decimal("0.05"), "usd", "0.0005 usd"),
    ],
)
def test_money_is_written_in_major_units(minor: Decimal | int, currency: str, text: str) -> None:
    assert wording.money(minor, currency) == text


@given(st.integers(-(10**15), 10**15), st.sampled_from(["usd", "jpy", "kwd"]))
def test_money_reads_back(minor: int, currency: str) -> None:
    assert wording.minor_units(wording.money(minor, currency)) == (minor, currency)


@pytest.mark.parametrize("text", ["84", "none usd"])
def test_what_is_no_money_is_refused(text: str) -> None:
    with pytest.raises((ValueError, ArithmeticError)):
        wording.minor_units(text)


@pytest.mark.parametrize(
    ("unix", "text"),
    [(1769907600, "2026-02-01 01:00:00"), (0, "1970-01-01 00:00:00"), (1769907600000, "1769907600000")],
)
def test_an_instant_is_utc_and_milliseconds_stay_a_number(unix: int, text: str) -> None:
    assert wording.instant(unix) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0 s"),
        (120, "120 s"),
        (121, "2 min"),
        (3_600, "60 min"),
        (10_800, "3 h"),
        (86_400, "24 h"),
        (259_200, "3 days"),
        (3_110_400, "36 days"),
    ],
)
def test_a_length_of_time_is_in_the_unit_that_says_it(seconds: int, text: str) -> None:
    assert wording.length(seconds) == text


@pytest.mark.parametrize(
    ("names", "text"),
    [([], "none"), (["a"], "a"), (["a", "b"], "a and b"), (["a", "b", "c"], "a, b and c")],
)
def test_names_are_listed(names: list[str], text: str) -> None:
    assert wording.listed(names) == text


def test_a_long_list_is_counted() -> None:
    assert wording.listed(["a", "b", "c", "d", "e"]) == "a, b, c and 2 more"


@pytest.mark.parametrize(("count", "text"), [(0, "0 events"), (1, "1 event"), (2, "2 events")])
def test_plurals(count: int, text: str) -> None:
    assert wording.plural(count, "event") == text


@pytest.mark.parametrize(
    ("before", "after", "text"),
    [
        (0, 0, ""),
        (200, 0, "credit notes took 2.00 usd off what was due"),
        (0, 400, "credit notes gave 4.00 usd back"),
        (200, 400, "credit notes took 2.00 usd off what was due and gave 4.00 usd back"),
    ],
)
def test_what_credit_notes_gave_back(before: int, after: int, text: str) -> None:
    assert wording.given_back(before, after, "usd") == text


@pytest.mark.parametrize(("cents", "text"), [(0, ""), (200, "tax of 2.00 usd on top")])
def test_what_tax_adds(cents: int, text: str) -> None:
    assert wording.added_tax(cents, "usd") == text
