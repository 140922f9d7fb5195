"""A coupon: what can be taken off, for how long, by how many."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from harness.simulator.billing.discounts import Cut

if TYPE_CHECKING:
    from harness.simulator.world import World


@dataclass(slots=True)
class Coupon:
    """State of a `coupon`; coupons are not clocked (CLK-46).

    Args:
        percent_off: of the amount, or None.
        amounts: minor units off by currency, the coupon's own first; empty for a percentage.
        months: how long a `repeating` one lasts.
        products: those it applies to, None for every one.
        max_redemptions, redeem_by: limits on redeeming it, not on the discounts made from it.
        deleted: can't be redeemed any more; discounts made from it go on.
    """

    id: str
    created: int
    percent_off: Decimal | None = None
    amounts: dict[str, int] = field(default_factory=dict)
    duration: str = "once"
    months: int | None = None
    products: tuple[str, ...] | None = None
    max_redemptions: int | None = None
    redeem_by: int | None = None
    times_redeemed: int = 0
    name: str | None = None
    metadata: dict[str, str] = field(default_factory=dict)
    deleted: bool = False

    @property
    def currency(self) -> str | None:
        """Of `amount_off`; None for a percentage."""
        return next(iter(self.amounts), None)

    def cut(self, currency: str) -> Cut | None:
        """What it takes off amounts of a currency; None where it has no amount in that currency."""
        if self.percent_off is not None:
            return Cut(percent=self.percent_off)
        return Cut(amount_cents=self.amounts[currency]) if currency in self.amounts else None

    def valid(self, now: int) -> bool:
        """Whether it can be redeemed at this wall time."""
        used_up = self.max_redemptions is not None and self.times_redeemed >= self.max_redemptions
        too_late = self.redeem_by is not None and now > self.redeem_by
        return not (self.deleted or used_up or too_late)

    def render(self, world: World) -> dict[str, Any]:
        """The wire form; `applies_to` and `currency_options` appear only when expanded."""
        return {
            "id": self.id,
            "object": "coupon",
            "amount_off": self.amounts[self.currency] if self.currency else None,
            "created": self.created,
            "currency": self.currency,
            "duration": self.duration,
            "duration_in_months": self.months,
            "livemode": False,
            "max_redemptions": self.max_redemptions,
            "metadata": dict(self.metadata),
            "name": self.name,
            "percent_off": _number(self.percent_off),
            "redeem_by": self.redeem_by,
            "times_redeemed": self.times_redeemed,
            "valid": self.valid(world.wall),
        }

    def include(self, world: World, key: str) -> Any | None:
        """Members that appear only when expanded."""
        if key == "applies_to":
            return None if self.products is None else {"products": list(self.products)}
        if key == "currency_options" and self.amounts:
            return {currency: {"amount_off": cents} for currency, cents in self.amounts.items()}
        return None


def _number(percent: Decimal | None) -> int | float | None:
    """A percentage as a JSON number, which is what the wire carries."""
    if percent is None:
        return None
    return int(percent) if percent == percent.to_integral_value() else float(percent)
