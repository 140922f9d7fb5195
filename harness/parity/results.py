"""What a run came to, as plain data that two runs can be compared by: the form of parity files."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from harness.history import shapes
from harness.history.entries import (
    Called,
    CaseEnded,
    CaseStarted,
    Entry,
    EventSeen,
    Labelled,
    Refused,
    StepStarted,
)
from harness.history.facts import read_facts
from harness.parity.plain import Plain, instant

Json = dict[str, Any]

ACCOUNT_WIDE = ("billing.", "price.", "product.", "plan.", "test_helpers.", "v1.", "v2.")
"""Events of what is found again on a shared account rather than made: they come only where it was made."""


def result_of(entries: Sequence[Entry]) -> Json:
    """The newest sight of every object, the refusals and the events of a history in its scenario's dates.

    Shapes: `{ended, steps: [line], refusals: {line: {status, type, code, …}}, usage: {name: total},
    subscriptions: {label: {...}}, invoices: {name: {..., lines: {name: {...}}}}, events: {type: count}}`.
    """
    labels = {entry.id: entry.label for entry in entries if isinstance(entry, Labelled)}
    plain = Plain(labels, entries[0].run_id if isinstance(entries[0], CaseStarted) else "")
    newest = _newest(entries)
    return {
        "ended": next(each.outcome for each in reversed(entries) if isinstance(each, CaseEnded)),
        "steps": sorted({entry.line for entry in entries if isinstance(entry, StepStarted)}),
        "refusals": dict(_refusals(entries, plain)),
        "usage": dict(_usage(entries, labels)),
        "subscriptions": {
            labels[made]: _subscription(raw, plain)
            for (kind, made), raw in newest.items()
            if kind == "subscription" and made in labels
        },
        "invoices": dict(_invoices(newest, labels, plain)),
        "events": _events(entries),
    }


def _refusals(entries: Sequence[Entry], plain: Plain) -> Iterator[tuple[str, Json]]:
    """By the line of their step, numbered where one step met several."""
    counted: dict[int, int] = {}
    for entry in entries:
        if isinstance(entry, Refused):
            counted[entry.line] = number = counted.get(entry.line, 0) + 1
            yield f"{entry.line}" if number == 1 else f"{entry.line}, number {number}", _refusal(entry, plain)


def _refusal(entry: Refused, plain: Plain) -> Json:
    return {
        "status": entry.status,
        "type": entry.type,
        "code": entry.code,
        "param": entry.param,
        "message": plain.within(entry.message),
    }


def _usage(entries: Sequence[Entry], labels: dict[str, str]) -> Iterator[tuple[str, str]]:
    """What the closing look showed of each meter and customer, and earlier looks over other periods."""
    facts = read_facts(entries)
    for customer, seen in facts.summaries:
        view = seen.view
        period = f"{instant(view.period.start)} to {instant(view.period.end)}"
        meter = labels.get(view.meter, view.meter)
        yield f"{meter}, {labels.get(customer, customer)}, {period}", f"{view.total:f}"


def _newest(entries: Sequence[Entry]) -> dict[tuple[str, str], Json]:
    """The newest raw form of each object by kind and id, in order of first sight."""
    found: dict[tuple[str, str], Json] = {}
    for entry in entries:
        if isinstance(entry, Called) and entry.status < 300:
            for raw in shapes.oldest_first(entry.answer):
                if "id" in raw:
                    found[raw["object"], raw["id"]] = raw
    return found


def _subscription(raw: Json, plain: Plain) -> Json:
    told: Json = plain.of({name: value for name, value in raw.items() if name != "items"})
    told["items"] = [plain.of(item) for item in raw["items"]["data"]]
    return told


def _invoices(
    newest: dict[tuple[str, str], Json], labels: dict[str, str], plain: Plain
) -> Iterator[tuple[str, Json]]:
    """Invoices by what they are for: `acme-plan, subscription_cycle, 2026-02-01`."""
    counted: dict[str, int] = {}
    raws = [raw for (kind, _), raw in newest.items() if kind == "invoice" and raw.get("id")]
    for raw in sorted(raws, key=lambda raw: (raw["created"], raw["billing_reason"] or "")):
        view = shapes.invoice(raw)
        owner = labels.get(view.subscription or "", labels.get(view.customer, "someone"))
        name = f"{owner}, {view.reason}, {instant(view.created)[:10]}"
        counted[name] = counted.get(name, 0) + 1
        told: Json = plain.of({key: value for key, value in raw.items() if key != "lines"})
        told["lines"] = dict(_lines(raw["lines"]["data"], labels, plain))
        yield name if counted[name] == 1 else f"{name}, number {counted[name]}", told


def _lines(raws: Sequence[Json], labels: dict[str, str], plain: Plain) -> Iterator[tuple[str, Json]]:
    """Lines by price, period and unit amount, numbered where those are the same."""
    counted: dict[str, int] = {}
    for raw in raws:
        view = shapes.line(raw)
        price = labels.get(view.price or "", "no price")
        unit = "" if view.unit_amount is None else f" at {view.unit_amount.normalize():f}"
        name = f"{price}{unit}, {instant(view.period.start)} to {instant(view.period.end)}"
        name += ", proration" if view.proration else ""
        counted[name] = counted.get(name, 0) + 1
        yield name if counted[name] == 1 else f"{name}, number {counted[name]}", plain.of(raw)


def _events(entries: Sequence[Entry]) -> dict[str, int]:
    counted: dict[str, int] = {}
    for entry in entries:
        if isinstance(entry, EventSeen) and not entry.type.startswith(ACCOUNT_WIDE):
            counted[entry.type] = counted.get(entry.type, 0) + 1
    return dict(sorted(counted.items()))
