"""Currencies: their decimals, the least that can be charged, and what that leaves to pay."""

from __future__ import annotations

import pytest

from harness.simulator.billing.currencies import SUPPORTED, decimals_of, smallest_charge_cents, to_pay

WITHOUT_DECIMALS = {
    "bif", "clp", "djf", "gnf", "jpy", "kmf", "krw", "mga", "pyg", "rwf", "vnd", "vuv", "xaf", "xof", "xpf",
}  # fmt: skip
SMALLEST = {
    "aed": 200, "bgn": 100, "czk": 1_500, "dkk": 250, "gbp": 30, "hkd": 400, "huf": 17_500, "mxn": 1_000,
    "myr": 200, "nok": 300, "pln": 200, "ron": 200, "sek": 300, "thb": 1_000,
}  # fmt: skip


def test_the_decimals_of_every_currency() -> None:
    """docs.stripe.com/currencies: isk and ugx are written with two decimals that are always zero."""
    none = {code for code in SUPPORTED if decimals_of(code) == 0}
    three = {code for code in SUPPORTED if decimals_of(code) == 3}
    assert none == WITHOUT_DECIMALS
    assert three == {"bhd", "jod", "kwd", "omr", "tnd"} & set(SUPPORTED)
    assert {decimals_of(code) for code in ("usd", "eur", "isk", "ugx")} == {2}


def test_the_smallest_charge_of_every_currency() -> None:
    """INV-29: the table of docs.stripe.com/currencies; fifty of the minor unit where it has no row."""
    assert {code: smallest_charge_cents(code) for code in SUPPORTED} == dict.fromkeys(
        SUPPORTED, 50
    ) | SMALLEST


@pytest.mark.parametrize(
    ("total", "balance", "currency", "due"),
    [
        pytest.param(50, 0, "usd", 50, id="INV-29 the least that can be charged"),
        pytest.param(49, 0, "usd", 0, id="INV-29 one cent less"),
        pytest.param(30, 0, "gbp", 30, id="INV-29 the least in pounds"),
        pytest.param(29, 0, "gbp", 0, id="INV-29 one penny less"),
        pytest.param(1, 49, "usd", 50, id="INV-29 with what is owed it is enough"),
        pytest.param(1, 48, "usd", 0, id="INV-29 with what is owed it is not"),
        pytest.param(0, 100, "usd", 0, id="INV-30 nothing to pay, whatever is owed"),
        pytest.param(-1, 100, "usd", 0, id="INV-30 a negative total"),
    ],
)
def test_what_is_left_to_pay(total: int, balance: int, currency: str, due: int) -> None:
    assert to_pay(total, balance, currency) == due
