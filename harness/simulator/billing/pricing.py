"""What a quantity costs under a price: one small pure function for each scheme."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Literal

from harness.simulator.billing.rounding import EXACT, to_cents

ZERO = Decimal(0)


@dataclass(frozen=True)
class Tier:
    """One tier; amounts in minor units. `up_to` is inclusive, None is without bound (PRC-12, PRC-28)."""

    up_to: int | None
    unit_amount: Decimal | None
    flat_amount: Decimal | None


@dataclass(frozen=True)
class Package:
    """`transform_quantity`: usage is billed in packages of `divide_by` (PRC-25)."""

    divide_by: int
    round_up: bool


@dataclass(frozen=True)
class Terms:
    """The part of a price that decides amounts; amounts in minor units, tiers in ascending order."""

    scheme: Literal["per_unit", "tiered"]
    unit_amount: Decimal | None = None
    tiers_mode: Literal["graduated", "volume"] | None = None
    tiers: tuple[Tier, ...] = ()
    package: Package | None = None


@dataclass(frozen=True)
class RatedLine:
    """One invoice line's worth of a rated quantity.

    Args:
        quantity: units on the line; 0 on a flat fee's line (INV-70).
        unit_amount: minor units for each unit, or the flat fee itself.
        amount_cents: rounded on its own (INV-64).
        tier: number of the tier, from 1; None without tiers.
        flat: whether this is a tier's flat fee or, without a tier, what was billed before.
    """

    quantity: Decimal
    unit_amount: Decimal | None
    amount_cents: int
    tier: int | None = None
    flat: bool = False


def rate(terms: Terms, quantity: Decimal) -> tuple[RatedLine, ...]:
    """The lines that `quantity` gives under `terms`, in invoice order; a negative one bills as 0 (PRC-22)."""
    billable = max(quantity, ZERO)
    if terms.scheme == "per_unit":
        return (_per_unit(terms, billable),)
    walk = _graduated if terms.tiers_mode == "graduated" else _volume
    return tuple(walk(terms.tiers, billable))


def rate_rest(terms: Terms, quantity: Decimal, billed: Decimal | None) -> tuple[RatedLine, ...]:
    """The lines for `quantity` of a period of which earlier invoices bill `billed` units (CHG-39, CHG-40).

    Tiers go on where those invoices stopped: amounts are differences of totals, so that a period costs the
    same however often it was billed. Volume tiers show everything, and in a negative line what was billed;
    that this line has quantity 0 is unverified. With `billed` None there are no such invoices.
    """
    whole = rate(terms, quantity)
    if billed is None:
        return whole
    if terms.tiers_mode == "volume":
        before = total_cents(terms, billed)
        return (*whole, RatedLine(ZERO, None, -before, flat=True)) if before else whole
    earlier = {(line.tier, line.flat): line for line in rate(terms, billed)}
    lines = [_less(line, earlier.pop((line.tier, line.flat), None)) for line in whole]
    lines += [_less(replace(line, quantity=ZERO, amount_cents=0), line) for line in earlier.values()]
    left = [line for line in lines if line.quantity or line.amount_cents]
    return tuple(left or [line for line in lines if not line.flat][-1:])


def _less(line: RatedLine, earlier: RatedLine | None) -> RatedLine:
    if earlier is None:
        return line
    quantity = EXACT.subtract(line.quantity, earlier.quantity)
    return replace(line, quantity=quantity, amount_cents=line.amount_cents - earlier.amount_cents)


def total_cents(terms: Terms, quantity: Decimal) -> int:
    """What all lines of `rate` add up to."""
    return sum(line.amount_cents for line in rate(terms, quantity))


def _per_unit(terms: Terms, quantity: Decimal) -> RatedLine:
    unit = terms.unit_amount or ZERO
    billed = _packages(terms.package, quantity) if terms.package else quantity
    return RatedLine(quantity, unit, to_cents(EXACT.multiply(billed, unit)))


def _packages(package: Package, quantity: Decimal) -> Decimal:
    """Whole packages, from the exact quotient also for a fraction of a unit (PRC-32, UNK-25: unverified)."""
    full, rest = EXACT.divmod(quantity, Decimal(package.divide_by))
    return full + 1 if rest and package.round_up else full


def _graduated(tiers: tuple[Tier, ...], quantity: Decimal) -> Iterator[RatedLine]:
    """Each reached tier's own units, then its flat fee (INV-57, INV-59, PRC-27).

    The first tier counts as reached at quantity 0 (PRC-29). A fraction splits exactly at a bound
    (PRC-31, UNK-25: unverified).
    """
    floor = ZERO
    for number, tier in enumerate(tiers, start=1):
        if number > 1 and quantity <= floor:
            return
        ceiling = quantity if tier.up_to is None else min(quantity, Decimal(tier.up_to))
        yield from _tier_lines(number, tier, EXACT.subtract(ceiling, floor))
        floor = ceiling


def _volume(tiers: tuple[Tier, ...], quantity: Decimal) -> Iterator[RatedLine]:
    """The whole quantity in the tier that holds it (PRC-26, INV-62)."""
    for number, tier in enumerate(tiers, start=1):
        if tier.up_to is None or quantity <= tier.up_to:
            yield from _tier_lines(number, tier, quantity)
            return


def _tier_lines(number: int, tier: Tier, quantity: Decimal) -> Iterator[RatedLine]:
    """The unit line and, where the tier names a flat amount (even 0, INV-59), the flat line.

    A null flat amount gives no flat line (INV-60, UNK-26: unverified); a null unit amount makes units free.
    """
    unit = tier.unit_amount or ZERO
    yield RatedLine(quantity, unit, to_cents(EXACT.multiply(quantity, unit)), number)
    if tier.flat_amount is not None:
        yield RatedLine(ZERO, tier.flat_amount, to_cents(tier.flat_amount), number, flat=True)
