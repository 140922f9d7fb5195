"""What a history shows."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from harness.history import entries as kinds
from harness.history.facts import FactsReader, read_facts
from harness.history.shapes import Period

Tell = Any


def test_the_newest_sight_before_an_entry_is_found(tell: Tell) -> None:
    tell.cast()
    first = tell.invoice([], final=None)
    second = tell.invoice([])
    facts = tell.facts()
    assert facts.invoice("in_1").n == second
    assert facts.invoice("in_1", before=second).n == first
    assert facts.invoice("in_1", before=first) is None
    assert facts.invoice("in_9") is None


def test_a_preview_is_no_invoice(tell: Tell) -> None:
    """INV-45."""
    tell.cast().invoice([], invoice_id="upcoming_in_1")
    assert tell.facts().last_invoices() == []


def test_a_deleted_draft_is_no_sight(tell: Tell) -> None:
    tell.cast().call("DELETE", "/v1/invoices/in_1", {"object": "invoice", "id": "in_1", "deleted": True})
    assert tell.facts().last_invoices() == []


def test_refused_calls_show_nothing(tell: Tell) -> None:
    tell.call("GET", "/v1/prices/price_1", {"object": "price", "id": "price_1"}, status=404)
    assert tell.facts().prices == {}


@pytest.mark.parametrize("order", [1, -1])
def test_a_prices_other_currencies_stay_known(tell: Tell, order: int) -> None:
    """PRC-38: each answer shows what it was asked for."""
    form = {"object": "price", "id": "price_1", "currency": "usd", "unit_amount_decimal": "2"}
    options = {"eur": {"unit_amount_decimal": "1.5"}, "usd": {"unit_amount_decimal": "2"}}
    tiers = [{"up_to": None, "unit_amount": 1}]
    for shown in ({}, {"tiers": tiers}, {}, {"currency_options": options}, {})[::order]:
        tell.call("GET", "/v1/prices/price_1", form | shown)
    price = tell.facts().prices["price_1"]
    assert price.in_currency("eur").unit_amount == Decimal("1.5")
    assert list(price.options) == ["eur"]
    assert len(price.tiers) == 1


def test_a_prices_tiers_stay_known_after_an_answer_without_them(tell: Tell) -> None:
    """PRC-14: only expanded answers show them."""
    tell.price("per-call", "api_calls", tiers=[{"up_to": None, "unit_amount": 7}])
    tell.price("per-call", "api_calls")
    assert len(tell.facts().prices["price_per-call"].tiers) == 1


def test_usage_carries_the_echoed_stamp_and_identifier(tell: Tell) -> None:
    tell.cast().at("2026-01-10").report(5, unstamped=True, line=12)
    [usage] = tell.facts().usages
    assert (usage.stamped, usage.stamp, usage.sent_at) == (False, tell.clock, tell.clock)
    assert (usage.meter, usage.customer, usage.line) == ("mtr_api_calls", "cus_acme", 12)
    assert (usage.value, usage.value_text, usage.payload["value"]) == (Decimal(5), "5", "5")


@pytest.mark.parametrize("text", ["1,000", "NaN", "Infinity", "five"])
def test_a_value_that_is_no_number_is_none_but_its_text_is_kept(tell: Tell, text: str) -> None:
    tell.cast().report(text, error="no")
    [usage] = tell.facts().usages
    assert (usage.value, usage.value_text, usage.accepted) == (None, text, False)
    assert usage.refusal["message"] == "no"


def test_a_customer_without_a_label_is_known_by_the_payload(tell: Tell) -> None:
    tell.cast().report(5, customer=None, payload={"stripe_customer_id": "sub_9"}, error="no such customer")
    assert tell.facts().usages[0].customer == "sub_9"


def test_only_an_accepted_cancellation_cancels(tell: Tell) -> None:
    tell.cast()
    first, second = tell.report(5), tell.report(7)
    tell.cancel(first)
    tell.history.append(
        kinds.UsageCancelled,
        call=1,
        line=1,
        event_name="api_calls",
        identifier=f"id-{second}",
        accepted=False,
    )
    assert [usage.counts for usage in tell.facts().usages] == [False, True]


def test_an_event_is_seen_once(tell: Tell) -> None:
    event = {"object": "event", "id": "evt_1", "type": "invoice.created", "data": {"object": {"created": 5}}}
    first = tell.call("GET", "/v1/events", {"object": "list", "data": [event]})
    tell.call("GET", "/v1/events", {"object": "list", "data": [event]})
    [seen] = tell.facts().events
    assert (seen.n, seen.at) == (first, 5)


def test_an_empty_list_of_summaries_says_zero_for_the_range_asked(tell: Tell) -> None:
    """MTR-125."""
    asked = {"customer": "cus_acme", "start_time": "60", "end_time": "120"}
    n = tell.call("GET", "/v1/billing/meters/mtr_1/event_summaries", {"object": "list", "data": []}, asked)
    facts = tell.facts()
    [(customer, seen)] = facts.summaries
    assert (customer, seen.view.period, seen.view.total) == ("cus_acme", Period(60, 120), 0)
    assert list(facts.summaries_since(n)) == []


@pytest.mark.parametrize(
    ("instant", "number"),
    [
        ("2025-12-31", None),
        ("2026-01-01", 1),
        ("2026-01-31 23:59:59", 1),
        ("2026-02-01", 2),
        ("2026-04-01", None),
    ],
)
def test_a_cycle_is_found_by_an_instant_in_it(tell: Tell, instant: str, number: int | None) -> None:
    tell.cast()
    assert tell.facts().cycle_of("acme-plan", tell.unix(instant)) == number


def test_a_cycle_beyond_the_story_has_no_period(tell: Tell) -> None:
    tell.cast()
    facts = tell.facts()
    assert facts.cycle("acme-plan", 1) == Period(tell.unix("2026-01-01"), tell.unix("2026-02-01"))
    assert facts.cycle("acme-plan", 0) is None
    assert facts.cycle("acme-plan", 4) is None


def test_labels_and_ids_translate_both_ways(tell: Tell) -> None:
    facts = tell.cast().facts()
    assert facts.id_of("meter", "api_calls") == "mtr_api_calls"
    assert facts.label_of("mtr_api_calls") == "api_calls"
    assert facts.label_of("in_9") == "in_9"
    assert facts.label_of(None) is None


def test_a_history_begins_with_its_case(tell: Tell) -> None:
    with pytest.raises(ValueError, match="`case` entry"):
        read_facts(tell.cast().history.entries[1:])


def test_invoice_items_are_remembered_until_deleted(tell: Tell) -> None:
    item = {
        "object": "invoiceitem",
        "id": "ii_1",
        "customer": "cus_acme",
        "amount": 20,
        "quantity": 10,
        "period": {"start": 1, "end": 2},
        "pricing": {"price_details": {"price": "price_per-call"}},
        "parent": {"subscription_details": {"subscription": "sub_acme-plan"}},
    }
    tell.cast().call("GET", "/v1/invoiceitems", {"object": "list", "data": [item]})
    tell.call("DELETE", "/v1/invoiceitems/ii_2", {"object": "invoiceitem", "id": "ii_2", "deleted": True})
    [[seen]] = tell.facts().pending_items.values()
    assert (seen.view.price, seen.view.subscription, seen.view.quantity) == (
        "price_per-call",
        "sub_acme-plan",
        10,
    )


def test_facts_read_as_the_history_grows_are_those_of_the_whole(tell: Tell) -> None:
    tell.cast().at("2026-01-10")
    tell.report(40, label="a", identifier="a")
    tell.cancel("a")
    tell.stream({"identifier": "b"}, {"identifier": "c", "value": "five"})
    tell.error_report("meter_event_invalid_value", "c")
    tell.at("2026-02-01 03:00:00").invoice([tell.line("per-call", 40)])
    whole = tell.end().history.entries
    entries = list(whole[:1])
    reader = FactsReader(entries)
    for entry in whole[1:]:
        entries.append(entry)
        assert reader.read() == read_facts(list(entries))
