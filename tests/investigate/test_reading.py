"""Reading an account's invoice, and explaining it without any scenario."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from harness.backends.looking import NotThere
from harness.history.entries import Called, to_line
from harness.history.facts import read_facts
from harness.history.log import read
from harness.investigate.explaining import explain_reading
from harness.investigate.privacy import without_personal_data
from harness.investigate.reading import WrongInvoice, invoice_of, read_invoice
from harness.investigate.telling import json_of, text_of

Account = Any
CAST = """\
scenario: A story
clock: 2026-01-01
meters: {api_calls: {formula: FORMULA}}
prices: {per-call: {meter: api_calls, unit_amount: 0.02 usd}}
customers: {acme: {payment_method: pm_card_visa}}
subscriptions: {plan: {customer: acme, items: [per-call]}}
"""


def fates(explained: Any) -> dict[str, tuple[str, Decimal]]:
    rows = [row for account in explained.checked.accounts for row in account.rows]
    return {row.usage.label: (row.fate, row.units) for row in rows}


def test_a_reading_sends_nothing_but_gets(late: Account) -> None:
    calls = [entry for entry in late.read().entries if isinstance(entry, Called)]
    assert {call.method for call in calls} == {"GET"}
    assert all(call.status == 200 for call in calls)


def test_a_reading_holds_no_name_and_no_address(late: Account) -> None:
    text = "".join(map(to_line, late.read().entries))
    assert "Alice" not in text
    assert "alice@example.com" not in text
    whole = read_invoice(late.backend, late.invoice, personal=True)
    assert "alice@example.com" in "".join(map(to_line, whole.entries))


def test_units_that_the_meter_counts_and_no_invoice_bills_are_found_with_both_causes(late: Account) -> None:
    explained = late.explain()
    assert fates(explained) == {
        "2026-01-01 01:00": ("billed", Decimal(30)),
        "2026-01-20 00:00": ("billed", Decimal("12.5")),
        "2026-01-31 23:00": ("lost", Decimal(40)),
        "2026-02-01..2026-02-03": ("pending", Decimal(7)),
    }
    assert [(cause.code, cause.certainty) for cause in explained.causes] == [
        ("U38", "likely"),
        ("U39", "likely"),
    ]
    assert [finding.code for finding in explained.checked.findings] == ["unclaimed-loss"]


def test_the_text_begins_with_the_invoice_and_what_is_counted_by_now(late: Account) -> None:
    lines = text_of(late.explain()).splitlines()
    assert lines[0] == f"{late.invoice}  paid, final 2026-02-01 01:00:00, 10.85 usd"
    assert "  api_calls counts 82.5 for this period by now; 42.5 are billed" in lines
    assert json_of(late.explain())["invoice"] == late.invoice


def test_the_text_names_what_credit_notes_gave_back(account: Callable[..., Account]) -> None:
    """INV-84: from the invoice itself; the usage stays billed."""
    note = "{invoice: {id_of: cycle1}, amount: 30, out_of_band_amount: 30}"
    call = f"  - call: {{method: POST, path: /v1/credit_notes, params: {note}}}\n"
    steps = "  - meter_events: {meter: api_calls, customer: acme, value: 40}\n  - advance: cycle1.end + 2h\n"
    explained = account(steps + call).explain()
    assert "  credit notes gave 0.30 usd back" in text_of(explained).splitlines()
    assert {fate for fate, _ in fates(explained).values()} == {"billed"}


def test_a_reading_explains_itself_from_its_trace(late: Account, tmp_path: Path) -> None:
    history = late.read()
    history.write(tmp_path / "reading.jsonl")
    entries = read(tmp_path / "reading.jsonl")
    assert invoice_of(read_facts(entries)) == late.invoice
    assert text_of(explain_reading(entries)) == text_of(explain_reading(history.entries))


def test_explaining_twice_changes_nothing(late: Account) -> None:
    once = late.explain()
    assert text_of(explain_reading(once.entries)) == text_of(once)


def test_a_customer_stands_for_the_newest_invoice_and_guards_the_one_named(late: Account) -> None:
    assert read_invoice(late.backend, None, late.customer).entries[0].case == late.invoice
    with pytest.raises(WrongInvoice, match=f"is an invoice of {late.customer}, not of cus_other"):
        read_invoice(late.backend, late.invoice, "cus_other")
    with pytest.raises(NotThere, match="No such invoice"):
        read_invoice(late.backend, "in_nowhere")


def test_the_history_of_a_scenario_is_no_reading(late: Account) -> None:
    with pytest.raises(WrongInvoice, match="shows no invoice"):
        explain_reading(late.told.entries)


@pytest.mark.parametrize(("formula", "billed"), [("sum", 12), ("count", 3), ("last", 2)])
def test_every_formula_is_accounted_for_by_its_own_rules(
    account: Callable[..., Account], formula: str, billed: int
) -> None:
    told = account(
        """\
  - advance: start + 10d
  - meter_events:
      - {meter: api_calls, customer: acme, value: 7, at: start + 1d}
      - {meter: api_calls, customer: acme, value: 3, at: start + 2d}
      - {meter: api_calls, customer: acme, value: 2, at: start + 3d}
  - advance: cycle1.end + 2h
