"""Facts: what a history shows, as values that checks, diagnosis and reports ask."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from itertools import pairwise
from typing import Any, Generic, TypeVar

from harness.history import entries as kinds
from harness.history import shapes
from harness.history.entries import Entry
from harness.history.error_reports import apply_reports
from harness.history.reported import (
    Usage,
    apply_cancellations,
    forget_retried,
    note_event,
    note_found,
    note_record,
)
from harness.history.schedules import Schedule, schedule
from harness.history.shapes import Period

__all__ = ["Facts", "Seen", "StripeEvent", "Usage", "read_facts"]

_SUMMARIES = re.compile(r"/v1/billing/meters/([^/]+)/event_summaries")
_LINES = re.compile(r"/v1/invoices/([^/]+)/lines")

T = TypeVar("T")
E = TypeVar("E", bound=Entry)


@dataclass(frozen=True)
class Seen(Generic[T]):
    """Something that entry `n` showed, when the clock stood at `clock`."""

    n: int
    clock: int | None
    wall: int
    view: T


@dataclass(frozen=True)
class StripeEvent:
    """A Stripe event that polling showed; `at` is its clock time where the object tells it."""

    n: int
    id: str
    type: str
    at: int | None
    subject: shapes.Json


def _lists() -> dict[str, list[Any]]:
    return defaultdict(list)


@dataclass
class Facts:
    """Everything known, by Stripe id, each list in the order in which it was seen.

    `usages` name meters and customers by Stripe id; `label_of` and `id_of` translate.
    """

    case: kinds.CaseStarted
    entries: Sequence[Entry]
    usages: list[Usage] = field(default_factory=list)
    ids: dict[tuple[str, str], str] = field(default_factory=dict)
    labels: dict[str, str] = field(default_factory=dict)
    cycles: dict[str, list[int]] = field(default_factory=dict)
    meters: dict[str, list[Seen[shapes.Meter]]] = field(default_factory=_lists)
    prices: dict[str, shapes.Price] = field(default_factory=dict)
    subscriptions: dict[str, list[Seen[shapes.Subscription]]] = field(
        default_factory=lambda: defaultdict(list)
    )
    invoices: dict[str, list[Seen[shapes.Invoice]]] = field(default_factory=_lists)
    summaries: list[tuple[str, Seen[shapes.Summary]]] = field(default_factory=list)
    events: list[StripeEvent] = field(default_factory=list)
    pending_items: dict[str, list[Seen[shapes.InvoiceItem]]] = field(
        default_factory=lambda: defaultdict(list)
    )
    event_ids: set[str] = field(default_factory=set)
    line_pages: dict[str, list[shapes.Line]] = field(default_factory=dict)
    schedules: dict[str, Schedule] = field(default_factory=dict)
    """Subscription schedules as last seen."""

    def all(self, kind: type[E]) -> Iterator[E]:
        """Every entry of one kind, in order."""
        return (entry for entry in self.entries if isinstance(entry, kind))

    def id_of(self, what: str, label: str) -> str | None:
        """The Stripe id behind a label (`what`: customer, meter, price, subscription), or None."""
        return self.ids.get((what, label))

    def label_of(self, stripe_id: str | None) -> str | None:
        """The label of a Stripe id; an id without a label is its own."""
        return None if stripe_id is None else self.labels.get(stripe_id, stripe_id)

    def invoice(self, invoice_id: str, before: int | None = None) -> Seen[shapes.Invoice] | None:
        """The newest sight of an invoice, or the newest before entry `before`."""
        return _newest(self.invoices.get(invoice_id, ()), before)

    def subscription(
        self, subscription_id: str, before: int | None = None
    ) -> Seen[shapes.Subscription] | None:
        """The newest sight of a subscription, or the newest before entry `before`."""
        return _newest(self.subscriptions.get(subscription_id, ()), before)

    def item_owner(self, item_id: str) -> tuple[shapes.Subscription | None, str | None]:
        """The subscription that a sight showed with this item, and the item's price; None where none did."""
        for sights in self.subscriptions.values():
            for seen in reversed(sights):
                for item in seen.view.items:
                    if item.id == item_id:
                        return seen.view, item.price
        return None, None

    def schedules_of(self, subscription: str) -> list[Schedule]:
        """The schedules that manage a subscription, or have managed it."""
        return [each for each in self.schedules.values() if each.subscription == subscription]

    def last_invoices(self, before: int | None = None) -> list[Seen[shapes.Invoice]]:
        """The newest sight of every invoice, in order of first sight."""
        return [seen for known in self.invoices.values() if (seen := _newest(known, before))]

    def cycle_of(self, subscription: str, instant: int) -> int | None:
        """The number of the planned cycle of the subscription labelled so that holds `instant`."""
        boundaries = self.cycles.get(subscription, [])
        for number, (start, end) in enumerate(pairwise(boundaries), start=1):
            if start <= instant < end:
                return number
        return None

    def cycle(self, subscription: str, number: int) -> Period | None:
        """The planned period of cycle `number`, or None when the story does not reach it."""
        boundaries = self.cycles.get(subscription, [])
        return Period(boundaries[number - 1], boundaries[number]) if 0 < number < len(boundaries) else None

    def meter(self, meter_id: str) -> shapes.Meter | None:
        """A meter's rules as last seen."""
        seen = _newest(self.meters.get(meter_id, ()), None)
        return seen.view if seen else None

    def summaries_since(self, entry_number: int) -> Iterator[tuple[str, Seen[shapes.Summary]]]:
        """Customers' summaries that entries after `entry_number` showed."""
        return (each for each in self.summaries if each[1].n > entry_number)


