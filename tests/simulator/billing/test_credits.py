"""Which credit pays for which amount."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.simulator.billing.credits import Claim, Payment, Purse, spend

ONE, TWO = Claim("price_1", "si_1", 100), Claim("price_2", "si_2", 50)


@pytest.mark.parametrize(
    ("purses", "claims", "paid"),
    [
        pytest.param([Purse(30)], [ONE], [(0, 0, 30)], id="all of it is spent"),
        pytest.param([Purse(300)], [ONE], [(0, 0, 100)], id="no more than the line costs"),
        pytest.param([Purse(120)], [ONE, TWO], [(0, 0, 100), (0, 1, 20)], id="lines in order"),
        pytest.param(
            [Purse(60), Purse(60)], [ONE], [(0, 0, 60), (1, 0, 40)], id="the second pays what the first left"
        ),
        pytest.param(
            [Purse(60, frozenset({"price_2"}))], [ONE, TWO], [(0, 1, 50)], id="only for the prices it names"
        ),
        pytest.param(
            [Purse(500)],
            [Claim("p", "si_1", 110), Claim("p", "si_1", -80), TWO],
            [(0, 0, 30), (0, 2, 50)],
            id="a negative line lessens its item's others",
        ),
        pytest.param([Purse(500)], [Claim("p", "si_1", -80)], [], id="nothing for a negative item"),
    ],
)
def test_credit_is_spent_in_order(purses: list[Purse], claims: list[Claim], paid: list[Payment]) -> None:
    """CHG-44"""
    assert spend(purses, claims) == paid


CENTS = st.integers(-200, 200)


@given(
    st.lists(st.builds(Purse, st.integers(0, 200), st.sampled_from([None, frozenset({"a"})]))),
    st.lists(st.builds(Claim, st.sampled_from("ab"), st.sampled_from(["si_1", "si_2"]), CENTS)),
)
def test_nothing_is_spent_twice_or_beyond_what_is_owed(purses: list[Purse], claims: list[Claim]) -> None:
    paid = spend(purses, claims)
    assert all(each.cents > 0 and purses[each.purse].pays_for(claims[each.claim].price) for each in paid)
    for number, purse in enumerate(purses):
        assert sum(each.cents for each in paid if each.purse == number) <= purse.left_cents
    for place, claim in enumerate(claims):
        assert sum(each.cents for each in paid if each.claim == place) <= max(claim.cents, 0)
    for group in ("si_1", "si_2"):
        owed = sum(claim.cents for claim in claims if claim.group == group)
        assert sum(each.cents for each in paid if claims[each.claim].group == group) <= max(owed, 0)
