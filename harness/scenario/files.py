"""Finding scenario files and reading them; reading never raises, it reports problems."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.scenario.case import ScenarioFile
from harness.scenario.document import Document, text_of, texts_of
from harness.scenario.findings import RefusedError
from harness.scenario.problems import problem_of
from harness.scenario.reader import read_source
from harness.scenario.shared import SUFFIXES

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


def load_file(path: Path, root: Path | None = None) -> ScenarioFile:
    """Read a scenario file; whatever is wrong with it ends in `problems`.

    Args:
        path: the file.
        root: the folder that shown paths are relative to.
    """
    try:
        source = read_source(path, root)
    except RefusedError as refused:
        return ScenarioFile(path, problems=[problem_of(refused.finding)])
    document = Document(source, path, root)
    problems = [problem_of(*each) for each in document.found.sorted(document.checked)]
    return ScenarioFile(
        path=path,
        text=source.text,
        title=text_of(document.content, "scenario"),
        about=text_of(document.content, "about"),
        tags=texts_of(document.content, "tags"),
        cases=[] if problems else document.cases,
        problems=problems,
    )


def find_files(paths: Sequence[Path]) -> list[Path]:
    """The scenario files among and under these paths, sorted, each once.

    These are `*.yaml` and `*.yml`, but not `*.shared.yaml` and not what begins with a dot within a folder.

    Raises:
        ValueError: when a path doesn't exist, or is a file that can't be a scenario.
    """
    found: set[Path] = set()
    for path in paths:
        if path.is_dir():
            found.update(
                each for each in path.rglob("*") if _is_scenario(each) and not _is_hidden(each, path)
            )
        elif _is_scenario(path):
            found.add(path)
        elif not path.name.endswith(SUFFIXES) or not path.is_file():
            raise ValueError(_why_not(path))
    return sorted(found)


def _is_scenario(path: Path) -> bool:
    return path.suffix in (".yaml", ".yml") and not path.name.endswith(SUFFIXES) and path.is_file()


def _is_hidden(path: Path, top: Path) -> bool:
    return any(part.startswith(".") for part in path.relative_to(top).parts)


def _why_not(path: Path) -> str:
    if not path.exists():
        return f"{path}: there is no such file or folder"
    return f"{path}: a scenario file ends in .yaml or .yml"
