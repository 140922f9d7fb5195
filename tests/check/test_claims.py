"""Each kind of claim, against what was visible when it was made."""

from __future__ import annotations

from typing import Any

import pytest

from harness.check import check
from harness.check.expectations import evaluate
from harness.check.findings import Finding
from harness.history.entries import Claimed

Tell = Any


def findings(tell: Tell) -> list[Finding]:
    facts = tell.facts()
    return [finding for claimed in facts.all(Claimed) for finding in evaluate(facts, claimed)]


def rows(tell: Tell) -> list[tuple[str, str, str]]:
    return [(row.what, row.expected, row.actual) for finding in findings(tell) for row in finding.rows]


def usd(minor: int) -> dict[str, str]:
    return {"minor": str(minor), "currency": "usd"}


@pytest.mark.parametrize(
    ("claim", "differing"),
    [
        pytest.param({"status": "paid"}, [], id="the status agrees"),
        pytest.param({"status": "open"}, [("status", "open", "paid")], id="the status differs"),
        pytest.param({"finalized": True}, [], id="it is final"),
        pytest.param({"finalized": False}, [("finalized", "false", "true")], id="it had to be a draft"),
        pytest.param({"total": usd(80)}, [], id="the total agrees"),
        pytest.param({"total": usd(84)}, [("total", "0.84 usd", "0.80 usd")], id="the total differs"),
        pytest.param(
            {"total": {"minor": "80", "currency": "eur"}},
            [("total", "0.80 eur", "0.80 usd")],
            id="the currency differs",
        ),
        pytest.param(
            {"amount_due": usd(0)}, [("amount_due", "0.00 usd", "0.80 usd")], id="amount_due differs"
        ),
        pytest.param(
            {"total": {"minor": "80.5", "currency": "usd"}}, [("total", "0.805 usd", "0.80 usd")], id="exact"
        ),
    ],
)
def test_an_invoice_is_compared_with_what_is_claimed(
    tell: Tell, claim: dict[str, Any], differing: list[tuple[str, str, str]]
) -> None:
    tell.cast().at("2026-02-01 03:00:00").invoice([tell.line("per-call", 40)])
    tell.expect({"invoice": tell.named(1)} | claim)
    assert rows(tell) == differing


def test_a_claim_sees_only_what_came_before_it(tell: Tell) -> None:
    tell.cast().at("2026-02-01 00:01:00").invoice([tell.line("per-call", 0)], final=None)
    tell.expect({"invoice": tell.named(1), "status": "draft"})
    tell.at("2026-02-01 03:00:00").invoice([tell.line("per-call", 0)])
    tell.expect({"invoice": tell.named(1), "status": "draft"}, line=60)
    assert [finding.line for finding in findings(tell)] == [60]


def test_an_invoice_that_is_not_there_is_a_finding(tell: Tell) -> None:
    tell.cast().expect({"invoice": tell.named(1), "finalized": True})
    [finding] = findings(tell)
    assert finding.summary == "cycle1: there is no such invoice"
    assert finding.scope.customer == "cus_acme"


def test_which_invoice_is_meant(tell: Tell) -> None:
    tell.cast()
    tell.invoice(
        [],
        invoice_id="in_0",
        billing_reason="subscription_create",
        final="2026-01-01",
        period=("2026-01-01",) * 2,
    )
    tell.invoice([], invoice_id="in_0b", billing_reason="subscription_update", total=5)
    tell.invoice([], invoice_id="in_1", total=1)
    tell.invoice([], invoice_id="in_2", total=2, period=("2026-02-01", "2026-03-01"))
    for wanted, total in ((tell.named(1), 1), (tell.named(2), 2)):
        tell.expect({"invoice": wanted, "total": usd(total)})
    for which, total in (("first", 0), ("latest", 2)):
        wanted = {"name": which, "subscription": "acme-plan", "which": which}
        tell.expect({"invoice": wanted, "total": usd(total)})
    assert findings(tell) == []


