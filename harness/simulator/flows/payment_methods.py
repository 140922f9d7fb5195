"""Payment methods: Stripe's well-known test cards, and whose they are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from harness.simulator.flows.announcing.events import emit
from harness.simulator.flows.clocked import ensure_unlocked
from harness.simulator.objects.payment_method import Card, PaymentMethod
from harness.simulator.wire.errors import StripeError, invalid, missing_resource, unmodelled

if TYPE_CHECKING:
    from harness.simulator.objects.customer import Customer
    from harness.simulator.world import World

TEST_CARDS = {
    "visa": Card("visa", "4242"),
    "visa_debit": Card("visa", "5556", "debit"),
    "mastercard": Card("mastercard", "4444"),
    "mastercard_debit": Card("mastercard", "3222", "debit"),
    "mastercard_prepaid": Card("mastercard", "5100", "prepaid"),
    "amex": Card("amex", "8431"),
    "discover": Card("discover", "9424"),
    "diners": Card("diners", "3237"),
    "jcb": Card("jcb", "0505"),
    "unionpay": Card("unionpay", "0005"),
    "us": Card("visa", "4242"),
    "chargeCustomerFail": Card("visa", "0341", decline="generic_decline"),
    "chargeDeclined": Card("visa", "0002", decline="generic_decline", refused_on_attach=True),
    "chargeDeclinedInsufficientFunds": Card(
        "visa", "9995", decline="insufficient_funds", refused_on_attach=True
    ),
    "chargeDeclinedExpiredCard": Card(
        "visa", "0069", decline="expired_card", code="expired_card", refused_on_attach=True
    ),
    "chargeDeclinedIncorrectCvc": Card(
        "visa", "0127", decline="incorrect_cvc", code="incorrect_cvc", refused_on_attach=True
    ),
    "chargeDeclinedProcessingError": Card(
        "visa", "0119", decline="processing_error", code="processing_error", refused_on_attach=True
    ),
}
"""Stripe's test cards by the part of their name after `pm_card_` or `tok_`."""

SPOKEN_OF = "pm_card_"


def prepared(world: World, name: str | None, param: str) -> PaymentMethod | None:
    """The payment method that `name` stands for, ready to be placed: a new one for a test card's name.

    Raises:
        StripeError: 400 for an unknown id or one that has an owner, 402 for a card that attaching declines,
            501 for a test card that isn't modelled.
    """
    if name is None:
        return None
    if not name.startswith(SPOKEN_OF):
        method = world.payment_methods.get(name)
        if method is None:
            raise missing_resource("PaymentMethod", name, param)
        if method.customer is not None:
            raise invalid(
                "The payment method you provided has already been attached to a customer.", param=param
            )
    else:
        method = PaymentMethod(world.new_id("pm"), world.wall, card_named(name.removeprefix(SPOKEN_OF)))
    if method.card.refused_on_attach:
        raise declined(method.card)
    return method


def card_named(name: str) -> Card:
    """The test card with this name.

    Raises:
        StripeError: 501 naming those that are modelled.
    """
    card = TEST_CARDS.get(name)
    if card is None:
        raise unmodelled(f"the test card '{name:.100}' (it has: {', '.join(TEST_CARDS)})")
    return card


def place(world: World, method: PaymentMethod, customer: Customer) -> None:
    """Give `method`, which `prepared` returned, to `customer`."""
    world.payment_methods[method.id] = method
    method.customer = customer.id
    customer.payment_methods.append(method.id)
    emit(world, "payment_method.attached", method)


def attach(world: World, name: str, customer: Customer) -> PaymentMethod:
    """Give a payment method, or a test card by name, to a customer.

    Raises:
        StripeError: as `prepared`; 429 on an advancing clock (CLK-35).
    """
    ensure_unlocked(world, customer.test_clock)
    if _attached_already(world, name, customer):
        return world.payment_methods[name]
    method = prepared(world, name, "id")
    if method is None:
        raise missing_resource("PaymentMethod", name)
    place(world, method, customer)
    return method


def detach(world: World, method: PaymentMethod) -> None:
    """Take a payment method from its customer.

    Raises:
        StripeError: 400 when it has none, 429 on an advancing clock.
    """
    if method.customer is None:
        raise invalid(
            "The payment method you provided is not attached to a customer so detachment is impossible."
        )
    owner = world.customers[method.customer]
    ensure_unlocked(world, owner.test_clock)
    if owner.default_payment_method == method.id:
        owner.default_payment_method = None
    method.customer = None
    owner.payment_methods.remove(method.id)
    emit(world, "payment_method.detached", method, {"customer": owner.id})


def listed(world: World, customer: Customer, params: dict[str, Any]) -> list[PaymentMethod]:
    """A customer's payment methods, newest first, filtered by `type` and `allow_redisplay`."""
    if params.get("type") not in {None, "card"}:
        return []
    mine = [world.payment_methods[each] for each in reversed(customer.payment_methods)]
    return [each for each in mine if params.get("allow_redisplay") in {None, each.allow_redisplay}]


def of_customer(world: World, method_id: str, customer: Customer, param: str) -> PaymentMethod:
    """The payment method, which must be the customer's own.

    Raises:
        StripeError: 400.
    """
    method = world.payment_methods.get(method_id)
    if method is None and not method_id.startswith(SPOKEN_OF):
        raise missing_resource("PaymentMethod", method_id, param)
    if method is None or method.customer != customer.id:
        raise not_attached(method_id, param)
    return method


def not_attached(method_id: str, param: str) -> StripeError:
    """The 400 for a payment method that isn't the customer's."""
    return StripeError(
        400,
        f"The customer does not have a payment method with the ID {method_id:.100}. The payment method must "
        "be attached to the customer.",
        code="resource_missing",
        param=param,
    )


def declined(card: Card) -> StripeError:
    """The 402 for a declined card."""
    return StripeError(
        402, card.message, kind="card_error", code=card.code, extra={"decline_code": card.decline or ""}
    )


def _attached_already(world: World, name: str, customer: Customer) -> bool:
    method = world.payment_methods.get(name)
    return method is not None and method.customer == customer.id
