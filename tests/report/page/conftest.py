"""Stories of the usual kinds, told by hand, and pages made from them."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from typing import Any

import pytest

from harness.history.entries import CaseStarted, Entry
from harness.report.page import render_page
from harness.report.page.cases import TraceSource

SOURCE = "scenario: A story\nclock: 2026-01-01\nsteps:\n" + "".join(f"  - step: {n}\n" for n in range(4, 60))


def entries_of(story: Any, name: str = "story", **over: Any) -> list[Entry]:
    """The story's entries, with members of its `case` entry replaced."""
    first, *rest = story.history.entries
    assert isinstance(first, CaseStarted)
    return [dataclasses.replace(first, case=name, **({"source": SOURCE} | over)), *rest]


@pytest.fixture
def entries() -> Callable[..., list[Entry]]:
    return entries_of


@pytest.fixture
def passing(telling: Callable[[], Any]) -> Any:
    """40 units, reported in time and billed."""
    story = telling().cast()
    story.at("2026-01-15")
    story.report(40)
    story.advance("2026-02-01 02:00:00")
    story.invoice([story.line("per-call", 40)])
    story.expect_lines({"price": "per-call", "quantity": "40"})
    return story.end()


@pytest.fixture
def too_late(telling: Callable[[], Any]) -> Any:
    """40 units, reported an hour after the invoice was final."""
    story = telling().cast()
    story.advance("2026-02-01 02:00:00")
    story.invoice([story.line("per-call", 0)])
    story.report(40, "2026-01-31 23:59:59")
    story.expect_lines({"price": "per-call", "quantity": "40"})
    story.invoice([story.line("per-call", 0)])
    return story.end()


@pytest.fixture
def render() -> Callable[..., str]:
    """A page from lists of entries."""

    def rendered(*stories: Sequence[Entry]) -> str:
        return render_page(
            [
                TraceSource(story[0].case, lambda story=story: story, f"{story[0].case}.jsonl")  # type: ignore[attr-defined,misc]
                for story in stories
            ]
        )

    return rendered
