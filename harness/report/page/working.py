"""How a line's amount comes about, as a sum that a reader can check."""

from __future__ import annotations

from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_UP, Context, Decimal

from harness.history import wording
from harness.history.shapes import Line, Price

EXACT = Context(prec=60)
ONE = Decimal(1)


def working(line: Line, price: Price | None, tier: int | None, currency: str) -> str:
    """`9000 × 0.01 = 90.00`, `150 / 60, up to 3 × 10.00 = 30.00`; empty where no sum gives the amount.

    Amounts are in major units; the price's terms are used where the line does not tell (PRC-01 to PRC-15).
    """
    if line.proration or line.from_invoice_item:
        return ""
    if _is_flat(line, price, tier):
        return f"flat amount of tier {tier} = {_major(line.amount, currency)}"
    unit = line.unit_amount if line.unit_amount is not None else price.unit_amount if price else None
    if unit is None:
        return ""
    packages, said = _packages(line.quantity, price)
    return _sum(said, packages, unit, line.amount, currency)


def _is_flat(line: Line, price: Price | None, tier: int | None) -> bool:
    """A tier's flat amount stands on a line of its own with quantity 0 (INV-57, INV-59)."""
    if price is None or not tier or line.quantity != 0:
        return False
    flat = price.tiers[tier - 1].flat_amount
    return flat is not None and flat == line.amount and line.amount != 0


def _packages(quantity: Decimal, price: Price | None) -> tuple[Decimal, str]:
    """What the unit amount is multiplied with, and how that is said: packages are counted whole (PRC-13)."""
    if price is None or not price.divide_by:
        return quantity, wording.number(quantity)
    rounding = ROUND_CEILING if price.round_up else ROUND_FLOOR
    packages = EXACT.divide(quantity, Decimal(price.divide_by)).to_integral_value(rounding)
    way = "up" if price.round_up else "down"
    return packages, f"{wording.number(quantity)} / {price.divide_by}, {way} to {wording.number(packages)}"


def _sum(said: str, count: Decimal, unit: Decimal, amount: int, currency: str) -> str:
    exact = EXACT.multiply(count, unit)
    whole = exact.quantize(ONE, ROUND_HALF_UP, EXACT)
    if whole != amount:
        return ""
    product = f"{said} × {_major(unit, currency)}"
    if whole == exact:
        return f"{product} = {_major(amount, currency)}"
    return f"{product} = {_major(exact, currency)}, rounded {_major(amount, currency)}"


def _major(minor: Decimal | int, currency: str) -> str:
    return wording.money(minor, currency).rpartition(" ")[0]
