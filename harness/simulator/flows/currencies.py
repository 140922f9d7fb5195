"""Which currency a request is about, and whether prices and customers go along with it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from harness.simulator.billing.currencies import SUPPORTED
from harness.simulator.wire.errors import StripeError, invalid

if TYPE_CHECKING:
    from harness.simulator.objects.customer import Customer
    from harness.simulator.objects.price import Price
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


def of_new_subscription(prices: Sequence[Price], asked: str | None) -> str:
    """The currency of a subscription to `prices`: the one asked for, else the prices' own (PRC-40).

    Raises:
        StripeError: 400 for an unknown currency, one that a price doesn't offer, or prices of several
            currencies where none is asked for (PRC-41).
    """
    if asked is not None:
        currency = read_code(asked)
        for index, price in enumerate(prices):
            ensure_offered(price, currency, f"items[{index}][price]")
        return currency
    own = prices[0].currency
    for index, price in enumerate(prices):
        if price.currency != own:
            raise invalid(
                f"This `price` has `currency={price.currency}`, but other items use `currency={own}`. All "
                "items must have pricing in the same currency. When using multi-currency prices, you can "
                "specify `currency` at the top level, to be used by all items.",
                param=f"items[{index}][price]",
            )
    return own


def ensure_offered(price: Price, currency: str, param: str) -> None:
    """Refuse a price that has no amounts in the currency of what it is for.

    Raises:
        StripeError: 400 (PRC-41).
    """
    if currency not in price.currencies:
        raise _unoffered(price, f"expected currency: `{currency}`", param)


def ensure_on_invoice(price: Price, currency: str, invoice_currency: str, param: str) -> None:
    """Refuse a price for a draft in another currency.

    Raises:
        StripeError: 400 (PRC-41).
    """
    if currency != invoice_currency:
        raise _unoffered(price, f"invoice's currency: `{invoice_currency}`", param)


def _unoffered(price: Price, wanted: str, param: str) -> StripeError:
    """That several currencies are listed like this is unverified."""
    offered = ", ".join(f"`{code}`" for code in price.currencies)
    return invalid(
        f"The price specified only supports {offered}. This doesn't match the {wanted}.", param=param
    )


def ensure_combines(world: World, customer: Customer, currency: str) -> None:
    """Refuse a second currency beside what still runs for a customer.

    What is over doesn't hold the customer to its currency (PRC-42).

    Raises:
        StripeError: 400.
    """
    running = [each.currency for each in world.agenda.subscriptions_of(customer.id) if each.live]
    running += [each.currency for each in world.agenda.pending_of(customer.id)]
    if other := next((code for code in running if code != currency), None):
        raise invalid(
            "You cannot combine currencies on a single customer. This customer has an active subscription, "
            f"subscription schedule, discount, quote, or invoice item with currency {other}."
        )
