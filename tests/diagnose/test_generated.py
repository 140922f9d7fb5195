"""Laws that hold for any story of the simulator: all units are accounted for, and each loss has a cause."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from harness.check import Checked, check
from harness.diagnose import Cause, diagnose
from harness.history.facts import Facts, read_facts
from harness.report.text import as_json, explain_text, failure_text
from harness.run import run_case
from harness.scenario import load_file

Json = dict[str, Any]
UNDECIDED = {"crashed", "unaccounted", "unexplained"}
TIERS = [
    {"up_to": 10, "unit_amount": "1 usd", "flat_amount": "2 usd"},
    {"up_to": "inf", "unit_amount": "0.5 usd"},
]
UNFLAT = [{"up_to": 10, "unit_amount": "1 usd"}, {"up_to": "inf", "unit_amount": "0.5 usd"}]
PER_CALL = [
    {"unit_amount": "0.02 usd"},
    {"tiers_mode": "graduated", "tiers": TIERS},
    {"tiers_mode": "volume", "tiers": TIERS},
    {"unit_amount": "0.02 usd", "transform_quantity": {"divide_by": 7, "round": "up"}},
]
SUBSCRIPTION_STEPS: list[Json] = [
    {"update_subscription": {"subscription": "plan", "items": [{"item": "per-call", "price": "dearer"}]}},
    {
        "update_subscription": {
            "subscription": "plan",
            "items": [{"item": "per-call", "price": "dearer"}],
            "proration_behavior": "none",
        }
    },
    {"update_subscription": {"subscription": "plan", "items": [{"item": "per-call", "deleted": True}]}},
    {"cancel_subscription": "plan"},
    {"cancel_subscription": {"subscription": "plan", "invoice_now": True}},
    {"update_subscription": {"subscription": "plan", "params": {"pause_collection": {"behavior": "void"}}}},
    {
        "update_subscription": {
            "subscription": "plan",
            "params": {"pause_collection": {"behavior": "keep_as_draft"}},
        }
    },
]


@st.composite
def documents(draw: st.DrawFn) -> Json:
    """A scenario with some usage, some advances, and at most one change of the subscription."""
    seconds = st.sampled_from([3_600, 2 * 86_400, 9 * 86_400, 16 * 86_400, 31 * 86_400])
    now, steps = 0, []
    changes = draw(st.lists(st.sampled_from(SUBSCRIPTION_STEPS), max_size=1))
    for number in range(draw(st.integers(2, 7))):
        kind = draw(st.sampled_from(["usage", "usage", "advance", "change"]))
        if kind == "usage":
            stamp = draw(st.sampled_from(["now", "now - 1s", "now - 3d", "now - 20d", "unstamped"]))
            event = {"id": f"e{number}", "meter": "calls", "customer": "acme", "at": stamp}
            steps.append({"meter_events": event | {"value": draw(st.integers(-3, 20))}})
            if draw(st.integers(0, 5)) == 0:
                steps.append({"cancel_meter_event": {"meter": "calls", "event": f"e{number}"}})
        elif kind == "advance":
            now += draw(seconds)
            steps.append({"advance": {"to": f"start + {now}s", "settle": draw(st.booleans())}})
        elif changes:
            steps.append(changes.pop())
    steps.append({"advance": f"start + {now + draw(seconds)}s"})
    return _document(draw, steps)


def _document(draw: st.DrawFn, steps: list[Json]) -> Json:
    meter = {"formula": draw(st.sampled_from(["sum", "sum", "count", "last"]))}
    meter |= draw(st.sampled_from([{}, {}, {"event_time_window": "hour"}, {"event_time_window": "day"}]))
    plan = {
        "customer": "acme",
        "items": ["per-call", "flat"],
        "billing_mode": draw(st.sampled_from(["flexible", "classic"])),
    }
    priced = draw(st.sampled_from(PER_CALL))
    if "transform_quantity" not in priced and draw(st.integers(0, 2)) == 0:
        plan["params"] = {"billing_thresholds": {"amount_gte": draw(st.sampled_from([50, 300, 1_200]))}}
        priced = {key: value for key, value in priced.items() if key != "tiers"} | (
            {"tiers": UNFLAT} if "tiers" in priced else {}
        )
    return {
        "scenario": "generated",
        "clock": "2026-01-01",
        "meters": {"calls": meter},
        "prices": {
            "per-call": {"meter": "calls"} | priced,
            "dearer": {"meter": "calls", "unit_amount": "0.05 usd"},
            "flat": {"unit_amount": "5 usd"},
        },
        "customers": {"acme": {"payment_method": "pm_card_visa"}},
        "subscriptions": {"plan": plan | draw(st.sampled_from([{}, {}, {"trial_period_days": 7}]))},
        "simulator": {"aggregation_lag": draw(st.sampled_from(["0s", "1m", "10m"]))},
        "steps": steps,
    }


TOO_LATE_FOR_A_CHANGE: Json = {
    "scenario": "sent just as the price was replaced; the invoice has a line for either price",
    "clock": "2026-01-01",
    "meters": {"calls": {"formula": "sum"}},
    "prices": {
        name: {"meter": "calls", "unit_amount": amount}
        for name, amount in (("per-call", "1 usd"), ("dearer", "2 usd"))
    },
    "customers": {"acme": {"payment_method": "pm_card_visa"}},
    "subscriptions": {"plan": {"customer": "acme", "items": ["per-call"], "billing_mode": "flexible"}},
    "simulator": {"aggregation_lag": "0s"},
    "steps": [
        {"meter_events": {"meter": "calls", "customer": "acme", "at": "now", "value": 7}},
        {"advance": {"to": "start + 2h", "settle": False}},
        {"update_subscription": {"subscription": "plan", "items": [{"item": "per-call", "price": "dearer"}]}},
        {"meter_events": {"meter": "calls", "customer": "acme", "at": "now - 1s", "value": 3}},
        {"advance": {"to": "start + 16d", "settle": False}},
        {"meter_events": {"meter": "calls", "customer": "acme", "at": "now", "value": 5}},
        {"advance": "start + 33d"},
    ],
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("generated")


def told(document: Json, folder: Path) -> tuple[Facts, Checked, list[Cause]]:
    path = folder / "generated.yaml"
    path.write_text(yaml.safe_dump(document, sort_keys=False))
    file = load_file(path)
    assert not file.problems
    facts = read_facts(run_case(file.cases[0]).entries)
    checked = check(facts)
    return facts, checked, list(diagnose(facts, checked))


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(document=documents())
@example(document=TOO_LATE_FOR_A_CHANGE)
def test_every_unit_is_accounted_for_and_every_loss_has_a_cause(document: Json, folder: Path) -> None:
    facts, checked, causes = told(document, folder)
    assert not {finding.code for finding in checked.findings} & UNDECIDED
    explained = {label for cause in causes for label in cause.events}
    rows = [row for account in checked.accounts for row in account.rows]
    assert [row.usage.label for row in rows if row.fate == "lost" and row.usage.label not in explained] == []
    certain = [label for cause in causes if cause.certainty == "certain" for label in cause.events]
    assert len(certain) == len(set(certain))
    assert explain_text(facts, checked, causes)
    assert as_json(facts, checked, causes)
    if checked.findings:
        assert len(failure_text(facts, checked, causes).splitlines()[0]) <= 80
