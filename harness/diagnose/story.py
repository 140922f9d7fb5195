"""What every cause asks of a story: its rows by fate, its findings, and who served whom."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from harness.check import Checked, Finding
from harness.check.accounting import Account, Fate, FateName
from harness.check.coverage import Service, services
from harness.history.entries import Called, Claimed
from harness.history.facts import Facts
from harness.history.shapes import Invoice, Json, Meter, Subscription

LINE_CODES = frozenset({"line", "missing-line", "extra-line"})


@dataclass(frozen=True)
class Shortfall:
    """A finding about an amount of units: fewer or more than expected."""

    finding: Finding
    expected: Decimal
    actual: Decimal

    @property
    def missing(self) -> Decimal:
        """Units expected but not there; negative when there are too many."""
        return self.expected - self.actual

    def counted(self, account: Account) -> list[Fate]:
        """The account's accepted events in the finding's period."""
        period = self.finding.scope.period
        return [
            row
            for row in account.rows
            if row.usage.counts
            and (period is None or (row.usage.stamp is not None and period.holds(row.usage.stamp)))
        ]


@dataclass(frozen=True)
class Story:
    """Facts and findings, with the questions that causes ask."""

    facts: Facts
    checked: Checked

    def by_account(self, *fates: FateName) -> Iterator[tuple[Account, list[Fate]]]:
        """Accounts that have events with one of these fates."""
        for account in self.checked.accounts:
            if rows := [row for row in account.rows if row.fate in fates]:
                yield account, rows

    def meter(self, account: Account) -> Meter | None:
        """The account's meter."""
        return self.facts.meter(account.meter) if account.meter else None

    def services(self, account: Account) -> list[Service]:
        """The items that were priced on the account's meter, for its customer."""
        if account.meter is None or account.customer is None:
            return []
        return services(self.facts, account.meter, account.customer)

    def subscriptions(self, customer: str | None) -> list[Subscription]:
        """A customer's subscriptions as last seen."""
        newest = [sights[-1].view for sights in self.facts.subscriptions.values()]
        return [subscription for subscription in newest if subscription.customer == customer]

    def invoice(self, invoice_id: str | None) -> Invoice | None:
        """An invoice as last seen."""
        seen = self.facts.invoice(invoice_id) if invoice_id else None
        return seen.view if seen else None

    def shortfalls(self) -> Iterator[Shortfall]:
        """Findings about a metered quantity: of a line, or of what a meter shows."""
        for finding in self.checked.findings:
            if self.about_records(finding):
                continue
            for row in finding.rows:
                counted = finding.code in LINE_CODES and row.what == "quantity"
                counted = counted or (finding.code == "usage" and row.what == "total")
                shortfall = _shortfall(finding, row.expected, row.actual) if counted else None
                if shortfall is not None:
                    yield shortfall

    def about_records(self, finding: Finding) -> bool:
        """Whether a finding is about legacy usage records, which know no meter and none of its rules."""
        source = finding.scope.meter
        return source is not None and source not in self.facts.meters

    def about_lines(self) -> Iterator[tuple[Finding, Invoice]]:
        """Findings about an invoice's lines or amounts, with the invoice as it was when claimed."""
        for finding in self.checked.findings:
            about = finding.invoice if finding.code in LINE_CODES | {"invoice"} else None
            if about is not None and (seen := self.facts.invoice(about, finding.entry)):
                yield finding, seen.view

    def claim(self, finding: Finding) -> Json:
        """The claim that a finding is about; empty where it is about none."""
        entry = self.facts.entries[finding.entry - 1] if finding.entry else None
        return entry.claim if isinstance(entry, Claimed) else {}

    def claimed_invoice(self, finding: Finding) -> Json:
        """The `invoice` part of its claim."""
        claimed: Json = self.claim(finding).get("invoice", {})
        return claimed

    def accounts_about(self, finding: Finding) -> Iterator[Account]:
        """Accounts whose usage a finding is about."""
        scope = finding.scope
        for account in self.checked.accounts:
            if scope.meter in {None, account.meter} and scope.customer in {None, account.customer}:
                yield account

    def calls(self, method: str, path: str) -> Iterator[Called]:
        """Successful exchanges with this method whose path begins so."""
        for call in self.facts.all(Called):
            if call.method == method and call.path.startswith(path) and call.status < 400:
                yield call


def _shortfall(finding: Finding, expected: str, actual: str) -> Shortfall | None:
    """None when one side is no number, such as `no summary was read`."""
    try:
        return Shortfall(finding, Decimal(expected), Decimal(actual))
    except ArithmeticError:
        return None
