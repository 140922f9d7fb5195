"""`/v1/promotion_codes`."""

from __future__ import annotations

from typing import Any

from harness.simulator.flows.catalogue import promotion_codes as flow
from harness.simulator.wire.errors import invalid
from harness.simulator.wire.lists import PAGING, created, created_within, page
from harness.simulator.wire.params import choice, fields, flag, integer, metadata, text
from harness.simulator.wire.routes import Call, route
from harness.simulator.wire.versions import CLOVER, at_least

URL = "/v1/promotion_codes"


@route(
    f"POST {URL}",
    takes=fields(
        active=flag(),
        code=text(500),
        coupon=text(unset=False),
        customer=text(),
        expires_at=integer(0),
        max_redemptions=integer(1),
        metadata=metadata(),
        promotion=fields(required=["type"], coupon=text(unset=False), type=choice("coupon")),
        restrictions=fields(
            first_time_transaction=flag(),
            minimum_amount=integer(1),
            minimum_amount_currency=text(3),
            unmodelled="currency_options",
        ),
        unmodelled="customer_account",
    ),
    facts="PRO-16 VER-13",
)
def create(call: Call) -> dict[str, Any]:
    """A new code for a coupon."""
    params = dict(call.params)
    name = "promotion[coupon]" if at_least(call.version, CLOVER) else "coupon"
    if name == "coupon" and params.get("coupon") is None:
        raise invalid("Missing required param: coupon.", code="parameter_missing", param="coupon")
    if name != "coupon":
        params["coupon"] = _promoted(params)
    return flow.create(call.world, params, name).render(call.world)


def _promoted(params: dict[str, Any]) -> str:
    if "promotion" not in params:
        raise invalid("Missing required param: promotion.", code="parameter_missing", param="promotion")
    if params["promotion"].get("coupon") is None:
        raise invalid("You must pass promotion.coupon when passing promotion", param="promotion.coupon")
    return str(params["promotion"]["coupon"])


@route(
    f"GET {URL}",
    takes=fields(
        **PAGING,
        active=flag(),
        code=text(),
        coupon=text(),
        created=created,
        customer=text(),
        unmodelled="customer_account",
    ),
    facts="PRO-14",
)
def index(call: Call) -> dict[str, Any]:
    """Promotion codes, newest first; codes are compared whatever their case."""
    params, now = call.params, call.world.wall
    code = params.get("code")
    rows = (
        each
        for each in reversed(call.world.promotion_codes.values())
        if params.get("active") in {None, each.active(now)}
        and (code is None or each.code.lower() == code.lower())
        and params.get("coupon") in {None, each.coupon.id}
        and params.get("customer") in {None, each.customer}
        and created_within(each.created, params.get("created"))
    )
    return page(rows, params, URL, lambda each: each.render(call.world))


@route(f"GET {URL}/{{id}}")
def retrieve(call: Call) -> dict[str, Any]:
    """One promotion code."""
    return flow.get(call.world, call.path["id"]).render(call.world)


@route(
    f"POST {URL}/{{id}}",
    takes=fields(active=flag(), metadata=metadata(), restrictions=fields(unmodelled="currency_options")),
    facts="PRO-16",
)
def update(call: Call) -> dict[str, Any]:
    """Switch a code on or off."""
    found = flow.get(call.world, call.path["id"])
    flow.update(call.world, found, call.params)
    return found.render(call.world)
