"""`/v1/refunds`: money given back of a charge."""

from __future__ import annotations

from typing import Any

from harness.simulator.flows.invoicing import refunds as flow
from harness.simulator.wire.errors import invalid
from harness.simulator.wire.lists import PAGING, created, created_within, page
from harness.simulator.wire.params import choice, fields, integer, metadata, text
from harness.simulator.wire.routes import Call, route

URL = "/v1/refunds"


@route(
    f"POST {URL}",
    takes=fields(
        amount=integer(1),
        charge=text(),
        metadata=metadata(),
        payment_intent=text(),
        reason=choice("duplicate", "fraudulent", "requested_by_customer"),
        unmodelled="currency customer instructions_email origin refund_application_fee reverse_transfer",
    ),
    facts="CLK-46 INV-96 INV-97",
)
def create(call: Call) -> dict[str, Any]:
    """Refund a charge, in full or in part."""
    return flow.create(call.world, call.params).render(call.world)


@route(
    f"GET {URL}",
    takes=fields(**PAGING, charge=text(), created=created, payment_intent=text()),
    facts="CLK-46 PRO-14",
)
def index(call: Call) -> dict[str, Any]:
    """Refunds, newest first; they are not clocked, so none are hidden (CLK-46)."""
    rows = (
        each
        for each in reversed(call.world.refunds.values())
        if call.params.get("charge") in {None, each.charge}
        and call.params.get("payment_intent") in {None, each.payment_intent}
        and created_within(each.created, call.params.get("created"))
    )
    return page(rows, call.params, URL, lambda each: each.render(call.world))


@route(f"GET {URL}/{{id}}")
def retrieve(call: Call) -> dict[str, Any]:
    """One refund."""
    return flow.get(call.world, call.path["id"]).render(call.world)


@route(f"POST {URL}/{{id}}", takes=fields(metadata=metadata()), facts="PRO-16")
def update(call: Call) -> dict[str, Any]:
    """Change a refund's metadata."""
    refund = flow.get(call.world, call.path["id"])
    flow.update(call.world, refund, call.params)
    return refund.render(call.world)


@route(f"POST {URL}/{{id}}/cancel", facts="INV-98")
def cancel(call: Call) -> dict[str, Any]:
    """Always refused: a card's refund never waits for its customer."""
    refund = flow.get(call.world, call.path["id"])
    raise invalid(f"Refund {refund.id} can't be canceled: only one that is `requires_action` can be.")
