"""Where one cause ends and the next begins, and what makes a cause certain."""

from __future__ import annotations

from typing import Any

import pytest

from harness.check import check
from harness.diagnose import Cause, diagnose
from harness.diagnose.relevance import causes_of, usage_about
from harness.history import entries as kinds

Tell = Any
FEBRUARY = {"period": ("2026-02-01", "2026-03-01")}


def causes(tell: Tell) -> list[Cause]:
    facts = tell.facts()
    return list(diagnose(facts, check(facts)))


def named(tell: Tell) -> list[tuple[str, str]]:
    return [(cause.code, cause.certainty) for cause in causes(tell)]


def summary(tell: Tell, value: int) -> None:
    start, end = tell.unix("2026-01-01"), tell.unix("2026-02-01")
    row = {"object": "billing.meter_event_summary", "meter": "mtr_api_calls", "aggregated_value": value}
    asked = {"customer": "cus_acme", "start_time": str(start), "end_time": str(end)}
    path = "/v1/billing/meters/mtr_api_calls/event_summaries"
    answer = {"object": "list", "data": [row | {"start_time": start, "end_time": end}]}
    tell.call("GET", path, answer, asked)


def ended(tell: Tell, at: str, method: str = "GET", params: dict[str, str] | None = None) -> None:
    """acme-plan is over; with DELETE it was canceled by that exchange."""
    n = tell.subscription(
        "acme-plan", "acme", ["per-call"], method=method, status="canceled", ended_at=tell.unix(at)
    )
    call = tell.history.entries[n - 1]
    call.params.update(params or {})


@pytest.mark.parametrize(
    ("params", "code"),
    [
        ({}, ("U43", "certain")),
        ({"invoice_now": "false"}, ("U43", "certain")),
        ({"invoice_now": "true"}, ("U39", "likely")),
    ],
)
def test_a_cancellation_drops_usage_unless_it_makes_an_invoice(
    tell: Tell, params: dict[str, str], code: tuple[str, str]
) -> None:
    tell.cast().at("2026-01-10").report(40)
    ended(tell.at("2026-01-15"), "2026-01-15", "DELETE", params)
    assert named(tell.end()) == [code]


def test_usage_sent_at_the_second_of_the_end_is_after_it(tell: Tell) -> None:
    tell.cast().at("2026-02-01").report(40, "2026-01-31 12:00:00")
    ended(tell, "2026-02-01")
    assert named(tell.end()) == [("U44", "certain")]


def test_usage_sent_a_second_before_a_planned_end_was_not_aggregated(tell: Tell) -> None:
    tell.cast().at("2026-01-31 23:59:59").report(40, "2026-01-31 12:00:00")
    ended(tell.at("2026-02-01"), "2026-02-01")
    assert named(tell.end()) == [("U39", "likely")]


@pytest.mark.parametrize(("final", "certainty"), [(True, "certain"), (False, "likely")])
def test_a_stale_draft_is_certain_once_the_invoice_was_seen_final(
    tell: Tell, final: bool, certainty: str
) -> None:
    tell.cast().at("2026-02-01 00:10:00").report(40, "2026-01-31 12:00:00")
    tell.invoice([tell.line("per-call", 0)], final=None)
    tell.expect_lines({"price": "per-call", "quantity": "40"})
    if final:
        tell.at("2026-02-01 02:00:00").invoice([tell.line("per-call", 40)])
    [cause] = causes(tell.end())
    assert (cause.code, cause.certainty, len(cause.evidence)) == ("U40", certainty, 2 if final else 1)


@pytest.mark.parametrize(("later", "certainty"), [(True, "certain"), (False, "likely")])
def test_a_summary_that_lags_is_certain_once_it_has_caught_up(
    tell: Tell, later: bool, certainty: str
) -> None:
    tell.cast().at("2026-01-10").report(40)
    since = tell.history.last
    summary(tell, 10)
    during = {"name": "cycle1", "start": tell.unix("2026-01-01"), "end": tell.unix("2026-02-01")}
    usage = {"meter": "api_calls", "customer": "acme", "during": during, "total": "40"}
    tell.expect({"usage": usage}, since=since)
    if later:
        summary(tell, 40)
    [cause] = causes(tell.end())
    assert (cause.code, cause.certainty, cause.units) == ("U24", certainty, 30)
    assert len(cause.evidence) == (2 if later else 1)


def test_another_wait_that_gave_up_says_nothing_of_aggregation(tell: Tell) -> None:
    tell.cast().at("2026-01-10").report(40)
    tell.history.append(
        kinds.Waited, reason="the clock to be ready", looks=9, slept=300.0, done=False, last="advancing"
    )
    assert named(tell.end("stopped", 9, "the clock was not ready")) == []


