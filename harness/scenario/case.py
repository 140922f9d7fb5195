"""What reading a scenario file gives: its cases, each with the places of its parts, or its problems."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from harness.scenario.places import locate_entry

if TYPE_CHECKING:
    from pathlib import Path

    from harness.scenario.model import Scenario
    from harness.scenario.problems import Problem
    from harness.scenario.source import Span
    from harness.scenario.tree import MarkedDict


@dataclass(frozen=True, slots=True)
class Marks:
    """Where the parts of one case's expanded document stand in the file."""

    tree: MarkedDict
    root: Span

    def line(self, *loc: str | int) -> int:
        """The 1-based line of the deepest known part of a path; a variable's is where it is used."""
        return locate_entry(self.tree, loc, self.root).line


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
    """A scenario file as read.

    Attributes:
        path: where it was read from.
        text: its content; empty when it couldn't be read.
        title: its `scenario`, also where the rest is faulty.
        about: its free text.
        tags: its tags.
        cases: its cases; none when anything is wrong with the file.
        problems: all that is wrong, by place.
    """

    path: Path
    text: str = ""
    title: str | None = None
    about: str | None = None
    tags: tuple[str, ...] = ()
    cases: list[Case] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
