"""Which tier a line belongs to."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from harness.check.tiers import reached_tier, tiers_of
from harness.history.shapes import Amounts, Line, Period, Price, Tier

JANUARY = Period(0, 100)


def price(mode: str, *tiers: tuple[int | None, int | None]) -> dict[str, Price]:
    """Tiers as (up_to, flat amount), each with a unit amount of 1."""
    made = tuple(Tier(up_to, Decimal(1), None if flat is None else Decimal(flat)) for up_to, flat in tiers)
    return {"price_1": Price("price_1", "usd", "mtr_1", None, mode, made, None, round_up=False)}


def lines(*quantities: int, item: str = "si_1", period: Period = JANUARY) -> list[Line]:
    return [
        Line(
            f"il_{item}_{n}",
            "price_1",
            item,
            Decimal(q),
            q,
            None,
            period,
            proration=False,
            from_invoice_item=False,
            description=None,
        )
        for n, q in enumerate(quantities)
    ]


@pytest.mark.parametrize(
    ("tiers", "quantities", "numbers"),
    [
        pytest.param([(5, None), (None, None)], [5, 3], [1, 2], id="a unit line for each reached tier"),
        pytest.param([(5, 100), (None, 50)], [5, 0, 3, 0], [1, 1, 2, 2], id="each with its flat line"),
        pytest.param([(5, None), (None, 50)], [5, 3, 0], [1, 2, 2], id="only the second has a fee"),
        pytest.param([(5, 100), (None, None)], [0, 0], [1, 1], id="zero usage still reaches the first"),
        pytest.param([(5, 0), (None, None)], [2, 0], [1, 1], id="a fee of zero has its line too"),
    ],
)
def test_graduated_lines_run_in_tier_order_unit_before_flat(
    tiers: list[tuple[int | None, int | None]], quantities: list[int], numbers: list[int]
) -> None:
    found = tiers_of(lines(*quantities), price("graduated", *tiers), "usd")
    assert list(found.values()) == numbers


def test_the_rest_after_a_threshold_invoice_may_begin_in_any_tier() -> None:
    """CHG-39"""
    tiers = (Tier(5, Decimal(9), None), Tier(10, Decimal(1), None), Tier(None, Decimal(2), None))
    priced = {"price_1": replace(price("graduated")["price_1"], tiers=tiers)}
    rest = [replace(line, unit_amount=Decimal(unit)) for line, unit in zip(lines(3, 4), (1, 2), strict=True)]
    assert list(tiers_of(rest, priced, "usd").values()) == [2, 3]


@pytest.mark.parametrize(("quantity", "tier"), [(0, 1), (5, 1), (6, 2), (10, 2), (11, 3)])
def test_a_bound_is_inclusive_in_volume_tiers(quantity: int, tier: int) -> None:
    prices = price("volume", (5, None), (10, None), (None, None))
    assert list(tiers_of(lines(quantity), prices, "usd").values()) == [tier]
    assert reached_tier(prices["price_1"].tiers, Decimal(quantity)) == tier


def test_beyond_the_last_bound_is_the_last_tier() -> None:
    """PRC-28: Stripe's last tier has none; a history may show other tiers, and is still read."""
    tiers = price("volume", (5, None), (10, None))["price_1"].tiers
    assert [reached_tier(tiers, Decimal(units)) for units in (10, 11)] == [2, 2]


def test_two_items_on_one_price_are_counted_apart() -> None:
    both = [*lines(5, 1), *lines(5, 2, item="si_2")]
    assert list(tiers_of(both, price("graduated", (5, None), (None, None)), "usd").values()) == [1, 2, 1, 2]


def test_a_price_without_tiers_has_none() -> None:
    assert tiers_of(lines(5), price("graduated"), "usd") == {}


def test_the_tiers_are_those_of_the_invoices_currency() -> None:
    """PRC-17: other bounds, other fees; none where they were not shown."""
    euro = (Tier(5, Decimal(1), Decimal(2)), Tier(None, Decimal(1), None))
    own = price("graduated", (10, None), (None, None))["price_1"]
    prices = {"price_1": replace(own, options={"eur": Amounts(None, euro)})}
    assert list(tiers_of(lines(5, 0, 3), prices, "eur").values()) == [1, 1, 2]
    assert list(tiers_of(lines(10, 3), prices, "usd").values()) == [1, 2]
    assert tiers_of(lines(5), prices, "gbp") == {}
