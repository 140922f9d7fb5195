"""`harness clean`: find what runs left behind on an account, ask, delete it, and report."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from harness.backends import BackendRefused, LiveSettings, SimulatorSettings, open_backend
from harness.config import resolve
from harness.outcomes import BROKEN, FINE, FOUND
from harness.run.cleaning import Left, delete, find_left
from harness.scenario import parse_duration

Say = Callable[[str], None]


def clean_account(
    flags: Mapping[str, str | None],
    older_than: str | None,
    run: str | None,
    ask: Callable[[str], bool],
    say: Say,
) -> int:
    """Clean up after runs that could not do it themselves; the exit code.

    Args:
        flags: `api_base` and `rate_store`, as far as they were given.
        older_than: a duration such as `1d`; None for what has expired by its own tag.
        run: only what the run of this id made; None for any.
        ask: puts a question to the user.
        say: prints a line.

    Raises:
        ValueError: `older_than` is no duration of days or less.
    """
    age = None if older_than is None else parse_duration(older_than).total_seconds
    settings = resolve(flags, os.environ, Path.cwd())
    try:
        live = LiveSettings(settings.api_base, settings.rate_store)
        backend = open_backend("stripe", SimulatorSettings(wall=0), live=live)
    except BackendRefused as refused:
        say(f"harness: {refused}")
        return BROKEN
    found = find_left(backend, age, run)
    if not found:
        say("nothing was left behind")
        return FINE
    for line in _table(found, backend.wall()):
        say(line)
    if not ask(f"Delete {_count(found)}?"):
        say("nothing was deleted")
        return FINE
    problems = [(left, problem) for left in found if (problem := delete(backend, left)) is not None]
    for left, problem in problems:
        say(f"{left.id} is still there: {problem}")
    say(f"deleted {len(found) - len(problems)} of {_count(found)}")
    return FOUND if problems else FINE


def _table(found: Sequence[Left], now: int) -> list[str]:
    rows = [("what", "id", "run", "owner", "age", "of use until")]
    rows += [
        (left.what, left.id, left.tag.run_id, left.tag.owner, _age(left.age(now)), left.tag.until)
        for left in found
    ]
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    ]


def _age(seconds: int) -> str:
    """The two largest units of an age: `1d 4h`, `12m 3s`."""
    parts = []
    for unit, size in (("d", 86_400), ("h", 3_600), ("m", 60), ("s", 1)):
        number, seconds = divmod(seconds, size)
        if number:
            parts.append(f"{number}{unit}")
    return " ".join(parts[:2]) or "0s"


def _count(found: Sequence[Left]) -> str:
    clocks = sum(1 for left in found if left.what == "test clock")
    named = [(clocks, "test clock"), (len(found) - clocks, "customer")]
    return " and ".join(f"{number} {noun}{'' if number == 1 else 's'}" for number, noun in named if number)
