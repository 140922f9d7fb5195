"""`/v1/invoices`."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from harness.simulator.api.coupons import DISCOUNTS
from harness.simulator.api.customers import ADDRESS, SHIPPING
from harness.simulator.api.invoiceitems import PERIOD as ITEM_PERIOD
from harness.simulator.api.shapes import (
    CUSTOM_FIELDS,
    INVOICE_PAYMENT,
    ISSUER,
    NO_AUTOMATIC_TAX,
    NO_TAX_IDS,
    NO_TAX_RATES,
    ONE_TIME_DATA,
)
from harness.simulator.api.subscriptions import BEHAVIOR, CANCEL_AT, CHANGED_ITEM, MODE, TRIAL_END
from harness.simulator.flows import invoice_requests, previews
from harness.simulator.objects.invoice import Invoice
from harness.simulator.wire.errors import StripeError, missing_resource
from harness.simulator.wire.lists import PAGING, created, created_within, page
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

_COMMON: dict[str, Any] = {
    "account_tax_ids": NO_TAX_IDS,
    "auto_advance": flag(),
    "automatic_tax": NO_AUTOMATIC_TAX,
    "automatically_finalizes_at": nullable(integer(0)),
    "collection_method": choice("charge_automatically", "send_invoice"),
    "custom_fields": CUSTOM_FIELDS,
    "days_until_due": integer(0, 3_650),
    "discounts": DISCOUNTS,
    "default_payment_method": text(),
    "default_tax_rates": NO_TAX_RATES,
    "description": text(1_500),
    "due_date": integer(0),
    "footer": text(5_000),
    "issuer": ISSUER,
    "metadata": metadata(),
    "payment_settings": INVOICE_PAYMENT,
}
_COMMON_LACKS = (
    "application_fee_amount default_source "
    "effective_at number on_behalf_of rendering shipping_cost shipping_details "
    "statement_descriptor transfer_data"
)


@route(
    f"POST {URL}",
    takes=fields(
        **_COMMON,
        currency=text(),
        customer=text(),
        pending_invoice_items_behavior=choice("exclude", "include"),
        subscription=text(),
        unmodelled=f"{_COMMON_LACKS} customer_account from_invoice",
    ),
    facts="INV-26 INV-34 INV-35 INV-83 PRC-46",
)
def create(call: Call) -> dict[str, Any]:
    """A one-off draft."""
    return invoice_requests.create(call.world, call.params).render(call.world)


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
        invoiceitem=text(),
        metadata=metadata(),
        period=ITEM_PERIOD,
        price=text(),
        price_data=ONE_TIME_DATA,
        quantity=integer(0),
        quantity_decimal=decimal(12),
        tax_rates=NO_TAX_RATES,
        unit_amount=integer(),
        unit_amount_decimal=nullable(decimal(12, negative=True)),
        unmodelled="discounts tax_behavior tax_code",
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
            default_tax_rates=NO_TAX_RATES,
            unmodelled="billing_schedules pause",
        ),
        automatic_tax=NO_AUTOMATIC_TAX,
        coupon=text(),
        discounts=DISCOUNTS,
        issuer=ISSUER,
        unmodelled="customer_account on_behalf_of schedule schedule_details",
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
    "subscription_default_tax_rates": NO_TAX_RATES,
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


@route(
    f"GET {URL}",
    takes=fields(
        **PAGING,
        collection_method=choice("charge_automatically", "send_invoice"),
        created=created,
        customer=text(),
        due_date=created,
        status=choice("draft", "open", "paid", "uncollectible", "void"),
        subscription=text(),
        unmodelled="customer_account",
    ),
    facts="CLK-50 PRO-14",
)
def index(call: Call) -> dict[str, Any]:
    """Invoices, newest first; those on clocks only under a customer or a subscription (CLK-50)."""
    world, params = call.world, call.params
    customer = params.get("customer")
    if customer is None and (subscription := world.subscriptions.get(params.get("subscription", ""))):
        customer = subscription.customer
    if customer is not None:
        rows = list(world.agenda.invoices_of(customer))
    else:
        rows = [each for each in reversed(world.invoices.values()) if each.test_clock is None]
    wanted = [each for each in rows if not each.deleted and _matches(each, params)]
    return page(wanted, params, URL, lambda each: each.render(world))


@route(f"GET {URL}/{{id}}", facts="CLK-51 INV-32")
def retrieve(call: Call) -> dict[str, Any]:
    """One invoice."""
    return find(call).render(call.world)


@route(f"GET {URL}/{{id}}/lines", takes=fields(**PAGING), facts="INV-47 INV-56 PRO-14")
def lines(call: Call) -> dict[str, Any]:
    """All lines of an invoice, in invoice order."""
    invoice = find(call)
    url = f"{URL}/{invoice.id}/lines"
    found = page(invoice.lines, call.params, url, lambda line: line.render(call.world, invoice.id))
    return found | {"total_count": len(invoice.lines)}


@route(f"POST {URL}/{{id}}", takes=fields(**_COMMON, unmodelled=_COMMON_LACKS), facts="INV-25 INV-26")
def update(call: Call) -> dict[str, Any]:
    """Change a draft; of a finalized invoice only what does not bill."""
    invoice = find(call)
    invoice_requests.update(call.world, invoice, call.params)
    return invoice.render(call.world)


@route(f"DELETE {URL}/{{id}}", facts="INV-80")
def delete(call: Call) -> dict[str, Any]:
    """Delete a one-off draft."""
    invoice = find(call)
    invoice_requests.delete(call.world, invoice)
    return invoice.render(call.world)


@route(f"POST {URL}/{{id}}/finalize", takes=fields(auto_advance=flag()), facts="INV-24 CLK-86")
def finalize(call: Call) -> dict[str, Any]:
    """Finalize a draft now; its usage is read again (INV-24)."""
    invoice = find(call)
    invoice_requests.finalize(call.world, invoice, call.params)
    return invoice.render(call.world)


@route(
    f"POST {URL}/{{id}}/pay",
    takes=fields(
        off_session=flag(),
        paid_out_of_band=flag(),
        payment_method=text(),
        unmodelled="forgive mandate source",
    ),
    facts="CLK-87 INV-36",
)
def pay(call: Call) -> dict[str, Any]:
    """Pay an open invoice, or a draft, which is finalized first."""
    invoice = find(call)
    invoice_requests.pay(call.world, invoice, call.params)
    return invoice.render(call.world)


@route(f"POST {URL}/{{id}}/send", facts="INV-79")
def send(call: Call) -> dict[str, Any]:
    """Send an invoice to its customer; a draft is finalized first."""
    invoice = find(call)
    invoice_requests.send(call.world, invoice)
    return invoice.render(call.world)


@route(f"POST {URL}/{{id}}/void", facts="INV-80 INV-81 INV-82")
def void(call: Call) -> dict[str, Any]:
    """Void a finalized invoice."""
    invoice = find(call)
    invoice_requests.void(call.world, invoice)
    return invoice.render(call.world)


@route(f"POST {URL}/{{id}}/mark_uncollectible", facts="INV-33 INV-36 INV-81")
def mark_uncollectible(call: Call) -> dict[str, Any]:
    """Give up on an open invoice."""
    invoice = find(call)
    invoice_requests.give_up(call.world, invoice)
    return invoice.render(call.world)


def find(call: Call) -> Invoice:
    """The invoice in the path."""
    invoice = call.world.invoices.get(call.path["id"])
    if invoice is None:
        raise missing_resource("invoice", call.path["id"])
    return invoice


def _matches(invoice: Invoice, params: dict[str, Any]) -> bool:
    return (
        params.get("subscription") in {None, invoice.subscription}
        and params.get("status") in {None, invoice.status}
        and params.get("collection_method") in {None, invoice.collection_method}
        and created_within(invoice.created, params.get("created"))
        and (params.get("due_date") is None or _due_within(invoice, params["due_date"]))
    )


def _due_within(invoice: Invoice, wanted: Any) -> bool:
    return invoice.due_date is not None and created_within(invoice.due_date, wanted)
