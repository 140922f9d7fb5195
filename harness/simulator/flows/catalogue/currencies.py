"""Which currency a request is about, and whether prices and customers go along with it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from harness.simulator.billing.currencies import SUPPORTED
from harness.simulator.wire.errors import StripeError, invalid

if TYPE_CHECKING:
    from harness.simulator.objects.customer import Customer
    from harness.simulator.objects.invoice import Invoice
    from harness.simulator.objects.invoice_item import InvoiceItem
    from harness.simulator.objects.price import Price
    from harness.simulator.objects.subscription import Subscription
    from harness.simulator.world import World


def read_code(code: str, param: str = "currency") -> str:
    """A currency's code in lower case.

    Raises:
        StripeError: 400 for one that Stripe doesn't know (PRC-35).
    """
    lower = code.lower()
    if lower not in SUPPORTED:
        raise invalid(
            f"Invalid currency: {code:.20}. Stripe currently supports these currencies: "
            f"{', '.join(SUPPORTED)}",
            param=param,
        )
    return lower


def of_new_subscription(prices: Sequence[Price], asked: str | None, path: str = "") -> str:
    """The currency of a subscription to `prices`: the one asked for, else the prices' own (PRC-40).

    `path` is where a schedule's phase has its `currency` and `items`.

    Raises:
        StripeError: 400 for an unknown currency, one that a price doesn't offer, or prices of several
            currencies where none is asked for (PRC-41).
    """
    if asked is not None:
        currency = read_code(asked, f"{path}[currency]" if path else "currency")
        for index, price in enumerate(prices):
            ensure_offered(price, currency, _place(path, index))
        return currency
    own = prices[0].currency
    for index, price in enumerate(prices):
        if price.currency != own:
            raise invalid(
                f"This `price` has `currency={price.currency}`, but other items use `currency={own}`. All "
                "items must have pricing in the same currency. When using multi-currency prices, you can "
                "specify `currency` at the top level, to be used by all items.",
                param=_place(path, index),
            )
    return own


def _place(path: str, index: int) -> str:
    return f"{path}[items][{index}][price]" if path else f"items[{index}][price]"


def ensure_offered(price: Price, currency: str, param: str) -> None:
    """Refuse a price that has no amounts in the currency of what it is for.

    Raises:
        StripeError: 400 (PRC-41).
    """
    if currency not in price.currencies:
        raise _unoffered(price, f"expected currency: `{currency}`", param)


def ensure_on_invoice(price: Price | None, currency: str, invoice: Invoice) -> None:
    """Refuse an amount, or a price's, for a draft in another currency.

    Raises:
        StripeError: 400 (PRC-41; the text for an amount without a price is unverified).
    """
    if currency == invoice.currency:
        return
    if price is not None:
        raise _unoffered(price, f"invoice's currency: `{invoice.currency}`", "pricing[price]")
    raise invalid(f"The item's currency must be the invoice's: `{invoice.currency}`.", param="currency")


def ensure_alike(subscription: Subscription | None, items: Sequence[InvoiceItem]) -> None:
    """Refuse items in other currencies for one invoice: a subscription's, or of themselves (text unverified).

    Raises:
        StripeError: 400.
    """
    found = [each.currency for each in items]
    wanted = found[:1] if subscription is None else [subscription.currency]
    for index, code in enumerate(found):
        if code not in wanted:
            raise invalid(
                f"The item's currency must be the invoice's: `{wanted[0]}`.",
                param=f"invoice_items[{index}][currency]",
            )


def of_preview(
    world: World, customer: Customer, entries: Sequence[dict[str, Any]], asked: str | None
) -> str | None:
    """The currency in which a subscription that does not exist yet is previewed.

    The customer's unless asked for, or where a price lacks it the prices' own (PRC-47, unverified).
    """
    if asked is not None or customer.currency is None:
        return asked
    prices = [world.prices.get(entry.get("price") or "") for entry in entries]
    offered = all(price is not None and customer.currency in price.currencies for price in prices)
    return customer.currency if offered else None


def ensure_own(subscription: Subscription, asked: str | None) -> None:
    """Refuse to preview a subscription in another currency than it has (PRC-47, text unverified).

    Raises:
        StripeError: 400.
    """
    if asked is not None and read_code(asked) != subscription.currency:
        raise invalid(
            f"The subscription's currency, `{subscription.currency}`, cannot be changed.",
            param="currency",
        )


def _unoffered(price: Price, wanted: str, param: str) -> StripeError:
    """That several currencies are listed like this is unverified."""
    offered = ", ".join(f"`{code}`" for code in price.currencies)
    return invalid(
        f"The price specified only supports {offered}. This doesn't match the {wanted}.", param=param
    )


def ensure_combines(world: World, customer: Customer, currency: str, *, besides: str | None = None) -> None:
    """Refuse a second currency beside what still runs for a customer, or will.

    What is over doesn't hold the customer to its currency (PRC-42). The schedule `besides` doesn't either.

    Raises:
        StripeError: 400.
    """
    running = [each.currency for each in world.agenda.subscriptions_of(customer.id) if each.live]
    running += [
        each.phase.currency
        for each in world.agenda.schedules_of(customer.id)
        if each.status == "not_started" and each.id != besides
    ]
    running += [each.currency for each in world.agenda.pending_of(customer.id)]
    if other := next((code for code in running if code != currency), None):
        raise invalid(
            "You cannot combine currencies on a single customer. This customer has an active subscription, "
            f"subscription schedule, discount, quote, or invoice item with currency {other}."
        )
