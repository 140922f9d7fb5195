"""Causes that lie in what was taken for granted: a unit, a currency, a range, a time zone, an old advice."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from itertools import pairwise

from harness.check.accounting import Fate
from harness.check.groups import Group
from harness.check.metering import ZERO
from harness.check.tiers import grouped
from harness.diagnose.causes import Evidence
from harness.diagnose.evidence import amount_of, line_shown, reports, units_of
from harness.diagnose.pricing import MONEY_ROWS, bills
from harness.diagnose.rating import cost
from harness.diagnose.registry import DOCS, MANAGING, METERS, PER_USAGE, Fit, cause
from harness.diagnose.story import Story
from harness.history import wording
from harness.history.entries import Called, StepStarted
from harness.history.shapes import Price

POWERS = {Decimal(10) ** power: power for power in range(1, 10)}
BY_APPLICATION = frozenset({"call", "run"})
ZONES = (*range(-12, 0), *range(1, 15))
"""Hours that the world's clocks differ from UTC, whole ones only."""


@cause(
    "U71",
    "the unit is off by a power of ten",
    meaning="Stripe bills the number that it is sent, at the price that it is given: it knows neither"
    " thousands of tokens nor dollars. `unit_amount` is in minor units, cents for dollars.",
    advice="compare the unit of the reported value, and that of the price, with the unit that was meant",
    docs=PER_USAGE,
)
def power_of_ten(story: Story) -> Iterator[Fit]:
    """PRC-10. Only likely: nothing in the facts says what was meant."""
    for shortfall in story.shortfalls():
        if (words := _ratio(shortfall.expected, shortfall.actual)) is not None:
            accounts = story.accounts_about(shortfall.finding)
            evidence = tuple(reports([row for account in accounts for row in shortfall.counted(account)]))
            headline = f"{wording.number(shortfall.actual)} is {words} {wording.number(shortfall.expected)}"
            invoice = shortfall.finding.invoice
            yield Fit(headline, evidence, certain=False, units=shortfall.missing, invoice=invoice)
    yield from _dear_or_cheap(story)


def _dear_or_cheap(story: Story) -> Iterator[Fit]:
    """Lines whose amount is a power of ten off."""
    for bill in bills(story):
        wanted = bill.amount + (bill.gap or ZERO)
        if bill.price.unit_amount is None or (words := _ratio(wanted, bill.amount)) is None:
            continue
        shown = line_shown(story.facts, bill.invoice, bill.price.id, bill.quantity)
        unit = wording.money(bill.price.unit_amount, bill.price.currency)
        made = Evidence(shown.n, shown.at, f"the price's unit amount is {unit}")
        currency = bill.invoice.currency
        headline = f"{wording.money(bill.amount, currency)} is {words} {wording.money(wanted, currency)}"
        yield Fit(headline, (shown, made), certain=False, units=ZERO, invoice=bill.invoice.id)


def _ratio(expected: Decimal, actual: Decimal) -> str | None:
    """`1/1000 of` or `100 times`; None where the two are no power of ten apart."""
    if expected <= 0 or actual <= 0:
        return None
    if (power := POWERS.get(expected / actual)) is not None:
        return f"1/{10**power} of"
    power = POWERS.get(actual / expected)
    return f"{10**power} times" if power is not None else None


@cause(
    "U75",
    "the price was charged in another of its currencies",
    meaning="With `currency_options` a price has its own amounts for each currency; which applies is the"
    " subscription's currency.",
    advice="set the subscription's `currency`, or compare with the amounts of that currency",
    docs=f"{DOCS}/products-prices/pricing-models",
)
def another_currency(story: Story) -> Iterator[Fit]:
    """PRC-17, PRC-40."""
    for finding, invoice in story.about_lines():
        worded = [row for row in finding.rows if row.what in MONEY_ROWS]
        wanted = {wording.minor_units(row.expected)[1] for row in worded}
        if not worded or invoice.currency in wanted:
            continue
        for (price_id, _, _), lines in grouped(invoice.lines).items():
            price = story.facts.prices.get(price_id) if price_id else None
            meant = next((code for code in _currencies(price) if code in wanted), None)
            if price is not None and meant is not None:
                quantity = sum((line.quantity for line in lines), ZERO)
                shown = line_shown(story.facts, invoice, price.id, quantity)
                own = "" if price.currency == invoice.currency else f" is {price.currency}"
                text = f"{invoice.id} is in {invoice.currency}, the price's own currency{own}"
                evidence = (shown, Evidence(shown.n, shown.at, text))
                headline = f"charged in {invoice.currency}, not in {meant}"
                yield Fit(headline, evidence, units=ZERO, invoice=invoice.id)
    yield from _amounts_of_another(story)


def _amounts_of_another(story: Story) -> Iterator[Fit]:
    """The right currency with another's number. Only likely: two numbers may be the same by chance."""
    for bill in bills(story):
        price = story.facts.prices[bill.price.id]
        for code in _currencies(price):
            if not bill.gap or code == bill.invoice.currency:
                continue
            if cost(price.in_currency(code), bill.quantity) == bill.amount + bill.gap:
                shown = line_shown(story.facts, bill.invoice, price.id, bill.quantity)
                worded = wording.money(bill.amount + bill.gap, code)
                evidence = (shown, Evidence(shown.n, shown.at, f"in {code} it would be {worded}"))
                headline = f"charged by the amounts of {bill.invoice.currency}, not by those of {code}"
                yield Fit(headline, evidence, certain=False, units=ZERO, invoice=bill.invoice.id)


def _currencies(price: Price | None) -> tuple[str, ...]:
    """Those in which a price was seen to have amounts, its own first."""
    return () if price is None else (price.currency, *price.options)


