"""`pending_invoice_item_interval`: invoices of their own for what is pending, between the renewals."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from harness.simulator.billing.periods import Interval, boundary, first_boundary_after
from harness.simulator.flows.invoicing.invoices import own_pending
from harness.simulator.flows.invoicing.standing import updating
from harness.simulator.flows.subscribing.renewals import issue
from harness.simulator.objects.gathering import Gathering
from harness.simulator.wire.errors import invalid

if TYPE_CHECKING:
    from harness.simulator.objects.subscription import Subscription
    from harness.simulator.world import World

LONGEST_MONTHS, LONGEST_WEEKS, LONGEST_DAYS = 12, 52, 365
_LONGEST = {"day": LONGEST_DAYS, "week": LONGEST_WEEKS, "month": LONGEST_MONTHS, "year": 1}
"""At most a year, says the parameter's reference; that days are counted to 365 is unverified."""


def check(given: dict[str, Any] | None) -> None:
    """Refuse an interval beyond a year (text unverified).

    Raises:
        StripeError: 400.
    """
    if given and (given.get("interval_count") or 1) > _LONGEST[given["interval"]]:
        raise invalid(
            "`pending_invoice_item_interval` can be one year at most.",
            param="pending_invoice_item_interval[interval_count]",
        )


def begin(subscription: Subscription, params: dict[str, Any], now: int) -> None:
    """Start, change or end the gathering, where a request says so.

    The invoices are assumed to come whole intervals after the request that asked for them (unverified).
    """
    if "pending_invoice_item_interval" not in params:
        return
    given = params["pending_invoice_item_interval"]
    if not given:
        subscription.gathering = None
        return
    interval = Interval(given["interval"], given.get("interval_count") or 1)
    subscription.gathering = Gathering(interval, now, boundary(now, interval, 1))


def collect(world: World, subscription: Subscription, at: int) -> None:
    """The interval is over: a draft of what is pending, if anything is; the cycle goes on as it was."""
    with updating(world, subscription):
        gathered = own_pending(world, subscription, at)
        if gathered.pending:
            issue(world, subscription, gathered, at)
        gathering = subscription.gathering
        if gathering is not None:
            gathering.next_at = first_boundary_after(gathering.since, gathering.interval, at)
