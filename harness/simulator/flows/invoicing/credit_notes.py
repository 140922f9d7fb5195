"""Credit notes: what they may take off an invoice, where it goes, and what that sets off."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from harness.simulator.billing.notes import split
from harness.simulator.billing.wording import money
from harness.simulator.flows.announcing.events import emit, emit_update
from harness.simulator.flows.clocked import ensure_unlocked
from harness.simulator.flows.invoicing import note_lines, payments, refunds
from harness.simulator.objects.balance import BalanceTransaction
from harness.simulator.objects.credit_note import CreditNote
from harness.simulator.wire.errors import invalid, missing_resource
from harness.simulator.wire.params import merge_metadata

if TYPE_CHECKING:
    from harness.simulator.objects.invoice import Invoice
    from harness.simulator.objects.payment import Charge
    from harness.simulator.objects.refund import Refund
    from harness.simulator.world import World

ASSUMED = {
    "time": "A note is created in the time of its invoice's clock, its refunds, as always, in wall time.",
    "lists": "Notes have no clock of their own, so no list hides them.",
    "preview": "A preview need not say where the post-payment part goes; what it says must add up.",
    "paid": "An invoice that a note pays sends `invoice.paid` and the rest after `credit_note.created`, and"
    " its payment intent is canceled; another open one is for the new remaining amount.",
    "mixed": "Versions before 2025-05-28.basil take notes beyond what is left to pay of an open invoice too.",
    "refund": "A note's refund has the note's reason where refunds know it, and no metadata.",
    "uncollectible": "An uncollectible invoice can't be credited.",
    "void": "Voiding an invoice leaves its notes standing.",
    "words": "Stripe's refusals, but for those of INV-92.",
}
"""What Stripe's documentation leaves open here: all of it unverified."""
_REFUND_REASONS = frozenset({"duplicate", "fraudulent"})


@dataclass
class _Split:
    """Where the post-payment part goes (INV-85)."""

    refund_cents: int = 0
    credit_cents: int = 0
    out_of_band_cents: int = 0
    linked: list[tuple[Refund, int]] = field(default_factory=list)

    @property
    def cents(self) -> int:
        """All of it."""
        linked = sum(cents for _, cents in self.linked)
        return self.refund_cents + self.credit_cents + self.out_of_band_cents + linked


def get(world: World, note_id: str) -> CreditNote:
    """The credit note, which must exist.

    Raises:
        StripeError: `resource_missing`.
    """
    note = world.credit_notes.get(note_id)
    if note is None:
        raise missing_resource("credit note", note_id)
    return note


def create(world: World, params: dict[str, Any]) -> CreditNote:
    """Issue a note, and give back what its invoice no longer takes.

    Raises:
        StripeError: 400 for an invoice that can't be credited, or not so much; 429 on an advancing clock.
    """
    invoice = _invoice(world, params["invoice"])
    ensure_unlocked(world, invoice.test_clock)
    note = _draft(world, invoice, params)
    parts = _parts(world, invoice, params)
    _check_split(note, parts)
    if parts.credit_cents and world.customers[invoice.customer].deleted:
        raise missing_resource("customer", invoice.customer, "credit_amount")
    charge = _paying_charge(world, invoice)
    if parts.refund_cents:
        _check_refund(invoice, charge, parts.refund_cents)
    _number(world, note)
    if charge is not None and parts.refund_cents:
        reason = note.reason if note.reason in _REFUND_REASONS else None
        made = refunds.make(world, charge, parts.refund_cents, reason=reason, metadata={})
        parts.linked.append((made, parts.refund_cents))
    _issue(world, invoice, note, parts)
    return note


def preview(world: World, params: dict[str, Any]) -> CreditNote:
    """The note that `create` would issue; nothing is changed (INV-94).

    Raises:
        StripeError: as creation does.
    """
    invoice = _invoice(world, params["invoice"])
    note = _draft(world, invoice, params)
    parts = _parts(world, invoice, params)
    if parts.cents:  # ASSUMED: preview
        _check_split(note, parts)
    note.id = "cn_preview"
    for place, line in enumerate(note.lines, 1):
        line.id = f"cnli_preview{place}"
    note.out_of_band_cents = parts.out_of_band_cents
    note.refunds = {refund.id: cents for refund, cents in parts.linked}
    return note


