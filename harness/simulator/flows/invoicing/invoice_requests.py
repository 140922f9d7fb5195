"""What the invoice endpoints may do, and when."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from harness.simulator.billing.periods import Period
from harness.simulator.flows.announcing.events import emit, emit_update
from harness.simulator.flows.catalogue import tax_rates
from harness.simulator.flows.catalogue.currencies import read_code
from harness.simulator.flows.clocked import ensure_unlocked
from harness.simulator.flows.invoicing import discounting, invoices, payments, redemption
from harness.simulator.flows.payers import check_collection, check_method, find_customer
from harness.simulator.objects.invoice import Invoice
from harness.simulator.wire.errors import StripeError, invalid, missing_resource
from harness.simulator.wire.params import merge_metadata
from harness.simulator.world import HOUR

if TYPE_CHECKING:
    from harness.simulator.objects.customer import Customer
    from harness.simulator.objects.discount import Discount
    from harness.simulator.objects.payment_method import PaymentMethod
    from harness.simulator.objects.subscription import Subscription
    from harness.simulator.world import World

_ALWAYS_OPEN = frozenset({"metadata", "auto_advance", "description", "default_payment_method"})
"""What may still be changed after finalization (K)."""


def create(world: World, params: dict[str, Any]) -> Invoice:
    """A one-off draft, empty or with the pending items; it never bills usage (CHG-43 aside)."""
    customer = find_customer(world, params.get("customer"))
    ensure_unlocked(world, customer.test_clock)
    check_collection(params.get("collection_method"), params.get("days_until_due") or params.get("due_date"))
    check_method(world, customer.id, params.get("default_payment_method"))
    subscription = _subscription(world, customer.id, params.get("subscription"))
    now = world.now(customer.test_clock)
    asked = params.get("currency")
    usual = customer.currency or "usd" if subscription is None else subscription.currency
    currency = usual if asked is None else read_code(asked)
    pending = []
    if subscription is not None:  # that subscription's own alone, by the parameter's reference
        pending = invoices.own_pending(world, subscription, now).pending
    elif params.get("pending_invoice_items_behavior") == "include":
        pending = invoices.pending_for(world, customer.id, None, currency)
    inherited = discounting.group_of(customer, subscription, now)
    wanted = _wanted(world, customer, params, currency, inherited)
    rates = () if subscription is None else subscription.tax_rates
    invoice = Invoice(
        id=world.new_id("in"),
        sequence=world.agenda.next_sequence(),
        customer=customer.id,
        currency=currency,
        created=now,
        period=Period(now, now),
        billing_reason="manual" if subscription is None else "subscription_update",
        test_clock=customer.test_clock,
        collection_method=params.get("collection_method") or "charge_automatically",
        subscription=None if subscription is None else subscription.id,
        auto_advance=bool(params.get("auto_advance")),
        discounts=inherited,
        tax_rates=tax_rates.named(world, params, "default_tax_rates", rates),
        spreads_evenly=subscription is not None and not subscription.flexible,
    )
    _give(world, invoice, wanted)
    invoices.register(world, invoice, [], pending)
    invoices.take_settings(world, invoice, subscription)
    _set(invoice, params)
    _reschedule(invoice, params, now)
    world.agenda.note(invoice.test_clock, invoice)
    emit(world, "invoice.created", invoice)
    return invoice


def update(world: World, invoice: Invoice, params: dict[str, Any]) -> None:
    """Change an invoice; after finalization only what does not change the bill.

    Raises:
        StripeError: 400 for a change that comes too late, 429 on an advancing clock.
    """
    ensure_unlocked(world, invoice.test_clock)
    late = sorted(params.keys() - _ALWAYS_OPEN)
    if invoice.status != "draft" and late:
        raise _not_editable(late[0])
    check_method(world, invoice.customer, params.get("default_payment_method"))
    customer = world.customers[invoice.customer]
    wanted = _wanted(world, customer, params, invoice.currency, invoice.discounts)
    rates = tax_rates.named(world, params, "default_tax_rates", invoice.tax_rates)
    before = invoice.render(world)
    _give(world, invoice, wanted)
    invoice.tax_rates = rates
    discounting.apply(world, invoice)
    _set(invoice, params)
    _reschedule(invoice, params, world.now(invoice.test_clock))
    world.agenda.note(invoice.test_clock, invoice)
    emit_update(world, "invoice.updated", invoice, before)


def delete(world: World, invoice: Invoice) -> None:
    """Delete a one-off draft; its items are pending again (INV-80).

    Raises:
        StripeError: 400 for a finalized invoice or one of a subscription.
    """
    ensure_unlocked(world, invoice.test_clock)
    if invoice.status != "draft":
        raise invalid("You can only delete draft invoices.")
    if invoice.subscription is not None:
        raise invalid("You can't delete invoices created by subscriptions.")
    emit(world, "invoice.deleted", invoice)
    invoice.deleted, invoice.finalizes_at = True, None
    for item in world.invoice_items.values():
        if item.invoice == invoice.id:
            item.invoice = None
            world.agenda.pending_items.setdefault(item.customer, []).append(item)


def finalize(world: World, invoice: Invoice, params: dict[str, Any]) -> None:
    """Finalize a draft now: usage is read again (INV-24, UNK-29: unverified), then it is collected as usual.

    Raises:
        StripeError: 400 unless it is a draft.
    """
    ensure_unlocked(world, invoice.test_clock)
    if invoice.status != "draft":
        raise invalid("This invoice is already finalized, you can't re-finalize a non-draft invoice.")
    if params.get("auto_advance") is not None:
        invoice.auto_advance = params["auto_advance"]
    now = world.now(invoice.test_clock)
    invoices.finalize(world, invoice, now)
    if invoice.auto_advance or invoice.due_cents == 0:
        invoices.advance(world, invoice, now)
    else:
        payments.open_intent(world, invoice)


def pay(world: World, invoice: Invoice, params: dict[str, Any]) -> None:
    """Pay an invoice now; a draft is finalized first.

    Raises:
        StripeError: 400 when there is nothing to pay or to pay with, 402 when the card is declined.
    """
    ensure_unlocked(world, invoice.test_clock)
    method = _payer(world, invoice, params)
    now = world.now(invoice.test_clock)
    if invoice.status == "draft":
        invoices.finalize(world, invoice, now)
    if params.get("paid_out_of_band"):
        payments.settle_outside(world, invoice, now)
    elif invoice.due_cents == 0:
        payments.settle_free(world, invoice, now)
    elif not payments.collect(world, invoice, now, method) and method is not None:
        intent = world.payment_intents[invoice.payments[-1].payment_intent]
        raise payments.declined(world, method, intent)


def send(world: World, invoice: Invoice) -> None:
    """Send an invoice, as the account's owner would; `invoice.sent` is all that can be seen of it (K).

    Raises:
        StripeError: 400 unless it is a draft or open and collected by sending.
    """
    ensure_unlocked(world, invoice.test_clock)
    if invoice.collection_method != "send_invoice" or invoice.status not in {"draft", "open"}:
        raise invalid("You can only manually send an open invoice that is collected by `send_invoice`.")
    if invoice.status == "draft":
        now = world.now(invoice.test_clock)
        invoices.finalize(world, invoice, now)
        invoices.advance(world, invoice, now)
    emit(world, "invoice.sent", invoice)


def void(world: World, invoice: Invoice) -> None:
    """Void a finalized invoice (INV-80).

    Raises:
        StripeError: 400 for a draft, a paid or a voided invoice.
    """
    ensure_unlocked(world, invoice.test_clock)
    if invoice.status not in {"open", "uncollectible"}:
        raise invalid(f"You can only pass in open invoices. This invoice is {invoice.status}.")
    invoices.void(world, invoice, world.now(invoice.test_clock))


def give_up(world: World, invoice: Invoice) -> None:
    """Mark an open invoice as uncollectible.

    Raises:
        StripeError: 400 for any other status.
    """
    ensure_unlocked(world, invoice.test_clock)
    if invoice.status != "open":
        raise invalid(f"You can only mark open invoices as uncollectible. This invoice is {invoice.status}.")
    invoices.give_up(world, invoice, world.now(invoice.test_clock))


def _payer(world: World, invoice: Invoice, params: dict[str, Any]) -> PaymentMethod | None:
    """What will pay; everything that could be refused is refused here, before anything changes."""
    if invoice.status == "paid":
        raise invalid("Invoice is already paid", code="invoice_already_paid")
    if invoice.status == "void":
        raise invalid("This invoice can no longer be paid", code="invoice_not_payable")
    check_method(world, invoice.customer, params.get("payment_method"))
    if params.get("payment_method") is not None:
        return world.payment_methods[params["payment_method"]]
    method = payments.method_for(world, invoice)
    if method is None and not params.get("paid_out_of_band") and invoice.due_cents > 0:
        raise payments.no_method()
    return method


def _wanted(
    world: World,
    customer: Customer,
    params: dict[str, Any],
    currency: str,
    inherited: tuple[Discount, ...],
) -> list[redemption.Wanted] | None:
    """The discounts that a request gives an invoice; None where it keeps what it has, or inherits."""
    entries, name = redemption.asked(params)
    if entries is None:
        return None
    present = [*inherited, *([customer.discount] if customer.discount else [])]
    return redemption.read(world, entries, name, customer, currency=currency, present=present)


def _give(world: World, invoice: Invoice, wanted: list[redemption.Wanted] | None) -> None:
    if wanted is None:
        return
    customer = world.customers[invoice.customer]
    at = world.now(invoice.test_clock)
    invoice.discounts = redemption.make(world, wanted, redemption.Place(customer, at, invoice=invoice.id))
    redemption.register_new(world, invoice.discounts)


def _set(invoice: Invoice, params: dict[str, Any]) -> None:
    for name in (
        "description",
        "footer",
        "custom_fields",
        "number",
        "default_payment_method",
        "due_date",
        "days_until_due",
    ):
        if name in params:
            setattr(invoice, name, params[name])
    if params.get("collection_method") is not None:
        invoice.collection_method = params["collection_method"]
    invoice.presentation.take(params)
    invoice.payment.take(params.get("payment_settings") or {})
    if "metadata" in params:
        invoice.metadata = merge_metadata(invoice.metadata, params["metadata"])


def _reschedule(invoice: Invoice, params: dict[str, Any], now: int) -> None:
    """Drafts finalize by themselves only with `auto_advance` (INV-25), or when told so (INV-26).

    Without it an open one is not tried again either:
    docs.stripe.com/invoicing/integration/automatic-advancement-collection.
    """
    if params.get("auto_advance") is not None:
        invoice.auto_advance = params["auto_advance"]
    if not invoice.auto_advance:
        invoice.next_payment_attempt = None
    if invoice.status != "draft":
        return
    if params.get("automatically_finalizes_at") is not None:
        invoice.finalizes_at = params["automatically_finalizes_at"]
        invoice.auto_advance = True
    elif not invoice.auto_advance or "automatically_finalizes_at" in params:
        invoice.finalizes_at = None
    elif invoice.finalizes_at is None:
        invoice.finalizes_at = max(now, invoice.created + HOUR)


def _subscription(world: World, customer: str, subscription_id: str | None) -> Subscription | None:
    if subscription_id is None:
        return None
    subscription = world.subscriptions.get(subscription_id)
    if subscription is None or subscription.customer != customer:
        raise missing_resource("subscription", subscription_id, "subscription")
    return subscription


def _not_editable(param: str) -> StripeError:
    return invalid(
        "Finalized invoices can't be updated in this way.", code="invoice_not_editable", param=param
    )
