"""`/v1/coupons`."""

from __future__ import annotations

from typing import Any

from harness.simulator.flows.catalogue import coupons as flow
from harness.simulator.wire.lists import PAGING, created, created_within, page
from harness.simulator.wire.params import (
    choice,
    decimal,
    fields,
    integer,
    listing,
    mapping,
    metadata,
    nullable,
    text,
)
from harness.simulator.wire.routes import Call, route

URL = "/v1/coupons"

DISCOUNTS = nullable(
    listing(
        fields(coupon=text(unset=False), discount=text(unset=False), promotion_code=text(unset=False)),
        at_most=20,
    )
)
"""What other resources take under `discounts`; the empty string clears them."""

_OPTIONS = mapping(fields(required=["amount_off"], amount_off=integer(1, unset=False)))


@route(
    f"POST {URL}",
    takes=fields(
        amount_off=integer(1, unset=False),
        applies_to=fields(products=listing(text(unset=False))),
        currency=text(3),
        currency_options=_OPTIONS,
        duration=choice("forever", "once", "repeating"),
        duration_in_months=integer(1),
        id=text(),
        max_redemptions=integer(1),
        metadata=metadata(),
        name=text(40),
        percent_off=decimal(2),
        redeem_by=integer(0),
    ),
    facts="CLK-46 PRO-16 CHG-56",
)
def create(call: Call) -> dict[str, Any]:
    """A new coupon."""
    return flow.create(call.world, call.params).render(call.world)


@route(f"GET {URL}", takes=fields(**PAGING, created=created), facts="PRO-14")
def index(call: Call) -> dict[str, Any]:
    """Coupons, newest first."""
    rows = (
        each
        for each in reversed(call.world.coupons.values())
        if not each.deleted and created_within(each.created, call.params.get("created"))
    )
    return page(rows, call.params, URL, lambda each: each.render(call.world))


@route(f"GET {URL}/{{id}}")
def retrieve(call: Call) -> dict[str, Any]:
    """One coupon that isn't deleted."""
    return flow.get(call.world, call.path["id"]).render(call.world)


@route(
    f"POST {URL}/{{id}}",
    takes=fields(currency_options=_OPTIONS, metadata=metadata(), name=text(40)),
    facts="PRO-16",
)
def update(call: Call) -> dict[str, Any]:
    """Change what doesn't change the discount."""
    coupon = flow.get(call.world, call.path["id"])
    flow.update(call.world, coupon, call.params)
    return coupon.render(call.world)


@route(f"DELETE {URL}/{{id}}")
def delete(call: Call) -> dict[str, Any]:
    """Delete a coupon; discounts that were made from it go on."""
    return flow.delete(call.world, flow.get(call.world, call.path["id"]))
