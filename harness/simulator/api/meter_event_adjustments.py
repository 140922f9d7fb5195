"""`/v1/billing/meter_event_adjustments`."""

from __future__ import annotations

from typing import Any

from harness.simulator.flows.metering.adjustments import cancel
from harness.simulator.wire.params import choice, fields, text
from harness.simulator.wire.routes import Call, route

URL = "/v1/billing/meter_event_adjustments"


@route(
    f"POST {URL}",
    takes=fields(
        required=["event_name", "type"],
        event_name=text(100, unset=False),
        type=choice("cancel"),
        cancel=fields(identifier=text(100)),
    ),
    facts="MTR-113 MTR-114 MTR-115 MTR-116 MTR-117",
)
def create(call: Call) -> dict[str, Any]:
    """Cancel an event by its identifier; no id comes back (MTR-114)."""
    event_name = call.params["event_name"]
    identifier = call.params.get("cancel", {}).get("identifier")
    cancel(call.world, event_name, identifier)
    return {
        "object": "billing.meter_event_adjustment",
        "cancel": {"identifier": identifier},
        "event_name": event_name,
        "livemode": False,
        "status": "pending",
        "type": "cancel",
    }
