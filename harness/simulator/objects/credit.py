"""Billing credits: what a customer was granted, and each movement of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from harness.simulator.agenda import Plan, Rank

if TYPE_CHECKING:
    from harness.simulator.world import World

CREDITS = frozenset({"credits_application_invoice_voided", "credits_granted"})
"""Kinds of transactions that add; the others take away (CHG-48)."""


def amount_form(cents: int, currency: str) -> dict[str, Any]:
    """An amount as billing credits carry it."""
    return {"monetary": {"currency": currency, "value": cents}, "type": "monetary"}


@dataclass(slots=True)
class CreditGrant:
    """State of a `billing.credit_grant`; instants follow the customer's clock (CHG-42; CLK-52, unverified).

    Args:
        amount_cents: what was granted, in minor units.
        left_cents: what is left of it.
        prices: ids of the prices it pays for; None for every metered one (CHG-41).
        priority: lower goes first (CHG-44).
        effective_at, expires_at: the invoices it may pay (CHG-43).
        sequence: place in the order of creation.
    """

    id: str
    sequence: int
    customer: str
    created: int
    updated: int
    amount_cents: int
    currency: str
    left_cents: int
    effective_at: int
    test_clock: str | None
    prices: tuple[str, ...] | None = None
    category: str = "paid"
    priority: int = 50
    expires_at: int | None = None
    name: str | None = None
    metadata: dict[str, str] = field(default_factory=dict)
    voided_at: int | None = None

    @property
    def touched(self) -> bool:
        """Whether any of it was ever spent or taken away."""
        return self.left_cents != self.amount_cents

    def pays(self, period_end: int, currency: str) -> bool:
        """Whether something is left for an invoice with this end of its period (CHG-43, CHG-46)."""
        ends_later = self.expires_at is None or period_end < self.expires_at
        return (
            self.left_cents > 0
            and currency == self.currency
            and self.effective_at <= period_end
            and ends_later
        )

    def rank(self) -> tuple[Any, ...]:
        """Its place among a customer's grants: the lowest is spent first (CHG-44)."""
        never = self.expires_at is None
        promotional = self.category == "promotional"
        return self.priority, never, self.expires_at or 0, not promotional, self.effective_at, self.sequence

    def plan(self) -> Plan | None:
        """It expires by itself, whatever is left."""
        if self.expires_at is None or self.left_cents == 0:
            return None
        return Plan(self.expires_at, Rank.CREDIT_EXPIRY)

    def render(self, world: World) -> dict[str, Any]:
        """The wire form."""
        scope: dict[str, Any] = {"price_type": "metered"}
        if self.prices is not None:
            scope = {"prices": [{"id": price} for price in self.prices]}
        return {
            "id": self.id,
            "object": "billing.credit_grant",
            "amount": amount_form(self.amount_cents, self.currency),
            "applicability_config": {"scope": scope},
            "category": self.category,
            "created": self.created,
            "customer": self.customer,
            "customer_account": None,
            "effective_at": self.effective_at,
            "expires_at": self.expires_at,
            "livemode": False,
            "metadata": dict(self.metadata),
            "name": self.name,
            "priority": self.priority,
            "test_clock": self.test_clock,
            "updated": self.updated,
            "voided_at": self.voided_at,
        }


class Spot(NamedTuple):
    """The invoice line that credit was spent on."""

    invoice: str
    line: str


@dataclass(frozen=True, slots=True)
class CreditTransaction:
    """A `billing.credit_balance_transaction`; `kind` is its `credit` or `debit` type (CHG-48)."""

    id: str
    grant: str
    customer: str
    kind: str
    amount_cents: int
    currency: str
    created: int
    effective_at: int
    test_clock: str | None
    spot: Spot | None = None

    def render(self, world: World) -> dict[str, Any]:
        """The wire form: one of `credit` and `debit` is null."""
        side = "credit" if self.kind in CREDITS else "debit"
        named = "credits_application_invoice_voided" if side == "credit" else "credits_applied"
        spot = (
            None if self.spot is None else {"invoice": self.spot.invoice, "invoice_line_item": self.spot.line}
        )
        details = {"amount": amount_form(self.amount_cents, self.currency), named: spot, "type": self.kind}
        return {
            "id": self.id,
            "object": "billing.credit_balance_transaction",
            "created": self.created,
            "credit": details if side == "credit" else None,
            "credit_grant": self.grant,
            "debit": details if side == "debit" else None,
            "effective_at": self.effective_at,
            "livemode": False,
            "test_clock": self.test_clock,
            "type": side,
        }
