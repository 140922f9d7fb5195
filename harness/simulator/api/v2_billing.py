"""`/v2/billing`: meter events in JSON, one by one or in a stream, sessions for it, and adjustments."""

from __future__ import annotations

from typing import Any

from harness.simulator.flows.announcing import reports
from harness.simulator.flows.metering import adjustments
from harness.simulator.flows.metering.ingestion import CONCURRENT, Fault, Sent, ingest
from harness.simulator.flows.metering.intake import swallow
from harness.simulator.wire.errors import StripeError
from harness.simulator.wire.instants import instant, parsed, written
from harness.simulator.wire.params import LONGEST_TEXT, Parser, fields, listing, strings, text
from harness.simulator.wire.routes import Call, route

SESSION_SECONDS = 15 * 60  # MTR-101
LONGEST_NAME = 100  # of an event and of an identifier (MTR-36)
MOST_EVENTS = 100  # in one request (MTR-86)

CODES = {
    "archived_meter": "archived_meter",
    CONCURRENT: "too_many_concurrent_requests",
    "duplicate": "duplicate_meter_event",
    "invalid_value": "payload_invalid_value",
    "no_customer": "payload_no_customer_defined",
    "no_meter": "no_meter",
    "no_value": "payload_no_value_defined",
}
"""Codes of the synchronous v2 call (MTR-60 to MTR-66, MTR-69)."""

_EVENT = fields(
    required=["event_name", "payload"],
    event_name=text(LONGEST_NAME, unset=False),
    identifier=text(LONGEST_NAME, unset=False),
    payload=strings(),
    timestamp=instant,
)


def _sent(params: dict[str, Any]) -> Sent:
    return Sent(params["event_name"], params["payload"], params.get("identifier"), params.get("timestamp"))


def _batch() -> Parser:
    """Up to a hundred events; a batch of plain ones is read without the parsers' ceremony."""
    careful = listing(_EVENT, at_most=MOST_EVENTS)

    def parse(value: Any, name: str) -> list[Sent]:
        if isinstance(value, list) and len(value) <= MOST_EVENTS:
            plain = [_plain(event) for event in value]
            if all(plain):
                return [event for event in plain if event]
        return [_sent(event) for event in careful(value, name)]

    return parse


def _plain(event: Any) -> Sent | None:
    """The event, if there is nothing unusual about it; else None, and the parsers have their say."""
    if type(event) is not dict:
        return None
    name, payload = event.get("event_name"), event.get("payload")
    identifier, timestamp = event.get("identifier"), event.get("timestamp")
    expected = 2 + (identifier is not None) + (timestamp is not None)
    if type(name) is not str or not 0 < len(name) <= LONGEST_NAME:
        return None
    if len(event) != expected or type(payload) is not dict:
        return None
    if identifier is not None and (type(identifier) is not str or not 0 < len(identifier) <= LONGEST_NAME):
        return None
    for value in payload.values():
        if type(value) is not str or len(value) > LONGEST_TEXT:
            return None
    at = None if timestamp is None else parsed(timestamp)
    return None if at is None and timestamp is not None else Sent(name, payload, identifier, at)


@route(
    "POST /v2/billing/meter_events",
    takes=_EVENT,
    facts="MTR-43 MTR-60 MTR-61 MTR-62 MTR-63 MTR-65 MTR-66 MTR-69 MTR-72 MTR-100 MTR-104 MTR-106 MTR-107",
)
def create_event(call: Call) -> dict[str, Any]:
    """Take in one event, or refuse it at once with a code.

    For rules that aren't in Stripe's table of v2 codes, that of the asynchronous report is used (unverified).
    """
    outcome = ingest(call.world, _sent(call.params), call.version, alone=True)
    if isinstance(outcome, Fault):
        code = CODES.get(outcome.reason) or reports.CODES.get(outcome.reason)
        raise StripeError(409 if outcome.reason == CONCURRENT else 400, outcome.message, code=code)
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
    takes=fields(required=["events"], events=_batch()),
    facts="MTR-78 MTR-86 MTR-90 MTR-95 MTR-98 MTR-102 MTR-107 MTR-108",
)
def stream(call: Call) -> dict[str, Any]:
    """Swallow up to 100 events; what is wrong with them is reported later (MTR-108: also in test mode)."""
    for fault in swallow(call.world, call.params["events"], call.version):
        reports.note(call.world, fault)
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
