"""Causes between the sending and the meter's total: accepted, but not counted as hoped."""

from __future__ import annotations

from collections.abc import Iterator

from harness.check.accounting import Account, Fate
from harness.check.metering import WINDOW_SECONDS, expected_total
from harness.diagnose.causes import Evidence
from harness.diagnose.evidence import amount_of, by_number, reports, units_of
from harness.diagnose.registry import METERS, RECORDING, Fit, cause
from harness.diagnose.story import Shortfall, Story
from harness.history import wording
from harness.history.entries import UsageCancelled, Waited
from harness.history.facts import Usage
from harness.history.shapes import Period

ALWAYS = Period(0, 2**62)


@cause(
    "U05",
    "the usage was reported for another customer",
    meaning="Usage counts for the customer that the payload names, and goes on that customer's invoice.",
    advice="compare the payload's customer with the one that was meant",
    docs=RECORDING,
)
def wrong_customer(story: Story) -> Iterator[Fit]:
    """MTR-41. Only likely: nothing in the facts says who was meant."""
    for shortfall in story.shortfalls():
        scope = shortfall.finding.scope
        for account in story.checked.accounts:
            other = account.meter == scope.meter and account.customer not in {None, scope.customer}
            rows = tuple(row for row in account.rows if _counts_within(row, scope.period)) if other else ()
            if rows and scope.customer and units_of(rows) == shortfall.missing:
                label = story.facts.label_of(account.customer)
                headline = f"{amount_of(rows)} reported for {label} instead"
                yield Fit(
                    headline, tuple(reports(rows)), rows, certain=False, invoice=shortfall.finding.invoice
                )


def _counts_within(row: Fate, period: Period | None) -> bool:
    stamp = row.usage.stamp
    return row.usage.counts and stamp is not None and (period or ALWAYS).holds(stamp)


@cause(
    "U22",
    "the event was cancelled",
    meaning="An adjustment of type `cancel` takes an event out of the meter; drafts drop it at their next"
    " refresh.",
    advice="check which identifier was cancelled; to restore the usage, report it under a new identifier",
    docs=METERS,
)
def cancelled(story: Story) -> Iterator[Fit]:
    """MTR-113, MTR-116."""
    for _, rows in story.by_account("cancelled"):
        evidence = [*reports(rows), *(_cancellation(story, row.usage) for row in rows[:3])]
        yield Fit(f"{amount_of(rows)} cancelled", by_number(*evidence), tuple(rows))


def _cancellation(story: Story, usage: Usage) -> Evidence:
    entry = story.facts.entries[(usage.cancelled_by or 1) - 1]
    line = entry.line if isinstance(entry, UsageCancelled) else None
    return Evidence(entry.n, entry.clock, f"cancelled {usage.label} ({usage.identifier})", line)


@cause(
    "U74",
    "the cancellation had no effect",
    meaning="Only an event that Stripe received in the last 24 hours can be cancelled. An adjustment is"
    " answered before it is done, and a final invoice stays as it is.",
    advice="cancel within a day and before the invoice is final; later, correct with a negative event",
    docs=METERS,
)
def cancelled_in_vain(story: Story) -> Iterator[Fit]:
    """MTR-115, MTR-116, MTR-118."""
    cancellations: dict[tuple[str, str | None], list[UsageCancelled]] = {}
    for entry in story.facts.all(UsageCancelled):
        cancellations.setdefault((entry.event_name, entry.identifier), []).append(entry)
    for account in story.checked.accounts if cancellations else ():
        for row in account.rows:
            named = cancellations.get((row.usage.event_name, row.usage.identifier), [])
            vain = next((each for each in named if _is_in_vain(story, row, each)), None)
            if vain is not None:
                why = _why_in_vain(row, vain)
                shown = Evidence(vain.n, vain.clock, f"cancels {row.usage.label}: {why}", vain.line)
                headline = f"{amount_of([row])} to be cancelled, still counted: {why}"
                yield Fit(headline, (*reports([row]), shown), (row,), invoice=row.invoice)


