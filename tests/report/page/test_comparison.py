from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any

import pytest

from harness.history.entries import Entry
from harness.report.page.cases import TraceSource
from harness.report.page.comparing import render_comparison

Entries = Callable[..., list[Entry]]


def sources(prefix: str, *stories: Sequence[Entry]) -> list[TraceSource]:
    return [
        TraceSource(f"{prefix}{story[0].case}", lambda story=story: story, f"{story[0].case}.jsonl")  # type: ignore[attr-defined,misc]
        for story in stories
    ]


@pytest.fixture
def short(telling: Callable[[], Any]) -> Any:
    """As the passing story, but only 30 of the 40 units are billed."""
    story = telling().cast()
    story.at("2026-01-15")
    story.report(40)
    story.advance("2026-02-01 02:00:00")
    story.invoice([story.line("per-call", 30)], invoice_id="in_live")
    return story.end()


def test_honest_runs_of_the_same_story_are_the_same(passing: Any, entries: Entries) -> None:
    other = entries(passing, "story", backend="stripe", api_version="2025-01-27.acacia")
    page, cases = render_comparison(sources("a-", entries(passing, "story")), sources("b-", other))
    assert cases == 1
    assert "the same outcome, invoices and accounting: passed" in page
    assert '<details class="case same"' in page
    assert "<td>simulator</td><td>stripe</td>" in page


def test_a_difference_is_named_and_marked_and_comes_first(passing: Any, short: Any, entries: Entries) -> None:
    left = sources("a-", entries(passing, "agrees"), entries(passing, "story"))
    right = sources("b-", entries(passing, "agrees"), entries(short, "story"))
    page, _ = render_comparison(left, right)
    assert re.findall(r'<details class="case (\w+)" id="([\w-]+)"', page) == [
        ("differs", "a-story"),
        ("same", "a-agrees"),
    ]
    row = re.search(r"<tr><th scope=\"row\">invoice of cycle 1, line per-call</th>(.*?)</tr>", page)
    assert row is not None
    assert re.findall(r"<td[^>]*>(.*?)</td>", row[1]) == [
        "40 for 0.80 usd",
        "30 for 0.60 usd",
        '<span class="bad">differs</span>',
    ]


def test_both_timelines_are_there_with_targets_of_their_own(
    passing: Any, short: Any, entries: Entries
) -> None:
    page, _ = render_comparison(sources("a-", entries(passing)), sources("b-", entries(short)))
    ids = re.findall(r' id="([^"]+)"', page)
    assert page.count('<svg class="timeline"') == 2
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize(
    ("left", "right", "said"), [(1, 0, "only the first run has it"), (0, 1, "only the second run has it")]
)
def test_a_case_of_one_run_alone_is_said_to_be(
    passing: Any, entries: Entries, left: int, right: int, said: str
) -> None:
    story = entries(passing)
    page, cases = render_comparison(sources("a-", *[story] * left), sources("b-", *[story] * right))
    assert cases == 1
    assert said in page


def test_ids_and_years_are_no_differences(telling: Callable[[], Any], entries: Entries) -> None:
    def told(invoice_id: str) -> Any:
        story = telling().cast()
        story.advance("2026-02-01 02:00:00")
        story.invoice([story.line("per-call", 0)], invoice_id=invoice_id)
        story.invoice([], invoice_id=f"{invoice_id}b", billing_reason="manual")
        story.invoice([], invoice_id=f"{invoice_id}c", billing_reason="manual")
        return story.end()

    page, _ = render_comparison(sources("a-", entries(told("in_1"))), sources("b-", entries(told("in_live"))))
    assert "manual invoice (2), total" in page
    assert '<details class="case same"' in page


def test_what_a_closer_comparison_found_is_shown_with_its_facts(passing: Any, entries: Entries) -> None:
    story = entries(passing)
    fields = {"scenarios/story.yaml::story": [("invoices/1/due", "none", "2026-03-01", "INV-01, INV-02")]}
    page, _ = render_comparison(sources("a-", story), sources("b-", story), fields)
    assert '<details class="case differs"' in page
    assert "invoices/1/due: none in the first run, 2026-03-01 in the second" in page
    assert "<td>INV-01, INV-02</td>" in page
