"""`/v1/credit_notes`: corrections of finalized invoices."""

from __future__ import annotations

from typing import Any

from harness.simulator.flows.invoicing import credit_notes as flow
from harness.simulator.wire.lists import PAGING, created, created_within, page
from harness.simulator.wire.params import (
    amount,
    choice,
    decimal,
    fields,
    integer,
    limited,
    listing,
    metadata,
    text,
)
from harness.simulator.wire.routes import Call, route

URL = "/v1/credit_notes"
_LINE = fields(
    required=["type"],
    amount=integer(),
    description=text(),
    invoice_line_item=text(),
    metadata=metadata(),
    quantity=integer(1),
    type=choice("custom_line_item", "invoice_line_item"),
    unit_amount=amount(),
    unit_amount_decimal=decimal(),
    unmodelled="tax_amounts tax_rates",
)
_REFUND = fields(
    amount_refunded=integer(1),
    refund=text(),
    type=limited(choice("payment_record_refund", "refund"), "refund"),
    unmodelled="payment_record_refund",
)
_NOTE: dict[str, Any] = {
    "amount": integer(1),
    "credit_amount": amount(),
    "effective_at": integer(0),
    "email_type": choice("credit_note", "none"),
    "invoice": text(unset=False),
    "lines": listing(_LINE),
    "memo": text(),
    "metadata": metadata(),
    "out_of_band_amount": amount(),
    "reason": choice("duplicate", "fraudulent", "order_change", "product_unsatisfactory"),
    "refund": text(),
    "refund_amount": amount(),
    "refunds": listing(_REFUND),
}
_LACKS = "shipping_cost"
_FACTS = "INV-84 INV-85 INV-86 INV-87 INV-88 INV-89 INV-90 INV-99 INV-100"


@route(
    f"POST {URL}",
    takes=fields(required=["invoice"], **_NOTE, unmodelled=_LACKS),
    facts=f"{_FACTS} INV-91 INV-92 INV-93 INV-95 CHG-47",
)
def create(call: Call) -> dict[str, Any]:
    """Issue a credit note for an open or paid invoice."""
    return flow.create(call.world, call.params).render(call.world)


@route(
    f"GET {URL}/preview",
    takes=fields(required=["invoice"], **_NOTE, unmodelled=_LACKS),
    facts=f"{_FACTS} INV-94",
)
def preview(call: Call) -> dict[str, Any]:
    """The note that would be issued; nothing is changed."""
    return flow.preview(call.world, call.params).render(call.world)


@route(
    f"GET {URL}/preview/lines",
    takes=fields(required=["invoice"], **_NOTE, **PAGING, unmodelled=_LACKS),
    facts=f"{_FACTS} INV-94 PRO-14",
)
def preview_lines(call: Call) -> dict[str, Any]:
    """All lines of that note."""
    note = flow.preview(call.world, call.params)
    return page(note.lines, call.params, f"{URL}/preview/lines", lambda line: line.render())


@route(
    f"GET {URL}",
    takes=fields(**PAGING, created=created, customer=text(), invoice=text(), unmodelled="customer_account"),
    facts="PRO-14",
)
def index(call: Call) -> dict[str, Any]:
    """Credit notes, newest first."""
    rows = (
        each
        for each in reversed(call.world.credit_notes.values())
        if call.params.get("customer") in {None, each.customer}
        and call.params.get("invoice") in {None, each.invoice}
        and created_within(each.created, call.params.get("created"))
    )
    return page(rows, call.params, URL, lambda each: each.render(call.world))


@route(f"GET {URL}/{{id}}")
def retrieve(call: Call) -> dict[str, Any]:
    """One credit note."""
    return flow.get(call.world, call.path["id"]).render(call.world)


@route(f"GET {URL}/{{id}}/lines", takes=fields(**PAGING), facts="PRO-14")
def lines(call: Call) -> dict[str, Any]:
    """All lines of a credit note."""
    note = flow.get(call.world, call.path["id"])
    return page(note.lines, call.params, f"{URL}/{note.id}/lines", lambda line: line.render())


@route(f"POST {URL}/{{id}}", takes=fields(memo=text(), metadata=metadata()), facts="INV-91 PRO-16")
def update(call: Call) -> dict[str, Any]:
    """Change a credit note's memo and metadata."""
    note = flow.get(call.world, call.path["id"])
    flow.update(call.world, note, call.params)
    return note.render(call.world)


@route(f"POST {URL}/{{id}}/void", facts="INV-91 INV-92")
def void(call: Call) -> dict[str, Any]:
    """Void a credit note of an open invoice."""
    note = flow.get(call.world, call.path["id"])
    flow.void(call.world, note)
    return note.render(call.world)