def _is_in_vain(story: Story, row: Fate, entry: UsageCancelled) -> bool:
    """Whether a cancellation of an event that counts was refused, or one of an event that is billed accepted.

    The latter only where a finding is about its invoice: that was final, or the cancellation came to nothing.
    """
    if entry.n < row.usage.n:
        return False
    if not entry.accepted:
        return row.usage.counts
    about = {finding.invoice for finding in story.checked.findings if finding.invoice}
    return row.fate == "billed" and row.invoice in about


def _why_in_vain(row: Fate, entry: UsageCancelled) -> str:
    if entry.wall - row.usage.sent_wall >= wording.DAY:
        return "received more than 24 h before"
    return "without effect on what is billed" if entry.accepted else "refused"


@cause(
    "U23",
    "a later event in the same hour or day took its place",
    meaning="With an `event_time_window` a meter keeps, for each customer and UTC hour or day, only the"
    " event received last.",
    advice="send one total per window, or use a meter without a window",
    docs=METERS,
)
def overwritten(story: Story) -> Iterator[Fit]:
    """MTR-29."""
    for account, rows in story.by_account("superseded"):
        meter = story.meter(account)
        if meter is None or meter.window is None:
            continue
        winner = _winner(account, rows[0], WINDOW_SECONDS[meter.window])
        evidence = [*reports(rows), *(reports([winner]) if winner else [])]
        headline = f"{amount_of(rows)} overwritten within the same {meter.window}"
        yield Fit(headline, by_number(*evidence), tuple(rows))


def _winner(account: Account, loser: Fate, seconds: int) -> Fate | None:
    """The accepted event received last in the loser's window."""
    window = (loser.usage.stamp or 0) // seconds
    same = [row for row in account.rows if row.usage.accepted and (row.usage.stamp or 0) // seconds == window]
    return same[-1] if same and same[-1] != loser else None


@cause(
    "U24",
    "the usage was not aggregated yet",
    meaning="An accepted event shows in summaries, drafts and previews only after some wall time: usually"
    " one to three minutes.",
    advice="look again later: give the expectation more time with `within`",
    docs=RECORDING,
)
def not_aggregated_yet(story: Story) -> Iterator[Fit]:
    """MTR-87, MTR-88."""
    for shortfall in story.shortfalls():
        yield from _behind(story, shortfall)
    yield from _gave_up(story)


def _behind(story: Story, shortfall: Shortfall) -> Iterator[Fit]:
    """A summary that shows less than what had been accepted by then."""
    finding = shortfall.finding
    if finding.code != "usage" or finding.entry is None or shortfall.missing <= 0:
        return
    for account in story.accounts_about(finding):
        meter = story.meter(account)
        sent = [row.usage for row in account.rows if row.usage.n < (finding.entry or 0)]
        due = expected_total(meter, sent, finding.scope.period or ALWAYS) if meter else None
        if due is None or due <= shortfall.actual:
            continue
        seen = [seen for customer, seen in story.facts.summaries if customer == account.customer]
        later = next(
            (each for each in seen if each.n > (finding.entry or 0) and each.view.total == due), None
        )
        text = f"the meter shows {wording.number(shortfall.actual)} of {wording.number(due)}"
        evidence = [Evidence(finding.entry, _clock(story, finding.entry), text)]
        if later is not None:
            shown = wording.number(later.view.total)
            evidence.append(Evidence(later.n, later.clock, f"later the meter shows {shown}"))
        missing = due - shortfall.actual
        headline = f"{wording.number(missing)} sent, but not aggregated yet"
        yield Fit(headline, tuple(evidence), certain=later is not None, units=missing)


def _gave_up(story: Story) -> Iterator[Fit]:
    """A story that stopped because its meters did not catch up."""
    stopped = any(finding.code == "stopped" for finding in story.checked.findings)
    waits = [wait for wait in story.facts.all(Waited) if not wait.done and " to count " in wait.reason]
    if stopped and waits:
        wait = waits[-1]
        text = f"waited {wording.length(int(wait.slept))} for {wait.reason}: {wait.last}"
        yield Fit("the meter did not catch up", (Evidence(wait.n, wait.clock, text),), certain=False)


def _clock(story: Story, n: int) -> int | None:
    return story.facts.entries[n - 1].clock
