"""Edges of the accounting: zero totals, backdating, prorations, and which invoice a claim means."""

from __future__ import annotations

from typing import Any

import pytest

from harness.check import check
from harness.check.accounting import account_for

Tell = Any


def fates(tell: Tell) -> dict[str, str]:
    return {
        row.usage.label: row.fate for account in account_for(tell.facts()).accounts for row in account.rows
    }


def test_values_that_cancel_out_exactly_are_billed_as_nothing(tell: Tell) -> None:
    tell.cast().at("2026-01-10").report(5)
    tell.report(-5)
    tell.at("2026-02-01 03:00:00").invoice([tell.line("per-call", 0)])
    assert set(fates(tell).values()) == {"billed"}


def test_a_backdated_start_bills_usage_from_before_the_creation(tell: Tell) -> None:
    """SUB-20: flexible mode bills it on the first invoice."""
    tell.cycles("acme-plan", "2026-01-01", "2026-02-01")
    tell.at("2026-01-10").meter("api_calls")
    tell.price("per-call", "api_calls")
    tell.customer("acme")
    tell.report(40, "2026-01-05", label="before")
    tell.subscription("acme-plan", "acme", ["per-call"], start_date=tell.unix("2026-01-01"))
    backdated = tell.line("per-call", 40, period=("2026-01-01", "2026-01-10"))
    tell.invoice([backdated], final="2026-01-10", billing_reason="subscription_create")
    tell.report(7, label="after")
    assert fates(tell) == {"before": "billed", "after": "pending"}


def test_lines_that_were_not_all_seen_leave_the_usage_unknown_that_was_in_time(tell: Tell) -> None:
    tell.cast().at("2026-01-10").report(40, label="early")
    tell.at("2026-02-01 03:00:00").report(5, "2026-01-20", label="late")
    tell.invoice([tell.line("per-call", 40)], has_more=True)
    assert fates(tell) == {"early": "unknown", "late": "lost"}


def test_a_metered_line_marked_as_a_proration_bills_usage_too(tell: Tell) -> None:
    """CHG-01."""
    tell.cast().price("new", "api_calls")
    tell.at("2026-01-05").report(40)
    tell.at("2026-01-15").subscription("acme-plan", "acme", ["new as per-call"], method="POST")
    old = tell.line("per-call", 40, period=("2026-01-01", "2026-01-15"), invoice_item="ii_1")
    old["parent"]["subscription_item_details"]["proration"] = True
    new = tell.line("new", 0, item="si_acme-plan_per-call", period=("2026-01-15", "2026-02-01"))
    tell.at("2026-02-01 03:00:00").invoice([old, new])
    assert fates(tell) == {"usage-1": "billed"}


def test_usage_in_a_pending_invoice_item_is_pending(tell: Tell) -> None:
    tell.cast().price("new", "api_calls")
    tell.at("2026-01-05").report(40)
    tell.at("2026-01-15").subscription("acme-plan", "acme", ["new as per-call"], method="POST")
    item = {
        "object": "invoiceitem",
        "id": "ii_1",
        "customer": "cus_acme",
        "amount": 80,
        "quantity": 40,
        "period": {"start": tell.unix("2026-01-01"), "end": tell.unix("2026-01-15")},
        "pricing": {"price_details": {"price": "price_per-call"}},
        "parent": {"subscription_details": {"subscription": "sub_acme-plan"}},
    }
    tell.call("GET", "/v1/invoiceitems", {"object": "list", "data": [item]})
    assert fates(tell) == {"usage-1": "pending"}


def test_another_subscriptions_line_of_the_same_time_is_not_the_pending_item(tell: Tell) -> None:
    tell.cast().at("2026-01-05").report(40)
    half = ("2026-01-01", "2026-01-15")
    tell.at("2026-01-15").invoice([tell.line("per-call", 40, period=half)], final="2026-01-15")
    item = {
        "object": "invoiceitem",
        "id": "ii_1",
        "customer": "cus_acme",
        "amount": 80,
        "quantity": 40,
        "period": {"start": tell.unix(half[0]), "end": tell.unix(half[1])},
        "pricing": {"price_details": {"price": "price_per-call"}},
        "parent": {"subscription_details": {"subscription": "sub_other"}},
    }
    tell.call("GET", "/v1/invoiceitems", {"object": "list", "data": [item]})
    assert [group.invoice for group in account_for(tell.facts()).groups] == ["in_1", None]


