"""A credit note gives money back; the usage on its invoice stays billed, once."""

from __future__ import annotations

from typing import Any

import pytest

from harness.check import check
from harness.check.accounting import account_for

Tell = Any
FINAL = "2026-02-01 03:00:00"


def note_of(line: dict[str, Any]) -> dict[str, Any]:
    """A credit note as creation answers it: its lines look much like the invoice's."""
    credited = {
        "object": "credit_note_line_item",
        "id": "cnli_1",
        "amount": 40,
        "quantity": 20,
        "invoice_line_item": line["id"],
        "type": "invoice_line_item",
    }
    lines = {"object": "list", "data": [credited], "has_more": False}
    return {"object": "credit_note", "id": "cn_1", "invoice": "in_1", "status": "issued", "lines": lines}


def test_credited_usage_is_billed_once(tell: Tell) -> None:
    """INV-84: neither the note nor its lines are taken for another bill of the same units."""
    tell.cast().at("2026-01-10").report(40)
    line = tell.line("per-call", 40)
    tell.at(FINAL).invoice([line])
    tell.call("POST", "/v1/credit_notes", note_of(line))
    tell.call("GET", "/v1/credit_notes/cn_1/lines", note_of(line)["lines"])
    tell.invoice([line], post_payment_credit_notes_amount=40)
    checked = check(tell.end().facts())
    assert checked.findings == ()
    [account] = account_for(tell.facts()).accounts
    assert [(row.fate, row.times_billed) for row in account.rows] == [("billed", 1)]
    assert account_for(tell.facts()).unexplained == ()


def test_an_open_invoice_that_a_note_pays_bills_its_usage_all_the_same(tell: Tell) -> None:
    """INV-87: it is as final as before."""
    tell.cast().at("2026-01-10").report(40)
    line = tell.line("per-call", 40)
    tell.at(FINAL).invoice([line], status="open")
    tell.call("POST", "/v1/credit_notes", note_of(line))
    tell.invoice([line], status="paid", amount_due=0, pre_payment_credit_notes_amount=80)
    [seen] = tell.facts().last_invoices()
    assert (seen.view.status, seen.view.noted_before, seen.view.noted_after) == ("paid", 80, 0)
    [account] = account_for(tell.facts()).accounts
    assert (account.total("billed"), account.total("lost")) == (40, 0)


@pytest.mark.parametrize(
    "taxes",
    [
        {
            "total_taxes": [
                {"amount": 16, "tax_behavior": "exclusive"},
                {"amount": 9, "tax_behavior": "inclusive"},
            ]
        },
        {"total_tax_amounts": [{"amount": 16, "inclusive": False}, {"amount": 9, "inclusive": True}]},
    ],
    ids=["newest", "INV-46"],
)
def test_tax_disturbs_neither_claims_nor_accounts(tell: Tell, taxes: dict[str, Any]) -> None:
    """INV-103: lines keep their amounts, the total is with what comes on top."""
    tell.cast().at("2026-01-10").report(40)
    line = tell.line("per-call", 40)
    tell.at(FINAL).invoice([line], total=96, amount_due=96, **taxes)
    tell.expect({"invoice": tell.named(1), "total": {"minor": 96, "currency": "usd"}})
    facts = tell.end().facts()
    assert check(facts).findings == ()
    assert [seen.view.taxed for seen in facts.last_invoices()] == [16]
    [account] = account_for(facts).accounts
    assert (account.total("billed"), account.total("lost")) == (40, 0)
