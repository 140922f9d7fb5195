"""The steps of a reproduced invoice: what came in time, the cycle's end, what came late, and the claim."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import groupby

from harness.check.accounting import Fate
from harness.check.line_claims import shown_lines
from harness.diagnose.refused import REPEATED
from harness.history import wording
from harness.history.facts import Facts
from harness.history.shapes import Invoice, Json, Period
from harness.investigate.cast import Cast
from harness.investigate.explaining import Explained
from harness.investigate.times import Cycle, length
from harness.investigate.writing import step

MOST_EVENTS = 300
"""Beyond it a day's events become one, which bills the same."""

SEND_EVERY = 30 * wording.DAY  # usage may lie 35 days back (MTR-50)
OLDEST = 34 * wording.DAY
DEFAULT_GRACE = wording.HOUR  # INV-18
LONGEST_GRACE = 72 * wording.HOUR
LATE = frozenset(("too late", "not in time", "not aggregated"))
ZERO = Decimal(0)


@dataclass(frozen=True)
class Sending:
    """One `meter_events` step in the making."""

    meter: str | None
    event_name: str
    units: Decimal
    stamp: int
    late: bool
    lost: bool
    times: int | None = None
    value: str | None = None
    repeats: bool = False
    milliseconds: bool = False
    refused: bool = False


def steps_of(explained: Explained, cast: Cast, invoice: Invoice) -> list[str]:
    """The lines of `steps:`, as text."""
    sendings = _merged(
        [each for row in _rows(explained, cast, invoice) if (each := _sending(row, cast, invoice))]
    )
    lines = list(_in_time([each for each in sendings if not each.late], cast))
    lines += _closing(invoice, cast.cycle)
    late = [each for each in sendings if each.late]
    if late:
        grace = _grace(invoice)
        lines += step("advance", f"{cast.cycle.name}.end + {length(grace + wording.HOUR)}")
        now = cast.cycle.end + grace + wording.HOUR
        for each in late:
            lines += _event(replace(each, stamp=max(each.stamp, now - OLDEST)), cast)
    return lines + _claim(explained.facts, cast, invoice)


def lost_units(explained: Explained, cast: Cast, invoice: Invoice) -> dict[str, Decimal]:
    """What no invoice bills, by the label of its meter."""
    found: dict[str, Decimal] = {}
    for row in _rows(explained, cast, invoice):
        sending = _sending(row, cast, invoice)
        if sending is not None and sending.lost and sending.meter:
            found[sending.meter] = found.get(sending.meter, ZERO) + sending.units
    return found


def grace_of(invoice: Invoice) -> int | None:
    """The account's finalization grace period where it is not the usual hour, else None."""
    grace = _grace(invoice)
    return grace if DEFAULT_GRACE < grace <= LONGEST_GRACE else None


def _grace(invoice: Invoice) -> int:
    if invoice.finalized_at is None:
        return DEFAULT_GRACE
    return min(invoice.finalized_at - invoice.created, LONGEST_GRACE)


def _rows(explained: Explained, cast: Cast, invoice: Invoice) -> list[Fate]:
    """The usage of the cycle, and of a day after it, in order of sending."""
    span = Period(cast.cycle.start, cast.cycle.end + wording.DAY)
    rows = [
        row
        for account in explained.checked.accounts
        for row in account.rows
        if account.customer == invoice.customer and span.holds(_seconds(row))
    ]
    return sorted(rows, key=lambda row: row.usage.n)


def _seconds(row: Fate) -> int:
    stamp = row.usage.stamp or 0
    return stamp // 1_000 if _in_milliseconds(row) else stamp


def _in_milliseconds(row: Fate) -> bool:
    return (row.usage.refusal or {}).get("reason") == "milliseconds"


def _sending(row: Fate, cast: Cast, invoice: Invoice) -> Sending | None:
    """How the scenario sends a row; None for one that it cannot make happen."""
    usage, refusal = row.usage, row.usage.refusal or {}
    meter = cast.labels.get(usage.meter or "")
    counted = bool(meter) and cast.meters[meter or ""]["formula"] == "count"
    missed = dict(row.missed).get(invoice.id)
    made = Sending(
        meter=meter,
        event_name=usage.event_name,
        units=row.units,
        stamp=_seconds(row),
        late=missed in LATE,
        lost=row.fate == "lost",
        times=usage.events if counted else None,
    )
    if row.fate != "refused":
        return made
    if refusal.get("reason") in {"value", "digits"}:
        return replace(made, value=usage.value_text, refused=True)
    if refusal.get("reason") in {REPEATED, "milliseconds", "no meter"}:
        repeats, fine = refusal["reason"] == REPEATED, refusal["reason"] == "milliseconds"
        return replace(made, repeats=repeats, milliseconds=fine, refused=True)
    return None


