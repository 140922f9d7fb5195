"""`/v1/billing/alerts`."""

from __future__ import annotations

from typing import Any

from harness.simulator.flows.metering import alerts as flow
from harness.simulator.wire.errors import invalid, unmodelled
from harness.simulator.wire.lists import PAGING, page
from harness.simulator.wire.params import choice, fields, integer, listing, text
from harness.simulator.wire.routes import Call, route
from harness.simulator.wire.versions import at_least

URL = "/v1/billing/alerts"

LONGEST_TITLE = 256  # CHG-49
METER_SINCE = "2025-05-28"  # CHG-49: an alert needs one


@route(
    f"POST {URL}",
    takes=fields(
        required=["alert_type", "title"],
        alert_type=choice("usage_threshold"),
        title=text(LONGEST_TITLE, unset=False),
        usage_threshold=fields(
            required=["gte", "recurrence"],
            filters=listing(fields(required=["type"], customer=text(), type=choice("customer")), at_most=1),
            gte=integer(1, unset=False),
            meter=text(unset=False),
            recurrence=choice("one_time"),
        ),
    ),
    facts="CHG-49 CHG-50 CHG-51 CHG-52 CLK-73",
)
def create(call: Call) -> dict[str, Any]:
    """A new alert."""
    _check_meter(call)
    return flow.create(call.world, call.params).render(call.world)


@route(
    f"GET {URL}",
    takes=fields(**PAGING, alert_type=choice("usage_threshold"), meter=text()),
    facts="CHG-49",
)
def index(call: Call) -> dict[str, Any]:
    """All alerts, or those on a meter, newest first."""
    wanted = call.params.get("meter")
    rows = (each for each in reversed(call.world.alerts.values()) if wanted in {None, each.meter})
    return page(rows, call.params, URL, lambda each: each.render(call.world))


@route(f"GET {URL}/{{id}}", facts="CHG-49")
def retrieve(call: Call) -> dict[str, Any]:
    """One alert."""
    return flow.find(call.world, call.path["id"]).render(call.world)


@route(f"POST {URL}/{{id}}/activate", facts="CHG-49")
def activate(call: Call) -> dict[str, Any]:
    """Switch an alert on again."""
    return _put(call, "active")


@route(f"POST {URL}/{{id}}/deactivate", facts="CHG-49")
def deactivate(call: Call) -> dict[str, Any]:
    """Switch an alert off."""
    return _put(call, "inactive")


@route(f"POST {URL}/{{id}}/archive", facts="CHG-49")
def archive(call: Call) -> dict[str, Any]:
    """Put an alert away for good."""
    return _put(call, "archived")


def _check_meter(call: Call) -> None:
    """An alert watches a meter; before 2025-05-28.basil it could do without (CHG-49, VER-09).

    Raises:
        StripeError: 400, or 501 where Stripe would take it.
    """
    if "meter" in call.params.get("usage_threshold", {"meter": None}):
        return
    name = "usage_threshold[meter]"
    if not at_least(call.version, METER_SINCE):
        raise unmodelled("an alert without a meter")
    raise invalid(f"Missing required param: {name}.", code="parameter_missing", param=name)


def _put(call: Call, status: str) -> dict[str, Any]:
    found = flow.find(call.world, call.path["id"])
    flow.set_status(found, status)
    return found.render(call.world)
