"""Which tier an invoice line belongs to: the API doesn't say, the price's terms do."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal

from harness.history.shapes import Line, Period, Price, Tier

Group = tuple[str | None, str | None, Period]


def tiers_of(lines: Iterable[Line], prices: Mapping[str, Price], currency: str) -> dict[str, int]:
    """The tier of each line of an invoice, counted from 1, by line id; lines without tiers are left out.

    A price's tiers are those of the invoice's currency (PRC-17).
    """
    found: dict[str, int] = {}
    for (price_id, _, _), members in grouped(lines).items():
        known = prices.get(price_id) if price_id else None
        price = known and known.in_currency(currency)
        if price is not None and price.tiers:
            numbers = (
                _graduated(members, price) if price.tiers_mode == "graduated" else _volume(members, price)
            )
            found |= dict(zip((line.id for line in members), numbers, strict=True))
    return found


def grouped(lines: Iterable[Line]) -> dict[Group, list[Line]]:
    """Lines that bill one quantity together: same price, item and period, in invoice order."""
    groups: dict[Group, list[Line]] = {}
    for line in lines:
        groups.setdefault((line.price, line.item, line.period), []).append(line)
    return groups


def reached_tier(tiers: tuple[Tier, ...], quantity: Decimal) -> int:
    """The tier that holds `quantity`, from 1; a bound is inclusive (PRC-28)."""
    for number, tier in enumerate(tiers, start=1):
        if tier.up_to is None or quantity <= tier.up_to:
            return number
    return len(tiers)


def _graduated(lines: list[Line], price: Price) -> list[int]:
    """Tiers in ascending order, in each the unit line before the flat line, which has quantity 0 (INV-57)."""
    numbers: list[int] = []
    tier, flat_due = 0, False
    for line in lines:
        if not (flat_due and line.quantity == 0):
            tier = _next_tier(price.tiers, tier, line)
            flat_due = price.tiers[tier - 1].flat_amount is not None
        else:
            flat_due = False
        numbers.append(tier)
    return numbers


def _next_tier(tiers: tuple[Tier, ...], tier: int, line: Line) -> int:
    """The next one at the line's price: what a threshold invoice leaves may begin in any tier (CHG-39)."""
    later = range(tier + 1, len(tiers) + 1)
    fitting = (number for number in later if tiers[number - 1].unit_amount == line.unit_amount)
    return next(fitting, min(tier + 1, len(tiers)))


def _volume(lines: list[Line], price: Price) -> list[int]:
    """The whole quantity stands in one tier (INV-62)."""
    tier = reached_tier(price.tiers, sum((line.quantity for line in lines), Decimal(0)))
    return [tier] * len(lines)
