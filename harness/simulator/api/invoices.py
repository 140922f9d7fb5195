"""`/v1/invoices`."""

from __future__ import annotations

from typing import Any

from harness.simulator.api.coupons import DISCOUNTS
from harness.simulator.api.customers import SHIPPING
from harness.simulator.api.shapes import (
    CUSTOM_FIELDS,
    INVOICE_PAYMENT,
    ISSUER,
    NO_AUTOMATIC_TAX,
    NO_TAX_IDS,
    RENDERING,
    TAX_RATES,
)
from harness.simulator.flows.invoicing import invoice_requests
from harness.simulator.objects.invoice import Invoice
from harness.simulator.wire.errors import invalid, missing_resource
from harness.simulator.wire.lists import PAGING, created, created_within, page
from harness.simulator.wire.params import (
    choice,
    fields,
    flag,
    integer,
    metadata,
    nullable,
    text,
)
from harness.simulator.wire.routes import Call, route

URL = "/v1/invoices"


def _descriptor(value: Any, name: str) -> str | None:
    """Words on a card statement, with at least one letter (reference of `statement_descriptor`)."""
    found: str | None = text(22)(value, name)
    if found is not None and not any(letter.isalpha() for letter in found):
        raise invalid("The statement descriptor must contain at least one alphabetic character.", param=name)
    return found


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
    "default_tax_rates": TAX_RATES,
    "description": text(1_500),
    "due_date": integer(0),
    "effective_at": nullable(integer(0)),
    "footer": text(5_000),
    "issuer": ISSUER,
    "metadata": metadata(),
    "number": text(26),
    "payment_settings": INVOICE_PAYMENT,
    "rendering": nullable(RENDERING),
    "shipping_details": nullable(SHIPPING),
    "statement_descriptor": _descriptor,
}
_COMMON_LACKS = "application_fee_amount default_source on_behalf_of shipping_cost transfer_data"


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
