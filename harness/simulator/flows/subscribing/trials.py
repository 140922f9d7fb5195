"""A trial that an update begins, moves or ends."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.simulator.billing.periods import Period
from harness.simulator.flows.invoicing import lines as lining
from harness.simulator.flows.invoicing import prorations
from harness.simulator.flows.invoicing.spans import roll, usage_until

if TYPE_CHECKING:
    from harness.simulator.flows.subscribing.changes import Bill
    from harness.simulator.objects.subscription import Subscription
    from harness.simulator.world import World


def end_now(world: World, subscription: Subscription, left: Bill) -> None:
    """`trial_end=now`: paid time begins at once, usage of the trial stays free (CHG-29)."""
    if subscription.status != "trialing":
        return
    subscription.status, subscription.trial_end = "active", left.at
    subscription.anchor = left.at
    for item in lining.in_order(subscription.items):
        left.lines += roll(world, subscription, item, left.at)


def start_over(world: World, subscription: Subscription, left: Bill, trial_end: int, *, bill: bool) -> None:
    """A new end of the trial moves the anchor there (CHG-13).

    A subscription that is paid for gets credit for the rest of its licensed periods, and its open usage is
    billed at once, as with every other move of the anchor (CHG-11); then the trial begins.
    """
    if subscription.status != "trialing":
        _leave_paid_time(world, subscription, left, bill=bill)
        subscription.status, subscription.trial_start = "trialing", left.at
    subscription.trial_end = subscription.anchor = trial_end
    subscription.anchor_config, subscription.trial_noticed = None, False
    for item in subscription.items:
        item.period = Period(item.period.starts_at, trial_end)


def _leave_paid_time(world: World, subscription: Subscription, left: Bill, *, bill: bool) -> None:
    for item in lining.in_order(subscription.items):
        if world.prices[item.price].metered:
            left.lines += (
                usage_until(world, subscription, item, left.at) if item.usage_since < left.at else []
            )
        elif bill:
            left.items += prorations.credit(world, subscription, item, left.prorate_at)
        item.period, item.usage_since, item.billed = Period(left.at, left.at), left.at, None
