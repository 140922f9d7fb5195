"""`/v2/core/event_destinations`: where a server delivers thin events to, or classic ones."""

from __future__ import annotations

from typing import Any

from harness.simulator.flows import clocks
from harness.simulator.flows.announcing import webhooks
from harness.simulator.objects.webhook import Endpoint
from harness.simulator.wire.errors import invalid, missing_resource, unmodelled
from harness.simulator.wire.params import choice, fields, integer, listing, merge_metadata, metadata, text
from harness.simulator.wire.routes import Call, route

URL = "/v2/core/event_destinations"
INCLUDE = listing(choice("webhook_endpoint.signing_secret", "webhook_endpoint.url"))
_EVENTS = listing(text(100, unset=False))


@route(
    f"POST {URL}",
    takes=fields(
        required=["enabled_events", "event_payload", "name", "type"],
        description=text(5_000),
        enabled_events=_EVENTS,
        event_payload=choice("snapshot", "thin"),
        include=INCLUDE,
        metadata=metadata(),
        name=text(250, unset=False),
        snapshot_api_version=text(40),
        type=choice("amazon_eventbridge", "azure_event_grid", "webhook_endpoint"),
        webhook_endpoint=fields(required=["url"], url=text(5_000, unset=False)),
        unmodelled="amazon_eventbridge azure_event_grid events_from",
    ),
    facts="PRO-18 PRO-25 MTR-91 MTR-92",
)
def create(call: Call) -> dict[str, Any]:
    """A new destination."""
    world, params = call.world, call.params
    if params["type"] != "webhook_endpoint":
        raise unmodelled(f"event destinations of type {params['type']}")
    if "webhook_endpoint" not in params:
        raise invalid("A destination of type webhook_endpoint needs a url.", param="webhook_endpoint[url]")
    webhooks.check_url(params["webhook_endpoint"]["url"])
    made = world.new_id("ed_test")
    endpoint = Endpoint(
        id=made,
        created=world.wall,
        url=params["webhook_endpoint"]["url"],
        enabled_events=params["enabled_events"],
        secret=webhooks.new_secret(world, made),
        payload=params["event_payload"],
        api_version=params.get("snapshot_api_version"),
        description=params.get("description"),
        metadata=merge_metadata({}, params.get("metadata")),
        name=params["name"],
    )
    return webhooks.add(world, endpoint).render_destination(params.get("include") or [], fresh=True)


@route(f"GET {URL}", takes=fields(include=INCLUDE, limit=integer(1, 100)), facts="PRO-18")
def index(call: Call) -> dict[str, Any]:
    """All destinations; there are never so many that a second page is needed."""
    include = call.params.get("include") or []
    rows = [each for each in reversed(call.world.endpoints.values()) if each.name]
    shown = [each.render_destination(include) for each in rows[: call.params.get("limit") or 20]]
    return {"data": shown, "next_page_url": None, "previous_page_url": None}


@route(f"GET {URL}/{{id}}", takes=fields(include=INCLUDE), facts="PRO-18")
def retrieve(call: Call) -> dict[str, Any]:
    """One destination."""
    return _destination(call).render_destination(call.params.get("include") or [])


@route(
    f"POST {URL}/{{id}}",
    takes=fields(
        description=text(5_000),
        enabled_events=_EVENTS,
        include=INCLUDE,
        metadata=metadata(),
        name=text(250, unset=False),
        webhook_endpoint=fields(required=["url"], url=text(5_000, unset=False)),
    ),
    facts="PRO-18",
)
def update(call: Call) -> dict[str, Any]:
    """Change a destination; its payload stays."""
    endpoint, params = _destination(call), call.params
    if "webhook_endpoint" in params:
        webhooks.check_url(params["webhook_endpoint"]["url"])
        endpoint.url = params["webhook_endpoint"]["url"]
    endpoint.enabled_events = params.get("enabled_events") or endpoint.enabled_events
    endpoint.name = params.get("name") or endpoint.name
    endpoint.description = params.get("description", endpoint.description)
    if "metadata" in params:
        endpoint.metadata = merge_metadata(endpoint.metadata, params["metadata"])
    return endpoint.render_destination(params.get("include") or [])


@route(f"POST {URL}/{{id}}/disable", facts="PRO-18")
def disable(call: Call) -> dict[str, Any]:
    """Send nothing more there."""
    return _switch(call, on=False)


@route(f"POST {URL}/{{id}}/enable", facts="PRO-18")
def enable(call: Call) -> dict[str, Any]:
    """Send there again."""
    return _switch(call, on=True)


@route(f"DELETE {URL}/{{id}}", facts="PRO-18")
def delete(call: Call) -> dict[str, Any]:
    """Delete a destination."""
    endpoint = _destination(call)
    webhooks.remove(call.world, endpoint)
    clocks.resume(call.world)
    return {"id": endpoint.id, "object": "v2.core.event_destination", "deleted": True}


def _switch(call: Call, *, on: bool) -> dict[str, Any]:
    endpoint = _destination(call)
    endpoint.enabled = on
    return endpoint.render_destination([])


def _destination(call: Call) -> Endpoint:
    if not call.path["id"].startswith("ed_"):
        raise missing_resource("event destination", call.path["id"])
    return webhooks.find(call.world, call.path["id"], "event destination")