""",
        CAST.replace("FORMULA", formula),
    )
    explained = told.explain()
    rows = [row for each in explained.checked.accounts for row in each.rows]
    assert sum(row.units for row in rows if row.fate == "billed") == billed
    assert {row.fate for row in rows} <= {"billed", "superseded"}
    assert explained.causes == ()
    assert "is billed, or waits" in text_of(explained)


def test_a_cycle_that_begins_within_a_minute_is_told_apart_to_the_minute(
    account: Callable[..., Account],
) -> None:
    cast = CAST.replace("FORMULA", "sum").replace("clock: 2026-01-01", "clock: 2026-01-01T10:20:30Z")
    told = account(
        """\
  - advance: cycle1.end - 1h
  - meter_events: {meter: api_calls, customer: acme, value: 5, at: cycle1.end - 2h}
  - advance: cycle1.end + 3h
  - meter_events: {meter: api_calls, customer: acme, value: 9, at: cycle1.end + 5m}
  - advance: cycle1.end + 4h
""",
        cast,
    )
    assert sorted(fates(told.explain()).values()) == [("billed", Decimal(5)), ("pending", Decimal(9))]


def test_where_hours_cannot_tell_a_piece_is_cut_at_what_the_line_holds(
    account: Callable[..., Account],
) -> None:
    told = account(
        """\
  - advance: start + 2h
  - meter_events: {meter: api_calls, customer: acme, value: 30, at: start + 1h}
  - advance: cycle1.end + 2h
  - meter_events: {meter: api_calls, customer: acme, value: 12, at: start + 1h 1m}
""",
        CAST.replace("FORMULA", "sum"),
    )
    told.backend.sleep(600)
    assert fates(told.explain()) == {
        "2026-01-01 01:00": ("billed", Decimal(30)),
        "2026-01-01 01:00, the rest": ("lost", Decimal(12)),
    }


def test_units_that_only_the_invoice_knows_are_said_to_be_so(account: Callable[..., Account]) -> None:
    told = account(
        """\
  - advance: cycle1.end - 1h
  - meter_events: {meter: api_calls, customer: acme, value: 30, id: taken-back}
  - advance: cycle1.end + 2h
  - cancel_meter_event: {event: taken-back}
""",
        CAST.replace("FORMULA", "sum"),
    )
    told.backend.sleep(600)
    assert fates(told.explain()) == {f"only on {told.invoice}": ("billed", Decimal(30))}


def test_usage_before_the_subscription_is_found_and_named(account: Callable[..., Account]) -> None:
    told = account(
        """\
  - advance: start + 2h
  - meter_events: {meter: api_calls, customer: acme, value: 4, at: start - 3d}
  - advance: cycle1.end + 2h
