"""Causes that only the meter event stream has: its answer comes before anybody has looked at the events."""

from __future__ import annotations

from collections.abc import Iterator

from harness.check.accounting import Account, Fate
from harness.check.metering import expected_total
from harness.diagnose.causes import Evidence
from harness.diagnose.evidence import amount_of, by_number, reports, units_of
from harness.diagnose.registry import DOCS, RECORDING, Fit, cause
from harness.diagnose.story import Story
from harness.history import wording
from harness.history.entries import Called
from harness.history.error_reports import ERROR_TYPES
from harness.history.facts import Usage
from harness.history.shapes import Json

DESTINATIONS = "/v2/core/event_destinations"
ENDPOINTS = "/v1/webhook_endpoints"


@cause(
    "U15",
    "the stream dropped an event whose identifier was taken",
    meaning="The stream answers before it looks. An event whose identifier was used in the last 24 hours is"
    " left out, and no error report tells of it.",
    advice="give each event its own identifier; to find out, compare the summary with what was sent",
    docs=RECORDING,
)
def dropped_as_duplicate(story: Story) -> Iterator[Fit]:
    """MTR-78 (UNK-22, unverified). Certain once a summary shows the total without it."""
    for account, rows in story.by_account("refused"):
        mine = tuple(row for row in rows if row.usage.streamed and not row.usage.refusal)
        if mine:
            first = [row for row in account.rows if row.usage.accepted and _same_name(row, mine[0])]
            shown = _total_without(story, account, mine)
            evidence = [*reports([*first[:1], *mine]), *([shown] if shown else [])]
            headline = f"{amount_of(mine)} dropped by the stream: the identifier was taken"
            yield Fit(headline, by_number(*evidence), mine, certain=shown is not None)


def _same_name(one: Fate, other: Fate) -> bool:
    return one.usage.identifier == other.usage.identifier


def _total_without(story: Story, account: Account, dropped: tuple[Fate, ...]) -> Evidence | None:
    """A later summary that shows what the accepted events alone add up to."""
    meter, last = story.meter(account), dropped[-1].usage.n
    for customer, seen in story.facts.summaries_since(last):
        if meter is None or customer != account.customer or seen.view.meter != meter.id:
            continue
        sent = [row.usage for row in account.rows if row.usage.n < seen.n]
        if expected_total(meter, sent, seen.view.period) == seen.view.total and units_of(dropped):
            shown = wording.number(seen.view.total)
            return Evidence(seen.n, seen.clock, f"the meter shows {shown}: without it")
    return None


@cause(
    "U19",
    "the stream's 200 was taken for success, and nobody listens for its error reports",
    meaning="The stream answers 200 before it looks at the events. What is wrong with them is told by thin"
    " events, later, and only to an event destination with thin payload.",
    advice="make an event destination with thin payload for `v1.billing.meter.error_report_triggered` and"
    " `v1.billing.meter.no_meter_found`, and read the reports",
    docs=RECORDING,
)
def nobody_listens(story: Story) -> Iterator[Fit]:
    """MTR-102, MTR-90."""
    yield from _unheard(story, classic=False)


@cause(
    "U20",
    "the stream's error reports go to no webhook endpoint of the classic kind",
    meaning="Error reports about meter events are thin events. Classic webhook endpoints, and destinations"
    " with snapshot payload, never get them.",
    advice="make an event destination with thin payload beside the webhook endpoint",
    docs=f"{DOCS}/event-destinations",
)
def only_classic_endpoints(story: Story) -> Iterator[Fit]:
    """MTR-91."""
    yield from _unheard(story, classic=True)


def _unheard(story: Story, *, classic: bool) -> Iterator[Fit]:
    """Streamed events that were refused by a report which nobody gets, by whether others would get events."""
    listening = list(_listening(story))
    if any(thin for _, thin in listening) or bool(listening) != classic:
        return
    looked = [call for call in story.calls("GET", DESTINATIONS) if call.path == DESTINATIONS]
    for _, rows in story.by_account("refused"):
        mine = tuple(row for row in rows if row.usage.refused_by is not None)
        if mine:
            told = "only classic endpoints listen" if classic else "nobody listens"
            what = wording.plural(len(mine), "event")
            shown = [Evidence(n, None, "a classic webhook endpoint") for n, _ in listening[:1]]
            nothing = [
                Evidence(call.n, call.clock, "no destination takes thin events") for call in looked[-1:]
            ]
            evidence = (*_answered(story, mine[0].usage), *reports(mine), *shown, *nothing)
            headline = f"{what} answered 200 and refused later, and {told}"
            yield Fit(headline, evidence, mine, certain=bool(looked), beside=True)


def _answered(story: Story, usage: Usage) -> Iterator[Evidence]:
    """The stream's answer."""
    call = next(entry for entry in story.facts.entries[usage.n - 2 :: -1] if isinstance(entry, Called))
    yield Evidence(call.n, call.clock, f"the stream answered {call.status}")


def _listening(story: Story) -> Iterator[tuple[int, bool]]:
    """Every endpoint and destination that was seen: the entry, and whether it gets error reports."""
    for call in story.facts.all(Called):
        if call.status >= 400 or not call.path.startswith((DESTINATIONS, ENDPOINTS)):
            continue
        listed = call.answer.get("data")
        for raw in listed if isinstance(listed, list) else [call.answer]:
            if not raw.get("deleted") and raw.get("status") != "disabled":
                yield call.n, _gets_reports(raw)


def _gets_reports(raw: Json) -> bool:
    wanted = set(raw.get("enabled_events") or ())
    return raw.get("event_payload") == "thin" and not wanted.isdisjoint({"*", *ERROR_TYPES})