def test_of_two_late_events_in_an_hour_both_are_lost(tell: Tell) -> None:
    """MTR-29 INV-22: neither was there to take the other's place on the invoice."""
    tell.cast(window="hour").at("2026-02-01 03:00:00")
    tell.invoice([tell.line("per-call", 0)])
    tell.subscription("acme-plan", "acme", ["per-call"], period=("2026-02-01", "2026-03-01"))
    for minute in ("01", "02"):
        tell.report(5, f"2026-01-10 00:{minute}:00", label=minute)
    assert fates(tell) == {"01": "lost", "02": "lost"}


def test_a_licensed_pending_item_bills_no_usage(tell: Tell) -> None:
    tell.cast().price("seat", None)
    item = {
        "object": "invoiceitem",
        "id": "ii_1",
        "customer": "cus_acme",
        "amount": 80,
        "quantity": 40,
        "period": {"start": tell.unix("2026-01-01"), "end": tell.unix("2026-01-15")},
        "pricing": {"price_details": {"price": "price_seat"}},
        "parent": {"subscription_details": {"subscription": "sub_acme-plan"}},
    }
    tell.call("GET", "/v1/invoiceitems", {"object": "list", "data": [item]})
    assert account_for(tell.facts()).groups == ()


def test_usage_of_a_trial_inside_the_billed_period_is_left_out(tell: Tell) -> None:
    """CHG-29: as much as was used afterwards, and sent before it."""
    tell.cast().at("2026-01-10").report(7, label="free")
    tell.at("2026-01-20").report(7, label="paid")
    tell.at("2026-02-01 03:00:00").invoice([tell.line("per-call", 7)])
    tell.subscription("acme-plan", "acme", ["per-call"], trial_end=tell.unix("2026-01-15"))
    assert fates(tell) == {"free": "lost", "paid": "billed"}
    [account] = account_for(tell.facts()).accounts
    assert [row.missed for row in account.rows] == [(("in_1", "too early"),), ()]


@pytest.mark.parametrize(("events", "fate"), [(20, "billed"), (21, "unknown")])
def test_a_selection_is_searched_among_twenty_events(tell: Tell, events: int, fate: str) -> None:
    tell.cast().at("2026-01-10")
    for power in range(events):
        tell.report(2**power, label=f"v{power}")
    tell.at("2026-02-01 03:00:00").invoice([tell.line("per-call", 5)])
    assert fates(tell)["v2"] == fate


def test_no_selection_is_searched_for_the_last_value(tell: Tell) -> None:
    """MTR-23: the newest by its stamp was sent first; nothing says why the other one stands."""
    tell.cast(formula="last").at("2026-01-10")
    tell.report(5, "2026-01-09", label="newest")
    tell.report(7, "2026-01-08", label="older")
    tell.at("2026-02-01 03:00:00").invoice([tell.line("per-call", 7)])
    assert set(fates(tell).values()) == {"unknown"}


def test_the_cycle_invoice_is_preferred_over_others_of_the_same_start(tell: Tell) -> None:
    tell.cast()
    tell.invoice([], invoice_id="in_short", period=("2026-01-01", "2026-01-20"), total=1)
    tell.invoice([], invoice_id="in_whole", total=2)
    tell.invoice([], invoice_id="in_update", billing_reason="subscription_update", total=3)
    tell.expect({"invoice": tell.named(1), "total": {"minor": "2", "currency": "usd"}})
    assert check(tell.end().facts()).passed


def test_a_cycle_never_means_the_first_invoice(tell: Tell) -> None:
    tell.cast().invoice([], billing_reason="subscription_create")
    tell.expect({"invoice": tell.named(1), "finalized": True})
    assert [finding.code for finding in check(tell.end().facts()).findings] == ["no-invoice"]


