"""`/v1/invoice_payments`: what paid which invoice; read only."""

from __future__ import annotations

from typing import Any

from harness.simulator.objects.invoice import InvoicePayment
from harness.simulator.wire.errors import missing_resource
from harness.simulator.wire.lists import PAGING, created, created_within, page
from harness.simulator.wire.params import choice, fields, text
from harness.simulator.wire.routes import Call, route
from harness.simulator.wire.versions import BASIL

URL = "/v1/invoice_payments"


@route(
    f"GET {URL}",
    takes=fields(
        **PAGING,
        created=created,
        invoice=text(),
        payment=fields(
            required=["type"],
            payment_intent=text(),
            type=choice("payment_intent", "payment_record"),
            unmodelled="payment_record",
        ),
        status=choice("canceled", "open", "paid"),
    ),
    facts="INV-38 PRO-14 VER-07",
    since=BASIL,
)
def index(call: Call) -> dict[str, Any]:
    """Payments of an invoice, or of all invoices, newest first."""
    params = call.params
    invoices = reversed(call.world.invoices.values())
    rows = [
        payment
        for invoice in invoices
        if params.get("invoice") in {None, invoice.id}
        for payment in reversed(invoice.payments)
        if _matches(payment, params)
    ]
    return page(rows, params, URL, lambda payment: payment.render(call.world))


@route(f"GET {URL}/{{id}}", facts="INV-38 VER-07", since=BASIL)
def retrieve(call: Call) -> dict[str, Any]:
    """One payment."""
    found = next(
        (
            payment
            for invoice in call.world.invoices.values()
            for payment in invoice.payments
            if payment.id == call.path["id"]
        ),
        None,
    )
    if found is None:
        raise missing_resource("invoice_payment", call.path["id"])
    return found.render(call.world)


def _matches(payment: InvoicePayment, params: dict[str, Any]) -> bool:
    intent = (params.get("payment") or {}).get("payment_intent")
    return (
        params.get("status") in {None, payment.status}
        and intent in {None, payment.payment_intent}
        and created_within(payment.created, params.get("created"))
    )
