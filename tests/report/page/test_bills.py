"""Bills beside what the scenario expects of them, at the moment at which it does."""

from __future__ import annotations

from typing import Any

from harness.report.page.bills import Bill, bills

Tell = Any


def usd(minor: int) -> dict[str, str]:
    return {"minor": str(minor), "currency": "usd"}


def only_bill(tell: Tell) -> Bill:
    [bill] = bills(tell.end().facts())
    return bill


def drafted_then_final(tell: Tell, quantity: int) -> None:
    """A draft of 40 units, expected so, and the final invoice of `quantity`, of which nothing is expected."""
    tell.cast().at("2026-02-01 00:10:00")
    tell.invoice([tell.line("per-call", 40)], final=None)
    tell.expect(
        {
            "invoice": tell.named(1),
            "status": "draft",
            "total": usd(80),
            "lines": {"exact": True, "lines": [{"line": 46, "price": "per-call", "quantity": "40"}]},
        }
    )
    tell.at("2026-02-01 01:00:00").invoice([tell.line("per-call", quantity)])


def test_what_was_expected_of_a_draft_is_compared_with_the_draft(tell: Tell) -> None:
    drafted_then_final(tell, 50)
    bill = only_bill(tell)
    assert [(row.what, row.expected, row.actual) for row in bill.heads] == [
        ("while draft, status", "draft", "draft"),
        ("while draft, total", "0.80 usd", "0.80 usd"),
    ]
    assert [line.verdict for line in bill.lines] == ["not claimed"]
    assert not bill.differs


def test_lines_that_stayed_as_they_were_keep_what_was_expected_of_the_draft(tell: Tell) -> None:
    drafted_then_final(tell, 40)
    assert [line.verdict for line in only_bill(tell).lines] == ["as expected"]
