"""`payment_behavior=pending_if_incomplete`: what may be asked for with it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from harness.simulator.wire.errors import StripeError, invalid, unmodelled

if TYPE_CHECKING:
    from harness.simulator.objects.subscription import Subscription

_CHANGES = frozenset({"add_invoice_items", "billing_cycle_anchor", "items", "trial_end"})
_SUPPORTED = _CHANGES | {"payment_behavior", "proration_behavior", "proration_date", "trial_from_plan"}
_OF_ITEMS = frozenset({"id", "inline", "price", "quantity"})
"""docs.stripe.com/billing/subscriptions/pending-updates-reference."""


def check(subscription: Subscription, params: dict[str, Any]) -> None:
    """Refuse what pending updates do not support (texts unverified).

    Raises:
        StripeError: 400; 501 while collection is paused, since no payment would be tried.
    """
    if params.get("payment_behavior") != "pending_if_incomplete":
        return
    if "discounts" in params:
        raise unmodelled("discounts on a pending update")
    for name in sorted(params.keys() - _SUPPORTED):
        raise _unsupported(name)
    for index, entry in enumerate(params.get("items") or []):
        for name in sorted(entry.keys() - _OF_ITEMS):
            raise _unsupported(f"items[{index}][{name}]")
    if subscription.collection_method != "charge_automatically":
        raise invalid(
            "Pending updates are only for subscriptions with `collection_method=charge_automatically`.",
            param="payment_behavior",
        )
    if subscription.pause_behavior is not None:
        raise unmodelled("pending updates while collection is paused")
    if subscription.schedule is not None:
        raise unmodelled("pending updates of a subscription under a schedule")


def replaces(params: dict[str, Any]) -> bool:
    """Whether a request takes the place of a pending update: it changes what that would (unverified)."""
    return bool(params.keys() & _CHANGES)


def _unsupported(name: str) -> StripeError:
    return invalid(
        f"`{name}` cannot be updated when `payment_behavior` is `pending_if_incomplete`.", param=name
    )
