"""Causes that lie with the invoice: it bills the usage, but is void, held back, or paid by credits."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from decimal import Decimal

from harness.check import Finding
from harness.check.accounting import Fate
from harness.diagnose.causes import Evidence
from harness.diagnose.evidence import amount_of, by_number, reports, subscription_shown
from harness.diagnose.registry import DOCS, USAGE, Fit, cause
from harness.diagnose.story import Story
from harness.history import wording
from harness.history.facts import Seen
from harness.history.shapes import Invoice, Subscription

INVOICING = f"{DOCS}/billing/invoices/subscription"
PAUSING = f"{DOCS}/billing/subscriptions/pause-payment"
HEADS = frozenset({"total", "amount_due"})


def _voided(story: Story) -> Iterator[tuple[Seen[Invoice], list[Fate]]]:
    """Lost events by the void invoice that had billed them."""
    found: dict[str, list[Fate]] = {}
    for _, rows in story.by_account("lost"):
        for row in rows:
            for invoice_id, share in row.missed:
                if share == "voided":
                    found.setdefault(invoice_id, []).append(row)
    for invoice_id, rows in found.items():
        if seen := _first_with(story, invoice_id, "void"):
            yield seen, rows


def _held(story: Story) -> Iterator[tuple[Finding, Seen[Invoice], list[Fate]]]:
    """Findings about a draft that will not become final by itself, with the events on it."""
    for finding in story.checked.findings:
        seen = story.facts.invoice(finding.invoice) if finding.invoice else None
        if seen is None or seen.view.status != "draft" or seen.view.auto_advance:
            continue
        yield finding, seen, _on(story, seen.view)


def _on(story: Story, invoice: Invoice) -> list[Fate]:
    """The events in the period of an invoice's quantities that no final invoice bills."""
    groups = [group for group in story.checked.accounting.groups if group.invoice == invoice.id]
    return [
        row
        for account, rows in story.by_account("pending")
        for row in rows
        if any(
            (group.meter, group.customer) == (account.meter, account.customer)
            and group.period.holds(row.usage.falls_in or 0)
            for group in groups
        )
    ]


def _first_with(story: Story, invoice_id: str, status: str) -> Seen[Invoice] | None:
    sights = story.facts.invoices.get(invoice_id, ())
    return next((seen for seen in sights if seen.view.status == status), None)


def _paused(story: Story, invoice: Invoice, behavior: str) -> Seen[Subscription] | None:
    """The sight of the invoice's subscription that shows its collection paused in this way."""
    sights = story.facts.subscriptions.get(invoice.subscription or "", ())
    return next((seen for seen in sights if seen.view.pause == behavior), None)


def _call_or_sight(story: Story, seen: Seen[Invoice], ending: str, text: str) -> Evidence:
    """The exchange that did it to the invoice, else the first sight of it done."""
    calls = story.calls("POST", f"/v1/invoices/{seen.view.id}")
    call = next((each for each in calls if each.path.endswith(ending)), None)
    return Evidence(call.n if call else seen.n, call.clock if call else seen.clock, text)


@cause(
    "U46",
    "the invoice was voided, or is kept from becoming final",
    meaning="A void invoice charges nothing, and its usage goes on no other. A draft with `auto_advance` off"
    " becomes final only when somebody finalizes it.",
    advice="charge voided usage by an invoice item; finalize the draft, or set `auto_advance` to true again",
    docs=INVOICING,
)
def voided_or_held(story: Story) -> Iterator[Fit]:
    """INV-82, INV-25."""
    for void, rows in _voided(story):
        if _paused(story, void.view, "void") is None:
            shown = _call_or_sight(story, void, "/void", f"{void.view.id} is voided")
            evidence = by_number(*reports(rows), shown)
            headline = f"{amount_of(rows)} on an invoice that was voided"
            yield Fit(headline, evidence, tuple(rows), invoice=void.view.id)
    for _, held, rows in _held(story):
        if _paused(story, held.view, "keep_as_draft") is None:
            shown = _call_or_sight(story, held, held.view.id, f"{held.view.id} has `auto_advance` off")
            evidence = by_number(*reports(rows), shown)
            headline = f"{amount_of(rows)} on a draft that is held back"
            yield Fit(headline, evidence, tuple(rows), invoice=held.view.id)


@cause(
    "U48",
    "the subscription, or its collection, is paused",
    meaning="While `pause_collection` is set, invoices stay drafts, are voided, or are marked uncollectible."
    " A subscription that is `paused` makes no invoices at all.",
    advice="resume the subscription or its collection, or expect no charge for the time of the pause",
    docs=PAUSING,
)
def paused(story: Story) -> Iterator[Fit]:
    """SUB-26, SUB-27."""
    for void, rows in _voided(story):
        yield from _by_pause(story, void, "void", rows)
    for _, held, rows in _held(story):
        yield from _by_pause(story, held, "keep_as_draft", rows)
    for finding in story.checked.findings:
        seen = story.facts.invoice(finding.invoice) if finding.invoice else None
        if seen is not None and seen.view.status == "uncollectible" and _about_status(finding):
            yield from _by_pause(story, seen, "mark_uncollectible", [])
    yield from _while_paused(story)


