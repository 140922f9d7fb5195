"""Taking up a subscription that its trial's end had paused."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from harness.simulator.billing.periods import Period
from harness.simulator.flows import invoices
from harness.simulator.flows import lines as lining
from harness.simulator.flows.clocked import ensure_unlocked
from harness.simulator.flows.events import emit
from harness.simulator.flows.invoices import Draft
from harness.simulator.flows.spans import remember_billed, roll
from harness.simulator.flows.standing import updating
from harness.simulator.wire.errors import invalid, unmodelled

if TYPE_CHECKING:
    from harness.simulator.objects.subscription import Subscription
    from harness.simulator.world import World


def resume(world: World, subscription: Subscription, params: dict[str, Any]) -> None:
    """Begin a new period now and bill it; what was used while paused is not billed (SUB-26; K, unverified).

    Raises:
        StripeError: 400 unless it is paused, 429 on an advancing clock.
    """
    ensure_unlocked(world, subscription.test_clock)
    if subscription.status != "paused":
        raise invalid(f"Only paused subscriptions can be resumed. This one is {subscription.status}.")
    if params.get("billing_cycle_anchor") == "unchanged":
        raise unmodelled("billing_cycle_anchor=unchanged on resuming")
    now = world.now(subscription.test_clock)
    invoice = None
    with updating(world, subscription):
        subscription.status, subscription.anchor, subscription.anchor_config = "active", now, None
        lines = [
            line
            for item in lining.in_order(subscription.items)
            for line in roll(world, subscription, item, now)
        ]
        pending = invoices.pending_for(world, subscription.customer, subscription, subscription.currency)
        if lines or pending:
            draft = Draft("subscription_update", Period(now, now), lines, pending)
            invoice = invoices.subscription_invoice(world, subscription, draft, now)
            remember_billed(subscription, invoice)
            emit(world, "invoice.created", invoice)
    emit(world, "customer.subscription.resumed", subscription)
    if invoice is not None:
        waits = params.get("payment_behavior") == "default_incomplete"
        invoices.bill_now(world, invoice, now, waits=waits)
