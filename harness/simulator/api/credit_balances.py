"""`/v1/billing/credit_balance_summary` and `/v1/billing/credit_balance_transactions`; read only."""

from __future__ import annotations

from typing import Any

from harness.simulator.api.credit_grants import SCOPE
from harness.simulator.flows.invoicing import credit_grants as flow
from harness.simulator.flows.payers import find_customer
from harness.simulator.wire.errors import missing_resource
from harness.simulator.wire.lists import PAGING, page
from harness.simulator.wire.params import choice, fields, text
from harness.simulator.wire.routes import Call, route

TRANSACTIONS = "/v1/billing/credit_balance_transactions"


@route(
    "GET /v1/billing/credit_balance_summary",
    takes=fields(
        required=["filter"],
        customer=text(),
        filter=fields(
            required=["type"],
            applicability_scope=SCOPE,
            credit_grant=text(),
            type=choice("applicability_scope", "credit_grant"),
        ),
        unmodelled="customer_account",
    ),
    facts="CHG-41",
)
def summary(call: Call) -> dict[str, Any]:
    """What a customer has left, by currency."""
    return flow.balances(call.world, call.params.get("customer"), call.params["filter"])


@route(
    f"GET {TRANSACTIONS}",
    takes=fields(**PAGING, credit_grant=text(), customer=text(), unmodelled="customer_account"),
    facts="CHG-41 CHG-42 CHG-48",
)
def index(call: Call) -> dict[str, Any]:
    """A customer's transactions, newest first."""
    world, wanted = call.world, call.params.get("credit_grant")
    customer = find_customer(world, call.params.get("customer"))
    if wanted is not None:
        flow.find(world, wanted, "credit_grant")
    rows = (
        each
        for each in reversed(world.credit_transactions.values())
        if each.customer == customer.id and wanted in {None, each.grant}
    )
    return page(rows, call.params, TRANSACTIONS, lambda each: each.render(world))


@route(f"GET {TRANSACTIONS}/{{id}}", facts="CHG-41 CHG-48")
def retrieve(call: Call) -> dict[str, Any]:
    """One transaction."""
    found = call.world.credit_transactions.get(call.path["id"])
    if found is None:
        raise missing_resource("credit balance transaction", call.path["id"])
    return found.render(call.world)
