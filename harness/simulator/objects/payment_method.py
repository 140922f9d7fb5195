"""Payment methods: cards that pay, and cards that are declined."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from harness.simulator.world import World

ADDRESS = ("city", "country", "line1", "line2", "postal_code", "state")


@dataclass(frozen=True, slots=True)
class Card:
    """A card's face, and what happens when it is charged.

    Args:
        brand: such as `visa`.
        last4: the last four digits.
        funding: `credit`, `debit` or `prepaid`.
        decline: `decline_code` of every charge, None for a card that pays.
        code: `code` of those charges.
        refused_on_attach: whether attaching fails in the same way.
    """

    brand: str
    last4: str
    funding: str = "credit"
    decline: str | None = None
    code: str = "card_declined"
    refused_on_attach: bool = False

    @property
    def message(self) -> str:
        """What the payer reads when it is declined."""
        return DECLINES.get(self.decline or "", DECLINES["generic_decline"])


DECLINES = {
    "generic_decline": "Your card was declined.",
    "insufficient_funds": "Your card has insufficient funds.",
    "lost_card": "Your card was declined.",
    "stolen_card": "Your card was declined.",
    "expired_card": "Your card has expired.",
    "incorrect_cvc": "Your card's security code is incorrect.",
    "processing_error": "An error occurred while processing your card. Try again in a little bit.",
}
"""What the payer reads, by decline code."""

EXPIRES_AFTER_YEARS = 4  # of a test card, counted from its creation; a calendar year is near enough here


@dataclass(slots=True)
class PaymentMethod:
    """State of a `payment_method` of type card; wall times (CLK-46)."""

    id: str
    created: int
    card: Card
    customer: str | None = None
    metadata: dict[str, str] = field(default_factory=dict)
    billing_details: dict[str, Any] = field(default_factory=dict)
    allow_redisplay: str = "unspecified"

    def render(self, world: World) -> dict[str, Any]:
        """The wire form."""
        return {
            "id": self.id,
            "object": "payment_method",
            "allow_redisplay": self.allow_redisplay,
            "billing_details": billing_form(self.billing_details),
            "card": self._card(),
            "created": self.created,
            "customer": self.customer,
            "customer_account": None,
            "livemode": False,
            "metadata": dict(self.metadata),
            "radar_options": {"session": None},
            "type": "card",
        }

    @property
    def expiry_year(self) -> int:
        """The card's last year."""
        return 1970 + self.created // 31_556_952 + EXPIRES_AFTER_YEARS

    def _card(self) -> dict[str, Any]:
        return {
            "brand": self.card.brand,
            "checks": {"address_line1_check": None, "address_postal_code_check": None, "cvc_check": "pass"},
            "country": "US",
            "display_brand": self.card.brand,
            "exp_month": 12,
            "exp_year": self.expiry_year,
            "fingerprint": f"sim{self.card.brand}{self.card.last4}",
            "funding": self.card.funding,
            "generated_from": None,
            "last4": self.card.last4,
            "networks": {"available": [self.card.brand], "preferred": None},
            "regulated_status": "unregulated",
            "three_d_secure_usage": {"supported": True},
            "wallet": None,
        }


def billing_form(given: dict[str, Any]) -> dict[str, Any]:
    """`billing_details` with every member, from those that are known."""
    return {
        "address": address_form(given.get("address") or {}),
        "email": given.get("email"),
        "name": given.get("name"),
        "phone": given.get("phone"),
        "tax_id": given.get("tax_id"),
    }


def address_form(given: dict[str, Any]) -> dict[str, Any]:
    """An address with every member."""
    return {part: given.get(part) for part in ADDRESS}
