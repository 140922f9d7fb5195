"""Paying an invoice: payment intents, charges, and what success and failure set off."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.simulator.billing.periods import DAY
from harness.simulator.flows.announcing.events import emit
from harness.simulator.flows.invoicing import standing
from harness.simulator.objects.invoice import InvoicePayment
from harness.simulator.objects.payment import Charge, PaymentIntent
from harness.simulator.wire.errors import StripeError

if TYPE_CHECKING:
    from harness.simulator.objects.invoice import Invoice
    from harness.simulator.objects.payment import PaymentMethod
    from harness.simulator.world import World

RETRY_DAYS = (1, 2, 4, 6, 8, 10, 12, 14)
"""Days after the first failure on which it is tried again (CLK-92, CLK-93, UNK-37: unverified)."""


def method_for(world: World, invoice: Invoice) -> PaymentMethod | None:
    """What pays: the invoice's own method, else its subscription's, else the customer's."""
    subscription = standing.owner(world, invoice)
    candidates = (
        invoice.default_payment_method,
        None if subscription is None else subscription.default_payment_method,
        world.customers[invoice.customer].default_payment_method,
    )
    chosen = next((candidate for candidate in candidates if candidate is not None), None)
    return None if chosen is None else world.payment_methods[chosen]


def open_intent(world: World, invoice: Invoice) -> PaymentIntent:
    """The payment intent of a finalized invoice with something due; its times are wall times (CLK-55)."""
    intent = PaymentIntent(
        id=world.new_id("pi"),
        created=world.wall,
        amount_cents=invoice.remaining_cents,
        currency=invoice.currency,
        customer=invoice.customer,
        description=_purpose(invoice),
    )
    world.payment_intents[intent.id] = intent
    payment = InvoicePayment(
        id=world.new_id("inpay"),
        invoice=invoice.id,
        currency=invoice.currency,
        created=world.now(invoice.test_clock),
        amount_requested_cents=invoice.remaining_cents,
        payment_intent=intent.id,
    )
    invoice.payments.append(payment)
    world.agenda.invoice_of_intent[intent.id] = invoice.id
    return intent


def collect(
    world: World, invoice: Invoice, at: int, method: PaymentMethod | None = None, *, counted: bool = True
) -> bool:
    """Try to take what an open invoice still owes, from `method` or the default one. True when it is paid.

    Failure leaves the invoice open, plans the next try and makes the subscription past due (CLK-88, CLK-90).
    The try inside a subscription's creation is not `counted` (INV-39).
    """
    payer = method or method_for(world, invoice)
    invoice.attempted = True
    invoice.attempt_count += counted
    if payer is None or payer.card.decline is not None:
        _fail(world, invoice, at, payer)
        return False
    _succeed(world, invoice, at, payer)
    return True


def retry(world: World, invoice: Invoice, at: int) -> None:
    """The next try of a failed payment (CLK-90, CLK-91); after the last, the account's setting decides."""
    collect(world, invoice, at)
    if invoice.exhausted:
        standing.after_last_retry(world, invoice, at)


def settle_free(world: World, invoice: Invoice, at: int) -> None:
    """Mark an invoice with nothing due as paid: no intent, no charge (INV-30, CLK-89)."""
    invoice.attempted = True
    _mark_paid(world, invoice, at)


def settle_credited(world: World, invoice: Invoice, at: int) -> None:
    """Mark an open invoice as paid of which credit notes have left nothing to pay (INV-87)."""
    cancel_intents(world, invoice, at)
    _mark_paid(world, invoice, at)


def ask_for_the_rest(world: World, invoice: Invoice) -> None:
    """Let the open payment be for what is left to pay now, after a credit note came or went."""
    for payment in invoice.payments:
        if payment.status == "open":
            payment.amount_requested_cents = invoice.remaining_cents
            world.payment_intents[payment.payment_intent].amount_cents = invoice.remaining_cents


def settle_outside(world: World, invoice: Invoice, at: int) -> None:
    """Mark an invoice as paid by other means (`paid_out_of_band`)."""
    invoice.amount_paid_cents = invoice.due_cents
    invoice.paid_out_of_band = True
    cancel_intents(world, invoice, at)
    _mark_paid(world, invoice, at)


def cancel_intents(world: World, invoice: Invoice, at: int) -> None:
    """Drop the open payments of an invoice that will not be collected."""
    for payment in invoice.payments:
        if payment.status == "open":
            payment.status, payment.canceled_at = "canceled", at
            intent = world.payment_intents[payment.payment_intent]
            intent.status, intent.canceled_at = "canceled", world.wall
            intent.cancellation_reason = "void_invoice"
            emit(world, "payment_intent.canceled", intent)


def declined(world: World, method: PaymentMethod, intent: PaymentIntent | None = None) -> StripeError:
    """The 402 of a declined card; without an intent nothing was tried."""
    extra: dict[str, object] = {"decline_code": method.card.decline, "payment_method": method.render(world)}
    if intent is not None:
        extra |= {"payment_intent": intent.render(world), "charge": intent.latest_charge}
    return StripeError(402, method.card.message, kind="card_error", code=method.card.code, extra=extra)


