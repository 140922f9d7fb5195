"""The rule on every story, claimed or not: units that no invoice bills must be named by `never_billed`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from harness.check.accounting import Account, Accounting, Fate
from harness.check.findings import Finding, Row, Scope
from harness.check.metering import ZERO
from harness.check.usage_claims import item_claimed
from harness.history import wording
from harness.history.entries import CaseEnded, Claimed
from harness.history.facts import Facts
from harness.history.shapes import Json, Period


def check_losses(facts: Facts, accounting: Accounting) -> list[Finding]:
    """`never_billed` claims, losses that nobody claims, and what cannot be accounted for."""
    claims = [claim for claimed in facts.all(Claimed) for claim in _claims(facts, claimed)]
    found = [finding for claim in claims for finding in check_never_billed(accounting, claim)]
    found += [each for account in accounting.accounts for each in _unaccounted(facts, account)]
    found += [_unexplained(facts, accounting)] if accounting.unexplained else []
    if _completed(facts):
        found += [each for account in accounting.accounts for each in _unclaimed(facts, account, claims)]
    return found


@dataclass(frozen=True)
class NeverBilled:
    """One `never_billed` claim: of a meter's usage by a customer, or of an item's usage records.

    Args:
        meter: the meter's id, or the item's.
        about: both sides by their labels.
        during: the stamps it speaks of, None for all.
        wanted: units as text, or labels.
    """

    claimed: Claimed
    meter: str | None
    customer: str | None
    about: str
    during: Period | None
    wanted: str | list[str]

    def speaks_of(self, account: Account, row: Fate | None = None) -> bool:
        """Whether it is about this account, and about this row of it."""
        if (account.meter, account.customer) != (self.meter, self.customer):
            return False
        stamp = row.usage.falls_in if row else None
        return row is None or self.during is None or (stamp is not None and self.during.holds(stamp))


def check_never_billed(accounting: Accounting, claim: NeverBilled) -> list[Finding]:
    """The units, or just the events, that are lost."""
    lost = [
        row
        for account in accounting.accounts
        for row in account.rows
        if row.fate == "lost" and claim.speaks_of(account, row)
    ]
    wanted, actual = _compared(claim.wanted, lost)
    if wanted == actual:
        return []
    return [
        Finding(
            code="never-billed",
            line=claim.claimed.line,
            entry=claim.claimed.n,
            invoice=None,
            title=f"expect never billed: {wanted} ({claim.about})",
            rows=(Row("never billed", wanted, actual),),
            verdict="failed",
            summary=f"never billed: {actual}, not {wanted}",
            scope=Scope(claim.meter, claim.customer),
            events=tuple(row.usage.label for row in lost),
        )
    ]


def _claims(facts: Facts, claimed: Claimed) -> Iterator[NeverBilled]:
    usage, records = claimed.claim.get("usage", {}), claimed.claim.get("usage_summary", {})
    if "never_billed" in usage:
        meter, customer = facts.id_of("meter", usage["meter"]), facts.id_of("customer", usage["customer"])
        about = f"{usage['meter']}, {usage['customer']}"
        yield NeverBilled(
            claimed, meter, customer, about, _period(usage.get("during")), usage["never_billed"]
        )
    if records.get("never_billed") is not None:
        item = item_claimed(facts, records)
        owner = facts.item_owner(item)[0] if item else None
        about = f"{records['price']}, {records['subscription']}"
        customer = owner.customer if owner else None
        during = _period(records["period"])
        yield NeverBilled(claimed, item, customer, about, during, records["never_billed"])


def _period(given: Json | None) -> Period | None:
    return None if given is None else Period(given["start"], given["end"])


def _compared(wanted: str | list[str], lost: Sequence[Fate]) -> tuple[str, str]:
    """What is claimed and what is so, in the claim's own terms: units, or labels in a fixed order."""
    if isinstance(wanted, str):
        total = sum((row.units for row in lost), ZERO)
        return wording.number(Decimal(wanted)), wording.number(total)
    labels = sorted({row.usage.label for row in lost})
    return ", ".join(sorted(set(wanted))) or "none", ", ".join(labels) or "none"


def _unclaimed(facts: Facts, account: Account, claims: Sequence[NeverBilled]) -> list[Finding]:
    lost = [
        row
        for row in account.rows
        if row.fate == "lost" and row.units != 0 and not any(each.speaks_of(account, row) for each in claims)
    ]
    if not lost:
        return []
    units = wording.number(sum((row.units for row in lost), ZERO))
    whole = wording.number(account.reported)
    meter, customer = _name(facts, account)
    rule = f"every unit of {meter} for {customer} is billed, or claimed by `never_billed`"
    return [
        Finding(
            code="unclaimed-loss",
            line=lost[0].usage.line,
            entry=lost[0].usage.n,
            invoice=lost[0].missed[0][0] if lost[0].missed else None,
            title=rule,
            rows=(Row("never billed", "0", units),),
            verdict="failed",
            summary=f"{meter}: {units} of {whole} units lost",
            scope=Scope(account.meter, account.customer),
            events=tuple(row.usage.label for row in lost),
        )
    ]


def _unaccounted(facts: Facts, account: Account) -> list[Finding]:
    doubtful = [row for row in account.rows if row.fate == "unknown"]
    if not doubtful:
        return []
    units = wording.number(sum((row.units for row in doubtful), ZERO))
    meter, customer = _name(facts, account)
    invoices = list(dict.fromkeys(invoice for row in doubtful for invoice, _ in row.missed))
    return [
        Finding(
            code="unaccounted",
            line=doubtful[0].usage.line,
            entry=doubtful[0].usage.n,
            invoice=invoices[0] if invoices else None,
            title=f"every unit of {meter} for {customer} is accounted for",
            rows=(Row("units", "all told apart", f"{units} left, of {wording.listed(invoices)}"),),
            verdict="unknown",
            summary=f"{units} {meter} units for {customer} cannot be accounted for",
            scope=Scope(account.meter, account.customer),
            events=tuple(row.usage.label for row in doubtful),
        )
    ]


def _unexplained(facts: Facts, accounting: Accounting) -> Finding:
    rows = tuple(
        Row(
            f"{group.invoice}, {facts.label_of(group.price)}",
            "usage of this story",
            wording.number(group.quantity),
        )
        for group in accounting.unexplained
    )
    first = accounting.unexplained[0]
    summary = f"{first.invoice} bills {wording.number(first.quantity)} units that this story never reported"
    scope = Scope(first.meter, first.customer, first.subscription, first.period)
    title = "every billed unit was reported"
    return Finding("unexplained", 0, None, first.invoice, title, rows, "unknown", summary, scope)


def _name(facts: Facts, account: Account) -> tuple[str, str]:
    meter = facts.label_of(account.meter) or account.event_name
    return meter, facts.label_of(account.customer) or "nobody"


def _completed(facts: Facts) -> bool:
    """A story that stopped early has not come to its claims, and fails for that."""
    ended = list(facts.all(CaseEnded))
    return bool(ended) and ended[-1].outcome == "completed"