def _merged(sendings: Sequence[Sending]) -> list[Sending]:
    """The same with a day's like events in one, where there are very many."""
    if len(sendings) <= MOST_EVENTS:
        return list(sendings)

    def day(each: Sending) -> tuple[object, ...]:
        return each.meter, each.event_name, each.stamp // wording.DAY, each.late, each.lost, each.refused

    found = []
    for _, same in groupby(sorted(sendings, key=lambda each: tuple(map(str, day(each)))), key=day):
        some = list(same)
        units, times = sum((each.units for each in some), ZERO), sum(each.times or 0 for each in some)
        found.append(replace(some[0], units=units, times=times or None))
    return sorted(found, key=lambda each: each.stamp)


def _in_time(sendings: Sequence[Sending], cast: Cast) -> Iterator[str]:
    """Events before the cycle's end, sent when they have happened: some at a time, all within 35 days."""
    cycle = cast.cycle
    moments = [*range(cycle.start + SEND_EVERY, cycle.end - 1, SEND_EVERY), cycle.end - 1]
    left = [each for each in sendings if each.stamp < cycle.end]
    for moment in moments:
        mine = [each for each in left if each.stamp <= moment]
        left = [each for each in left if each.stamp > moment]
        yield from step("advance", cycle.relative(moment)) if mine else []
        for each in mine:
            yield from _event(each, cast)
    after = [each for each in sendings if each.stamp >= cycle.end]
    if after:
        yield from step("advance", cycle.relative(max(each.stamp for each in after)))
        for each in after:
            yield from _event(each, cast)


def _event(sending: Sending, cast: Cast) -> list[str]:
    """The step, and before an event that repeats an identifier the one that has it first."""
    told: Json = {"meter": sending.meter} if sending.meter else {"event_name": sending.event_name}
    told |= {"customer": "customer", "at": cast.cycle.relative(sending.stamp)}
    told["value"] = sending.value or (sending.units if sending.times is None else 1)
    told |= {"times": sending.times} if sending.times is not None and sending.times > 1 else {}
    if sending.milliseconds:
        told |= {"params": {"timestamp": sending.stamp * 1_000}}
    if not sending.refused:
        return step("meter_events", told)
    refused: Json = {"fails_with": {"status": 400}}
    if not sending.repeats:
        return step("meter_events", told, **refused)
    told["identifier"] = "sent-before"
    first = told | {"value": 0}
    return [*step("meter_events", first), *step("meter_events", told, **refused)]


def _closing(invoice: Invoice, cycle: Cycle) -> list[str]:
    """The cycle's end, and its invoice final as it was in the account."""
    if invoice.finalized_at is None:
        return step("advance", f"{cycle.name}.end + 1m")
    waited = invoice.finalized_at - invoice.created
    if waited < DEFAULT_GRACE:
        return [*step("advance", cycle.relative(cycle.end + waited)), *step("finalize_invoice", cycle.name)]
    return step("advance", f"{cycle.name}.end + {length(_grace(invoice) + 60)}")


def _claim(facts: Facts, cast: Cast, invoice: Invoice) -> list[str]:
    """What the invoice shows: its lines, all of them unless some cannot be told."""
    lines, complete = [], True
    for shown in shown_lines(facts, invoice):
        label = cast.labels.get(shown.line.price or "")
        if label is None or shown.line.from_invoice_item:
            complete = False
            continue
        claim: Json = {"price": label}
        claim |= {"tier": shown.tier} if shown.tier else {}
        claim |= {
            "quantity": shown.line.quantity,
            "amount": wording.money(shown.line.amount, invoice.currency),
        }
        lines.append(claim | {"period": _period(shown.line.period, cast.cycle)})
    claimed: Json = {"invoice": cast.cycle.name, "finalized": invoice.finalized_at is not None}
    if not complete:
        cast.notes.append("charges beside the subscription's own items are left out")
    return step("expect", claimed | {"lines": lines if complete else {"contains": lines}})


def _period(period: Period, cycle: Cycle) -> object:
    if period == cycle.period:
        return cycle.name
    if period.start == cycle.end:
        return f"cycle{cycle.number + 1}"
    return {"start": cycle.relative(period.start), "end": cycle.relative(period.end)}
