"""Cases, matrices, variables, `when` and shared files: one document becomes several scenarios."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import pytest

from harness.scenario import AdvanceStep, CallStep, ExpectStep, MeterEventsStep, ScenarioFile

Load = Callable[..., ScenarioFile]


def advances(found: ScenarioFile) -> list[list[str]]:
    """Where each case's clock goes."""
    assert [problem.message for problem in found.problems] == []
    steps = [[step for step in case.scenario.steps if isinstance(step, AdvanceStep)] for case in found.cases]
    return [[str(step.advance.to) for step in each] for each in steps]


def messages(found: ScenarioFile) -> list[str]:
    return [problem.message for problem in found.problems]


def test_a_file_without_cases_is_one_case_named_by_its_stem(load_steps: Load) -> None:
    (case,) = load_steps("  - advance: cycle1.end\n").cases
    assert (case.name, case.id, case.file, case.values) == ("story", None, "story.yaml", {})


def test_a_matrix_is_a_plain_product(load_steps: Load) -> None:
    found = load_steps(
        "  - advance: {to: $to, settle: $settle}\n",
        "matrix: {to: [cycle1.end, cycle2.end - 1s], settle: [true, false]}\n",
    )
    assert [case.id for case in found.cases] == [
        "cycle1.end-true",
        "cycle1.end-false",
        "cycle2.end-1s-true",
        "cycle2.end-1s-false",
    ]
    assert found.cases[3].values == {"to": "cycle2.end - 1s", "settle": False}


def test_a_cases_value_wins_over_the_files(load_steps: Load) -> None:
    found = load_steps(
        "  - advance: $to\n", "vars: {to: cycle1.end}\ncases: [{id: a}, {id: b, to: cycle2.end}]\n"
    )
    assert advances(found) == [["cycle1.end"], ["cycle2.end"]]


def test_durations_may_follow_a_name(load_steps: Load) -> None:
    found = load_steps(
        "  - advance: $boundary - 1s\n  - advance: $boundary + 1h + 1d\n", "vars: {boundary: cycle1.end}\n"
    )
    assert advances(found) == [["cycle1.end - 1s", "cycle1.end + 1h + 1d"]]


def test_a_variable_may_use_another(load_steps: Load) -> None:
    found = load_steps(
        "  - advance: $late\n",
        "vars: {late: $edge + 2h}\ncases: [{id: one, edge: cycle1.end}, {id: two, edge: cycle2.end}]\n",
    )
    assert advances(found) == [["cycle1.end + 2h"], ["cycle2.end + 2h"]]


def test_a_name_may_stand_for_a_mapping_or_a_list(load_steps: Load) -> None:
    found = load_steps(
        "  - meter_events: $events\n  - expect: {invoice: cycle1, lines: [$line]}\n",
        "vars:\n  events: [{meter: api_calls, customer: acme, value: 1}]\n"
        "  line: {price: per-call, quantity: 1}\n",
    )
    (case,) = found.cases
    report, claim = case.scenario.steps
    assert isinstance(report, MeterEventsStep)
    assert isinstance(claim, ExpectStep)
    assert report.meter_events[0].value == 1
    assert claim.expect.lines is not None
    assert claim.expect.lines.claims[0].quantity == Decimal(1)
    assert (report.line, claim.line) == (11, 12)


def test_a_name_may_stand_for_a_whole_step(load_steps: Load) -> None:
    found = load_steps("  - $jump\n", "vars: {jump: {advance: cycle1.end}}\n")
    assert advances(found) == [["cycle1.end"]]


def test_a_quoted_name_is_a_name_and_two_dollars_are_a_text(load_steps: Load) -> None:
    found = load_steps('  - {advance: "$to", name: $$5 off}\n', "vars: {to: cycle1.end}\n")
    assert advances(found) == [["cycle1.end"]]
    assert found.cases[0].scenario.steps[0].name == "$5 off"


def test_a_dollar_sign_inside_a_text_means_nothing(load_steps: Load) -> None:
    found = load_steps("  - {advance: cycle1.end, name: costs $5}\n")
    assert found.cases[0].scenario.steps[0].name == "costs $5"


def test_the_title_is_the_files_and_never_filled(load: Load, head: str) -> None:
    found = load(f"{head.replace('A month of usage', '$5 a month')}steps:\n  - advance: cycle1.end\n")
    assert (found.title, messages(found)) == ("$5 a month", [])


def test_the_clock_may_be_a_case_value(load: Load, head: str) -> None:
    text = head.replace("clock: 2026-01-01", "clock: $day") + "matrix: {day: [2026-01-01, 2028-02-29]}\n"
    found = load(f"{text}steps:\n  - advance: cycle1.end\n")
    assert [case.scenario.clock.at for case in found.cases] == [1767225600, 1835395200]


