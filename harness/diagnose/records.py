"""Causes that only legacy usage records have (causes.md sections 3 and 6)."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from harness.check import Finding
from harness.check.accounting import Account, Fate
from harness.check.records import total_of, within
from harness.diagnose.evidence import reports
from harness.diagnose.registry import DOCS, Fit, cause
from harness.diagnose.story import Story
from harness.history import wording
from harness.history.entries import RecordReported

LEGACY = f"{DOCS}/billing/subscriptions/usage-based-legacy"
WRONG_SYSTEM = "not on the legacy metered billing system"  # LEG-14, LEG-15


def _expected(finding: Finding) -> Decimal | None:
    """The quantity that a finding about usage records expected."""
    for row in finding.rows:
        if row.what in {"quantity", "total_usage"}:
            return Decimal(row.expected) if row.expected.isdecimal() else None
    return None


def _counted(story: Story, finding: Finding) -> tuple[Account, list[Fate]] | None:
    """The item's accepted records in the finding's period."""
    for account in story.accounts_about(finding):
        inside = [row.usage for row in account.rows]
        if finding.scope.period is not None:
            inside = within(inside, finding.scope.period)
        numbers = {usage.n for usage in inside if usage.accepted}
        return account, [row for row in account.rows if row.usage.n in numbers]
    return None


@cause(
    "U76",
    "`set` at different seconds was taken for one total",
    meaning="A `set` replaces only what was recorded for its own second. With `aggregate_usage: sum` the"
    " seconds of a period are then added up, so that a running total sent again is billed again.",
    advice="send every correction with the very timestamp that it corrects, or bill a last value"
    " (`aggregate_usage: last_during_period`)",
    docs=f"{LEGACY}/recording-usage",
)
def sets_added_up(story: Story) -> Iterator[Fit]:
    """LEG-04, N-18."""
    for finding in story.checked.findings:
        found = _counted(story, finding) if story.about_records(finding) else None
        expected = _expected(finding)
        if found is None or expected is None:
            continue
        sets = [row for row in found[1] if row.usage.action == "set" and row.fate != "superseded"]
        apart = len({row.usage.stamp for row in sets}) > 1
        if apart and sets[-1].usage.value == expected != total_of(row.usage for row in sets):
            added = " + ".join(wording.number(row.units) for row in sets[:4])
            more = " + …" if len(sets) > 4 else ""
            headline = f"{len(sets)} sets at different seconds add up: {added}{more}"
            yield Fit(headline, tuple(reports(sets)), tuple(sets))


@cause(
    "U47",
    "usage records were sent for an item whose price is on a meter",
    meaning="A price has either usage records or a meter. An item whose price is on a meter takes no records,"
    " and an item without a meter is not billed for meter events.",
    advice="send meter events to the price's meter, or give the item a price without one",
    docs=f"{LEGACY}/migration-guide",
)
def records_for_a_meter(story: Story) -> Iterator[Fit]:
    """LEG-14."""
    sent = {entry.n for entry in story.facts.all(RecordReported)}
    for _, rows in story.by_account("refused"):
        mine = [row for row in rows if row.usage.n in sent and WRONG_SYSTEM in _message(row)]
        if mine:
            headline = f"{wording.plural(len(mine), 'record')} refused: the price is on a meter"
            yield Fit(headline, tuple(reports(mine)), tuple(mine))


def _message(row: Fate) -> str:
    return str((row.usage.refusal or {}).get("message", ""))
