"""What a pass over a scenario found wrong, before it is put into words for people."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from harness.scenario.codes import Code
    from harness.scenario.source import Span


class Finding(NamedTuple):
    """One thing wrong: its code, a clause that says what, the place, and how to put it right."""

    code: Code
    message: str
    span: Span
    hint: str | None = None


class RefusedError(Exception):
    """Reading can't go on after this finding."""

    def __init__(self, finding: Finding) -> None:
        super().__init__(finding.message)
        self.finding = finding