def _newest(known: Sequence[Seen[T]], before: int | None) -> Seen[T] | None:
    for seen in reversed(known):
        if before is None or seen.n < before:
            return seen
    return None


class FactsReader:
    """Reads the facts of a history that still grows; each entry is looked at once.

    Args:
        entries: the history's, which may grow between two readings. The first must be its `case` entry, as
            `history.log.read` makes sure.
    """

    def __init__(self, entries: Sequence[Entry]) -> None:
        first = entries[0]
        if not isinstance(first, kinds.CaseStarted):
            raise ValueError("a history begins with its `case` entry")  # noqa: TRY004  # the order is wrong
        self._seen = Facts(first, entries)
        self._read = 0

    def read(self) -> Facts:
        """The facts by now. They share what was seen with later readings; only `usages` are their own."""
        for entry in self._seen.entries[self._read :]:
            if handler := _HANDLERS.get(type(entry)):
                handler(self._seen, entry)
            self._read += 1
        facts = replace(self._seen, usages=list(self._seen.usages))
        forget_retried(facts)
        apply_reports(facts)
        apply_cancellations(facts)
        return facts


def read_facts(entries: Sequence[Entry]) -> Facts:
    """Facts from a whole history."""
    return FactsReader(entries).read()


def _labelled(facts: Facts, entry: kinds.Labelled) -> None:
    facts.ids[entry.what, entry.label] = entry.id
    facts.labels[entry.id] = entry.label


def _cycles(facts: Facts, entry: kinds.CycleDates) -> None:
    facts.cycles[entry.subscription] = entry.boundaries


def _called(facts: Facts, entry: kinds.Called) -> None:
    if entry.status >= 400:
        return
    if paged := _LINES.fullmatch(entry.path):
        _saw_lines(facts, entry, paged[1])
        return
    if (read := _SUMMARIES.fullmatch(entry.path)) and not entry.answer.get("data"):
        _saw_no_usage(facts, entry, read[1])
    for raw in shapes.oldest_first(entry.answer):
        if reader := _READERS.get(str(raw.get("object"))):
            reader(facts, entry, raw)


def _saw_invoice(facts: Facts, entry: kinds.Called, raw: shapes.Json) -> None:
    if (
        "id" in raw and raw.get("status") and not str(raw["id"]).startswith("upcoming_in_")
    ):  # a preview is no invoice
        facts.invoices[raw["id"]].append(Seen(entry.n, entry.clock, entry.wall, shapes.invoice(raw)))


