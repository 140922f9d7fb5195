"""Each story is told on the simulator, and its diagnosis names just the cause in its file name."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.check import check
from harness.diagnose import diagnose
from harness.history.facts import read_facts
from harness.run import run_case
from harness.scenario import Case, load_file

STORIES = Path(__file__).parent / "stories"
FILES = sorted(path for path in STORIES.glob("U*.yaml"))
LIKELY = {"U05", "U61"}
"""Causes that the facts can never prove: they are about what somebody meant."""


def cases() -> list[object]:
    files = [load_file(path) for path in FILES]
    for path, file in zip(FILES, files, strict=True):
        assert not file.problems, f"{path.name}: {file.problems}"
    return [
        pytest.param(path.stem, case, id=case.name)
        for path, file in zip(FILES, files, strict=True)
        for case in file.cases
    ]


@pytest.mark.parametrize(("code", "case"), cases())
def test_a_story_is_explained_by_its_own_cause_and_no_other(code: str, case: Case) -> None:
    facts = read_facts(run_case(case).entries)
    checked = check(facts)
    causes = diagnose(facts, checked)
    assert [cause.code for cause in causes] == [code], checked.findings
    assert causes[0].certainty == ("likely" if code in LIKELY else "certain")
    assert causes[0].evidence
