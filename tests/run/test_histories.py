"""What a run leaves behind is the same every time, to the byte."""

from pathlib import Path

import pytest

from harness.history.entries import from_line, to_line
from harness.run import run_case
from harness.scenario import Case, load_file

SCENARIOS = Path(__file__).parents[2] / "scenarios"
CASES = [
    case for path in sorted(SCENARIOS.glob("*.yaml")) for case in load_file(path, SCENARIOS.parent).cases
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_two_runs_of_a_case_are_equal_to_the_byte(case: Case) -> None:
    first, second = (
        "".join(to_line(entry) for entry in run_case(case, folder=SCENARIOS).entries) for _ in range(2)
    )
    assert first == second


def test_a_trace_reads_back_as_it_was_written() -> None:
    entries = run_case(CASES[0], folder=SCENARIOS).entries
    assert [from_line(to_line(entry)) for entry in entries] == list(entries)


def test_a_run_leaves_no_clock_behind() -> None:
    [ended] = [
        entry
        for entry in run_case(CASES[0], folder=SCENARIOS).entries
        if entry.kind == "call" and entry.as_json()["method"] == "DELETE"
    ]
    assert ended.as_json()["answer"]["deleted"] is True
