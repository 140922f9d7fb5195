"""A run in a few numbers, to be kept night after night: outcomes, duration, how far the meters lagged."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import median_low
from typing import Any

from harness.history.facts import read_facts
from harness.report.page.cases import WORST_FIRST, CasePage, Outcome, TraceSource, read_case
from harness.report.page.sightings import meter_sights

FORMAT = 1
"""Raised when a member changes its meaning or goes away."""


class UnreadableSummary(Exception):
    """A file is no summary of ours. The message is one line for the user."""


@dataclass(frozen=True)
class Summary:
    """One run.

    Args:
        name: what the run is called, such as a date; the chart's order is that of the names.
        wall_seconds: wall time that the backend saw pass, all cases together.
        lag_seconds: of each look at a meter that showed something new, the wall time since the newest usage
            was sent: the median and the longest; None where no meter was looked at.
        failed: names of the cases that failed.
    """

    name: str
    backend: str
    counts: tuple[tuple[Outcome, int], ...]
    wall_seconds: int
    lag_seconds: tuple[int, int] | None
    failed: tuple[str, ...]

    @property
    def total(self) -> int:
        """How many cases there were."""
        return sum(count for _, count in self.counts)

    def as_json(self) -> str:
        """One JSON object, the same bytes for the same run."""
        lag = self.lag_seconds
        members = {
            "format": FORMAT,
            "kind": "summary",
            "backend": self.backend,
            "outcomes": dict(self.counts),
            "wall_seconds": self.wall_seconds,
            "lag_seconds": None if lag is None else {"median": lag[0], "longest": lag[1]},
            "failed": list(self.failed),
        }
        return json.dumps(members, indent=1, ensure_ascii=False) + "\n"


def summarize(sources: Sequence[TraceSource], name: str) -> Summary:
    """The summary of a run's traces."""
    cases = sorted((read_case(source) for source in sources), key=lambda case: case.rank)
    lags = sorted(lag for source in sources for lag in _lags(source))
    return Summary(
        name=name,
        backend=", ".join(dict.fromkeys(case.case.backend for case in cases)),
        counts=tuple((outcome, _count(cases, outcome)) for outcome in WORST_FIRST),
        wall_seconds=sum(case.wall_seconds for case in cases),
        lag_seconds=(median_low(lags), lags[-1]) if lags else None,
        failed=tuple(case.case.case for case in cases if case.outcome in {"failed", "broken"}),
    )


def _count(cases: Iterable[CasePage], outcome: Outcome) -> int:
    return sum(case.outcome == outcome for case in cases)


def _lags(source: TraceSource) -> list[int]:
    sights = meter_sights(read_facts(source.load()))
    return [sight.lag_seconds for sight in sights if sight.lag_seconds is not None]


def parse_summary(text: str, name: str) -> Summary:
    """The summary that `as_json` wrote.

    Raises:
        UnreadableSummary: the text is none, or of another format.
    """
    try:
        members: dict[str, Any] = json.loads(text)
        if (members["kind"], members["format"]) != ("summary", FORMAT):
            raise UnreadableSummary(f"{name}: not a summary of format {FORMAT}")
        lag = members["lag_seconds"]
        return Summary(
            name=name,
            backend=str(members["backend"]),
            counts=tuple((outcome, int(members["outcomes"].get(outcome, 0))) for outcome in WORST_FIRST),
            wall_seconds=int(members["wall_seconds"]),
            lag_seconds=None if lag is None else (int(lag["median"]), int(lag["longest"])),
            failed=tuple(str(each) for each in members["failed"]),
        )
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise UnreadableSummary(f"{name}: not a summary: {error}") from error
