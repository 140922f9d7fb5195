"""`/v2/core/events`: thin events."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from harness.simulator.flows.announcing.reports import publish
from harness.simulator.objects.thin_event import MeterTwin, ThinEvent
from harness.simulator.wire.errors import invalid, missing_resource
from harness.simulator.wire.instants import instant, written
from harness.simulator.wire.lists import created_within
from harness.simulator.wire.params import fields, integer, listing, text
from harness.simulator.wire.routes import Call, route

URL = "/v2/core/events"
DEFAULT_LIMIT = 20  # unverified


@route(
    f"GET {URL}",
    takes=fields(
        created=fields(gt=instant, gte=instant, lt=instant, lte=instant),
        limit=integer(1, 100),
        object_id=text(),
        page=text(),
        types=listing(text(unset=False), at_most=20),
    ),
    facts="MTR-90 MTR-91 MTR-92 MTR-95",
)
def index(call: Call) -> dict[str, Any]:
    """Thin events, newest first, a page at a time; `data` only comes with a single one (MTR-92)."""
    publish(call.world)
    params = call.params
    rows = [each for each in reversed(call.world.thin_events.values()) if _wanted(each, params)]
    limit = params.get("limit") or DEFAULT_LIMIT
    start = _offset(params.get("page"))
    return {
        "data": [each.notice() for each in rows[start : start + limit]],
        "next_page_url": _url(params, start + limit) if start + limit < len(rows) else None,
        "previous_page_url": _url(params, max(start - limit, 0)) if start else None,
    }


@route(f"GET {URL}/{{id}}", facts="MTR-91 MTR-92 MTR-93 MTR-94 MTR-96 MTR-97")
def retrieve(call: Call) -> dict[str, Any]:
    """One thin event, with its data."""
    publish(call.world)
    event = call.world.thin_events.get(call.path["id"])
    if event is None:
        raise missing_resource("event", call.path["id"])
    return event.render()


def _wanted(event: ThinEvent | MeterTwin, params: dict[str, Any]) -> bool:
    types = params.get("types")
    return (
        (not types or event.type in types)
        and params.get("object_id") in {None, event.meter}
        and created_within(event.created, params.get("created"))
    )


def _offset(page: str | None) -> int:
    if page is None:
        return 0
    if not page.isascii() or not page.isdigit() or len(page) > 9:
        raise invalid(f"Invalid page: {page:.50}", param="page")
    return int(page)


def _url(params: dict[str, Any], offset: int) -> str:
    """The same query from another row on."""
    pairs: list[tuple[str, str]] = [("page", str(offset))]
    pairs += [(name, str(params[name])) for name in ("limit", "object_id") if params.get(name)]
    pairs += [(f"types[{index}]", each) for index, each in enumerate(params.get("types") or [])]
    pairs += [(f"created[{bound}]", written(at)) for bound, at in (params.get("created") or {}).items()]
    return f"{URL}?{urlencode(pairs)}"
