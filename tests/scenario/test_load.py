"""A scenario file becomes typed cases."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.scenario import AdvanceStep, Case, ExpectStep, InvoiceEdge, MeterEventsStep, load_file

ROOT = Path(__file__).parents[2]
LATE_USAGE = ROOT / "scenarios" / "usage-from-invoice-created.yaml"


@pytest.fixture
def late_usage() -> list[Case]:
    found = load_file(LATE_USAGE, ROOT)
    assert found.problems == []
    return found.cases


def test_a_file_with_six_rows_gives_six_named_cases(late_usage: list[Case]) -> None:
    assert [case.name for case in late_usage] == [
        "usage-from-invoice-created[stamped-now]",
        "usage-from-invoice-created[stamped-at-period-end]",
        "usage-from-invoice-created[stamped-a-second-before]",
        "usage-from-invoice-created[stamped-at-period-start]",
        "usage-from-invoice-created[handler-two-hours-late]",
        "usage-from-invoice-created[clock-outran-the-meter]",
    ]


def test_a_variable_keeps_the_type_of_its_value(late_usage: list[Case]) -> None:
    settles = [case.scenario.steps[0] for case in late_usage]
    assert [step.advance.settle for step in settles if isinstance(step, AdvanceStep)] == [True] * 5 + [False]


def test_a_reactions_steps_are_typed_too(late_usage: list[Case]) -> None:
    step = late_usage[4].scenario.reactions[0].do[0]
    assert isinstance(step, MeterEventsStep)
    assert str(step.meter_events[0].at) == "invoice.period.end - 1s"
    assert step.meter_events[0].at.anchor == InvoiceEdge("period.end")


def test_a_cases_only_on_belongs_to_that_case_alone(late_usage: list[Case]) -> None:
    assert [list(case.scenario.only_on) for case in late_usage] == [[]] * 5 + [["simulator"]]


def test_steps_and_lines_know_the_line_they_stand_on(late_usage: list[Case]) -> None:
    text = LATE_USAGE.read_text(encoding="utf-8").splitlines()
    case = late_usage[0]
    step = case.scenario.steps[1]
    assert isinstance(step, ExpectStep)
    assert step.expect.lines is not None
    assert step.line == step.expect.lines.claims[0].line == case.line("steps", 1, "expect", "lines", 0)
    assert "invoice: cycle1" in text[step.line - 1]
    assert text[case.scenario.reactions[0].line - 1].strip() == "- on: invoice.created"
