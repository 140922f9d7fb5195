"""Invoices from draft to paid: making, refreshing, finalizing, voiding."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness.simulator.billing.currencies import to_pay
from harness.simulator.billing.periods import DAY, Period
from harness.simulator.flows.announcing.events import emit, emit_update
from harness.simulator.flows.invoicing import crediting, discounting, payments, standing, taxing
from harness.simulator.flows.invoicing import lines as lining
from harness.simulator.objects.invoice import Crossed, Invoice
from harness.simulator.wire.errors import invalid
from harness.simulator.world import HOUR

if TYPE_CHECKING:
    from harness.simulator.objects.customer import Customer
    from harness.simulator.objects.invoice_item import InvoiceItem
    from harness.simulator.objects.invoice_line import Line, Reading
    from harness.simulator.objects.subscription import Subscription
    from harness.simulator.world import World


MOST_LINES = 250  # SUB-22


def check_room(lines: int) -> None:
    """Refuse an invoice with too many lines (text unverified).

    Raises:
        StripeError: 400 for more than 250 (SUB-19, SUB-22).
    """
    if lines > MOST_LINES:
        raise invalid(f"An invoice can have at most {MOST_LINES} lines; this one would have {lines}.")


@dataclass(frozen=True)
class Draft:
    """What a new invoice is made of.

    Args:
        reason: `billing_reason` (INV-34).
        period: of the invoice itself (INV-06 to INV-08).
        lines: of subscription items, in order.
        pending: invoice items that join, newest first; they stand in front (INV-56).
        refreshes: whether finalization reads usage again (INV-21).
        proration_date: from when prorations are counted, shown under `parent` of a preview alone (INV-35).
        crossed: the thresholds that made it (CHG-37).
    """

    reason: str
    period: Period
    lines: list[Line]
    pending: list[InvoiceItem]
    refreshes: bool = False
    proration_date: int | None = None
    crossed: Crossed | None = None

    @property
    def worth_sending(self) -> bool:
        """Whether there is usage, an amount or a pending item (CLK-81)."""
        return bool(self.pending) or any(line.quantity or line.amount_cents for line in self.lines)

    @property
    def all_lines(self) -> list[Line]:
        """Every line in invoice order."""
        return [lining.pending_line(item) for item in self.pending] + self.lines


def pending_for(
    world: World, customer: str, subscription: Subscription | None, currency: str | None = None
) -> list[InvoiceItem]:
    """The invoice items that join the next invoice of a customer and subscription, newest first (INV-83)."""
    allowed = {None} if subscription is None else {None, subscription.id}
    return [
        item
        for item in world.agenda.pending_of(customer)
        if item.subscription in allowed and currency in {None, item.currency}
    ]


def own_pending(world: World, subscription: Subscription, at: int) -> Draft:
    """A subscription's own pending items, and only those, as an invoice of their own (INV-34, INV-83)."""
    pending = world.agenda.pending_of(subscription.customer)
    found = [item for item in pending if item.subscription == subscription.id]
    since = at if subscription.gathering is None else subscription.gathering.last_at
    return Draft("automatic_pending_invoice_item_invoice", Period(since, at), [], found)


def subscription_invoice(world: World, subscription: Subscription, draft: Draft, at: int) -> Invoice:
    """A draft for a subscription, not announced yet; it becomes the subscription's `latest_invoice`.

    It stays a draft while the subscription is unpaid, or its collection paused so (SUB-25, SUB-27, CON-23).
    """
    parked = subscription.pause_behavior == "keep_as_draft" or subscription.status == "unpaid"
    invoice = Invoice(
        id=world.new_id("in"),
        sequence=world.agenda.next_sequence(),
        customer=subscription.customer,
        currency=subscription.currency,
        created=at,
        period=draft.period,
        billing_reason=draft.reason,
        test_clock=subscription.test_clock,
        collection_method=subscription.collection_method,
        subscription=subscription.id,
        subscription_metadata=dict(subscription.metadata),
        refreshes=draft.refreshes,
        days_until_due=subscription.days_until_due,
        crossed=draft.crossed,
        auto_advance=not parked,
        paused=subscription.pause_behavior,
        spreads_evenly=not subscription.flexible,
        tax_rates=subscription.tax_rates,
    )
    subscription.latest_invoice = invoice.id
    customer = world.customers[subscription.customer]
    invoice.discounts = discounting.group_of(customer, subscription, at)
    discounting.claim(subscription, draft.lines, at)
    register(world, invoice, draft.lines, draft.pending)
    discounting.use_up(world, invoice)
    take_settings(world, invoice, subscription)
    return invoice


