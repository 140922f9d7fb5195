"""Cases as plans: hops, pauses, and what can never be carried out."""

from pathlib import Path

import pytest

from harness.plan.planner import Plan, plan_case, stamp
from harness.plan.problems import problems_of
from harness.plan.text import plan_text
from harness.scenario import load_file

HEAD = """\
scenario: A story
clock: 2026-01-01
meters: {calls: {formula: sum}}
prices: {per-call: {meter: calls, interval: month, unit_amount: 0.02 usd}}
customers: {acme: {payment_method: pm_card_visa}}
subscriptions: {plan: {customer: acme, items: [per-call]}}
"""
REACTION = """\
reactions:
  - on: invoice.created
    after: 2h
    do: [{meter_events: {meter: calls, customer: acme, at: now, value: 40}}]
"""


def plan_of(folder: Path, steps: str, head: str = HEAD, backend: str = "simulator") -> Plan:
    path = folder / "story.yaml"
    path.write_text(f"{head}steps:\n{steps}", encoding="utf-8")
    loaded = load_file(path)
    assert [problem.message for problem in loaded.problems] == []
    return plan_case(loaded.cases[0], backend)


def hops(plan: Plan) -> list[tuple[str, str]]:
    return [(stamp(hop.to), hop.because) for planned in plan.steps for hop in planned.hops]


def test_an_advance_without_reactions_is_one_hop(tmp_path: Path) -> None:
    assert hops(plan_of(tmp_path, "  - advance: cycle1.end + 3h\n")) == [("2026-02-01 03:00:00", "target")]


def test_with_reactions_an_advance_pauses_in_every_draft_hour(tmp_path: Path) -> None:
    plan = plan_of(tmp_path, "  - advance: cycle2.end + 3h\n", HEAD + REACTION)
    assert hops(plan) == [
        ("2026-02-01 00:01:00", "in the draft hour of cycle1"),
        ("2026-03-01 00:01:00", "in the draft hour of cycle2"),
        ("2026-03-01 03:00:00", "target"),
    ]


def test_a_bare_jump_never_pauses_and_is_never_cut(tmp_path: Path) -> None:
    plan = plan_of(tmp_path, "  - advance: {to: cycle4.end, pause: never}\n", HEAD + REACTION)
    assert hops(plan) == [("2026-05-01 00:00:00", "target")]


def test_a_long_way_is_cut_into_legs_of_two_intervals(tmp_path: Path) -> None:
    """CLK-23, CLK-24: at most two intervals of the shortest subscription in one call."""
    assert hops(plan_of(tmp_path, "  - advance: cycle5.end\n")) == [
        ("2026-03-01 00:00:00", "as far as one advance may go"),
        ("2026-05-01 00:00:00", "as far as one advance may go"),
        ("2026-06-01 00:00:00", "target"),
    ]


CALL = "{method: GET, path: /v1/customers"


@pytest.mark.parametrize(
    ("steps", "message"),
    [
        ("  - advance: start\n", "the clock already stands at 2026-01-01 00:00:00"),
        (
            "  - advance: cycle1.end\n  - advance: 2026-01-15\n",
            "the clock already stands at 2026-02-01 00:00:00",
        ),
        ("  - meter_events: {meter: calls, customer: acme, at: cycle9999.end, value: 1}\n", "further away"),
        (
            f"  - call: {CALL}, id: a}}\n  - call: {CALL}, params: {{c: {{time_of: a.cycle1.end}}}}}}\n",
            "no subscription `a` with planned cycles",
        ),
    ],
)
def test_what_cannot_be_carried_out_is_a_problem_with_its_line(
    tmp_path: Path, steps: str, message: str
) -> None:
    plan = plan_of(tmp_path, steps)
    [problem] = plan.problems
    assert message in problem.message
    assert problem.line == len(HEAD.splitlines()) + 1 + steps.count("\n")
    [shown] = problems_of(load_file(tmp_path / "story.yaml"))
    assert shown.line == problem.line
    assert shown.source_line.strip() == steps.splitlines()[-1].strip()


def test_steps_for_another_backend_are_left_out(tmp_path: Path) -> None:
    steps = "  - {advance: cycle1.end, only_on: {stripe: slow there}}\n  - advance: cycle1.end + 1h\n"
    assert len(plan_of(tmp_path, steps).steps) == 1
    assert len(plan_of(tmp_path, steps, backend="stripe").steps) == 2


def test_a_plan_shows_resolved_times_pauses_and_what_a_stamp_means(tmp_path: Path) -> None:
    text = plan_text(plan_of(tmp_path, "  - advance: cycle1.end + 3h\n", HEAD + REACTION))
    assert (
        text
        == """\
story                                            simulator · the newest API version · times UTC

  start  2026-01-01 00:00:00  meter calls · price per-call · customer acme · subscription plan
      1  2026-02-01 00:01:00  advance, pausing in the draft hour of cycle1
           on invoice.created, 2h later  report 40 calls for acme, stamped `now` = 2026-02-01 02:00:00
             note  that stamp lies in cycle 2 of plan, not in the invoiced one
         2026-02-01 03:00:00  advance goes on

  on stripe: 2 advances, at most 1 settles, about 17 s to 4 min"""
    )


TWO = "{a: {customer: acme, items: [per-call]}, b: {customer: acme, items: [per-call]}}"


@pytest.mark.parametrize("subscriptions", ["", f"subscriptions: {TWO}\n"])
def test_the_latest_invoice_is_the_newest_whosever_it_is(tmp_path: Path, subscriptions: str) -> None:
    head = HEAD.replace("subscriptions: {plan: {customer: acme, items: [per-call]}}\n", subscriptions)
    assert plan_of(tmp_path, "  - expect: {invoice: latest, status: paid}\n", head).problems == ()
