"""`/v1/charges`: attempts to pay; read only."""

from __future__ import annotations

from typing import Any

from harness.simulator.wire.errors import missing_resource
from harness.simulator.wire.lists import PAGING, created, created_within, page
from harness.simulator.wire.params import fields, text
from harness.simulator.wire.routes import Call, route

URL = "/v1/charges"


@route(
    f"GET {URL}",
    takes=fields(
        **PAGING, created=created, customer=text(), payment_intent=text(), unmodelled="transfer_group"
    ),
    facts="CLK-46 CLK-55 PRO-14",
)
def index(call: Call) -> dict[str, Any]:
    """Charges; they are not clocked, so none are hidden (CLK-46)."""
    rows = (
        each
        for each in reversed(call.world.charges.values())
        if call.params.get("customer") in {None, each.customer}
        and call.params.get("payment_intent") in {None, each.payment_intent}
        and created_within(each.created, call.params.get("created"))
    )
    return page(rows, call.params, URL, lambda each: each.render(call.world))


@route(f"GET {URL}/{{id}}", facts="CLK-55")
def retrieve(call: Call) -> dict[str, Any]:
    """One charge."""
    charge = call.world.charges.get(call.path["id"])
    if charge is None:
        raise missing_resource("charge", call.path["id"])
    return charge.render(call.world)
