"""`/v2/billing`: meter events in JSON, one by one or in a stream, sessions for it, and adjustments."""

from __future__ import annotations

from typing import Any

from harness.simulator.flows import adjustments, reports
from harness.simulator.flows.ingestion import Fault, Sent, ingest
from harness.simulator.wire.errors import StripeError, invalid
from harness.simulator.wire.instants import instant, written
from harness.simulator.wire.params import fields, listing, strings, text
from harness.simulator.wire.routes import Call, route

SESSION_SECONDS = 15 * 60  # MTR-101
MOST_EVENTS = 100  # in one request (MTR-86)

CODES = {
    "archived_meter": "archived_meter",
    "duplicate": "duplicate_meter_event",
    "invalid_value": "payload_invalid_value",
    "no_customer": "payload_no_customer_defined",
    "no_meter": "no_meter",
    "no_value": "payload_no_value_defined",
}
"""Codes of the synchronous v2 call (MTR-60 to MTR-66)."""

_EVENT = fields(
    required=["event_name", "payload"],
    event_name=text(100, unset=False),
    identifier=text(100, unset=False),
    payload=strings(),
    timestamp=instant,
)


@route(
    "POST /v2/billing/meter_events",
    takes=_EVENT,
    facts="MTR-43 MTR-60 MTR-61 MTR-62 MTR-63 MTR-65 MTR-66 MTR-100 MTR-104 MTR-106 MTR-107",
)
def create_event(call: Call) -> dict[str, Any]:
    """Take in one event, or refuse it at once with a code.

    For rules that aren't in Stripe's table of v2 codes, that of the asynchronous report is used (unverified).
    """
    outcome = ingest(call.world, _sent(call.params), call.version)
    if isinstance(outcome, Fault):
        code = CODES.get(outcome.reason) or reports.CODES.get(outcome.reason)
        raise invalid(outcome.message, code=code)
    return {
        "object": "v2.billing.meter_event",
        "created": written(outcome.created),
        "event_name": outcome.sent.event_name,
        "identifier": outcome.identifier,
        "livemode": False,
        "payload": outcome.sent.payload,
        "timestamp": written(outcome.timestamp),
    }


@route("POST /v2/billing/meter_event_session", facts="MTR-101 MTR-105 MTR-106")
def create_session(call: Call) -> dict[str, Any]:
    """A token that opens the stream for a quarter of an hour of wall time."""
    world = call.world
    session = world.new_id("mtr_evt_session")
    token = f"token_{session}"
    world.sessions[token] = world.wall + SESSION_SECONDS
    return {
        "id": session,
        "object": "v2.billing.meter_event_session",
        "authentication_token": token,
        "created": written(world.wall),
        "expires_at": written(world.sessions[token]),
        "livemode": False,
    }


@route(
    "POST /v2/billing/meter_event_stream",
    takes=fields(required=["events"], events=listing(_EVENT, at_most=MOST_EVENTS)),
    facts="MTR-78 MTR-86 MTR-90 MTR-95 MTR-98 MTR-102 MTR-107 MTR-108",
)
def stream(call: Call) -> dict[str, Any]:
    """Swallow up to 100 events; what is wrong with them is reported later (MTR-108: also in test mode)."""
    for event in call.params["events"]:
        outcome = ingest(call.world, _sent(event), call.version)
        if isinstance(outcome, Fault):
            reports.note(call.world, outcome)
    return {}


@route(
    "POST /v2/billing/meter_event_adjustments",
    takes=fields(
        required=["cancel", "event_name", "type"],
        cancel=fields(identifier=text(100)),
        event_name=text(100, unset=False),
        type=text(unset=False),
    ),
    facts="MTR-14 MTR-103 MTR-107 MTR-114 MTR-115 MTR-117",
)
def create_adjustment(call: Call) -> dict[str, Any]:
    """Cancel an event by its identifier."""
    world, params = call.world, call.params
    identifier = params["cancel"].get("identifier")
    if params["type"] != "cancel" or not identifier:
        raise StripeError(
            400, "The adjustment must be a cancel with an identifier.", code="invalid_cancel_configuration"
        )
    adjustments.cancel(world, params["event_name"], identifier)
    return {
        "id": world.new_id("mtr_event_adj"),
        "object": "v2.billing.meter_event_adjustment",
        "cancel": {"identifier": identifier},
        "created": written(world.wall),
        "event_name": params["event_name"],
        "livemode": False,
        "status": "pending",
        "type": "cancel",
    }


def _sent(params: dict[str, Any]) -> Sent:
    return Sent(params["event_name"], params["payload"], params.get("identifier"), params.get("timestamp"))
