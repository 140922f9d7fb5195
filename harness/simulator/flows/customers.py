"""Customers: how they come, change and go."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from harness.simulator.flows import payment_methods
from harness.simulator.flows.announcing.events import emit, emit_update
from harness.simulator.flows.clocked import ensure_room, ensure_unlocked
from harness.simulator.flows.invoicing import redemption, taxing
from harness.simulator.flows.subscribing import subscriptions
from harness.simulator.objects.customer import Customer
from harness.simulator.objects.payment_method import address_form
from harness.simulator.wire.errors import invalid, missing_resource
from harness.simulator.wire.params import merge_metadata

if TYPE_CHECKING:
    from harness.simulator.objects.clock import TestClock
    from harness.simulator.world import World

PLAIN = frozenset(
    {
        "business_name",
        "description",
        "email",
        "individual_name",
        "name",
        "phone",
        "preferred_locales",
        "tax_exempt",
    }
)
"""Parameters that are kept as they come and mean nothing for billing."""


def get(world: World, customer_id: str, param: str = "id") -> Customer:
    """The customer, who must exist.

    Raises:
        StripeError: `resource_missing`, also for a deleted one named in a parameter.
    """
    customer = world.customers.get(customer_id)
    if customer is None or (customer.deleted and param != "id"):
        raise missing_resource("customer", customer_id, param)
    return customer


def create(world: World, params: dict[str, Any]) -> Customer:
    """A new customer, on `params["test_clock"]` or on wall time (CLK-19).

    Raises:
        StripeError: unknown, full or advancing clock; a default payment method that isn't the customer's;
            a card that cannot be attached (402).
    """
    clock = _clock(world, params.get("test_clock"))
    method = payment_methods.prepared(world, params.get("payment_method"), "payment_method")
    _check_default(params, method.id if method else None, params.get("payment_method"))
    _check_prefix(world, params.get("invoice_prefix"))
    metadata = merge_metadata({}, params.pop("metadata", None) or {})
    coupon = _read_coupon(world, params, Customer("", 0, ""))
    customer_id = world.new_id("cus")
    created = world.now(clock.id if clock else None)  # CLK-54, UNK-17, unverified
    customer = Customer(customer_id, created, _prefix(customer_id), clock.id if clock else None)
    customer.metadata = metadata
    world.customers[customer_id] = customer
    if clock is not None:
        clock.customers.append(customer_id)
    if method is not None:
        payment_methods.place(world, method, customer)
    _apply(customer, params, method.id if method else None)
    emit(world, "customer.created", customer)
    for wanted in coupon or []:
        redemption.give(world, customer, wanted)
    return customer


def update(world: World, customer: Customer, params: dict[str, Any]) -> Customer:
    """Change a customer.

    Raises:
        StripeError: 429 on an advancing clock, 404 when deleted, 400 for a foreign default payment method.
    """
    ensure_living(customer)
    ensure_unlocked(world, customer.test_clock)
    wanted = (params.get("invoice_settings") or {}).get("default_payment_method")
    if wanted is not None:
        payment_methods.of_customer(world, wanted, customer, "invoice_settings[default_payment_method]")
    if params.get("invoice_prefix") != customer.invoice_prefix:
        _check_prefix(world, params.get("invoice_prefix"))
    coupon = _read_coupon(world, params, customer)
    before = customer.render(world)
    if coupon is not None:
        redemption.give(world, customer, coupon[0] if coupon else None)
    if "metadata" in params:
        customer.metadata = merge_metadata(customer.metadata, params.pop("metadata"))
    _apply(customer, params, None)
    if "tax_exempt" in params:
        taxing.follow_customer(world, customer)
    emit_update(world, "customer.updated", customer, before)
    return customer


def delete(world: World, customer: Customer) -> None:
    """Delete a customer for good; active subscriptions are canceled at once.

    Raises:
        StripeError: 429 on an advancing clock, 404 when deleted already.
    """
    ensure_living(customer)
    ensure_unlocked(world, customer.test_clock)
    subscriptions.cancel_all(world, customer.id)
    for method_id in customer.payment_methods:
        world.payment_methods[method_id].customer = None
    emit(world, "customer.deleted", customer)  # with the customer as it was
    customer.deleted = True


def ensure_living(customer: Customer) -> None:
    """Refuse to change a deleted customer.

    Raises:
        StripeError: 404.
    """
    if customer.deleted:
        raise missing_resource("customer", customer.id)


def _read_coupon(world: World, params: dict[str, Any], customer: Customer) -> list[redemption.Wanted] | None:
    """The older `coupon` and `promotion_code`; since 2025-03-31.basil customers have neither (VER-07)."""
    entries, name = redemption.asked(params)
    return None if entries is None else redemption.read(world, entries, name, customer)


def _clock(world: World, clock_id: str | None) -> TestClock | None:
    if clock_id is None:
        return None
    clock = world.clocks.get(clock_id)
    if clock is None or clock.deleted:
        raise missing_resource("test_clock", clock_id, "test_clock")
    ensure_unlocked(world, clock_id)
    ensure_room(world, clock_id)
    return clock


def _check_default(params: dict[str, Any], attached: str | None, given: str | None) -> None:
    """At creation the only payment method a customer can have is the one in the same request."""
    wanted = (params.get("invoice_settings") or {}).get("default_payment_method")
    if wanted is not None and wanted not in {attached, given}:
        raise payment_methods.not_attached(wanted, "invoice_settings[default_payment_method]")


def _check_prefix(world: World, prefix: str | None) -> None:
    if prefix is None:
        return
    if not (3 <= len(prefix) <= 12 and prefix.isascii() and prefix.isalnum() and prefix == prefix.upper()):
        raise invalid("Invoice prefixes are 3 to 12 upper-case letters or digits.", param="invoice_prefix")
    if any(each.invoice_prefix == prefix and not each.deleted for each in world.customers.values()):
        raise invalid(f"The invoice prefix {prefix} is in use.", param="invoice_prefix")


def _prefix(customer_id: str) -> str:
    """Eight characters, unlike any other customer's (INV-41): SIM and the counter."""
    return f"SIM{int(customer_id.rpartition('sim')[2]):05d}"


def _apply(customer: Customer, params: dict[str, Any], attached: str | None) -> None:
    for name in PLAIN & params.keys():
        customer.plain[name] = params[name]
    if "address" in params:
        customer.plain["address"] = None if params["address"] is None else address_form(params["address"])
    if "shipping" in params:
        customer.plain["shipping"] = _shipping(params["shipping"])
    if "balance" in params:
        customer.balance_cents = params["balance"] or 0
    customer.invoice_prefix = params.get("invoice_prefix") or customer.invoice_prefix
    customer.next_invoice_sequence = params.get("next_invoice_sequence") or customer.next_invoice_sequence
    _apply_invoice_settings(customer, params.get("invoice_settings") or {}, attached)


def _apply_invoice_settings(customer: Customer, settings: dict[str, Any], attached: str | None) -> None:
    if "default_payment_method" in settings:
        wanted = settings["default_payment_method"]
        customer.default_payment_method = (attached or wanted) if wanted else None
    if "custom_fields" in settings:
        customer.invoice_custom_fields = settings["custom_fields"] or None
    if "footer" in settings:
        customer.invoice_footer = settings["footer"]


def _shipping(given: dict[str, Any] | None) -> dict[str, Any] | None:
    if given is None:
        return None
    return {
        "address": address_form(given.get("address") or {}),
        "carrier": None,
        "name": given.get("name"),
        "phone": given.get("phone"),
        "tracking_number": None,
    }
