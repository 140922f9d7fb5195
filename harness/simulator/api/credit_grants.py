"""`/v1/billing/credit_grants`."""

from __future__ import annotations

from typing import Any

from harness.simulator.flows.invoicing import credit_grants as flow
from harness.simulator.wire.lists import PAGING, page
from harness.simulator.wire.params import choice, fields, integer, listing, metadata, nullable, text
from harness.simulator.wire.routes import Call, route

URL = "/v1/billing/credit_grants"

MOST_PRICES = 20  # CHG-41
SCOPE = fields(
    price_type=choice("metered"),
    prices=listing(fields(required=["id"], id=text(unset=False)), at_most=MOST_PRICES),
)


@route(
    f"POST {URL}",
    takes=fields(
        required=["amount", "applicability_config"],
        amount=fields(
            required=["type"],
            monetary=fields(
                required=["currency", "value"], currency=text(3, unset=False), value=integer(1, unset=False)
            ),
            type=choice("monetary"),
        ),
        applicability_config=fields(required=["scope"], scope=SCOPE),
        category=choice("paid", "promotional"),
        customer=text(),
        effective_at=integer(0),
        expires_at=integer(0),
        metadata=metadata(),
        name=text(100),
        priority=integer(0, 100),
        unmodelled="customer_account",
    ),
    facts="CHG-41 CHG-42 CHG-47 CHG-48",
)
def create(call: Call) -> dict[str, Any]:
    """Grant credits to a customer."""
    return flow.grant(call.world, call.params).render(call.world)


@route(f"GET {URL}", takes=fields(**PAGING, customer=text(), unmodelled="customer_account"), facts="CHG-41")
def index(call: Call) -> dict[str, Any]:
    """Grants, newest first; those on clocks only under a customer (CLK-49)."""
    world, customer = call.world, call.params.get("customer")
    rows = (
        each
        for each in reversed(world.credit_grants.values())
        if (each.test_clock is None if customer is None else each.customer == customer)
    )
    return page(rows, call.params, URL, lambda each: each.render(world))


@route(f"GET {URL}/{{id}}", facts="CHG-41")
def retrieve(call: Call) -> dict[str, Any]:
    """One grant."""
    return flow.find(call.world, call.path["id"]).render(call.world)


@route(
    f"POST {URL}/{{id}}",
    takes=fields(expires_at=nullable(integer(0)), metadata=metadata()),
    facts="CHG-41",
)
def update(call: Call) -> dict[str, Any]:
    """Change when a grant expires, or its metadata."""
    found = flow.find(call.world, call.path["id"])
    flow.update(call.world, found, call.params)
    return found.render(call.world)


@route(f"POST {URL}/{{id}}/expire", facts="CHG-41 CHG-48")
def expire(call: Call) -> dict[str, Any]:
    """End a grant now."""
    found = flow.find(call.world, call.path["id"])
    flow.expire(call.world, found)
    return found.render(call.world)


@route(f"POST {URL}/{{id}}/void", facts="CHG-41 CHG-48")
def void(call: Call) -> dict[str, Any]:
    """Take a grant back."""
    found = flow.find(call.world, call.path["id"])
    flow.void(call.world, found)
    return found.render(call.world)
