"""`/v1/tax_rates`."""

from __future__ import annotations

from typing import Any

from harness.simulator.flows.catalogue import tax_rates as flow
from harness.simulator.wire.lists import PAGING, created, created_within, page
from harness.simulator.wire.params import choice, decimal, fields, flag, metadata, text
from harness.simulator.wire.routes import Call, route

URL = "/v1/tax_rates"

_TYPE = choice(
    *"""
    admissions_tax amusement_tax attendance_tax communications_tax digital_excise_tax entertainment_tax
    get_fund gross_receipts_tax gst hospitality_tax hst igst jct lease_tax luxury_tax mass_transit_parking_tax
    nhil parking_tax pst qst resort_tax retail_delivery_fee rst sales_tax service_tax tourism_tax
    utility_users_tax vat
    """.split()  # noqa: SIM905  # a list of thirty lines says less
)
_COMMON: dict[str, Any] = {
    "active": flag(),
    "country": text(),
    "description": text(),
    "display_name": text(100, unset=False),
    "jurisdiction": text(200),
    "metadata": metadata(),
    "state": text(100),
    "tax_type": _TYPE,
}


@route(
    f"POST {URL}",
    takes=fields(
        required=["display_name", "inclusive", "percentage"],
        **_COMMON,
        inclusive=flag(),
        percentage=decimal(4),
    ),
    facts="CLK-46 PRO-16 INV-101 INV-106",
)
def create(call: Call) -> dict[str, Any]:
    """A new tax rate."""
    return flow.create(call.world, call.params).render(call.world)


@route(
    f"GET {URL}",
    takes=fields(**PAGING, active=flag(), created=created, inclusive=flag()),
    facts="PRO-14 INV-106",
)
def index(call: Call) -> dict[str, Any]:
    """Tax rates, newest first."""
    wanted = call.params
    rows = (
        each
        for each in reversed(call.world.tax_rates.values())
        if created_within(each.created, wanted.get("created"))
        and wanted.get("active") in {None, each.active}
        and wanted.get("inclusive") in {None, each.inclusive}
    )
    return page(rows, wanted, URL, lambda each: each.render(call.world))


@route(f"GET {URL}/{{id}}", facts="INV-106")
def retrieve(call: Call) -> dict[str, Any]:
    """One tax rate, archived or not."""
    return flow.get(call.world, call.path["id"]).render(call.world)


@route(f"POST {URL}/{{id}}", takes=fields(**_COMMON), facts="PRO-16 INV-101")
def update(call: Call) -> dict[str, Any]:
    """Change what does not change the tax, or archive the rate."""
    rate = flow.get(call.world, call.path["id"])
    flow.update(call.world, rate, call.params)
    return rate.render(call.world)
