"""`/v1/billing/meter_events`."""

from __future__ import annotations

from typing import Any

from harness.simulator.flows.metering.ingestion import CONCURRENT, Fault, Sent, ingest
from harness.simulator.wire.errors import StripeError
from harness.simulator.wire.params import fields, integer, strings, text
from harness.simulator.wire.routes import Call, route

URL = "/v1/billing/meter_events"


@route(
    f"POST {URL}",
    takes=fields(
        required=["event_name", "payload"],
        event_name=text(100, unset=False),
        identifier=text(100, unset=False),
        payload=strings(),
        timestamp=integer(),
    ),
    facts="MTR-36 MTR-37 MTR-38 MTR-39 MTR-40 MTR-41 MTR-42 MTR-43 MTR-54 MTR-58 MTR-59 MTR-60 MTR-61 MTR-62 "
    "MTR-63 MTR-64 MTR-65 MTR-66 MTR-67 MTR-68 MTR-69 MTR-71 MTR-72 MTR-73 MTR-87 CLK-38 CLK-58 CLK-59",
)
def create(call: Call) -> dict[str, Any]:
    """Take in one event, or refuse it at once; v1 refusals carry no code (MTR-62)."""
    params = call.params
    sent = Sent(params["event_name"], params["payload"], params.get("identifier"), params.get("timestamp"))
    outcome = ingest(call.world, sent, call.version, alone=True)
    if isinstance(outcome, Fault):
        raise StripeError(409 if outcome.reason == CONCURRENT else 400, outcome.message)
    return {
        "object": "billing.meter_event",
        "created": outcome.created,
        "event_name": sent.event_name,
        "identifier": outcome.identifier,
        "livemode": False,
        "payload": sent.payload,
        "timestamp": outcome.timestamp,
    }
