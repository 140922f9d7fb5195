"""What the page calls things: invoices by the cycle that they bill, events by what became of them."""

from __future__ import annotations

from datetime import UTC, datetime

from harness.check.accounting import Account, Fate, FateName, cycle_of
from harness.check.attribution import Share
from harness.diagnose.evidence import cycle_words, value_of
from harness.history import wording
from harness.history.facts import Facts
from harness.history.shapes import Invoice, Period

MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
LONGEST_REASON = 72
"""A reason longer than this is left to the diagnosis."""

FATES: dict[FateName, str] = {
    "billed": "billed",
    "lost": "lost: on no invoice, ever",
    "refused": "refused by the API",
    "cancelled": "cancelled",
    "pending": "pending: its invoice is not final",
    "superseded": "replaced by a later event",
    "below zero": "below zero, so not charged",
    "unknown": "unknown: the quantities do not tell",
}
"""Every fate in words, in the order of the legend."""

MISSES: dict[Share, str] = {
    "too late": "sent when that invoice was already final",
    "too early": "stamped before its price or subscription counted",
    "not aggregated": "the meter had not counted it when that invoice became final",
    "not in time": "sent, or counted by the meter, when that invoice was already final",
    "voided": "which was voided",
    "superseded": "a later event took its place",
    "cancelled": "cancelled in time",
    "below zero": "the total was below zero",
    "unknown": "the quantity does not tell",
}
"""Why a final invoice lacks an event of its period."""

SHORT_MISSES: dict[Share, str] = {
    "too late": "sent after its invoice was final",
    "too early": "stamped before it counted",
    "not aggregated": "not yet counted by the meter",
}
"""The same, short enough for beside a mark."""


def account_name(facts: Facts, account: Account) -> str:
    """`api_calls of acme`."""
    meter = facts.label_of(account.meter) or account.event_name or "no event name"
    return f"{meter} of {facts.label_of(account.customer) or 'nobody'}"


def invoice_name(facts: Facts, invoice: Invoice) -> str:
    """`invoice of cycle 1`, `first invoice`, or by its id: with the subscription where there are several."""
    owner = facts.label_of(invoice.subscription)
    whose = f" of {owner}" if owner and len(facts.cycles) > 1 else ""
    if invoice.reason == "subscription_create":
        return f"first invoice{whose}"
    cycle = cycle_of(facts, invoice.subscription, invoice.period.start)
    if invoice.reason != "subscription_cycle":
        return f"{invoice.reason.removeprefix('subscription_').replace('_', ' ')} invoice {invoice.id}"
    if cycle is not None and _is_planned(facts, owner, invoice.period):
        return f"invoice of {cycle_words(cycle)}"
    return f"invoice for {short_day(invoice.period.start)} to {short_day(invoice.period.end)}{whose}"


def _is_planned(facts: Facts, subscription: str | None, period: Period) -> bool:
    """Whether Stripe's period begins where a planned cycle does; elsewhere an anchor was moved."""
    return subscription is not None and period.start in facts.cycles.get(subscription, [])


def short_day(instant: int) -> str:
    """`11 Feb`."""
    at = datetime.fromtimestamp(instant, UTC)
    return f"{at.day} {MONTHS[at.month - 1]}"


def invoice_name_of(facts: Facts, invoice_id: str | None) -> str:
    """The same, from an id."""
    seen = facts.invoice(invoice_id) if invoice_id else None
    return invoice_name(facts, seen.view) if seen else str(invoice_id)


def fate_words(facts: Facts, row: Fate) -> str:
    """`billed on the invoice of cycle 1`, `lost: sent when the invoice of cycle 1 was already final`."""
    if row.fate == "billed":
        times = f", {row.times_billed} times" if row.times_billed > 1 else ""
        return f"billed on the {invoice_name_of(facts, row.invoice)}{times}"
    if row.fate == "refused":
        message = (row.usage.refusal or {}).get("message")
        return f"refused: {message}" if message else "refused"
    if row.fate == "lost":
        return _lost_words(facts, row)
    return FATES[row.fate]


def _lost_words(facts: Facts, row: Fate) -> str:
    if not row.missed:
        return "lost: no invoice covers its stamp"
    invoice, share = row.missed[0]
    return f"lost: not on the {invoice_name_of(facts, invoice)}, {MISSES.get(share, share)}"


def became(facts: Facts, row: Fate, reason: str | None = None) -> str:
    """A few words for beside a mark: `lost: sent after its invoice was final`, `billed in cycle 1`.

    `reason` is the diagnosis's, for events whose fate alone does not say why.
    """
    if row.fate == "billed":
        name = invoice_name_of(facts, row.invoice)
        where = (
            f"billed in {name.removeprefix('invoice of ')}" if "cycle" in name else f"billed on the {name}"
        )
        return f"{where}, {row.times_billed} times" if row.times_billed > 1 else where
    if row.fate == "lost" and row.missed and row.missed[0][1] in SHORT_MISSES:
        return f"lost: {SHORT_MISSES[row.missed[0][1]]}"
    if row.fate not in {"lost", "refused"}:
        return FATES[row.fate].partition(":")[0]
    unsaid = "no invoice covers its stamp" if row.fate == "lost" else ""
    why = reason if reason and len(reason) <= LONGEST_REASON else unsaid
    return f"{row.fate}: {why}" if why else row.fate


def event_words(facts: Facts, row: Fate) -> str:
    """A whole sentence: what was reported, when it was sent, when it counts, what became of it."""
    usage = row.usage
    sent = wording.instant_or_none(usage.sent_at)
    stamp = wording.instant_or_none(usage.stamp)
    counts = f"counts at {stamp}" if usage.stamped else f"sent without a timestamp, so it counts at {stamp}"
    return f"{usage.label}: {value_of(row)} sent {sent}, {counts}; {fate_words(facts, row)}"
