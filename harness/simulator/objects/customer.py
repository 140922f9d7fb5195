"""A customer: who is billed, and on which clock."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from harness.simulator.objects.discount import Discount
    from harness.simulator.world import World


_OVER = frozenset({"canceled", "incomplete_expired"})
_NO_TAX = {"automatic_tax": "not_collecting", "ip_address": None, "location": None, "provider": "stripe"}


@dataclass(slots=True)
class Customer:
    """State of a `customer`.

    Args:
        id: `cus_…`.
        created: frozen time for a clocked customer (CLK-54, unverified), else wall time.
        invoice_prefix: eight characters in front of invoice numbers (INV-41).
        test_clock: the clock's id; never changes (CLK-47).
        next_invoice_sequence: the counter in the next invoice number.
        balance_cents: in its own currency; negative is credit for the next invoice.
        other_balances_cents: those in other currencies, which only their invoices use (PRC-46).
        default_payment_method: id under `invoice_settings`, which pays subscriptions and invoices.
        discount: for what none of a subscription's own applies to.
        currency: of the latest subscription, or of the first invoice item before; None until then (PRC-42).
        plain: members without meaning for billing, in wire form: `name`, `email`, `address`, …
        invoice_custom_fields, invoice_footer: copied onto invoices.
        payment_methods: ids of those attached, oldest first.
        deleted: a deleted customer is kept, for the objects that name it.
    """

    id: str
    created: int
    invoice_prefix: str
    test_clock: str | None = None
    next_invoice_sequence: int = 1
    balance_cents: int = 0
    other_balances_cents: dict[str, int] = field(default_factory=dict)
    default_payment_method: str | None = None
    discount: Discount | None = None
    currency: str | None = None
    delinquent: bool = False
    metadata: dict[str, str] = field(default_factory=dict)
    plain: dict[str, Any] = field(default_factory=dict)
    invoice_custom_fields: list[dict[str, str]] | None = None
    invoice_footer: str | None = None
    payment_methods: list[str] = field(default_factory=list)
    deleted: bool = False

    def balance_in(self, currency: str) -> int:
        """What an invoice in a currency starts from."""
        if self.currency in {None, currency}:
            return self.balance_cents
        return self.other_balances_cents.get(currency, 0)

    def change_balance(self, cents: int, currency: str) -> None:
        """Add to the balance in a currency."""
        if self.currency in {None, currency}:
            self.balance_cents += cents
        elif cents:
            self.other_balances_cents[currency] = self.balance_in(currency) + cents

    def adopt(self, currency: str) -> None:
        """Make a currency the customer's own, with the balance that there is in it (PRC-42)."""
        if self.currency not in {None, currency}:
            self.other_balances_cents[str(self.currency)] = self.balance_cents
            self.balance_cents = self.other_balances_cents.pop(currency, 0)
        self.currency = currency

    def render(self, world: World) -> dict[str, Any]:
        """The wire form; of a deleted customer the short one (CLK-67)."""
        if self.deleted:
            return {"id": self.id, "object": "customer", "deleted": True}
        return {
            "id": self.id,
            "object": "customer",
            "address": self.plain.get("address"),
            "balance": self.balance_cents,
            "business_name": self.plain.get("business_name"),
            "created": self.created,
            "currency": self.currency,
            "customer_account": None,
            "default_source": None,
            "delinquent": self.delinquent,
            "description": self.plain.get("description"),
            "discount": None if self.discount is None else self.discount.render(world),
            "email": self.plain.get("email"),
            "individual_name": self.plain.get("individual_name"),
            "invoice_prefix": self.invoice_prefix,
            "invoice_settings": {
                "custom_fields": self.invoice_custom_fields,
                "default_payment_method": self.default_payment_method,
                "footer": self.invoice_footer,
                "rendering_options": None,
            },
            "livemode": False,
            "metadata": dict(self.metadata),
            "name": self.plain.get("name"),
            "next_invoice_sequence": self.next_invoice_sequence,
            "phone": self.plain.get("phone"),
            "preferred_locales": list(self.plain.get("preferred_locales") or []),
            "shipping": self.plain.get("shipping"),
            "tax_exempt": self.plain.get("tax_exempt") or "none",
            "test_clock": self.test_clock,
        }

    def include(self, world: World, key: str) -> Any | None:
        """Members that appear only when expanded; those of what isn't modelled are empty."""
        if key == "subscriptions":
            return self._subscriptions(world)
        if key == "invoice_credit_balance":  # the other sign than in `balance`: credit is positive
            own = {} if self.currency is None else {self.currency: self.balance_cents}
            return {code: -cents for code, cents in (own | self.other_balances_cents).items() if cents}
        if key in {"sources", "tax_ids"}:
            url = f"/v1/customers/{self.id}/{key}"
            return {"object": "list", "data": [], "has_more": False, "total_count": 0, "url": url}
        return dict(_NO_TAX) if key == "tax" else None

    def _subscriptions(self, world: World) -> dict[str, Any]:
        mine = [each for each in reversed(world.subscriptions.values()) if each.customer == self.id]
        current = [each.render(world) for each in mine if each.status not in _OVER]
        url = f"/v1/customers/{self.id}/subscriptions"
        return {"object": "list", "data": current[:10], "has_more": len(current) > 10, "url": url}