PER_CALL = {"price": "per-call"}


@pytest.mark.parametrize(
    ("claimed", "exact", "summaries"),
    [
        pytest.param([PER_CALL | {"quantity": "40"}, {"price": "base"}], True, [], id="the exact set"),
        pytest.param([{"price": "base"}, PER_CALL], True, [], id="in any order"),
        pytest.param([PER_CALL], False, [], id="a part of it"),
        pytest.param(
            [PER_CALL],
            True,
            ["cycle1: a line that nobody expects: base, quantity 1, 20.00 usd"],
            id="one too many",
        ),
        pytest.param(
            [PER_CALL | {"quantity": "41"}], False, ["cycle1: 40 of 41 units billed"], id="too little"
        ),
        pytest.param(
            [PER_CALL | {"quantity": "7"}], False, ["cycle1: 40 units billed, not 7"], id="too much"
        ),
        pytest.param(
            [PER_CALL, PER_CALL], False, ["cycle1: there is no line 2 (per-call)"], id="no line counts twice"
        ),
        pytest.param(
            [PER_CALL | {"amount": usd(84)}],
            False,
            ["cycle1: line 1 (per-call) has amount 0.80 usd, not 0.84 usd"],
            id="the amount differs",
        ),
        pytest.param(
            [PER_CALL | {"proration": True}],
            False,
            ["cycle1: line 1 (per-call) has proration false, not true"],
            id="it is no proration",
        ),
        pytest.param(
            [PER_CALL | {"discount": usd(20)}],
            False,
            ["cycle1: line 1 (per-call) has discount 0.00 usd, not 0.20 usd"],
            id="it has no discount",
        ),
        pytest.param([{"quantity": "1"}], False, [], id="without a price any line will do"),
    ],
)
def test_lines_are_matched_one_to_one(
    tell: Tell, claimed: list[dict[str, Any]], exact: bool, summaries: list[str]
) -> None:
    tell.cast().price("base", None)
    tell.at("2026-02-01 03:00:00").invoice([tell.line("per-call", 40), tell.line("base", 1, 2000)])
    tell.expect_lines(*claimed, exact=exact)
    assert [finding.summary for finding in findings(tell)] == summaries


def test_a_discount_is_the_sum_of_what_comes_off_a_line(tell: Tell) -> None:
    line = tell.line("per-call", 40)
    line["discount_amounts"] = [{"amount": 15, "discount": "di_1"}, {"amount": 5, "discount": "di_2"}]
    tell.cast().at("2026-02-01 03:00:00").invoice([line])
    tell.expect_lines(PER_CALL | {"discount": usd(20)})
    assert findings(tell) == []
    tell.expect_lines(PER_CALL | {"discount": usd(15)})
    [finding] = findings(tell)
    assert finding.summary == "cycle1: line 1 (per-call) has discount 0.20 usd, not 0.15 usd"


def test_a_lines_period_is_compared(tell: Tell) -> None:
    tell.cast().at("2026-02-01 03:00:00").invoice([tell.line("per-call", 40)])
    tell.expect_lines(
        PER_CALL
        | {"period": {"name": "cycle1", "start": tell.unix("2026-01-01"), "end": tell.unix("2026-02-01")}}
    )
    tell.expect_lines(
        PER_CALL
        | {"period": {"name": "cycle2", "start": tell.unix("2026-02-01"), "end": tell.unix("2026-03-01")}}
    )
    [(what, expected, actual)] = rows(tell)
    assert (what, expected) == ("period", "2026-02-01 00:00:00 to 2026-03-01 00:00:00")
    assert actual == "2026-01-01 00:00:00 to 2026-02-01 00:00:00"


