"""A promotion code: a word that customers redeem a coupon with."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from harness.simulator.objects.coupon import Coupon

if TYPE_CHECKING:
    from harness.simulator.world import World


@dataclass(slots=True)
class PromotionCode:
    """State of a `promotion_code`, which is not clocked.

    Args:
        coupon: what it redeems.
        customer: the only one who can use it, or None.
        switched_on: as it was set; it is `active` while its coupon can be redeemed too.
        first_time: whether it is only for customers who never paid.
        minimums: the least amount that it is for, by currency, its main one first.
    """

    id: str
    created: int
    coupon: Coupon
    code: str
    customer: str | None = None
    switched_on: bool = True
    expires_at: int | None = None
    max_redemptions: int | None = None
    times_redeemed: int = 0
    first_time: bool = False
    minimums: dict[str, int] = field(default_factory=dict)
    metadata: dict[str, str] = field(default_factory=dict)

    def active(self, now: int) -> bool:
        """Whether it can be redeemed at this wall time."""
        used_up = self.max_redemptions is not None and self.times_redeemed >= self.max_redemptions
        too_late = self.expires_at is not None and now > self.expires_at
        return self.switched_on and not used_up and not too_late and self.coupon.valid(now)

    def render(self, world: World) -> dict[str, Any]:
        """The wire form; `restrictions[currency_options]` appears only when expanded."""
        main = next(iter(self.minimums), None)
        return {
            "id": self.id,
            "object": "promotion_code",
            "active": self.active(world.wall),
            "code": self.code,
            "created": self.created,
            "customer": self.customer,
            "customer_account": None,
            "expires_at": self.expires_at,
            "livemode": False,
            "max_redemptions": self.max_redemptions,
            "metadata": dict(self.metadata),
            "promotion": {"coupon": self.coupon.id, "type": "coupon"},
            "restrictions": {
                "first_time_transaction": self.first_time,
                "minimum_amount": None if main is None else self.minimums[main],
                "minimum_amount_currency": main,
            },
            "times_redeemed": self.times_redeemed,
        }
