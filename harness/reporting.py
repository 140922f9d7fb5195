"""`--report` and `harness report`: from a folder of traces to an HTML page."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import partial
from itertools import count
from pathlib import Path
from urllib.parse import quote

from harness.history.log import read
from harness.traces import SUFFIX


def write_report(traces: Path | Sequence[Path], target: Path) -> int:
    """Write the page about these traces; how many cases it has.

    Args:
        traces: a folder, or files and folders.
        target: the page.

    Raises:
        UnreadableTrace: one of the files is no trace, or broken.
    """
    from harness.report.page import render_page
    from harness.report.page.cases import TraceSource

    files = trace_files([traces] if isinstance(traces, Path) else traces)
    slugs = _slugs(files)
    sources = [
        TraceSource(slug, partial(read, file), file.name, _href(file, target))
        for slug, file in zip(slugs, files, strict=True)
    ]
    page = render_page(sources)
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(page, encoding="utf-8")
    return len(files)


def trace_files(places: Sequence[Path]) -> list[Path]:
    """Trace files among and directly in these places, sorted, each once."""
    found = {file for place in places for file in (place.glob(f"*{SUFFIX}") if place.is_dir() else [place])}
    return sorted(found)


def _slugs(files: Sequence[Path]) -> list[str]:
    """A place in the page for each file: its name, numbered where several folders hold the same name."""
    found: list[str] = []
    for file in files:
        name = re.sub(r"[^A-Za-z0-9_.+-]", "-", file.stem)
        numbered = (f"{name}-{number}" for number in count(2))
        found.append(name if name not in found else next(each for each in numbered if each not in found))
    return found


def _href(file: Path, target: Path) -> str | None:
    """The trace's address from the page; only near it, since a longer way would tell of the machine."""
    page = target.resolve().parent
    for folder, way in ((page, ""), (page.parent, "../")):
        if file.resolve().is_relative_to(folder):
            return way + quote(file.resolve().relative_to(folder).as_posix())
    return None