def test_a_tier_is_told_from_the_prices_terms(tell: Tell) -> None:
    tiers = [{"up_to": 5, "unit_amount_decimal": "2"}, {"up_to": None, "unit_amount_decimal": "2"}]
    tell.cast(tiers=tiers, tiers_mode="graduated").at("2026-02-01 03:00:00")
    tell.invoice([tell.line("per-call", 5, n=1), tell.line("per-call", 3, n=2)])
    tell.expect_lines(PER_CALL | {"tier": 2, "quantity": "3"}, PER_CALL | {"tier": 1, "quantity": "5"})
    tell.expect_lines(PER_CALL | {"tier": 3}, exact=False)
    assert rows(tell) == [("tier", "3", "1")]


def test_lines_that_were_not_all_seen_decide_nothing(tell: Tell) -> None:
    tell.cast().at("2026-02-01 03:00:00")
    tell.invoice([tell.line("per-call", 40)], has_more=True)
    tell.expect_lines(PER_CALL)
    assert [finding.verdict for finding in findings(tell)] == ["unknown"]


def test_the_lines_endpoint_completes_an_invoice(tell: Tell) -> None:
    tell.cast().price("base", None)
    first, second = tell.line("per-call", 40), tell.line("base", 1)
    tell.at("2026-02-01 03:00:00").invoice([first], has_more=True)
    page = {"object": "list", "has_more": True}
    tell.call("GET", "/v1/invoices/in_1/lines", page | {"data": [first]})
    tell.call(
        "GET",
        "/v1/invoices/in_1/lines",
        page | {"data": [second], "has_more": False},
        {"starting_after": "x"},
    )
    tell.expect_lines(PER_CALL, {"price": "base"})
    assert findings(tell) == []


@pytest.mark.parametrize(
    ("claim", "summaries"),
    [
        ({"count": 2}, []),
        ({"count": 1, "subscription": "acme-plan"}, ["2 invoices, not 1, of acme-plan"]),
        ({"count": 0, "subscription": "unknown"}, []),
        ({"count": 3, "customer": "acme"}, ["2 invoices, not 3, of acme"]),
    ],
)
def test_invoices_are_counted_without_previews(
    tell: Tell, claim: dict[str, Any], summaries: list[str]
) -> None:
    tell.cast().invoice([], invoice_id="upcoming_in_1")
    tell.invoice([], invoice_id="in_1")
    tell.invoice([], invoice_id="in_2")
    tell.expect({"invoices": claim})
    assert [finding.summary for finding in findings(tell)] == summaries


def summary(
    tell: Tell, *values: int, start: str = "2026-01-01", end: str = "2026-02-01", **params: str
) -> None:
    rows = [
        {"object": "billing.meter_event_summary", "meter": "mtr_api_calls", "aggregated_value": value}
        for value in values
    ]
    rows = [row | {"start_time": tell.unix(start), "end_time": tell.unix(end)} for row in rows]
    asked = {"customer": "cus_acme", "start_time": str(tell.unix(start)), "end_time": str(tell.unix(end))}
    path = "/v1/billing/meters/mtr_api_calls/event_summaries"
    tell.call("GET", path, {"object": "list", "data": rows}, asked | params)


DURING = {"name": "cycle1", "start": 1767225600, "end": 1769904000}


@pytest.mark.parametrize(
    ("readings", "found"),
    [
        pytest.param([(40,)], [], id="it agrees"),
        pytest.param([(10,), (40,)], [], id="the newest reading decides"),
        pytest.param([()], [("total", "40", "0")], id="no summary means no usage"),
        pytest.param([(38.5,)], [("total", "40", "38.5")], id="it differs"),
    ],
)
def test_a_meters_total_is_read_from_its_summaries(
    tell: Tell, readings: list[tuple[int, ...]], found: list[tuple[str, str, str]]
) -> None:
    tell.cast()
    since = tell.history.last
    for values in readings:
        summary(tell, *values)
    usage = {"meter": "api_calls", "customer": "acme", "during": DURING, "total": "40"}
    tell.expect({"usage": usage}, since=since)
    assert rows(tell) == found


