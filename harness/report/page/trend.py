"""Past runs as small charts: outcomes, duration and observed aggregation lag, one column for each run."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from harness.history import wording
from harness.report.page.cases import OUTCOMES, Outcome
from harness.report.page.packing import text_width
from harness.report.page.scale import short_length
from harness.report.page.summary import Summary

HEIGHT = 90.0
LEFT = 88.0
COLUMN = 26.0
NARROWEST = 5.0
WIDEST_CHART = 1_100.0
MOST_RUNS = 200
"""Older runs are left out, so that a column stays wide enough to be seen."""


@dataclass(frozen=True)
class Bar:
    """Part of a column; `text` says what it stands for."""

    x: float
    y: float
    width: float
    height: float
    style: str
    text: str


@dataclass(frozen=True)
class Chart:
    """One small chart; `top` is written at its upper end, `dates` below its axis."""

    title: str
    top: str
    width: float
    height: float
    bars: tuple[Bar, ...]
    dates: tuple[tuple[float, str], ...]


def make_trend(summaries: Sequence[Summary]) -> list[Chart]:
    """The charts of these runs, in the order of their names; none where there are no runs."""
    runs = sorted(summaries, key=lambda run: run.name)[-MOST_RUNS:]
    if not runs:
        return []
    charts = [_outcomes(runs), _values(runs, "Duration (wall time)", lambda run: run.wall_seconds)]
    if any(run.lag_seconds for run in runs):
        charts.append(_values(runs, "Aggregation lag, median", lambda run: (run.lag_seconds or (0, 0))[0]))
        charts.append(_values(runs, "Aggregation lag, longest", lambda run: (run.lag_seconds or (0, 0))[1]))
    return charts


def _outcomes(runs: Sequence[Summary]) -> Chart:
    """Stacked, the worst on top of the column's foot so that it is seen first."""
    most = max(1, *(run.total for run in runs))
    bars = []
    for place, run in enumerate(runs):
        y = HEIGHT
        for outcome, count in run.counts:
            if count:
                height = HEIGHT * count / most
                y -= height
                bars.append(_bar(runs, place, (y, height), outcome, _said(run, outcome, count)))
    return _chart(runs, "Outcomes", wording.plural(most, "case"), bars)


def _said(run: Summary, outcome: Outcome, count: int) -> str:
    named = f": {wording.listed(list(run.failed), most=5)}" if outcome == "failed" and run.failed else ""
    return f"{run.name} ({run.backend}): {count} {OUTCOMES[outcome]}{named}"


def _values(runs: Sequence[Summary], title: str, value: Callable[[Summary], int]) -> Chart:
    most = max(1, *(value(run) for run in runs))
    bars = []
    for place, run in enumerate(runs):
        height = HEIGHT * value(run) / most
        text = f"{run.name}: {short_length(value(run))}"
        bars.append(_bar(runs, place, (HEIGHT - height, height), "value", text))
    return _chart(runs, title, short_length(most), bars)


def _bar(runs: Sequence[Summary], place: int, reach: tuple[float, float], style: str, text: str) -> Bar:
    step = _step(runs)
    return Bar(LEFT + place * step, reach[0] + 4, step * 0.8, reach[1], style, text)


def _step(runs: Sequence[Summary]) -> float:
    return max(NARROWEST, min(COLUMN, WIDEST_CHART / len(runs)))


def _chart(runs: Sequence[Summary], title: str, top: str, bars: Sequence[Bar]) -> Chart:
    step = _step(runs)
    every = max(1, -(-int(max(text_width(run.name) for run in runs) + 12) // int(step)))
    dates = tuple((LEFT + place * step, run.name) for place, run in enumerate(runs) if place % every == 0)
    width = LEFT + len(runs) * step + text_width(runs[-1].name)
    return Chart(title, top, width, HEIGHT + 26, tuple(bars), dates)
