"""What became of every reported unit."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.check import check
from harness.check.accounting import account_for

Tell = Any


def fates(tell: Tell) -> dict[str, str]:
    [account] = account_for(tell.facts()).accounts
    assert account.reported == sum((row.units for row in account.rows), Decimal(0))
    return {row.usage.label: row.fate for row in account.rows}


def codes(tell: Tell) -> list[str]:
    return [finding.code for finding in check(tell.facts()).findings]


def test_usage_on_the_final_invoice_of_its_period_is_billed(tell: Tell) -> None:
    tell.cast().at("2026-01-10").report(40)
    tell.at("2026-02-01 03:00:00").invoice([tell.line("per-call", 40)])
    tell.end()
    [account] = account_for(tell.facts()).accounts
    [row] = account.rows
    assert (row.fate, row.invoice, row.cycle, row.times_billed) == ("billed", "in_1", "cycle1", 1)
    assert codes(tell) == []


def test_usage_sent_after_finalization_is_lost(tell: Tell) -> None:
    tell.cast().at("2026-02-01 02:00:00").report(40, "2026-01-31 23:59:59")
    tell.invoice([tell.line("per-call", 0)])
    tell.subscription("acme-plan", "acme", ["per-call"], period=("2026-02-01", "2026-03-01"))
    tell.end()
    assert fates(tell) == {"usage-1": "lost"}
    assert codes(tell) == ["unclaimed-loss"]


@pytest.mark.parametrize(
    ("sent", "fate"), [("2026-02-01 00:59:59", "billed"), ("2026-02-01 01:00:00", "lost")]
)
def test_at_the_second_of_finalization_it_is_too_late(tell: Tell, sent: str, fate: str) -> None:
    tell.cast().at("2026-01-10").report(10)
    tell.at(sent).report(40, "2026-01-31 23:59:59", label="late")
    tell.at("2026-02-01 02:00:00").invoice([tell.line("per-call", 50 if fate == "billed" else 10)])
    assert fates(tell)["late"] == fate


@pytest.mark.parametrize(("before", "fate"), [(True, "billed"), (False, "lost")])
def test_a_manual_finalization_decides_by_the_order_of_calls(tell: Tell, before: bool, fate: str) -> None:
    tell.cast().at("2026-02-01 00:10:00")
    if before:
        tell.report(40, "2026-01-31 12:00:00")
    tell.call("POST", "/v1/invoices/in_1/finalize", {"object": "(none)"})
    if not before:
        tell.report(40, "2026-01-31 12:00:00")
    tell.subscription("acme-plan", "acme", ["per-call"], period=("2026-02-01", "2026-03-01"))
    tell.invoice([tell.line("per-call", 40 if before else 0)], final="2026-02-01 00:10:00")
    assert fates(tell) == {"usage-1": fate}


def test_what_the_meter_had_not_aggregated_is_lost_last_sent_first(tell: Tell) -> None:
    tell.cast().at("2026-01-10").report(10, label="early")
    tell.at("2026-02-01 00:01:00").report(40, "2026-01-31 12:00:00", label="late")
    tell.at("2026-02-01 03:00:00").invoice([tell.line("per-call", 10)])
    tell.subscription("acme-plan", "acme", ["per-call"], period=("2026-02-01", "2026-03-01"))
    assert fates(tell) == {"early": "billed", "late": "lost"}


def test_the_only_selection_that_adds_up_is_taken(tell: Tell) -> None:
    tell.cast().at("2026-01-10")
    for value in (1, 2, 4):
        tell.report(value, label=f"v{value}")
    tell.at("2026-02-01 03:00:00").invoice([tell.line("per-call", 5)])
    tell.subscription("acme-plan", "acme", ["per-call"], period=("2026-02-01", "2026-03-01"))
    assert fates(tell) == {"v1": "billed", "v2": "lost", "v4": "billed"}


def test_two_selections_that_add_up_leave_the_story_unaccounted(tell: Tell) -> None:
    tell.cast().at("2026-01-10")
    for value in (4, 3, 3):
        tell.report(value)
    tell.at("2026-02-01 03:00:00").invoice([tell.line("per-call", 3)])
    tell.end()
    assert set(fates(tell).values()) == {"unknown"}
    [finding] = check(tell.facts()).findings
    assert (finding.code, finding.verdict) == ("unaccounted", "unknown")


def test_a_stamp_at_the_periods_end_belongs_to_the_next_cycle(tell: Tell) -> None:
    tell.cast().at("2026-02-01 00:01:00").report(40, "2026-02-01")
    tell.at("2026-02-01 03:00:00").invoice([tell.line("per-call", 0)])
    tell.subscription("acme-plan", "acme", ["per-call"], period=("2026-02-01", "2026-03-01"))
    assert fates(tell) == {"usage-1": "pending"}
    march = ("2026-02-01", "2026-03-01")
    line = tell.line("per-call", 40, period=march)
    tell.at("2026-03-01 03:00:00").invoice(
        [line], invoice_id="in_2", period=march, final="2026-03-01 01:00:00"
    )
    [account] = account_for(tell.facts()).accounts
    assert (account.rows[0].fate, account.rows[0].cycle) == ("billed", "cycle2")


def test_a_draft_leaves_its_usage_pending(tell: Tell) -> None:
    tell.cast().at("2026-02-01 00:01:00").report(40, "2026-01-31 12:00:00")
    tell.invoice([tell.line("per-call", 0)], final=None)
    assert fates(tell) == {"usage-1": "pending"}


def test_refused_cancelled_and_superseded_usage_is_told_apart(tell: Tell) -> None:
    tell.cast(window="hour").at("2026-01-10")
    tell.report(7, label="refused", error="no")
    tell.report(1, "2026-01-10 00:01:00", label="replaced")
    tell.report(5, "2026-01-10 00:02:00", label="kept")
    tell.cancel(tell.report(9, "2026-01-10 05:00:00", label="cancelled"))
    tell.at("2026-02-01 03:00:00").invoice([tell.line("per-call", 5)])
    assert fates(tell) == {
        "refused": "refused",
        "replaced": "superseded",
        "kept": "billed",
        "cancelled": "cancelled",
    }


def test_a_cancellation_after_finalization_changes_no_invoice(tell: Tell) -> None:
    tell.cast().at("2026-01-10").report(40)
    tell.at("2026-02-01 02:00:00").cancel("usage-1")
    tell.invoice([tell.line("per-call", 40)])
    assert fates(tell) == {"usage-1": "billed"}


def test_the_last_value_is_billed_and_the_others_are_superseded(tell: Tell) -> None:
    tell.cast(formula="last").at("2026-01-10").report(7, label="first")
    tell.at("2026-01-20").report(3, label="last")
    assert fates(tell) == {"first": "superseded", "last": "pending"}
    tell.at("2026-02-01 03:00:00").invoice([tell.line("per-call", 3)])
    assert fates(tell) == {"first": "superseded", "last": "billed"}


def test_each_event_of_a_counting_meter_is_one_unit(tell: Tell) -> None:
    tell.cast(formula="count").at("2026-01-10").report(700)
    tell.report(300)
    tell.at("2026-02-01 03:00:00").invoice([tell.line("per-call", 2)])
    [account] = account_for(tell.facts()).accounts
    assert (account.reported, account.total("billed")) == (2, 2)


def test_a_negative_total_bills_zero_and_the_rest_is_below_zero(tell: Tell) -> None:
    tell.cast().at("2026-01-10").report(5)
    tell.report(-8)
    tell.at("2026-02-01 03:00:00").invoice([tell.line("per-call", 0)])
    [account] = account_for(tell.facts()).accounts
    assert account.total("below zero") == account.reported == -3


def test_two_prices_on_one_meter_bill_an_event_twice(tell: Tell) -> None:
    tell.cast().price("dearer", "api_calls")
    tell.at("2026-01-10").report(40)
    tell.at("2026-02-01 03:00:00").invoice([tell.line("per-call", 40), tell.line("dearer", 40)])
    [account] = account_for(tell.facts()).accounts
    assert account.rows[0].times_billed == 2


def test_quantities_of_graduated_tiers_add_up_and_flat_lines_count_nothing(tell: Tell) -> None:
    tell.cast().at("2026-01-10").report(7)
    lines = [tell.line("per-call", 5, n=1), tell.line("per-call", 0, 100, n=2), tell.line("per-call", 2, n=3)]
    tell.at("2026-02-01 03:00:00").invoice(lines)
    assert fates(tell) == {"usage-1": "billed"}


def test_a_classic_first_invoice_with_its_zero_line_decides_nothing(tell: Tell) -> None:
    tell.cast(mode="classic")
    tell.invoice([tell.line("per-call", 0)], final="2026-01-01", billing_reason="subscription_create")
    tell.at("2026-01-10").report(40)
    assert fates(tell) == {"usage-1": "pending"}


def test_usage_before_an_item_was_added_is_lost(tell: Tell) -> None:
    tell.cast().price("storage", "gigabytes")
    tell.meter("gigabytes")
    tell.price("storage", "gigabytes")
    tell.at("2026-01-05").report(10, meter="gigabytes", label="before")
    tell.at("2026-01-10")
    tell.subscription("acme-plan", "acme", ["per-call", "storage"])
    tell.at("2026-01-12").report(4, meter="gigabytes", label="after")
    tell.at("2026-02-01 03:00:00").invoice([tell.line("per-call", 0), tell.line("storage", 4)])
    assert fates(tell) == {"before": "lost", "after": "billed"}


def test_a_classic_price_switch_loses_what_was_before_it(tell: Tell) -> None:
    tell.cast(mode="classic").price("new", "api_calls")
    tell.at("2026-01-05").report(1000, label="under-old")
    tell.at("2026-01-15").subscription("acme-plan", "acme", ["new as per-call"], mode="classic")
    tell.at("2026-01-20").report(500, label="under-new")
    line = tell.line("new", 500, item="si_acme-plan_per-call")
    tell.at("2026-02-01 03:00:00").invoice([line])
    assert fates(tell) == {"under-old": "lost", "under-new": "billed"}


def test_a_flexible_price_switch_bills_both_sides(tell: Tell) -> None:
    tell.cast().price("new", "api_calls")
    tell.at("2026-01-05").report(1000, label="under-old")
    tell.at("2026-01-15").subscription("acme-plan", "acme", ["new as per-call"])
    tell.at("2026-01-16").report(7, "2026-01-14", label="too-late-for-old")
    tell.at("2026-01-20").report(500, label="under-new")
    new = tell.line("new", 500, item="si_acme-plan_per-call", period=("2026-01-15", "2026-02-01"))
    old = tell.line("per-call", 1000, period=("2026-01-01", "2026-01-15"), invoice_item="ii_1")
    tell.at("2026-02-01 03:00:00").invoice([old, new])
    assert fates(tell) == {"under-old": "billed", "too-late-for-old": "lost", "under-new": "billed"}


def test_a_canceled_subscription_leaves_the_rest_lost(tell: Tell) -> None:
    tell.cast().at("2026-01-10").report(40)
    tell.at("2026-01-15")
    tell.subscription(
        "acme-plan", "acme", ["per-call"], method="DELETE", status="canceled", ended_at=tell.clock
    )
    assert fates(tell) == {"usage-1": "lost"}


def test_usage_in_a_trial_is_lost(tell: Tell) -> None:
    tell.cast()
    trial = {
        "status": "trialing",
        "trial_end": tell.unix("2026-01-15"),
        "period": ("2026-01-01", "2026-01-15"),
    }
    tell.subscription("acme-plan", "acme", ["per-call"], **trial)
    tell.at("2026-01-10").report(40)
    assert fates(tell) == {"usage-1": "lost"}


def test_a_claimed_loss_is_no_finding(tell: Tell) -> None:
    tell.cast().at("2026-02-01 02:00:00").report(40, "2026-01-31 23:59:59", label="late")
    tell.invoice([tell.line("per-call", 0)])
    tell.subscription("acme-plan", "acme", ["per-call"], period=("2026-02-01", "2026-03-01"))
    tell.expect({"usage": {"meter": "api_calls", "customer": "acme", "never_billed": "40"}})
    tell.expect({"usage": {"meter": "api_calls", "customer": "acme", "never_billed": ["late"]}})
    tell.end()
    assert codes(tell) == []


@pytest.mark.parametrize(
    ("claim", "row"),
    [
        ("39", ("39", "40")),
        ("0", ("0", "40")),
        ([], ("none", "late")),
        (["late", "other"], ("late, other", "late")),
    ],
)
def test_a_wrong_never_billed_claim_is_a_finding(tell: Tell, claim: Any, row: tuple[str, str]) -> None:
    tell.cast().at("2026-02-01 02:00:00").report(40, "2026-01-31 23:59:59", label="late")
    tell.invoice([tell.line("per-call", 0)])
    tell.subscription("acme-plan", "acme", ["per-call"], period=("2026-02-01", "2026-03-01"))
    tell.expect({"usage": {"meter": "api_calls", "customer": "acme", "never_billed": claim}}, line=50)
    tell.end()
    [finding] = check(tell.facts()).findings
    assert (finding.code, finding.line) == ("never-billed", 50)
    assert (finding.rows[0].expected, finding.rows[0].actual) == row


def test_units_that_nobody_reported_are_unexplained(tell: Tell) -> None:
    tell.cast().at("2026-02-01 03:00:00").invoice([tell.line("per-call", 5)])
    tell.end()
    [finding] = check(tell.facts()).findings
    assert (finding.code, finding.verdict) == ("unexplained", "unknown")


STORIES = st.lists(
    st.tuples(
        st.integers(-3, 30),
        st.integers(0, 40),
        st.integers(0, 45),
        st.sampled_from(["ok", "refused", "cancelled"]),
    ),
    max_size=8,
)


@settings(max_examples=150, deadline=None)
@given(
    events=STORIES,
    lagging=st.integers(0, 3),
    formula=st.sampled_from(["sum", "count", "last"]),
    window=st.sampled_from([None, "day"]),
)
def test_units_are_conserved_whatever_the_invoice_says(
    telling: Callable[[], Tell],
    events: list[tuple[int, int, int, str]],
    lagging: int,
    formula: str,
    window: str | None,
) -> None:
    """The fates add up to what was reported, and what is billed to the invoice, or the story is in doubt."""
    tell = telling().cast(formula=formula, window=window)
    start = tell.unix("2026-01-01")
    for value, stamp, sent, outcome in sorted(events, key=lambda each: each[2]):
        tell.at(start + sent * 86_400)
        label = tell.report(value, start + stamp * 86_400, error="no" if outcome == "refused" else None)
        if outcome == "cancelled":
            tell.cancel(label)
    tell.at("2026-03-05").invoice([tell.line("per-call", max(sum(each[0] for each in events) - lagging, 0))])
    tell.end()
    checked = check(tell.facts())
    assert not [finding for finding in checked.findings if finding.code == "crashed"]
    for account in checked.accounts:
        assert account.reported == sum((row.units for row in account.rows), Decimal(0))
        billed = account.total("billed")
        doubtful = {finding.code for finding in checked.findings} & {"unaccounted", "unexplained"}
        assert doubtful or billed == tell.facts().invoices["in_1"][-1].view.lines[0].quantity
