"""A price: what one unit costs, and how often it is billed."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from harness.simulator.billing.pricing import Terms, Tier

if TYPE_CHECKING:
    from harness.simulator.world import World


@dataclass(frozen=True, slots=True)
class Recurring:
    """How a price recurs; immutable (PRC-05).

    Args:
        interval: `day`, `week`, `month` or `year`.
        interval_count: intervals in one service period.
        usage_type: `licensed` or `metered`.
        meter: the meter's id; a metered price has one since 2025-03-31.basil (PRC-01, PRC-02).
        trial_period_days: legacy (PRC-18).
        aggregate_usage: of a legacy metered price without meter (PRC-21).
    """

    interval: str
    interval_count: int = 1
    usage_type: str = "licensed"
    meter: str | None = None
    trial_period_days: int | None = None
    aggregate_usage: str | None = None

    def render(self) -> dict[str, Any]:
        """The wire form; `aggregate_usage` is in older shapes only (PRC-21)."""
        return {
            "interval": self.interval,
            "interval_count": self.interval_count,
            "meter": self.meter,
            "trial_period_days": self.trial_period_days,
            "usage_type": self.usage_type,
        }


@dataclass(frozen=True, slots=True)
class CurrencyOption:
    """What a price costs in a currency besides its own (PRC-17)."""

    terms: Terms
    tax_behavior: str = "unspecified"


@dataclass(slots=True)
class Price:
    """State of a `price`. Prices are not clocked (CLK-46); `terms` holds everything that decides amounts.

    Bills ask for `terms_in` their currency; `terms` and `currency` are those of the price by default, and
    `options` those of every other currency.
    """

    id: str
    created: int
    currency: str
    product: str
    terms: Terms
    recurring: Recurring | None = None
    active: bool = True
    lookup_key: str | None = None
    nickname: str | None = None
    tax_behavior: str = "unspecified"
    metadata: dict[str, str] = field(default_factory=dict)
    options: dict[str, CurrencyOption] = field(default_factory=dict)

    @property
    def currencies(self) -> tuple[str, ...]:
        """All that it can be billed in, its own first."""
        return (self.currency, *self.options)

    def terms_in(self, currency: str) -> Terms:
        """What decides amounts on a bill in one of `currencies`."""
        return self.terms if currency == self.currency else self.options[currency].terms

    @property
    def metered(self) -> bool:
        """Whether usage decides the quantity."""
        return self.recurring is not None and self.recurring.usage_type == "metered"

    @property
    def meter(self) -> str | None:
        """The meter's id, or None."""
        return self.recurring.meter if self.recurring else None

    @property
    def legacy(self) -> bool:
        """Whether usage records decide the quantity: metered, without a meter (LEG-20)."""
        return self.metered and self.meter is None

    @property
    def aggregation(self) -> str:
        """How a legacy price adds up a period's usage records (LEG-20)."""
        return (self.recurring.aggregate_usage if self.recurring else None) or "sum"

    def render(self, world: World) -> dict[str, Any]:
        """The wire form. Tiers and `currency_options` appear only when expanded (PRC-14)."""
        package = self.terms.package
        return {
            "id": self.id,
            "object": "price",
            "active": self.active,
            "billing_scheme": self.terms.scheme,
            "created": self.created,
            "currency": self.currency,
            "custom_unit_amount": None,
            "livemode": False,
            "lookup_key": self.lookup_key,
            "metadata": dict(self.metadata),
            "nickname": self.nickname,
            "product": self.product,
            "recurring": self.recurring.render() if self.recurring else None,
            "tax_behavior": self.tax_behavior,
            "tiers_mode": self.terms.tiers_mode,
            "transform_quantity": package
            and {"divide_by": package.divide_by, "round": "up" if package.round_up else "down"},
            "type": "recurring" if self.recurring else "one_time",
            "unit_amount": whole(self.terms.unit_amount),
            "unit_amount_decimal": written(self.terms.unit_amount),
        }

    def include(self, world: World, key: str) -> Any | None:
        """What appears only when expanded: tiers, and the currencies with theirs (PRC-14, PRC-38)."""
        if key == "tiers":
            return _tiers(self.terms)
        if key == "currency_options":
            return {code: self._option(code) for code in sorted(self.currencies)}
        nested = (code for code in self.currencies if key == f"currency_options.{code}.tiers")
        return next((_tiers(self.terms_in(code)) for code in nested), None)

    def _option(self, currency: str) -> dict[str, Any]:
        own = currency == self.currency
        terms = self.terms_in(currency)
        return {
            "custom_unit_amount": None,
            "tax_behavior": self.tax_behavior if own else self.options[currency].tax_behavior,
            "unit_amount": whole(terms.unit_amount),
            "unit_amount_decimal": written(terms.unit_amount),
        }


def whole(amount: Decimal | None) -> int | None:
    """Minor units as an integer, None when they are not whole (PRC-10)."""
    return int(amount) if amount is not None and amount == amount.to_integral_value() else None


def written(amount: Decimal | None) -> str | None:
    """A decimal as Stripe writes it: `5`, `0.05`, never an exponent or trailing zeros (N-06, N-08)."""
    if amount is None:
        return None
    text = f"{amount:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _tiers(terms: Terms) -> list[dict[str, Any]] | None:
    return [_tier(each) for each in terms.tiers] if terms.scheme == "tiered" else None


def _tier(tier: Tier) -> dict[str, Any]:
    """The wire form of a tier; `up_to` is null without bound (PRC-13)."""
    return {
        "flat_amount": whole(tier.flat_amount),
        "flat_amount_decimal": written(tier.flat_amount),
        "unit_amount": whole(tier.unit_amount),
        "unit_amount_decimal": written(tier.unit_amount),
        "up_to": tier.up_to,
    }
