"""What a shared account would refuse, foreseen by the plan."""

from pathlib import Path

import pytest

from harness.plan.limits import obstacles, warnings
from harness.plan.planner import Plan, plan_case
from harness.plan.text import plan_text
from harness.scenario import load_file

STORY = """\
scenario: Days
clock: 2026-01-01
meters: {calls: {formula: sum}}
prices: {per-call: {meter: calls, interval: INTERVAL, unit_amount: 0.02 usd}}
customers: {CUSTOMERS}
subscriptions: {SUBSCRIPTIONS}
steps:
  - advance: cycle1.end + CYCLESd
"""
PLAN = "plan: {customer: a, items: [per-call]}"


def plan(
    folder: Path, *, days: int = 0, interval: str = "day", customers: str = "a: {}", **over: str
) -> Plan:
    text = STORY.replace("INTERVAL", interval).replace("CYCLES", str(days)).replace("CUSTOMERS", customers)
    text = text.replace("SUBSCRIPTIONS", over.get("subscriptions", PLAN)) + over.get("steps", "")
    (folder / "story.yaml").write_text(text, encoding="utf-8")
    loaded = load_file(folder / "story.yaml", folder)
    assert not loaded.problems, loaded.problems
    return plan_case(loaded.cases[0])


@pytest.mark.parametrize(("days", "stops"), [(19, False), (20, True)])
def test_more_than_twenty_invoices_a_day_cannot_be_run(days: int, stops: bool, tmp_path: Path) -> None:
    assert bool(obstacles(plan(tmp_path, days=days))) is stops


def test_the_obstacle_says_what_and_where(tmp_path: Path) -> None:
    [found] = obstacles(plan(tmp_path, days=30))
    assert found.line == 6
    assert found.message.startswith("`plan` would get 31 invoices, and Stripe makes at most 20 a day")


@pytest.mark.parametrize(("days", "warned"), [(9, False), (10, True), (19, True)])
def test_more_than_ten_invoices_a_minute_are_warned_of(days: int, warned: bool, tmp_path: Path) -> None:
    assert bool(warnings(plan(tmp_path, days=days))) is warned


@pytest.mark.parametrize(("number", "warned"), [(3, False), (4, True)])
def test_a_fourth_customer_on_the_clock_is_warned_of(number: int, warned: bool, tmp_path: Path) -> None:
    customers = ", ".join(f"{letter}: {{}}" for letter in "abcd"[:number])
    found = warnings(plan(tmp_path, customers=customers))
    assert [each.message for each in found] == (["4 customers, and a test clock takes 3"] if warned else [])


def test_a_customer_without_a_clock_takes_no_place_on_it(tmp_path: Path) -> None:
    assert warnings(plan(tmp_path, customers="a: {}, b: {}, c: {}, d: {clock: false}")) == []


def test_a_fourth_subscription_of_a_customer_is_warned_of(tmp_path: Path) -> None:
    four = ", ".join(f"p{number}: {{customer: a, items: [per-call]}}" for number in range(4))
    (tmp_path / "story.yaml").write_text("")
    text = STORY.replace("cycle1.end", "start + 1d").replace("INTERVAL", "month")
    text = text.replace("CYCLES", "1").replace("CUSTOMERS", "a: {}").replace("SUBSCRIPTIONS", four)
    (tmp_path / "story.yaml").write_text(text, encoding="utf-8")
    [case] = load_file(tmp_path / "story.yaml", tmp_path).cases
    [found] = warnings(plan_case(case))
    assert found.message == "`a` has 4 subscriptions, and on a test clock a customer takes 3"


def test_alerts_cannot_be_run_on_a_clock(tmp_path: Path) -> None:
    call = "  - call: {method: POST, path: /v1/billing/alerts, params: {title: x}}\n"
    [found] = obstacles(plan(tmp_path, steps=call))
    assert found.message == "alerts do not work on test clocks; say `only_on: {simulator: …}`"


def test_the_plan_s_text_says_both(tmp_path: Path) -> None:
    assert "  not on stripe, line 6: `plan` would get 31 invoices" in plan_text(plan(tmp_path, days=30))
    assert "  on stripe, line 6: `plan` gets 15 invoices" in plan_text(plan(tmp_path, days=14))
