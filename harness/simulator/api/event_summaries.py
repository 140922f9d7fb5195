"""`/v1/billing/meters/{id}/event_summaries`: what the meter has counted for a customer so far."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from harness.simulator.billing.metering import WINDOW_SECONDS
from harness.simulator.flows import customers
from harness.simulator.flows.metering import meters
from harness.simulator.objects.meter import Meter
from harness.simulator.wire.errors import invalid
from harness.simulator.wire.lists import PAGING, page
from harness.simulator.wire.params import choice, fields, integer, text
from harness.simulator.wire.routes import Call, route

MINUTE = 60


@route(
    "GET /v1/billing/meters/{id}/event_summaries",
    takes=fields(
        **PAGING,
        required=["customer", "end_time", "start_time"],
        customer=text(unset=False),
        end_time=integer(0, unset=False),
        start_time=integer(0, unset=False),
        value_grouping_window=choice("day", "hour"),
    ),
    facts="MTR-119 MTR-120 MTR-121 MTR-122 MTR-123 MTR-124 MTR-125 MTR-126 MTR-127 MTR-128 MTR-129 MTR-131",
)
def index(call: Call) -> dict[str, Any]:
    """One summary for `[start_time, end_time)`, or one for each hour or day that holds usage."""
    world, params = call.world, call.params
    meter = meters.get(world, call.path["id"])
    customer = customers.get(world, params["customer"], "customer").id
    start, end, grouping = params["start_time"], params["end_time"], params.get("value_grouping_window")
    _check_range(start, end, grouping)
    windows = world.usage.buckets(meter, customer, start, end, world.aggregated_until, grouping)

    def render(window: tuple[int, int]) -> dict[str, Any]:
        value = world.usage.aggregate(meter, customer, *window, world.aggregated_until)
        return _summary(meter, customer, window, value)

    url = f"/v1/billing/meters/{meter.id}/event_summaries"
    return page(windows, params, url, render, key=lambda window: _id(meter, customer, window))


def _check_range(start: int, end: int, grouping: str | None) -> None:
    """Both ends on minutes, or on the grouping's own windows (MTR-119, MTR-120).

    The refusals' texts are the simulator's own (MTR-127, UNK-21, unverified).
    """
    length = WINDOW_SECONDS[grouping] if grouping else MINUTE
    for name, instant in (("start_time", start), ("end_time", end)):
        if instant % length:
            unit = grouping or "minute"
            raise invalid(f"{name} must be aligned with the start of a UTC {unit}.", param=name)
    if end <= start:
        raise invalid("end_time must be later than start_time.", param="end_time")


def _summary(meter: Meter, customer: str, window: tuple[int, int], value: Decimal) -> dict[str, Any]:
    starts_at, ends_before = window
    return {
        "id": _id(meter, customer, window),
        "object": "billing.meter_event_summary",
        "aggregated_value": _number(value),
        "end_time": ends_before,
        "livemode": False,
        "meter": meter.id,
        "start_time": starts_at,
    }


def _number(value: Decimal) -> int | float:
    """The JSON number on the wire: Stripe's own is a double (MTR-27, PRO-34)."""
    return int(value) if value == value.to_integral_value() else float(value)


def _id(meter: Meter, customer: str, window: tuple[int, int]) -> str:
    """The same for the same window, so that it serves as a cursor (MTR-121)."""
    return f"mtrusg_{meter.id.partition('_')[2]}_{customer.partition('_')[2]}_{window[0]}_{window[1]}"