@cause(
    "U72",
    "a list of summaries was not read to its end, or for another range",
    meaning="Summaries come ten to a page unless `limit` says otherwise, newest first, and `end_time` is not"
    " part of the range.",
    advice="ask for `limit: 100` and follow `has_more` with `starting_after`; ask for the whole period",
    docs=f"{DOCS}/api/billing/meter-event-summary/list",
)
def summaries_misread(story: Story) -> Iterator[Fit]:
    """MTR-121, MTR-119. Only likely: what the application made of the answer is not in the facts."""
    if not story.checked.findings:
        return
    for call in _asked_by_the_application(story):
        shown = wording.plural(len(call.answer["data"]), "summary", "summaries")
        if call.answer.get("has_more") and not _went_on(story, call):
            text = f"{shown} read, and `has_more` is true"
            evidence = (Evidence(call.n, call.clock, text),)
            yield Fit(f"only {shown} read of more", evidence, certain=False, units=ZERO)
        elif (missing := _beyond(story, call)) is not None:
            text = f"asked for {wording.span(*_range(call))}"
            headline = f"{missing} of the period not asked for"
            yield Fit(headline, (Evidence(call.n, call.clock, text),), certain=False, units=ZERO)


def _asked_by_the_application(story: Story) -> Iterator[Called]:
    """Readings of summaries in steps of the application's own, not the harness's."""
    verb = ""
    for entry in story.facts.entries:
        if isinstance(entry, StepStarted):
            verb = entry.verb
        elif isinstance(entry, Called) and verb in BY_APPLICATION and _reads_summaries(entry):
            yield entry


def _reads_summaries(call: Called) -> bool:
    ranged = "start_time" in call.params and "end_time" in call.params
    return ranged and call.status < 400 and call.path.endswith("/event_summaries")


def _went_on(story: Story, call: Called) -> bool:
    last = call.answer["data"][-1]["id"] if call.answer["data"] else None
    later = story.calls("GET", call.path)
    return any(each.n > call.n and each.params.get("starting_after") == last for each in later)


def _range(call: Called) -> tuple[int, int]:
    return int(call.params["start_time"]), int(call.params["end_time"])


def _beyond(story: Story, call: Called) -> str | None:
    """How much of the end of the cycle that a reading is about it leaves out: a day or less."""
    start, end = _range(call)
    for boundaries in story.facts.cycles.values():
        for first, last in pairwise(boundaries):
            left_out = last - end
            if start <= first < end and 0 < left_out <= wording.DAY:
                return wording.length(left_out)
    return None


@cause(
    "U73",
    "the meter's days are UTC days, the application's are not",
    meaning="An `event_time_window` of a day runs from midnight to midnight UTC. What an application keeps as"
    " its last value of a local day may lie in the next UTC day, where another value follows.",
    advice="stamp with a moment inside the UTC day that is meant, such as its noon",
    docs=METERS,
)
def local_days(story: Story) -> Iterator[Fit]:
    """MTR-29. Only likely: the facts don't say where the application's midnight is."""
    for shortfall in story.shortfalls():
        for account in story.accounts_about(shortfall.finding):
            meter = story.meter(account)
            if meter is None or meter.window != "day" or meter.formula != "sum" or shortfall.missing == 0:
                continue
            rows = shortfall.counted(account)
            fitting = [hours for hours in ZONES if _by_local_day(rows, hours) == shortfall.expected]
            zone = min(fitting, key=abs, default=None)
            if zone is not None and _by_local_day(rows, 0) == shortfall.actual:
                headline = f"days of UTC{zone:+d} would give {wording.number(shortfall.expected)}"
                evidence = tuple(reports(rows))
                invoice = shortfall.finding.invoice
                yield Fit(headline, evidence, certain=False, units=shortfall.missing, invoice=invoice)


def _by_local_day(rows: list[Fate], hours: int) -> Decimal:
    """The sum of the last values received for each day of a zone."""
    kept = {((row.usage.stamp or 0) + hours * wording.HOUR) // wording.DAY: row for row in rows}
    return units_of(list(kept.values()))


@cause(
    "U78",
    "usage was sent again after a change that had billed it already",
    meaning="In flexible mode a change of price bills the old price's usage by itself. Sending it again, as"
    " classic mode needs, puts it on the new price too.",
    advice="send usage again after a change in classic billing mode only",
    docs=MANAGING,
)
def sent_again_after_a_change(story: Story) -> Iterator[Fit]:
    """CHG-01, CHG-06. Only likely: the same number may be used twice."""
    for shortfall in story.shortfalls():
        if shortfall.missing >= 0:
            continue
        for account in story.accounts_about(shortfall.finding):
            for old in story.checked.accounting.groups:
                ours = (old.meter, old.customer) == (account.meter, account.customer)
                change = _changed(old) if ours and old.quantity == -shortfall.missing else None
                again = [row for row in account.rows if _sent_after(row, old)]
                if change is not None and again:
                    headline = f"{amount_of(again[:1])} sent again, although the change had billed it"
                    evidence = (change, *reports(again[:1]))
                    invoice = shortfall.finding.invoice
                    yield Fit(headline, evidence, tuple(again[:1]), certain=False, invoice=invoice)


def _changed(old: Group) -> Evidence | None:
    """The change that billed a quantity before its period's end; None where the cycle's end did."""
    closing = old.closing
    if closing is None or closing.by is None or closing.at != old.period.end:
        return None
    text = f"the change bills {wording.number(old.quantity)} of the old price"
    return Evidence(closing.by, closing.at, text)


def _sent_after(row: Fate, old: Group) -> bool:
    """Whether the same number was sent after the change."""
    same = row.usage.counts and row.units == old.quantity
    return same and old.closing is not None and row.usage.n > (old.closing.by or 0)
