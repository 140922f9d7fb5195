"""What a diagnosis says beyond the code: certainty, evidence, and what only a hand-told history can show."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from harness.check import check
from harness.diagnose import Cause, diagnose
from harness.diagnose.registry import REGISTRY
from harness.diagnose.unseen import ONLY_LIKELY

Tell = Any
FEBRUARY = {"period": ("2026-02-01", "2026-03-01")}


def causes(tell: Tell) -> list[Cause]:
    facts = tell.facts()
    return list(diagnose(facts, check(facts)))


def only(tell: Tell) -> Cause:
    [cause] = causes(tell)
    return cause


def late(tell: Tell) -> Tell:
    """The story of the sample: 40 units an hour after the invoice was final."""
    tell.cast().at("2026-02-01 02:00:00").report(40, "2026-01-31 23:59:59", line=39)
    tell.invoice([tell.line("per-call", 0)])
    tell.subscription("acme-plan", "acme", ["per-call"], **FEBRUARY)
    return tell


def test_a_cause_names_its_events_units_and_invoice(tell: Tell) -> None:
    cause = only(late(tell).end())
    assert (cause.code, cause.certainty, cause.units) == ("U38", "certain", Decimal(40))
    assert (cause.events, cause.invoice) == (("usage-1",), "in_1")
    assert cause.headline == "40 reported 60 min after the invoice was final"


def test_evidence_is_in_order_of_time_and_numbered_as_in_the_trace(tell: Tell) -> None:
    late(tell).end()
    evidence = only(tell).evidence
    assert [each.text for each in evidence] == [
        "cycle 1 ends, draft in_1",
        "in_1 is final (after the default hour)",
        "reported 40, stamped 2026-01-31 23:59:59",
    ]
    reported = evidence[-1]
    assert tell.facts().entries[reported.n - 1].kind == "usage"
    assert reported.line == 39


def test_of_many_events_the_evidence_shows_the_first_and_counts_the_rest(tell: Tell) -> None:
    tell.cast().at("2026-02-01 02:00:00")
    for _ in range(10):
        tell.report(4, "2026-01-31 23:59:59")
    tell.invoice([tell.line("per-call", 0)])
    tell.subscription("acme-plan", "acme", ["per-call"], **FEBRUARY)
    cause = only(tell.end())
    assert cause.units == 40
    texts = [each.text for each in cause.evidence]
    assert texts[-1] == "8 more events with 32 in all, the last one here"
    assert len(texts) == 5


def test_two_causes_that_fit_are_both_given_and_neither_is_certain(tell: Tell) -> None:
    """Stamped in the trial, and sent after the trial's invoice was final."""
    trial = {"trial_end": tell.unix("2026-02-01")}
    late(tell).subscription("acme-plan", "acme", ["per-call"], **trial, **FEBRUARY)
    found = causes(tell.end())
    assert [(cause.code, cause.certainty) for cause in found] == [("U38", "likely"), ("U42", "likely")]


def test_a_passing_story_without_losses_has_no_causes(tell: Tell) -> None:
    tell.cast().at("2026-01-10").report(40)
    tell.at("2026-02-01 03:00:00").invoice([tell.line("per-call", 40)])
    tell.expect_lines({"price": "per-call", "quantity": "40"})
    assert causes(tell.end()) == []


def test_an_aggregation_that_no_summary_confirms_is_only_likely(tell: Tell) -> None:
    tell.cast().at("2026-01-10").report(40)
    tell.at("2026-02-01 03:00:00").invoice([tell.line("per-call", 0)])
    tell.subscription("acme-plan", "acme", ["per-call"], **FEBRUARY)
    cause = only(tell.end())
    assert (cause.code, cause.certainty) == ("U39", "likely")


