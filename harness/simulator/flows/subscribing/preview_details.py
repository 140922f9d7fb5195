"""`subscription_details` of a preview: what fits a subscription that exists, and one that does not yet."""

from __future__ import annotations

from typing import Any

from harness.simulator.wire.errors import invalid, unmodelled


def check(details: dict[str, Any]) -> None:
    """What is only for subscriptions that do not exist yet.

    Raises:
        StripeError: 400 for an anchor at a timestamp (text unverified), 501 for a start date.
    """
    if isinstance(details.get("billing_cycle_anchor"), int):
        raise invalid(
            "For existing subscriptions, the anchor can only be `now` or `unchanged`.",
            param="subscription_details[billing_cycle_anchor]",
        )
    if details.get("start_date") is not None:
        raise unmodelled("subscription_details[start_date] of a subscription that exists")


def as_created(details: dict[str, Any], customer: str) -> dict[str, Any]:
    """The details of a preview as parameters of a new subscription.

    Raises:
        StripeError: 400 for what needs a subscription (texts unverified).
    """
    for name in ("cancel_now", "proration_date", "resume_at"):
        if details.get(name):
            raise invalid(
                f"`subscription_details[{name}]` needs `subscription`.", param=f"subscription_details[{name}]"
            )
    wanted = {
        key: value for key, value in details.items() if key not in {"billing_cycle_anchor", "start_date"}
    }
    if isinstance(details.get("billing_cycle_anchor"), int):
        wanted["billing_cycle_anchor"] = details["billing_cycle_anchor"]
    if details.get("start_date") is not None:
        wanted["backdate_start_date"] = details["start_date"]
    return wanted | {"customer": customer}
