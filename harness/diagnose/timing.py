"""Causes that lie in when usage was stamped, sent and aggregated."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime

from harness.check.accounting import Account, Fate, cycle_name, cycle_of
from harness.check.groups import Group
from harness.check.metering import expected_total
from harness.diagnose.causes import Evidence
from harness.diagnose.changes import backdated_start, early_end, unbilled_end
from harness.diagnose.evidence import (
    amount_of,
    became_final,
    by_time,
    cycle_words,
    first_shown,
    period_ended,
    reports,
    units_of,
)
from harness.diagnose.losses import lost
from harness.diagnose.registry import CLOCKS, DOCS, GRACE, RECORDING, Fit, cause
from harness.diagnose.story import Shortfall, Story
from harness.history import wording
from harness.history.shapes import Invoice, Period

Mover = Callable[[Fate, Period], bool]
"""Whether an event that counts after a period is meant to count in it, for one cause."""
DATED = re.compile(r"\d{4}-\d{2}-\d{2}")


def _missed(story: Story, why: str) -> Iterator[tuple[Account, Invoice, Group, tuple[Fate, ...]]]:
    """Lost events by the final invoice that lacks them for this reason, and the quantity of theirs there."""
    for account, rows in story.by_account("lost"):
        for group in story.checked.accounting.groups:
            invoice = story.invoice(group.invoice)
            if invoice is None or (group.meter, group.customer) != (account.meter, account.customer):
                continue
            missing = [row for row in rows if (invoice.id, why) in row.missed]
            mine = tuple(row for row in missing if group.period.holds(row.usage.falls_in or 0))
            if mine:
                yield account, invoice, group, mine


def _around(story: Story, invoice: Invoice, group: Group, more: Sequence[Evidence]) -> tuple[Evidence, ...]:
    """The invoice's way from draft to final, with more evidence, in order of time."""
    cycle = cycle_words(cycle_name(story.facts, group))
    own = [period_ended(story.facts, invoice, cycle), became_final(story.facts, invoice)]
    return by_time(*own, *more)


@cause(
    "U38",
    "the usage was sent after the invoice was final",
    meaning="A stamp inside a finished cycle is accepted, but once that cycle's invoice is final the usage"
    " goes on no invoice, not even the next.",
    advice="report within the draft hour, or lengthen the account's finalization grace period (1 to 72 h)",
    docs=GRACE,
)
def sent_after_finalization(story: Story) -> Iterator[Fit]:
    """INV-22; for the usage of a replaced price INV-23."""
    for _, invoice, group, rows in _missed(story, "too late"):
        closed_at = group.closing.at if group.closing else invoice.created
        late = min((row.usage.sent_at or closed_at) - closed_at for row in rows)
        fixed_early = invoice.finalized_at is not None and closed_at < invoice.finalized_at
        what = "the price was replaced" if fixed_early else "the invoice was final"
        headline = f"{amount_of(rows)} reported {_after(late)} {what}"
        yield Fit(headline, _around(story, invoice, group, reports(rows)), rows, invoice=invoice.id)
    yield from _counted_but_not_billed(story)
    for rows, ended_at, end in _unbilled_change(story, too_late=True):
        late = min((row.usage.sent_at or ended_at) - ended_at for row in rows)
        headline = f"{amount_of(rows)} reported {_after(late)} the price was replaced"
        yield Fit(headline, by_time(*reports(rows), end), rows)
    yield from lost(story, _after_backdating, "reported after the backdated subscription was made")


@cause(
    "U39",
    "the usage was aggregated only after the invoice was final",
    meaning="Stripe aggregates in minutes of wall time. A test clock crosses the draft hour in seconds, so"
    " the invoice can become final before the meter has counted what was sent.",
    advice="wait until the meter's summaries show the usage before advancing past finalization (`settle`)",
    docs=CLOCKS,
)
def aggregated_too_late(story: Story) -> Iterator[Fit]:
    """MTR-89, LIV-38, UNK-11."""
    yield from _uncounted(story, "not aggregated", "sent in time, but the clock outran the meter", sure=True)
    yield from _counted_but_not_billed(story)
    for rows, _, end in _unbilled_change(story, too_late=False):
        headline = f"{amount_of(rows)} sent in time, but not aggregated when the price changed"
        yield Fit(headline, by_time(*reports(rows), end), rows, certain=False)
    words = "sent in time, but not aggregated when the subscription ended"
    yield from lost(story, unbilled_end, words, certain=False)


