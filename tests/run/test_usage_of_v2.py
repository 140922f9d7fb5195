"""Usage that goes another way than v1's meter events is noted too, and so is what nobody took."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from harness.check import check
from harness.history.entries import Called, UsageCancelled, UsageReported
from harness.history.facts import read_facts
from harness.run import run_case
from harness.scenario import load_file

HEAD = """
scenario: Another way
clock: 2026-01-01
meters: {calls: {formula: sum}}
prices: {per-call: {meter: calls, interval: month, unit_amount: 0.02 usd}}
customers: {acme: {payment_method: pm_card_visa}}
subscriptions: {plan: {customer: acme, items: [per-call]}}
"""
APPLICATION = """
def event(application, name, value="5"):
    payload = {"stripe_customer_id": application.id("acme"), "value": value}
    return {"event_name": "calls", "identifier": name, "payload": payload}

def v2(application):
    application.client.v2.billing.meter_events.create(event(application, "a"))

def cancel(application):
    cancel = {"identifier": "a"}
    wanted = {"event_name": "calls", "type": "cancel", "cancel": cancel}
    application.client.v2.billing.meter_event_adjustments.create(wanted)

def stream(application, values, **more):
    session = application.client.v2.billing.meter_event_session.create()
    events = [event(application, f"s{place}", value) | more for place, value in enumerate(values)]
    options = {"api_key": session.authentication_token}
    application.client.v2.billing.meter_event_stream.create({"events": events}, options)

def careless(application):
    try:
        v2(application)
    except Exception:
        pass
"""


def told(folder: Path, steps: str) -> Any:
    (folder / "app_of_v2.py").write_text(APPLICATION)
    path = folder / "story.yaml"
    path.write_text(HEAD + steps)
    loaded = load_file(path)
    assert loaded.problems == []
    return read_facts(run_case(loaded.cases[0]).entries)


def rows(facts: Any) -> list[tuple[str, int, str]]:
    accounts = check(facts).accounts
    return [(row.usage.label, int(row.units), row.fate) for account in accounts for row in account.rows]


def test_v2_events_and_their_cancellation_are_noted(tmp_path: Path) -> None:
    steps = 'steps: [{run: "app_of_v2:v2"}, {run: "app_of_v2:cancel"}, {advance: cycle1.end + 2h}]'
    facts = told(tmp_path, steps)
    [sent] = facts.all(UsageReported)
    assert (sent.meter, sent.customer, sent.value, sent.identifier) == ("calls", "acme", "5", "a")
    assert [(each.event_name, each.identifier) for each in facts.all(UsageCancelled)] == [("calls", "a")]
    assert rows(facts) == [("usage-1", 5, "cancelled")]


def test_streamed_events_are_noted_one_by_one_and_their_reports_read(tmp_path: Path) -> None:
    call = '{run: {function: "app_of_v2:stream", arguments: {values: ["5", "six", "7"]}}}'
    facts = told(tmp_path, f"steps: [{call}, {{advance: cycle1.end + 2h}}]")
    assert [sent.place for sent in facts.all(UsageReported)] == [0, 1, 2]
    assert rows(facts) == [("usage-1", 5, "billed"), ("usage-2", 0, "refused"), ("usage-3", 7, "billed")]


def test_a_stream_of_nothing_but_mistakes_holds_no_story_up(tmp_path: Path) -> None:
    call = '{run: {function: "app_of_v2:stream", arguments: {values: ["five", "six"]}}}'
    facts = told(tmp_path, f"steps: [{call}, {{advance: cycle1.end + 2h}}]")
    assert facts.entries[-1].outcome == "completed"
    assert rows(facts) == [("usage-1", 0, "refused"), ("usage-2", 0, "refused")]


def test_a_meter_that_waits_for_what_was_refused_later_is_not_waited_for(tmp_path: Path) -> None:
    more = '{values: ["5", "6"], timestamp: "2026-06-01T00:00:00Z"}'
    call = f'{{run: {{function: "app_of_v2:stream", arguments: {more}}}}}'
    facts = told(tmp_path, f"steps: [{call}, {{advance: cycle1.end + 2h}}]")
    assert facts.entries[-1].outcome == "completed"
    assert rows(facts) == [("usage-1", 5, "refused"), ("usage-2", 6, "refused")]
    reads = [call.path for call in facts.all(Called) if call.path.startswith("/v2/core/events/")]
    assert len(reads) == 1


@pytest.mark.parametrize("code", ["meter_event_invalid_value", "meter_event_customer_not_found"])
def test_a_meter_error_is_found_by_the_data_of_its_event(tmp_path: Path, code: str) -> None:
    call = '{run: {function: "app_of_v2:stream", arguments: {values: ["five"]}}}'
    claim = f"{{expect: {{meter_error: {{code: {code}}}}}}}"
    facts = told(tmp_path, f"steps: [{call}, {{advance: start + 1d}}, {claim}]")
    failed = [finding.code for finding in check(facts).findings]
    assert failed == ([] if code == "meter_event_invalid_value" else ["meter-error"])


def fault(kind: str, times: str, path: str = "/v1/billing/meter_events") -> str:
    rule = f"{{kind: {kind}, on: POST {path}, times: {times}}}"
    return f"simulator: {{aggregation_lag: 0s, faults: [{rule}]}}\n"


EVENT = "meter_events: {meter: calls, customer: acme, value: 5, id: mine}"


@pytest.mark.parametrize(("kind", "status"), [("rate_limited", 429), ("conflict", 409)])
def test_usage_that_is_turned_away_for_good_was_refused(tmp_path: Path, kind: str, status: int) -> None:
    steps = f"steps: [{{{EVENT}, fails_with: {{status: {status}}}}}, {{{EVENT.replace('mine', 'next')}}}]"
    facts = told(tmp_path, fault(kind, "20") + steps)
    assert [label for label, _, fate in rows(facts)][:1] == ["mine"]
    assert rows(facts)[0] == ("mine", 5, "refused")
    assert len({label for label, _, _ in rows(facts)}) == 2


def test_events_without_labels_are_numbered_on_after_one_that_was_turned_away(tmp_path: Path) -> None:
    unnamed = "meter_events: {meter: calls, customer: acme, value: 5}"
    steps = (
        f"steps: [{{{unnamed}, fails_with: {{status: 409}}}}, {{{unnamed}}}, {{advance: cycle1.end + 2h}}]"
    )
    facts = told(tmp_path, fault("conflict", "3") + steps)
    assert rows(facts) == [("usage-1", 5, "refused"), ("usage-2", 5, "billed")]
    assert [sent.line for sent in facts.all(UsageReported)] == [9, 9]


@pytest.mark.parametrize("kind", ["rate_limited", "conflict"])
def test_usage_that_is_taken_in_the_end_was_reported_once(tmp_path: Path, kind: str) -> None:
    facts = told(tmp_path, fault(kind, "2") + f"steps: [{{{EVENT}}}, {{advance: cycle1.end + 2h}}]")
    assert rows(facts) == [("mine", 5, "billed")]


def test_an_application_that_swallows_the_refusal_loses_what_it_sent(tmp_path: Path) -> None:
    trouble = fault("rate_limited", "always", "/v2/billing/meter_events")
    steps = 'steps: [{run: "app_of_v2:careless"}, {advance: start + 1d}]'
    assert rows(told(tmp_path, trouble + steps)) == [("usage-1", 5, "refused")]