def _saw_lines(facts: Facts, entry: kinds.Called, invoice_id: str) -> None:
    """A page of the lines endpoint; the last page completes the newest sight of the invoice."""
    page = [shapes.line(raw) for raw in entry.answer["data"]]
    earlier = facts.line_pages.pop(invoice_id, []) if "starting_after" in entry.params else []
    if entry.answer.get("has_more"):
        facts.line_pages[invoice_id] = earlier + page
    elif newest := facts.invoice(invoice_id):
        whole = replace(newest.view, lines=(*earlier, *page), lines_complete=True)
        facts.invoices[invoice_id].append(Seen(entry.n, entry.clock, entry.wall, whole))


def _saw_invoice_item(facts: Facts, entry: kinds.Called, raw: shapes.Json) -> None:
    if not raw.get("deleted"):
        facts.pending_items[raw["id"]].append(
            Seen(entry.n, entry.clock, entry.wall, shapes.invoice_item(raw))
        )


def _saw_subscription(facts: Facts, entry: kinds.Called, raw: shapes.Json) -> None:
    facts.subscriptions[raw["id"]].append(Seen(entry.n, entry.clock, entry.wall, shapes.subscription(raw)))


def _saw_schedule(facts: Facts, _: kinds.Called, raw: shapes.Json) -> None:
    facts.schedules[raw["id"]] = schedule(raw)


def _saw_meter(facts: Facts, entry: kinds.Called, raw: shapes.Json) -> None:
    facts.meters[raw["id"]].append(Seen(entry.n, entry.clock, entry.wall, shapes.meter(raw)))


def _saw_price(facts: Facts, _: kinds.Called, raw: shapes.Json) -> None:
    seen = shapes.price(raw)
    known = facts.prices.get(seen.id)
    if known is None:
        facts.prices[seen.id] = seen
    elif seen.tiers or seen.options:  # an answer shows what it was asked for
        options = {**known.options, **seen.options}
        facts.prices[seen.id] = replace(seen, tiers=seen.tiers or known.tiers, options=options)


def _saw_summary(facts: Facts, entry: kinds.Called, raw: shapes.Json) -> None:
    customer = entry.params.get("customer")
    facts.summaries.append((str(customer), Seen(entry.n, entry.clock, entry.wall, shapes.summary(raw))))


def _saw_no_usage(facts: Facts, entry: kinds.Called, meter: str) -> None:
    """An empty list of summaries says 0 for the range that was asked for (MTR-125)."""
    asked = entry.params
    if "start_time" in asked and "end_time" in asked and "starting_after" not in asked:
        period = Period(int(asked["start_time"]), int(asked["end_time"]))
        nothing = shapes.Summary(meter, period, Decimal(0))
        facts.summaries.append((str(asked.get("customer")), Seen(entry.n, entry.clock, entry.wall, nothing)))


def _saw_event(facts: Facts, entry: kinds.Called, raw: shapes.Json) -> None:
    if raw["id"] in facts.event_ids:
        return
    facts.event_ids.add(raw["id"])
    subject = raw["data"]["object"]
    facts.events.append(StripeEvent(entry.n, raw["id"], raw["type"], shapes.happened_at(raw), subject))


_READERS: dict[str, Callable[[Facts, kinds.Called, shapes.Json], None]] = {
    "invoice": _saw_invoice,
    "invoiceitem": _saw_invoice_item,
    "subscription": _saw_subscription,
    "subscription_schedule": _saw_schedule,
    "billing.meter": _saw_meter,
    "billing.meter_event_summary": _saw_summary,
    "price": _saw_price,
    "event": _saw_event,
}

_HANDLERS: dict[type[Entry], Callable[[Facts, Any], None]] = {
    kinds.Labelled: _labelled,
    kinds.CycleDates: _cycles,
    kinds.Called: _called,
    kinds.UsageReported: note_event,
    kinds.RecordReported: note_record,
    kinds.UsageFound: note_found,
}
