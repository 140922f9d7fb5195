"""`/v1/webhook_endpoints`: where a server delivers classic events to."""

from __future__ import annotations

from typing import Any

from harness.simulator.flows import clocks
from harness.simulator.flows.announcing import webhooks
from harness.simulator.objects.webhook import SNAPSHOT, Endpoint
from harness.simulator.wire import versions
from harness.simulator.wire.errors import missing_resource
from harness.simulator.wire.lists import PAGING, page
from harness.simulator.wire.params import fields, flag, listing, merge_metadata, metadata, text
from harness.simulator.wire.routes import Call, route

URL = "/v1/webhook_endpoints"
_EVENTS = listing(text(100, unset=False))


@route(
    f"POST {URL}",
    takes=fields(
        required=["enabled_events", "url"],
        api_version=text(40),
        description=text(5_000),
        enabled_events=_EVENTS,
        metadata=metadata(),
        url=text(5_000, unset=False),
        unmodelled="connect",
    ),
    facts="PRO-18 PRO-19 PRO-21 PRO-22 INV-27",
)
def create(call: Call) -> dict[str, Any]:
    """A new endpoint; this answer alone shows its secret."""
    world, params = call.world, call.params
    if params.get("api_version"):
        versions.check(params["api_version"])
    webhooks.check_url(params["url"])
    made = world.new_id("we")
    endpoint = Endpoint(
        id=made,
        created=world.wall,
        url=params["url"],
        enabled_events=params["enabled_events"],
        secret=webhooks.new_secret(world, made),
        payload=SNAPSHOT,
        api_version=params.get("api_version"),
        description=params.get("description"),
        metadata=merge_metadata({}, params.get("metadata")),
    )
    return webhooks.add(world, endpoint).render(world) | {"secret": endpoint.secret}


@route(f"GET {URL}", takes=fields(**PAGING), facts="PRO-14")
def index(call: Call) -> dict[str, Any]:
    """All endpoints, newest first."""
    rows = [each for each in reversed(call.world.endpoints.values()) if each.id.startswith("we_")]
    return page(rows, call.params, URL, lambda each: each.render(call.world))


@route(f"GET {URL}/{{id}}", facts="PRO-18")
def retrieve(call: Call) -> dict[str, Any]:
    """One endpoint."""
    return _endpoint(call).render(call.world)


@route(
    f"POST {URL}/{{id}}",
    takes=fields(
        description=text(5_000),
        disabled=flag(),
        enabled_events=_EVENTS,
        metadata=metadata(),
        url=text(5_000, unset=False),
    ),
    facts="PRO-18",
)
def update(call: Call) -> dict[str, Any]:
    """Change an endpoint; its API version stays."""
    endpoint, params = _endpoint(call), call.params
    if "url" in params:
        webhooks.check_url(params["url"])
        endpoint.url = params["url"]
    if params.get("enabled_events"):
        endpoint.enabled_events = params["enabled_events"]
    if "description" in params:
        endpoint.description = params["description"]
    if params.get("disabled") is not None:
        endpoint.enabled = not params["disabled"]
    if "metadata" in params:
        endpoint.metadata = merge_metadata(endpoint.metadata, params["metadata"])
    return endpoint.render(call.world)


@route(f"DELETE {URL}/{{id}}", facts="PRO-18")
def delete(call: Call) -> dict[str, Any]:
    """Delete an endpoint; what is on its way to it is given up."""
    endpoint = _endpoint(call)
    webhooks.remove(call.world, endpoint)
    clocks.resume(call.world)
    return endpoint.render(call.world)


def _endpoint(call: Call) -> Endpoint:
    if not call.path["id"].startswith("we_"):  # an event destination has its own routes
        raise missing_resource("webhook endpoint", call.path["id"])
    return webhooks.find(call.world, call.path["id"], "webhook endpoint")
