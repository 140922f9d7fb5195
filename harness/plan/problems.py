"""Everything wrong with a scenario file: what its text says wrongly, and what could never be carried out."""

from __future__ import annotations

from harness.plan.planner import PlanProblem, plan_case
from harness.scenario import Case, Problem, ScenarioFile

CANNOT_BE_PLANNED = "PLN101-cannot-be-planned"


def problems_of(file: ScenarioFile, backend: str = "simulator", earliest: int | None = None) -> list[Problem]:
    """The file's own problems or, when there are none, those that planning its cases finds.

    `backend` and `earliest` are those of `plan_case`.
    """
    if file.problems:
        return file.problems
    found: dict[tuple[int, str], Problem] = {}
    for case in file.cases:
        elsewhere = bool(case.scenario.only_on) and backend not in case.scenario.only_on
        plan = plan_case(case) if elsewhere else plan_case(case, backend, earliest)
        for problem in plan.problems:
            found.setdefault((problem.line, problem.message), _as_problem(problem, case, file))
    return [found[key] for key in sorted(found)]


def _as_problem(problem: PlanProblem, case: Case, file: ScenarioFile) -> Problem:
    lines = file.text.splitlines()
    source = lines[problem.line - 1] if 0 < problem.line <= len(lines) else ""
    in_case = f" (case {case.id})" if case.id else ""
    return Problem(
        code=CANNOT_BE_PLANNED,
        message=f"{problem.message}{in_case}",
        file=case.file,
        line=max(problem.line, 1),
        column=len(source) - len(source.lstrip()) + 1,
        source_line=source,
        width=max(len(source.strip()), 1),
    )
