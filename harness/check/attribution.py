"""Which events a billed quantity is made of, decided from what was sent, when, and what the quantity says."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Literal

from harness.check.groups import Group
from harness.check.metering import ZERO, running_totals, standing_events, units, within
from harness.history.facts import Facts, Usage
from harness.history.shapes import Meter

Share = Literal[
    "billed",
    "superseded",
    "cancelled",
    "too late",
    "too early",
    "not aggregated",
    "not in time",
    "below zero",
    "voided",
    "unknown",
]
"""`not in time` is either of `too late` and `not aggregated`, where nobody knows when it was sent."""

MOST_IN_SEARCH = 20
"""Events among which a subset is searched: more make a unique answer unlikely and a search long."""


def shares(
    facts: Facts, meter: Meter, group: Group, floors: Sequence[int], sent: Sequence[Usage]
) -> dict[int, Share]:
    """What became of each event in a group's period, by the number of its `usage` entry.

    Args:
        facts: for the moments of cancellations.
        meter: the group's meter.
        group: the quantity to explain.
        floors: instants before which its item may not count, earliest first; the first that agrees is taken.
        sent: the customer's events on this meter, in order of sending.
    """
    inside = within(sent, group.period)
    open_for = [_as_of_closing(facts, group, usage) for usage in inside if not _too_late(group, usage)]
    in_time = _as_it_counted(meter, group, floors, open_for)
    found: dict[int, Share] = {usage.n: "too late" for usage in inside if _too_late(group, usage)}
    if not group.complete:
        return found | {usage.n: "unknown" for usage in in_time}
    for floor in (group.period.start, *floors):
        counted = [usage for usage in in_time if (usage.stamp or 0) >= floor]
        if _shown(meter, counted) == group.quantity:
            break
    early: dict[int, Share] = {usage.n: "too early" for usage in in_time if (usage.stamp or 0) < floor}
    return found | early | _explained(meter, counted, group.quantity)


def _too_late(group: Group, usage: Usage) -> bool:
    closing = group.closing
    return closing is not None and usage.sending_known and closing.precedes(usage.n, usage.sent_at)


def _as_of_closing(facts: Facts, group: Group, usage: Usage) -> Usage:
    """The event as the closing found it: a later cancellation changes no final invoice (MTR-116)."""
    if usage.cancelled_by is None or group.closing is None:
        return usage
    cancel = facts.entries[usage.cancelled_by - 1]
    return replace(usage, cancelled_by=None) if group.closing.precedes(cancel.n, cancel.clock) else usage


def _as_it_counted(
    meter: Meter, group: Group, floors: Sequence[int], usages: Sequence[Usage]
) -> Sequence[Usage]:
    """The events, as if not cancelled where only that explains the quantity (MTR-115, MTR-117)."""
    if all(usage.cancelled_by is None for usage in usages):
        return usages
    uncancelled = [replace(usage, cancelled_by=None) for usage in usages]
    readings = [_fits(meter, group, floors, each) for each in (usages, uncancelled)]
    return uncancelled if readings == [False, True] else usages


def _fits(meter: Meter, group: Group, floors: Sequence[int], usages: Sequence[Usage]) -> bool:
    starts = (group.period.start, *floors)
    return any(
        _shown(meter, [usage for usage in usages if (usage.stamp or 0) >= start]) == group.quantity
        for start in starts
    )


def _shown(meter: Meter, usages: Sequence[Usage]) -> Decimal:
    return max(_total(meter, usages), ZERO)  # PRC-22


def _total(meter: Meter, usages: Sequence[Usage]) -> Decimal:
    return sum((units(meter, usage) for usage in standing_events(meter, usages)), ZERO)


def _explained(meter: Meter, counted: Sequence[Usage], quantity: Decimal) -> dict[int, Share]:
    """All of them; else those sent first; else the only subset that adds up; else nobody knows."""
    for kept in (counted, _first_sent(meter, counted, quantity), _only_subset(meter, counted, quantity)):
        if kept is not None and _shown(meter, kept) == quantity:
            return _told_apart(meter, counted, kept)
    return {usage.n: "unknown" for usage in counted}


def _told_apart(meter: Meter, counted: Sequence[Usage], kept: Sequence[Usage]) -> dict[int, Share]:
    below = _total(meter, kept) < 0
    standing = {usage.n for usage in standing_events(meter, kept)}
    aggregated = {usage.n for usage in kept}
    return {usage.n: _share(usage, standing, aggregated, below=below) for usage in counted}


def _share(usage: Usage, standing: set[int], aggregated: set[int], *, below: bool) -> Share:
    if usage.cancelled_by is not None:
        return "cancelled"
    if usage.n not in aggregated:
        return "not aggregated" if usage.sending_known else "not in time"
    if usage.n not in standing:
        return "superseded"
    return "below zero" if below else "billed"


def _first_sent(meter: Meter, counted: Sequence[Usage], quantity: Decimal) -> Sequence[Usage] | None:
    """The longest run from the first sent that gives the quantity: the rest had not been aggregated."""
    found = None
    for length, total in enumerate([ZERO, *running_totals(meter, counted)]):
        if max(total, ZERO) == quantity:
            found = counted[:length]
    return found


def _only_subset(meter: Meter, counted: Sequence[Usage], quantity: Decimal) -> Sequence[Usage] | None:
    """The one selection of added-up events that gives the quantity; None without one, or with several."""
    if meter.formula != "sum" or meter.window is not None or len(counted) > MOST_IN_SEARCH:
        return None
    found = list(_subsets([units(meter, usage) for usage in counted], quantity))
    return [counted[place] for place in found[0]] if len(found) == 1 else None


def _subsets(values: Sequence[Decimal], target: Decimal) -> Iterator[tuple[int, ...]]:
    """Up to two selections of positions whose values add up to `target`."""
    ways: dict[Decimal, list[tuple[int, ...]]] = {ZERO: [()]}
    for place, value in enumerate(values):
        grown = {total: list(picks) for total, picks in ways.items()}
        for total, picks in ways.items():
            more = [(*pick, place) for pick in picks]
            grown[total + value] = [*grown.get(total + value, []), *more][:2]
        ways = grown
    yield from ways.get(target, [])
