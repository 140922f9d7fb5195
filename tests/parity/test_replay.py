"""Parity files replayed: the simulator must come to what was recorded."""

from pathlib import Path

import pytest

from harness.history.times import in_scenario_dates
from harness.parity import compare, result_of
from harness.parity.files import load
from harness.run import run_case
from harness.scenario import load_file

ROOT = Path(__file__).parents[2]
RECORDED = sorted((Path(__file__).parent / "recorded").glob("*.json"))


@pytest.mark.parametrize("file", RECORDED, ids=lambda file: file.stem)
def test_the_simulator_comes_to_what_was_recorded(file: Path) -> None:
    recording = load(file)
    scenario = ROOT / recording["file"]
    [case] = [each for each in load_file(scenario, ROOT).cases if each.name == recording["case"]]
    entries = in_scenario_dates(run_case(case, folder=scenario.parent).entries)
    assert compare(recording["result"], result_of(entries)) == []


def test_there_are_recordings_and_each_says_who_answered() -> None:
    assert RECORDED
    for file in RECORDED:
        recording = load(file)
        assert recording["host"]
        assert recording["recorded_on"]
        assert "sk_test" not in file.read_text(encoding="utf-8")
