"""A tax rate that the account's owner has made, and the tax that it levies on a line."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from harness.simulator.billing.taxes import Rate

if TYPE_CHECKING:
    from harness.simulator.world import World


@dataclass(slots=True)
class TaxRate:
    """State of a `tax_rate`; tax rates are not clocked (CLK-46).

    Args:
        percentage, inclusive: never change (INV-101).
        country, state: do not change once they are set (INV-101).
        active: archived ones go on where they are, and cannot be put anywhere else.
    """

    id: str
    created: int
    display_name: str
    percentage: Decimal
    inclusive: bool
    active: bool = True
    country: str | None = None
    state: str | None = None
    jurisdiction: str | None = None
    description: str | None = None
    tax_type: str | None = None
    metadata: dict[str, str] = field(default_factory=dict)

    @property
    def rate(self) -> Rate:
        """As the pure rule takes it."""
        return Rate(self.percentage, self.inclusive)

    def render(self, _: World) -> dict[str, Any]:
        """The wire form."""
        return self.form()

    def form(self) -> dict[str, Any]:
        """The wire form; the last members are as they were observed on rates made by hand (INV-106)."""
        percentage = _number(self.percentage)
        return {
            "id": self.id,
            "object": "tax_rate",
            "active": self.active,
            "country": self.country,
            "created": self.created,
            "description": self.description,
            "display_name": self.display_name,
            "inclusive": self.inclusive,
            "jurisdiction": self.jurisdiction,
            "livemode": False,
            "metadata": dict(self.metadata),
            "percentage": percentage,
            "state": self.state,
            "tax_type": self.tax_type,
            "effective_percentage": percentage,
            "flat_amount": None,
            "jurisdiction_level": None,
            "rate_type": "percentage",
        }


@dataclass(frozen=True, slots=True)
class Tax:
    """What a rate levies on a line, in minor units; `taxable_cents` is the amount without any tax."""

    rate: TaxRate
    cents: int
    taxable_cents: int

    def render(self) -> dict[str, Any]:
        """As one of `taxes` (INV-107)."""
        return {
            "amount": self.cents,
            "tax_behavior": "inclusive" if self.rate.inclusive else "exclusive",
            "tax_rate_details": {"tax_rate": self.rate.id},
            "taxability_reason": "not_available",
            "taxable_amount": self.taxable_cents,
            "type": "tax_rate_details",
        }


def by_rate(taxes: Iterable[Tax]) -> list[Tax]:
    """One entry for each rate, with its sums."""
    sums: dict[str, Tax] = {}
    for each in taxes:
        known = sums.get(each.rate.id)
        sums[each.rate.id] = (
            each
            if known is None
            else replace(
                known, cents=known.cents + each.cents, taxable_cents=known.taxable_cents + each.taxable_cents
            )
        )
    return list(sums.values())


def rates_form(rates: Iterable[TaxRate]) -> list[dict[str, Any]]:
    """Rates as other objects show them: in full."""
    return [each.form() for each in rates]


def _number(percent: Decimal) -> int | float:
    """A percentage as a JSON number, which is what the wire carries."""
    return int(percent) if percent == percent.to_integral_value() else float(percent)
