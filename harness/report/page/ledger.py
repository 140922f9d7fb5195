"""The accounting as a table: a row for each event and what became of it, and totals that agree."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from harness.check import Checked
from harness.check.accounting import Account, Fate
from harness.diagnose.evidence import units_of, value_of
from harness.history import wording
from harness.history.facts import Facts
from harness.report.page.naming import FATES, account_name, fate_words
from harness.report.page.usage_lane import SHAPES

MOST_ROWS = 150


@dataclass(frozen=True)
class LedgerRow:
    """One event; `n` is its entry."""

    n: int
    label: str
    line: int
    units: str
    stamp: str
    sent: str
    style: str
    shape: str
    words: str


@dataclass(frozen=True)
class LedgerTotal:
    """The units of one fate."""

    style: str
    shape: str
    words: str
    units: str


@dataclass(frozen=True)
class Ledger:
    """One account. `left_out` counts the billed events that are not shown; the totals hold them."""

    name: str
    rows: tuple[LedgerRow, ...]
    left_out: int
    totals: tuple[LedgerTotal, ...]
    reported: str
    agrees: bool


def ledgers(facts: Facts, checked: Checked) -> list[Ledger]:
    """The account of every customer on every meter."""
    return [_ledger(facts, account) for account in checked.accounts]


def _ledger(facts: Facts, account: Account) -> Ledger:
    shown = _chosen(account.rows)
    totals = [
        LedgerTotal(_style(fate), SHAPES[fate], words, wording.number(account.total(fate)))
        for fate, words in FATES.items()
        if any(row.fate == fate for row in account.rows)
    ]
    together = sum((account.total(fate) for fate in FATES), account.total())
    return Ledger(
        name=account_name(facts, account),
        rows=tuple(_row(facts, row) for row in shown),
        left_out=len(account.rows) - len(shown),
        totals=tuple(totals),
        reported=wording.number(units_of(account.rows)),
        agrees=together == account.reported,
    )


def _chosen(rows: Sequence[Fate]) -> list[Fate]:
    """All of a few; of many those that are not billed first, then as many others as there is room for."""
    if len(rows) <= MOST_ROWS:
        return list(rows)
    ordered = sorted(rows, key=lambda row: (row.fate == "billed", row.usage.n))
    return sorted(ordered[:MOST_ROWS], key=lambda row: row.usage.n)


def _row(facts: Facts, row: Fate) -> LedgerRow:
    usage = row.usage
    return LedgerRow(
        n=usage.n,
        label=usage.label,
        line=usage.line,
        units=value_of(row),
        stamp=wording.instant_or_none(usage.stamp) + ("" if usage.stamped else " (by Stripe)"),
        sent=wording.instant_or_none(usage.sent_at),
        style=_style(row.fate),
        shape=SHAPES[row.fate],
        words=fate_words(facts, row),
    )


def _style(fate: str) -> str:
    return f"fate-{fate.replace(' ', '-')}"
