"""`harness check` and `harness plan`: what files say wrongly, and what they would do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.backends import traits_of
from harness.plan.planner import plan_case
from harness.plan.problems import problems_of
from harness.plan.text import plan_text
from harness.scenario import Problem, ScenarioFile, find_files, load_file
from harness.scenario.problems import render, render_terse

JSON_FORMAT = 1


@dataclass(frozen=True)
class CheckReport:
    """What checking found: the places that were looked at, counts, and every problem."""

    places: tuple[str, ...]
    files: int
    cases: int
    problems: tuple[Problem, ...]

    def text(self, *, terse: bool, seconds: float) -> str:
        """Every problem, and a line that counts."""
        told = [render_terse(problem) if terse else f"{render(problem)}\n" for problem in self.problems]
        numbers = ((self.files, "file"), (self.cases, "case"), (len(self.problems), "problem"))
        counts = ", ".join(_count(number, noun) for number, noun in numbers)
        return "\n".join([*told, f"{' '.join(self.places):<11} {counts:<55} {seconds:.2f} s"])

    def as_json(self) -> dict[str, Any]:
        """One versioned object."""
        return {
            "format": JSON_FORMAT,
            "files": self.files,
            "cases": self.cases,
            "problems": [problem.as_json() for problem in self.problems],
        }


def check_files(paths: Sequence[Path], root: Path) -> CheckReport:
    """Read and plan every scenario file among and below `paths`."""
    files = find_files(paths)
    problems: list[Problem] = []
    cases = 0
    for path in files:
        loaded = load_file(path.resolve(), root)
        cases += len(loaded.cases)
        problems += problems_of(loaded)
    places = tuple(f"{path}/" if path.is_dir() else str(path) for path in paths)
    return CheckReport(places, len(files), cases, tuple(problems))


def plan_file(path: Path, root: Path, keyword: str | None, backend: str) -> tuple[str, bool]:
    """The plans of a file's cases as text, and whether there was no problem."""
    loaded = load_file(path.resolve(), root)
    if loaded.problems:
        return "\n\n".join(render(problem) for problem in loaded.problems), False
    earliest = traits_of(backend).present()
    plans = [plan_case(case, backend, earliest) for case in _chosen(loaded, keyword)]
    if not plans:
        return f"{path}: no case matches `{keyword}`", False
    return "\n\n".join(plan_text(plan) for plan in plans), not any(plan.problems for plan in plans)


def _chosen(loaded: ScenarioFile, keyword: str | None) -> list[Any]:
    return [case for case in loaded.cases if keyword is None or keyword in case.name]


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
