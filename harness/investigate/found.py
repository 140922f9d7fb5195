"""Usage that was found instead of sent: what stands in for events, from the meter and from a log."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from decimal import Decimal
from typing import Any

from harness.check.accounting import account_for
from harness.check.groups import Group
from harness.history import wording
from harness.history.entries import CaseEnded, Entry, UsageFound
from harness.history.facts import Facts, read_facts
from harness.investigate.counted import Counted, counted_in

ZERO = Decimal(0)


@dataclass(frozen=True)
class Found:
    """One `found` entry in the making; see `UsageFound` for the members."""

    label: str
    source: str
    meter: str | None
    event_name: str
    customer: str | None
    units: Decimal
    stamp: int | None
    events: int = 1
    text: str | None = None
    row: int | None = None
    sent_at: int | None = None
    identifier: str | None = None
    refusal: dict[str, Any] | None = None

    def members(self) -> dict[str, Any]:
        """Its members as the entry wants them."""
        given = asdict(self)
        units, text = given.pop("units"), given.pop("text")
        return given | {"value": text or wording.number(units), "accepted": self.refusal is None}


def stand_ins(facts: Facts) -> list[Found]:
    """What the meters show, as usage: each piece of time that holds any is one."""
    return [each for counted in counted_in(facts) for each in _of_meter(facts, counted)]


def _of_meter(facts: Facts, counted: Counted) -> Iterable[Found]:
    rules = facts.meter(counted.meter)
    for piece in counted.pieces if rules else ():
        if rules is not None and piece.units != 0:
            yield Found(
                label=piece.label,
                source="meter",
                meter=counted.meter,
                event_name=rules.event_name,
                customer=counted.customer,
                units=piece.units,
                stamp=piece.period.start,
                events=int(piece.units) if rules.formula == "count" else 1,
            )


def with_found(entries: Sequence[Entry], found: Sequence[Found]) -> list[Entry]:
    """A reading with this usage at its end, numbered on; what was found before is left out."""
    kept = [each for each in entries if not isinstance(each, UsageFound | CaseEnded)]
    ends = [each for each in entries if isinstance(each, CaseEnded)]
    last = kept[-1]
    more: list[Entry] = []
    for number, each in enumerate(found, start=len(kept) + 1):
        more.append(UsageFound(n=number, clock=last.clock, wall=last.wall, **each.members()))
    closing = [replace(each, n=len(kept) + len(more) + 1) for each in ends[-1:]]
    return [*kept, *more, *closing]


def balanced(entries: Sequence[Entry], found: Sequence[Found]) -> list[Found]:
    """The same usage, with pieces cut where lines end, so that each unit has one fate.

    Where a line bills less than what is known of and nothing tells which, it is taken to hold what came
    first, up to the unit. Where it bills more, the rest is added as known from the invoice alone.
    """
    result = list(found)
    for group in account_for(read_facts(with_found(entries, found))).groups:
        facts = read_facts(with_found(entries, result))
        rules = facts.meter(group.meter)
        if not group.final or not group.complete or rules is None or rules.formula == "last":
            continue
        places = _undecided(facts, group, len(result))
        known = sum((result[place].units for place in places), ZERO)
        if known > group.quantity:
            result = _cut(result, places, group.quantity, counted=rules.formula == "count")
        elif known < group.quantity and (places or not _is_explained(facts, group)):
            result.append(_beyond(facts, group, group.quantity - known))
    return result


def _undecided(facts: Facts, group: Group, count: int) -> list[int]:
    """Positions of what was found in the group's period and can be told neither in nor out of it."""
    first = next((usage.n for usage in facts.usages if usage.found), 1)
    rows = [row for account in account_for(facts).accounts for row in account.rows]
    doubtful = [row for row in rows if (group.invoice, "unknown") in row.missed]
    inside = [row for row in doubtful if group.period.holds(row.usage.falls_in or 0)]
    return [row.usage.n - first for row in inside if 0 <= row.usage.n - first < count]


def _is_explained(facts: Facts, group: Group) -> bool:
    """Whether usage that is known of makes up the group's quantity."""
    return group not in account_for(facts).unexplained


def _cut(found: Sequence[Found], places: Sequence[int], quantity: Decimal, *, counted: bool) -> list[Found]:
    """The piece in which `quantity` is reached becomes two."""
    reached = ZERO
    for place in places:
        whole = found[place]
        if reached < quantity < reached + whole.units:
            kept = quantity - reached
            parts = [
                replace(whole, units=kept),
                replace(whole, label=f"{whole.label}, the rest", units=whole.units - kept),
            ]
            parts = [
                replace(each, text=None, events=int(each.units) if counted else whole.events)
                for each in parts
            ]
            return [*found[:place], *parts, *found[place + 1 :]]
        reached += whole.units
    return list(found)


def _beyond(facts: Facts, group: Group, units: Decimal) -> Found:
    """What a line bills although nothing else shows it."""
    rules = facts.meter(group.meter)
    return Found(
        label=f"only on {group.invoice}",
        source="invoice",
        meter=group.meter,
        event_name=rules.event_name if rules else "",
        customer=group.customer,
        units=units,
        stamp=group.period.start,
        events=int(units) if rules and rules.formula == "count" else 1,
    )