def _counted_but_not_billed(story: Story) -> Iterator[Fit]:
    """Usage of the line's period that the line lacks, where nobody knows when it was sent."""
    words = "counted by the meter, but not in time for the invoice"
    yield from _uncounted(story, "not in time", words, sure=False)


def _uncounted(story: Story, why: str, words: str, *, sure: bool) -> Iterator[Fit]:
    """Usage that a line lacks for this reason; if that is `sure`, then once a later summary shows it."""
    for account, invoice, group, rows in _missed(story, why):
        counted = _counted_later(story, account, invoice)
        evidence = _around(story, invoice, group, [*reports(rows), *([counted] if counted else [])])
        certain = sure and counted is not None
        yield Fit(f"{amount_of(rows)} {words}", evidence, rows, certain=certain, invoice=invoice.id)


def _after_backdating(story: Story, account: Account, row: Fate) -> Evidence | None:
    """The creation of a subscription, with its first invoice, that its usage came after."""
    start = backdated_start(story, account, row)
    return start[1] if start is not None and (row.usage.sent_at or 0) >= start[0] else None


def _after(seconds: int) -> str:
    return f"{wording.length(seconds)} after" if seconds else "just as"


def _unbilled_change(story: Story, *, too_late: bool) -> Iterator[tuple[tuple[Fate, ...], int, Evidence]]:
    """Lost events of a price that a change ended during the period, by whether they were sent after it."""
    for account, rows in story.by_account("lost"):
        ended = [(row, end) for row in rows if (end := early_end(story, account, row)) and not row.missed]
        mine = [(row, end) for row, end in ended if ((row.usage.sent_at or 0) >= end[0]) == too_late]
        if mine:
            yield tuple(row for row, _ in mine), *mine[0][1]


def _counted_later(story: Story, account: Account, invoice: Invoice) -> Evidence | None:
    """What a summary read after the finalization shows: by now everything, or even now too little."""
    meter = story.meter(account)
    final = first_shown(story.facts, invoice.id, final=True)
    for customer, seen in story.facts.summaries_since(final):
        ours = meter is not None and customer == account.customer and seen.view.meter == meter.id
        if meter is None or not ours or not seen.view.period.holds(invoice.period.start):
            continue
        sent = [row.usage for row in account.rows if row.usage.n < seen.n or row.usage.found]
        due = wording.number(expected_total(meter, sent, seen.view.period))
        shown = wording.number(seen.view.total)
        text = "by now it counts everything" if shown == due else f"still not all of the {due} accepted"
        return Evidence(seen.n, seen.clock, f"the meter shows {shown}: {text}")
    return None


def _next_cycle(
    story: Story, shortfall: Shortfall, is_it: Mover
) -> Iterator[tuple[Period, tuple[Fate, ...]]]:
    """Events sent while the claimed invoice was open, but counting after its period."""
    finding = shortfall.finding
    period = finding.scope.period
    if period is None or shortfall.missing <= 0 or finding.invoice is None:
        return
    invoice = story.invoice(finding.invoice)
    final_at = invoice.finalized_at if invoice else None
    for account in story.accounts_about(finding):
        rows = tuple(
            row
            for row in account.rows
            if row.fate in {"billed", "pending"}
            and is_it(row, period)
            and (row.usage.stamp or 0) >= period.end
            and (final_at is None or (row.usage.sent_at or 0) < final_at)
        )
        if rows:
            yield period, rows


def _stamped(row: Fate, period: Period) -> bool:
    return row.usage.stamped and not _names_a_day_of(row, period)


def _unstamped(row: Fate, period: Period) -> bool:
    return not row.usage.stamped and not _names_a_day_of(row, period)


def _names_a_day_of(row: Fate, period: Period) -> bool:
    """Whether the payload holds a date, or a time, that lies in the period: when the usage was."""
    named = (_instant(text) for text in row.usage.payload.values())
    return any(at is not None and period.holds(at) for at in named)


