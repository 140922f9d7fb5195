"""What a quantity costs, for comparison: the documented numbers."""

from __future__ import annotations

from decimal import Decimal

import pytest

from harness.diagnose.rating import cost, package_costs, tiered_cost
from harness.history.shapes import Amounts, Price, Tier

TIERS = (Tier(5, Decimal(700), None), Tier(10, Decimal(650), None), Tier(None, Decimal(600), None))


def price(**over: object) -> Price:
    terms = {
        "unit_amount": None,
        "tiers_mode": None,
        "tiers": (),
        "divide_by": None,
        "round_up": False,
    } | over
    return Price(id="price_1", currency="usd", meter="mtr_1", **terms)  # type: ignore[arg-type]  # a table's row


@pytest.mark.parametrize(
    ("mode", "quantity", "cost"),
    [
        *[("volume", q, c) for q, c in ((1, 700), (5, 3500), (6, 3900), (20, 12000), (25, 15000))],
        *[("graduated", q, c) for q, c in ((1, 700), (5, 3500), (6, 4150), (20, 12750), (25, 15750))],
    ],
)
def test_tiers_cost_what_stripe_documents(mode: str, quantity: int, cost: int) -> None:
    """N-01 and N-02."""
    assert tiered_cost(price(tiers=TIERS), Decimal(quantity), mode) == cost


@pytest.mark.parametrize(
    ("terms", "euro", "in_usd", "in_eur"),
    [
        ({"unit_amount": Decimal(2)}, Amounts(Decimal("1.5"), ()), 80, 60),
        ({"unit_amount": Decimal(2), "divide_by": 30, "round_up": True}, Amounts(Decimal(3), ()), 4, 6),
        ({"unit_amount": Decimal(2), "divide_by": 30}, Amounts(Decimal(3), ()), 2, 3),
        (
            {"tiers": TIERS, "tiers_mode": "volume"},
            Amounts(None, (Tier(None, Decimal(1), Decimal(5)),)),
            24000,
            45,
        ),
    ],
)
def test_each_currency_has_its_own_amounts(
    terms: dict[str, object], euro: Amounts, in_usd: int, in_eur: int
) -> None:
    """PRC-17"""
    both = price(**terms, options={"eur": euro})
    assert cost(both.in_currency("usd"), Decimal(40)) == in_usd
    assert cost(both.in_currency("eur"), Decimal(40)) == in_eur
    unseen = both.in_currency("gbp")
    assert (unseen.unit_amount, unseen.tiers) == (None, ())


def test_a_flat_amount_is_due_for_each_reached_tier_even_at_zero() -> None:
    """PRC-29."""
    tiers = (Tier(5, Decimal(1), Decimal(100)), Tier(None, Decimal(1), Decimal(50)))
    assert tiered_cost(price(tiers=tiers), Decimal(0), "graduated") == 100
    assert tiered_cost(price(tiers=tiers), Decimal(7), "graduated") == 157
    assert tiered_cost(price(tiers=tiers), Decimal(7), "volume") == 57


def test_packages_can_be_rounded_four_ways() -> None:
    """N-04."""
    costs = package_costs(price(unit_amount=Decimal(1000), divide_by=60, round_up=True), Decimal(150))
    assert costs == {"up": 3000, "down": 2000, "in fractions": 2500, "without packages": 150_000}
