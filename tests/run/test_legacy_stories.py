"""The stories of `scenarios/legacy`: failures name the records behind a total; migrating changes no bill."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest

import harness
from harness.check import check
from harness.diagnose import diagnose
from harness.history.entries import CaseEnded, Claimed, Entry, Refused
from harness.history.facts import Facts, read_facts
from harness.report.text import failure_text
from harness.run import run_case
from harness.run.unavailable import unavailable
from harness.scenario import Case, load_file

FOLDER = Path(harness.__file__).parent.parent / "scenarios" / "legacy"
FILES = [load_file(path) for path in sorted(FOLDER.glob("*.yaml"))]
CASES = {case.name: case for file in FILES for case in file.cases}
WRONG = 999


@cache
def told(name: str) -> tuple[Entry, ...]:
    return tuple(run_case(CASES[name]).entries)


def broken(claim: dict[str, Any]) -> dict[str, Any]:
    """The claim with every quantity made wrong on purpose."""
    found = dict(claim)
    if found.get("usage_summary", {}).get("total") is not None:
        found["usage_summary"] = found["usage_summary"] | {"total": WRONG}
    if found.get("usage_summary", {}).get("never_billed") is not None:
        found["usage_summary"] = found["usage_summary"] | {"never_billed": str(WRONG)}
    if "lines" in found:
        lines = [
            line | {"quantity": str(WRONG)} if "quantity" in line else line
            for line in found["lines"]["lines"]
        ]
        found["lines"] = found["lines"] | {"lines": lines}
    return found


def spoilt(entries: Sequence[Entry]) -> Facts:
    return read_facts(
        [replace(each, claim=broken(each.claim)) if isinstance(each, Claimed) else each for each in entries]
    )


def claims_records(case: Case) -> bool:
    return any(type(step).__name__ == "UsageRecordStep" for step in case.scenario.steps) and any(
        isinstance(each, Claimed) for each in told(case.name)
    )


@pytest.mark.parametrize("name", CASES)
def test_a_legacy_story_holds(name: str) -> None:
    assert check(read_facts(told(name))).findings == ()


@pytest.mark.parametrize("name", [name for name, case in CASES.items() if claims_records(case)])
def test_a_broken_expectation_is_answered_with_the_records_that_made_the_total(name: str) -> None:
    facts = spoilt(told(name))
    checked = check(facts)
    text = failure_text(facts, checked, diagnose(facts, checked))
    assert checked.findings
    shown = [usage for usage in facts.usages if usage.action and usage.accepted]
    assert shown or not any(usage.action for usage in facts.usages)
    for usage in shown[:11]:  # of many the rest is counted
        assert f"#{usage.n} " in text, text


def test_of_many_records_the_rest_is_counted() -> None:
    """LEG-02: the trace has what Stripe doesn't show."""
    facts = spoilt(told("twenty-seven-increments"))
    checked = check(facts)
    assert "and 16 more records that add 16" in " ".join(
        failure_text(facts, checked, diagnose(facts, checked)).split()
    )


def totals(name: str) -> list[tuple[str, int, tuple[Any, ...]]]:
    """Reason, total, and quantities and amounts of each final invoice, without first invoices of nothing."""
    seen = [each.view for each in read_facts(told(name)).last_invoices()]
    return [
        (invoice.reason, invoice.total, tuple((line.quantity, line.amount) for line in invoice.lines))
        for invoice in seen
        if invoice.reason != "subscription_create"
    ]


def test_a_migration_bills_the_same() -> None:
    """LEG-27, LEG-31"""
    story = "the-same-bill-after-migrating"
    assert totals(f"{story}[usage-records]") == totals(f"{story}[meter-events]")
    assert [total for _, total, _ in totals(f"{story}[usage-records]")] == [1250, 70]


def test_the_last_value_bills_the_same_on_both() -> None:
    """LEG-27: `last_during_period` is a meter's `last`."""
    legacy = [lines[0][0] for _, _, lines in totals("four-ways-to-aggregate[last-during-period]")]
    meter = [lines[0][0] for _, _, lines in totals("the-same-bill-with-the-last-value")]
    assert legacy == meter == [3, 4, 0]


def test_the_last_second_goes_to_different_cycles() -> None:
    """LEG-03, LEG-34: what a migration does change."""
    story = "the-last-second-of-a-period"
    assert [total for _, total, _ in totals(f"{story}[records]")] == [300, 0]
    assert [total for _, total, _ in totals(f"{story}[meter]")] == [0, 300]


NO_PRICES = "Starting with Stripe version `2025-03-31.basil`, metered prices must be backed by meters."
NO_URL = "Unrecognized request URL (POST: /v1/subscription_items/si_1/usage_records)."
OLD, NEW = "2025-02-24.acacia", "2025-03-31.basil"


def refused(path: str, message: str, *, expected: bool = False) -> list[Entry]:
    call = replace(next(each for each in told("increments-add-up[same-second]") if each.kind == "call"), n=1)
    call = replace(call, method="POST", path=path, status=400, answer={"error": {"message": message}})  # type: ignore[call-arg]
    told_off = Refused(
        n=2,
        clock=None,
        wall=0,
        line=5,
        call=1,
        expected=expected,
        wanted=None,
        status=400,
        type=None,
        code=None,
        param=None,
        message=message,
    )
    return [call, told_off]


@pytest.mark.parametrize(
    ("path", "message", "version", "runnable"),
    [
        ("/v1/prices", NO_PRICES, OLD, False),
        ("/v1/subscription_items/si_1/usage_records", NO_URL, OLD, False),
        ("/v1/prices", NO_PRICES, NEW, True),
        ("/v1/subscription_items/si_1/usage_records", NO_URL, NEW, True),
        ("/v1/prices", "No such product", OLD, True),
        ("/v1/nonsense", "Unrecognized request URL (POST: /v1/nonsense).", OLD, True),
    ],
)
def test_an_account_without_legacy_prices_says_nothing_about_a_story(
    path: str, message: str, version: str, runnable: bool
) -> None:
    """LEG-25, PRC-02: Stripe's own message is the reason."""
    reason = unavailable(refused(path, message), version)
    assert (reason is None) is runnable
    assert runnable or message in str(reason)
    assert unavailable(refused(path, message, expected=True), version) is None


def test_a_story_that_could_not_be_told_has_no_findings() -> None:
    entries = [each for each in told("increments-add-up[same-second]") if not isinstance(each, CaseEnded)]
    last = entries[-1]
    ended = CaseEnded(
        n=last.n + 1, clock=last.clock, wall=last.wall, outcome="skipped", line=8, reason=NO_PRICES
    )
    assert check(read_facts([*entries[:6], ended])).findings == ()
