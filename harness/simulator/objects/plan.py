"""A recurring price in the words of the older resource, `plan`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from harness.simulator.objects.price import Price
    from harness.simulator.world import World


def plan_form(world: World, price: Price) -> dict[str, Any]:
    """The item's `plan`: the same price in the words of the older resource."""
    form = price.render(world)
    recurring = form["recurring"] or {}
    tiered = form["billing_scheme"] == "tiered"
    return {
        "id": price.id,
        "object": "plan",
        "active": form["active"],
        "amount": None if tiered else form["unit_amount"],
        "amount_decimal": None if tiered else form["unit_amount_decimal"],
        "billing_scheme": form["billing_scheme"],
        "created": form["created"],
        "currency": form["currency"],
        "interval": recurring.get("interval"),
        "interval_count": recurring.get("interval_count"),
        "livemode": False,
        "metadata": form["metadata"],
        "meter": recurring.get("meter"),
        "nickname": form["nickname"],
        "product": form["product"],
        "tiers_mode": form["tiers_mode"],
        "transform_usage": form["transform_quantity"],
        "trial_period_days": recurring.get("trial_period_days"),
        "usage_type": recurring.get("usage_type"),
    }
