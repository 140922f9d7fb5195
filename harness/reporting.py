"""`--report`, `harness report` and comparisons: from trace files to HTML pages."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import partial
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from harness.history.log import read
from harness.traces import SUFFIX

if TYPE_CHECKING:
    from harness.report.page.cases import TraceSource
    from harness.report.page.comparing import Fields
    from harness.report.page.summary import Summary


def write_report(traces: Sequence[Path], target: Path, past: Path | None = None) -> int:
    """Write the page about these traces; how many cases it has.

    Args:
        traces: files, and folders of them.
        target: the page.
        past: a folder of earlier runs' summaries, for the chart of them.

    Raises:
        UnreadableTrace: one of the files is no trace, or broken.
        UnreadableSummary: one of the summaries is none.
    """
    from harness.report.page import render_page

    sources = sources_of(traces, target)
    _write(target, render_page(sources, read_summaries(past) if past else ()))
    return len(sources)


def write_comparison(
    left: Sequence[Path],
    right: Sequence[Path],
    target: Path,
    fields: Fields | None = None,
) -> int:
    """Write the page that shows two runs side by side; how many cases it has.

    Args:
        left: the first run's traces, files and folders.
        right: the second run's.
        target: the page.
        fields: by `file::case`, what a closer comparison found: path, both values, and facts concerned.

    Raises:
        UnreadableTrace: one of the files is no trace, or broken.
    """
    from harness.report.page.comparing import render_comparison

    sides = sources_of(left, target, "a-"), sources_of(right, target, "b-")
    page, cases = render_comparison(*sides, fields or {})
    _write(target, page)
    return cases


def write_summary(traces: Sequence[Path], target: Path) -> None:
    """Write the run's summary, which is called what the file is called.

    Raises:
        UnreadableTrace: one of the files is no trace, or broken.
    """
    from harness.report.page.summary import summarize

    _write(target, summarize(sources_of(traces, target), target.stem).as_json())


def read_summaries(folder: Path) -> list[Summary]:
    """The summaries of a folder, in the order of their names.

    Raises:
        UnreadableSummary: a JSON file of the folder is no summary.
    """
    from harness.report.page.summary import parse_summary

    return [
        parse_summary(file.read_text(encoding="utf-8"), file.stem) for file in sorted(folder.glob("*.json"))
    ]


def sources_of(places: Sequence[Path], target: Path, prefix: str = "") -> list[TraceSource]:
    """What a page at `target` reads: each trace with its place in the page and its address from there."""
    from harness.report.page.cases import TraceSource

    files = trace_files(places)
    return [
        TraceSource(prefix + slug, partial(read, file), file.name, _href(file, target))
        for slug, file in zip(_slugs(files), files, strict=True)
    ]


def trace_files(places: Sequence[Path]) -> list[Path]:
    """Trace files among and directly in these places, sorted, each once."""
    found = {file for place in places for file in (place.glob(f"*{SUFFIX}") if place.is_dir() else [place])}
    return sorted(found)


def _write(target: Path, text: str) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(text, encoding="utf-8")


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
