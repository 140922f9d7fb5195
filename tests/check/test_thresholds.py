"""Threshold invoices take part of a period, and its own invoice bills the rest (CHG-39, CHG-40)."""

from __future__ import annotations

from typing import Any

import pytest

from harness.check import check
from harness.check.accounting import Fate, account_for

Tell = Any
TIERS = [{"up_to": 100, "unit_amount_decimal": "2"}, {"up_to": None, "unit_amount_decimal": "1"}]


def rows_of(tell: Tell) -> dict[str, Fate]:
    return {row.usage.label: row for account in account_for(tell.facts()).accounts for row in account.rows}


def fates(tell: Tell) -> dict[str, tuple[str, str | None]]:
    return {label: (row.fate, row.invoice) for label, row in rows_of(tell).items()}


def threshold(tell: Tell, number: int, *lines: Any, at: str, final: str | None = "2026-01-20") -> None:
    tell.invoice(
        lines,
        invoice_id=f"in_t{number}",
        final=final,
        billing_reason="subscription_threshold",
        created=tell.unix(at),
        period=("2026-01-01", at),
    )


def closed(tell: Tell) -> None:
    """January is over: whatever is on no invoice by now is lost."""
    tell.subscription("acme-plan", "acme", ["per-call"], period=("2026-02-01", "2026-03-01"))
    tell.end()


def test_an_event_is_billed_by_the_first_invoice_that_has_it(tell: Tell) -> None:
    tell.cast().at("2026-01-10").report(60, label="one")
    threshold(tell, 1, tell.line("per-call", 60), at="2026-01-10")
    tell.report(50, label="two")
    threshold(tell, 2, tell.line("per-call", 50), at="2026-01-10")
    tell.at("2026-01-12").report(5, label="three")
    tell.at("2026-02-01 03:00:00").invoice([tell.line("per-call", 5)])
    closed(tell)
    assert fates(tell) == {
        "one": ("billed", "in_t1"),
        "two": ("billed", "in_t2"),
        "three": ("billed", "in_1"),
    }
    assert {row.times_billed for row in rows_of(tell).values()} == {1}
    assert check(tell.facts()).findings == ()


def test_usage_since_a_threshold_invoice_is_pending(tell: Tell) -> None:
    tell.cast().at("2026-01-10").report(60, label="one")
    threshold(tell, 1, tell.line("per-call", 60), at="2026-01-10")
    tell.at("2026-01-25").report(5, label="two")
    assert fates(tell) == {"one": ("billed", "in_t1"), "two": ("pending", None)}


def test_a_draft_of_a_threshold_bills_later(tell: Tell) -> None:
    tell.cast().at("2026-01-10").report(60, label="one")
    threshold(tell, 1, tell.line("per-call", 60), at="2026-01-10", final=None)
    assert fates(tell) == {"one": ("pending", None)}


def test_what_the_rest_lacks_is_lost(tell: Tell) -> None:
    tell.cast().at("2026-01-10").report(60, label="one")
    threshold(tell, 1, tell.line("per-call", 60), at="2026-01-10")
    tell.at("2026-02-01 02:00:00").report(5, "2026-01-31", label="late")
    tell.at("2026-02-01 03:00:00").invoice([tell.line("per-call", 0)])
    closed(tell)
    assert fates(tell) == {"one": ("billed", "in_t1"), "late": ("lost", None)}
    assert [finding.code for finding in check(tell.facts()).findings] == ["unclaimed-loss"]
    assert rows_of(tell)["late"].missed == (("in_1", "too late"),)


def test_what_came_late_for_the_threshold_is_in_the_rest(tell: Tell) -> None:
    tell.cast().at("2026-01-10").report(60, label="one")
    tell.report(7, label="unaggregated")
    threshold(tell, 1, tell.line("per-call", 60), at="2026-01-10")
    tell.at("2026-01-15").report(5, "2026-01-09", label="backdated")
    tell.at("2026-02-01 03:00:00").invoice([tell.line("per-call", 12)])
    closed(tell)
    billed = ("billed", "in_1")
    assert fates(tell) == {"one": ("billed", "in_t1"), "unaggregated": billed, "backdated": billed}


def test_what_is_cancelled_after_a_threshold_invoice_is_given_back(tell: Tell) -> None:
    tell.cast().at("2026-01-10").report(60, label="one")
    tell.report(40, label="two")
    threshold(tell, 1, tell.line("per-call", 100), at="2026-01-10")
    tell.cancel("two")
    tell.at("2026-02-01 03:00:00").invoice([tell.line("per-call", -40)])
    closed(tell)
    assert fates(tell) == {"one": ("billed", "in_t1"), "two": ("cancelled", None)}


def test_what_happened_before_an_invoice_was_seen_may_have_come_after_it(tell: Tell) -> None:
    """All at one second of the clock: the quantity tells what the invoice had found."""
    tell.cast().at("2026-01-10").report(60, label="one")
    tell.report(9, label="two")
    tell.cancel("one")
    threshold(tell, 1, tell.line("per-call", 60), at="2026-01-10")
    assert fates(tell)["one"] == ("billed", "in_t1")
    tell.at("2026-02-01 03:00:00").invoice([tell.line("per-call", -51)])
    closed(tell)
    assert fates(tell) == {"one": ("cancelled", None), "two": ("billed", "in_1")}


def test_volume_tiers_show_the_whole_quantity_again(tell: Tell) -> None:
    tell.cast(billing_scheme="tiered", tiers_mode="volume", tiers=TIERS)
    tell.at("2026-01-10").report(60, label="one")
    threshold(tell, 1, tell.line("per-call", 60), at="2026-01-10")
    tell.at("2026-01-15").report(50, label="two")
    before = tell.line("per-call", 0, -120, n=1, pricing={"price_details": {"price": "price_per-call"}})
    tell.at("2026-02-01 03:00:00").invoice([tell.line("per-call", 110, 110), before])
    closed(tell)
    assert fates(tell) == {"one": ("billed", "in_t1"), "two": ("billed", "in_1")}
    assert check(tell.facts()).findings == ()


@pytest.mark.parametrize("cycle", ["cycle1", "cycle2"])
def test_a_threshold_invoice_is_not_the_cycles(tell: Tell, cycle: str) -> None:
    from harness.check.picking import pick_invoice

    tell.cast().at("2026-01-10").report(60)
    threshold(tell, 1, tell.line("per-call", 60), at="2026-01-10")
    assert pick_invoice(tell.facts(), tell.named(int(cycle[-1])), None) is None


def test_of_two_invoices_that_one_list_shows_first_the_newer_stands_in_front(
    tell: Tell, telling: Any
) -> None:
    tell.cast().at("2026-01-10").report(60, label="one")
    tell.report(50, label="two")
    elsewhere = telling()
    for number, quantity in ((2, 50), (1, 60)):
        threshold(elsewhere, number, elsewhere.line("per-call", quantity), at="2026-01-10")
    newest_first = [entry.answer for entry in elsewhere.history.entries[-2:]]
    tell.call("GET", "/v1/invoices", {"object": "list", "data": newest_first})
    assert fates(tell) == {"one": ("billed", "in_t1"), "two": ("billed", "in_t2")}
