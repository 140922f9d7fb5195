"""`/v1/invoiceitems`."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from harness.simulator.api.coupons import DISCOUNTS
from harness.simulator.api.shapes import ONE_TIME_DATA, TAX_RATES
from harness.simulator.flows.invoicing import invoice_items
from harness.simulator.objects.invoice_item import InvoiceItem
from harness.simulator.wire.errors import missing_resource
from harness.simulator.wire.lists import PAGING, created, created_within, page
from harness.simulator.wire.params import decimal, fields, flag, integer, metadata, nullable, text
from harness.simulator.wire.routes import Call, route

URL = "/v1/invoiceitems"

PERIOD = fields(required=["start", "end"], start=integer(0), end=integer(0))
_COMMON: dict[str, Any] = {
    "amount": integer(),
    "description": text(5_000),
    "discountable": flag(),
    "discounts": DISCOUNTS,
    "metadata": metadata(),
    "period": PERIOD,
    "price_data": ONE_TIME_DATA,
    "pricing": fields(required=["price"], price=text(unset=False)),
    "quantity": integer(0),
    "quantity_decimal": decimal(12),
    "tax_rates": TAX_RATES,
    "unit_amount_decimal": nullable(decimal(12, negative=True)),
}
_OLD: dict[str, Any] = {"price": text(), "unit_amount": integer()}
_COMMON_LACKS = "tax_behavior tax_code"


@route(
    f"POST {URL}",
    takes=fields(
        **_COMMON,
        **_OLD,
        currency=text(),
        customer=text(),
        invoice=text(),
        subscription=text(),
        unmodelled=f"{_COMMON_LACKS} customer_account",
    ),
    facts="INV-83 CLK-39 PRC-45",
)
def create(call: Call) -> dict[str, Any]:
    """A pending item, or one on a draft."""
    return invoice_items.create(call.world, _modern(call)).render(call.world)


@route(
    f"GET {URL}",
    takes=fields(
        **PAGING,
        created=created,
        customer=text(),
        invoice=text(),
        pending=flag(),
        unmodelled="customer_account",
    ),
    facts="CLK-50 PRO-14",
)
def index(call: Call) -> dict[str, Any]:
    """Invoice items, newest first; those on clocks only under a customer or an invoice (CLK-50)."""
    params = call.params
    narrowed = params.get("customer") is not None or params.get("invoice") is not None
    rows = [
        each
        for each in reversed(call.world.invoice_items.values())
        if not each.deleted and (narrowed or each.test_clock is None) and _matches(each, params)
    ]
    return page(rows, params, URL, lambda each: each.render(call.world))


@route(f"GET {URL}/{{id}}", facts="CLK-51")
def retrieve(call: Call) -> dict[str, Any]:
    """One invoice item."""
    return find(call).render(call.world)


@route(
    f"POST {URL}/{{id}}",
    takes=fields(**_COMMON, **_OLD, unmodelled=f"{_COMMON_LACKS} invoicing_rules"),
    facts="INV-83",
)
def update(call: Call) -> dict[str, Any]:
    """Change an item that is not on a finalized invoice."""
    item = find(call)
    invoice_items.update(call.world, item, _modern(call))
    return item.render(call.world)


@route(f"DELETE {URL}/{{id}}", facts="INV-83")
def delete(call: Call) -> dict[str, Any]:
    """Delete an item that is not on a finalized invoice."""
    item = find(call)
    invoice_items.delete(call.world, item)
    return item.render(call.world)


def _modern(call: Call) -> dict[str, Any]:
    """The parameters in today's words; before 2025-03-31.basil: `price` and `unit_amount` (VER-07)."""
    params = dict(call.params)
    price, unit_amount = params.pop("price", None), params.pop("unit_amount", None)
    if price is not None:
        params["pricing"] = {"price": price}
    if unit_amount is not None:
        params["unit_amount_decimal"] = Decimal(unit_amount)
    return params


def find(call: Call) -> InvoiceItem:
    """The invoice item in the path."""
    item = call.world.invoice_items.get(call.path["id"])
    if item is None or item.deleted:
        raise missing_resource("invoiceitem", call.path["id"])
    return item


def _matches(item: InvoiceItem, params: dict[str, Any]) -> bool:
    pending = params.get("pending")
    return (
        params.get("customer") in {None, item.customer}
        and params.get("invoice") in {None, item.invoice}
        and (pending is None or pending == (item.invoice is None))
        and created_within(item.date, params.get("created"))
    )
