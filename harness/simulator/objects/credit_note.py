"""A credit note: what of a finalized invoice is not to be paid after all, or is given back."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from harness.simulator.billing.rounding import written
from harness.simulator.billing.taxes import inside_cents
from harness.simulator.objects.invoice import LINES_SHOWN
from harness.simulator.objects.tax_rate import Tax, by_rate, rates_form

if TYPE_CHECKING:
    from harness.simulator.world import World


@dataclass(frozen=True, slots=True)
class TakenBack:
    """The share of a discount, or of billing credit, of a note's line: one of the two is None."""

    cents: int
    discount: str | None = None
    credit: str | None = None
    own: bool = False

    def discount_form(self) -> dict[str, Any]:
        """As one of `discount_amounts`."""
        return {"amount": self.cents, "discount": self.discount}

    def pretax_form(self) -> dict[str, Any]:
        """As one of `pretax_credit_amounts`."""
        kind = "discount" if self.credit is None else "credit_balance_transaction"
        return {
            "amount": self.cents,
            "credit_balance_transaction": self.credit,
            "discount": self.discount,
            "type": kind,
        }


@dataclass(slots=True)
class NoteLine:
    """A line of a credit note.

    Args:
        amount_cents: before discounts (INV-90).
        line: id of the invoice line, None for a custom one.
        quantity: units credited; None where an amount was.
        taken: what of the invoice line's discounts and billing credits goes with it.
        taxes: the same of its taxes.
        relief_cents: the same of what was backed out for an exempt customer.
        id: `cnli_…`; empty until the note is issued.
    """

    amount_cents: int
    description: str | None
    line: str | None = None
    quantity: int | None = None
    unit_amount: Decimal | None = None
    taken: tuple[TakenBack, ...] = ()
    taxes: tuple[Tax, ...] = ()
    relief_cents: int = 0
    metadata: dict[str, str] = field(default_factory=dict)
    id: str = ""

    @property
    def net_cents(self) -> int:
        """What it credits after discounts and billing credits."""
        return self.amount_cents - sum(each.cents for each in self.taken)

    @property
    def total_cents(self) -> int:
        """What it adds to the note's total: with tax."""
        added = sum(each.cents for each in self.taxes if not each.rate.inclusive)
        return self.net_cents - self.relief_cents + added

    @property
    def inside_cents(self) -> int:
        """Inclusive tax in what it credits before the invoice's own discounts."""
        own = sum(each.cents for each in self.taken if each.own)
        return inside_cents(self.amount_cents - own, [each.rate.rate for each in self.taxes])

    @property
    def discounts(self) -> list[TakenBack]:
        """What of it discounts had taken off already."""
        return [each for each in self.taken if each.discount is not None]

    def render(self) -> dict[str, Any]:
        """The wire form."""
        unit = self.unit_amount
        whole = unit is not None and unit == unit.to_integral_value()
        return {
            "id": self.id,
            "object": "credit_note_line_item",
            "amount": self.amount_cents,
            "description": self.description,
            "discount_amount": sum(each.cents for each in self.discounts),
            "discount_amounts": [each.discount_form() for each in self.discounts],
            "invoice_line_item": self.line,
            "livemode": False,
            "metadata": dict(self.metadata),
            "pretax_credit_amounts": [each.pretax_form() for each in self.taken],
            "quantity": self.quantity,
            "tax_rates": rates_form(each.rate for each in self.taxes),
            "taxes": [each.render() for each in self.taxes],
            "type": "custom_line_item" if self.line is None else "invoice_line_item",
            "unit_amount": int(unit) if unit is not None and whole else None,
            "unit_amount_decimal": None if unit is None else written(unit),
        }


@dataclass(slots=True)
class CreditNote:
    """State of a `credit_note`; `created` follows the customer's clock.

    Args:
        pre_cents, post_cents: its two parts (INV-84).
        refunds: ids of refunds, with how much of each belongs to it.
        balance_transaction: id of the credit to the customer's balance.
    """

    id: str
    invoice: str
    customer: str
    currency: str
    created: int
    number: str
    lines: list[NoteLine]
    pre_cents: int
    post_cents: int
    effective_at: int
    out_of_band_cents: int = 0
    refunds: dict[str, int] = field(default_factory=dict)
    balance_transaction: str | None = None
    memo: str | None = None
    reason: str | None = None
    metadata: dict[str, str] = field(default_factory=dict)
    voided_at: int | None = None

    @property
    def total_cents(self) -> int:
        """What it takes off the invoice in all."""
        return self.pre_cents + self.post_cents

    @property
    def issued(self) -> bool:
        """Whether it stands."""
        return self.voided_at is None

    @property
    def kind(self) -> str:
        """`type` (INV-84)."""
        if not self.post_cents:
            return "pre_payment"
        return "mixed" if self.pre_cents else "post_payment"

    def render(self, world: World) -> dict[str, Any]:
        """The wire form."""
        return self._plain_form() | self._amounts_form() | {"lines": self._lines_form()}

    def _plain_form(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "object": "credit_note",
            "created": self.created,
            "currency": self.currency,
            "customer": self.customer,
            "customer_account": None,
            "customer_balance_transaction": self.balance_transaction,
            "effective_at": self.effective_at,
            "invoice": self.invoice,
            "livemode": False,
            "memo": self.memo,
            "metadata": dict(self.metadata),
            "number": self.number,
            "pdf": f"https://pay.stripe.com/credit_notes/acct_sim/{self.id}/pdf",
            "reason": self.reason,
            "refunds": [
                {"amount_refunded": cents, "payment_record_refund": None, "refund": refund, "type": "refund"}
                for refund, cents in self.refunds.items()
            ],
            "shipping_cost": None,
            "status": "issued" if self.issued else "void",
            "type": self.kind,
            "voided_at": self.voided_at,
        }

    def _amounts_form(self) -> dict[str, Any]:
        taken = together(each for line in self.lines for each in line.taken)
        discounts = [each for each in taken if each.discount is not None]
        own = sum(each.cents for line in self.lines for each in line.taken if each.own)
        subtotal = sum(line.amount_cents for line in self.lines) - own
        taxes = by_rate(each for line in self.lines for each in line.taxes)
        return {
            "amount": self.total_cents,
            "amount_shipping": 0,
            "discount_amount": sum(each.cents for each in discounts),
            "discount_amounts": [each.discount_form() for each in discounts],
            "out_of_band_amount": self.out_of_band_cents or None,
            "post_payment_amount": self.post_cents,
            "pre_payment_amount": self.pre_cents,
            "pretax_credit_amounts": [each.pretax_form() for each in taken],
            "subtotal": subtotal,
            "subtotal_excluding_tax": subtotal - sum(line.inside_cents for line in self.lines),
            "total": self.total_cents,
            "total_excluding_tax": self.total_cents - sum(each.cents for each in taxes),
            "total_taxes": [each.render() for each in taxes],
        }

    def _lines_form(self) -> dict[str, Any]:
        return {
            "object": "list",
            "data": [line.render() for line in self.lines[:LINES_SHOWN]],
            "has_more": len(self.lines) > LINES_SHOWN,
            "total_count": len(self.lines),
            "url": f"/v1/credit_notes/{self.id}/lines",
        }


def together(taken: Iterable[TakenBack]) -> list[TakenBack]:
    """One entry for each discount and each transaction, with its sum."""
    sums: Counter[tuple[str | None, str | None]] = Counter()
    for each in taken:
        sums[each.discount, each.credit] += each.cents
    return [TakenBack(cents, discount, credit) for (discount, credit), cents in sums.items()]
