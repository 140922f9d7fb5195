from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import pytest

from harness.history.entries import Entry
from harness.report.page import render_page
from harness.report.page.cases import WORST_FIRST, TraceSource
from harness.report.page.summary import Summary, UnreadableSummary, parse_summary, summarize
from harness.report.page.trend import HEIGHT, MOST_RUNS, make_trend

Entries = Callable[..., list[Entry]]


def run(
    name: str, *, failed: int = 0, passed: int = 10, lag: tuple[int, int] | None = (80, 180), wall: int = 600
) -> Summary:
    counts = {"failed": failed, "passed": passed}
    names = tuple(f"case-{number}" for number in range(failed))
    return Summary(
        name, "stripe", tuple((each, counts.get(each, 0)) for each in WORST_FIRST), wall, lag, names
    )


def test_a_summary_counts_outcomes_and_measures_the_lag(
    telling: Callable[[], Any], passing: Any, too_late: Any, entries: Entries
) -> None:
    lagging = telling().cast()
    lagging.at("2026-01-15")
    lagging.report(40)
    for total, wall in ((10, 40), (40, 35)):
        lagging.wall += wall
        row = {"object": "billing.meter_event_summary", "meter": "mtr_api_calls", "aggregated_value": total}
        row |= {"start_time": lagging.unix("2026-01-01"), "end_time": lagging.unix("2026-02-01")}
        asked = {"customer": "cus_acme"} | {name: str(row[name]) for name in ("start_time", "end_time")}
        answer = {"object": "list", "data": [row]}
        lagging.call("GET", "/v1/billing/meters/mtr_api_calls/event_summaries", answer, asked)
    stories = [entries(passing, "good"), entries(too_late, "bad"), entries(lagging.end(), "lagging")]
    sources = [TraceSource(story[0].case, lambda story=story: story, "x") for story in stories]  # type: ignore[attr-defined,misc]
    summary = summarize(sources, "night")
    assert dict(summary.counts) == {"broken": 0, "failed": 1, "known": 0, "skipped": 0, "passed": 2}
    assert summary.lag_seconds == (40, 75)
    assert summary.failed == ("bad",)


def test_a_summary_survives_being_written() -> None:
    summary = run("2026-11-20", failed=2)
    assert parse_summary(summary.as_json(), "2026-11-20") == summary
    assert parse_summary(run("x", lag=None).as_json(), "x").lag_seconds is None


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        "null",
        '{"kind": "other", "format": 1}',
        '{"kind": "summary", "format": 99}',
        "not json",
    ],
)
def test_what_is_no_summary_is_refused_by_name(text: str) -> None:
    with pytest.raises(UnreadableSummary, match=r"^night: not a summary"):
        parse_summary(text, "night")


def test_each_run_is_a_column_of_its_outcomes_in_the_order_of_the_names() -> None:
    outcomes = make_trend([run("b", failed=5, passed=5), run("a")])[0]
    assert [bar.text.partition(":")[0] for bar in outcomes.bars] == ["a (stripe)", "b (stripe)", "b (stripe)"]
    a, b_failed, b_passed = outcomes.bars
    assert a.height == pytest.approx(HEIGHT)
    assert b_failed.height == pytest.approx(HEIGHT / 2)
    assert b_passed.y + b_passed.height == pytest.approx(b_failed.y)
    assert "5 failed: case-0, case-1" in b_failed.text


def test_lag_and_duration_have_charts_of_their_own() -> None:
    charts = make_trend([run("a", lag=(60, 120), wall=300), run("b", lag=(90, 240), wall=600)])
    assert [(chart.title, chart.top) for chart in charts] == [
        ("Outcomes", "10 cases"),
        ("Duration (wall time)", "10 min"),
        ("Aggregation lag, median", "1 min 30 s"),
        ("Aggregation lag, longest", "4 min"),
    ]


def test_without_any_lag_there_is_no_chart_of_it() -> None:
    assert [chart.title for chart in make_trend([run("a", lag=None)])] == ["Outcomes", "Duration (wall time)"]


def test_dates_never_overlap_and_years_of_nights_stay_narrow() -> None:
    charts = make_trend([run(f"2026-{place:04d}") for place in range(1_000)])
    assert len({bar.x for bar in charts[1].bars}) == MOST_RUNS
    assert charts[1].width < 1_400
    places = [x for x, _ in charts[1].dates]
    assert min(after - before for before, after in pairwise(places)) > 50


def test_the_page_shows_past_runs_when_it_is_given_some() -> None:
    assert "Past runs" not in render_page([])
    page = render_page([], [run("2026-11-19"), run("2026-11-20", failed=1)])
    assert "Past runs" in page
    assert "2026-11-20 (stripe): 1 failed: case-0" in page