def update(world: World, note: CreditNote, params: dict[str, Any]) -> None:
    """Change a note's memo and metadata, which is all that can be changed."""
    ensure_unlocked(world, world.invoices[note.invoice].test_clock)
    merged = merge_metadata(note.metadata, params["metadata"]) if "metadata" in params else note.metadata
    before = note.render(world)
    note.metadata, note.memo = merged, params.get("memo", note.memo)
    emit_update(world, "credit_note.updated", note, before)


def void(world: World, note: CreditNote) -> None:
    """Take a note back: its invoice is open for the amount again (INV-92).

    Raises:
        StripeError: 400 when it is void already, or its invoice isn't open.
    """
    invoice = world.invoices[note.invoice]
    ensure_unlocked(world, invoice.test_clock)
    if not note.issued:
        raise invalid("This credit note is already void.")
    if invoice.status != "open":
        raise invalid("You can only void a credit note if the associated invoice is open.")
    before = invoice.render(world)
    note.voided_at = world.now(invoice.test_clock)
    payments.ask_for_the_rest(world, invoice)
    emit_update(world, "invoice.updated", invoice, before)
    emit(world, "credit_note.voided", note)


def _invoice(world: World, invoice_id: str) -> Invoice:
    """The invoice, which must be open or paid (INV-86)."""
    invoice = world.invoices.get(invoice_id)
    if invoice is None or invoice.deleted:
        raise missing_resource("invoice", invoice_id, "invoice")
    if invoice.status not in {"open", "paid"}:
        text = (
            f"You can only issue credit notes for open and paid invoices. This invoice is {invoice.status}."
        )
        raise invalid(text, param="invoice")
    return invoice


def _draft(world: World, invoice: Invoice, params: dict[str, Any]) -> CreditNote:
    """The note without ids, its parts worked out (INV-84)."""
    lines = note_lines.read(invoice, params["lines"]) if params.get("lines") else None
    if lines is None and params.get("amount") is None:
        raise invalid("One of `amount`, `lines` or `shipping_cost` must be provided.")
    if lines is None:
        lines = note_lines.for_amount(params["amount"])
    total = sum(line.total_cents for line in lines)
    if params.get("amount") not in {None, total}:
        raise invalid(f"`amount` must be the total of `lines`, {total}.", param="amount")
    _check_total(invoice, total)
    now = world.now(invoice.test_clock)
    pre, post = split(total, invoice.remaining_cents)
    return CreditNote(
        id="",
        invoice=invoice.id,
        customer=invoice.customer,
        currency=invoice.currency,
        created=now,
        number=f"{invoice.number}-CN-{len(invoice.notes) + 1:02d}",  # INV-93
        lines=lines,
        pre_cents=pre,
        post_cents=post,
        effective_at=now if params.get("effective_at") is None else params["effective_at"],
        memo=params.get("memo"),
        reason=params.get("reason"),
        metadata=merge_metadata({}, params.get("metadata") or {}),
    )


def _check_total(invoice: Invoice, total: int) -> None:
    """Above 0, and no more than earlier notes leave of the invoice (INV-86, INV-89)."""
    left = invoice.total_cents - invoice.credited_cents
    if total <= 0:
        raise invalid("The total amount of a credit note must be above 0.")
    if total > left:
        asked, there = (money(Decimal(each), invoice.currency) for each in (total, left))
        raise invalid(
            f"The credit note's total ({asked}) exceeds what can be credited of the invoice ({there})."
        )


def _parts(world: World, invoice: Invoice, params: dict[str, Any]) -> _Split:
    return _Split(
        refund_cents=params.get("refund_amount") or 0,
        credit_cents=params.get("credit_amount") or 0,
        out_of_band_cents=params.get("out_of_band_amount") or 0,
        linked=list(_linked(world, invoice, params)),
    )


