"""An invoice item: an amount that waits for a customer's next invoice, a proration for example."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from harness.simulator.billing.periods import Period
from harness.simulator.billing.rounding import whole_quantity, written
from harness.simulator.objects.invoice_line import Credited, pricing_form
from harness.simulator.objects.tax_rate import rates_form

if TYPE_CHECKING:
    from harness.simulator.objects.discount import Discount, Taken
    from harness.simulator.objects.tax_rate import TaxRate
    from harness.simulator.world import World


@dataclass(slots=True)
class InvoiceItem:
    """State of an `invoiceitem`.

    Args:
        date: when it was created, on the customer's clock.
        amount_cents: may be negative.
        price: id, None for a bare amount.
        unit_amount: minor units for one of `quantity`.
        subscription, item: whose proration it is, or the subscription it was made for.
        proration: made by a change of a subscription (CHG-58).
        invoice: the invoice it is on; None while pending (INV-83).
        own: discounts on it alone.
        taken: of a proration, what discounts took off when it was made.
        tax_rates: in place of its invoice's.
        credited: the billed line that a flexible credit takes back (CHG-55).
    """

    id: str
    sequence: int
    customer: str
    currency: str
    date: int
    amount_cents: int
    period: Period
    description: str | None = None
    price: str | None = None
    unit_amount: Decimal | None = None
    quantity: Decimal = Decimal(1)
    subscription: str | None = None
    item: str | None = None
    proration: bool = False
    discountable: bool = True
    invoice: str | None = None
    credited: Credited | None = None
    own: tuple[Discount, ...] = ()
    taken: tuple[Taken, ...] = ()
    tax_rates: tuple[TaxRate, ...] = ()
    metadata: dict[str, str] = field(default_factory=dict)
    test_clock: str | None = None
    deleted: bool = False

    def render(self, world: World) -> dict[str, Any]:
        """The wire form; of a deleted item the short one."""
        if self.deleted:
            return {"id": self.id, "object": "invoiceitem", "deleted": True}
        return {
            "id": self.id,
            "object": "invoiceitem",
            "amount": self.amount_cents,
            "currency": self.currency,
            "customer": self.customer,
            "customer_account": None,
            "date": self.date,
            "description": self.description,
            "discountable": self.discountable,
            "discounts": [each.id for each in self.own],
            "frozen_fields": None,
            "invoice": self.invoice,
            "invoicing_rules": None,
            "livemode": False,
            "metadata": dict(self.metadata),
            "net_amount": self._net_cents(),
            "parent": self._parent(),
            "period": {"end": self.period.ends_before, "start": self.period.starts_at},
            "pricing": pricing_form(world, self.price, self.unit_amount),
            "proration": self.proration,
            "proration_details": self._proration_details(),
            "quantity": whole_quantity(self.quantity),
            "quantity_decimal": written(self.quantity),
            "tax_rates": rates_form(self.tax_rates),
            "test_clock": self.test_clock,
        }

    def _net_cents(self) -> int | None:
        """After discounts; null while an invoice's discounts may still apply (CHG-58)."""
        return None if self.discountable else self.amount_cents - sum(each.cents for each in self.taken)

    def _parent(self) -> dict[str, Any] | None:
        if self.subscription is None:
            return None
        details = {"subscription": self.subscription, "subscription_item": self.item}
        return {"subscription_details": details, "type": "subscription_details"}

    def _proration_details(self) -> dict[str, Any] | None:
        if not self.proration:
            return None
        credited = None if self.credited is None else self.credited.item_form()
        return {"credited_items": credited, "discount_amounts": [each.render() for each in self.taken]}
