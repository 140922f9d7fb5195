"""Units on a void invoice are charged nowhere, and a cancellation counts as far as the invoice shows it."""

from __future__ import annotations

from typing import Any

import pytest

from harness.check import check
from harness.check.accounting import account_for

Tell = Any
FINAL = "2026-02-01 03:00:00"


def fates(tell: Tell) -> list[tuple[str, str, int]]:
    accounts = account_for(tell.facts()).accounts
    return [(row.usage.label, row.fate, row.times_billed) for account in accounts for row in account.rows]


@pytest.mark.parametrize(
    ("status", "fate"),
    [("open", "billed"), ("paid", "billed"), ("uncollectible", "billed"), ("void", "lost")],
)
def test_a_void_invoice_bills_nothing(tell: Tell, status: str, fate: str) -> None:
    """INV-82."""
    tell.cast().at("2026-01-10").report(40)
    tell.at(FINAL).invoice([tell.line("per-call", 40)], status=status)
    assert fates(tell) == [("usage-1", fate, int(fate == "billed"))]


def test_units_lost_by_a_void_invoice_are_a_finding_and_all_accounted_for(tell: Tell) -> None:
    tell.cast().at("2026-01-10").report(40)
    tell.at(FINAL).invoice([tell.line("per-call", 40)], status="void")
    checked = check(tell.end().facts())
    assert [finding.code for finding in checked.findings] == ["unclaimed-loss"]
    [account] = checked.accounts
    assert (account.reported, account.total("lost"), account.total("billed")) == (40, 40, 0)
    assert account.rows[0].missed == (("in_1", "voided"),)


def test_what_another_invoice_bills_too_is_billed_once_when_one_of_them_is_void(tell: Tell) -> None:
    """MTR-111: two subscriptions bill the same meter."""
    tell.cast().at("2026-01-10").report(40)
    tell.at(FINAL).invoice([tell.line("per-call", 40)], status="void")
    tell.invoice([tell.line("per-call", 40, item="si_other")], invoice_id="in_2")
    assert fates(tell) == [("usage-1", "billed", 1)]


def test_a_quantity_that_only_a_cancelled_event_explains_still_bills_it(tell: Tell) -> None:
    """MTR-115, MTR-117."""
    tell.cast().at("2026-01-10").report(40, label="wrong")
    tell.report(2, label="right")
    tell.cancel("wrong")
    tell.at(FINAL).invoice([tell.line("per-call", 42)])
    assert fates(tell) == [("wrong", "billed", 1), ("right", "billed", 1)]


def test_a_cancellation_that_the_quantity_shows_had_its_effect(tell: Tell) -> None:
    tell.cast().at("2026-01-10").report(40, label="wrong")
    tell.report(2, label="right")
    tell.cancel("wrong")
    tell.at(FINAL).invoice([tell.line("per-call", 2)])
    assert fates(tell) == [("wrong", "cancelled", 0), ("right", "billed", 1)]
    [account] = account_for(tell.facts()).accounts
    assert [row.missed for row in account.rows] == [(("in_1", "cancelled"),), ()]
