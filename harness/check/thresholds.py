"""Threshold invoices: each bills what its period has gathered beyond the ones before it (CHG-39, CHG-40)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

from harness.check.attribution import Share, shares
from harness.check.groups import THRESHOLD, Group
from harness.history.facts import Facts, Usage
from harness.history.shapes import Meter

ZERO = Decimal(0)
MOST_TRIED = 50
"""Moments at which a threshold invoice may have been made that are tried."""
Verdict = tuple[Group, Share]


def in_total(facts: Facts, group: Group, groups: Sequence[Group]) -> Group:
    """The group with all that its period had gathered then, threshold invoices included.

    With volume tiers a line shows that already, and what was billed before has a line without units.
    """
    price = facts.prices.get(group.price)
    if price is not None and price.tiers_mode == "volume":
        return group
    earlier = [each for each in _chain(group, groups) if _rank(each, groups) < _rank(group, groups)]
    return replace(group, quantity=group.quantity + sum((each.quantity for each in earlier), ZERO))


def told_apart(
    facts: Facts, meter: Meter, group: Group, floors: Sequence[int], sent: Sequence[Usage]
) -> dict[int, Share]:
    """`shares` of a group; a threshold invoice's closing is moved back until the quantity is explained.

    It was made at some moment between its usage and the first answer that shows it: of what was sent or
    cancelled then, at the clock's one second, some may have come after it.
    """
    found = shares(facts, meter, group, floors, sent)
    closing = group.closing
    if group.reason != THRESHOLD or closing is None or closing.by is None:
        return found
    written = {usage.n for usage in sent} | {usage.cancelled_by or 0 for usage in sent}
    for n in sorted((n for n in written if 0 < n < (closing.by or 0)), reverse=True)[:MOST_TRIED]:
        if "unknown" not in found.values():
            break
        earlier = replace(group, closing=replace(closing, by=n - 1))
        found = shares(facts, meter, earlier, floors, sent)
    return found


def settled(found: Sequence[Verdict], groups: Sequence[Group]) -> list[Verdict]:
    """The verdicts on one event, with one for each period that threshold invoices billed a part of.

    The last final invoice of such a period has the last word, and the first that bills the event is named.
    """
    chained = [each for each in found if _chain(each[0], groups)]
    kept = [each for each in found if each not in chained or not each[0].final]
    for group, _ in chained:
        period = [each for each in chained if _together(each[0], group) and each[0].final]
        period.sort(key=lambda each: _rank(each[0], groups))
        if period and (said := _last_word(period)) is not None and said not in kept:
            kept.append(said)
    return kept


def _last_word(period: Sequence[Verdict]) -> Verdict | None:
    group, share = period[-1]
    if share == "billed":
        return next(each for each in period if each[1] == "billed")
    return None if group.reason == THRESHOLD and share != "unknown" else period[-1]


def _chain(group: Group, groups: Sequence[Group]) -> list[Group]:
    """The threshold invoices of the group's period, the group itself among them if it is on one."""
    return [each for each in groups if each.reason == THRESHOLD and _together(each, group)]


def _together(one: Group, other: Group) -> bool:
    return (one.item, one.period.start) == (other.item, other.period.start)


def _rank(group: Group, groups: Sequence[Group]) -> tuple[bool, int, int, int]:
    """In the order of making: by the clock, then by first sight; lists are read from their oldest on."""
    closing = group.closing
    at, by = (closing.at, closing.by or 0) if closing is not None else (0, 0)
    return group.reason != THRESHOLD, at, by, groups.index(group)
