"""A line of an invoice: what is billed, for which time, and where the quantity came from."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from harness.simulator.billing.periods import Period
from harness.simulator.billing.rounding import whole_quantity, written

if TYPE_CHECKING:
    from harness.simulator.objects.discount import Discount, Taken
    from harness.simulator.objects.tax_rate import Tax, TaxRate
    from harness.simulator.world import World


@dataclass(frozen=True, slots=True)
class Credited:
    """What a flexible credit takes back: an invoice's line, or an invoice item that is still pending."""

    invoice: str | None = None
    line: str | None = None
    invoice_item: str | None = None

    def line_form(self) -> dict[str, Any] | None:
        """As `credited_items` of an invoice line (INV-48)."""
        if self.invoice is None:
            return None
        return {"invoice": self.invoice, "invoice_line_items": [self.line]}

    def item_form(self) -> dict[str, Any]:
        """As `credited_items` of an invoice item."""
        if self.invoice is None:
            return {
                "invoice_item": self.invoice_item,
                "invoice_line_item_details": None,
                "type": "invoice_item",
            }
        details = self.line_form()
        return {"invoice_item": None, "invoice_line_item_details": details, "type": "invoice_line_items"}


@dataclass(frozen=True, slots=True)
class Reading:
    """Where a line's usage is read: what a draft reads again when it is finalized (INV-20).

    `billed` are the units of the period that threshold invoices have billed, None when there are none; `base`
    are units in it that were billed before a threshold reset the cycle, and don't count at all (CHG-39).
    """

    item: str
    price: str
    period: Period
    billed: Decimal | None = None
    base: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True)
class AppliedCredit:
    """Billing credit that pays for a part of a line: the grant, the transaction, minor units (CHG-44)."""

    grant: str
    transaction: str
    amount_cents: int

    def render(self) -> dict[str, Any]:
        """As one of `pretax_credit_amounts`."""
        return {
            "amount": self.amount_cents,
            "credit_balance_transaction": self.transaction,
            "discount": None,
            "type": "credit_balance_transaction",
        }


@dataclass(slots=True)
class Line:
    """One line of an invoice.

    Args:
        id: `il_…`; empty until the line is on an invoice.
        amount_cents: rounded on its own (INV-64).
        quantity: None for a bare amount.
        price: id, None for a bare amount.
        item: id of the subscription item billed.
        invoice_item: id of the invoice item that the line came from.
        tier, flat: which rated line it is (INV-59).
        reading: set when the line bills usage of a period.
        credited: what a proration takes back.
        own: discounts on what it bills, before those of the whole bill.
        taken: what discounts take off it.
        credits: billing credits that pay for a part of it.
        rates: tax rates of its own, in place of the invoice's; None for those.
        applied: the rates in force.
        taxes: what they levy; none for an exempt customer.
        relief_cents: inclusive tax that an exempt customer does not pay.
    """

    amount_cents: int
    currency: str
    description: str | None
    period: Period
    quantity: Decimal | None = None
    unit_amount: Decimal | None = None
    price: str | None = None
    subscription: str | None = None
    item: str | None = None
    invoice_item: str | None = None
    proration: bool = False
    discountable: bool = True
    tier: int | None = None
    flat: bool = False
    reading: Reading | None = None
    credited: Credited | None = None
    metadata: dict[str, str] = field(default_factory=dict)
    own: tuple[Discount, ...] = ()
    taken: tuple[Taken, ...] = ()
    credits: tuple[AppliedCredit, ...] = ()
    rates: tuple[TaxRate, ...] | None = None
    applied: tuple[TaxRate, ...] = ()
    taxes: tuple[Tax, ...] = ()
    relief_cents: int = 0
    id: str = ""

    @property
    def net_cents(self) -> int:
        """What discounts leave of it; billing credits come after them (INV-74)."""
        return self.amount_cents - sum(each.cents for each in self.taken)

    @property
    def credit_cents(self) -> int:
        """What billing credits pay of it."""
        return sum(each.amount_cents for each in self.credits)

    @property
    def total_cents(self) -> int:
        """What is left to pay of it, with tax (INV-74)."""
        added = sum(each.cents for each in self.taxes if not each.rate.inclusive)
        return self.net_cents - self.credit_cents - self.relief_cents + added

    def render(self, world: World, invoice: str) -> dict[str, Any]:
        """The wire form (INV-47 to INV-53)."""
        return {
            "id": self.id,
            "object": "line_item",
            "amount": self.amount_cents,
            "currency": self.currency,
            "description": self.description,
            "discount_amounts": [each.render() for each in self.taken if each.shown],
            "discountable": self.discountable,
            "discounts": [each.id for each in self.own],
            "invoice": invoice,
            "livemode": False,
            "metadata": self._metadata(world),
            "parent": self._parent(),
            "period": {"end": self.period.ends_before, "start": self.period.starts_at},
            "pretax_credit_amounts": [each.credit_form() for each in self.taken if each.cents]
            + [credit.render() for credit in self.credits],
            "pricing": pricing_form(world, self.price, self.unit_amount),
            "quantity": None if self.quantity is None else whole_quantity(self.quantity),
            "quantity_decimal": None if self.quantity is None else written(self.quantity),
            "subscription": None,  # CON-24: read it from the parent
            "subtotal": self.amount_cents,
            "taxes": [each.render() for each in self.taxes],
        }

    def _metadata(self, world: World) -> dict[str, str]:
        """A subscription's own line shows the subscription's present metadata (INV-54)."""
        if (
            self.subscription is not None
            and self.invoice_item is None
            and self.subscription in world.subscriptions
        ):
            return dict(world.subscriptions[self.subscription].metadata)
        return dict(self.metadata)

    def _parent(self) -> dict[str, Any] | None:
        """The unused branch is null (INV-48); `proration_details` is never null (INV-52)."""
        credited = None if self.credited is None else self.credited.line_form()
        details: dict[str, Any] = {
            "invoice_item": self.invoice_item,
            "proration": self.proration,
            "proration_details": {"credited_items": credited},
            "subscription": self.subscription,
        }
        if self.item is not None:
            details["subscription_item"] = self.item
            kind = "subscription_item_details"
            return {"invoice_item_details": None, "subscription_item_details": details, "type": kind}
        return {
            "invoice_item_details": details,
            "subscription_item_details": None,
            "type": "invoice_item_details",
        }


def pricing_form(world: World, price: str | None, unit_amount: Decimal | None) -> dict[str, Any] | None:
    """A line's or invoice item's `pricing` (INV-49); null for a bare amount."""
    unit = None if unit_amount is None else written(unit_amount)
    if price is None:
        return None
    details = {"price": price, "product": world.prices[price].product}
    return {"price_details": details, "type": "price_details", "unit_amount_decimal": unit}
