"""Finding scenario files and reading them; reading never raises, it reports problems."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from harness.scenario.build import Builder
from harness.scenario.cases import rows_of
from harness.scenario.composer import compose
from harness.scenario.expand import expand
from harness.scenario.findings import Finding, RefusedError
from harness.scenario.problems import Problem
from harness.scenario.source import Source, Span
from harness.scenario.tree import MarkedDict, locate
from harness.scenario.variables import Bound

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from harness.scenario.model import Scenario


@dataclass(frozen=True, slots=True)
class Marks:
    """Where the parts of one case's document stand in the file."""

    tree: MarkedDict
    root: Span

    def span(self, *loc: str | int) -> Span:
        """The place of the deepest part of a path that exists."""
        return locate(self.tree, loc, self.root)

    def line(self, *loc: str | int) -> int:
        """The 1-based line of the deepest part of a path that exists."""
        return self.span(*loc).line


@dataclass(frozen=True, slots=True)
class Case:
    """One case of a scenario file, ready to be planned.

    Attributes:
        file: the file's path, relative to the root where that is known.
        id: the case's id; None when the file is a single case.
        name: the file's stem, and the id in brackets.
        scenario: everything typed, `$names` filled in, steps that `when` excludes taken out.
        marks: where things stand in the file.
        values: what the case's own names stand for.
    """

    file: str
    id: str | None
    name: str
    scenario: Scenario
    marks: Marks
    values: dict[str, Any]

    def line(self, *loc: str | int) -> int:
        """The 1-based line of the deepest known part of a path such as ("steps", 3, "expect", "lines", 0)."""
        return self.marks.line(*loc)


@dataclass(slots=True)
class ScenarioFile:
    """A scenario file as read: its cases, or what is wrong with it."""

    path: Path
    text: str = ""
    title: str | None = None
    about: str | None = None
    tags: tuple[str, ...] = ()
    cases: list[Case] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)


def load_file(path: Path, root: Path | None = None) -> ScenarioFile:
    """Read a scenario file; whatever is wrong with it ends in `problems`.

    Args:
        path: the file.
        root: the folder that shown paths are relative to.
    """
    shown = path.relative_to(root).as_posix() if root and path.is_relative_to(root) else path.as_posix()
    text = path.read_text(encoding="utf-8-sig")
    source = Source(shown, text)
    found = ScenarioFile(path, text)
    try:
        document, span, findings = compose(source)
    except RefusedError as refused:
        found.problems = [_problem(refused.finding)]
        return found
    variables = {
        name: Bound(value, document["vars"].value_spans[name])
        for name, value in document.get("vars", {}).items()
    }
    builder = Builder()
    for row in rows_of(document, findings):
        expanded = expand(document, row, variables)
        built = builder.build(expanded.tree, span)
        findings += [*expanded.findings, *built.findings]
        if built.scenario is not None:
            name = f"{path.stem}[{row.id}]" if row.id else path.stem
            values = {key: bound.value for key, bound in row.values.items()}
            found.cases.append(Case(shown, row.id, name, built.scenario, Marks(expanded.tree, span), values))
    found.title, found.about = document.get("scenario"), document.get("about")
    found.tags = tuple(document.get("tags", ()))
    found.problems = [_problem(finding) for finding in findings]
    return found


def _problem(finding: Finding) -> Problem:
    span = finding.span
    line = span.source.line(span.line)
    return Problem(
        finding.code, finding.message, span.source.name, span.line, span.column, line, finding.hint
    )


def find_files(paths: Sequence[Path]) -> list[Path]:
    """The scenario files among and under these paths, sorted.

    Raises:
        ValueError: when a path doesn't exist.
    """
    found: set[Path] = set()
    for path in paths:
        if not path.exists():
            raise ValueError(f"{path} doesn't exist")
        candidates = path.rglob("*") if path.is_dir() else [path]
        found.update(each for each in candidates if _is_scenario(each, path))
    return sorted(found)


def _is_scenario(path: Path, top: Path) -> bool:
    if path.suffix not in (".yaml", ".yml") or path.stem.endswith(".shared"):
        return False
    return not any(part.startswith(".") for part in path.relative_to(top).parts) and path.is_file()
