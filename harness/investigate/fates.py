"""What became of each row of an application's log."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from harness.check import Checked
from harness.check.accounting import Fate
from harness.diagnose import Cause
from harness.history.entries import UsageFound
from harness.history.facts import Facts
from harness.investigate.sent import UNREADABLE, Bundle, Sent, Target

IN_PART = "counted or billed in part"
AGAIN = "refused; its identifier was sent again"
ELSEWHERE = "of another customer, not looked at"
OUTSIDE = "stamped outside the time that was looked at"
CANNOT_BE_READ = "not readable"
REASONS = {
    "identifier": "refused: its identifier stands in the log before",
    "milliseconds": "not counted: stamped in milliseconds",
    "value": "not counted: the value is no plain number",
    "digits": "not counted: more than 15 digits",
    "no meter": "not counted: no meter has the event name",
    "not counted": "sent, but the meter does not show it",
}


@dataclass(frozen=True)
class RowFate:
    """What became of a row: in words, on which invoice, and by which causes of the catalogue."""

    words: str
    invoice: str | None = None
    causes: tuple[str, ...] = ()


@dataclass(frozen=True)
class RowFates:
    """The fate of every row of a log.

    Args:
        by_bundle: of each bundle's rows, in the order of the log's bundles.
    """

    sent: Sent
    by_bundle: tuple[RowFate, ...]

    def counts(self) -> dict[RowFate, int]:
        """How many rows have each fate, the most frequent first; unreadable ones are not among them."""
        found: Counter[RowFate] = Counter()
        for bundle, fate in zip(self.sent.bundles, self.by_bundle, strict=True):
            found[fate] += bundle.rows
        return dict(found.most_common())

    def rows(self) -> Iterator[tuple[int, RowFate]]:
        """Each row's line and fate, in the log's order."""
        unreadable = RowFate(CANNOT_BE_READ)
        for line, place in zip(self.sent.lines, self.sent.of_row, strict=True):
            yield line, unreadable if place == UNREADABLE else self.by_bundle[place]

    def write(self, path: Path) -> None:
        """Write each row's fate as CSV: `line,fate,invoice,causes`."""
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(("line", "fate", "invoice", "causes"))
            for line, fate in self.rows():
                writer.writerow((line, fate.words, fate.invoice or "", " ".join(fate.causes)))


def fates_of(facts: Facts, checked: Checked, causes: Sequence[Cause], sent: Sent, target: Target) -> RowFates:
    """The fates of a log's rows, from the accounting of what stands for them."""
    decided = _by_first_row(facts, checked)
    codes: dict[str, list[str]] = {}
    for cause in causes:
        for label in cause.events:
            codes.setdefault(label, []).append(cause.code)
    return RowFates(sent, tuple(_fate(each, decided, codes, target) for each in sent.bundles))


def _by_first_row(facts: Facts, checked: Checked) -> dict[int, list[Fate]]:
    """The rows of the accounting by the first line of the log that they stand for."""
    rows = {row.usage.n: row for account in checked.accounts for row in account.rows}
    found: dict[int, list[Fate]] = {}
    for entry in facts.all(UsageFound):
        if entry.row is not None and entry.n in rows:
            found.setdefault(entry.row, []).append(rows[entry.n])
    return found


def _fate(
    bundle: Bundle, decided: dict[int, list[Fate]], codes: dict[str, list[str]], target: Target
) -> RowFate:
    if bundle.customer != target.customer:
        return RowFate(ELSEWHERE)
    if bundle.against == "again":
        return RowFate(AGAIN)
    found = [_worded(row, codes) for row in decided.get(bundle.row, [])]
    if not found:
        return RowFate(OUTSIDE)
    if len(set(found)) == 1:
        return found[0]
    invoice = next((each.invoice for each in found if each.invoice), None)
    return RowFate(IN_PART, invoice, tuple(dict.fromkeys(code for each in found for code in each.causes)))


def _worded(row: Fate, codes: dict[str, list[str]]) -> RowFate:
    causes = tuple(codes.get(row.usage.label, ()))
    if row.fate == "billed":
        return RowFate("billed", row.invoice, causes)
    if row.fate == "refused":
        refusal = row.usage.refusal or {}
        status = refusal.get("status")
        told = f"refused with {status}" if status is not None and status >= 400 else "refused"
        return RowFate(REASONS.get(refusal.get("reason") or "", told), None, causes)
    missed = row.missed[0][0] if row.missed else None
    return RowFate(row.fate, missed, causes)
