"""Amounts by scheme: Stripe's documented numbers, and laws that hold for every price."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.simulator.billing.pricing import Package, Terms, Tier, rate, total_cents


def tiered(mode: str, *rows: tuple[int | None, str | None, str | None]) -> Terms:
    tiers = tuple(
        Tier(up_to, None if unit is None else Decimal(unit), None if flat is None else Decimal(flat))
        for up_to, unit, flat in rows
    )
    return Terms("tiered", tiers_mode=mode, tiers=tiers)  # type: ignore[arg-type]


def per_unit(amount: str, package: Package | None = None) -> Terms:
    return Terms("per_unit", Decimal(amount), package=package)


DOCS_TIERS = ((5, "700", None), (10, "650", None), (None, "600", None))
VOLUME = tiered("volume", *DOCS_TIERS)
GRADUATED = tiered("graduated", *DOCS_TIERS)
FEE_AS_FIRST_UNIT = tiered("graduated", (1, "900", None), (None, "0", None))
FREE_THEN_TENTH = tiered("graduated", (100_000, "0", None), (None, "0.1", None))
FREE_THEN_FOUR = tiered("graduated", (1000, "0", None), (None, "4", None))
FREE_THEN_RATE = tiered("graduated", (5000, "0", None), (None, "3", None))


@pytest.mark.parametrize(
    ("terms", "quantity", "cents"),
    [
        *[
            pytest.param(VOLUME, q, c, id=f"N-01-{q}")
            for q, c in [(1, 700), (5, 3500), (6, 3900), (20, 12000)]
        ],
        pytest.param(VOLUME, 25, 15000, id="N-01-25"),
        *[
            pytest.param(GRADUATED, q, c, id=f"N-02-{q}")
            for q, c in [(1, 700), (5, 3500), (6, 4150), (20, 12750)]
        ],
        pytest.param(GRADUATED, 25, 15750, id="N-02-25"),
        pytest.param(FEE_AS_FIRST_UNIT, 0, 0, id="N-03-no-usage-no-fee"),
        pytest.param(FEE_AS_FIRST_UNIT, 1, 900, id="N-03-first-unit-is-the-fee"),
        pytest.param(per_unit("1000", Package(60, round_up=True)), 150, 3000, id="N-04"),
        pytest.param(per_unit("4", Package(100, round_up=True)), 110, 8, id="N-05"),
        pytest.param(per_unit("0.05"), 30, 2, id="N-06-one-and-a-half-cents"),
        pytest.param(per_unit("0.05"), 29, 1, id="N-06-just-below-one-and-a-half"),
        pytest.param(per_unit("105.5"), 2, 211, id="N-07"),
        pytest.param(per_unit("5"), 3, 15, id="N-08"),
        pytest.param(FREE_THEN_TENTH, 150_000, 5000, id="N-09"),
        pytest.param(FREE_THEN_FOUR, 3000, 8000, id="N-10"),
        pytest.param(per_unit("0.0001"), 250_000, 25, id="N-12"),
        pytest.param(FREE_THEN_RATE, 5400, 1200, id="N-13"),
        pytest.param(per_unit("0.01"), 280_000, 2800, id="N-14"),
        pytest.param(per_unit("100"), -3, 0, id="N-15-negative-total"),
    ],
)
def test_the_amount_is_what_stripe_documents(terms: Terms, quantity: int, cents: int) -> None:
    assert total_cents(terms, Decimal(quantity)) == cents


@pytest.mark.parametrize(
    ("terms", "quantity", "lines"),
    [
        pytest.param(per_unit("2"), "1.5", [("1.5", 3, None, False)], id="PRC-24-decimal-quantity"),
        pytest.param(
            tiered("graduated", (5, "10", None), (None, "7", None)),
            "5.5",
            [("5", 50, 1, False), ("0.5", 4, 2, False)],
            id="PRC-31-split-exactly-at-the-bound",
        ),
        pytest.param(GRADUATED, "5", [("5", 3500, 1, False)], id="PRC-28-a-bound-is-inclusive"),
        pytest.param(
            tiered("graduated", (5, "10", "0"), (None, "7", "100")),
            "6",
            [("5", 50, 1, False), ("0", 0, 1, True), ("1", 7, 2, False), ("0", 100, 2, True)],
            id="INV-57-INV-59-unit-before-flat-also-at-zero",
        ),
        pytest.param(
            tiered("graduated", (5, "10", "250"), (None, "7", "100")),
            "0",
            [("0", 0, 1, False), ("0", 250, 1, True)],
            id="PRC-29-INV-63-zero-bills-the-first-flat-amount",
        ),
        pytest.param(
            tiered("volume", (5, "10", "250"), (None, "7", "100")),
            "0",
            [("0", 0, 1, False), ("0", 250, 1, True)],
            id="PRC-29-in-volume-mode-too",
        ),
        pytest.param(
            tiered("volume", (5, "10", "250"), (None, "7", "100")),
            "6",
            [("6", 42, 2, False), ("0", 100, 2, True)],
            id="INV-62-volume-with-a-flat-amount",
        ),
        pytest.param(
            tiered("graduated", (5, "10", None), (None, "7", None)),
            "3",
            [("3", 30, 1, False)],
            id="INV-60-INV-61-no-flat-line-and-no-unreached-tier",
        ),
        pytest.param(
            tiered("graduated", (5, None, "500"), (None, "7", None)),
            "3",
            [("3", 0, 1, False), ("0", 500, 1, True)],
            id="PRC-11-a-tier-with-a-flat-amount-only",
        ),
        pytest.param(
            per_unit("1000", Package(60, round_up=True)), "150", [("150", 3000, None, False)], id="PRC-25"
        ),
        pytest.param(
            per_unit("1000", Package(60, round_up=False)),
            "150",
            [("150", 2000, None, False)],
            id="PRC-25-down",
        ),
        pytest.param(
            per_unit("10", Package(60, round_up=True)), "60.1", [("60.1", 20, None, False)], id="PRC-32"
        ),
    ],
)
def test_lines_by_scheme(terms: Terms, quantity: str, lines: list[tuple[str, int, int | None, bool]]) -> None:
    found = [
        (str(line.quantity), line.amount_cents, line.tier, line.flat)
        for line in rate(terms, Decimal(quantity))
    ]
    assert found == lines


def test_each_tier_is_rounded_on_its_own() -> None:
    """INV-64: 0.5 + 0.5 is two cents, not one."""
    terms = tiered("graduated", (1, "0.5", None), (None, "0.5", None))
    assert [line.amount_cents for line in rate(terms, Decimal(2))] == [1, 1]


def test_long_numbers_stay_exact() -> None:
    """PRC-10, MTR-47: 15 digits of usage at 12 decimals of price."""
    terms = per_unit("0.000000000001")
    assert total_cents(terms, Decimal(999999999999999)) == 1000
    assert (
        total_cents(per_unit("123456789.000000000001"), Decimal(999999999999999)) == 123456788999999876544211
    )


AMOUNTS = st.decimals(0, 1000, places=4).map(lambda amount: amount.normalize())
QUANTITIES = st.decimals(0, 100_000, places=3)


@st.composite
def tables(draw: st.DrawFn, mode: str) -> Terms:
    bounds = sorted(draw(st.sets(st.integers(1, 50_000), max_size=5)))
    flats = st.one_of(st.none(), st.integers(0, 10_000).map(Decimal))
    tiers = tuple(Tier(bound, draw(AMOUNTS), draw(flats)) for bound in [*bounds, None])
    return Terms("tiered", tiers_mode=mode, tiers=tiers)  # type: ignore[arg-type]


@given(tables("graduated"), QUANTITIES, QUANTITIES)
def test_more_usage_never_costs_less_when_graduated(terms: Terms, one: Decimal, other: Decimal) -> None:
    lesser, greater = sorted([one, other])
    # Rounding each tier on its own keeps every full tier's amount, so the order survives it.
    assert total_cents(terms, lesser) <= total_cents(terms, greater)


@given(st.one_of(tables("graduated"), tables("volume")), QUANTITIES)
def test_the_lines_hold_every_unit_once(terms: Terms, quantity: Decimal) -> None:
    assert sum(line.quantity for line in rate(terms, quantity)) == quantity


@given(tables("graduated"), QUANTITIES)
def test_graduated_with_one_tier_is_volume(terms: Terms, quantity: Decimal) -> None:
    only = (Tier(None, terms.tiers[0].unit_amount, terms.tiers[0].flat_amount),)
    by_mode = [
        rate(Terms("tiered", tiers_mode=mode, tiers=only), quantity) for mode in ("graduated", "volume")
    ]
    assert by_mode[0] == by_mode[1]