""",
        CAST.replace("FORMULA", "sum"),
    )
    explained = told.explain()
    assert [(cause.code, cause.units) for cause in explained.causes] == [("U32", Decimal(4))]


def test_usage_of_a_meter_that_nothing_bills_is_found_and_named(account: Callable[..., Account]) -> None:
    cast = CAST.replace("{formula: FORMULA}", "{formula: sum}, tokens: {formula: sum}")
    told = account(
        """\
  - advance: start + 1d
  - meter_events: {meter: tokens, customer: acme, value: 4}
  - advance: cycle1.end + 2h
""",
        cast,
    )
    explained = told.explain()
    assert [(cause.code, cause.units) for cause in explained.causes] == [("U30", Decimal(4))]


def test_the_usage_of_a_cycle_that_was_cancelled_may_have_had_no_invoice(
    account: Callable[..., Account],
) -> None:
    told = account(
        """\
  - advance: cycle1.end + 2h
  - meter_events: {meter: api_calls, customer: acme, value: 4}
  - advance: cycle1.end + 1d
  - cancel_subscription: plan
  - advance: cycle1.end + 2d
""",
        CAST.replace("FORMULA", "sum"),
    )
    causes = told.explain().causes
    assert [(cause.code, cause.certainty) for cause in causes] == [("U39", "likely"), ("U43", "likely")]


SCHEDULED = """\
  - call:
      method: POST
      path: /v1/subscription_schedules
      params: {from_subscription: {id_of: plan}}
      id: deal
  - call:
      method: POST
      path: "/v1/subscription_schedules/:deal"
      params:
        phases:
          - items: [{price: {id_of: per-call}}]
            start_date: {time_of: start}
            end_date: {time_of: start + 10d}
            proration_behavior: none
          - {items: [{price: {id_of: base}}, {price: {id_of: per-call}}], duration: {interval: month}}
"""


def test_the_schedule_of_a_subscription_is_read_with_it(account: Callable[..., Account]) -> None:
    """From when on it had which price is nowhere else to be seen."""
    told = account(SCHEDULED + "  - advance: cycle1.end + 2h\n")
    [schedule] = read_facts(told.read().entries).schedules.values()
    assert schedule.subscription == told.id("subscription", "plan")
    [_, changed, _] = schedule.edges()
    assert schedule.enters(told.id("price", "base")) == [changed]


def test_what_waits_as_an_invoice_item_is_pending(account: Callable[..., Account]) -> None:
    cast = CAST.replace("FORMULA", "sum").replace(
        "prices: {", "prices: {dearer: {meter: api_calls, unit_amount: 0.05 usd}, "
    )
    told = account(
        """\
  - advance: cycle1.end + 2h
  - meter_events: {meter: api_calls, customer: acme, value: 4}
  - advance: cycle1.end + 5d
  - update_subscription: {subscription: plan, items: [{item: per-call, price: dearer}]}
  - advance: cycle1.end + 6d
""",
        cast.replace("items: [per-call]", "items: [per-call], billing_mode: flexible"),
    )
    told.backend.sleep(600)
    explained = told.explain()
    assert [fate for fate, _ in fates(explained).values()] == ["pending"]
    waiting = [group for group in explained.checked.accounting.groups if group.invoice is None]
    assert [group.quantity for group in waiting] == [4]


def test_a_customers_description_is_left_out_and_a_lines_is_kept() -> None:
    line = {"object": "line_item", "description": "4 × Calls"}
    person = {"object": "customer", "id": "cus_1", "description": "Alice", "address": {"city": "Ulm"}}
    kept = without_personal_data({"data": [line, person]})
    assert kept == {"data": [line, {"object": "customer", "id": "cus_1"}]}
