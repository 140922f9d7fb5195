"""What invoices bill per meter: the lines of one quantity together, and when that quantity was fixed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal

from harness.check.tiers import grouped
from harness.history.entries import Called
from harness.history.facts import Facts
from harness.history.shapes import Invoice, InvoiceItem, Line, Period, id_of

ZERO = Decimal(0)
THRESHOLD = "subscription_threshold"


@dataclass(frozen=True)
class Closing:
    """When a quantity was fixed: clock time, and the exchange that did it (None when the clock did)."""

    at: int
    by: int | None

    def precedes(self, n: int, clock: int | None) -> bool:
        """Whether entry `n`, made at `clock`, came too late."""
        if clock is None or clock == self.at:
            return self.by is None or n > self.by
        return clock > self.at


@dataclass(frozen=True)
class Group:
    """Lines of an invoice, or a pending invoice item, that bill one quantity of one meter.

    Usage records belong to a subscription item: for a price without a meter its id stands for the meter's.

    Args:
        invoice: its id; None for an invoice item that is on no invoice.
        final: whether the quantity is charged; a draft's and a pending item's is not yet.
        void: whether the invoice was voided: its usage is charged nowhere (INV-82).
        period: the period billed, `[start, end)`.
        quantity: raw units; the tiers' quantities together, flat lines count 0 (INV-59).
        closing: None while the quantity is still refreshed (INV-20).
    """

    invoice: str | None
    reason: str | None
    subscription: str | None
    customer: str
    meter: str
    price: str
    item: str | None
    final: bool
    period: Period
    quantity: Decimal
    closing: Closing | None
    complete: bool
    void: bool = False


def groups_of(facts: Facts) -> list[Group]:
    """Every metered quantity on any invoice or pending invoice item, as last seen, in order of sight."""
    found = [group for seen in facts.last_invoices() for group in _on_invoice(facts, seen.view)]
    return found + [group for item in _loose_items(facts) if (group := _of_item(facts, item))]


def _on_invoice(facts: Facts, invoice: Invoice) -> Iterator[Group]:
    # A metered line may be marked as a proration: usage billed by a change of price is (CHG-01).
    for lines in grouped(invoice.lines).values():
        meter = source_of(facts, lines[0].price, lines[0].item)
        quantity = sum((line.quantity for line in lines), ZERO)
        if meter is None or lines[0].price is None or _is_placeholder(invoice, quantity):
            continue
        yield Group(
            invoice=invoice.id,
            reason=invoice.reason,
            subscription=invoice.subscription,
            customer=invoice.customer,
            meter=meter,
            price=lines[0].price,
            item=lines[0].item,
            final=invoice.finalized_at is not None,
            period=lines[0].period,
            quantity=quantity,
            closing=_closing(facts, invoice, lines[0]),
            complete=invoice.lines_complete,
            void=invoice.status == "void",
        )


def _is_placeholder(invoice: Invoice, quantity: Decimal) -> bool:
    """A classic first invoice shows a zero line for the period that only begins (SUB-10)."""
    return invoice.reason == "subscription_create" and quantity == 0


def _closing(facts: Facts, invoice: Invoice, line: Line) -> Closing | None:
    """An invoice item's quantity is fixed when it is made (CHG-01, INV-23), a line's at finalization.

    That of a threshold invoice was fixed before the first answer that shows it.
    """
    if line.from_invoice_item:
        return Closing(line.period.end, _change_at(facts, line.period.end))
    if invoice.reason == THRESHOLD:  # CHG-38
        return Closing(invoice.created, facts.invoices[invoice.id][0].n)
    if invoice.finalized_at is None:
        return None
    finalize = f"/v1/invoices/{invoice.id}/finalize"
    by_hand = _call_at(facts, invoice.finalized_at, lambda call: call.path == finalize)
    if by_hand is None and invoice.reason != "subscription_cycle":
        by_hand = _made_by(facts, invoice.id, invoice.finalized_at)
    return Closing(invoice.finalized_at, by_hand)


def _made_by(facts: Facts, invoice_id: str, clock: int) -> int | None:
    """The exchange that made an invoice and finalized it at once: its answer names it (SUB-08)."""
    named = _call_at(facts, clock, lambda call: id_of(call.answer.get("latest_invoice")) == invoice_id)
    return named if named is not None else _change_at(facts, clock)


def _loose_items(facts: Facts) -> Iterator[InvoiceItem]:
    for sights in facts.pending_items.values():
        item = sights[-1].view
        if item.invoice is None:
            yield item


def _of_item(facts: Facts, item: InvoiceItem) -> Group | None:
    meter = source_of(facts, item.price, None)
    if meter is None or item.price is None or _joined_an_invoice(facts, item):
        return None
    return Group(
        invoice=None,
        reason=None,
        subscription=item.subscription,
        customer=item.customer,
        meter=meter,
        price=item.price,
        item=None,
        final=False,
        period=item.period,
        quantity=item.quantity,
        closing=Closing(item.period.end, _change_at(facts, item.period.end)),
        complete=True,
    )


def _joined_an_invoice(facts: Facts, item: InvoiceItem) -> bool:
    """Whether an invoice shows it by now; the item itself may not have been read since."""
    lines = (line for seen in facts.last_invoices() for line in seen.view.lines if line.from_invoice_item)
    return any((line.price, line.period) == (item.price, item.period) for line in lines)


def source_of(facts: Facts, price: str | None, item: str | None) -> str | None:
    """Where a price's usage comes from: its meter's id or, with records, the item's; None if licensed."""
    known = facts.prices.get(price) if price else None
    if known is None:
        return None
    return item if known.records else known.meter


def _change_at(facts: Facts, clock: int) -> int | None:
    """The first exchange that created, changed or ended a subscription at this clock time."""
    return _call_at(facts, clock, changes_subscription)


def changes_subscription(call: Called) -> bool:
    """Whether an exchange creates, changes or ends a subscription; a usage record for its item does not."""
    mutates = call.method != "GET" and call.status < 400
    return mutates and call.path.startswith("/v1/subscription") and not call.path.endswith("/usage_records")


def _call_at(facts: Facts, clock: int, is_it: Callable[[Called], bool]) -> int | None:
    for call in facts.all(Called):
        if call.clock == clock and call.method != "GET" and call.status < 400 and is_it(call):
            return call.n
    return None
