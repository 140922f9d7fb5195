"""Causes of a wrong quantity: everything was counted, but not as meant."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from decimal import Decimal
from itertools import pairwise

from harness.check.accounting import Account, Fate
from harness.check.metering import ZERO
from harness.diagnose.causes import Evidence
from harness.diagnose.evidence import amount_of, by_number, line_shown, reports, units_of
from harness.diagnose.registry import MANAGING, METERS, PER_USAGE, RECORDING, Fit, cause
from harness.diagnose.story import LINE_CODES, Shortfall, Story
from harness.history import wording
from harness.history.shapes import Meter

FEWEST_IN_A_COUNTER = 2


def _off(story: Story) -> Iterator[tuple[Shortfall, Account, Meter, list[Fate]]]:
    """Each finding about a quantity, with an account it is about and the events counted there."""
    for shortfall in story.shortfalls():
        for account in story.accounts_about(shortfall.finding):
            meter = story.meter(account)
            rows = shortfall.counted(account)
            if meter is not None and rows and shortfall.missing != 0:
                yield shortfall, account, meter, rows


def _sum(rows: list[Fate]) -> Decimal:
    return sum((row.usage.value or ZERO for row in rows), ZERO)


def _meter_shown(story: Story, meter: Meter) -> Evidence:
    seen = story.facts.meters[meter.id][0]
    label = story.facts.label_of(meter.id)
    return Evidence(seen.n, seen.clock, f"meter {label} is made with formula {meter.formula}")


@cause(
    "U60",
    "the meter counts or keeps the last value, where a sum was meant",
    meaning="Formula `count` bills the number of events and `last` the newest value; only `sum` adds values"
    " up.",
    advice="make a new meter with formula `sum`: a meter's formula cannot be changed",
    docs=METERS,
)
def another_formula(story: Story) -> Iterator[Fit]:
    """MTR-20, MTR-21, MTR-23."""
    for shortfall, _, meter, rows in _off(story):
        if meter.formula != "sum" and _sum(rows) == shortfall.expected:
            actual = wording.number(shortfall.actual)
            headline = (
                f"formula {meter.formula} gives {actual}, a sum would give {wording.number(_sum(rows))}"
            )
            evidence = (_meter_shown(story, meter), *reports(rows))
            yield Fit(headline, evidence, units=shortfall.missing, invoice=shortfall.finding.invoice)


@cause(
    "U61",
    "running totals were reported into a meter that adds up",
    meaning="Each event's value is added. A counter that only grows, sent as it stands, is counted again and"
    " again.",
    advice="report the increase since the last event, or use a meter with formula `last`",
    docs=RECORDING,
)
def running_totals_reported(story: Story) -> Iterator[Fit]:
    """MTR-20. Likely only: increments may grow too."""
    for shortfall, _, meter, rows in _off(story):
        values = [row.usage.value or ZERO for row in rows]
        grows = all(earlier < later for earlier, later in pairwise(values))
        enough = len(values) >= FEWEST_IN_A_COUNTER
        adds_up = meter.formula == "sum" and _sum(rows) == shortfall.actual
        if enough and grows and adds_up and shortfall.expected == values[-1]:
            headline = f"the last value is {wording.number(values[-1])}, all values were added up"
            invoice = shortfall.finding.invoice
            yield Fit(headline, tuple(reports(rows)), tuple(rows), certain=False, units=ZERO, invoice=invoice)


@cause(
    "U62",
    "a retry with a fresh identifier was counted again",
    meaning="Only the identifier tells a retry from a new event. The same payload under another identifier"
    " is another event.",
    advice="keep the identifier when retrying",
    docs=RECORDING,
)
def retried_with_a_fresh_identifier(story: Story) -> Iterator[Fit]:
    """MTR-75."""
    yield from _counted_again(story, _content, _renamed, "sent again under a fresh identifier")


def _content(row: Fate) -> object:
    return row.usage.stamp, tuple(sorted(row.usage.payload.items()))


def _renamed(first: Fate, second: Fate) -> bool:
    return first.usage.identifier != second.usage.identifier


@cause(
    "U63",
    "an identifier was sent again after more than 24 hours",
    meaning="An identifier keeps duplicates out for at least 24 hours of wall time; after that the same"
    " event may be counted again.",
    advice="retry within a day; beyond it, check the summaries before sending again",
    docs=RECORDING,
)
def resent_after_a_day(story: Story) -> Iterator[Fit]:
    """MTR-76."""
    words = "counted again under an identifier a day old"
    yield from _counted_again(story, lambda row: row.usage.identifier, _a_day_apart, words)


def _a_day_apart(first: Fate, second: Fate) -> bool:
    return second.usage.sent_wall - first.usage.sent_wall >= wording.DAY


def _counted_again(
    story: Story, key: Callable[[Fate], object], is_it: Callable[[Fate, Fate], bool], words: str
) -> Iterator[Fit]:
    """Events that add to what an earlier one with the same key said, where `is_it` holds of the two."""
    for shortfall, _, meter, rows in _off(story):
        again = [(first, row) for first, row in _repeats(rows, key) if is_it(first, row)]
        if again and meter.formula != "last" and shortfall.missing < 0:
            extra = tuple(row for _, row in again)
            evidence = by_number(*reports([again[0][0], *extra]))
            certain = units_of(extra) == -shortfall.missing
            invoice = shortfall.finding.invoice
            yield Fit(f"{amount_of(extra)} {words}", evidence, extra, certain=certain, invoice=invoice)


def _repeats(rows: list[Fate], key: Callable[[Fate], object]) -> list[tuple[Fate, Fate]]:
    """Pairs of the first event with a key and each later one with the same."""
    first: dict[object, Fate] = {}
    found = []
    for row in rows:
        before = first.setdefault(key(row), row)
        if before is not row:
            found.append((before, row))
    return found


@cause(
    "U64",
    "several items bill the same meter",
    meaning="An event names a customer and a meter, no subscription. Every item priced on the meter bills"
    " all of the customer's usage.",
    advice="price the meter on one item only, or split the usage over several meters",
    docs=MANAGING,
)
def billed_twice(story: Story) -> Iterator[Fit]:
    """MTR-111."""
    blamed = [
        finding for finding in story.checked.findings if finding.code in LINE_CODES | {"invoice", "invoices"}
    ]
    for account, billed in story.by_account("billed"):
        rows = tuple(row for row in billed if row.times_billed > 1)
        if not rows or not any(finding.scope.customer in {None, account.customer} for finding in blamed):
            continue
        evidence = list(reports(rows))
        for group in story.checked.accounting.groups:
            invoice = story.invoice(group.invoice)
            ours = (group.meter, group.customer) == (account.meter, account.customer)
            if ours and invoice is not None and any(group.period.holds(row.usage.stamp or 0) for row in rows):
                evidence.append(line_shown(story.facts, invoice, group.price, group.quantity))
        times = max(row.times_billed for row in rows)
        yield Fit(f"{amount_of(rows)} billed {times} times", tuple(evidence), rows, invoice=rows[0].invoice)


@cause(
    "U65",
    "negative values pushed the total below zero",
    meaning="A period's negative total bills 0; what is below zero is not carried over.",
    advice="correct usage only up to what the period holds",
    docs=RECORDING,
)
def below_zero(story: Story) -> Iterator[Fit]:
    """PRC-22."""
    for _, rows in story.by_account("below zero"):
        headline = f"the total is {amount_of(rows)}, so 0 is billed"
        missed = [invoice for invoice, _ in rows[0].missed]
        yield Fit(headline, tuple(reports(rows)), tuple(rows), invoice=missed[0] if missed else None)


@cause(
    "U66",
    "`quantity` shows a decimal quantity without its fraction",
    meaning="A line's `quantity` is a whole number with the fraction cut off; the exact one is"
    " `quantity_decimal`, which exists since 2026-03-25.dahlia. The amount is right.",
    advice="read `quantity_decimal`",
    docs=PER_USAGE,
)
def fraction_cut_off(story: Story) -> Iterator[Fit]:
    """INV-50."""
    for shortfall, _, _, rows in _off(story):
        whole = shortfall.expected.to_integral_value("ROUND_DOWN")
        fractional = any(row.units % 1 for row in rows)
        if fractional and shortfall.expected != whole and shortfall.actual == whole:
            headline = f"{wording.number(shortfall.expected)} shown as {wording.number(whole)}"
            certain = units_of(rows) == shortfall.expected
            evidence = tuple(reports(rows))
            invoice = shortfall.finding.invoice
            yield Fit(headline, evidence, certain=certain, units=shortfall.missing, invoice=invoice)