def take_settings(world: World, invoice: Invoice, subscription: Subscription | None) -> None:
    """The texts that a customer's invoices carry, and a subscription's before them; how it is to be paid."""
    customer = world.customers[invoice.customer]
    invoice.footer, invoice.custom_fields = customer.invoice_footer, customer.invoice_custom_fields
    if subscription is not None:
        texts = subscription.settings.texts
        invoice.description = texts.description
        invoice.footer = texts.footer or invoice.footer
        invoice.custom_fields = texts.custom_fields or invoice.custom_fields
        invoice.payment = subscription.settings.payment.copy()
        first = next((world.prices[item.price] for item in subscription.items), None)
        if first is not None:
            invoice.presentation.statement_descriptor = world.products[first.product].statement_descriptor


def register(
    world: World, invoice: Invoice, lines: Iterable[Line], pending: Iterable[InvoiceItem]
) -> Invoice:
    """Give a new draft its place in the world, its lines and its balance."""
    customer = world.customers[invoice.customer]
    invoice.starting_balance_cents = customer.balance_in(invoice.currency)
    world.invoices[invoice.id] = invoice
    world.agenda.invoices.setdefault(invoice.customer, []).append(invoice)
    for item in pending:
        attach(world, invoice, item)
    for line in lines:
        line.id = world.new_id("il")
        invoice.lines.append(line)
    discounting.apply(world, invoice)
    return invoice


def attach(world: World, invoice: Invoice, item: InvoiceItem) -> None:
    """Put an invoice item on a draft, after the lines that are there (INV-56); it is no longer pending."""
    line = lining.pending_line(item)
    line.id = world.new_id("il")
    invoice.lines.append(line)
    item.invoice = invoice.id
    waiting = world.agenda.pending_items.get(item.customer, [])
    if item in waiting:
        waiting.remove(item)


def schedule(world: World, invoice: Invoice, at: int, service: Period) -> None:
    """Let a draft finalize by itself after the account's delay, at most one service period (INV-18).

    One that does not advance by itself (INV-25) stays a draft.
    """
    if not invoice.auto_advance:
        return
    length = service.ends_before - service.starts_at
    invoice.finalizes_at = at + min(world.settings.grace_seconds, max(length, HOUR))
    world.agenda.note(invoice.test_clock, invoice)


def refresh(world: World, invoice: Invoice) -> None:
    """Read every metered line's usage again (INV-20). A line keeps its id while its tier stays reached."""
    ids = {(line.reading, line.tier, line.flat): line.id for line in invoice.lines if line.reading}
    fresh: list[Line] = []
    done: set[Reading] = set()
    for line in invoice.lines:
        if line.reading is None or line.subscription is None:
            fresh.append(line)
        elif line.reading not in done:
            done.add(line.reading)
            found = lining.usage_lines(
                world, invoice.customer, line.subscription, line.reading, invoice.currency
            )
            for each in found:
                each.own, each.rates = line.own, line.rates
                each.id = ids.get((line.reading, each.tier, each.flat)) or world.new_id("il")
            fresh += found
    invoice.lines = fresh


def finalize(world: World, invoice: Invoice, at: int, *, announce: bool = True) -> None:
    """Turn a draft into an open invoice: usage read again, numbered, credits, tax and balance (CLK-86).

    Nothing is collected yet; see `advance`. `announce` sends `invoice.updated` before `invoice.finalized`; an
    invoice finalized inside the call that made it has no such event.
    """
    before = invoice.render(world)
    if invoice.refreshes:
        refresh(world, invoice)
    invoice.exemption = taxing.exemption(world, invoice)
    discounting.apply(world, invoice)
    discounting.use_up_aloud(world, invoice)
    crediting.apply(world, invoice, at)
    taxing.assess(world, invoice)
    customer = world.customers[invoice.customer]
    if invoice.number is None:  # INV-41; that a number of one's own uses up none is unverified
        invoice.number = f"{customer.invoice_prefix}-{customer.next_invoice_sequence:04d}"
        customer.next_invoice_sequence += 1
    invoice.status, invoice.finalized_at, invoice.finalizes_at = "open", at, None
    _settle_balance(world, invoice, customer)
    if invoice.collection_method == "send_invoice" and invoice.due_date is None:
        invoice.due_date = at + (invoice.days_until_due or 0) * DAY  # INV-79
    world.agenda.note(invoice.test_clock, invoice)
    if announce:
        emit_update(world, "invoice.updated", invoice, before)
    emit(world, "invoice.finalized", invoice)


