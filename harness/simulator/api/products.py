"""`/v1/products`."""

from __future__ import annotations

from typing import Any

from harness.simulator.api.prices import AMOUNTS, CURRENCIES
from harness.simulator.flows.catalogue import prices
from harness.simulator.flows.catalogue import products as flow
from harness.simulator.wire.lists import PAGING, created, created_within, page
from harness.simulator.wire.params import (
    choice,
    decimal,
    fields,
    flag,
    integer,
    listing,
    metadata,
    nullable,
    text,
)
from harness.simulator.wire.routes import Call, route

URL = "/v1/products"

_SIDES = ("height", "length", "weight", "width")


def _side(value: Any, name: str) -> float:
    """Inches or ounces of a parcel, which bill nothing: a number of JSON, with at most two decimals."""
    return float(decimal(2)(value, name) or 0)


_FEATURE = fields(required=["name"], name=text(80, unset=False))
_PARAMS: dict[str, Any] = {
    "active": flag(),
    "description": text(40_000),
    "images": listing(text(2_048), at_most=8),
    "marketing_features": listing(_FEATURE, at_most=15),
    "metadata": metadata(),
    "name": text(5_000, unset=False),
    "package_dimensions": nullable(
        fields(required=_SIDES, height=_side, length=_side, weight=_side, width=_side)
    ),
    "shippable": flag(),
    "statement_descriptor": text(22),
    "tax_code": text(),
    "unit_label": text(12),
    "url": text(5_000),
}
_LACKING = "tax_details"
_DEFAULT_PRICE = fields(
    **AMOUNTS,
    **CURRENCIES,
    required=["currency"],
    currency=text(unset=False),
    metadata=metadata(),
    recurring=fields(
        required=["interval"],
        interval=choice("day", "month", "week", "year"),
        interval_count=integer(1),
    ),
    tax_behavior=choice("exclusive", "inclusive", "unspecified"),
)


@route(
    f"POST {URL}",
    takes=fields(
        **_PARAMS,
        required=["name"],
        id=text(),
        type=choice("good", "service"),
        default_price_data=_DEFAULT_PRICE,
        unmodelled=_LACKING,
    ),
    facts="CLK-46 PRO-16",
)
def create(call: Call) -> dict[str, Any]:
    """A new product, with its default price where one is described."""
    product = flow.build(call.world, call.params)
    described = call.params.get("default_price_data")
    price = prices.build(call.world, described, call.version) if described else None
    flow.add(call.world, product)
    if price is not None:
        prices.add(call.world, price, product.id)
        product.default_price = price.id
    return product.render(call.world)


@route(
    f"GET {URL}",
    takes=fields(
        **PAGING,
        active=flag(),
        created=created,
        ids=listing(text(), at_most=100),
        type=choice("good", "service"),
        url=text(),
        shippable=flag(),
    ),
    facts="PRO-14",
)
def index(call: Call) -> dict[str, Any]:
    """Products."""
    params = call.params
    ids = params.get("ids")
    rows = (
        each
        for each in reversed(call.world.products.values())
        if not each.deleted
        and params.get("active") in {None, each.active}
        and params.get("type") in {None, each.type}
        and params.get("url") in {None, each.url}
        and params.get("shippable") in {None, each.shippable}
        and (ids is None or each.id in ids)
        and created_within(each.created, params.get("created"))
    )
    return page(rows, params, URL, lambda each: each.render(call.world))


@route(f"GET {URL}/{{id}}")
def retrieve(call: Call) -> dict[str, Any]:
    """One product."""
    return flow.get(call.world, call.path["id"]).render(call.world)


@route(
    f"POST {URL}/{{id}}",
    takes=fields(**_PARAMS, default_price=text(), unmodelled=_LACKING),
    facts="PRO-13 PRO-16",
)
def update(call: Call) -> dict[str, Any]:
    """Change a product."""
    product = flow.get(call.world, call.path["id"])
    flow.update(call.world, product, call.params)
    return product.render(call.world)


@route(f"DELETE {URL}/{{id}}")
def delete(call: Call) -> dict[str, Any]:
    """Delete a product that never had a price."""
    product = flow.get(call.world, call.path["id"])
    flow.delete(call.world, product)
    return product.render(call.world)
