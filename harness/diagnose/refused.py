"""Causes of refusals: why Stripe did not take an event."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from harness.check.accounting import Account, Fate
from harness.diagnose.causes import Evidence
from harness.diagnose.evidence import amount_of, reports, units_of
from harness.diagnose.registry import CLOCKS, DOCS, METERS, RECORDING, Fit, cause
from harness.diagnose.story import Story
from harness.history import wording
from harness.history.entries import Called
from harness.history.facts import Usage
from harness.history.shapes import Meter

NUMBER = re.compile(r"-?\d+(\.\d+)?")  # what is accepted is not documented (MTR-48, UNK-13, unverified)
MOST_DIGITS = 15  # MTR-47
AHEAD_SECONDS = 5 * 60  # MTR-52
OLDEST_SECONDS = 35 * wording.DAY  # MTR-50
REPEATED = "identifier"
"""The reason of a refusal that a log shows by itself: the identifier stands there twice."""
MILLISECONDS = 10**11  # MTR-53: seconds reach this in the year 5138


Recognises = Callable[[Story, Account, Usage], bool]
"""Whether a refused event was refused for one cause."""


def refusal(code: str, title: str, *, words: str, **known: str) -> Callable[[Recognises], Recognises]:
    """Register a cause of refusals by what recognises it; `words` go on after the units."""

    def register(is_it: Recognises) -> Recognises:
        cause(code, title, **known)(lambda story: _refused(story, is_it, words))
        return is_it

    return register


def _refused(story: Story, is_it: Recognises, words: str) -> Iterator[Fit]:
    """One case per account, of the refused events that are recognised."""
    for account, rows in story.by_account("refused"):
        mine = tuple(row for row in rows if is_it(story, account, row.usage))
        if mine:
            evidence = (*reports(mine), _answer(story, mine[0]))
            what = amount_of(mine) if units_of(mine) else wording.plural(len(mine), "event")
            yield Fit(f"{what} refused: {words}", evidence, mine)


def _answer(story: Story, row: Fate) -> Evidence:
    usage = row.usage
    message = (usage.refusal or {}).get("message") or "no message"
    if usage.found is not None:
        said = (usage.refusal or {}).get("status") or "nothing of the answer"
        return Evidence(usage.n, usage.sent_at or usage.stamp, f"the log notes {said}")
    if usage.refused_by is not None:
        report = story.facts.entries[usage.refused_by - 1]
        return Evidence(report.n, report.clock, f"reported after the answer: {message}")
    call = next(entry for entry in story.facts.entries[usage.n - 2 :: -1] if isinstance(entry, Called))
    return Evidence(call.n, call.clock, f"answered {call.status}: {message}")


def _message(usage: Usage) -> str:
    """Stripe's words, with the code before them where there is one."""
    refusal = usage.refusal or {}
    return f"{refusal.get('code', '')} {refusal.get('message', '')}"


def _inactive(story: Story, usage: Usage) -> bool:
    """Whether the newest sight of the meter before the event showed it inactive."""
    sights = story.facts.meters.get(usage.meter or "", [])
    before = [seen for seen in sights if seen.n < usage.n]
    return bool(before) and before[-1].view.status == "inactive"


def _rules(story: Story, account: Account, usage: Usage) -> Meter | None:
    """The meter, if it exists and takes events: everything further is judged by its rules (MTR-73)."""
    if _no_meter(story, account, usage) or _deactivated(story, account, usage):
        return None
    return story.meter(account)


def _past_customer(story: Story, account: Account, usage: Usage) -> Meter | None:
    """The meter, if meter and customer were found."""
    rules = _rules(story, account, usage)
    unknown = (_no_customer_key, _no_customer, _of_other_mode)
    return None if any(wrong(story, account, usage) for wrong in unknown) else rules


def _sent_value(story: Story, account: Account, usage: Usage) -> str | None:
    rules = _past_customer(story, account, usage)
    return usage.payload.get(rules.value_key) if rules is not None else None


def _timed(story: Story, account: Account, usage: Usage) -> int | None:
    """The stamp of an event whose meter, customer and value were accepted."""
    fine = _past_customer(story, account, usage) is not None and not _no_value(story, account, usage)
    fine = fine and not _bad_value(story, account, usage) and not _long_value(story, account, usage)
    return usage.stamp if fine else None


