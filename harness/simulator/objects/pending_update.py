"""A change of a subscription that waits for its invoice to be paid."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from harness.simulator.objects.subscription import Subscription
    from harness.simulator.world import World

PENDING_SECONDS = 23 * 3_600
"""How long it waits at most: docs.stripe.com/billing/subscriptions/pending-updates-reference."""


@dataclass(frozen=True, slots=True)
class PendingUpdate:
    """`pending_update`.

    Args:
        invoice: what has to be paid.
        expires_at: when the change is given up.
        changed: the subscription as it will be.
        moves_anchor, moves_trial: what of the change is shown besides the items.
    """

    invoice: str
    expires_at: int
    changed: Subscription
    moves_anchor: bool
    moves_trial: bool

    def apply_to(self, subscription: Subscription) -> None:
        """Make the change: items, calendar and trial; all else may have changed in the meantime."""
        subscription.items = self.changed.items
        for item in subscription.items:  # some may be used up since, by the very invoice
            item.discounts = tuple(each for each in item.discounts if not each.over)
        for name in ("anchor", "anchor_config", "status", "trial_start", "trial_end", "trial_noticed"):
            setattr(subscription, name, getattr(self.changed, name))

    def render(self, world: World) -> dict[str, Any]:
        """The wire form."""
        return {
            "billing_cycle_anchor": self.changed.anchor if self.moves_anchor else None,
            "cancel_at_period_end": None,
            "discount": None,
            "discounts": None,
            "expires_at": self.expires_at,
            "metadata": None,
            "subscription_items": [item.render(world) for item in self.changed.items],
            "trial_end": self.changed.trial_end if self.moves_trial else None,
            "trial_from_plan": None,
        }
