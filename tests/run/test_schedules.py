"""Stories about subscriptions that a schedule changes, makes or ends, through the whole harness."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from harness.check import Checked, check
from harness.check.coverage import services
from harness.diagnose import Cause, diagnose
from harness.history.entries import Called, Waited
from harness.history.facts import Facts, read_facts
from harness.run import run_case
from harness.scenario import load_file

DAY = 86_400
HEAD = """\
scenario: Under a schedule
clock: 2026-01-01
meters: {calls: {formula: sum}}
prices:
  first: {meter: calls, interval: month, unit_amount: 1 usd}
  second: {meter: calls, interval: month, unit_amount: 2 usd}
customers: {acme: {payment_method: pm_card_visa}}
simulator: {aggregation_lag: 4m}
"""
SUBSCRIBED = "subscriptions: {plan: {customer: acme, items: [first], billing_mode: MODE}}\nsteps:\n"
TAKEN_OVER = """\
  - call:
      method: POST
      path: /v1/subscription_schedules
      params: {from_subscription: {id_of: plan}}
      id: schedule
"""
PLANNED = """\
  - call:
      method: POST
      path: "/v1/subscription_schedules/:schedule"
      params:
        end_behavior: END
        phases:
          - {items: [{price: {id_of: first}}], start_date: {time_of: start}, end_date: {time_of: start + 20d}}
          - {items: [{price: {id_of: second}}], end_date: {time_of: start + 50d}, proration_behavior: PRORATE}
"""
MADE = """\
steps:
  - call:
      method: POST
      path: /v1/subscription_schedules
      id: schedule
      params:
        customer: {id_of: acme}
        start_date: {time_of: start + 5d}
        end_behavior: END
        billing_mode: {type: MODE}
        phases:
          - {items: [{price: {id_of: first}}], end_date: {time_of: start + 20d}}
          - {items: [{price: {id_of: second}}], end_date: {time_of: start + 50d}, proration_behavior: PRORATE}
"""


def used(label: str, value: int, day: int) -> str:
    """Usage just before that day, too fresh for the meter to show by then."""
    event = f"{{id: {label}, meter: calls, customer: acme, value: {value}}}"
    return f"  - advance: start + {day}d - 10m\n  - meter_events: {event}\n"


END = "  - advance: start + 52d\n"


@dataclass(frozen=True)
class Told:
    facts: Facts
    checked: Checked
    causes: tuple[Cause, ...]
    waits: list[str]

    @property
    def fates(self) -> dict[str, str]:
        return {row.usage.label: row.fate for account in self.checked.accounts for row in account.rows}

    @property
    def found(self) -> list[tuple[str, list[int]]]:
        return [(cause.code, [each.n for each in cause.evidence]) for cause in self.causes]


def told(
    folder: Path, steps: str, *, mode: str = "flexible", end: str = "cancel", prorate: str = "none"
) -> Told:
    path = folder / "story.yaml"
    text = (HEAD + steps).replace("MODE", mode).replace("END", end).replace("PRORATE", prorate)
    path.write_text(text, encoding="utf-8")
    loaded = load_file(path)
    assert loaded.problems == []
    entries = run_case(loaded.cases[0]).entries
    facts = read_facts(entries)
    checked = check(facts)
    waits = [entry.last for entry in entries if isinstance(entry, Waited) and "calls" in entry.reason]
    return Told(facts, checked, diagnose(facts, checked), waits)


STORY = used("one", 5, 20) + used("two", 7, 50) + END


@pytest.mark.parametrize("begun", [SUBSCRIBED + TAKEN_OVER + PLANNED, MADE], ids=["taken over", "made"])
@pytest.mark.parametrize(
    ("mode", "prorate", "fates"),
    [
        ("flexible", "create_prorations", {"one": "billed", "two": "billed"}),
        ("flexible", "always_invoice", {"one": "billed", "two": "billed"}),
        ("flexible", "none", {"one": "lost", "two": "billed"}),
        ("classic", "create_prorations", {"one": "lost", "two": "billed"}),
    ],
)
def test_units_have_their_fates_from_phase_to_phase(
    tmp_path: Path, begun: str, mode: str, prorate: str, fates: dict[str, str]
) -> None:
    """CHG-01 CHG-02 LIV-27: the meters catch up before a phase bills what the old price has gathered."""
    story = told(tmp_path, begun + STORY, mode=mode, prorate=prorate)
    assert story.fates == fates
    assert story.waits[0] == "5 of 5"
    assert [finding.code for finding in story.checked.findings] == ["unclaimed-loss"] * (
        "lost" in fates.values()
    )


def test_prices_come_and_go_with_their_phases_whenever_somebody_looks(tmp_path: Path) -> None:
    story = told(tmp_path, SUBSCRIBED + TAKEN_OVER + PLANNED + STORY)
    start = next(iter(story.facts.cycles.values()))[0]
    [account] = story.checked.accounts
    seen = services(story.facts, str(account.meter), str(account.customer))
    spans = [(each.began_at, each.removed_at) for each in seen]
    assert spans == [(start, start + 20 * DAY), (start + 20 * DAY, None)]


def test_a_loss_is_explained_by_the_request_that_planned_the_phase(tmp_path: Path) -> None:
    """CHG-01"""
    asked = {"mode": "classic", "prorate": "create_prorations"}
    story = told(tmp_path, SUBSCRIBED + TAKEN_OVER + PLANNED + STORY, **asked)
    planned = [
        call.n
        for call in story.facts.all(Called)
        if call.method == "POST" and call.path.startswith("/v1/subscription_schedules/")
    ]
    [(_, evidence)] = story.found
    assert planned[0] in evidence


@pytest.mark.parametrize(
    ("asked", "fate", "codes"),
    [("", "billed", []), ("params: {invoice_now: false, prorate: false}", "lost", ["U43"])],
)
def test_a_cancelled_schedule_bills_what_was_used_unless_told_otherwise(
    tmp_path: Path, asked: str, fate: str, codes: list[str]
) -> None:
    """CHG-14 CHG-15"""
    cancel = f'  - call: {{method: POST, path: "/v1/subscription_schedules/:schedule/cancel", {asked}}}\n'
    story = told(
        tmp_path, SUBSCRIBED + TAKEN_OVER + used("one", 5, 10) + "  - advance: start + 10d\n" + cancel + END
    )
    assert (story.fates, [code for code, _ in story.found]) == ({"one": fate}, codes)


def test_a_renewal_that_nobody_looked_at_is_settled_before(tmp_path: Path) -> None:
    """LIV-27: the subscription is the schedule's own, and no step reads it."""
    long = MADE.replace("end_date: {time_of: start + 20d}", "end_date: {time_of: start + 49d}")
    story = told(tmp_path, long + used("one", 5, 36) + "  - advance: start + 40d\n", prorate="none")
    assert (story.fates, story.waits[0]) == ({"one": "billed"}, "5 of 5")


def test_a_schedule_that_waits_serves_nobody(tmp_path: Path) -> None:
    story = told(
        tmp_path, MADE + used("early", 5, 2) + used("late", 7, 20) + END, prorate="create_prorations"
    )
    assert story.fates == {"early": "lost", "late": "billed"}
