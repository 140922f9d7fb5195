"""All causes that the facts show, each only as sure as the facts make it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from decimal import Decimal

from harness.check import Checked
from harness.diagnose import (
    counting,
    crowded,
    earlier,
    mistaken,
    pricing,
    received,
    records,
    refused,
    streamed,
    timing,
    unserved,
    withheld,
)
from harness.diagnose.causes import Cause
from harness.diagnose.registry import REGISTRY, Fit, Known
from harness.diagnose.story import Story
from harness.history.facts import Facts

FAMILIES = (
    *(refused, crowded, streamed, received),
    *(unserved, withheld, timing, earlier),
    *(counting, pricing, mistaken, records),
)
"""The modules whose causes are registered by being imported."""


def diagnose(facts: Facts, checked: Checked) -> tuple[Cause, ...]:
    """The causes behind findings, and behind usage that no invoice bills.

    Two causes that explain the same event are both given, and neither is called certain.
    """
    story = Story(facts, checked)
    found = [(known, fit) for known in catalogue() for fit in _distinct(known.find(story))]
    shared = _explained_twice(found)
    return tuple(_cause(known, fit, shared) for known, fit in found)


def catalogue() -> list[Known]:
    """Every cause, by its id, whatever the order of imports."""
    return [REGISTRY[code] for code in sorted(REGISTRY)]


def _distinct(fits: Iterable[Fit]) -> Iterable[Fit]:
    """Without what several findings of a story led to alike."""
    seen: list[tuple[object, ...]] = []
    for fit in fits:
        same = (fit.headline, tuple(row.usage.n for row in fit.rows), fit.invoice)
        if same not in seen:
            seen.append(same)
            yield fit


def _explained_twice(found: Sequence[tuple[Known, Fit]]) -> frozenset[int]:
    """Numbers of events that causes of different kinds explain."""
    pairs = {(known.code, row.usage.n) for known, fit in found for row in fit.rows if not fit.beside}
    times = Counter(n for _, n in pairs)
    return frozenset(n for n, count in times.items() if count > 1)


def _cause(known: Known, fit: Fit, shared: frozenset[int]) -> Cause:
    alone = fit.beside or not any(row.usage.n in shared for row in fit.rows)
    units = sum((row.units for row in fit.rows), Decimal(0)) if fit.units is None else fit.units
    return Cause(
        code=known.code,
        certainty="certain" if fit.certain and alone else "likely",
        title=known.title,
        headline=fit.headline,
        evidence=fit.evidence,
        meaning=known.meaning,
        advice=known.advice,
        docs=known.docs,
        units=units,
        events=tuple(row.usage.label for row in fit.rows),
        invoice=fit.invoice,
    )
