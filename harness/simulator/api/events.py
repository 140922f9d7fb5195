"""`/v1/events`: what happened, newest first."""

from __future__ import annotations

from typing import Any

from harness.simulator.flows import clocks
from harness.simulator.objects.event import Event
from harness.simulator.wire.errors import invalid, missing_resource
from harness.simulator.wire.lists import PAGING, created, created_within, page
from harness.simulator.wire.params import fields, listing, text
from harness.simulator.wire.routes import Call, route

URL = "/v1/events"


@route(
    f"GET {URL}",
    takes=fields(
        **PAGING,
        created=created,
        type=text(),
        types=listing(text(unset=False), at_most=20),
        unmodelled="delivery_success",
    ),
    facts="CLK-46 CLK-56 PRO-14 PRO-18 PRO-20",
)
def index(call: Call) -> dict[str, Any]:
    """Events, of clocked objects too; a look at them is a look at each advancing clock."""
    kinds = _kinds(call.params)
    rows = (
        each
        for each in reversed(call.world.events.values())
        if _matches(each.type, kinds) and created_within(each.created, call.params.get("created"))
    )
    answer = page(rows, call.params, URL, lambda each: each.render(call.world))
    for clock in list(call.world.clocks.values()):
        clocks.read(call.world, clock)
    return answer


@route(f"GET {URL}/{{id}}", facts="CLK-56 PRO-18 PRO-20")
def retrieve(call: Call) -> dict[str, Any]:
    """One event."""
    event: Event | None = call.world.events.get(call.path["id"])
    if event is None:
        raise missing_resource("event", call.path["id"])
    return event.render(call.world)


def _kinds(params: dict[str, Any]) -> list[str] | None:
    if params.get("type") and params.get("types"):
        raise invalid("You may only specify one of these parameters: type, types.")
    return [params["type"]] if params.get("type") else params.get("types") or None


def _matches(kind: str, wanted: list[str] | None) -> bool:
    """Whether an event's type is wanted; `invoice.*` stands for all that start with `invoice.`."""
    if wanted is None:
        return True
    return any(kind == each or (each.endswith("*") and kind.startswith(each[:-1])) for each in wanted)
