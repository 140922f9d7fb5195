"""A discount: a coupon at work on a customer, a subscription, an invoice or one of their items."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from harness.simulator.agenda import Plan, Rank

if TYPE_CHECKING:
    from harness.simulator.objects.coupon import Coupon
    from harness.simulator.world import World


@dataclass(slots=True)
class Discount:
    """State of a `discount`, which is on one object: the others' ids are None.

    Args:
        start, end: on the customer's clock; `end` is None unless its coupon is a repeating one.
        invoice_item: empty in a preview, whose items have no ids.
        test_clock: the customer's.
        over: whether it was used up, has ended or was taken away.
    """

    id: str
    sequence: int
    coupon: Coupon
    start: int
    end: int | None
    customer: str
    subscription: str | None = None
    subscription_item: str | None = None
    invoice: str | None = None
    invoice_item: str | None = None
    promotion_code: str | None = None
    test_clock: str | None = None
    over: bool = False

    def applies(self, at: int) -> bool:
        """Whether an invoice made then gets it: the last second before `end` still does."""
        return not self.over and (self.end is None or at < self.end)

    def plan(self) -> Plan | None:
        """It ends by itself."""
        return None if self.over or self.end is None else Plan(self.end, Rank.DISCOUNT_END)

    def render(self, world: World) -> dict[str, Any]:
        """The wire form."""
        return {
            "id": self.id,
            "object": "discount",
            "checkout_session": None,
            "customer": self.customer,
            "customer_account": None,
            "end": self.end,
            "invoice": self.invoice,
            "invoice_item": self.invoice_item or None,
            "promotion_code": self.promotion_code,
            "source": {"coupon": self.coupon.id, "type": "coupon"},
            "start": self.start,
            "subscription": self.subscription,
            "subscription_item": self.subscription_item,
        }


@dataclass(frozen=True, slots=True)
class Taken:
    """What a discount takes off a line or an invoice item.

    Args:
        discount: whose it is.
        cents: off the amount that is shown, minor units.
        own: whether it is on the item itself, not on the invoice, subscription or customer.
        inside_cents: of a proration whose amount is shown without it (`proration_discounts=included`).
    """

    discount: Discount
    cents: int
    own: bool = False
    inside_cents: int | None = None

    @property
    def bites(self) -> bool:
        """Whether it changes what is to be paid."""
        return bool(self.cents or self.inside_cents)

    @property
    def shown(self) -> bool:
        """Whether a line lists it: not when it is included and the item's own."""
        return not (self.own and self.inside_cents is not None)

    def render(self) -> dict[str, Any]:
        """As one of `discount_amounts`."""
        return {"amount": self.cents, "discount": self.discount.id}

    def credit_form(self) -> dict[str, Any]:
        """As one of `pretax_credit_amounts` (INV-55)."""
        return {
            "amount": self.cents,
            "credit_balance_transaction": None,
            "discount": self.discount.id,
            "type": "discount",
        }


def by_discount(taken: list[Taken]) -> list[Taken]:
    """One entry for each discount, with its sums."""
    sums: dict[str, Taken] = {}
    for each in taken:
        known = sums.get(each.discount.id)
        sums[each.discount.id] = each if known is None else replace(known, cents=known.cents + each.cents)
    return list(sums.values())
