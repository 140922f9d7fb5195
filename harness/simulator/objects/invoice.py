"""An invoice and its payments."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from harness.simulator.agenda import Plan, Rank
from harness.simulator.billing.currencies import to_pay
from harness.simulator.billing.periods import Period
from harness.simulator.billing.taxes import inside_cents
from harness.simulator.objects.discount import Taken, by_discount
from harness.simulator.objects.invoice_line import AppliedCredit, Line
from harness.simulator.objects.settings import PaymentSettings, Presentation
from harness.simulator.objects.tax_rate import by_rate, rates_form

if TYPE_CHECKING:
    from harness.simulator.objects.credit_note import CreditNote
    from harness.simulator.objects.discount import Discount
    from harness.simulator.objects.tax_rate import Tax, TaxRate
    from harness.simulator.world import World

_CARD_OPTIONS = {"installments": {"enabled": False}, "request_three_d_secure": "automatic"}
LINES_SHOWN = 10
"""Lines inside an invoice's own answer; the rest come from its lines endpoint."""


@dataclass(slots=True)
class InvoicePayment:
    """A payment of an invoice (INV-38); `status` is open, paid or canceled."""

    id: str
    invoice: str
    currency: str
    created: int
    amount_requested_cents: int
    payment_intent: str
    amount_paid_cents: int | None = None
    status: str = "open"
    paid_at: int | None = None
    canceled_at: int | None = None

    def render(self, world: World) -> dict[str, Any]:
        """The wire form."""
        return {
            "id": self.id,
            "object": "invoice_payment",
            "amount_paid": self.amount_paid_cents,
            "amount_requested": self.amount_requested_cents,
            "created": self.created,
            "currency": self.currency,
            "invoice": self.invoice,
            "is_default": True,
            "livemode": False,
            "payment": {"payment_intent": self.payment_intent, "type": "payment_intent"},
            "status": self.status,
            "status_transitions": {"canceled_at": self.canceled_at, "paid_at": self.paid_at},
        }


@dataclass(frozen=True, slots=True)
class Crossed:
    """The billing thresholds that made an invoice: the amount if it was that, and items with their limits."""

    amount_gte: int | None
    items: tuple[tuple[str, int], ...] = ()

    def render(self, lines: list[Line]) -> dict[str, Any]:
        """As `threshold_reason` (CHG-37)."""
        reasons = [
            {"line_item_ids": [line.id for line in lines if line.item == item], "usage_gte": usage_gte}
            for item, usage_gte in self.items
        ]
        return {"amount_gte": self.amount_gte, "item_reasons": reasons}


