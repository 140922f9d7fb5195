"""Round trips: a story's invoice is read, told again as a scenario, and run; the same lines come about."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from harness.check import check
from harness.check.line_claims import describe, shown_lines
from harness.diagnose import diagnose
from harness.history.facts import Facts, read_facts
from harness.investigate.explaining import explain_reading
from harness.investigate.reading import read_invoice
from harness.investigate.reproducing import CannotReproduce, scenario_text
from harness.run import run_case
from harness.scenario import load_file

Account = Any
PLAIN = """\
scenario: A story
clock: START
meters: {api_calls: METER}
prices: {per-call: {meter: api_calls, PRICE}}
customers: {acme: {payment_method: pm_card_visa}}
subscriptions: {plan: {customer: acme, items: [per-call], ALSO}}
"""
USED = """\
  - advance: cycle1.start + 3d
  - meter_events:
      - {meter: api_calls, customer: acme, value: 7, at: cycle1.start + 1d}
      - {meter: api_calls, customer: acme, value: 30, at: cycle1.start + 1d 1h}
      - {meter: api_calls, customer: acme, value: 12, at: cycle1.start + 2d}
  - advance: cycle1.end + 2h
"""
GRADUATED = "tiers_mode: graduated, "
GRADUATED += (
    "tiers: [{up_to: 10, unit_amount: 1 usd, flat_amount: 3 usd}, {up_to: inf, unit_amount: 0.5 usd}]"
)
TWELVE_TIERS = "tiers_mode: graduated, tiers: ["
TWELVE_TIERS += ", ".join(f"{{up_to: {bound}, unit_amount: 0.0{bound:02} usd}}" for bound in range(1, 12))
TWELVE_TIERS += ", {up_to: inf, unit_amount: 1 usd}]"
VOLUME = "tiers_mode: volume, tiers: [{up_to: 10, unit_amount: 1 usd}, {up_to: inf, unit_amount: 0.125 usd}]"

IN_EURO = (
    "unit_amount: 0.02 usd, currency_options: {eur: {unit_amount: 0.018 eur}, gbp: {unit_amount: 1 gbp}}"
)
EURO_TIERS = f"{GRADUATED}, currency_options: {{eur: {{tiers: [{{up_to: 20, unit_amount: 2 eur}}, "
EURO_TIERS += "{up_to: inf, unit_amount: 1 eur, flat_amount: 4 eur}]}}"


def cast(
    *,
    start: str = "2026-01-01",
    meter: str = "{formula: sum}",
    price: str = "unit_amount: 0.02 usd",
    also: str = "",
) -> str:
    also = also or "billing_mode: flexible"
    text = PLAIN.replace("START", start).replace("METER", meter).replace("PRICE", price)
    return text.replace("ALSO", also)


def lines(facts: Facts, invoice: str) -> list[tuple[str, int, int]]:
    """What the invoice shows, without labels, its periods counted from the first of them."""
    seen = facts.invoice(invoice)
    assert seen is not None
    shown = shown_lines(facts, seen.view)
    first = min(each.line.period.start for each in shown)
    return sorted(
        (describe(each).partition(", ")[2], each.line.period.start - first, each.line.period.end - first)
        for each in shown
    )


def told_again(
    account: Account, folder: Path, invoice: str | None = None, **options: Any
) -> tuple[Facts, str]:
    """The invoice's scenario, run; its facts, and its text."""
    invoice = invoice or account.invoice
    explained = explain_reading(read_invoice(account.backend, invoice, personal=True).entries)
    text = scenario_text(explained, **options)
    file = folder / "again.yaml"
    file.write_text(text, encoding="utf-8")
    loaded = load_file(file)
    assert not loaded.problems, loaded.problems
    facts = read_facts(run_case(loaded.cases[0]).entries)
    views = [seen.view for seen in facts.last_invoices() if seen.view.reason == "subscription_cycle"]
    number = int(text.rpartition("invoice: cycle")[2][0])
    assert lines(facts, views[number - 1].id) == lines(explained.facts, invoice)
    return facts, text


