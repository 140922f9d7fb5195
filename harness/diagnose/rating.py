"""What a quantity costs under a price's terms, for comparing with what a line says."""

from __future__ import annotations

from decimal import ROUND_CEILING, ROUND_DOWN, ROUND_FLOOR, ROUND_HALF_UP, Decimal

from harness.check.tiers import reached_tier
from harness.history.shapes import Price, Tier

ZERO = Decimal(0)


def tiered_cost(price: Price, quantity: Decimal, mode: str) -> Decimal:
    """Minor units under the price's tiers read in this mode, each line rounded alone (PRC-26, PRC-27)."""
    if mode == "volume":
        tier = price.tiers[reached_tier(price.tiers, quantity) - 1]
        return _in_tier(tier, quantity)
    total, floor = ZERO, ZERO
    for number, tier in enumerate(price.tiers, start=1):
        if number > 1 and quantity <= floor:
            break
        ceiling = quantity if tier.up_to is None else min(quantity, Decimal(tier.up_to))
        total += _in_tier(tier, ceiling - floor)
        floor = ceiling
    return total


def cost(price: Price, quantity: Decimal) -> Decimal:
    """Minor units under the price's terms as they are."""
    if price.tiers:
        return tiered_cost(price, quantity, price.tiers_mode or "graduated")
    if price.divide_by is not None:
        return package_costs(price, quantity)["up" if price.round_up else "down"]
    return rounded(quantity * (price.unit_amount or ZERO))


def package_costs(price: Price, quantity: Decimal) -> dict[str, Decimal]:
    """Minor units when packages are rounded up, rounded down, not rounded, or not made at all (PRC-25)."""
    unit = price.unit_amount or ZERO
    size = Decimal(price.divide_by or 1)
    packages = quantity / size
    return {
        "up": rounded(packages.to_integral_value(ROUND_CEILING) * unit),
        "down": rounded(packages.to_integral_value(ROUND_FLOOR) * unit),
        "in fractions": rounded(packages * unit),
        "without packages": rounded(quantity * unit),
    }


def rounded(minor: Decimal) -> Decimal:
    """Half a minor unit rounds away from zero (PRC-30, UNK-25, unverified)."""
    return minor.quantize(Decimal(1), ROUND_HALF_UP)


def whole(quantity: Decimal) -> Decimal:
    """The quantity with its fraction cut off (INV-50)."""
    return quantity.to_integral_value(ROUND_DOWN)


def _in_tier(tier: Tier, quantity: Decimal) -> Decimal:
    return rounded(quantity * (tier.unit_amount or ZERO)) + rounded(tier.flat_amount or ZERO)
