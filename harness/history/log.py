"""The append-only log that a run writes, and trace files."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, TypeVar

from harness.history.entries import FORMAT, CaseEnded, CaseStarted, Entry, from_line, to_line
from harness.history.times import in_scenario_dates

E = TypeVar("E", bound=Entry)


class History:
    """Entries in order. Nothing is ever changed or removed.

    Args:
        clock: tells the test clock's time as known, or None.
        wall: tells the backend's wall time.
    """

    def __init__(self, clock: Callable[[], int | None], wall: Callable[[], int]) -> None:
        self._clock = clock
        self._wall = wall
        self._entries: list[Entry] = []

    def append(self, kind: type[E], **members: Any) -> E:
        """Make the next entry, numbered and dated."""
        entry = kind(n=len(self._entries) + 1, clock=self._clock(), wall=self._wall(), **members)
        self._entries.append(entry)
        return entry

    @property
    def entries(self) -> Sequence[Entry]:
        """All entries so far."""
        return self._entries

    @property
    def last(self) -> int:
        """The number of the newest entry, 0 when there is none."""
        return len(self._entries)

    def write(self, path: Path) -> None:
        """Write the trace: one JSON object a line."""
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("".join(f"{to_line(entry)}\n" for entry in self._entries), encoding="utf-8")


class UnreadableTrace(Exception):
    """A file is no trace of ours, or not a whole one. The message is one line for the user."""


def read(path: Path) -> list[Entry]:
    """The entries of a trace file, told in the dates of its scenario.

    Raises:
        UnreadableTrace: the file is missing, foreign, truncated or of another format.
    """
    entries = list(_entries(path))
    if not entries or not isinstance(entries[0], CaseStarted):
        raise UnreadableTrace(f"{path}: not a trace: its first line is no `case` entry")
    if entries[0].format != FORMAT:
        raise UnreadableTrace(
            f"{path}: written in trace format {entries[0].format}; this harness reads {FORMAT}"
        )
    if not isinstance(entries[-1], CaseEnded):
        raise UnreadableTrace(f"{path}: is cut off: its story does not end")
    return in_scenario_dates(entries)


def first_of(path: Path) -> CaseStarted:
    """The first entry of a trace file, which tells what it is; the rest is not read.

    Raises:
        UnreadableTrace: the file is missing or foreign.
    """
    first = next(_entries(path), None)
    if not isinstance(first, CaseStarted):
        raise UnreadableTrace(f"{path}: not a trace: its first line is no `case` entry")
    return first


def _entries(path: Path) -> Iterator[Entry]:
    try:
        with path.open(encoding="utf-8") as lines:
            for number, line in enumerate(lines, start=1):
                try:
                    yield from_line(line)
                except ValueError as error:
                    raise UnreadableTrace(f"{path}:{number}: not a trace line: {str(error)[:200]}") from error
    except (OSError, UnicodeDecodeError) as error:
        raise UnreadableTrace(f"{path}: cannot be read as a trace: {error}") from error
