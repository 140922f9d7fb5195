"""Moving a subscription from classic to flexible billing mode."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from harness.simulator.flows.catalogue.legacy_prices import refuse_in_flexible
from harness.simulator.flows.clocked import ensure_unlocked
from harness.simulator.flows.invoicing.standing import updating
from harness.simulator.wire.errors import invalid

if TYPE_CHECKING:
    from harness.simulator.objects.subscription import Subscription
    from harness.simulator.world import World


def migrate(world: World, subscription: Subscription, mode: dict[str, Any]) -> None:
    """Make a classic subscription flexible; there is no way back (SUB-04).

    A flexible one can be made to itemize its prorations' discounts, for good (VER-13).

    Raises:
        StripeError: 400 for any other move, an ended subscription or one on usage records (SUB-07), 429 on
            an advancing clock.
    """
    ensure_unlocked(world, subscription.test_clock)
    if mode["type"] != "flexible":
        raise invalid(
            "A subscription can only be migrated to `flexible` billing mode.", param="billing_mode[type]"
        )
    wanted = mode.get("flexible", {}).get("proration_discounts", "included")
    if subscription.flexible and (subscription.itemizes or wanted == "included"):
        raise invalid("This subscription is already in `flexible` billing mode.", param="billing_mode[type]")
    if not subscription.live:
        raise invalid("A canceled subscription cannot be migrated.")
    refuse_in_flexible(world.prices[item.price] for item in subscription.items)
    with updating(world, subscription):
        subscription.mode = "flexible"
        subscription.mode_updated_at = world.now(subscription.test_clock)
        subscription.proration_discounts = wanted
