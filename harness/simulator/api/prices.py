"""`/v1/prices`."""

from __future__ import annotations

from typing import Any

from harness.simulator.flows.catalogue import prices as flow
from harness.simulator.flows.catalogue import products
from harness.simulator.wire.errors import invalid
from harness.simulator.wire.lists import PAGING, created, created_within, page
from harness.simulator.wire.params import (
    amount,
    choice,
    decimal,
    either_word,
    fields,
    flag,
    integer,
    listing,
    mapping,
    metadata,
    nullable,
    text,
)
from harness.simulator.wire.routes import Call, route

URL = "/v1/prices"

AMOUNTS: dict[str, Any] = {"unit_amount": amount(), "unit_amount_decimal": decimal()}

_INTERVAL = choice("day", "month", "week", "year")
_USAGE = choice("licensed", "metered")
_BEHAVIOR = choice("exclusive", "inclusive", "unspecified")
_TIER = fields(
    **AMOUNTS,
    required=["up_to"],
    up_to=either_word("inf", integer(1, unset=False)),
    flat_amount=amount(),
    flat_amount_decimal=decimal(),
)
_CUSTOM = fields(required=["enabled"], enabled=flag(), maximum=amount(), minimum=amount(), preset=amount())
CURRENCIES: dict[str, Any] = {
    "currency_options": mapping(
        fields(
            **AMOUNTS, custom_unit_amount=_CUSTOM, tax_behavior=_BEHAVIOR, tiers=listing(_TIER, at_most=100)
        )
    ),
    "custom_unit_amount": _CUSTOM,
}
"""Amounts in other currencies, and of the payer's choice."""
_PRODUCT_DATA = fields(
    required=["name"],
    name=text(5_000, unset=False),
    active=flag(),
    id=text(),
    metadata=metadata(),
    statement_descriptor=text(22),
    unit_label=text(12),
    unmodelled="tax_code tax_details",
)
_RECURRING = fields(
    required=["interval"],
    interval=_INTERVAL,
    interval_count=integer(1),
    meter=text(),
    trial_period_days=integer(1, 730),
    usage_type=_USAGE,
    aggregate_usage=choice(
        "last_during_period", "last_ever", "max", "sum"
    ),  # before 2025-03-31.basil (PRC-21)
)


@route(
    f"POST {URL}",
    takes=fields(
        **AMOUNTS,
        **CURRENCIES,
        required=["currency"],
        active=flag(),
        billing_scheme=choice("per_unit", "tiered"),
        currency=text(unset=False),
        lookup_key=text(200),
        metadata=metadata(),
        nickname=text(),
        product=text(unset=False),
        product_data=_PRODUCT_DATA,
        recurring=_RECURRING,
        tax_behavior=_BEHAVIOR,
        tiers=listing(_TIER, at_most=100),
        tiers_mode=choice("graduated", "volume"),
        transfer_lookup_key=flag(),
        transform_quantity=fields(
            required=["divide_by", "round"], divide_by=integer(1, unset=False), round=choice("down", "up")
        ),
    ),
    facts="PRC-01 PRC-02 PRC-03 PRC-04 PRC-06 PRC-07 PRC-08 PRC-09 PRC-10 PRC-11 PRC-12 PRC-13 PRC-14 PRC-15 "
    "PRC-16 PRC-17 PRC-18 PRC-21 PRC-35 PRC-36 PRC-43 CLK-46",
)
def create(call: Call) -> dict[str, Any]:
    """A new price, for a product that exists or one that comes with it."""
    world, params = call.world, call.params
    given: list[str] = [name for name in ("product", "product_data") if name in params]
    if len(given) != 1:
        raise _one_product(given)
    product = (
        products.get(world, params["product"], "product")
        if "product" in params
        else products.build(world, params["product_data"])
    )
    price = flow.build(world, params, call.version)
    if "product_data" in params:
        products.add(world, product)
    flow.add(world, price, product.id)
    return price.render(world)


@route(
    f"GET {URL}",
    takes=fields(
        **PAGING,
        active=flag(),
        created=created,
        currency=text(),
        lookup_keys=listing(text(unset=False), at_most=10),
        product=text(),
        recurring=fields(interval=_INTERVAL, meter=text(), usage_type=_USAGE),
        type=choice("one_time", "recurring"),
    ),
    facts="PRO-14 PRC-14 PRC-39",
)
def index(call: Call) -> dict[str, Any]:
    """Prices; deactivated ones too, unless `active` is asked for."""
    currency = call.params.get("currency")
    rows = (
        price
        for price in reversed(call.world.prices.values())
        if (currency is None or currency.lower() in price.currencies)  # PRC-39
        and _wanted(price.render(call.world), call.params)
    )
    return page(rows, call.params, URL, lambda price: price.render(call.world))


@route(f"GET {URL}/{{id}}", facts="PRC-10 PRC-13 PRC-14 PRC-38")
def retrieve(call: Call) -> dict[str, Any]:
    """One price."""
    return flow.get(call.world, call.path["id"]).render(call.world)


@route(
    f"POST {URL}/{{id}}",
    takes=fields(
        active=flag(),
        lookup_key=text(200),
        metadata=metadata(),
        nickname=text(),
        tax_behavior=_BEHAVIOR,
        transfer_lookup_key=flag(),
        currency_options=nullable(CURRENCIES["currency_options"]),
    ),
    facts="PRC-05 PRC-17 PRC-36 PRC-37",
)
def update(call: Call) -> dict[str, Any]:
    """Change what isn't about money, or offer it in more currencies."""
    price = flow.get(call.world, call.path["id"])
    flow.update(call.world, price, call.params)
    return price.render(call.world)


def _one_product(given: list[str]) -> Exception:
    if given:
        return invalid("You may only specify one of these parameters: product, product_data.")
    return invalid("Missing required param: product.", code="parameter_missing", param="product")


def _wanted(form: dict[str, Any], params: dict[str, Any]) -> bool:
    """Whether a price's wire form passes the list's filters."""
    recurring = form["recurring"] or {}
    keys = params.get("lookup_keys")
    same = all(form[name] == params[name] for name in ("active", "product", "type") if name in params)
    return (
        same
        and (not keys or form["lookup_key"] in keys)
        and all(recurring.get(name) == value for name, value in params.get("recurring", {}).items())
        and created_within(form["created"], params.get("created"))
    )
