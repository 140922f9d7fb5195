"""Meter events and cancellations as they went over the wire: v1's parameters, v2's JSON, a batch."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

EVENTS = "/v1/billing/meter_events"
V2_EVENTS = "/v2/billing/meter_events"
STREAM = "/v2/billing/meter_event_stream"
ADJUSTMENTS = ("/v1/billing/meter_event_adjustments", "/v2/billing/meter_event_adjustments")
JSON_BODY = "(json)"
"""The name under which an exchange's parameters hold a JSON body."""

_PAYLOAD = re.compile(r"payload\[(.+)\]")


@dataclass(frozen=True)
class SentEvent:
    """A meter event as its sender put it; `stamp` is unix seconds, None for none (MTR-36, MTR-104)."""

    event_name: str
    payload: dict[str, str]
    identifier: str | None
    stamp: int | None


def events_in(path: str, params: Mapping[str, Any]) -> tuple[SentEvent, ...]:
    """The meter events that a request carried, in order; none where it carried something else."""
    if path == EVENTS:
        return (_from_form(params),)
    if path == V2_EVENTS:
        return _from_json(f'{{"events":[{params.get(JSON_BODY, "{}")}]}}')
    return _from_json(str(params.get(JSON_BODY, "{}"))) if path == STREAM else ()


def cancellation_in(params: Mapping[str, Any]) -> tuple[str, str]:
    """The event name and the identifier that an adjustment names; empty where it names none."""
    if JSON_BODY not in params:
        return str(params.get("event_name", "")), str(params.get("cancel[identifier]", ""))
    body = _object(_decoded(str(params[JSON_BODY])))
    return str(body.get("event_name", "")), str(_object(body.get("cancel")).get("identifier", ""))


def seconds_of(written: Any) -> int | None:
    """Unix seconds of v2's RFC 3339 text, without the fraction, or of v1's digits; None for neither."""
    if isinstance(written, int):
        return written
    text = str(written)
    if text.isdecimal():
        return int(text)
    try:
        return int(datetime.fromisoformat(text).timestamp() // 1)
    except ValueError:
        return None


def _from_form(params: Mapping[str, Any]) -> SentEvent:
    payload = {match[1]: str(value) for key, value in params.items() if (match := _PAYLOAD.fullmatch(key))}
    stamp = str(params.get("timestamp", ""))
    identifier = params.get("identifier")
    name = str(params.get("event_name", ""))
    return SentEvent(name, payload, identifier, int(stamp) if stamp.isdecimal() else None)


@lru_cache(maxsize=8)
def _from_json(text: str) -> tuple[SentEvent, ...]:
    events = _object(_decoded(text)).get("events")
    return tuple(_event(_object(each)) for each in events) if isinstance(events, list) else ()


def _event(raw: Mapping[str, Any]) -> SentEvent:
    payload = {str(key): str(value) for key, value in _object(raw.get("payload")).items()}
    stamp = seconds_of(raw["timestamp"]) if "timestamp" in raw else None
    return SentEvent(str(raw.get("event_name", "")), payload, raw.get("identifier"), stamp)


def _decoded(text: str) -> Any:
    """What Stripe refuses as no JSON carries no event."""
    try:
        return json.loads(text)
    except ValueError:
        return None


def _object(raw: Any) -> dict[str, Any]:
    return raw if isinstance(raw, dict) else {}
