"""Previews of invoices: `/v1/invoices/create_preview`, and the older `/v1/invoices/upcoming`."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from harness.simulator.api.coupons import DISCOUNTS
from harness.simulator.api.customers import ADDRESS, SHIPPING
from harness.simulator.api.invoiceitems import PERIOD as ITEM_PERIOD
from harness.simulator.api.shapes import (
    ISSUER,
    NO_AUTOMATIC_TAX,
    ONE_TIME_DATA,
    TAX_RATES,
)
from harness.simulator.api.subscriptions import BEHAVIOR, CANCEL_AT, CHANGED_ITEM, MODE, TRIAL_END
from harness.simulator.flows.subscribing import previews
from harness.simulator.objects.invoice import Invoice
from harness.simulator.wire.errors import StripeError
from harness.simulator.wire.lists import PAGING, page
from harness.simulator.wire.params import (
    choice,
    decimal,
    either,
    fields,
    flag,
    integer,
    limited,
    listing,
    metadata,
    nullable,
    text,
)
from harness.simulator.wire.routes import Call, route
from harness.simulator.wire.versions import BASIL

URL = "/v1/invoices"

_PREVIEW_MODE = limited(choice("next", "recurring"), "next")
_CUSTOMER_DETAILS = fields(
    address=ADDRESS,
    shipping=nullable(SHIPPING),
    tax_exempt=nullable(choice("exempt", "none", "reverse")),
    unmodelled="tax tax_ids",
)
_ASKED_ITEMS = listing(
    fields(
        amount=integer(),
        currency=text(3),
        description=text(5_000),
        discountable=flag(),
        discounts=DISCOUNTS,
        invoiceitem=text(),
        metadata=metadata(),
        period=ITEM_PERIOD,
        price=text(),
        price_data=ONE_TIME_DATA,
        quantity=integer(0),
        quantity_decimal=decimal(12),
        tax_rates=TAX_RATES,
        unit_amount=integer(),
        unit_amount_decimal=nullable(decimal(12, negative=True)),
        unmodelled="tax_behavior tax_code",
    ),
    at_most=250,
)


def _anchor(value: Any, name: str) -> Any:
    """`now`, `unchanged`, or a timestamp: bare before 2026-10-28.endive, under `type` since."""
    if not isinstance(value, dict):
        return either(integer(0), choice("now", "unchanged"))(value, name)
    parsed = fields(required=["type"], type=choice("now", "timestamp", "unchanged"), timestamp=integer(0))(
        value, name
    )
    return parsed.get("timestamp") if parsed["type"] == "timestamp" else parsed["type"]


@route(
    f"POST {URL}/create_preview",
    takes=fields(
        currency=text(),
        customer=text(),
        customer_details=_CUSTOMER_DETAILS,
        invoice_items=_ASKED_ITEMS,
        preview_mode=_PREVIEW_MODE,
        subscription=text(),
        subscription_details=fields(
            billing_cycle_anchor=_anchor,
            billing_mode=MODE,
            cancel_at=CANCEL_AT,
            cancel_at_period_end=flag(),
            cancel_now=flag(),
            items=listing(CHANGED_ITEM, at_most=40),
            metadata=metadata(),
            proration_behavior=BEHAVIOR,
            proration_date=integer(0),
            resume_at=choice("now"),
            start_date=integer(0),
            trial_end=TRIAL_END,
            default_tax_rates=TAX_RATES,
            unmodelled="billing_schedules pause",
        ),
        automatic_tax=NO_AUTOMATIC_TAX,
        coupon=text(),
        discounts=DISCOUNTS,
        issuer=ISSUER,
        schedule=text(),
        unmodelled="customer_account on_behalf_of schedule_details",
    ),
    facts="INV-02 INV-45 INV-76 INV-77 PRC-47",
)
def create_preview(call: Call) -> dict[str, Any]:
    """The invoice that would come next, with or without a change; nothing is changed."""
    with previews.preview(call.world, call.params, call.version) as invoice:
        return invoice.render(call.world)


_OLD_DETAILS = {
    "subscription_billing_cycle_anchor": "billing_cycle_anchor",
    "subscription_cancel_at": "cancel_at",
    "subscription_cancel_at_period_end": "cancel_at_period_end",
    "subscription_cancel_now": "cancel_now",
    "subscription_default_tax_rates": "default_tax_rates",
    "subscription_items": "items",
    "subscription_proration_behavior": "proration_behavior",
    "subscription_proration_date": "proration_date",
    "subscription_resume_at": "resume_at",
    "subscription_start_date": "start_date",
    "subscription_trial_end": "trial_end",
}
"""How the older endpoints name the members of `subscription_details`."""
_UPCOMING: dict[str, Any] = {
    "currency": text(),
    "automatic_tax": NO_AUTOMATIC_TAX,
    "coupon": text(),
    "discounts": DISCOUNTS,
    "customer": text(),
    "customer_details": _CUSTOMER_DETAILS,
    "invoice_items": _ASKED_ITEMS,
    "issuer": ISSUER,
    "preview_mode": _PREVIEW_MODE,
    "subscription": text(),
    "subscription_billing_cycle_anchor": _anchor,
    "subscription_cancel_at": CANCEL_AT,
    "subscription_cancel_at_period_end": flag(),
    "subscription_cancel_now": flag(),
    "subscription_default_tax_rates": TAX_RATES,
    "subscription_items": listing(CHANGED_ITEM, at_most=40),
    "subscription_proration_behavior": BEHAVIOR,
    "subscription_proration_date": integer(0),
    "subscription_resume_at": choice("now"),
    "subscription_start_date": integer(0),
    "subscription_trial_end": TRIAL_END,
    "subscription_trial_from_plan": limited(flag(), None, False),
}
_UPCOMING_LACKS = "on_behalf_of schedule schedule_details subscription_details"


@route(
    f"GET {URL}/upcoming",
    takes=fields(**_UPCOMING, unmodelled=_UPCOMING_LACKS),
    facts="INV-76 INV-77 VER-07",
    until=BASIL,
)
def upcoming(call: Call) -> dict[str, Any]:
    """The preview of versions before 2025-03-31.basil; it has no id."""
    with _upcoming(call) as invoice:
        form = invoice.render(call.world)
    del form["id"]
    return form


@route(
    f"GET {URL}/upcoming/lines",
    takes=fields(**_UPCOMING, **PAGING, unmodelled=_UPCOMING_LACKS),
    facts="INV-76 INV-77 VER-07",
    until=BASIL,
)
def upcoming_lines(call: Call) -> dict[str, Any]:
    """All lines of that preview."""
    url = f"{URL}/upcoming/lines"
    with _upcoming(call) as invoice:
        return page(invoice.lines, call.params, url, lambda line: line.render(call.world, invoice.id))


@contextmanager
def _upcoming(call: Call) -> Iterator[Invoice]:
    params = call.params
    details = {new: params[old] for old, new in _OLD_DETAILS.items() if old in params}
    same = (
        "coupon",
        "currency",
        "customer",
        "customer_details",
        "discounts",
        "invoice_items",
        "subscription",
    )
    asked = {key: params[key] for key in same if key in params}
    try:
        with previews.preview(call.world, asked | {previews.DETAILS: details}, call.version) as invoice:
            yield invoice
    except StripeError as error:
        error.param = _old_name(error.param)
        raise


def _old_name(param: str | None) -> str | None:
    """`subscription_details[items][0]` as the older endpoints have it: `subscription_items[0]`."""
    opening = f"{previews.DETAILS}["
    if param is None or not param.startswith(opening):
        return param
    return "subscription_" + param.removeprefix(opening).replace("]", "", 1)