def test_a_null_value_leaves_a_key_out(load: Load, head: str) -> None:
    text = head.replace("items: [per-call]", "items: [per-call], trial_end: $trial")
    found = load(f"{text}matrix: {{trial: [null, start + 7d]}}\nsteps:\n  - advance: cycle1.end\n")
    assert [str(case.scenario.subscriptions["acme-plan"].trial_end) for case in found.cases] == [
        "None",
        "start + 7d",
    ]


@pytest.mark.parametrize(
    ("when", "kept"),
    [
        ("$flag", ["a"]),
        ("true", ["a", "b", "c"]),
        ("{mode: classic}", ["a"]),
        ("{mode: [classic, flexible]}", ["a", "b"]),
        ("{mode: flexible, flag: false}", ["b"]),
        ("{number: 1}", ["a"]),
        ('{number: "1"}', ["c"]),
    ],
)
def test_when_keeps_a_step_in_the_cases_it_names(load_steps: Load, when: str, kept: list[str]) -> None:
    rows = (
        "cases:\n"
        "  - {id: a, flag: true, mode: classic, number: 1}\n"
        "  - {id: b, flag: false, mode: flexible, number: 2}\n"
        '  - {id: c, flag: false, mode: none, number: "1"}\n'
    )
    found = load_steps(
        f"  - advance: cycle1.end\n  - advance: cycle2.end\n    when: {when}\n"
        "  - call: {method: GET, path: /v1/events, params: {a: $flag, b: $mode, c: $number}}\n",
        rows,
    )
    assert [case.id for case in found.cases if len(case.scenario.steps) == 3] == kept


def test_lines_of_later_steps_are_right_where_when_dropped_one(load_steps: Load) -> None:
    found = load_steps(
        "  - advance: cycle1.end\n    when: $first\n  - advance: cycle2.end\n",
        "matrix: {first: [true, false]}\n",
    )
    with_it, without_it = found.cases
    assert with_it.line("steps", 1) == without_it.line("steps", 0) == 11
    assert without_it.scenario.steps[0].line == 11


def test_when_works_in_a_reaction_too(load: Load, head: str) -> None:
    reaction = (
        "reactions:\n  - on: invoice.created\n    do:\n      - advance: now + 1h\n      - advance: now + 2h\n"
        "        when: $twice\n"
    )
    found = load(f"{head}matrix: {{twice: [true, false]}}\n{reaction}steps:\n  - advance: cycle1.end\n")
    assert [len(case.scenario.reactions[0].do) for case in found.cases] == [2, 1]


def test_a_name_in_when_must_have_a_value(load_steps: Load) -> None:
    found = load_steps(
        "  - advance: cycle1.end\n  - advance: cycle2.end\n    when: {mode: classic, moed: classic}\n",
        "matrix: {mode: [classic, flexible]}\n",
    )
    assert [(problem.message, problem.hint) for problem in found.problems] == [
        ("`moed` has no value", "did you mean `mode`?")
    ]


def test_a_fault_in_a_step_that_cases_share_is_a_fault_of_all(load_steps: Load) -> None:
    found = load_steps(
        "  - {advance: $to, name: $0.84}\n", "cases: [{id: a, to: cycle1.end}, {id: b, to: cycle1.end}]\n"
    )
    assert messages(found) == ["`$` begins the name of a variable, and this isn't one"]


def test_a_name_without_value_is_told_wherever_it_is_used(load_steps: Load) -> None:
    found = load_steps("  - advance: $to\n  - advance: $to + 1h\n")
    assert [(problem.line, problem.message) for problem in found.problems] == [
        (8, "`$to` has no value"),
        (9, "`$to` has no value"),
    ]


def test_durations_can_only_follow_a_time(load_steps: Load) -> None:
    found = load_steps("  - advance: $n - 1s\n", "vars: {n: 5}\n")
    assert messages(found) == ["`$n` isn't an instant here, so no duration can follow it"]


def test_the_file_tells_its_title_text_and_tags(load: Load, head: str) -> None:
    found = load(f"{head}about: Once upon a time.\ntags: [a, b-c]\nsteps: [{{advance: start}}]\n")
    assert (found.title, found.about, found.tags) == ("A month of usage", "Once upon a time.", ("a", "b-c"))


def test_a_dropped_step_needs_no_values(load_steps: Load) -> None:
    found = load_steps(
        "  - advance: cycle1.end\n  - advance: $to\n    when: $has_to\n",
        "cases: [{id: a, has_to: true, to: cycle2.end}, {id: b, has_to: false}]\n",
    )
    assert advances(found) == [["cycle1.end", "cycle2.end"], ["cycle1.end"]]


def test_when_every_step_is_dropped_the_case_says_so(load_steps: Load) -> None:
    found = load_steps("  - advance: cycle1.end\n    when: $go\n", "matrix: {go: [true, false]}\n")
    assert messages(found) == ["`steps` needs at least one entry (in case `false`)"]


