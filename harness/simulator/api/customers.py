"""`/v1/customers`."""

from __future__ import annotations

from typing import Any

from harness.simulator.flows import customers
from harness.simulator.flows.invoicing import redemption
from harness.simulator.flows.payment_methods import listed, of_customer
from harness.simulator.wire.lists import PAGING, created, created_within, page
from harness.simulator.wire.params import (
    choice,
    fields,
    integer,
    listing,
    metadata,
    nullable,
    text,
)
from harness.simulator.wire.routes import Call, route

URL = "/v1/customers"

ADDRESS = nullable(
    fields(city=text(), country=text(), line1=text(), line2=text(), postal_code=text(), state=text())
)
_CUSTOM_FIELD = fields(required=["name", "value"], name=text(40, unset=False), value=text(140, unset=False))
_SETTINGS = fields(
    custom_fields=listing(_CUSTOM_FIELD, at_most=4),
    default_payment_method=text(),
    footer=text(),
    unmodelled="rendering_options",
)
SHIPPING = fields(required=["address", "name"], address=ADDRESS, name=text(unset=False), phone=text())
_PARAMS: dict[str, Any] = {
    "address": ADDRESS,
    "balance": integer(),
    "business_name": text(150),
    "coupon": text(),
    "description": text(),
    "email": text(512),
    "individual_name": text(150),
    "invoice_prefix": text(),
    "invoice_settings": _SETTINGS,
    "metadata": metadata(),
    "name": text(256),
    "next_invoice_sequence": integer(1, 1_000_000_000),
    "phone": text(20),
    "promotion_code": text(),
    "preferred_locales": listing(text(), at_most=20),
    "shipping": nullable(SHIPPING),
    "tax_exempt": nullable(choice("exempt", "none", "reverse")),
}


@route(
    f"POST {URL}",
    takes=fields(
        **_PARAMS,
        payment_method=text(),
        test_clock=text(),
        unmodelled="cash_balance source tax tax_id_data validate",
    ),
    facts="CLK-19 CLK-45 CLK-54 CLK-61 CLK-65 PRO-16",
)
def create(call: Call) -> dict[str, Any]:
    """A new customer, on a clock or on wall time."""
    return customers.create(call.world, call.params).render(call.world)


@route(
    f"GET {URL}",
    takes=fields(**PAGING, created=created, email=text(512), test_clock=text()),
    facts="CLK-48 PRO-14",
)
def index(call: Call) -> dict[str, Any]:
    """Customers; those on clocks only under their clock's id, whatever else is asked (CLK-48)."""
    params = call.params
    email = params.get("email")
    rows = (
        each
        for each in reversed(call.world.customers.values())
        if not each.deleted
        and each.test_clock == params.get("test_clock")
        and (email is None or each.plain.get("email") == email)
        and created_within(each.created, params.get("created"))
    )
    return page(rows, params, URL, lambda each: each.render(call.world))


@route(f"GET {URL}/{{id}}", facts="CLK-51 CLK-67")
def retrieve(call: Call) -> dict[str, Any]:
    """One customer, deleted or on a clock or not."""
    return customers.get(call.world, call.path["id"]).render(call.world)


@route(
    f"POST {URL}/{{id}}",
    takes=fields(**_PARAMS, unmodelled="cash_balance default_source source tax validate"),
    facts="CLK-34 CLK-47 PRO-13 PRO-16",
)
def update(call: Call) -> dict[str, Any]:
    """Change a customer; the clock is not among its parameters (CLK-47)."""
    customer = customers.get(call.world, call.path["id"])
    return customers.update(call.world, customer, call.params).render(call.world)


@route(f"DELETE {URL}/{{id}}", facts="CLK-34")
def delete(call: Call) -> dict[str, Any]:
    """Delete a customer and cancel the subscriptions."""
    customer = customers.get(call.world, call.path["id"])
    customers.delete(call.world, customer)
    return customer.render(call.world)


@route(f"DELETE {URL}/{{id}}/discount", facts="CLK-34")
def delete_discount(call: Call) -> dict[str, Any]:
    """Take a customer's discount away."""
    customer = customers.get(call.world, call.path["id"])
    customers.ensure_living(customer)
    return redemption.remove_from_customer(call.world, customer)


@route(
    f"GET {URL}/{{id}}/payment_methods",
    takes=fields(**PAGING, allow_redisplay=text(), type=text()),
    facts="PRO-14",
)
def payment_methods(call: Call) -> dict[str, Any]:
    """A customer's payment methods."""
    customer = customers.get(call.world, call.path["id"])
    rows = listed(call.world, customer, call.params)
    url = f"{URL}/{customer.id}/payment_methods"
    return page(rows, call.params, url, lambda each: each.render(call.world))


@route(f"GET {URL}/{{id}}/payment_methods/{{method}}")
def payment_method(call: Call) -> dict[str, Any]:
    """One of a customer's payment methods."""
    customer = customers.get(call.world, call.path["id"])
    return of_customer(call.world, call.path["method"], customer, "payment_method").render(call.world)
