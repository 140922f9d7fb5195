"""Causes that the simulator cannot bring about, and the edges of those that need no story to show."""

from __future__ import annotations

from typing import Any

import pytest

from harness.check import check
from harness.diagnose import Cause, diagnose
from harness.history import entries as kinds

Tell = Any
INVALID = "v1.billing.meter.error_report_triggered"
FINAL = "2026-02-01 03:00:00"


def causes(tell: Tell) -> list[Cause]:
    facts = tell.facts()
    return list(diagnose(facts, check(facts)))


def named(tell: Tell) -> list[tuple[str, str]]:
    return [(cause.code, cause.certainty) for cause in causes(tell)]


@pytest.mark.parametrize(
    ("value", "message", "found"),
    [
        ("2.5", "The value must be a positive integer.", [("U09", "certain")]),
        ("2.5", "Values must be whole numbers.", [("U09", "certain")]),
        ("2.5", "Something else.", []),
        ("2", "The value must be a positive integer.", []),
        ("five", "The value must be a positive integer.", [("U07", "certain")]),
    ],
)
def test_a_decimal_that_an_old_integration_refuses(
    tell: Tell, value: str, message: str, found: list[tuple[str, str]]
) -> None:
    tell.cast().report(value, error=message)
    assert named(tell.end()) == found


def test_a_customer_of_the_other_mode_is_not_just_unknown(tell: Tell) -> None:
    words = "No such customer: 'cus_1'; a similar object exists in test mode, but a live mode key was used."
    tell.cast().report(5, error=words)
    assert named(tell.end()) == [("U21", "certain")]


@pytest.mark.parametrize(("off", "certainty"), [(30, "certain"), (20, "likely"), (0, None)])
def test_what_credits_took_off_is_not_due(tell: Tell, off: int, certainty: str | None) -> None:
    """INV-74: certain if it is just what is missing."""
    tell.cast().at("2026-01-10").report(40)
    taken = [{"amount": off, "type": "credit_balance_transaction"}] if off else []
    over = {"total": 50, "amount_due": 50, "total_pretax_credit_amounts": taken}
    tell.at(FINAL).invoice([tell.line("per-call", 40)], **over)
    tell.expect({"invoice": tell.named(1), "total": {"minor": 80, "currency": "usd"}})
    assert named(tell.end()) == ([("U49", certainty)] if certainty else [])


def test_discounts_of_older_versions_are_seen_as_well(tell: Tell) -> None:
    tell.cast().at("2026-01-10").report(40)
    over = {"total": 50, "amount_due": 50, "total_discount_amounts": [{"amount": 30, "discount": "di_1"}]}
    tell.at(FINAL).invoice([tell.line("per-call", 40)], **over)
    tell.expect({"invoice": tell.named(1), "amount_due": {"minor": 80, "currency": "usd"}})
    assert named(tell.end()) == [("U49", "certain")]


@pytest.mark.parametrize(("taxed", "certainty"), [(5, "certain"), (4, "likely")])
def test_tax_does_not_hide_what_credits_took_off(tell: Tell, taxed: int, certainty: str) -> None:
    """INV-74: what is missing of the total is the credit less the tax on what it left."""
    tell.cast().at("2026-01-10").report(40)
    over = {
        "total": 55,
        "amount_due": 55,
        "total_pretax_credit_amounts": [{"amount": 30, "type": "credit_balance_transaction"}],
        "total_taxes": [{"amount": taxed, "tax_behavior": "exclusive"}],
    }
    tell.at(FINAL).invoice([tell.line("per-call", 40)], **over)
    tell.expect({"invoice": tell.named(1), "total": {"minor": 80, "currency": "usd"}})
    assert named(tell.end()) == [("U49", certainty)]