def _instant(text: str) -> int | None:
    if not DATED.match(text):
        return None
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return None
    return int((at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp())


def _moved(story: Story, is_it: Mover, words: str) -> Iterator[Fit]:
    for shortfall in story.shortfalls():
        for period, rows in _next_cycle(story, shortfall, is_it):
            finding = shortfall.finding
            name = cycle_of(story.facts, finding.scope.subscription, period.start)
            shown = first_shown(story.facts, finding.invoice or "")
            end = Evidence(
                shown, period.end, f"{cycle_words(name)} ends: a stamp from here on is the next one's"
            )
            evidence = by_time(*reports(rows), end)
            certain = units_of(rows) == shortfall.missing
            yield Fit(f"{amount_of(rows)} {words}", evidence, rows, certain=certain, invoice=finding.invoice)


@cause(
    "U36",
    "the stamp lies at or after the period's end",
    meaning="Periods are half-open: the second at which a cycle ends belongs to the next one, and so do all"
    " stamps after it, however early they were sent.",
    advice="stamp with the time of the usage, or with `period.end - 1`",
    docs=GRACE,
)
def stamped_in_the_next_cycle(story: Story) -> Iterator[Fit]:
    """INV-12, INV-14."""
    yield from _moved(story, _stamped, "stamped at or after the period's end")


@cause(
    "U37",
    "the event had no timestamp and arrived after the period's end",
    meaning="Without a timestamp an event counts when it arrives; after the boundary that is the next cycle.",
    advice="send the time of the usage as `timestamp`",
    docs=RECORDING,
)
def unstamped_after_the_end(story: Story) -> Iterator[Fit]:
    """INV-13."""
    yield from _moved(story, _unstamped, "sent without a timestamp after the period's end")


@cause(
    "U77",
    "the usage of one day was stamped with the moment of sending, on a later day",
    meaning="An event counts at its timestamp. A batch job that sends yesterday's usage with the present time"
    " moves it, at a period's end into the next cycle.",
    advice="stamp with the moment of the usage, not of the job",
    docs=RECORDING,
)
def stamped_when_sent(story: Story) -> Iterator[Fit]:
    """INV-13. The payload itself names the day."""
    words = "of the period by its payload, stamped after it"
    yield from _moved(story, _names_a_day_of, words)


@cause(
    "U40",
    "the invoice was still a draft when it was looked at",
    meaning="A draft shows what was aggregated when it was last refreshed; at finalization Stripe reads the"
    " meter again.",
    advice="look at the invoice once it is final (`finalized: true`)",
    docs=GRACE,
)
def draft_not_refreshed(story: Story) -> Iterator[Fit]:
    """INV-02, INV-20."""
    for shortfall in story.shortfalls():
        finding = shortfall.finding
        seen = story.facts.invoice(finding.invoice, finding.entry) if finding.invoice else None
        if seen is None or seen.view.status != "draft" or shortfall.missing <= 0:
            continue
        shown = f"{seen.view.id} is a draft and shows {wording.number(shortfall.actual)}"
        evidence = [Evidence(seen.n, seen.clock, shown)]
        later = story.invoice(seen.view.id)
        certain = later is not None and later.finalized_at is not None
        if later is not None and certain:
            evidence.append(became_final(story.facts, later))
        headline = f"a draft was looked at, {wording.number(shortfall.missing)} not yet in it"
        yield Fit(
            headline, tuple(evidence), (), certain=certain, units=shortfall.missing, invoice=seen.view.id
        )


@cause(
    "U41",
    "the first invoice bills no usage",
    meaning="The invoice of a subscription's creation comes before any usage: in flexible mode it has no"
    " metered line (and with nothing else to bill there is no invoice), in classic mode a metered line of 0.",
    advice="expect usage on the invoice of the first cycle",
    docs=f"{DOCS}/billing/subscriptions/billing-mode",
)
def first_invoice(story: Story) -> Iterator[Fit]:
    """SUB-09, SUB-10."""
    for finding in story.checked.findings:
        invoice = story.invoice(finding.invoice)
        about_first = invoice is not None and invoice.reason == "subscription_create"
        metered = finding.scope.meter is not None and finding.code in {"line", "missing-line", "extra-line"}
        none_made = finding.code == "no-invoice" and story.claimed_invoice(finding).get("which") == "first"
        if not (none_made or (about_first and metered)):
            continue
        for sights in story.facts.subscriptions.values():
            subscription = sights[0].view
            if finding.scope.subscription in {None, subscription.id}:
                label = story.facts.label_of(subscription.id)
                text = f"{label} is created, in {subscription.mode} billing mode"
                evidence = (Evidence(sights[0].n, sights[0].clock, text),)
                headline = f"the first invoice has no usage in {subscription.mode} mode"
                yield Fit(headline, evidence, invoice=finding.invoice)
