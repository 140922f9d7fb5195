from decimal import Decimal

import pytest

from harness.history.shapes import Line, Period, Price, Tier
from harness.report.page.working import working

TIERS = (Tier(5, Decimal(700), None), Tier(10, Decimal(650), Decimal(500)), Tier(None, Decimal("0.5"), None))


def line(quantity: str, amount: int, unit: str | None = None, *, proration: bool = False) -> Line:
    return Line(
        id="il_1",
        price="price_1",
        item="si_1",
        quantity=Decimal(quantity),
        amount=amount,
        unit_amount=None if unit is None else Decimal(unit),
        period=Period(0, 1),
        proration=proration,
        from_invoice_item=False,
        description=None,
    )


def price(unit: str | None = "2", **over: object) -> Price:
    members = {"tiers_mode": None, "tiers": (), "divide_by": None, "round_up": False} | over
    return Price("price_1", "usd", "mtr_1", None if unit is None else Decimal(unit), **members)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("billed", "terms", "tier", "said"),
    [
        (line("9000", 9000, "1"), price("1"), None, "9000 × 0.01 = 90.00"),
        (line("40", 80), price("2"), None, "40 × 0.02 = 0.80"),
        (line("7", 9, "1.25"), price("1.25"), None, "7 × 0.0125 = 0.0875, rounded 0.09"),
        (
            line("150", 3000, "1000"),
            price("1000", divide_by=60, round_up=True),
            None,
            "150 / 60, up to 3 × 10.00 = 30.00",
        ),
        (line("150", 2000, "1000"), price("1000", divide_by=60), None, "150 / 60, down to 2 × 10.00 = 20.00"),
        (line("0", 500), price(None, tiers_mode="graduated", tiers=TIERS), 2, "flat amount of tier 2 = 5.00"),
        (line("3", 1950, "650"), price(None, tiers_mode="graduated", tiers=TIERS), 2, "3 × 6.50 = 19.50"),
        (line("0", 0, "2"), price("2"), None, "0 × 0.02 = 0.00"),
        (line("40", 99, "2"), price("2"), None, ""),
        (line("40", 80, "2", proration=True), price("2"), None, ""),
        (line("40", 80), None, None, ""),
    ],
)
def test_the_working_is_a_sum_that_gives_the_amount_or_nothing(
    billed: Line, terms: Price | None, tier: int | None, said: str
) -> None:
    assert working(billed, terms, tier, "usd") == said


def test_a_currency_without_minor_units_is_worked_in_whole_ones() -> None:
    assert working(line("40", 80, "2"), price("2"), None, "jpy") == "40 × 2 = 80"
