"""`/v1/billing/meters`."""

from __future__ import annotations

from typing import Any

from harness.simulator.flows.metering import meters as flow
from harness.simulator.objects.meter import Meter
from harness.simulator.wire.lists import PAGING, page
from harness.simulator.wire.params import choice, fields, text
from harness.simulator.wire.routes import Call, route

URL = "/v1/billing/meters"

_NAME = text(250, unset=False)
_KEY = text(100, unset=False)


@route(
    f"POST {URL}",
    takes=fields(
        required=["default_aggregation", "display_name", "event_name"],
        customer_mapping=fields(
            required=["event_payload_key", "type"], event_payload_key=_KEY, type=choice("by_id")
        ),
        default_aggregation=fields(required=["formula"], formula=choice("count", "last", "sum")),
        display_name=_NAME,
        event_name=_KEY,
        event_time_window=choice("day", "hour"),
        value_settings=fields(required=["event_payload_key"], event_payload_key=_KEY),
    ),
    facts="MTR-01 MTR-03 MTR-04 MTR-05 MTR-06 MTR-07 MTR-08 MTR-09 MTR-14 MTR-15 MTR-16 MTR-19 MTR-25",
)
def create(call: Call) -> dict[str, Any]:
    """A new meter, active at once."""
    params = call.params
    meter = Meter(
        id=call.world.new_id("mtr_test"),  # MTR-14
        created=call.world.wall,
        updated=call.world.wall,
        display_name=params["display_name"],
        event_name=params["event_name"],
        formula=params["default_aggregation"]["formula"],
        customer_key=params.get("customer_mapping", {}).get("event_payload_key", "stripe_customer_id"),
        value_key=params.get("value_settings", {}).get("event_payload_key", "value"),
        window=params.get("event_time_window"),
    )
    flow.add(call.world, meter)
    return meter.render(call.world)


@route(f"GET {URL}", takes=fields(**PAGING, status=choice("active", "inactive")), facts="MTR-01 PRO-14")
def index(call: Call) -> dict[str, Any]:
    """All meters, or those with a status."""
    wanted = call.params.get("status")
    rows = (
        each
        for each in reversed(call.world.meters.values())
        if wanted is None or each.active == (wanted == "active")
    )
    return page(rows, call.params, URL, lambda each: each.render(call.world))


@route(f"GET {URL}/{{id}}", facts="MTR-01 MTR-09 MTR-17")
def retrieve(call: Call) -> dict[str, Any]:
    """One meter."""
    return flow.get(call.world, call.path["id"]).render(call.world)


@route(f"POST {URL}/{{id}}", takes=fields(display_name=_NAME), facts="MTR-01 MTR-10 MTR-19")
def update(call: Call) -> dict[str, Any]:
    """Rename a meter; everything else about it is for good (MTR-10)."""
    meter = flow.get(call.world, call.path["id"])
    if "display_name" in call.params:
        flow.rename(call.world, meter, call.params["display_name"])
    return meter.render(call.world)


@route(f"POST {URL}/{{id}}/deactivate", facts="MTR-01 MTR-02 MTR-11 MTR-12 MTR-19")
def deactivate(call: Call) -> dict[str, Any]:
    """Stop a meter; there is no way to delete one (MTR-02)."""
    meter = flow.get(call.world, call.path["id"])
    flow.deactivate(call.world, meter)
    return meter.render(call.world)


@route(f"POST {URL}/{{id}}/reactivate", facts="MTR-01 MTR-11 MTR-13 MTR-19")
def reactivate(call: Call) -> dict[str, Any]:
    """Start a meter again."""
    meter = flow.get(call.world, call.path["id"])
    flow.reactivate(call.world, meter)
    return meter.render(call.world)
