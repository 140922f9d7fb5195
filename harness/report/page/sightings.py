"""What the timeline shows, read from a history: meters, the clock moving, reactions, steps and claims."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise
from typing import Any

from harness.check import Checked
from harness.diagnose.evidence import first_shown
from harness.history import wording
from harness.history.entries import (
    Advanced,
    Called,
    CaseEnded,
    Claimed,
    EventSeen,
    Noted,
    Reacted,
    StepStarted,
    UsageCancelled,
    Waited,
)
from harness.history.facts import Facts
from harness.history.shapes import Invoice, Period
from harness.report.page.naming import invoice_name

_SUMMARIES = re.compile(r"/v1/billing/meters/([^/]+)/event_summaries")
OWN_LANES = frozenset({"advance", "expect", "meter_events", "cancel_meter_event", "usage_record"})
"""Verbs whose work is drawn elsewhere."""


@dataclass(frozen=True)
class CyclePeriod:
    """A subscription's cycle: as planned, or as Stripe has it where that is something else."""

    subscription: str
    name: str
    period: Period
    text: str


@dataclass(frozen=True)
class InvoiceSpan:
    """An invoice from draft to final: `created_n` and `final_n` are the entries that showed it first."""

    invoice: Invoice
    name: str
    created_n: int
    final_n: int | None


@dataclass(frozen=True)
class MeterSight:
    """A look at a meter that showed something new.

    Args:
        lag_seconds: wall time since the newest usage before it was sent; None when none was.
        since: clock time at which that usage was sent.
    """

    n: int
    at: int
    meter: str
    customer: str
    total: Decimal
    period: Period
    lag_seconds: int | None
    since: int | None


@dataclass(frozen=True)
class Moment:
    """Something at one instant of clock time; `style` is reaction, step, met, unmet, trouble or note."""

    n: int
    at: int
    style: str
    label: str
    text: str


def cycle_periods(facts: Facts) -> list[CyclePeriod]:
    """The cycles of every subscription; where Stripe moved the anchor, the periods that were seen instead."""
    found: list[CyclePeriod] = []
    for label, boundaries in facts.cycles.items():
        whose = f" of {label}" if len(facts.cycles) > 1 else ""
        planned = [Period(start, end) for start, end in pairwise(boundaries)]
        moved = _moved_periods(facts, label, planned)
        noun = "period" if moved else "cycle"
        for number, period in enumerate(_until_ended(facts, label, moved or planned), start=1):
            name = f"{noun} {number}{whose}"
            found.append(
                CyclePeriod(label, name, period, f"{name}: {wording.span(period.start, period.end)}")
            )
    return found


def _until_ended(facts: Facts, label: str, periods: Sequence[Period]) -> list[Period]:
    """Without what a subscription that has ended never came to."""
    seen = facts.subscription(facts.id_of("subscription", label) or "")
    ended = seen.view.ended_at if seen else None
    if ended is None:
        return list(periods)
    return [Period(period.start, min(period.end, ended)) for period in periods if period.start < ended]


def _moved_periods(facts: Facts, label: str, planned: Sequence[Period]) -> list[Period]:
    """The periods that the subscription's first item was seen in, if one of them is not as planned."""
    sights = facts.subscriptions.get(facts.id_of("subscription", label) or "", [])
    seen = list(dict.fromkeys(sight.view.items[0].period for sight in sights if sight.view.items))
    if all(period in planned for period in seen):
        return []
    starts = sorted({period.start for period in seen})
    ends = {period.start: period.end for period in seen}
    following = [*starts[1:], max(ends.values())]
    return [Period(start, min(ends[start], after)) for start, after in zip(starts, following, strict=True)]


def invoice_spans(facts: Facts) -> list[InvoiceSpan]:
    """Every invoice as last seen, in order of first sight."""
    return [
        InvoiceSpan(
            seen.view,
            invoice_name(facts, seen.view),
            first_shown(facts, seen.view.id),
            first_shown(facts, seen.view.id, final=True) if seen.view.finalized_at is not None else None,
        )
        for seen in facts.last_invoices()
    ]


def meter_sights(facts: Facts) -> list[MeterSight]:
    """Each look at a meter's summary that showed another total than the look before."""
    found: list[MeterSight] = []
    known: dict[tuple[str, str], Decimal] = {}
    for call in facts.all(Called):
        asked = _SUMMARIES.fullmatch(call.path)
        if (
            asked is None
            or call.status >= 400
            or call.clock is None
            or "value_grouping_window" in call.params
        ):
            continue
        who = asked[1], str(call.params.get("customer"))
        total = _total(call.answer)
        if known.get(who, Decimal(0)) != total:
            found.append(_sight(facts, call, who, total))
        known[who] = total
    return found


