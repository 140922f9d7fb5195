"""What tax rates take of an amount: Stripe's own examples, and laws over any amounts and rates."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.simulator.billing.taxes import Rate, inside_cents, levies, unit_without


def rates(text: str) -> list[Rate]:
    """`5i 7x`: 5 % inclusive and 7 % exclusive."""
    return [Rate(Decimal(word[:-1]), word[-1] == "i") for word in text.split()]


percents = st.decimals(0, 100, places=4)
any_rates = st.lists(st.builds(Rate, percents, st.booleans()), max_size=10)
exclusive_rates = st.lists(st.builds(Rate, percents, st.just(False)), max_size=10)
inclusive_rates = st.lists(st.builds(Rate, percents, st.just(True)), max_size=10)
amounts = st.integers(-(10**12), 10**12)


@pytest.mark.parametrize(
    ("cents", "asked", "taxes"),
    [
        # The tables of docs.stripe.com/tax/tax-rates (INV-103, INV-104).
        (500, "25x", [125]),
        (500, "25i", [100]),
        (500, "5x", [25]),
        (1000, "10x", [100]),
        (100_000, "10i", [9_091]),
        (5_000, "10i", [455]),
        (450, "5x", [23]),  # 22.5: half a cent goes up
        (900, "5x", [45]),
        (450, "5i", [21]),
        (900, "5i", [43]),
        (450, "5i 7x", [21, 30]),
        (900, "5i 7x", [43, 60]),
        (10_000, "10i", [909]),  # INV-105 backs this out
        # Ours.
        (10_000, "9.975x 5x", [998, 500]),
        (11_500, "5i 10i", [500, 1_000]),  # one net price of 100.00
        (11_500, "7x 15i", [700, 1_500]),  # whichever comes first
        (0, "20x 20i", [0, 0]),
        (1, "20x", [0]),
        (-450, "5x", [-23]),
        (-11_500, "5i 10i 10x", [-500, -1_000, -1_000]),
        (123, "", []),
        (123, "0x 0i", [0, 0]),
        (200, "100i 100x", [100, 100]),
    ],
)
def test_an_amount_is_taxed_as_stripe_says(cents: int, asked: str, taxes: list[int]) -> None:
    assert levies(cents, rates(asked)) == taxes


@given(amounts, any_rates)
def test_a_credit_takes_back_the_tax_of_its_charge(cents: int, asked: list[Rate]) -> None:
    assert levies(-cents, asked) == [-tax for tax in levies(cents, asked)]


@given(amounts, any_rates, st.booleans(), st.integers(0, 10))
def test_a_rate_of_zero_changes_nothing(cents: int, asked: list[Rate], inclusive: bool, place: int) -> None:
    place = min(place, len(asked))
    taxes = levies(cents, [*asked[:place], Rate(Decimal(0), inclusive), *asked[place:]])
    assert taxes.pop(place) == 0
    assert taxes == levies(cents, asked)


@given(amounts, any_rates, st.randoms(use_true_random=False))
def test_the_order_of_rates_does_not_matter(cents: int, asked: list[Rate], shuffle: object) -> None:
    order = list(range(len(asked)))
    shuffle.shuffle(order)  # type: ignore[attr-defined]  # Hypothesis' own random.Random
    found = levies(cents, asked)
    assert levies(cents, [asked[place] for place in order]) == [found[place] for place in order]


@given(amounts, exclusive_rates)
def test_exclusive_rates_are_taken_of_the_amount_each_by_itself(cents: int, asked: list[Rate]) -> None:
    for rate, tax in zip(asked, levies(cents, asked), strict=True):
        assert abs(tax - Fraction(rate.percent) * cents / 100) <= Fraction(1, 2)
    assert inside_cents(cents, asked) == 0


@given(amounts, inclusive_rates)
def test_inclusive_taxes_and_the_net_price_make_the_amount(cents: int, asked: list[Rate]) -> None:
    """Within half a cent for each rate, which is what rounding each of them may cost (INV-104)."""
    net = cents - inside_cents(cents, asked)
    off = abs(net * (1 + sum(Fraction(rate.percent) / 100 for rate in asked)) - cents)
    assert off <= (1 + sum(Fraction(rate.percent) / 100 for rate in asked)) * Fraction(len(asked), 2)


@given(amounts, inclusive_rates, exclusive_rates)
def test_exclusive_rates_see_the_amount_without_inclusive_tax(
    cents: int, inside: list[Rate], outside: list[Rate]
) -> None:
    both = levies(cents, inside + outside)
    net = cents - inside_cents(cents, inside)
    assert both == levies(cents, inside) + levies(net, outside)


def test_a_unit_amount_without_its_inclusive_tax_is_exact() -> None:
    assert unit_without(Decimal("11.5"), rates("5i 10i 20x")) == 10
    assert unit_without(Decimal(3), rates("20x")) == 3
