"""Reported usage as facts: meter events, and the usage records that came before them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING

from harness.history import entries as kinds
from harness.history import shapes
from harness.history.sent import events_in, seconds_of

if TYPE_CHECKING:
    from harness.history.facts import Facts

DEFAULT_CUSTOMER_KEY = "stripe_customer_id"
"""Where a payload names its customer, unless the meter says otherwise (MTR-06)."""

TURNED_AWAY = (409, 429)
"""Answers to a report of usage that ask for another try (MTR-69, MTR-70)."""


@dataclass(frozen=True)
class Usage:
    """One reported meter event, or legacy usage record.

    Args:
        n: the number of its `usage` or `record` entry.
        meter: the meter's id; a record belongs to its subscription item, whose id stands here then.
        stamp: the timestamp it counts at: Stripe's echo, else what was sent; None for a refused one without.
        sent_at: clock time of sending; None when there was no clock.
        value: its value, None when it has none or it is not a number.
        value_text: its value as it was sent.
        customer: the id that the payload named, whoever that is; None when it named none.
        payload: what was sent as `payload`.
        streamed: whether it was answered before it was looked at (MTR-102).
        refused_by: the number of the entry that showed the report of its refusal, for a streamed event.
        cancelled_by: the number of the accepted cancellation, if any.
        action: of a record, `increment` or `set`; None for a meter event.
        found: where it is known from, if it was not sent in this story: `log`, `meter` or `invoice`.
        events: how many events it stands for; more than one only where `found`.
    """

    n: int
    label: str
    line: int
    meter: str | None
    event_name: str
    customer: str | None
    value: Decimal | None
    value_text: str | None
    stamp: int | None
    stamped: bool
    sent_at: int | None
    sent_wall: int
    identifier: str | None
    accepted: bool
    refusal: shapes.Json | None
    payload: dict[str, str]
    cancelled_by: int | None
    streamed: bool = False
    refused_by: int | None = None
    action: str | None = None
    found: str | None = None
    events: int = 1

    @property
    def sending_known(self) -> bool:
        """Whether it can be said when it was sent: always, of what was sent in this story."""
        return self.found is None or self.sent_at is not None

    @property
    def counts(self) -> bool:
        """Whether Stripe took it and nobody cancelled it."""
        return self.accepted and self.cancelled_by is None

    @property
    def falls_in(self) -> int | None:
        """A second of the period that it counts in.

        An event's stamp itself. A record's period is (start, end] (LEG-03): in whole seconds that is the same
        as the second before its stamp lying in [start, end).
        """
        return self.stamp - 1 if self.action is not None and self.stamp is not None else self.stamp


def note_event(facts: Facts, entry: kinds.UsageReported) -> None:
    """Add a meter event to the facts."""
    call = facts.entries[entry.call - 1]
    answer, payload = (call.answer, _payload(call, entry)) if isinstance(call, kinds.Called) else ({}, {})
    meter = facts.id_of("meter", entry.meter) if entry.meter else _meter_by_name(facts, entry.event_name)
    facts.usages.append(
        Usage(
            n=entry.n,
            label=entry.label,
            line=entry.line,
            meter=meter,
            event_name=entry.event_name,
            customer=_customer(facts, entry, meter, payload),
            value=_number(entry.value),
            value_text=entry.value,
            stamp=_counts_at(entry, answer),
            stamped=entry.stamp is not None,
            sent_at=entry.clock,
            sent_wall=entry.wall,
            identifier=answer.get("identifier", entry.identifier) if entry.accepted else entry.identifier,
            accepted=entry.accepted,
            refusal=None if entry.accepted else _refusal(call),
            payload=payload,
            cancelled_by=None,
            streamed=entry.place is not None,
        )
    )


def _refusal(call: kinds.Entry) -> shapes.Json:
    """Stripe's error, and the HTTP status beside it."""
    if not isinstance(call, kinds.Called):
        return {}
    return (call.answer.get("error") or {}) | {"status": call.status}


def _payload(call: kinds.Called, entry: kinds.UsageReported) -> dict[str, str]:
    place, sent = entry.place or 0, events_in(call.path, call.params)
    return sent[place].payload if place < len(sent) else {}


def _counts_at(entry: kinds.UsageReported, answer: shapes.Json) -> int | None:
    """Stripe's echo, else what was sent; the stream echoes nothing and means now (MTR-58, unverified)."""
    echoed = answer.get("timestamp") if entry.accepted else None
    if echoed is not None:
        return seconds_of(echoed)
    return entry.clock if entry.stamp is None and entry.place is not None else entry.stamp