def _linked(world: World, invoice: Invoice, params: dict[str, Any]) -> Iterator[tuple[Refund, int]]:
    """Existing refunds of the invoice's charge, each with how much of it the note accounts for."""
    asked = list(params.get("refunds") or [])
    if params.get("refund") is not None:  # before 2025-03-31.basil (INV-99)
        asked.append({"refund": params["refund"]})
    charge = _paying_charge(world, invoice)
    taken: dict[str, int] = {}
    for place, entry in enumerate(asked):
        name = f"refunds[{place}][refund]"
        if entry.get("refund") is None:
            raise invalid(f"Missing required param: {name}.", code="parameter_missing", param=name)
        refund = refunds.get(world, entry["refund"], name)
        if charge is None or refund.charge != charge.id:
            raise invalid(f"Refund {refund.id} is not one of invoice {invoice.id}.", param=name)
        left = refund.amount_cents - refund.noted_cents - taken.get(refund.id, 0)
        cents = left if entry.get("amount_refunded") is None else entry["amount_refunded"]
        if not 0 < cents <= left:
            raise invalid(f"Only {left} of refund {refund.id} can be linked to a credit note.", param=name)
        taken[refund.id] = taken.get(refund.id, 0) + cents
        yield refund, cents


def _check_split(note: CreditNote, parts: _Split) -> None:
    """The parts must add up to what goes beyond the amount due (INV-85, INV-92)."""
    if parts.cents != note.post_cents:
        given, whole = (money(Decimal(each), note.currency) for each in (parts.cents, note.post_cents))
        raise invalid(
            f"The sum of credit amount, refund amount and out of band amount ({given}) must equal the credit "
            f"note amount ({whole})."
        )


def _paying_charge(world: World, invoice: Invoice) -> Charge | None:
    """The charge that paid an invoice, or None when none did."""
    paid = next((each for each in invoice.payments if each.status == "paid"), None)
    intent = None if paid is None else world.payment_intents[paid.payment_intent]
    return None if intent is None or intent.latest_charge is None else world.charges[intent.latest_charge]


def _check_refund(invoice: Invoice, charge: Charge | None, cents: int) -> None:
    if charge is None:
        raise invalid(
            f"Invoice {invoice.id} was not paid by a charge that can be refunded.", param="refund_amount"
        )
    refunds.check(charge, cents, "refund_amount")


def _number(world: World, note: CreditNote) -> None:
    note.id = world.new_id("cn")
    for line in note.lines:
        line.id = world.new_id("cnli")


def _issue(world: World, invoice: Invoice, note: CreditNote, parts: _Split) -> None:
    """Put a note on its invoice; the order of events is INV-91's."""
    before = invoice.render(world)
    note.out_of_band_cents = parts.out_of_band_cents
    for refund, cents in parts.linked:
        refund.noted_cents += cents
        note.refunds[refund.id] = note.refunds.get(refund.id, 0) + cents
    world.credit_notes[note.id] = note
    invoice.notes.append(note)
    if invoice.status == "open" and invoice.remaining_cents:
        payments.ask_for_the_rest(world, invoice)
    emit_update(world, "invoice.updated", invoice, before)
    if parts.credit_cents:
        _credit(world, invoice, note, parts.credit_cents)
    emit(world, "credit_note.created", note)
    if invoice.status == "open" and not invoice.remaining_cents:
        payments.settle_credited(world, invoice, note.created)


def _credit(world: World, invoice: Invoice, note: CreditNote, cents: int) -> None:
    """Credit the customer's balance, which lowers the next invoice (INV-95)."""
    customer = world.customers[note.customer]
    before = customer.render(world)
    customer.change_balance(-cents, note.currency)
    moved = BalanceTransaction(
        id=world.new_id("cbtxn"),
        created=note.created,
        amount_cents=-cents,
        ending_cents=customer.balance_in(note.currency),
        currency=note.currency,
        customer=customer.id,
        invoice=invoice.id,
        credit_note=note.id,
    )
    world.balance_transactions[moved.id] = moved
    note.balance_transaction = moved.id
    emit_update(world, "customer.updated", customer, before)
