"""`/v1/test_helpers/test_clocks`."""

from __future__ import annotations

from typing import Any

from harness.simulator.flows import clocks, customers
from harness.simulator.objects.clock import TestClock
from harness.simulator.wire.errors import missing_resource
from harness.simulator.wire.lists import PAGING, page
from harness.simulator.wire.params import fields, integer, text
from harness.simulator.wire.routes import Call, route

URL = "/v1/test_helpers/test_clocks"


@route(
    f"POST {URL}",
    takes=fields(
        required=["frozen_time"],
        frozen_time=integer(1, unset=False),
        name=text(300),
        customer=text(unset=False),
    ),
    facts="CLK-01 CLK-02 CLK-03 CLK-05 CLK-11 CLK-13 CLK-14 CLK-15 CLK-16 CLK-17 CLK-18 CLK-20",
)
def create(call: Call) -> dict[str, Any]:
    """A new clock; any positive instant may be its first frozen time (CLK-15, unverified)."""
    customer = None
    if "customer" in call.params:
        customer = customers.get(call.world, call.params["customer"], "customer")
    clock = clocks.create(call.world, call.params["frozen_time"], call.params.get("name"), customer)
    return clock.render(call.world)


@route(f"GET {URL}", takes=fields(**PAGING), facts="CLK-11")
def index(call: Call) -> dict[str, Any]:
    """Clocks; each look counts."""
    rows = (clock for clock in reversed(call.world.clocks.values()) if not clock.deleted)

    def look(clock: TestClock) -> dict[str, Any]:
        clocks.read(call.world, clock)
        return clock.render(call.world)

    return page(rows, call.params, URL, look)


@route(f"GET {URL}/{{id}}", facts="CLK-07 CLK-09 CLK-11 CLK-32 CLK-33 CLK-97")
def retrieve(call: Call) -> dict[str, Any]:
    """One clock; each look counts."""
    clock = _clock(call)
    clocks.read(call.world, clock)
    return clock.render(call.world)


@route(
    f"POST {URL}/{{id}}/advance",
    takes=fields(required=["frozen_time"], frozen_time=integer(unset=False)),
    facts="CLK-11 CLK-22 CLK-23 CLK-24 CLK-25 CLK-26 CLK-27 CLK-28 CLK-29 CLK-30 CLK-76 CLK-95 CLK-97",
)
def advance(call: Call) -> dict[str, Any]:
    """Start an advance; the answer says `advancing` even when nothing is left to do (CLK-26, CLK-97)."""
    clock = _clock(call)
    clocks.advance(call.world, clock, call.params["frozen_time"])
    answer = clock.render(call.world)
    clocks.finish_instant(call.world, clock)
    return answer


@route(f"DELETE {URL}/{{id}}", facts="CLK-10 CLK-11 CLK-66 CLK-67 CLK-68 CLK-69 CLK-70")
def delete(call: Call) -> dict[str, Any]:
    """Delete a clock with everything on it."""
    clock = _clock(call)
    clocks.delete(call.world, clock)
    return clock.render(call.world)


def _clock(call: Call) -> TestClock:
    clock = call.world.clocks.get(call.path["id"])
    if clock is None or clock.deleted:
        raise missing_resource("test_clock", call.path["id"])
    return clock
