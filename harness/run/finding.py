"""Meters and prices on a shared account: found where an earlier run made them, else made to be found."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from typing import Any

import stripe

from harness.history import shapes
from harness.history.shapes import Json
from harness.run.asking import pages, read
from harness.run.sdk import Params, built
from harness.run.story import Story, StoryStopped
from harness.run.waiting import INVOICE, Look, patiently, wait_until

DEFINITION = "harness_definition"
"""The metadata key that holds a price's fingerprint."""
TAKEN = "already"
"""In what Stripe says of a second active meter with an event name (MTR-15), and of a lookup key in use."""
_DEFAULTS = {"customer_key": "stripe_customer_id", "value_key": "value", "window": None}  # MTR-06 to MTR-08


def meter(story: Story, label: str, params: Params) -> Json:
    """The account's meter with this event name, made if there is none: a meter cannot be deleted (LIV-36).

    Raises:
        StoryStopped: the account's meter has another definition; an event name stands for one meter (MTR-04).
    """
    found = _meter_like(story, params)
    if found is None:
        try:
            return _make(story, "/v1/billing/meters", params)
        except stripe.InvalidRequestError as error:
            found = _made_by_another(story, error, lambda: _meter_like(story, params))
    if other := _differences(found, params):
        raise StoryStopped(
            story.line,
            f"the account's meter for `{params['event_name']}` is not this story's `{label}`: "
            f"{', '.join(other)}; give the story's meter an `event_name` of its own",
        )
    if found["status"] == "inactive":
        found = _make(story, f"/v1/billing/meters/{found['id']}/reactivate", {})
    return found


def _made_by_another(
    story: Story, error: stripe.InvalidRequestError, find: Callable[[], Json | None]
) -> Json:
    """What another worker has made a moment ago; lists may run behind.

    Raises:
        stripe.InvalidRequestError: the refusal, where it has another reason.
    """
    if TAKEN not in str(error):
        raise error

    def look() -> Look:
        found = find()
        return Look(found is not None, "there" if found else "not listed yet", found)

    last = wait_until(story, "what another worker has made", look, INVOICE)
    if not last.done:
        raise error
    found: Json = last.value
    return found


def _meter_like(story: Story, params: Params) -> Json | None:
    """The active meter with this event name, or else an inactive one of the same definition."""
    inactive = None
    for page in pages(story, "/v1/billing/meters"):
        for each in page["data"]:
            if each["event_name"] != params["event_name"]:
                continue
            if each["status"] == "active":
                return dict(each)
            inactive = inactive or (None if _differences(each, params) else dict(each))
    return inactive


def _differences(found: Json, params: Params) -> list[str]:
    """What of a meter's definition is not as wanted, in words."""
    there = shapes.meter(found)
    wanted = {
        "formula": params["default_aggregation"]["formula"],
        "customer_key": params.get("customer_mapping", {}).get(
            "event_payload_key", _DEFAULTS["customer_key"]
        ),
        "value_key": params.get("value_settings", {}).get("event_payload_key", _DEFAULTS["value_key"]),
        "window": params.get("event_time_window"),
    }
    return [
        f"{name} {getattr(there, name) or 'none'} instead of {value or 'none'}"
        for name, value in wanted.items()
        if getattr(there, name) != value
    ]


def price(story: Story, label: str, params: Params) -> Json:
    """The account's price with this definition, made if there is none: a price cannot be deleted.

    It is found by its lookup key, which is its fingerprint unless the scenario gives it one.

    Raises:
        StoryStopped: the scenario's lookup key stands for a price of another definition.
    """
    definition = fingerprint(params)
    key = params.get("lookup_key") or f"harness-{definition}"
    shown = params["expand"]
    found = _price_called(story, key, shown)
    if found is None:
        wanted = params | {
            "lookup_key": key,
            "metadata": params.get("metadata", {}) | {DEFINITION: definition},
        }
        try:
            return _make(story, "/v1/prices", wanted)
        except stripe.InvalidRequestError as error:
            found = _made_by_another(story, error, lambda: _price_called(story, key, shown))
    if found.get("metadata", {}).get(DEFINITION) != definition:
        raise StoryStopped(
            story.line,
            f"the account has another price under the lookup key `{key}` of `{label}`; take another key",
        )
    if not found["active"]:
        found = _make(story, f"/v1/prices/{found['id']}", {"active": True, "expand": shown})
    return found


def _price_called(story: Story, key: str, shown: list[str]) -> Json | None:
    expand = [f"data.{member}" for member in shown]
    answer = read(story, "/v1/prices", lookup_keys=[key], expand=expand)
    return dict(answer["data"][0]) if answer["data"] else None


def fingerprint(params: Params) -> str:
    """The same for the same definition, whatever the order of its members."""
    text = json.dumps(params, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:24]


def _make(story: Story, path: str, params: Params) -> Json:
    wanted: Any = built(params)
    patiently(story, lambda: story.client.raw_request("post", path, **wanted))
    return story.last_answer
