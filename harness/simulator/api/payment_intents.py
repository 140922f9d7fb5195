"""`/v1/payment_intents`: what invoices made; read only."""

from __future__ import annotations

from typing import Any

from harness.simulator.wire.errors import missing_resource
from harness.simulator.wire.lists import PAGING, created, created_within, page
from harness.simulator.wire.params import fields, text
from harness.simulator.wire.routes import Call, route

URL = "/v1/payment_intents"


@route(
    f"GET {URL}",
    takes=fields(**PAGING, created=created, customer=text(), unmodelled="customer_account"),
    facts="CLK-46 CLK-55 PRO-14",
)
def index(call: Call) -> dict[str, Any]:
    """Payment intents; they are not clocked, so none are hidden (CLK-46)."""
    rows = (
        each
        for each in reversed(call.world.payment_intents.values())
        if call.params.get("customer") in {None, each.customer}
        and created_within(each.created, call.params.get("created"))
    )
    return page(rows, call.params, URL, lambda each: each.render(call.world))


@route(f"GET {URL}/{{id}}", takes=fields(unmodelled="client_secret"), facts="CLK-55")
def retrieve(call: Call) -> dict[str, Any]:
    """One payment intent."""
    intent = call.world.payment_intents.get(call.path["id"])
    if intent is None:
        raise missing_resource("payment_intent", call.path["id"])
    return intent.render(call.world)