def note_record(facts: Facts, entry: kinds.RecordReported) -> None:
    """Add a usage record: it is its item's, as an event is its meter's. The item has its price's label."""
    call = facts.entries[entry.call - 1]
    answer = call.answer if isinstance(call, kinds.Called) else {}
    owner, price = facts.item_owner(entry.item)
    facts.labels.setdefault(entry.item, facts.label_of(price) or entry.item)
    facts.usages.append(
        Usage(
            n=entry.n,
            label=entry.label,
            line=entry.line,
            meter=entry.item,
            event_name=facts.labels[entry.item],
            customer=owner.customer if owner else None,
            value=_number(entry.quantity),
            value_text=entry.quantity,
            stamp=answer.get("timestamp", entry.stamp) if entry.accepted else entry.stamp,
            stamped=entry.stamp is not None,
            sent_at=entry.clock,
            sent_wall=entry.wall,
            identifier=None,
            accepted=entry.accepted,
            refusal=None if entry.accepted else answer.get("error", {}),
            payload={},
            cancelled_by=None,
            action=entry.action,
        )
    )


def note_found(facts: Facts, entry: kinds.UsageFound) -> None:
    """Add usage that was not sent in this story. Its payload is taken to have had the meter's own keys."""
    rules = facts.meter(entry.meter) if entry.meter else None
    keys = (rules.customer_key, rules.value_key) if rules else (DEFAULT_CUSTOMER_KEY, "value")
    sent = zip(keys, (entry.customer, entry.value), strict=True)
    facts.usages.append(
        Usage(
            n=entry.n,
            label=entry.label,
            line=0,
            meter=entry.meter,
            event_name=entry.event_name,
            customer=entry.customer,
            value=_number(entry.value),
            value_text=entry.value,
            stamp=entry.stamp,
            stamped=True,
            sent_at=entry.sent_at,
            sent_wall=entry.wall,
            identifier=entry.identifier,
            accepted=entry.accepted,
            refusal=None if entry.accepted else entry.refusal or {},
            payload={key: text for key, text in sent if text is not None},
            cancelled_by=None,
            found=entry.source,
            events=entry.events,
        )
    )


def _customer(
    facts: Facts, entry: kinds.UsageReported, meter: str | None, payload: dict[str, str]
) -> str | None:
    if entry.customer is not None:
        return facts.id_of("customer", entry.customer)
    known = facts.meter(meter) if meter else None
    return payload.get(known.customer_key if known else DEFAULT_CUSTOMER_KEY)


def _meter_by_name(facts: Facts, event_name: str) -> str | None:
    for meter_id, seen in facts.meters.items():
        if seen[-1].view.event_name == event_name:
            return meter_id
    return None


def _number(text: str | None) -> Decimal | None:
    try:
        number = None if text is None else Decimal(text)
    except InvalidOperation:
        return None
    return number if number is None or number.is_finite() else None


def apply_cancellations(facts: Facts) -> None:
    """Mark the meter events that an accepted adjustment cancelled."""
    cancelled = {
        (entry.event_name, entry.identifier): entry.n
        for entry in facts.all(kinds.UsageCancelled)
        if entry.accepted
    }
    facts.usages = [
        replace(usage, cancelled_by=cancelled.get((usage.event_name, usage.identifier)))
        if usage.accepted and usage.identifier is not None
        else usage
        for usage in facts.usages
    ]


def forget_retried(facts: Facts) -> None:
    """Leave out what was turned away at first and taken later: it was one report."""
    away = {usage.n: _name(usage) for usage in facts.usages if _turned_away(facts, usage)}
    if not away:
        return
    taken = {_name(usage) for usage in facts.usages if usage.accepted}
    facts.usages = [usage for usage in facts.usages if away.get(usage.n) not in taken]


def _name(usage: Usage) -> tuple[str, str | None]:
    return usage.event_name, usage.identifier


def _turned_away(facts: Facts, usage: Usage) -> bool:
    return not usage.accepted and status_of(facts, usage) in TURNED_AWAY


def status_of(facts: Facts, usage: Usage) -> int | None:
    """The HTTP status of the answer to the exchange that carried an event; None where there is none."""
    entry = facts.entries[usage.n - 1]
    call = facts.entries[entry.call - 1] if isinstance(entry, kinds.UsageReported) else None
    return call.status if isinstance(call, kinds.Called) else None
