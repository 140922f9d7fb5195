"""The application of the stories beside this file: it sends usage in ways that no step of a scenario does."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import stripe

TOKENS: dict[str, str] = {}


def open_session(application: Any) -> None:
    """Get a token for the stream."""
    session = application.client.v2.billing.meter_event_session.create()
    TOKENS["stream"] = session.authentication_token


def stream(
    application: Any, events: list[dict[str, Any]], *, fresh: bool = True, customer: str = "acme"
) -> None:
    """Send a batch, with a new token unless the one in hand must do."""
    if fresh:
        open_session(application)
    batch = {"events": [sent(application, event, customer) for event in events]}
    application.client.v2.billing.meter_event_stream.create(batch, {"api_key": TOKENS["stream"]})


def send(application: Any, event: dict[str, Any]) -> None:
    """Send one event over the second version of the API."""
    application.client.v2.billing.meter_events.create(sent(application, event))


def cancel(application: Any, event_name: str, identifier: str) -> None:
    """Cancel an event over the second version of the API."""
    wanted = {"event_name": event_name, "type": "cancel", "cancel": {"identifier": identifier}}
    application.client.v2.billing.meter_event_adjustments.create(wanted)


def sent(application: Any, event: dict[str, Any], customer: str = "acme") -> dict[str, Any]:
    """An event in JSON, of `api_calls` and stamped now unless it says otherwise."""
    payload = {"stripe_customer_id": application.id(customer), "value": "40"} | event.get("payload", {})
    stamp = datetime.fromtimestamp(application.now, UTC).isoformat()
    usual = {"event_name": "api_calls", "timestamp": stamp}
    return usual | event | {"payload": {key: value for key, value in payload.items() if value is not None}}


def send_carelessly(application: Any, event: dict[str, Any]) -> None:
    """Send an event, and go on as if it had been taken."""
    with suppress(stripe.StripeError):
        send(application, event)


def hold_invoice(application: Any, subscription: str) -> None:
    """Keep the newest invoice of a subscription from becoming final."""
    invoices = application.client.v1.invoices
    newest = invoices.list({"subscription": application.id(subscription)}).data[0]
    invoices.update(newest.id, {"auto_advance": False})


def void_invoice(application: Any, subscription: str) -> None:
    """Void the newest invoice of a subscription."""
    invoices = application.client.v1.invoices
    newest = invoices.list({"subscription": application.id(subscription)}).data[0]
    invoices.void_invoice(newest.id)


def read_summaries(application: Any, end: str, **more: Any) -> None:
    """Read acme's usage since the story began, one page of it."""
    until = int(datetime.fromisoformat(end).replace(tzinfo=UTC).timestamp())
    start = int(datetime(2026, 1, 1, tzinfo=UTC).timestamp())
    asked = {"customer": application.id("acme"), "start_time": start, "end_time": until} | more
    application.client.v1.billing.meters.event_summaries.list(application.id("api_calls"), asked)