@dataclass(slots=True)
class Invoice:
    """State of an `invoice`; instants follow the customer's clock (CLK-52).

    Args:
        period: the ended period for a cycle (INV-07), one instant for a first invoice (INV-08).
        subscription_metadata: frozen when the invoice is made (INV-54).
        finalizes_at: the scheduled finalization of a draft (INV-42).
        refreshes: whether finalization reads usage again (INV-21).
        starting_balance_cents, ending_balance_cents: the customer's balance before and after.
        amount_due_cents: settled at finalization, before credit notes; None until then.
        notes: its credit notes, void ones too.
        overdue_noticed: whether `invoice.overdue` was sent.
        exhausted: whether its retries have run out.
        awaits_webhooks: whether its `invoice.created` is still on its way (INV-27).
        crossed: the thresholds that made it (CHG-37).
        paused: what `pause_collection` asked for when it was made; later changes do not matter (SUB-27).
        customer_details: what a preview assumes about the customer.
        discounts: on all of it, its own or inherited.
        tax_rates: of the lines without rates of their own; its subscription's, or given to it.
        exemption: the customer's `tax_exempt` when it was finalized.
        spreads_evenly: how fixed amounts go over its items: classic mode's way (CHG-56).
    """

    id: str
    sequence: int
    customer: str
    currency: str
    created: int
    period: Period
    billing_reason: str
    test_clock: str | None
    collection_method: str = "charge_automatically"
    subscription: str | None = None
    subscription_metadata: dict[str, str] = field(default_factory=dict)
    proration_date: int | None = None
    status: str = "draft"
    lines: list[Line] = field(default_factory=list)
    auto_advance: bool = True
    finalizes_at: int | None = None
    refreshes: bool = False
    number: str | None = None
    starting_balance_cents: int = 0
    ending_balance_cents: int | None = None
    amount_due_cents: int | None = None
    amount_paid_cents: int = 0
    attempt_count: int = 0
    attempted: bool = False
    next_payment_attempt: int | None = None
    days_until_due: int | None = None
    due_date: int | None = None
    overdue_noticed: bool = False
    exhausted: bool = False
    default_payment_method: str | None = None
    description: str | None = None
    footer: str | None = None
    custom_fields: list[dict[str, str]] | None = None
    metadata: dict[str, str] = field(default_factory=dict)
    payments: list[InvoicePayment] = field(default_factory=list)
    notes: list[CreditNote] = field(default_factory=list)
    paid_out_of_band: bool = False
    finalized_at: int | None = None
    paid_at: int | None = None
    voided_at: int | None = None
    marked_uncollectible_at: int | None = None
    webhooks_delivered_at: int | None = None
    awaits_webhooks: bool = False
    crossed: Crossed | None = None
    discounts: tuple[Discount, ...] = ()
    tax_rates: tuple[TaxRate, ...] = ()
    exemption: str | None = None
    spreads_evenly: bool = False
    payment: PaymentSettings = field(default_factory=PaymentSettings)
    presentation: Presentation = field(default_factory=Presentation)
    paused: str | None = None
    customer_details: dict[str, Any] = field(default_factory=dict)
    deleted: bool = False

    @property
    def subtotal_cents(self) -> int:
        """All lines together, after the discounts on single items."""
        own = sum(each.cents for each in self.taken if each.own)
        return sum(line.amount_cents for line in self.lines) - own

    @property
    def subtotal_untaxed_cents(self) -> int:
        """The subtotal without inclusive tax (taxing.ASSUMED: subtotal)."""
        inside = 0
        for line in self.lines:
            own = sum(each.cents for each in line.taken if each.own)
            inside += inside_cents(line.amount_cents - own, [each.rate for each in line.applied])
        return self.subtotal_cents - inside

    @property
    def taxes(self) -> list[Tax]:
        """The taxes of all its lines, by rate."""
        return by_rate(each for line in self.lines for each in line.taxes)

    @property
    def taken(self) -> list[Taken]:
        """What discounts take off its lines."""
        return [each for line in self.lines for each in line.taken]

    @property
    def credits(self) -> list[AppliedCredit]:
        """The billing credits that pay for its lines."""
        return [credit for line in self.lines for credit in line.credits]

    @property
    def total_cents(self) -> int:
        """What is left of the lines after discounts and billing credits, with tax (INV-74)."""
        return sum(line.total_cents for line in self.lines)

    @property
    def due_cents(self) -> int:
        """`amount_due`, less what credit notes took off it (INV-84); while a draft, what it would be."""
        if self.amount_due_cents is not None:
            return self.amount_due_cents - self.pre_payment_cents
        return to_pay(self.total_cents, self.starting_balance_cents, self.currency)

    @property
    def remaining_cents(self) -> int:
        """`amount_remaining`."""
        return max(self.due_cents - self.amount_paid_cents, 0)

    @property
    def pre_payment_cents(self) -> int:
        """What credit notes took off the amount due."""
        return sum(note.pre_cents for note in self.notes if note.issued)

    @property
    def credited_cents(self) -> int:
        """What credit notes took off it in all."""
        return sum(note.total_cents for note in self.notes if note.issued)

    def plan(self) -> Plan | None:
        """The next thing that happens to it by itself."""
        if self.status == "draft" and self.finalizes_at is not None:
            return Plan(self.finalizes_at, Rank.FINALIZATION)
        if self.status != "open":
            return None
        if self.next_payment_attempt is not None:
            return Plan(self.next_payment_attempt, Rank.RETRY)
        if self.due_date is not None and not self.overdue_noticed:
            return Plan(self.due_date, Rank.OVERDUE)
        return None

    def _told_at(self) -> int | None:
        """When webhooks were delivered: at once where there are none (INV-43)."""
        return None if self.awaits_webhooks else self.webhooks_delivered_at or self.created

    def render(self, world: World) -> dict[str, Any]:
        """The wire form (INV-32), with the first lines; of a deleted draft the short one."""
        if self.deleted:
            return {"id": self.id, "object": "invoice", "deleted": True}
        return (
            self._account_form()
            | self._amounts_form()
            | self._customer_form(world)
            | self._progress_form(world)
            | self.presentation.render(self.finalized_at)
        )

    def include(self, world: World, key: str) -> Any | None:
        """`payments` and `confirmation_secret`, which appear only when expanded (INV-37)."""
        if key == "payments":
            rows = [payment.render(world) for payment in self.payments]
            url = f"/v1/invoice_payments?invoice={self.id}"
            return {"object": "list", "data": rows, "has_more": False, "total_count": len(rows), "url": url}
        if key == "confirmation_secret" and self.payments and self.status == "open":
            intent = world.payment_intents[self.payments[-1].payment_intent]
            return {"client_secret": f"{intent.id}_secret_sim", "type": "payment_intent"}
        return None

    def lines_form(self, world: World) -> dict[str, Any]:
        """The list object inside the invoice."""
        return {
            "object": "list",
            "data": [line.render(world, self.id) for line in self.lines[:LINES_SHOWN]],
            "has_more": len(self.lines) > LINES_SHOWN,
            "total_count": len(self.lines),
            "url": f"/v1/invoices/{self.id}/lines",
        }

    def _account_form(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "object": "invoice",
            "account_country": "US",
            "account_name": "Simulated account",
            "account_tax_ids": None,
            "application": None,
            "automatic_tax": {
                "disabled_reason": None,
                "enabled": False,
                "liability": None,
                "provider": None,
                "status": None,
            },
            "default_source": None,
            "default_tax_rates": rates_form(self.tax_rates),
            "discounts": [each.id for each in self.discounts],
            "from_invoice": None,
            "issuer": {"type": "self"},
            "last_finalization_error": None,
            "latest_revision": None,
            "livemode": False,
            "on_behalf_of": None,
            "payment_settings": {"default_mandate": None} | self.payment.render(card_defaults=_CARD_OPTIONS),
            "receipt_number": None,
            "shipping_cost": None,
            "status_details": None,
            "threshold_reason": None if self.crossed is None else self.crossed.render(self.lines),
        }

    def _amounts_form(self) -> dict[str, Any]:
        total, taxes = self.total_cents, self.taxes
        off = by_discount([each for each in self.taken if each.inside_cents is None])
        return {
            "amount_due": self.due_cents,
            "amount_overpaid": 0,
            "amount_paid": self.amount_paid_cents,
            "amount_paid_off_stripe": self.amount_paid_cents if self.paid_out_of_band else 0,
            "amount_remaining": self.remaining_cents,
            "amount_shipping": 0,
            "currency": self.currency,
            "ending_balance": self.ending_balance_cents,
            "post_payment_credit_notes_amount": self.credited_cents - self.pre_payment_cents,
            "pre_payment_credit_notes_amount": self.pre_payment_cents,
            "starting_balance": self.starting_balance_cents,
            "subtotal": self.subtotal_cents,
            "subtotal_excluding_tax": self.subtotal_untaxed_cents,
            "total": total,
            "total_discount_amounts": [each.render() for each in off],
            "total_excluding_tax": total - sum(each.cents for each in taxes),
            "total_pretax_credit_amounts": [each.credit_form() for each in off if each.cents]
            + [credit.render() for credit in self.credits],
            "total_taxes": [each.render() for each in taxes],
        }

    def _customer_form(self, world: World) -> dict[str, Any]:
        plain = world.customers[self.customer].plain | self.customer_details
        return {
            "custom_fields": self.custom_fields,
            "customer": self.customer,
            "customer_account": None,
            "customer_address": plain.get("address"),
            "customer_email": plain.get("email"),
            "customer_name": plain.get("name"),
            "customer_phone": plain.get("phone"),
            "customer_shipping": plain.get("shipping"),
            "customer_tax_exempt": self.exemption or plain.get("tax_exempt") or "none",
            "customer_tax_ids": [],
            "default_payment_method": self.default_payment_method,
            "description": self.description,
            "footer": self.footer,
        }

    def _progress_form(self, world: World) -> dict[str, Any]:
        final = self.finalized_at is not None
        page = f"https://invoice.stripe.com/i/acct_sim/{self.id}"
        return {
            "attempt_count": self.attempt_count,
            "attempted": self.attempted,
            "auto_advance": self.auto_advance,
            "automatically_finalizes_at": self.finalizes_at if self.status == "draft" else None,
            "billing_reason": self.billing_reason,
            "collection_method": self.collection_method,
            "created": self.created,
            "due_date": self.due_date,
            "hosted_invoice_url": page if final else None,  # INV-44
            "invoice_pdf": f"{page}/pdf" if final else None,
            "lines": self.lines_form(world),
            "metadata": dict(self.metadata),
            "next_payment_attempt": self.next_payment_attempt,
            "number": self.number,
            "parent": self._parent(),
            "period_end": self.period.ends_before,
            "period_start": self.period.starts_at,
            "status": self.status,
            "status_transitions": {
                "finalized_at": self.finalized_at,
                "marked_uncollectible_at": self.marked_uncollectible_at,
                "paid_at": self.paid_at,
                "voided_at": self.voided_at,
            },
            "test_clock": self.test_clock,
            "webhooks_delivered_at": self._told_at(),
        }

    def _parent(self) -> dict[str, Any] | None:
        """Null for an invoice of no subscription (INV-35)."""
        if self.subscription is None:
            return None
        details: dict[str, Any] = {
            "metadata": dict(self.subscription_metadata),
            "subscription": self.subscription,
        }
        if self.proration_date is not None:
            details["subscription_proration_date"] = self.proration_date
        return {"quote_details": None, "subscription_details": details, "type": "subscription_details"}
