"""What is true of the whole run: counts, backend, versions, duration, the command to run it again."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import PurePath

from harness.report.page.cases import OUTCOMES, CasePage, Outcome
from harness.report.page.scale import short_length

MOST_NAMED_FILES = 3


@dataclass(frozen=True)
class Head:
    """The top of the page; `counts` names every outcome that occurs, worst first."""

    counts: tuple[tuple[Outcome, str, int], ...]
    backends: str
    api_versions: str
    sdks: str
    duration: str
    command: str
    tags: tuple[str, ...]

    @property
    def title(self) -> str:
        """`2 failed, 40 passed`."""
        return ", ".join(f"{count} {words}" for _, words, count in self.counts) or "no cases"


def head_of(cases: Sequence[CasePage]) -> Head:
    """The head of a page with these cases."""
    counts = [
        (outcome, words, sum(case.outcome == outcome for case in cases))
        for outcome, words in OUTCOMES.items()
    ]
    return Head(
        counts=tuple(each for each in counts if each[2]),
        backends=_listed(case.case.backend for case in cases),
        api_versions=_listed(case.case.api_version for case in cases),
        sdks=_listed(case.case.sdk for case in cases),
        duration=_duration(cases),
        command=_command(cases),
        tags=tuple(sorted({tag for case in cases for tag in case.case.tags})),
    )


def _listed(values: Iterable[str]) -> str:
    return ", ".join(dict.fromkeys(value for value in values if value)) or "unknown"


def _duration(cases: Sequence[CasePage]) -> str:
    whole = short_length(sum(case.wall_seconds for case in cases))
    simulated = bool(cases) and all(case.case.backend == "simulator" for case in cases)
    return f"{whole} of {'simulated ' if simulated else ''}wall time, all cases together"


def _command(cases: Sequence[CasePage]) -> str:
    files = list(dict.fromkeys(case.file for case in cases))
    others = list(dict.fromkeys(case.case.backend for case in cases if case.case.backend != "simulator"))
    flag = f" --backend {others[0]}" if others else ""
    places = files if len(files) <= MOST_NAMED_FILES else [_folder(files)]
    return " ".join(["harness run", *places]) + flag


def _folder(files: Sequence[str]) -> str:
    """The folder that holds all of them."""
    return os.path.commonpath([PurePath(file).parent for file in files]) or "."
