"""Everything that is checked about a history, in one pass."""

from __future__ import annotations

from dataclasses import dataclass

from harness.check.accounting import Account, Accounting, account_for
from harness.check.endings import check_endings
from harness.check.expectations import evaluate
from harness.check.findings import Finding, Row
from harness.check.losses import check_losses
from harness.check.records import with_records
from harness.history.entries import Claimed
from harness.history.facts import Facts


@dataclass(frozen=True)
class Checked:
    """What was found, and what became of all reported usage."""

    findings: tuple[Finding, ...]
    accounting: Accounting

    @property
    def accounts(self) -> tuple[Account, ...]:
        """The accounts, by meter and customer in order of first use."""
        return self.accounting.accounts

    @property
    def passed(self) -> bool:
        """Whether nothing failed and nothing stayed undecided."""
        return not self.findings


def check(facts: Facts) -> Checked:
    """Check a whole history.

    Returns:
        Findings: how the story ended first, then its claims in order, then the accounting.
    """
    found = check_endings(facts)
    for claimed in facts.all(Claimed):
        found += evaluate(facts, claimed)
    try:
        accounting = account_for(facts)
        found += check_losses(facts, accounting)
    except Exception as error:  # noqa: BLE001  # whatever went wrong, the accounting is undecided, never passed
        accounting = Accounting((), (), ())
        found.append(_crashed(error))
    return Checked(tuple(with_records(facts, finding) for finding in found), accounting)


def _crashed(error: Exception) -> Finding:
    text = f"{type(error).__name__}: {error}"
    row = Row("accounting", "to be decided", text)
    title = "every reported unit is accounted for"
    return Finding("crashed", 0, None, None, title, (row,), "unknown", f"the accounting failed: {text}")
