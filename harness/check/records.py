"""Legacy usage records: which of them stand, and what a billed quantity is made of."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from decimal import Decimal

from harness.check.attribution import Share
from harness.check.findings import Finding, Row
from harness.check.groups import Group, source_of
from harness.check.metering import ZERO
from harness.history import wording
from harness.history.facts import Facts, Usage
from harness.history.shapes import Period

MOST_SHOWN = 12


def within(records: Iterable[Usage], period: Period) -> list[Usage]:
    """The accepted records of a period, in the order given."""
    return [
        each
        for each in records
        if each.accepted and each.falls_in is not None and period.holds(each.falls_in)
    ]


def standing_records(formula: str, records: Iterable[Usage]) -> list[Usage]:
    """Those of the accepted records that count, in order of receipt.

    A `set` takes the place of all records before it at its own timestamp (LEG-04). What is left there adds
    up; `max` keeps the timestamp with most, and the two `last` formulas the latest one (LEG-20).
    """
    slots: dict[int, list[Usage]] = {}
    for record in records:
        kept = slots.setdefault(record.stamp or 0, [])
        if record.action == "set":
            kept.clear()
        kept.append(record)
    if not slots:
        return []
    if formula == "sum":
        left = [record for kept in slots.values() for record in kept]
    elif formula == "max":
        left = max(slots.values(), key=total_of)
    else:
        left = slots[max(slots)]
    return sorted(left, key=lambda record: record.n)


def total_of(records: Iterable[Usage]) -> Decimal:
    """Their quantities together."""
    return sum((record.value or ZERO for record in records), ZERO)


def record_shares(
    facts: Facts, group: Group, floors: Sequence[int], sent: Sequence[Usage]
) -> dict[int, Share]:
    """What became of each record in a group's period, by the number of its entry.

    Args:
        facts: for the price's formula.
        group: the quantity to explain.
        floors: instants up to which its item may not count, earliest first; the first that agrees is taken.
        sent: the item's records, in order of sending.
    """
    inside, formula = within(sent, group.period), formula_of(facts, group)
    if not group.complete:
        return {record.n: "unknown" for record in inside}
    for floor in (group.period.start, *floors):
        counted = [record for record in inside if (record.stamp or 0) > floor]
        standing = {record.n for record in standing_records(formula, counted)}
        if total_of(record for record in counted if record.n in standing) == group.quantity:
            break
    else:
        carries = formula == "last_ever" and not inside
        return {} if carries else {record.n: "unknown" for record in inside}
    late = {record.n for record in counted}
    found: dict[int, Share] = {record.n: "too early" for record in inside if record.n not in late}
    return found | {n: "billed" if n in standing else "superseded" for n in sorted(late)}


def carried_over(facts: Facts, group: Group, sent: Sequence[Usage]) -> bool:
    """Whether a period without records repeats the last quantity there ever was (`last_ever`, LEG-20)."""
    if formula_of(facts, group) != "last_ever" or within(sent, group.period):
        return False
    before = [each for each in sent if each.accepted and (each.stamp or 0) <= group.period.start]
    return total_of(standing_records("last_ever", before)) == group.quantity


def replaced_records(facts: Facts, item: str, records: Sequence[Usage]) -> set[int]:
    """Records whose place a later one took at their timestamp or, by the price's formula, in their cycle."""
    subscription, price = facts.item_owner(item)
    known = facts.prices.get(price) if price else None
    formula = (known.records if known else None) or "sum"
    label = facts.label_of(subscription.id) if subscription else ""
    accepted = [record for record in records if record.accepted and record.stamp is not None]
    cycles: dict[int | None, list[Usage]] = {}
    for record in accepted:
        cycles.setdefault(facts.cycle_of(label or "", record.falls_in or 0), []).append(record)
    standing = {each.n for some in cycles.values() for each in standing_records(formula, some)}
    return {record.n for record in accepted} - standing


def formula_of(facts: Facts, group: Group) -> str:
    """How the group's price adds records up."""
    known = facts.prices.get(group.price)
    return (known.records if known else None) or "sum"


def with_records(facts: Facts, finding: Finding) -> Finding:
    """The finding, with the records that made its quantity where it is about usage records."""
    rows = tuple(
        _records_row(facts, source, finding.scope.period)
        for source in _sources(facts, finding)
        if any(usage.action and usage.meter == source for usage in facts.usages)
    )
    return replace(finding, rows=(*finding.rows, *rows)) if rows else finding


def _sources(facts: Facts, finding: Finding) -> list[str]:
    if finding.scope.meter is not None:
        return [finding.scope.meter]
    seen = facts.invoice(finding.invoice, finding.entry) if finding.invoice else None
    lines = seen.view.lines if seen else ()
    found = (source_of(facts, line.price, line.item) for line in lines)
    return list(dict.fromkeys(source for source in found if source))


def _records_row(facts: Facts, source: str, period: Period | None) -> Row:
    own = [usage for usage in facts.usages if usage.meter == source and usage.accepted]
    inside = within(own, period) if period else own
    replaced = replaced_records(facts, source, own)
    return Row("records", "", words_of(inside, {record.n for record in inside} - replaced))


def words_of(records: Sequence[Usage], standing: set[int]) -> str:
    """`#21 +5 at 2026-01-05 00:00:00, #25 set 10 at …`: what a total was made of, in order of sending."""
    shown = records if len(records) <= MOST_SHOWN else records[: MOST_SHOWN - 1]
    parts = [_words(record, counts=record.n in standing) for record in shown]
    if rest := records[len(shown) :]:
        adding = wording.number(total_of(record for record in rest if record.n in standing))
        parts.append(f"and {wording.plural(len(rest), 'more record')} that add {adding}")
    return ", ".join(parts) or "no records"


def _words(record: Usage, *, counts: bool) -> str:
    quantity = wording.number(record.value or ZERO)
    what = f"set {quantity}" if record.action == "set" else f"+{quantity}"
    note = "" if counts else " (replaced)"
    return f"#{record.n} {what} at {wording.instant_or_none(record.stamp)}{note}"