def _first_use(story: Story, usage: Usage) -> Usage | None:
    """The accepted event that had taken the identifier before (MTR-62, MTR-79)."""
    taken = "already exists" in _message(usage) or "duplicate_meter_event" in _message(usage)
    if usage.identifier is None or usage.accepted or not taken:
        return None
    for other in story.facts.usages:
        same = (other.event_name, other.identifier) == (usage.event_name, usage.identifier)
        if same and other.accepted and other.n < usage.n:
            return other
    return None


def _another_period(first: Usage, second: Usage) -> bool:
    return (
        first.stamp is not None and second.stamp is not None and abs(second.stamp - first.stamp) > wording.DAY
    )


def _repeated(usage: Usage) -> bool:
    """Whether an application's log shows its identifier before."""
    return (usage.refusal or {}).get("reason") == REPEATED


@refusal(
    "U01",
    "no active meter has this event name",
    words="no meter has this event name",
    meaning="An event is matched to a meter by its event name alone; without an active match it is refused.",
    advice="compare the event name with the meter's, letter by letter",
    docs=RECORDING,
)
def _no_meter(story: Story, account: Account, usage: Usage) -> bool:
    """MTR-60."""
    return account.meter is None or ("No active meter" in _message(usage) and not _inactive(story, usage))


@refusal(
    "U02",
    "the meter is deactivated",
    words="the meter is deactivated",
    meaning="A deactivated meter accepts no events; what it counted before stays.",
    advice="reactivate the meter, or report to the one that replaced it",
    docs=METERS,
)
def _deactivated(story: Story, account: Account, usage: Usage) -> bool:
    """MTR-61, MTR-11."""
    return account.meter is not None and _inactive(story, usage)


@refusal(
    "U03",
    "the payload lacks the meter's customer key",
    words="the customer key is missing",
    meaning="The meter's customer mapping names the payload key that holds the customer; without it the"
    " event belongs to nobody.",
    advice="send the customer under the key that the meter maps",
    docs=METERS,
)
def _no_customer_key(story: Story, account: Account, usage: Usage) -> bool:
    """MTR-63, MTR-06."""
    rules = _rules(story, account, usage)
    return rules is not None and rules.customer_key not in usage.payload


@refusal(
    "U04",
    "the customer does not exist",
    words="no such customer",
    meaning="The value under the customer key must be the id of an existing customer; other objects' ids and"
    " your own user ids are not known to Stripe.",
    advice="send the `cus_` id of the customer",
    docs=RECORDING,
)
def _no_customer(story: Story, account: Account, usage: Usage) -> bool:
    """MTR-64, MTR-42."""
    rules = _rules(story, account, usage)
    named = rules is not None and rules.customer_key in usage.payload
    return named and "customer" in _message(usage).lower() and not _of_other_mode(story, account, usage)


@refusal(
    "U21",
    "the customer is of the other mode, or of another account",
    words="the customer is of the other mode",
    meaning="A key sees the objects of its own mode and account only: to a test key a customer made with a"
    " live key does not exist.",
    advice="use the key of the mode and account in which the customer and the meter were made",
    docs=f"{DOCS}/keys",
)
def _of_other_mode(_: Story, __: Account, usage: Usage) -> bool:
    """The same id exists elsewhere: Stripe's error says so; that it does for events too is unverified."""
    return "similar object exists in" in _message(usage)


@refusal(
    "U06",
    "the payload lacks the meter's value key",
    words="the value key is missing",
    meaning="The meter's value settings name the payload key that holds the value; sum and last need it.",
    advice="send the value under the key that the meter expects",
    docs=METERS,
)
def _no_value(story: Story, account: Account, usage: Usage) -> bool:
    """MTR-65, MTR-07."""
    rules = _past_customer(story, account, usage)
    return rules is not None and rules.formula != "count" and rules.value_key not in usage.payload


@refusal(
    "U07",
    "the value is not a number",
    words="the value is no plain number",
    meaning="A value is a plain decimal number: no unit, no thousands separator, no exponent.",
    advice="send digits, with a point at most",
    docs=RECORDING,
)
def _bad_value(story: Story, account: Account, usage: Usage) -> bool:
    """MTR-66, MTR-48."""
    value = _sent_value(story, account, usage)
    return value is not None and NUMBER.fullmatch(value) is None