def _about_status(finding: Finding) -> bool:
    return any(row.what == "status" for row in finding.rows)


def _by_pause(story: Story, about: Seen[Invoice], behavior: str, rows: list[Fate]) -> Iterator[Fit]:
    seen = _paused(story, about.view, behavior)
    if seen is not None:
        text = f"has `pause_collection` with behavior {behavior}"
        evidence = [*reports(rows), subscription_shown(story.facts, seen, text)]
        units = f"{amount_of(rows)} on {about.view.id}" if rows else about.view.id
        headline = f"{units}, {about.view.status} since its collection is paused"
        yield Fit(headline, by_number(*evidence), tuple(rows), invoice=about.view.id)


def _while_paused(story: Story) -> Iterator[Fit]:
    """Usage of a time without invoices: lost once the subscription goes on, pending until then."""
    for account, rows in story.by_account("lost", "pending"):
        for subscription in {
            each.subscription.id: each.subscription for each in story.services(account)
        }.values():
            pause = _pause_of(story, subscription)
            if pause is None or (pause.until is None and not _asked_about(story, subscription)):
                continue
            mine = [row for row in rows if _between(row, pause.since, pause.until)]
            if mine:
                label = story.facts.label_of(subscription.id)
                shown = Evidence(
                    pause.n, pause.since, f"{label} is paused: its trial ended without a payment method"
                )
                headline = f"{amount_of(mine)} used while the subscription was paused"
                yield Fit(headline, by_number(*reports(mine), shown), tuple(mine))


@dataclass(frozen=True)
class _Pause:
    """From when until when a subscription was `paused`, and the entry that first showed it."""

    n: int
    since: int
    until: int | None


def _pause_of(story: Story, subscription: Subscription) -> _Pause | None:
    """A subscription is paused at its trial's end only (SUB-26), and goes on when it is resumed."""
    sights = story.facts.subscriptions[subscription.id]
    seen = [each.n for each in sights if each.view.status == "paused"]
    told = (each for each in story.facts.events if each.type == "customer.subscription.paused")
    seen += [each.n for each in told if each.subject.get("id") == subscription.id]
    if not seen or subscription.trial_end is None:
        return None
    calls = story.calls("POST", f"/v1/subscriptions/{subscription.id}/resume")
    resumed = [call.clock for call in calls]
    resumed += [each.clock for each in sights if each.n > min(seen) and each.view.status != "paused"]
    return _Pause(min(seen), subscription.trial_end, next(iter(resumed), None))


def _between(row: Fate, start: int, end: int | None) -> bool:
    stamp = row.usage.falls_in or 0
    return start <= stamp and (end is None or stamp < end)


def _asked_about(story: Story, subscription: Subscription) -> bool:
    """Whether a finding misses an invoice of the subscription."""
    missing = (finding for finding in story.checked.findings if finding.code in {"no-invoice", "invoices"})
    return any(
        finding.scope.subscription in {None, subscription.id}
        and finding.scope.customer in {None, subscription.customer}
        for finding in missing
    )


@cause(
    "U49",
    "credits or discounts took the amount off",
    meaning="The lines show the usage and what it costs; discounts come off first, billing credits at"
    " finalization, and credit notes off what is due of an open invoice. What a credit paid for one period is"
    " gone for the next.",
    advice="look at `pretax_credit_amounts`, or expect the amounts without credits on the lines only",
    docs=f"{USAGE}/billing-credits",
)
def taken_off(story: Story) -> Iterator[Fit]:
    """INV-74, INV-55, INV-84."""
    for finding, invoice in story.about_lines():
        gaps = {row.what: _gap(row.expected, row.actual) for row in finding.rows if row.what in HEADS}
        off = {what: _off(invoice, what) for what in gaps}
        if any(off[what] and gap > 0 for what, gap in gaps.items()):
            seen = story.facts.invoice(invoice.id, finding.entry)
            shown = wording.money(max(off.values()), invoice.currency)
            text = f"{invoice.id}: {shown} taken off{_by_notes(invoice, gaps)}"
            evidence = (Evidence(seen.n if seen else 0, seen.clock if seen else None, text),)
            certain = all(gap in {off[what], off[what] - invoice.taxed} for what, gap in gaps.items())
            yield Fit(f"{shown} taken off", evidence, certain=certain, units=Decimal(0), invoice=invoice.id)


def _off(invoice: Invoice, what: str) -> int:
    """What was taken off a total, or off what is due of it: credit notes leave the total (INV-87)."""
    return invoice.credited + (invoice.noted_before if what == "amount_due" else 0)


def _by_notes(invoice: Invoice, gaps: Collection[str]) -> str:
    if not invoice.noted_before or "amount_due" not in gaps:
        return ""
    return f", {wording.money(invoice.noted_before, invoice.currency)} of it by credit notes"


def _gap(expected: str, actual: str) -> Decimal:
    (wanted, currency), (there, other) = wording.minor_units(expected), wording.minor_units(actual)
    return wanted - there if currency == other else Decimal(0)