def _sight(facts: Facts, call: Called, who: tuple[str, str], total: Decimal) -> MeterSight:
    sent = [usage for usage in facts.usages if (usage.meter, usage.customer) == who and usage.accepted]
    before = [usage for usage in sent if usage.n < call.n]
    newest = before[-1] if before else None
    return MeterSight(
        n=call.n,
        at=call.clock or 0,
        meter=who[0],
        customer=who[1],
        total=total,
        period=Period(int(call.params.get("start_time", 0)), int(call.params.get("end_time", 0))),
        lag_seconds=call.wall - newest.sent_wall if newest else None,
        since=newest.sent_at if newest else None,
    )


def _total(answer: dict[str, Any]) -> Decimal:
    rows = answer.get("data") or []
    return sum((Decimal(str(row.get("aggregated_value", 0))) for row in rows), Decimal(0))


def moves(facts: Facts) -> list[Advanced]:
    """Every move of the clock."""
    return list(facts.all(Advanced))


def moments(facts: Facts, checked: Checked) -> list[Moment]:
    """Reactions, steps, claims, waits in vain and notes, in order."""
    failed = {finding.entry for finding in checked.findings}
    found = [moment for entry in facts.entries for moment in _moment(facts, entry, failed)]
    return _claims_together(found)


def _moment(facts: Facts, entry: Any, failed: set[int | None]) -> Iterator[Moment]:
    if entry.clock is None:
        return
    line = getattr(entry, "line", None)
    match entry:
        case Reacted():
            label = _event_type(facts, entry.event)
            due = "" if entry.due == entry.clock else f", due since {wording.instant(entry.due)}"
            said = f"reaction to {label}"
            yield Moment(entry.n, entry.clock, "reaction", said, f"reaction to {label} (line {line}){due}")
        case StepStarted() if entry.verb not in OWN_LANES:
            label = entry.verb.replace("_", " ")
            named = f" `{entry.name}`" if entry.name else ""
            yield Moment(entry.n, entry.clock, "step", label, f"{label}{named} (line {line})")
        case UsageCancelled():
            said = "accepted" if entry.accepted else "refused"
            text = f"asks to cancel {entry.identifier}: {said} (line {line})"
            yield Moment(entry.n, entry.clock, "step", "cancel usage", text)
        case Claimed():
            yield _claim(entry, met=entry.n not in failed)
        case Waited() if not entry.done:
            text = f"waited {entry.slept:.0f} s for {entry.reason} in vain; last seen: {entry.last}"
            yield Moment(entry.n, entry.clock, "trouble", "waited in vain", text)
        case CaseEnded() if entry.outcome not in {"completed", "skipped"}:
            yield Moment(entry.n, entry.clock, "trouble", "story stops", f"the story stops: {entry.reason}")
        case Noted():
            yield Moment(entry.n, entry.clock, "note", "note", entry.text)


def _claim(entry: Claimed, *, met: bool) -> Moment:
    what = _claimed(entry.claim)
    verdict = "met" if met else "not met"
    text = f"expect {what} (line {entry.line}): {verdict}"
    return Moment(entry.n, entry.clock or 0, "met" if met else "unmet", f"expect {what}", text)


def _claimed(claim: dict[str, Any]) -> str:
    if "invoice" in claim:
        return f"invoice {claim['invoice']['name']}"
    if "never_billed" in claim.get("usage", {}):
        return "never billed"
    return " and ".join(name.replace("_", " ") for name in claim) or "something"


def _event_type(facts: Facts, event_id: str) -> str:
    return next((seen.type for seen in facts.all(EventSeen) if seen.id == event_id), event_id)


def _claims_together(found: Sequence[Moment]) -> list[Moment]:
    """Claims of one instant and verdict become one, so that many expectations do not crowd the drawing."""
    together: list[list[Moment]] = []
    for moment in found:
        last = together[-1][-1] if together else None
        same = last is not None and (last.at, last.style) == (moment.at, moment.style)
        if same and moment.style in {"met", "unmet"}:
            together[-1].append(moment)
        else:
            together.append([moment])
    return [_joined(group) for group in together]


def _joined(group: Sequence[Moment]) -> Moment:
    if len(group) == 1:
        return group[0]
    first = group[0]
    label = f"{len(group)} expectations"
    return Moment(first.n, first.at, first.style, label, "; ".join(moment.text for moment in group))