@pytest.mark.parametrize(
    "told",
    [
        cast(),
        cast(price=GRADUATED),
        cast(price=VOLUME),
        cast(price=TWELVE_TIERS),
        cast(price="unit_amount: 5 usd, transform_quantity: {divide_by: 10, round: up}"),
        cast(price="unit_amount: 0.0125 usd"),
        cast(price="interval: week, unit_amount: 1 eur"),
        cast(price="interval: year, unit_amount: 3 jpy"),
        cast(price="interval_count: 3, unit_amount: 1 usd"),
        cast(price=IN_EURO, also="currency: eur"),
        cast(price=IN_EURO),
        cast(price=EURO_TIERS, also="currency: eur"),
        cast(meter="{formula: count}"),
        cast(meter="{formula: last}"),
        cast(meter="{formula: sum, event_time_window: day}"),
        cast(meter="{formula: sum, customer_key: who, value_key: much, event_name: calls made}"),
        cast(start="2026-01-31"),
        cast(start="2026-01-31T10:20:30Z"),
        cast(also="billing_mode: classic"),
        cast(also="collection_method: send_invoice, days_until_due: 7"),
        cast(also="billing_cycle_anchor: 2026-01-20"),
        cast(also="cancel_at_period_end: true"),
        cast() + "simulator: {finalization_grace: 2d}\n",
    ],
)
def test_an_invoice_told_again_shows_the_same_lines(
    account: Callable[..., Account], tmp_path: Path, told: str
) -> None:
    grace = "4d" if "finalization_grace" in told else "2h"
    facts, _ = told_again(account(USED.replace("+ 2h", f"+ {grace}"), told), tmp_path)
    assert check(facts).findings == ()


def test_a_cycle_after_a_short_month_comes_after_the_one_before_it(
    account: Callable[..., Account], tmp_path: Path
) -> None:
    steps = (
        USED
        + "  - advance: cycle2.end - 1h\n  - meter_events: {meter: api_calls, customer: acme, value: 3}\n"
    )
    made = account(f"{steps}  - advance: cycle2.end + 2h\n", cast(start="2026-01-31"))
    _, text = told_again(made, tmp_path)
    assert "clock: 2026-01-31" in text
    assert "invoice: cycle2" in text


def test_a_loss_is_told_again_and_then_explained(late: Account, tmp_path: Path) -> None:
    facts, text = told_again(late, tmp_path)
    checked = check(facts)
    assert [finding.summary for finding in checked.findings] == ["api_calls: 40 of 89.5 units lost"]
    assert [(cause.code, cause.certainty) for cause in diagnose(facts, checked)] == [("U38", "certain")]
    claimed = text.replace("  # - expect", "  - expect").replace("  # Usage", "# Usage")
    (tmp_path / "claimed.yaml").write_text(claimed, encoding="utf-8")
    again = read_facts(run_case(load_file(tmp_path / "claimed.yaml").cases[0]).entries)
    assert check(again).findings == ()


def test_no_id_and_no_name_gets_into_the_scenario_unless_asked_for(late: Account, tmp_path: Path) -> None:
    _, text = told_again(late, tmp_path)
    assert "Alice" not in text
    assert not [word for word in ("cus_", "sub_", "in_sim", "price_", "mtr_", "si_") if word in text]
    _, text = told_again(late, tmp_path, personal=True)
    assert "name: Alice Ayers" in text
    assert 'email: "alice@example.com"' in text


def test_an_invoice_finalized_by_hand_is_finalized_by_hand_again(
    account: Callable[..., Account], tmp_path: Path
) -> None:
    steps = USED.replace(
        "  - advance: cycle1.end + 2h\n", "  - advance: cycle1.end + 10m\n  - finalize_invoice: cycle1\n"
    )
    facts, text = told_again(account(steps, cast()), tmp_path)
    assert "finalize_invoice: cycle1" in text
    assert check(facts).findings == ()


def test_a_draft_is_told_as_a_draft(account: Callable[..., Account], tmp_path: Path) -> None:
    _, text = told_again(account(USED.replace("+ 2h", "+ 5m"), cast()), tmp_path)
    assert "finalized: false" in text