@pytest.mark.parametrize(("before", "certainty"), [(30, "certain"), (20, "likely"), (0, None)])
@pytest.mark.parametrize("claim", ["amount_due", "total"])
def test_what_credit_notes_took_off_is_not_due(
    tell: Tell, claim: str, before: int, certainty: str | None
) -> None:
    """INV-84 INV-87: they explain nothing about a total."""
    tell.cast().at("2026-01-10").report(40)
    over = {claim: 50, "pre_payment_credit_notes_amount": before, "post_payment_credit_notes_amount": 30}
    tell.at(FINAL).invoice([tell.line("per-call", 40)], **over)
    tell.expect({"invoice": tell.named(1), claim: {"minor": 80, "currency": "usd"}})
    explained = certainty and claim == "amount_due"
    assert named(tell.end()) == ([("U49", certainty)] if explained else [])


@pytest.mark.parametrize(
    ("claimed", "found"), [("usd", [("U75", "certain")]), ("eur", [("U75", "likely")]), ("gbp", [])]
)
def test_an_amount_in_another_of_the_prices_currencies(
    tell: Tell, claimed: str, found: list[tuple[str, str]]
) -> None:
    """PRC-17: another currency, or its number."""
    tell.cast().at("2026-01-10").report(40)
    tell.at(FINAL).invoice([tell.line("per-call", 40, 120)], currency="eur")
    tell.expect_lines({"price": "per-call", "amount": {"minor": 80, "currency": claimed}})
    assert named(tell.end()) == found


@pytest.mark.parametrize(
    ("expected", "found"),
    [("40000", ["U71"]), ("400", ["U71"]), ("4", ["U71"]), ("80", []), ("0", []), ("40.4", [])],
)
def test_only_a_power_of_ten_is_a_matter_of_units(tell: Tell, expected: str, found: list[str]) -> None:
    tell.cast().at("2026-01-10").report(40)
    tell.at(FINAL).invoice([tell.line("per-call", 40)])
    tell.expect_lines({"price": "per-call", "quantity": expected})
    assert [code for code, _ in named(tell.end())] == found


@pytest.mark.parametrize(
    ("threshold", "found"),
    [(15, [("U45", "certain")]), (None, [])],
)
def test_what_a_threshold_invoice_billed_is_missing_on_the_next(
    tell: Tell, threshold: int | None, found: list[tuple[str, str]]
) -> None:
    """CHG-40."""
    tell.cast().at("2026-01-10").report(threshold or 15)
    if threshold is not None:
        over = {"billing_reason": "subscription_threshold", "created": tell.clock}
        tell.invoice([tell.line("per-call", threshold)], invoice_id="in_0", final="2026-01-10", **over)
    tell.at("2026-01-20").report(25)
    tell.at(FINAL).invoice([tell.line("per-call", 25 if threshold else 40)])
    tell.expect_lines({"price": "per-call", "quantity": "40" if threshold else "55"})
    assert [each for each in named(tell.end()) if each[0] == "U45"] == found


@pytest.mark.parametrize(("apart", "found"), [(86_400, True), (86_399, False)])
def test_a_cancellation_is_late_after_a_day_of_wall_time(tell: Tell, apart: int, found: bool) -> None:
    """MTR-115."""
    tell.cast().report(40, label="wrong")
    tell.at("2026-01-02", wall=apart).cancel("wrong", accepted=False)
    [cause] = causes(tell.end())
    assert (cause.code, cause.certainty) == ("U74", "certain")
    assert ("24 h" in cause.headline) == found


def test_a_cancellation_that_was_answered_but_never_done_is_told_by_the_invoice(tell: Tell) -> None:
    """MTR-117: the event is billed although it was cancelled in time."""
    tell.cast().at("2026-01-10").report(40, label="wrong")
    tell.report(2)
    tell.cancel("wrong")
    tell.at(FINAL).invoice([tell.line("per-call", 42)])
    tell.expect_lines({"price": "per-call", "quantity": "2"})
    [cause] = causes(tell.end())
    assert (cause.code, cause.units, cause.events) == ("U74", 40, ("wrong",))


def test_a_cancellation_that_nobody_misses_is_no_cause(tell: Tell) -> None:
    tell.cast().at("2026-01-10").report(40, label="wrong")
    tell.at(FINAL).invoice([tell.line("per-call", 40)])
    tell.cancel("wrong")
    assert named(tell.end()) == []


