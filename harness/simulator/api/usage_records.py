"""`/v1/subscription_items/{id}/usage_records` and their summaries, removed at 2025-03-31.basil."""

from __future__ import annotations

from typing import Any

from harness.simulator.flows.metering import usage_records as flow
from harness.simulator.wire.lists import PAGING, page
from harness.simulator.wire.params import choice, either_word, fields, integer
from harness.simulator.wire.routes import Call, route
from harness.simulator.wire.versions import BASIL

URL = "/v1/subscription_items/{id}"


@route(
    f"POST {URL}/usage_records",
    takes=fields(
        required=["quantity"],
        action=choice("increment", "set"),
        quantity=integer(0, unset=False),
        timestamp=either_word("now", integer(0, unset=False)),
    ),
    facts="LEG-01 LEG-04 LEG-06 LEG-07 LEG-08 LEG-09 LEG-10 LEG-11 LEG-12 LEG-13 LEG-14 LEG-16 LEG-17 LEG-24",
    until=BASIL,
)
def create(call: Call) -> dict[str, Any]:
    """Report usage for an item on a metered price without a meter."""
    return flow.report(call.world, call.path["id"], call.params).render(call.world)


@route(
    f"GET {URL}/usage_record_summaries",
    takes=fields(**PAGING),
    facts="LEG-02 LEG-03 LEG-15 LEG-16 LEG-24",
    until=BASIL,
)
def index(call: Call) -> dict[str, Any]:
    """One total for each period. There is no way to list the records themselves."""
    rows = flow.summaries(call.world, call.path["id"])
    url = f"/v1/subscription_items/{call.path['id']}/usage_record_summaries"
    return page(rows, call.params, url, lambda row: row.render(call.world))