@pytest.mark.parametrize(("billed", "certainty"), [(80, "certain"), (90, "likely")])
def test_a_repeat_is_certain_only_if_it_explains_the_whole_excess(
    tell: Tell, billed: int, certainty: str
) -> None:
    tell.cast().at("2026-01-10").report(40, identifier="one")
    tell.report(40, identifier="two")
    if billed > 80:
        tell.report(billed - 80)
    tell.at("2026-02-01 03:00:00").invoice([tell.line("per-call", billed)])
    tell.expect_lines({"price": "per-call", "quantity": "40"})
    assert ("U62", certainty) in named(tell.end())


def test_a_repeat_in_another_period_is_not_counted_here(tell: Tell) -> None:
    tell.cast().at("2026-01-10").report(50, identifier="one")
    tell.at("2026-02-10").report(7, identifier="two")
    tell.report(7, "2026-02-10", identifier="three")
    tell.at("2026-02-11").invoice([tell.line("per-call", 50)])
    tell.expect_lines({"price": "per-call", "quantity": "40"})
    assert "U62" not in [code for code, _ in named(tell.end())]


@pytest.mark.parametrize(("apart", "code"), [(86_400, "U13"), (86_401, "U14")])
def test_an_identifier_counts_as_another_periods_beyond_a_day(tell: Tell, apart: int, code: str) -> None:
    tell.cast().at("2026-01-10").report(5, identifier="same")
    tell.at(tell.clock + apart).report(
        5, identifier="same", error="An event already exists with identifier same."
    )
    assert named(tell.end()) == [(code, "certain")]


def test_the_change_itself_is_the_evidence_for_a_switch(tell: Tell) -> None:
    tell.cast(mode="classic").price("new", "api_calls")
    tell.at("2026-01-05").report(40)
    tell.at("2026-01-15").call("GET", "/v1/subscriptions/sub_acme-plan", {"object": "(nothing new)"})
    change = tell.subscription("acme-plan", "acme", ["new as per-call"], mode="classic", method="POST")
    tell.at("2026-02-01 03:00:00").invoice([tell.line("new", 0, item="si_acme-plan_per-call")])
    [cause] = causes(tell.end())
    assert (cause.code, cause.evidence[-1].n) == ("U34", change)


def test_a_cause_about_a_findings_invoice_is_relevant_even_for_another_customers_events(tell: Tell) -> None:
    tell.cast().customer("globex")
    tell.at("2026-01-10").report(40, customer="globex")
    tell.at("2026-02-01 03:00:00").invoice([tell.line("per-call", 0)])
    tell.expect_lines({"price": "per-call", "quantity": "40"})
    facts = tell.end().facts()
    checked = check(facts)
    found = diagnose(facts, checked)
    about = {
        finding.code: [cause.code for cause in causes_of(facts, checked, finding, found)]
        for finding in checked.findings
    }
    assert about["line"] == ["U05"]
    assert about["unclaimed-loss"] == ["U05", "U31"]


def test_usage_about_a_cycle_is_what_was_stamped_in_it_or_sent_before_its_invoice_was_final(
    tell: Tell,
) -> None:
    tell.cast().at("2026-01-10").report(1, label="inside")
    tell.at("2026-02-01 00:10:00").report(2, label="in-the-draft-hour")
    tell.at("2026-02-01 02:00:00").report(3, "2026-01-31", label="late")
    tell.report(4, label="next-cycle")
    tell.invoice([tell.line("per-call", 1)])
    tell.expect_lines({"price": "per-call", "quantity": "9"})
    facts = tell.end().facts()
    checked = check(facts)
    [account] = usage_about(facts, checked, checked.findings[0])
    assert [row.usage.label for row in account.rows] == ["inside", "in-the-draft-hour", "late"]


def test_usage_sent_at_the_second_of_finalization_is_worded_so(tell: Tell) -> None:
    tell.cast().at("2026-02-01 01:00:00").report(40, "2026-01-31 23:59:59")
    tell.invoice([tell.line("per-call", 0)])
    tell.subscription("acme-plan", "acme", ["per-call"], **FEBRUARY)
    [cause] = causes(tell.end())
    assert cause.headline == "40 reported just as the invoice was final"


@pytest.mark.parametrize(("stamp", "code"), [("2026-01-14 23:59:59", "U35"), ("2026-01-15", "U30")])
def test_at_the_second_of_its_removal_an_item_bills_no_more(tell: Tell, stamp: str, code: str) -> None:
    tell.cast(mode="classic").price("base", None)
    tell.subscription("acme-plan", "acme", ["per-call", "base"], mode="classic")
    tell.at("2026-01-15").subscription("acme-plan", "acme", ["base"], mode="classic", method="POST")
    tell.at("2026-01-16").report(40, stamp)
    assert [name for name, _ in named(tell.end())] == [code]