def due_after_balance(customer: Customer, total_cents: int, currency: str) -> int:
    """What is to be paid of a total, with what the customer owes or is owed."""
    return to_pay(total_cents, customer.balance_in(currency), currency)


def _settle_balance(world: World, invoice: Invoice, customer: Customer) -> None:
    """What is due and what goes to the customer's balance (INV-29 to INV-31).

    A negative sum becomes credit; less than the smallest charge is carried over (UNK-34: unverified).
    """
    before = customer.render(world)
    invoice.starting_balance_cents = customer.balance_in(invoice.currency)
    due = due_after_balance(customer, invoice.total_cents, invoice.currency)
    customer.change_balance(invoice.total_cents - due, invoice.currency)
    invoice.amount_due_cents = due
    invoice.ending_balance_cents = customer.balance_in(invoice.currency)
    emit_update(
        world,
        "customer.updated",
        customer,
        before | {"next_invoice_sequence": customer.next_invoice_sequence},
    )


def advance(world: World, invoice: Invoice, at: int, *, counted: bool = True, waits: bool = False) -> None:
    """Take a finalized invoice as far as it goes by itself: paid, tried, or waiting for its payer.

    `waits` leaves the first try to the payer (`default_incomplete`, SUB-15).
    """
    if invoice.due_cents == 0:
        payments.settle_free(world, invoice, at)
    elif invoice.auto_advance and not waits and invoice.collection_method == "charge_automatically":
        payments.collect(world, invoice, at, counted=counted)
    else:
        payments.open_intent(world, invoice)


def finalize_on_time(world: World, invoice: Invoice, at: int) -> None:
    """The scheduled finalization, and what follows it."""
    finalize(world, invoice, at)
    _go_on(world, invoice, at)


def bill_now(world: World, invoice: Invoice, at: int, *, waits: bool = False) -> None:
    """Finalize and collect an invoice inside the request that made it; a parked one stays a draft."""
    if not invoice.auto_advance:
        return
    finalize(world, invoice, at, announce=False)
    _go_on(world, invoice, at, waits=waits)


def _go_on(world: World, invoice: Invoice, at: int, *, waits: bool = False) -> None:
    """Payment, unless collection was paused when the invoice was made (SUB-27).

    Earlier invoices are collected as usual: docs.stripe.com/billing/subscriptions/pause-payment.
    """
    if invoice.paused == "void":
        void(world, invoice, at)
    elif invoice.paused == "mark_uncollectible":
        give_up(world, invoice, at)
    else:
        advance(world, invoice, at, waits=waits)


def void(world: World, invoice: Invoice, at: int) -> None:
    """Void an open or uncollectible invoice; its usage is not billed again (INV-80 to INV-82)."""
    _close(invoice, "void")
    invoice.voided_at = at
    _return_balance(world, invoice)
    crediting.give_back(world, invoice, at)
    payments.cancel_intents(world, invoice, at)
    emit(world, "invoice.voided", invoice)
    standing.after_void(world, invoice)


def give_up(world: World, invoice: Invoice, at: int) -> None:
    """Mark an open invoice as uncollectible."""
    _close(invoice, "uncollectible")
    invoice.marked_uncollectible_at = at
    world.customers[invoice.customer].delinquent = False
    emit(world, "invoice.marked_uncollectible", invoice)
    standing.after_void(world, invoice)


def _return_balance(world: World, invoice: Invoice) -> None:
    """What a voided invoice had taken from the customer's balance, or put there, is undone (K)."""
    customer = world.customers[invoice.customer]
    before = customer.render(world)
    due = invoice.due_cents + invoice.pre_payment_cents
    customer.change_balance(due - invoice.total_cents, invoice.currency)
    emit_update(world, "customer.updated", customer, before)


def park_all(world: World, customer_id: str) -> None:
    """Stop everything that would happen by itself to the invoices of a customer who is gone (CLK-67)."""
    for invoice in world.agenda.invoices_of(customer_id):
        if invoice.status in {"draft", "open"}:
            invoice.auto_advance, invoice.finalizes_at = False, None
            invoice.next_payment_attempt, invoice.overdue_noticed = None, True


def _close(invoice: Invoice, status: str) -> None:
    invoice.status = status
    invoice.auto_advance, invoice.next_payment_attempt = False, None


def mark_overdue(world: World, invoice: Invoice) -> None:
    """A sent invoice passes its due date: `invoice.overdue`, and the subscription is past due (INV-79)."""
    invoice.overdue_noticed = True
    world.customers[invoice.customer].delinquent = True
    emit(world, "invoice.overdue", invoice)
    standing.after_failure(world, invoice)
