"""The application of the stories beside this file: it sends usage in ways that no step of a scenario does."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

TOKENS: dict[str, str] = {}


def open_session(application: Any) -> None:
    """Get a token for the stream."""
    session = application.client.v2.billing.meter_event_session.create()
    TOKENS["stream"] = session.authentication_token


def stream(application: Any, events: list[dict[str, Any]], *, fresh: bool = True) -> None:
    """Send a batch, with a new token unless the one in hand must do."""
    if fresh:
        open_session(application)
    batch = {"events": [sent(application, event) for event in events]}
    application.client.v2.billing.meter_event_stream.create(batch, {"api_key": TOKENS["stream"]})


def send(application: Any, event: dict[str, Any]) -> None:
    """Send one event over the second version of the API."""
    application.client.v2.billing.meter_events.create(sent(application, event))


def cancel(application: Any, event_name: str, identifier: str) -> None:
    """Cancel an event over the second version of the API."""
    wanted = {"event_name": event_name, "type": "cancel", "cancel": {"identifier": identifier}}
    application.client.v2.billing.meter_event_adjustments.create(wanted)


def sent(application: Any, event: dict[str, Any]) -> dict[str, Any]:
    """An event in JSON, of `api_calls` by acme and stamped now unless it says otherwise."""
    payload = {"stripe_customer_id": application.id("acme"), "value": "40"} | event.get("payload", {})
    stamp = datetime.fromtimestamp(application.now, UTC).isoformat()
    usual = {"event_name": "api_calls", "timestamp": stamp}
    return usual | event | {"payload": {key: value for key, value in payload.items() if value is not None}}
