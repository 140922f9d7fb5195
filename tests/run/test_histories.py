"""What a run leaves behind is the same every time, to the byte."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from harness.history.entries import Entry, from_line, to_line
from harness.run import run_case
from harness.scenario import Case, find_files, load_file

SCENARIOS = Path(__file__).parents[2] / "scenarios"
CASES = [case for path in find_files([SCENARIOS]) for case in load_file(path, SCENARIOS.parent).cases]


def told(case: Case) -> Sequence[Entry]:
    return run_case(case, folder=(SCENARIOS.parent / case.file).parent).entries


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.file}-{case.name}")
def test_two_runs_of_a_case_are_equal_to_the_byte(case: Case) -> None:
    first, second = ("".join(to_line(entry) for entry in told(case)) for _ in range(2))
    assert first == second


def test_a_trace_reads_back_as_it_was_written() -> None:
    entries = told(CASES[0])
    assert [from_line(to_line(entry)) for entry in entries] == list(entries)


def test_a_run_leaves_no_clock_behind() -> None:
    [ended] = [
        entry for entry in told(CASES[0]) if entry.kind == "call" and entry.as_json()["method"] == "DELETE"
    ]
    assert ended.as_json()["answer"]["deleted"] is True