@pytest.mark.parametrize(
    ("day", "code"),
    [("2026-01-31", "U77"), ("2026-02-01", "U36"), ("2026-13-01", "U36"), ("20260131", "U36")],
)
def test_only_a_date_of_the_period_tells_that_the_usage_was_in_it(tell: Tell, day: str, code: str) -> None:
    tell.cast().at("2026-02-01 00:10:00").report(40, payload={"day": day})
    tell.at(FINAL).invoice([tell.line("per-call", 0)])
    tell.subscription("acme-plan", "acme", ["per-call"], period=("2026-02-01", "2026-03-01"))
    tell.expect_lines({"price": "per-call", "quantity": "40"})
    assert [name for name, _ in named(tell.end())] == [code]


def test_a_voided_invoice_is_told_by_the_call_that_voided_it(tell: Tell) -> None:
    """INV-82."""
    tell.cast().at("2026-01-10").report(40)
    tell.at(FINAL).invoice([tell.line("per-call", 40)], status="open")
    void = tell.call("POST", "/v1/invoices/in_1/void", {})
    tell.invoice([tell.line("per-call", 40)], status="void")
    [cause] = causes(tell.end())
    assert (cause.code, cause.certainty, cause.units, cause.invoice) == ("U46", "certain", 40, "in_1")
    assert void in [evidence.n for evidence in cause.evidence]


def test_units_on_an_uncollectible_invoice_are_billed_all_the_same(tell: Tell) -> None:
    tell.cast().at("2026-01-10").report(40)
    tell.at(FINAL).invoice([tell.line("per-call", 40)], status="uncollectible")
    tell.expect({"invoice": tell.named(1), "status": "paid"})
    assert named(tell.end()) == []


def test_only_what_was_used_during_a_pause_is_blamed_on_it(tell: Tell) -> None:
    """SUB-26: the trial ended on the 5th, the subscription went on on the 20th."""
    tell.cast(mode="classic")
    over = {"trial_end": tell.unix("2026-01-05"), "mode": "classic"}
    tell.at("2026-01-05").subscription("acme-plan", "acme", ["per-call"], status="paused", **over)
    tell.at("2026-01-10").report(40, label="paused")
    period = {"period": ("2026-01-20", "2026-02-20")}
    tell.at("2026-01-20").subscription("acme-plan", "acme", ["per-call"], **over, **period)
    tell.at("2026-02-20 02:00:00").report(5, "2026-01-21", label="late")
    line = tell.line("per-call", 0, **period)
    tell.invoice([line], final="2026-02-20 01:00:00", **period)
    tell.subscription("acme-plan", "acme", ["per-call"], period=("2026-02-20", "2026-03-20"), **over)
    assert [(cause.code, cause.events) for cause in causes(tell.end())] == [
        ("U38", ("late",)),
        ("U48", ("paused",)),
    ]


def listener(tell: Tell, **over: Any) -> None:
    tell.call("GET", "/v2/core/event_destinations", {"data": [over] if over else []})
    tell.call("GET", "/v1/webhook_endpoints", {"object": "list", "data": []})


@pytest.mark.parametrize(
    ("destination", "code"),
    [
        ({"event_payload": "thin", "enabled_events": [INVALID]}, None),
        ({"event_payload": "thin", "enabled_events": ["*"]}, None),
        ({"event_payload": "thin", "enabled_events": ["v1.other"]}, "U20"),
        ({"event_payload": "snapshot", "enabled_events": ["*"]}, "U20"),
        ({"event_payload": "thin", "enabled_events": ["*"], "status": "disabled"}, "U19"),
        ({}, "U19"),
    ],
)
def test_somebody_hears_of_a_report_only_with_thin_payload_for_it(
    tell: Tell, destination: dict[str, Any], code: str | None
) -> None:
    """MTR-91."""
    tell.cast().stream({"identifier": "a", "value": "five"})
    tell.error_report("meter_event_invalid_value", "a")
    listener(tell, **destination)
    expected = [("U07", "certain")] + ([(code, "certain")] if code else [])
    assert named(tell.end()) == expected


