"""What a subscription or an invoice says about payment and about the invoice's texts: kept and shown."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

_OTHER_OPTIONS = (
    "acss_debit",
    "bancontact",
    "billie",
    "blik",
    "customer_balance",
    "konbini",
    "payto",
    "pix",
    "sepa_debit",
    "upi",
    "us_bank_account",
)


@dataclass(slots=True)
class PaymentSettings:
    """`payment_settings`: a subscription's, which its invoices take over, or an invoice's own.

    Args:
        types: `payment_method_types`; None leaves the choice to Stripe.
        card: `payment_method_options[card]`.
        saves_method: `save_default_payment_method=on_subscription`; of no meaning on an invoice.
    """

    types: list[str] | None = None
    card: dict[str, Any] | None = None
    saves_method: bool = False

    def take(self, given: dict[str, Any]) -> None:
        """Take over what a request gives; the rest stays."""
        self.types = (
            (given["payment_method_types"] or None) if "payment_method_types" in given else self.types
        )
        if "payment_method_options" in given:
            self.card = (given["payment_method_options"] or {}).get("card", self.card)
        if "save_default_payment_method" in given:
            self.saves_method = given["save_default_payment_method"] == "on_subscription"

    def copy(self) -> PaymentSettings:
        """The same for an invoice of the subscription."""
        return PaymentSettings(self.types, self.card)

    def render(self, *, card_defaults: dict[str, Any]) -> dict[str, Any]:
        """The members that subscriptions and invoices share; every option has its key once there are any."""
        options = None
        if self.card is not None:
            options = dict.fromkeys(_OTHER_OPTIONS) | {"card": card_defaults | self.card}
        return {"payment_method_options": options, "payment_method_types": self.types}


@dataclass(slots=True)
class Presentation:
    """What an invoice shows beside its bill.

    Args:
        effective_at: takes the place of the finalization as its date.
        rendering: how it is to be drawn.
    """

    effective_at: int | None = None
    rendering: dict[str, Any] | None = None
    shipping_details: dict[str, Any] | None = None
    statement_descriptor: str | None = None

    def take(self, given: dict[str, Any]) -> None:
        """Take over what a request gives; the rest stays."""
        for name in ("effective_at", "shipping_details", "statement_descriptor"):
            setattr(self, name, given.get(name, getattr(self, name)))
        if "rendering" in given:
            rendering = given["rendering"]
            self.rendering = None if rendering is None else (self.rendering or {}) | rendering

    def render(self, finalized_at: int | None) -> dict[str, Any]:
        """The members of an invoice."""
        rendering = None
        if self.rendering is not None:
            blank = dict.fromkeys(("amount_tax_display", "pdf", "template", "template_version"))
            rendering = blank | self.rendering
        return {
            "effective_at": finalized_at if self.effective_at is None else self.effective_at,
            "rendering": rendering,
            "shipping_details": self.shipping_details,
            "statement_descriptor": self.statement_descriptor,
        }


@dataclass(slots=True)
class InvoiceTexts:
    """The texts among a subscription's `invoice_settings`, which stand on its invoices (VER-21)."""

    custom_fields: list[dict[str, str]] | None = None
    description: str | None = None
    footer: str | None = None

    def take(self, given: dict[str, Any]) -> None:
        """Take over what a request gives; the rest stays."""
        for name in ("custom_fields", "description", "footer"):
            setattr(self, name, given.get(name, getattr(self, name)))

    def render(self) -> dict[str, Any]:
        """As `invoice_settings`, with what is always so in the simulator."""
        return {
            "account_tax_ids": None,
            "custom_fields": self.custom_fields,
            "description": self.description,
            "footer": self.footer,
            "issuer": {"type": "self"},
        }


@dataclass(slots=True)
class BillingSettings:
    """A subscription's settings for the invoices that it makes."""

    payment: PaymentSettings = field(default_factory=PaymentSettings)
    texts: InvoiceTexts = field(default_factory=InvoiceTexts)

    def take(self, params: dict[str, Any]) -> None:
        """Take over `payment_settings` and `invoice_settings` of a request."""
        self.payment.take(params.get("payment_settings") or {})
        self.texts.take(params.get("invoice_settings") or {})

    def render(self) -> dict[str, Any]:
        """The two members of a subscription."""
        defaults = {"network": None, "request_three_d_secure": "automatic"}
        saving = {"save_default_payment_method": "on_subscription" if self.payment.saves_method else "off"}
        return {
            "invoice_settings": self.texts.render(),
            "payment_settings": self.payment.render(card_defaults=defaults) | saving,
        }
