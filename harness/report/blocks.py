"""The parts of a failure text: where, the accounting, why, and what to do."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from harness.check import Finding
from harness.check.accounting import Account, FateName
from harness.diagnose import Cause, Evidence
from harness.diagnose.evidence import cycle_words
from harness.history import wording
from harness.history.facts import Facts
from harness.report.layout import BODY, LINE_NUMBERS_AT, labelled, units_row, wrapped

WHAT_COLUMN = 10
EXPECTED_COLUMN = 11
ZERO = Decimal(0)
LONG_VALUE = 40
RARE_FATES: dict[FateName, str] = {
    "superseded": "replaced by a later event",
    "below zero": "below zero, so not charged",
    "unknown": "cannot be told",
}
"""Shown only where there are any; the other fates always, so that a reader sees that they are nothing."""


def where(facts: Facts, finding: Finding) -> list[str]:
    """`file:line    expect …`, and below it each difference."""
    place = f"{facts.case.file}:{finding.line}" if finding.line else facts.case.file
    undecided = "   (undecided)" if finding.verdict == "unknown" else ""
    lines = [f"  {place}    {finding.title}{undecided}"]
    width = max([WHAT_COLUMN, *(len(row.what) for row in finding.rows if len(row.what) < LONG_VALUE)])
    for row in finding.rows:
        if not row.expected:
            lines += wrapped(f"{row.what:<{width}} {row.actual}", hang=width + 1)
        else:
            lines += _difference(f"{row.what:<{width}}", row.expected, row.actual)
    return lines


def _difference(what: str, expected: str, actual: str) -> list[str]:
    one = f"{BODY}{what} expected {expected:<{EXPECTED_COLUMN}} actual {actual}"
    if len(expected) <= LONG_VALUE and len(one) <= 100:
        return [one]
    sides = (f"expected {expected}", f"actual   {actual}")
    return [
        f"{BODY}{what.rstrip()}",
        *(line for side in sides for line in wrapped(side, f"{BODY}  ", hang=9)),
    ]


def usage_table(facts: Facts, account: Account, cycle: str | None, *, named: bool) -> list[str]:
    """Where the units went. `cycle` is the one that a finding is about; later ones got what moved."""
    title = "Where the usage went"
    if named:
        meter = facts.label_of(account.meter) or account.event_name
        title += f": {meter} of {facts.label_of(account.customer) or 'nobody'}"
    rows = [("reported", account.reported), *_billed(account, cycle)]
    rows.append(("cancelled, refused, pending", account.total("cancelled", "refused", "pending")))
    found = {row.fate for row in account.rows}
    rows += [(words, account.total(fate)) for fate, words in RARE_FATES.items() if fate in found]
    rows.append(("lost", account.total("lost")))
    shown = [units_row(what, wording.number(units)) for what, units in rows]
    return [units_row(title, "units", "  "), *shown]


def _billed(account: Account, cycle: str | None) -> list[tuple[str, Decimal]]:
    by_cycle: dict[str, Decimal] = {} if cycle is None else {cycle: ZERO}
    if (following := _next(cycle)) is not None:
        by_cycle[following] = ZERO
    for row in account.rows:
        if row.fate == "billed":
            name = row.cycle or row.invoice or ""
            by_cycle[name] = by_cycle.get(name, ZERO) + row.units
    return [(_billed_words(name, cycle), units) for name, units in by_cycle.items()] or [("billed", ZERO)]


def _next(cycle: str | None) -> str | None:
    if cycle is None:
        return None
    stem, _, number = cycle.rpartition("cycle")
    return f"{stem}cycle{int(number) + 1}"


def _billed_words(name: str, cycle: str | None) -> str:
    if "cycle" not in name:
        return f"billed on {name}"
    return f"{'billed in' if cycle in {None, name} else 'moved to'} {cycle_words(name)}"


def why(cause: Cause, *, several: bool) -> list[str]:
    """A cause: its evidence, numbered as in the trace, and what it means."""
    title = "Why" if cause.certainty == "certain" else "Why, likely"
    lines = [f"  {title}: {cause.title}" if several else f"  {title}"]
    lines += [line for evidence in cause.evidence for line in shown_evidence(evidence)]
    return lines + wrapped(cause.meaning)


def shown_evidence(evidence: Evidence) -> list[str]:
    """`#31  2026-02-01 02:00:00  reported 40, stamped …      line 39`; a long text hangs below itself."""
    at = wording.instant(evidence.at) if evidence.at is not None else " " * 19
    start = f"{BODY}#{evidence.n:<3} {at}  "
    body = wrapped(evidence.text, " " * len(start), 96)
    body[0] = start + body[0].lstrip()
    if evidence.line:
        body[0] = f"{body[0]:<{LINE_NUMBERS_AT - 2}}  line {evidence.line}"
    return body


def advice(causes: Sequence[Cause]) -> list[str]:
    """`Try` and `Docs` of each cause, nothing twice."""
    tries = list(dict.fromkeys(cause.advice for cause in causes))
    docs = [f"  {'Docs':<8}{address}" for address in dict.fromkeys(cause.docs for cause in causes)]
    return [line for text in tries for line in labelled("Try", text)] + docs