def test_an_invoice_of_another_start_is_not_the_cycles(tell: Tell) -> None:
    tell.cast().invoice([], period=("2026-01-02", "2026-02-01"))
    tell.expect({"invoice": tell.named(1), "finalized": True})
    assert [finding.code for finding in check(tell.end().facts()).findings] == ["no-invoice"]


def test_a_meter_error_read_after_the_claim_does_not_count(tell: Tell) -> None:
    reason = {"error_types": [{"code": "no_meter"}]}
    event = {"type": "v1.billing.meter.no_meter_found", "data": {"reason": reason}}
    tell.expect({"meter_error": {"code": "no_meter"}})
    tell.call("GET", "/v2/core/events", {"data": [event]})
    [finding] = check(tell.end().facts()).findings
    assert finding.verdict == "unknown"


@pytest.mark.parametrize(("meter", "name"), [("api_calls", "api_calls"), ("unheard_of", "unheard_of")])
def test_an_account_without_a_meter_is_known_by_its_event_name(tell: Tell, meter: str, name: str) -> None:
    tell.cast().report(5, meter=meter, error="no")
    [account] = account_for(tell.facts()).accounts
    assert account.event_name == name


@pytest.mark.parametrize(("mode", "fate"), [("classic", "pending"), ("flexible", "lost")])
def test_late_usage_of_a_backdated_stretch_waits_for_the_first_cycle_in_classic_mode(
    tell: Tell, mode: str, fate: str
) -> None:
    """SUB-20."""
    tell.cycles("acme-plan", "2026-01-01", "2026-02-10")
    tell.at("2026-01-10").meter("api_calls")
    tell.price("per-call", "api_calls")
    tell.customer("acme")
    start = tell.unix("2026-01-01")
    tell.subscription(
        "acme-plan", "acme", ["per-call"], mode=mode, start_date=start, period=("2026-01-10", "2026-02-10")
    )
    tell.report(40, "2026-01-05")
    assert set(fates(tell).values()) == {fate}


def test_an_invoice_made_at_once_is_closed_by_the_exchange_that_names_it(tell: Tell) -> None:
    tell.cast().at("2026-01-15")
    tell.subscription("acme-plan", "acme", ["per-call"], method="POST")
    tell.report(40)
    tell.subscription("acme-plan", "acme", ["per-call"], method="POST", latest_invoice="in_1")
    tell.report(7)
    line = tell.line("per-call", 40, period=("2026-01-01", "2026-01-16"))
    tell.invoice([line], final="2026-01-15", billing_reason="subscription_update")
    before, after = fates(tell).values()
    assert before == "billed"
    assert after != "billed"


@pytest.mark.parametrize(
    ("during", "claimed", "codes"),
    [(1, "40", ["unclaimed-loss"]), (2, "7", ["unclaimed-loss"]), (None, "47", [])],
)
def test_a_never_billed_claim_can_be_about_one_period_and_leaves_the_others_unclaimed(
    tell: Tell, during: int | None, claimed: str, codes: list[str]
) -> None:
    tell.cast().at("2026-02-01 02:00:00").report(40, "2026-01-31 23:59:59")
    tell.invoice([tell.line("per-call", 0)])
    march = ("2026-02-01", "2026-03-01")
    tell.at("2026-03-01 02:00:00").report(7, "2026-02-28")
    tell.invoice(
        [tell.line("per-call", 0, period=march)], invoice_id="in_2", period=march, final="2026-03-01 01:00:00"
    )
    tell.subscription("acme-plan", "acme", ["per-call"], period=("2026-03-01", "2026-04-01"))
    usage = {"meter": "api_calls", "customer": "acme", "never_billed": claimed}
    if during is not None:
        named = tell.named(during)
        usage["during"] = {"name": f"cycle{during}", "start": named["start"], "end": named["end"]}
    tell.expect({"usage": usage})
    assert [finding.code for finding in check(tell.end().facts()).findings] == codes
