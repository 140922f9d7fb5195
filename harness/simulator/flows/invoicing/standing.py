"""A subscription's status: how its invoices decide it, and how its changes are announced."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from harness.simulator.flows.announcing.events import emit, emit_update
from harness.simulator.flows.invoicing import managed

if TYPE_CHECKING:
    from harness.simulator.objects.invoice import Invoice
    from harness.simulator.objects.pending_update import PendingUpdate
    from harness.simulator.objects.subscription import Subscription
    from harness.simulator.world import World


@contextmanager
def updating(world: World, subscription: Subscription) -> Iterator[None]:
    """Announce what the block changes on `subscription` as one `customer.subscription.updated` (CLK-84)."""
    before = subscription.render(world)
    yield
    world.agenda.note(subscription.test_clock, subscription)
    emit_update(world, "customer.subscription.updated", subscription, before)


def set_status(world: World, subscription: Subscription, status: str) -> None:
    """Move a living subscription to `status`, announced."""
    with updating(world, subscription):
        subscription.status = status


def after_payment(world: World, invoice: Invoice, method: str | None = None) -> None:
    """A payment makes an incomplete subscription active, and a past due one if it was the newest invoice.

    `method` paid; `save_default_payment_method=on_subscription` keeps it, at the first and any later payment.
    """
    subscription = owner(world, invoice)
    if subscription is None:
        return
    newest = subscription.latest_invoice == invoice.id
    waiting = _waiting_for(subscription, invoice)
    with updating(world, subscription):
        if waiting is not None:
            waiting.apply_to(subscription)
            subscription.pending_update = None
            world.agenda.items |= {item.id: subscription for item in subscription.items}
        if subscription.status == "incomplete" or (newest and subscription.status in {"past_due", "unpaid"}):
            subscription.status = "active"
        if method is not None and subscription.settings.payment.saves_method:
            subscription.default_payment_method = method
    if waiting is not None:
        emit(world, "customer.subscription.pending_update_applied", subscription)


def _waiting_for(subscription: Subscription, invoice: Invoice) -> PendingUpdate | None:
    """The pending update that an invoice is to pay for."""
    pending = subscription.pending_update
    return pending if pending is not None and pending.invoice == invoice.id else None


def after_failure(world: World, invoice: Invoice) -> None:
    """A failed payment of a renewal makes an active subscription past due (CLK-88).

    That of a pending update leaves it as it was.
    """
    subscription = owner(world, invoice)
    if subscription is None or _waiting_for(subscription, invoice) is not None:
        return
    if subscription.status == "active":
        set_status(world, subscription, "past_due")


def after_last_retry(world: World, invoice: Invoice, at: int) -> None:
    """The last retry failed: the subscription ends, becomes unpaid, or stays past due (CLK-92)."""
    subscription = owner(world, invoice)
    if subscription is None or not subscription.live:
        return
    if world.settings.dunning_ends_in == "canceled":
        subscription.reason = "payment_failed"
        end(world, subscription, at)
    elif subscription.status != world.settings.dunning_ends_in:
        set_status(world, subscription, world.settings.dunning_ends_in)


def after_void(world: World, invoice: Invoice) -> None:
    """What voiding an invoice, or giving it up, makes of its subscription (INV-81)."""
    subscription = owner(world, invoice)
    if subscription is None:
        return
    if _waiting_for(subscription, invoice) is not None:
        with updating(world, subscription):
            subscription.pending_update = None
        return
    if not subscription.live or subscription.status in {"trialing", "paused"}:
        return
    if invoice.billing_reason == "subscription_create" and subscription.status == "incomplete":
        expire(world, subscription)
        return
    status = _by_invoices(world, subscription)
    if status != subscription.status:
        set_status(world, subscription, status)


def expire(world: World, subscription: Subscription) -> None:
    """End a subscription whose first invoice was never paid (SUB-24)."""
    with updating(world, subscription):
        subscription.status = "incomplete_expired"
        subscription.ended_at = world.now(subscription.test_clock)
    managed.after_end(world, subscription, subscription.ended_at)


def end(world: World, subscription: Subscription, at: int) -> None:
    """Cancel a subscription for good: `customer.subscription.deleted` (CLK-81)."""
    subscription.status, subscription.pending_update = "canceled", None
    subscription.ended_at = at
    subscription.canceled_at = subscription.canceled_at or at
    emit(world, "customer.subscription.deleted", subscription)
    managed.after_end(world, subscription, at)
    _stop_collecting(world, subscription)


def owner(world: World, invoice: Invoice) -> Subscription | None:
    """The subscription that an invoice bills, or None."""
    return None if invoice.subscription is None else world.subscriptions[invoice.subscription]


def _stop_collecting(world: World, subscription: Subscription) -> None:
    """Finalized unpaid invoices of an ended subscription are no longer collected automatically (CHG-23)."""
    for invoice in world.agenda.invoices_of(subscription.customer):
        if invoice.subscription == subscription.id and invoice.status == "open" and invoice.auto_advance:
            before = invoice.render(world)
            invoice.auto_advance = False
            invoice.next_payment_attempt = None
            emit_update(world, "invoice.updated", invoice, before)


def _by_invoices(world: World, subscription: Subscription) -> str:
    """From the newest invoice to the oldest, the first that settles the question (INV-81)."""
    for invoice in world.agenda.invoices_of(subscription.customer):
        if invoice.subscription != subscription.id:
            continue
        if invoice.status in {"paid", "uncollectible"}:
            return "active"
        if invoice.status == "open" and invoice.exhausted:
            return world.settings.dunning_ends_in
        if invoice.status == "open" and invoice.overdue_noticed:
            return "past_due"
    return "active"