def test_very_many_events_become_a_few_that_bill_the_same(
    account: Callable[..., Account], tmp_path: Path
) -> None:
    steps = """\
  - advance: cycle1.end - 1h
  - meter_events: {meter: api_calls, customer: acme, value: 3, at: cycle1.start, times: 700, every: 1h}
  - advance: cycle1.end + 2h
"""
    facts, text = told_again(account(steps, cast()), tmp_path)
    assert text.count("meter_events") <= 31
    assert check(facts).findings == ()


def test_an_invoice_of_no_cycle_is_refused_by_its_reason(late: Account) -> None:
    first = next(
        seen.view.id for seen in late.told.last_invoices() if seen.view.reason == "subscription_create"
    )
    explained = explain_reading(late.read(first).entries)
    with pytest.raises(CannotReproduce, match="subscription_create"):
        scenario_text(explained)


def test_what_a_log_says_was_refused_is_refused_again(late: Account, tmp_path: Path) -> None:
    log = tmp_path / "sent.csv"
    rows = [
        "a,2026-01-01T01:00:00Z,30,",
        "b,2026-01-20,12.5,",
        "b,2026-01-20,1,",
        "c,1768867200000,2,400",
        'd,2026-01-20,"1,000",',
    ]
    log.write_text("identifier,timestamp,value,status\n" + "\n".join(rows) + "\n", encoding="utf-8")
    text = scenario_text(late.explain(log))
    assert text.count("fails_with: {status: 400}") == 3
    (tmp_path / "again.yaml").write_text(text, encoding="utf-8")
    facts = read_facts(run_case(load_file(tmp_path / "again.yaml").cases[0]).entries)
    assert {cause.code for cause in diagnose(facts, check(facts))} >= {"U07", "U10", "U13"}
    assert [finding.code for finding in check(facts).findings] == ["unclaimed-loss"]


def test_a_later_cycle_becomes_cycle_1_where_its_start_is_all_it_takes(
    account: Callable[..., Account], tmp_path: Path
) -> None:
    steps = (
        USED
        + "  - advance: cycle3.end - 1h\n  - meter_events: {meter: api_calls, customer: acme, value: 3}\n"
    )
    _, text = told_again(account(f"{steps}  - advance: cycle3.end + 2h\n", cast()), tmp_path)
    assert "clock: 2026-03-01" in text
    assert "invoice: cycle1" in text


@pytest.mark.parametrize(
    ("told", "said"),
    [
        (cast(price=GRADUATED), "tier: 2"),
        (cast(also="collection_method: send_invoice, days_until_due: 7"), "days_until_due: 7"),
        (cast(also="cancel_at_period_end: true"), "cancel_at_period_end: true"),
        (cast(price=IN_EURO, also="currency: eur"), "unit_amount: 0.018 eur"),
        (cast(also="billing_mode: classic"), "billing_mode: classic"),
        (cast(meter="{formula: sum, event_time_window: day}"), "event_time_window: day"),
    ],
)
def test_the_terms_are_told_as_they_are(
    account: Callable[..., Account], tmp_path: Path, told: str, said: str
) -> None:
    _, text = told_again(account(USED, told), tmp_path)
    assert said in text


def test_an_item_that_came_later_is_not_told(account: Callable[..., Account], tmp_path: Path) -> None:
    told = cast().replace("prices: {", "prices: {base: {unit_amount: 10 usd}, ")
    steps = f"{USED}  - update_subscription: {{subscription: plan, items: [{{price: base}}]}}\n"
    _, text = told_again(account(steps, told), tmp_path)
    assert "licensed" not in text


def test_the_oldest_usage_that_came_late_is_still_taken(
    account: Callable[..., Account], tmp_path: Path
) -> None:
    steps = """\
  - advance: cycle1.end + 1h 1m
  - meter_events: {meter: api_calls, customer: acme, value: 3, at: cycle1.end - 34d 22h 30m}
  - advance: cycle1.end + 2h
"""
    facts, _ = told_again(account(steps, cast(price="interval_count: 3, unit_amount: 1 usd")), tmp_path)
    assert [finding.code for finding in check(facts).findings] == ["unclaimed-loss"]