@refusal(
    "U08",
    "the value has more than 15 digits",
    words="more than 15 digits",
    meaning="Values are aggregated in double precision, so more than 15 digits are refused since"
    " 2026-04-22.dahlia.",
    advice="round the value, or report in a larger unit",
    docs=RECORDING,
)
def _long_value(story: Story, account: Account, usage: Usage) -> bool:
    """MTR-47."""
    value = _sent_value(story, account, usage)
    good = value is not None and NUMBER.fullmatch(value) is not None
    return good and len(str(value).replace(".", "").lstrip("-0")) > MOST_DIGITS


@refusal(
    "U09",
    "a decimal value was refused",
    words="the value is no whole number",
    meaning="Whole numbers were the only values until decimals came to meter events; integrations and"
    " versions from before may still refuse them.",
    advice="report in a smaller unit, in whole numbers, or move to a newer API version",
    docs=RECORDING,
)
def _no_decimal(story: Story, account: Account, usage: Usage) -> bool:
    """MTR-44, CON-08: the reference still speaks of an integer; texts unverified."""
    value = _sent_value(story, account, usage)
    decimal = value is not None and NUMBER.fullmatch(value) is not None and "." in value
    return decimal and any(word in _message(usage).lower() for word in ("integer", "whole number"))


@refusal(
    "U10",
    "the timestamp is in milliseconds",
    words="stamped in milliseconds",
    meaning="Timestamps are unix seconds; read as seconds, milliseconds lie millennia ahead.",
    advice="divide by 1000",
    docs=RECORDING,
)
def _in_milliseconds(story: Story, account: Account, usage: Usage) -> bool:
    """MTR-53."""
    stamp = _timed(story, account, usage)
    return stamp is not None and stamp > MILLISECONDS


@refusal(
    "U11",
    "the timestamp is ahead of the customer's time",
    words="stamped ahead of the clock",
    meaning="For a customer on a test clock the clock's frozen time is the present; a stamp more than five"
    " minutes ahead of it is refused, whatever the wall clock says.",
    advice="stamp with the clock's time, not the computer's",
    docs=CLOCKS,
)
def _ahead(story: Story, account: Account, usage: Usage) -> bool:
    """MTR-55, MTR-52."""
    stamp = _timed(story, account, usage)
    if stamp is None or usage.sent_at is None or stamp > MILLISECONDS:
        return False
    return stamp > usage.sent_at + AHEAD_SECONDS


@refusal(
    "U12",
    "the timestamp is older than 35 days",
    words="stamped more than 35 days back",
    meaning="Stripe takes usage up to 35 days back, counted from the customer's present.",
    advice="report within 35 days; on a test clock, before the clock runs on",
    docs=RECORDING,
)
def _too_old(story: Story, account: Account, usage: Usage) -> bool:
    """MTR-50, MTR-56."""
    stamp = _timed(story, account, usage)
    return stamp is not None and usage.sent_at is not None and stamp < usage.sent_at - OLDEST_SECONDS


@refusal(
    "U13",
    "the identifier had been used",
    words="the identifier was taken",
    meaning="An identifier is taken for at least 24 hours; a second event with it is refused, not added,"
    " whatever its value.",
    advice="give each event its own identifier, and the same one only to a retry",
    docs=RECORDING,
)
def _duplicate(story: Story, _: Account, usage: Usage) -> bool:
    """MTR-62, MTR-75."""
    if _repeated(usage):
        return True
    first = _first_use(story, usage)
    return first is not None and not _another_period(first, usage)


@refusal(
    "U14",
    "the identifier was used for another simulated period",
    words="the identifier was used for another period",
    meaning="The 24 hours of an identifier run in wall time: on a test clock months pass in minutes, and"
    " last month's identifier is still taken.",
    advice="put the period into the identifier",
    docs=RECORDING,
)
def _reused(story: Story, _: Account, usage: Usage) -> bool:
    """MTR-80."""
    first = _first_use(story, usage)
    return first is not None and _another_period(first, usage)
