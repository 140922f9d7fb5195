"""Evidence: entries of the history, worded."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from harness.check.accounting import Fate
from harness.diagnose.causes import Evidence
from harness.history import wording
from harness.history.facts import Facts, Seen, Usage
from harness.history.shapes import Invoice, Subscription

MOST_SHOWN = 3
DEFAULT_HOUR = 3_600  # INV-18


def units_of(rows: Sequence[Fate]) -> Decimal:
    """The units of several events together."""
    return sum((row.units for row in rows), Decimal(0))


def amount_of(rows: Sequence[Fate]) -> str:
    """The same, worded."""
    return wording.number(units_of(rows))


def reports(rows: Sequence[Fate]) -> list[Evidence]:
    """The sending of each event; of many only the first, and how many more there are."""
    shown = rows if len(rows) <= MOST_SHOWN else rows[: MOST_SHOWN - 1]
    found = [_report(row) for row in shown]
    if rest := rows[len(shown) :]:
        last, count = rest[-1].usage, sum(row.usage.events for row in rest)
        text = f"{wording.plural(count, 'more event')} with {amount_of(rest)} in all, the last one here"
        found.append(Evidence(last.n, last.sent_at, text, last.line))
    return found


def _report(row: Fate) -> Evidence:
    usage = row.usage
    if usage.found is not None:
        return Evidence(usage.n, usage.sent_at or usage.stamp, found_words(row))
    verb = "set" if usage.action == "set" else "reported"
    text = f"{verb} {value_of(row)}, {_stamped(usage)}"
    return Evidence(usage.n, usage.sent_at, text, usage.line)


def found_words(row: Fate) -> str:
    """What is known of usage that was not sent in this story, and from where."""
    usage = row.usage
    at = f"stamped {wording.instant_or_none(usage.stamp)}"
    if usage.found == "meter":
        return f"the meter shows {value_of(row)} for {usage.label}"
    if usage.found == "invoice":
        return f"{value_of(row)} more is billed than is known of"
    if usage.events > 1:
        together = f"{wording.plural(usage.events, 'event')} of the log with {value_of(row)}"
        return f"{together}, {usage.label}, the last one {at}"
    return f"the log says {value_of(row)}, {at} ({usage.label})"


def value_of(row: Fate) -> str:
    """What the event said, as it said it; a counted event without a value is 1."""
    value = row.usage.value
    if value is None:
        return row.usage.value_text or (
            "no value" if row.usage.refusal is not None else wording.number(row.units)
        )
    return wording.number(value)


def _stamped(usage: Usage) -> str:
    if usage.stamped:
        return f"stamped {wording.instant_or_none(usage.stamp)}"
    counted = f", so at {wording.instant(usage.stamp)}" if usage.stamp is not None else ""
    return f"without a timestamp{counted}"


def by_time(*evidence: Evidence) -> tuple[Evidence, ...]:
    """In order of clock time, then of the history."""
    return tuple(sorted(evidence, key=lambda each: (each.at or 0, each.n)))


def by_number(*evidence: Evidence) -> tuple[Evidence, ...]:
    """In order of the history."""
    return tuple(sorted(evidence, key=lambda each: each.n))


def period_ended(facts: Facts, invoice: Invoice, cycle: str) -> Evidence:
    """The draft's making, as first shown."""
    return Evidence(first_shown(facts, invoice.id), invoice.created, f"{cycle} ends, draft {invoice.id}")


def became_final(facts: Facts, invoice: Invoice) -> Evidence:
    """The finalization, as first shown."""
    waited = (invoice.finalized_at or invoice.created) - invoice.created
    after = "at once" if waited == 0 else f"after {wording.length(waited)}"
    how = "after the default hour" if waited == DEFAULT_HOUR else after
    return Evidence(
        first_shown(facts, invoice.id, final=True), invoice.finalized_at, f"{invoice.id} is final ({how})"
    )


def first_shown(facts: Facts, invoice_id: str, *, final: bool = False) -> int:
    """The first entry that shows an invoice, or that it is final: a read of it, or an event about it."""
    sights = [seen.n for seen in facts.invoices.get(invoice_id, ()) if not final or seen.view.finalized_at]
    told = [
        event.n
        for event in facts.events
        if event.subject.get("id") == invoice_id and (not final or event.type == "invoice.finalized")
    ]
    return min([*sights, *told])


def line_shown(facts: Facts, invoice: Invoice, price: str, quantity: Decimal) -> Evidence:
    """What an invoice's line shows, at the newest sight."""
    label = facts.label_of(price)
    seen = facts.invoice(invoice.id)
    text = f"{invoice.id}: the line of {label} holds {wording.number(quantity)}"
    return Evidence(seen.n if seen else 0, seen.clock if seen else None, text)


def subscription_shown(facts: Facts, seen: Seen[Subscription], text: str) -> Evidence:
    """What a sight of a subscription shows; `text` goes on after its label."""
    return Evidence(seen.n, seen.clock, f"{facts.label_of(seen.view.id)} {text}")


def cycle_words(name: str | None) -> str:
    """`cycle 1` from `cycle1`, `cycle 1 of acme-plan` from `acme-plan.cycle1`."""
    if name is None:
        return "the period"
    subscription, _, cycle = name.rpartition(".")
    words = f"cycle {cycle.removeprefix('cycle')}"
    return f"{words} of {subscription}" if subscription else words