def test_a_cases_own_marks_come_on_top_of_the_files(load_steps: Load) -> None:
    found = load_steps(
        "  - advance: cycle1.end\n",
        "tags: [slow]\nxfail: {stripe: known}\n"
        "cases:\n  - {id: a}\n  - {id: b, tags: [late-usage], xfail: {simulator: planned}}\n",
    )
    first, second = (case.scenario for case in found.cases)
    assert (first.tags, second.tags) == (("slow",), ("slow", "late-usage"))
    assert (first.xfail, second.xfail) == ({"stripe": "known"}, {"stripe": "known", "simulator": "planned"})
    assert second.markers == ("slow", "late_usage")


def test_a_shared_file_gives_objects_and_variables(load: Load) -> None:
    found = load(
        "scenario: Shared\nclock: 2026-01-01\nuses: base.shared.yaml\n"
        "subscriptions: {acme-plan: {customer: acme, items: [per-call]}}\nsteps:\n  - advance: $edge\n",
        base="vars: {edge: cycle1.end, unused_here: 1}\nmeters: {api_calls: {formula: sum}}\n"
        "prices: {per-call: {meter: api_calls, unit_amount: 0.02 usd}}\ncustomers: {acme: {}}\n",
    )
    assert advances(found) == [["cycle1.end"]]
    assert list(found.cases[0].scenario.prices) == ["per-call"]


def test_the_files_own_variables_win_over_shared_ones(load: Load, head: str) -> None:
    found = load(
        f"{head}uses: [base.shared.yaml]\nvars: {{edge: cycle2.end}}\nsteps:\n  - advance: $edge\n",
        base="vars: {edge: cycle1.end}\n",
    )
    assert advances(found) == [["cycle2.end"]]


def test_a_faulty_shared_file_is_a_problem_not_a_crash(load: Load, head: str) -> None:
    text = f"{head}uses: base.shared.yaml\nsteps:\n  - advance: cycle1.end\n"
    assert messages(load(text, base="- a\n")) == [
        "a shared file should have keys: meters, prices, customers or vars"
    ]
    assert messages(load(text, base="meters: [a\n"))[0].startswith("the list that begins")
    assert messages(load(text, base="meters: 5\n")) == ["`meters` should be a mapping of keys and values"]


@pytest.mark.parametrize(
    ("before", "message"),
    [
        ("cases: []\n", "`cases` should be a list of cases"),
        ("cases: 5\n", "`cases` should be a list of cases"),
        ("cases: [{id: a}]\nmatrix: {n: [1]}\n", "`cases` and `matrix` exclude each other"),
        ("matrix: [1]\n", "`matrix` should be a mapping of names to lists"),
        ("matrix: {n: 5}\n", "`n` should be a list of values"),
        ("matrix: {n: []}\n", "`n` should be a list of values"),
        ("matrix: {n: [{a: 1}]}\n", "a matrix holds single values only"),
        ("matrix: {2n: [1]}\n", "`2n` can't be the name of a variable"),
        ("vars: [1]\n", "`vars` should be a mapping of names and values"),
        ("cases: [{id: a, only_on: {simulator: }}]\n", "`simulator` has no value"),
        ("cases: [{id: a, only_on: }]\n", "`only_on` has no value"),
    ],
)
def test_what_cant_be_expanded_is_said(load_steps: Load, before: str, message: str) -> None:
    assert message in messages(load_steps("  - advance: cycle1.end\n", before))


def test_a_call_may_name_what_it_made(load_steps: Load) -> None:
    found = load_steps(
        "  - call: {method: POST, path: /v1/coupons, params: {percent_off: 10}, id: tenth}\n"
        "  - call: {method: DELETE, path: '/v1/coupons/:tenth'}\n"
        "  - call: {method: GET, path: /v1/subscriptions, params: {customer: {id_of: acme}}}\n"
    )
    assert messages(found) == []
    step = found.cases[0].scenario.steps[2]
    assert isinstance(step, CallStep)
    assert step.call.params == {"customer": {"id_of": "acme"}}


def test_a_call_may_name_an_invoices_line_whose_subscription_there_is(load_steps: Load) -> None:
    asked = "  - call: {method: POST, path: /v1/credit_notes, params: {lines: [{id_of: %s}]}}\n"
    for name, said in (
        ("acme-plan.cycle1.line2", []),
        ("nowhere.cycle1.line2", ["no subscription is called `nowhere`"]),
        ("cycle1.line0", ["no object is called `cycle1.line0`"]),
    ):
        assert messages(load_steps(asked % name)) == said


def test_the_events_of_a_series_can_be_named(load_steps: Load) -> None:
    found = load_steps(
        "  - meter_events: {meter: api_calls, customer: acme, value: 1, times: 3, every: 1h, id: hourly}\n"
        "  - cancel_meter_event: {event: hourly-2}\n"
        "  - expect: {usage: {meter: api_calls, customer: acme, never_billed: [hourly-2, hourly-4x]}}\n"
    )
    assert messages(found) == ["no event is called `hourly-4x`"]
