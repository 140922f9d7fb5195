"""Who pays, and how: the customer, the payment method and the way of collection that a request names."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.simulator.wire.errors import invalid, missing_resource

if TYPE_CHECKING:
    from harness.simulator.objects.customer import Customer
    from harness.simulator.world import World


def find_customer(world: World, customer_id: str | None) -> Customer:
    """The living customer that `customer` names.

    Raises:
        StripeError: 400 when it is missing, unknown or deleted.
    """
    if customer_id is None:
        raise invalid("Missing required param: customer.", code="parameter_missing", param="customer")
    customer = world.customers.get(customer_id)
    if customer is None or customer.deleted:
        raise missing_resource("customer", customer_id, "customer")
    return customer


def check_method(world: World, customer: str, method_id: str | None) -> None:
    """Refuse a payment method that is not the customer's."""
    if method_id is None:
        return
    method = world.payment_methods.get(method_id)
    if method is None:
        raise missing_resource("PaymentMethod", method_id, "default_payment_method")
    if method.customer != customer:
        raise invalid(
            f"The customer does not have a payment method with the ID {method_id}. The payment method must "
            "be attached to the customer.",
            code="resource_missing",
            param="default_payment_method",
        )


def check_collection(method: str | None, days_until_due: int | None) -> None:
    """Refuse `send_invoice` without `days_until_due`, and the reverse (INV-78)."""
    if method == "send_invoice" and days_until_due is None:
        raise invalid(
            "You must pass `days_until_due` when `collection_method` is `send_invoice`.",
            param="days_until_due",
        )
    if method != "send_invoice" and days_until_due is not None:
        raise invalid(
            "You can only pass `days_until_due` when `collection_method` is `send_invoice`.",
            param="days_until_due",
        )