def test_who_listens_is_only_likely_if_nobody_looked(tell: Tell) -> None:
    tell.cast().stream({"identifier": "a", "value": "five"})
    tell.error_report("meter_event_invalid_value", "a")
    assert ("U19", "likely") in named(tell.end())


@pytest.mark.parametrize(("total", "certainty"), [(5, "certain"), (10, "likely"), (None, "likely")])
def test_a_dropped_duplicate_is_certain_once_the_meter_shows_it(
    tell: Tell, total: int | None, certainty: str
) -> None:
    """MTR-78."""
    tell.cast().stream({"identifier": "a", "value": "5"}, {"identifier": "a", "value": "5"})
    if total is not None:
        summary(tell, total)
    assert named(tell.end()) == [("U15", certainty)]


def summary(tell: Tell, total: int) -> None:
    start, end = tell.unix("2026-01-01"), tell.unix("2026-02-01")
    row = {"object": "billing.meter_event_summary", "meter": "mtr_api_calls", "aggregated_value": total}
    asked = {"customer": "cus_acme", "start_time": str(start), "end_time": str(end)}
    path = "/v1/billing/meters/mtr_api_calls/event_summaries"
    tell.call("GET", path, {"data": [row | {"start_time": start, "end_time": end}], "object": "list"}, asked)


def reading(tell: Tell, verb: str = "run", *, more: bool = True, after: str | None = None) -> None:
    """A page of summaries that a step of this kind reads."""
    tell.history.append(kinds.StepStarted, line=9, verb=verb, name=None, reaction=None)
    start, end = tell.unix("2026-01-01"), tell.unix("2026-02-01")
    asked = {"customer": "cus_acme", "start_time": str(start), "end_time": str(end)}
    asked |= {"starting_after": after} if after else {}
    rows = [{"id": "mtrusg_1"}]
    path = "/v1/billing/meters/mtr_api_calls/event_summaries"
    tell.call("GET", path, {"data": rows, "has_more": more}, asked)


@pytest.mark.parametrize(
    ("verb", "more", "followed", "found"),
    [
        ("run", True, False, [("U72", "likely")]),
        ("call", True, False, [("U72", "likely")]),
        ("expect", True, False, []),
        ("run", False, False, []),
        ("run", True, True, []),
    ],
)
def test_a_page_of_summaries_that_the_application_did_not_turn(
    tell: Tell, verb: str, more: bool, followed: bool, found: list[tuple[str, str]]
) -> None:
    """MTR-121."""
    tell.cast().at("2026-01-10").report(40)
    reading(tell, verb, more=more)
    if followed:
        reading(tell, verb, more=False, after="mtrusg_1")
    tell.at(FINAL).invoice([tell.line("per-call", 40)])
    tell.expect_lines({"price": "per-call", "quantity": "33"})
    assert named(tell.end()) == found


def test_a_story_without_findings_has_no_misread_summaries(tell: Tell) -> None:
    tell.cast().at("2026-01-10").report(40)
    reading(tell)
    tell.at(FINAL).invoice([tell.line("per-call", 40)])
    assert named(tell.end()) == []


@pytest.mark.parametrize(("again", "found"), [("40", True), ("39", False)])
def test_only_the_very_number_that_a_change_billed_was_sent_again(
    tell: Tell, again: str, found: bool
) -> None:
    """CHG-06."""
    tell.cast().price("new", "api_calls")
    tell.at("2026-01-10").report(40)
    tell.at("2026-01-15").subscription("acme-plan", "acme", ["new as per-call"], method="POST")
    tell.report(1)
    tell.report(again, label="again")
    item = "si_acme-plan_per-call"
    old = tell.line("per-call", 40, period=("2026-01-01", "2026-01-15"), item=item, invoice_item="ii_1")
    new = tell.line("new", int(again) + 1, item=item, period=("2026-01-15", "2026-02-01"))
    tell.at(FINAL).invoice([old, new])
    tell.expect_lines({"price": "new", "quantity": "1"}, exact=False)
    assert ([cause.events for cause in causes(tell.end()) if cause.code == "U78"] == [("again",)]) == found
