"""A movement of a customer's balance, as far as credit notes make it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from harness.simulator.world import World


@dataclass(frozen=True, slots=True)
class BalanceTransaction:
    """A `customer_balance_transaction` of the type `credit_note` (INV-95); a negative amount is credit.

    What invoices and updates of a customer move has none: `/v1/customers/{id}/balance_transactions` is not
    modelled.
    """

    id: str
    created: int
    amount_cents: int
    ending_cents: int
    currency: str
    customer: str
    invoice: str
    credit_note: str

    def render(self, world: World) -> dict[str, Any]:
        """The wire form."""
        return {
            "id": self.id,
            "object": "customer_balance_transaction",
            "amount": self.amount_cents,
            "checkout_session": None,
            "created": self.created,
            "credit_note": self.credit_note,
            "currency": self.currency,
            "customer": self.customer,
            "customer_account": None,
            "description": None,
            "ending_balance": self.ending_cents,
            "invoice": self.invoice,
            "livemode": False,
            "metadata": {},
            "type": "credit_note",
        }
