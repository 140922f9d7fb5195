"""Payments: the intent to pay, and the charge that moved the money."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from harness.simulator.objects.payment_method import Card, PaymentMethod, billing_form

if TYPE_CHECKING:
    from harness.simulator.world import World

__all__ = ["Card", "Charge", "PaymentIntent", "PaymentMethod"]


@dataclass(slots=True)
class Charge:
    """State of a `charge`: one attempt to move money. `created` is wall time (CLK-55)."""

    id: str
    created: int
    amount_cents: int
    currency: str
    customer: str | None
    payment_intent: str | None
    payment_method: PaymentMethod | None
    paid: bool
    description: str | None = None
    failure_code: str | None = None
    failure_message: str | None = None
    decline_code: str | None = None
    refunded_cents: int = 0
    metadata: dict[str, str] = field(default_factory=dict)

    def render(self, world: World) -> dict[str, Any]:
        """The wire form."""
        method = self.payment_method
        return {
            "id": self.id,
            "object": "charge",
            "amount": self.amount_cents,
            "amount_captured": self.amount_cents if self.paid else 0,
            "amount_refunded": self.refunded_cents,
            "application": None,
            "application_fee": None,
            "application_fee_amount": None,
            "balance_transaction": None,
            "billing_details": billing_form(method.billing_details if method else {}),
            "calculated_statement_descriptor": "SIMULATOR",
            "captured": self.paid,
            "created": self.created,
            "currency": self.currency,
            "customer": self.customer,
            "description": self.description,
            "disputed": False,
            "failure_balance_transaction": None,
            "failure_code": self.failure_code,
            "failure_message": self.failure_message,
            "fraud_details": {},
            "livemode": False,
            "metadata": dict(self.metadata),
            "on_behalf_of": None,
            "outcome": self._outcome(),
            "paid": self.paid,
            "payment_intent": self.payment_intent,
            "payment_method": method.id if method else None,
            "payment_method_details": self._method_details(),
            "presentment_details": None,
            "radar_options": {},
            "receipt_email": None,
            "receipt_number": None,
            "receipt_url": None,
            "refunded": self.refunded_cents == self.amount_cents > 0,
            "review": None,
            "shipping": None,
            "source": None,
            "source_transfer": None,
            "statement_descriptor": None,
            "statement_descriptor_suffix": None,
            "status": "succeeded" if self.paid else "failed",
            "transfer_data": None,
            "transfer_group": None,
        }

    def include(self, world: World, key: str) -> Any | None:
        """`refunds`, which appear only when expanded."""
        if key != "refunds":
            return None
        rows = [each.render(world) for each in reversed(world.refunds.values()) if each.charge == self.id]
        url = f"/v1/charges/{self.id}/refunds"
        return {"object": "list", "data": rows[:10], "has_more": len(rows) > 10, "url": url}

    def _outcome(self) -> dict[str, Any]:
        return {
            "advice_code": None if self.paid else "try_again_later",
            "network_advice_code": None,
            "network_decline_code": None,
            "network_status": "approved_by_network" if self.paid else "declined_by_network",
            "reason": None if self.paid else self.decline_code,
            "risk_level": "normal",
            "risk_score": 20,
            "seller_message": "Payment complete." if self.paid else "The bank declined the payment.",
            "type": "authorized" if self.paid else "issuer_declined",
        }

    def _method_details(self) -> dict[str, Any] | None:
        method = self.payment_method
        if method is None:
            return None
        card = {
            "amount_authorized": self.amount_cents if self.paid else None,
            "authorization_code": None,
            "brand": method.card.brand,
            "checks": {"address_line1_check": None, "address_postal_code_check": None, "cvc_check": None},
            "country": "US",
            "exp_month": 12,
            "exp_year": method.expiry_year,
            "extended_authorization": {"status": "disabled"},
            "fingerprint": f"sim{method.card.brand}{method.card.last4}",
            "funding": method.card.funding,
            "incremental_authorization": {"status": "unavailable"},
            "installments": None,
            "last4": method.card.last4,
            "mandate": None,
            "multicapture": {"status": "unavailable"},
            "network": method.card.brand,
            "network_token": {"used": False},
            "network_transaction_id": None,
            "overcapture": {"maximum_amount_capturable": self.amount_cents, "status": "unavailable"},
            "regulated_status": "unregulated",
            "three_d_secure": None,
            "wallet": None,
        }
        return {"card": card, "type": "card"}


@dataclass(slots=True)
class PaymentIntent:
    """State of a `payment_intent`: one invoice's payment, over all attempts. `created` is wall time (CLK-55).

    Args:
        id: `pi_…`.
        status: `requires_payment_method` before a successful attempt, `succeeded` after, `canceled`.
        latest_charge: id of the last attempt's charge.
        last_error: the last attempt's `last_payment_error`, None after success.
    """

    id: str
    created: int
    amount_cents: int
    currency: str
    customer: str | None
    description: str | None = None
    status: str = "requires_payment_method"
    payment_method: str | None = None
    latest_charge: str | None = None
    last_error: dict[str, Any] | None = None
    canceled_at: int | None = None
    cancellation_reason: str | None = None
    setup_future_usage: str | None = None
    metadata: dict[str, str] = field(default_factory=dict)

    def render(self, world: World) -> dict[str, Any]:
        """The wire form."""
        return {
            "id": self.id,
            "object": "payment_intent",
            "allowed_payment_method_types": None,
            "amount": self.amount_cents,
            "amount_capturable": 0,
            "amount_details": {"tip": {}},
            "amount_received": self.amount_cents if self.status == "succeeded" else 0,
            "application": None,
            "application_fee_amount": None,
            "automatic_payment_methods": None,
            "canceled_at": self.canceled_at,
            "cancellation_reason": self.cancellation_reason,
            "capture_method": "automatic",
            "client_secret": f"{self.id}_secret_sim",
            "confirmation_method": "automatic",
            "created": self.created,
            "currency": self.currency,
            "customer": self.customer,
            "customer_account": None,
            "description": self.description,
            "excluded_payment_method_types": None,
            "last_payment_error": self.last_error,
            "latest_charge": self.latest_charge,
            "livemode": False,
            "metadata": dict(self.metadata),
            "next_action": None,
            "on_behalf_of": None,
            "payment_details": None,
            "payment_method": self.payment_method,
            "payment_method_configuration_details": None,
            "payment_method_options": {"card": dict(_CARD_OPTIONS)},
            "payment_method_types": ["card"],
            "presentment_details": None,
            "processing": None,
            "receipt_email": None,
            "review": None,
            "setup_future_usage": self.setup_future_usage,
            "shipping": None,
            "source": None,
            "statement_descriptor": None,
            "statement_descriptor_suffix": None,
            "status": self.status,
            "transfer_data": None,
            "transfer_group": None,
        }


_CARD_OPTIONS = {
    "installments": None,
    "mandate_options": None,
    "network": None,
    "request_three_d_secure": "automatic",
}
