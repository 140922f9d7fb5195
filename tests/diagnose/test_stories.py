"""Each story is told on the simulator: its diagnosis names just the cause in its file name, and is true."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from harness.diagnose.registry import REGISTRY
from harness.diagnose.unseen import ONLY_LIKELY
from harness.scenario import Case, load_file

STORIES = Path(__file__).parent / "stories"
FILES = sorted(path for path in STORIES.glob("U*.yaml"))
BESIDE = {"U19": "U07", "U20": "U07", "U73": "U23"}
"""What is wrong besides: with the events that nobody hears of, and in the days that another clock divides."""
UNTOLD = {"U09", "U21", "U49", "U63", "U66"}
"""Causes that the simulator cannot bring about; their histories are written by hand."""

Tell = Callable[..., Any]


def code_of(path: Path) -> str:
    return path.stem.partition("-")[0]


def cases() -> Iterator[tuple[str, Case]]:
    for path in FILES:
        file = load_file(path)
        assert not file.problems, f"{path.name}: {file.problems}"
        for case in file.cases:
            yield code_of(path), case


@pytest.mark.parametrize(("code", "case"), [pytest.param(*each, id=each[1].name) for each in cases()])
def test_a_story_is_explained_by_its_own_cause_and_no_other(code: str, case: Case, told: Tell) -> None:
    story = told(case)
    wanted = [code] if code not in BESIDE else sorted([code, BESIDE[code]])
    assert story.codes == wanted, story.checked.findings
    named = next(cause for cause in story.causes if cause.code == code)
    assert named.certainty == ("likely" if code in ONLY_LIKELY else "certain")
    assert named.evidence


def test_every_cause_has_a_story() -> None:
    """Prints the matrix: cause by story, whether it was named, and whether the simulator agrees."""
    assert {code_of(path) for path in FILES} | UNTOLD == set(REGISTRY)


@pytest.fixture(scope="module")
def matrix(telling_stories: Tell) -> list[tuple[str, str, list[str], list[str]]]:
    """For each story: its cause, its name, the causes named, and where the simulator knows better."""
    told = [(code, case.name, telling_stories(case)) for code, case in cases()]
    return [(code, name, story.codes, story.disagreements()) for code, name, story in told]


def test_the_matrix_of_causes(matrix: list[tuple[str, str, list[str], list[str]]]) -> None:
    print()
    for code, name, named, wrong in matrix:
        verdict = "named" if code in named else "MISSED"
        print(f"{code}  {verdict:8}{name:34}{REGISTRY[code].title}")
        print("".join(f"     the simulator: {each}\n" for each in wrong), end="")
    for code in sorted(UNTOLD):
        print(f"{code}  {'-':8}{'written by hand':34}{REGISTRY[code].title}")
    assert [name for code, name, named, _ in matrix if code not in named] == []
    assert [(name, wrong) for _, name, _, wrong in matrix if wrong] == []
