"""Ending a subscription on request: at once, or planned for later."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from harness.simulator.flows.announcing.events import emit
from harness.simulator.flows.clocked import ensure_unlocked
from harness.simulator.flows.invoicing import invoices, prorations
from harness.simulator.flows.invoicing.standing import end
from harness.simulator.flows.subscribing.renewals import final_draft
from harness.simulator.wire.errors import invalid, missing_resource

if TYPE_CHECKING:
    from harness.simulator.objects.subscription import Subscription
    from harness.simulator.world import World


def cancel_now(world: World, subscription: Subscription, params: dict[str, Any]) -> None:
    """`DELETE /v1/subscriptions/{id}` (CHG-14 to CHG-18).

    Without `invoice_now` the open period's usage is never billed (CHG-15).

    Raises:
        StripeError: 404 when it has ended already, 429 on an advancing clock.
    """
    ensure_unlocked(world, subscription.test_clock)
    if not subscription.live:
        raise missing_resource("subscription", subscription.id)
    now = world.now(subscription.test_clock)
    invoice_now, prorate = bool(params.get("invoice_now")), bool(params.get("prorate"))
    if prorate and subscription.charges:
        _credit_rest(world, subscription, now)
    if invoice_now:
        _bill_rest(world, subscription, now)
    elif not prorate:
        prorations.drop_pending(world, subscription)
    note_details(subscription, params.get("cancellation_details") or {})
    subscription.reason = "cancellation_requested"
    subscription.cancel_at_period_end = False
    end(world, subscription, now)


def planned_instant(subscription: Subscription, params: dict[str, Any], now: int) -> int | None:
    """When a request plans to end the subscription, or None when it does not.

    `cancel_at_period_end` with different intervals means the last of the current period ends (K, unverified).

    Raises:
        StripeError: 400 for an instant in the past or both parameters at once.
    """
    at_period_end, asked = params.get("cancel_at_period_end"), params.get("cancel_at")
    if at_period_end and asked is not None:
        raise invalid(
            "You may only specify one of these parameters: cancel_at, cancel_at_period_end.",
            code="parameters_exclusive",
        )
    ends = [item.period.ends_before for item in subscription.items]
    if at_period_end or asked == "max_period_end":
        return max(ends)
    if asked == "min_period_end":  # CHG-21
        return min(ends)
    if asked == "max_billed_until":
        return _billed_until(subscription, now)
    if asked is not None and asked <= now:
        raise invalid("`cancel_at` must be in the future.", param="cancel_at")
    return None if asked is None else int(asked)


def _billed_until(subscription: Subscription, now: int) -> int:
    """The end of the last time that licensed items have paid for: `max_billed_until` (CHG-21, VER-20).

    What it means without prebilling, whose `billed_until` stays null here, is unverified; so is the refusal
    where nothing is paid for.
    """
    ends = [item.billed.period.ends_before for item in subscription.items if item.billed]
    if subscription.created == now and subscription.status == "active":  # the first invoice will
        ends += [item.period.ends_before for item in subscription.items if item.quantity is not None]
    paid = max(ends, default=now)
    if paid <= now:
        raise invalid("No item of this subscription is billed beyond the present.", param="cancel_at")
    return paid


def note_details(subscription: Subscription, details: dict[str, Any]) -> None:
    """Keep the comment and feedback of `cancellation_details`."""
    subscription.comment = details.get("comment", subscription.comment)
    subscription.feedback = details.get("feedback", subscription.feedback)


def _credit_rest(world: World, subscription: Subscription, now: int) -> None:
    for item in subscription.items:
        if not world.prices[item.price].metered:
            prorations.place(world, subscription, prorations.credit(world, subscription, item, now))


def _bill_rest(world: World, subscription: Subscription, now: int) -> None:
    """The final invoice: a draft with the usual delay (CHG-18), not read again (INV-21)."""
    draft = final_draft(world, subscription, now, reason="subscription_update")
    if not draft.worth_sending:
        return
    invoice = invoices.subscription_invoice(world, subscription, draft, now)
    invoices.schedule(world, invoice, now, draft.period)
    emit(world, "invoice.created", invoice)
