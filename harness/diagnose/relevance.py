"""Which usage, and which causes, a finding is about."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from harness.check import Checked, Finding
from harness.check.accounting import Account, Fate
from harness.diagnose.causes import Cause
from harness.history.facts import Facts
from harness.history.shapes import Period


def usage_about(facts: Facts, checked: Checked, finding: Finding) -> list[Account]:
    """The accounts that a finding is about, each with only the events that it is about.

    With a period those are the events stamped in it, and those sent while its invoice was still open.
    """
    scope = finding.scope
    if scope.meter is None and scope.customer is None:
        named = [_only(account, _named(account, finding.events)) for account in checked.accounts]
        return [account for account in named if account.rows]
    found = []
    for account in checked.accounts:
        if scope.meter in {None, account.meter} and scope.customer in {None, account.customer}:
            rows = [row for row in account.rows if _is_about(facts, finding, row)]
            found += [_only(account, rows)] if rows else []
    return found


def causes_of(facts: Facts, checked: Checked, finding: Finding, causes: Sequence[Cause]) -> list[Cause]:
    """The causes that explain a finding, those that explain most units first."""
    labels = {row.usage.label for account in usage_about(facts, checked, finding) for row in account.rows}
    if finding.events and finding.code != "never-billed":
        labels = set(finding.events)
    found = [cause for cause in causes if _explains(cause, finding, labels)]
    return sorted(found, key=lambda cause: -abs(cause.units))


def _explains(cause: Cause, finding: Finding, labels: set[str]) -> bool:
    if cause.invoice is not None and cause.invoice == finding.invoice:
        return True
    return not labels.isdisjoint(cause.events) if cause.events else cause.invoice is None


def _is_about(facts: Facts, finding: Finding, row: Fate) -> bool:
    period = finding.scope.period
    if period is None:
        return True
    stamped_inside = row.usage.falls_in is not None and period.holds(row.usage.falls_in)
    return stamped_inside or _sent_while_open(facts, finding, period, row)


def _sent_while_open(facts: Facts, finding: Finding, period: Period, row: Fate) -> bool:
    seen = facts.invoice(finding.invoice) if finding.invoice else None
    closed_at = seen.view.finalized_at if seen and seen.view.finalized_at else period.end
    sent_at = row.usage.sent_at
    return sent_at is not None and period.start <= sent_at < closed_at


def _named(account: Account, labels: Sequence[str]) -> list[Fate]:
    return [row for row in account.rows if row.usage.label in labels]


def _only(account: Account, rows: Sequence[Fate]) -> Account:
    return replace(account, rows=tuple(rows))
