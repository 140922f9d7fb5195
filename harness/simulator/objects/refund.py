"""A refund: money that goes back to where a charge took it from."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from harness.simulator.world import World


@dataclass(slots=True)
class Refund:
    """State of a `refund` of a card's charge, which succeeds at once; `created` is wall time (CLK-46).

    Args:
        noted_cents: how much of it credit notes account for.
    """

    id: str
    created: int
    amount_cents: int
    currency: str
    charge: str
    payment_intent: str | None
    customer: str | None
    payment_method: str | None
    reason: str | None = None
    metadata: dict[str, str] = field(default_factory=dict)
    noted_cents: int = 0

    def render(self, world: World) -> dict[str, Any]:
        """The wire form."""
        return {
            "id": self.id,
            "object": "refund",
            "amount": self.amount_cents,
            "balance_transaction": None,
            "charge": self.charge,
            "created": self.created,
            "currency": self.currency,
            "customer": self.customer,
            "customer_account": None,
            "destination_details": {
                "card": {
                    "reference_status": "pending",
                    "reference_type": "acquirer_reference_number",
                    "type": "refund",
                },
                "type": "card",
            },
            "metadata": dict(self.metadata),
            "payment_intent": self.payment_intent,
            "payment_method": self.payment_method,
            "pending_reason": None,
            "reason": self.reason,
            "receipt_number": None,
            "source_transfer_reversal": None,
            "status": "succeeded",
            "transfer_reversal": None,
        }