def test_a_total_of_another_period_or_before_the_claim_decides_nothing(tell: Tell) -> None:
    tell.cast()
    summary(tell, 40)
    since = tell.history.last
    summary(tell, 40, end="2026-03-01")
    usage = {"meter": "api_calls", "customer": "acme", "during": DURING, "total": "40"}
    tell.expect({"usage": usage}, since=since)
    assert [finding.verdict for finding in findings(tell)] == ["unknown"]


def saw(tell: Tell, *types: str) -> None:
    for number, kind in enumerate(types):
        event = {
            "object": "event",
            "id": f"evt_{tell.history.last}_{number}",
            "type": kind,
            "data": {"object": {}},
        }
        tell.call("GET", "/v1/events", event)


@pytest.mark.parametrize(
    ("wanted", "summaries"),
    [
        (["invoice.created", "invoice.paid"], []),
        (["invoice.created", "invoice.finalized", "invoice.paid"], []),
        (["invoice.paid", "invoice.created"], ["event invoice.created after invoice.paid did not come"]),
        (["invoice.paid", "invoice.paid"], ["event invoice.paid after invoice.paid did not come"]),
        (["invoice.voided"], ["event invoice.voided did not come"]),
    ],
)
def test_events_come_in_order_with_others_between(
    tell: Tell, wanted: list[str], summaries: list[str]
) -> None:
    saw(tell, "invoice.created", "invoice.finalized", "invoice.paid")
    tell.expect({"events": wanted})
    saw(tell, "invoice.created", "invoice.paid", "invoice.voided")
    assert [finding.summary for finding in findings(tell)] == summaries


@pytest.mark.parametrize(
    ("claim", "found"),
    [
        ({"status": "active", "cancel_at_period_end": False, "items": ["per-call"]}, []),
        ({"status": "canceled"}, [("status", "canceled", "active")]),
        ({"cancel_at_period_end": True}, [("cancel_at_period_end", "true", "false")]),
        ({"items": ["new", "per-call"]}, [("items", "new, per-call", "per-call")]),
        ({"subscription": "other", "status": "active"}, [("subscription", "other", "none was seen")]),
    ],
)
def test_a_subscription_is_compared_with_what_is_claimed(
    tell: Tell, claim: dict[str, Any], found: list[tuple[str, str, str]]
) -> None:
    tell.cast().expect({"subscription": claim})
    assert rows(tell) == found


@pytest.mark.parametrize(
    ("code", "read", "verdicts"),
    [("no_meter", True, []), ("archived_meter", True, ["failed"]), ("no_meter", False, ["unknown"])],
)
def test_a_meter_error_is_looked_for_in_thin_events(
    tell: Tell, code: str, read: bool, verdicts: list[str]
) -> None:
    reason = {"error_types": [{"code": "no_meter"}]}
    event = {"type": "v1.billing.meter.no_meter_found", "data": {"reason": reason}}
    if read:
        tell.call("GET", "/v2/core/events", {"data": [event]})
    tell.expect({"meter_error": {"code": code}})
    assert [finding.verdict for finding in findings(tell)] == verdicts


def test_a_legacy_summary_is_compared(tell: Tell) -> None:
    tell.cast()
    path = "/v1/subscription_items/si_acme-plan_per-call/usage_record_summaries"
    rows_read = [{"total_usage": 15, "period": {"start": tell.unix("2026-01-01"), "end": None}}]
    tell.call("GET", path, {"object": "list", "data": rows_read})
    claim = {"subscription": "acme-plan", "price": "per-call", "total": 15, "period": None}
    tell.expect({"usage_summary": claim})
    tell.expect({"usage_summary": claim | {"total": 16}})
    assert rows(tell) == [("total_usage", "16", "15")]


def test_a_check_that_crashes_is_unknown_and_never_a_pass(tell: Tell) -> None:
    tell.cast().expect({"invoice": {"name": "cycle1"}, "status": "paid"})
    tell.end()
    [finding] = check(tell.facts()).findings
    assert (finding.code, finding.verdict) == ("crashed", "unknown")
    assert "KeyError" in finding.summary
