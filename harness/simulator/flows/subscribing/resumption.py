"""Taking up a subscription that its trial's end had paused."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from harness.simulator.billing.periods import Period, period_at
from harness.simulator.flows.announcing.events import emit
from harness.simulator.flows.clocked import ensure_unlocked
from harness.simulator.flows.invoicing import invoices, prorations
from harness.simulator.flows.invoicing import lines as lining
from harness.simulator.flows.invoicing.invoices import Draft
from harness.simulator.flows.invoicing.spans import remember_billed, roll, shortened
from harness.simulator.flows.invoicing.standing import updating
from harness.simulator.wire.errors import invalid

if TYPE_CHECKING:
    from harness.simulator.objects.invoice_item import InvoiceItem
    from harness.simulator.objects.invoice_line import Line
    from harness.simulator.objects.subscription import Subscription
    from harness.simulator.world import World


def resume(world: World, subscription: Subscription, params: dict[str, Any]) -> None:
    """Take the subscription up and bill it; what was used while paused is not billed (SUB-26; K, unverified).

    The first payment is tried inside the call and leaves the subscription active, or past due
    (`resume_on_payment_attempt`, the default).

    Raises:
        StripeError: 400 unless it is paused, 429 on an advancing clock.
    """
    ensure_unlocked(world, subscription.test_clock)
    now = world.now(subscription.test_clock)
    check(world, subscription, params, now)
    invoice = None
    with updating(world, subscription):
        draft = begin(world, subscription, params, now)
        prorations.place(world, subscription, [item for item in reversed(draft.pending) if not item.id])
        if draft.all_lines and not _waits(params):
            invoice = invoices.subscription_invoice(world, subscription, draft, now)
            remember_billed(subscription, invoice)
            emit(world, "invoice.created", invoice)
    emit(world, "customer.subscription.resumed", subscription)
    if invoice is not None:
        invoices.bill_now(world, invoice, now)


def check(world: World, subscription: Subscription, params: dict[str, Any], at: int) -> None:
    """Refuse to resume what is not paused, or is not charged automatically (texts unverified).

    Raises:
        StripeError: 400, also for a `proration_date` outside of the period that goes on.
    """
    if subscription.status != "paused":
        raise invalid(f"Only paused subscriptions can be resumed. This one is {subscription.status}.")
    if subscription.collection_method != "charge_automatically":
        raise invalid("Only subscriptions with `collection_method=charge_automatically` can be resumed.")
    moment = params.get("proration_date")
    if moment is None:
        return
    for item in subscription.items:
        around = period_at(subscription.anchor, subscription.interval(world, item), at)
        if not around.starts_at <= moment <= around.ends_before:
            raise invalid(
                "Cannot specify a proration_date outside of the current billing period.",
                param="proration_date",
            )


def begin(world: World, subscription: Subscription, params: dict[str, Any], at: int) -> Draft:
    """Make `subscription`, or a copy for a preview, active at `at`; what there is to bill then.

    A new cycle starts, or with `billing_cycle_anchor=unchanged` the one goes on that it had.
    """
    subscription.status = "active"
    owed: list[InvoiceItem] = []
    lines: list[Line] = []
    if params.get("billing_cycle_anchor") == "unchanged":
        owed = _go_on(world, subscription, params, at)
    else:
        subscription.anchor, subscription.anchor_config = at, None
        for item in lining.in_order(subscription.items):
            lines += roll(world, subscription, item, at)
    pending = invoices.pending_for(world, subscription.customer, subscription, subscription.currency)
    return Draft("subscription_update", Period(at, at), lines, owed[::-1] + pending)


def _waits(params: dict[str, Any]) -> bool:
    """Whether prorations wait for the next invoice: with an unchanged anchor, unless asked otherwise."""
    unchanged = params.get("billing_cycle_anchor") == "unchanged"
    return unchanged and params.get("proration_behavior") != "always_invoice"


def _go_on(world: World, subscription: Subscription, params: dict[str, Any], at: int) -> list[InvoiceItem]:
    """The items join the period of their calendar that is under way; its rest is owed for licensed ones.

    That the items then show this whole period is unverified.
    """
    owed: list[InvoiceItem] = []
    for item in lining.in_order(subscription.items):
        interval = subscription.interval(world, item)
        item.period = shortened(period_at(subscription.anchor, interval, at), subscription.cancel_at)
        item.usage_since, item.billed = at, None
        if item.quantity is not None and params.get("proration_behavior") != "none":
            owed += prorations.debit(world, subscription, item, params.get("proration_date") or at)
    return owed
