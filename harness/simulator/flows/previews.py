"""Previews: the next invoice, or that of a change, worked out on a copy."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from harness.simulator.flows import gathering, legacy_prices, prorations, subscriptions, updates
from harness.simulator.flows.changes import Bill
from harness.simulator.flows.events import emit
from harness.simulator.flows.inline_prices import drawn_up
from harness.simulator.flows.invoices import Draft, due_after_balance, pending_for, take_settings
from harness.simulator.flows.renewals import final_draft, turn
from harness.simulator.objects.invoice import Invoice
from harness.simulator.wire.errors import StripeError, missing_resource

if TYPE_CHECKING:
    from harness.simulator.objects.invoice_item import InvoiceItem
    from harness.simulator.objects.subscription import Subscription
    from harness.simulator.world import World


@contextmanager
def preview(world: World, params: dict[str, Any], version: str) -> Iterator[Invoice]:
    """The invoice that would come next (INV-76); nothing in the world changes.

    Prices that the request describes (`price_data`) exist as long as the context; Stripe is assumed to show
    an id for them all the same (unverified).

    Raises:
        StripeError: 404 `invoice_upcoming_none` when nothing is to be billed (INV-77), or what a previewed
            change would be refused with.
    """
    details = params.get("subscription_details") or {}
    legacy_prices.refuse_on_new_versions(world, details.get("items") or [], version)
    with drawn_up(world, details, "subscription_details") as drawn:
        yield _found(world, params, drawn.params, version)


def _found(world: World, params: dict[str, Any], details: dict[str, Any], version: str) -> Invoice:
    if params.get("subscription") is None:
        return _of_new(world, params, details, version)
    found = world.subscriptions.get(params["subscription"])
    if found is None:
        raise missing_resource("subscription", params["subscription"], "subscription")
    subscription = found.copy()
    if not subscription.live:
        raise nothing_upcoming()
    at = world.now(subscription.test_clock)
    left = None
    if details.get("cancel_now"):
        return _of_ending(world, subscription, details, at)
    if details:
        wanted = updates.read(world, subscription, details)
        left = updates.apply(world, subscription, wanted)
        if wanted.invoices_now or left.lines:
            return _shown(world, subscription, updates.immediate_draft(world, subscription, wanted, left), at)
    return _next(world, subscription, left)


def announce(world: World, subscription: Subscription) -> None:
    """`invoice.upcoming`: the preview without an id, some days before the renewal (CLK-82)."""
    subscription.upcoming_noticed = subscription.period_end
    world.agenda.note(subscription.test_clock, subscription)
    emit(world, "invoice.upcoming", Upcoming(_next(world, subscription.copy(), None)))


@dataclass(frozen=True)
class Upcoming:
    """A previewed invoice as it is announced."""

    invoice: Invoice

    def render(self, world: World) -> dict[str, Any]:
        """The wire form, which has no id."""
        return {key: value for key, value in self.invoice.render(world).items() if key != "id"}


def nothing_upcoming() -> StripeError:
    """INV-77."""
    return StripeError(404, "No upcoming invoices for customer", code="invoice_upcoming_none")


def _of_ending(world: World, subscription: Subscription, details: dict[str, Any], at: int) -> Invoice:
    """The invoice of a cancellation now with `invoice_now` (CHG-14); credits unless prorations are off."""
    draft = final_draft(world, subscription, at, reason="subscription_update")
    credited: list[InvoiceItem] = []
    if details.get("proration_behavior") != "none" and subscription.status != "trialing":
        for item in subscription.items:
            if not world.prices[item.price].metered:
                credited += prorations.credit(world, subscription, item, at)
    if not draft.worth_sending and not credited:
        raise nothing_upcoming()
    pending = credited[::-1] + draft.pending
    return _shown(world, subscription, Draft(draft.reason, draft.period, draft.lines, pending), at)


def _of_new(world: World, params: dict[str, Any], details: dict[str, Any], version: str) -> Invoice:
    """A subscription that does not exist yet, or a customer's pending items."""
    customer = subscriptions.find_customer(world, params.get("customer"))
    if details.get("items"):
        wanted = details | {"customer": customer.id}
        planned, draft = subscriptions.plan(world, wanted, version)
        if draft.all_lines:
            return _shown(world, planned, draft, planned.created)
        return _next(world, planned, None)
    current = next((each for each in world.agenda.subscriptions_of(customer.id) if each.live), None)
    if current is None:
        raise nothing_upcoming()
    return _next(world, current.copy(), None)


def _next(world: World, subscription: Subscription, left: Bill | None) -> Invoice:
    """The invoice at the end of the current period, with the prorations that a change would leave."""
    at = subscription.trial_end if subscription.status == "trialing" else subscription.period_end
    if at is None or subscription.status == "paused":  # SUB-26
        raise nothing_upcoming()
    unplaced = [] if left is None else [entry for entry in reversed(left.items) if not entry.id]
    if (gathered := _gathered(world, subscription, unplaced, at)) is not None:
        return gathered
    if subscription.cancel_at is not None and subscription.cancel_at <= at:
        draft = final_draft(world, subscription, subscription.cancel_at, reason="subscription_cycle")
        if not draft.worth_sending and not unplaced:
            raise nothing_upcoming()
    else:
        due = [item for item in subscription.items if item.period.ends_before <= at]
        trialing = subscription.status == "trialing"
        subscription.status = "active" if trialing else subscription.status
        draft = turn(world, subscription, due, at, after_trial=trialing)
    pending = unplaced + pending_for(world, subscription.customer, subscription, subscription.currency)
    return _shown(world, subscription, Draft(draft.reason, draft.period, draft.lines, pending), at)


def _gathered(
    world: World, subscription: Subscription, unplaced: list[InvoiceItem], renewal: int
) -> Invoice | None:
    """The invoice of pending items that comes before the renewal, if there is one."""
    ends = min(renewal, subscription.cancel_at or renewal)
    if subscription.gathering is None or (at := subscription.gathering.next_at) >= ends:
        return None
    draft = gathering.draft(world, subscription, at)
    pending = unplaced + draft.pending
    if not pending:
        return None
    return _shown(world, subscription, Draft(draft.reason, draft.period, [], pending), at)


def _shown(world: World, subscription: Subscription, draft: Draft, at: int) -> Invoice:
    """An invoice outside the world (INV-45)."""
    if not draft.all_lines:
        raise nothing_upcoming()
    customer = world.customers[subscription.customer]
    invoice = Invoice(
        id=world.new_id("upcoming_in"),
        sequence=0,
        customer=customer.id,
        currency=subscription.currency,
        created=at,
        period=draft.period,
        billing_reason="upcoming",
        test_clock=subscription.test_clock,
        collection_method=subscription.collection_method,
        subscription=subscription.id,
        subscription_metadata=dict(subscription.metadata),
        proration_date=draft.proration_date,
        lines=draft.all_lines,
        starting_balance_cents=customer.balance_cents,
        default_payment_method=None,
    )
    take_settings(world, invoice, subscription)
    for line in invoice.lines:
        line.id = world.new_id("il_tmp")
    invoice.amount_due_cents = due_after_balance(customer, invoice.total_cents, invoice.currency)
    invoice.ending_balance_cents = customer.balance_cents + invoice.total_cents - invoice.amount_due_cents
    return invoice
