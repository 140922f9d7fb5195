"""From a reading, and perhaps a log, to the explanation of its invoice."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from harness.check import Checked, check
from harness.diagnose import Cause, diagnose
from harness.history.entries import Entry
from harness.history.facts import Facts, read_facts
from harness.investigate.fates import RowFates, fates_of
from harness.investigate.found import balanced, stand_ins, with_found
from harness.investigate.logged import found_with_log, target_of
from harness.investigate.reading import WrongInvoice, invoice_of
from harness.investigate.sent import read_sent


@dataclass(frozen=True)
class Log:
    """An application's log, and which column holds which field."""

    path: Path
    columns: Mapping[str, str]


@dataclass(frozen=True)
class Explained:
    """An invoice with all that is known of its usage.

    Args:
        entries: the reading, with what stands for usage at its end.
        fates: of the log's rows; None without a log.
    """

    invoice: str
    entries: Sequence[Entry]
    facts: Facts
    checked: Checked
    causes: tuple[Cause, ...]
    fates: RowFates | None


def explain_reading(entries: Sequence[Entry], log: Log | None = None) -> Explained:
    """Account for the usage of an invoice and diagnose it.

    Raises:
        WrongInvoice: the history is no reading, or does not show its invoice.
        UnreadableLog: the log's file as a whole cannot be read.
    """
    bare = read_facts(with_found(entries, []))
    invoice = invoice_of(bare)
    if invoice is None or bare.invoice(invoice) is None:
        raise WrongInvoice(f"the trace shows no invoice {invoice or ''}".rstrip())
    target = target_of(bare, invoice)
    sent = read_sent(log.path, log.columns, target) if log else None
    found = found_with_log(bare, sent, target) if sent else stand_ins(bare)
    told = with_found(entries, balanced(entries, found))
    facts = read_facts(told)
    checked = check(facts)
    causes = diagnose(facts, checked)
    fates = fates_of(facts, checked, causes, sent, target) if sent else None
    return Explained(invoice, told, facts, checked, causes, fates)