def ensure_pays(world: World, method_id: str | None) -> None:
    """Refuse what must not go ahead unpaid.

    Raises:
        StripeError: 400 without a payment method, 402 when it would be declined.
    """
    if method_id is None:
        raise no_method()
    if world.payment_methods[method_id].card.decline is not None:
        raise declined(world, world.payment_methods[method_id])


def no_method() -> StripeError:
    """The refusal of a payment when the customer has nothing to pay with."""
    return StripeError(
        400,
        "This customer has no attached payment source or default payment method. Please consider adding a "
        "default payment method. For more information, visit "
        "https://stripe.com/docs/billing/subscriptions/payment-methods-setting.",
        code="resource_missing",
    )


def _purpose(invoice: Invoice) -> str:
    if invoice.subscription is None:
        return "Payment for Invoice"
    first = invoice.billing_reason == "subscription_create"
    return "Subscription creation" if first else "Subscription update"  # INV-39


def _charge(world: World, intent: PaymentIntent, method: PaymentMethod) -> Charge:
    charge = Charge(
        id=world.new_id("ch"),
        created=world.wall,
        amount_cents=intent.amount_cents,
        currency=intent.currency,
        customer=intent.customer,
        payment_intent=intent.id,
        payment_method=method,
        paid=method.card.decline is None,
        description=intent.description,
        decline_code=method.card.decline,
    )
    if not charge.paid:
        charge.failure_code, charge.failure_message = method.card.code, method.card.message
    world.charges[charge.id] = charge
    intent.latest_charge = charge.id
    return charge


def _open_payment(world: World, invoice: Invoice) -> tuple[InvoicePayment, PaymentIntent]:
    payment = next((each for each in invoice.payments if each.status == "open"), None)
    if payment is None:
        open_intent(world, invoice)
        payment = invoice.payments[-1]
    return payment, world.payment_intents[payment.payment_intent]


def _succeed(world: World, invoice: Invoice, at: int, method: PaymentMethod) -> None:
    payment, intent = _open_payment(world, invoice)
    charge = _charge(world, intent, method)
    intent.status, intent.payment_method, intent.last_error = "succeeded", method.id, None
    payment.status, payment.paid_at, payment.amount_paid_cents = "paid", at, payment.amount_requested_cents
    invoice.amount_paid_cents += payment.amount_requested_cents
    emit(world, "payment_intent.succeeded", intent)
    emit(world, "charge.succeeded", charge)
    _mark_paid(world, invoice, at, payment)


def _mark_paid(world: World, invoice: Invoice, at: int, payment: InvoicePayment | None = None) -> None:
    """CLK-87, CLK-89: the invoice's events, then the subscription's."""
    invoice.status, invoice.paid_at = "paid", at
    world.customers[invoice.customer].delinquent = False
    invoice.auto_advance, invoice.next_payment_attempt = False, None
    if payment is not None:
        emit(world, "invoice_payment.paid", payment)  # so the SDK's list of types spells it, against CLK-87
    emit(world, "invoice.paid", invoice)
    emit(world, "invoice.payment_succeeded", invoice)
    method = None if payment is None else world.payment_intents[payment.payment_intent].payment_method
    standing.after_payment(world, invoice, method)


def _fail(world: World, invoice: Invoice, at: int, method: PaymentMethod | None) -> None:
    _, intent = _open_payment(world, invoice)
    if method is not None:
        charge = _charge(world, intent, method)
        intent.last_error = _error_form(world, method, charge)
        emit(world, "charge.failed", charge)
        emit(world, "payment_intent.payment_failed", intent)
    world.customers[invoice.customer].delinquent = True
    _plan_retry(invoice, at)
    world.agenda.note(invoice.test_clock, invoice)
    emit(world, "invoice.payment_failed", invoice)
    standing.after_failure(world, invoice)


def _plan_retry(invoice: Invoice, at: int) -> None:
    """The next try, by the fixed table; none for a first invoice, which expires instead (SUB-24)."""
    tries = invoice.attempt_count
    if invoice.billing_reason == "subscription_create" or not invoice.auto_advance:
        return
    if tries <= len(RETRY_DAYS):
        waited = RETRY_DAYS[tries - 2] if tries > 1 else 0
        invoice.next_payment_attempt = at + (RETRY_DAYS[tries - 1] - waited) * DAY
    else:
        invoice.next_payment_attempt, invoice.exhausted = None, True


def _error_form(world: World, method: PaymentMethod, charge: Charge) -> dict[str, object]:
    return {
        "charge": charge.id,
        "code": method.card.code,
        "decline_code": method.card.decline,
        "doc_url": f"https://stripe.com/docs/error-codes/{method.card.code.replace('_', '-')}",
        "message": method.card.message,
        "payment_method": method.render(world),
        "type": "card_error",
    }