@pytest.mark.parametrize(
    ("total", "text"),
    [
        (40, "the meter shows 40: by now it counts everything"),
        (None, "the meter shows 0: still not all of the 40 accepted"),
    ],
)
def test_a_later_summary_makes_it_certain(tell: Tell, total: int | None, text: str) -> None:
    tell.cast().at("2026-01-10").report(40)
    tell.at("2026-02-01 03:00:00").invoice([tell.line("per-call", 0)])
    tell.subscription("acme-plan", "acme", ["per-call"], **FEBRUARY)
    start, end = tell.unix("2026-01-01"), tell.unix("2026-02-01")
    row = {"object": "billing.meter_event_summary", "meter": "mtr_api_calls", "aggregated_value": total}
    rows = [row | {"start_time": start, "end_time": end}] if total else []
    asked = {"customer": "cus_acme", "start_time": str(start), "end_time": str(end)}
    path = "/v1/billing/meters/mtr_api_calls/event_summaries"
    tell.call("GET", path, {"object": "list", "data": rows}, asked)
    cause = only(tell.end())
    assert (cause.code, cause.certainty) == ("U39", "certain")
    assert cause.evidence[-1].text == text


def test_an_identifier_sent_again_after_a_day_counts_twice(tell: Tell) -> None:
    tell.cast().at("2026-01-10").report(40, identifier="daily")
    tell.at("2026-01-10", wall=90_000).report(40, "2026-01-11", identifier="daily")
    tell.at("2026-02-01 03:00:00").invoice([tell.line("per-call", 80)])
    tell.expect_lines({"price": "per-call", "quantity": "40"})
    cause = only(tell.end())
    assert (cause.code, cause.units, cause.events) == ("U63", 40, ("usage-2",))


def test_a_fraction_is_cut_off_where_there_is_no_quantity_decimal(tell: Tell) -> None:
    tell.cast().at("2026-01-10").report("40.5")
    line = tell.line("per-call", "40.5")
    del line["quantity_decimal"]
    tell.at("2026-02-01 03:00:00").invoice([line])
    tell.expect_lines({"price": "per-call", "quantity": "40.5"})
    cause = next(each for each in causes(tell.end()) if each.code == "U66")
    assert cause.headline == "40.5 shown as 40"


def test_late_usage_of_a_replaced_price_is_told_by_the_change(tell: Tell) -> None:
    tell.cast().price("new", "api_calls")
    tell.at("2026-01-15").subscription("acme-plan", "acme", ["new as per-call"], method="POST")
    tell.at("2026-01-16").report(7, "2026-01-14")
    new = tell.line("new", 0, item="si_acme-plan_per-call", period=("2026-01-15", "2026-02-01"))
    tell.at("2026-02-01 03:00:00").invoice([new])
    cause = only(tell.end())
    assert (cause.code, cause.headline) == ("U38", "7 reported 24 h after the price was replaced")


def test_usage_that_was_not_aggregated_at_a_price_change_is_told_by_the_change(tell: Tell) -> None:
    tell.cast().price("new", "api_calls")
    tell.at("2026-01-14").report(7)
    tell.at("2026-01-15").subscription("acme-plan", "acme", ["new as per-call"], method="POST")
    new = tell.line("new", 0, item="si_acme-plan_per-call", period=("2026-01-15", "2026-02-01"))
    tell.at("2026-02-01 03:00:00").invoice([new])
    cause = only(tell.end())
    assert (cause.code, cause.certainty) == ("U39", "likely")


def test_every_cause_says_what_it_means_what_to_do_and_where_stripe_says_so() -> None:
    for code, known in REGISTRY.items():
        assert known.meaning.endswith("."), code
        assert known.advice, code
        assert not known.advice.endswith("."), code
        assert known.docs.startswith("docs.stripe.com/"), code
        assert len(known.meaning) < 230, code


def test_what_is_only_likely_is_a_cause_and_says_why() -> None:
    assert set(ONLY_LIKELY) <= set(REGISTRY)
    assert all(ONLY_LIKELY.values())
