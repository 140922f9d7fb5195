"""Problems in scenario files as people and programs get them: a place, what is wrong, and help."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong with a scenario file.

    Attributes:
        code: its stable name, such as `SCN201-unknown-key`.
        message: what is wrong, as a clause.
        file: the file's path as shown.
        line: counted from 1.
        column: counted from 1.
        source_line: the text of that line.
        hint: how to put it right, or None.
        severity: always `error` so far.
        width: how many characters are at fault.
    """

    code: str
    message: str
    file: str
    line: int
    column: int
    source_line: str
    hint: str | None = None
    severity: Literal["error", "warning"] = "error"
    width: int = 1
