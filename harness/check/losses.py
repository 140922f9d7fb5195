"""The rule on every story, claimed or not: units that no invoice bills must be named by `never_billed`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal

from harness.check.accounting import Account, Accounting, Fate
from harness.check.findings import Finding, Row, Scope
from harness.check.metering import ZERO
from harness.history import wording
from harness.history.entries import CaseEnded, Claimed
from harness.history.facts import Facts
from harness.history.shapes import Json, Period


def check_losses(facts: Facts, accounting: Accounting) -> list[Finding]:
    """`never_billed` claims, losses that nobody claims, and what cannot be accounted for."""
    claims = [claimed for claimed in facts.all(Claimed) if "never_billed" in claimed.claim.get("usage", {})]
    found = [finding for claimed in claims for finding in check_never_billed(facts, accounting, claimed)]
    found += [each for account in accounting.accounts for each in _unaccounted(facts, account)]
    found += [_unexplained(facts, accounting)] if accounting.unexplained else []
    if _completed(facts):
        found += [each for account in accounting.accounts for each in _unclaimed(facts, account, claims)]
    return found


def check_never_billed(facts: Facts, accounting: Accounting, claimed: Claimed) -> list[Finding]:
    """One `never_billed` claim: the units, or just the events, that are lost."""
    claim = claimed.claim["usage"]
    rows = [
        row for account in accounting.accounts if _is_about(facts, claim, account) for row in account.rows
    ]
    lost = [row for row in rows if row.fate == "lost" and _during(claim, row)]
    wanted, actual = _compared(claim["never_billed"], lost)
    if wanted == actual:
        return []
    title = f"expect never billed: {wanted} ({claim['meter']}, {claim['customer']})"
    summary = f"never billed: {actual}, not {wanted}"
    meter, customer = facts.id_of("meter", claim["meter"]), facts.id_of("customer", claim["customer"])
    return [
        Finding(
            code="never-billed",
            line=claimed.line,
            entry=claimed.n,
            invoice=None,
            title=title,
            rows=(Row("never billed", wanted, actual),),
            verdict="failed",
            summary=summary,
            scope=Scope(meter, customer),
            events=tuple(row.usage.label for row in lost),
        )
    ]


def _compared(wanted: str | list[str], lost: Sequence[Fate]) -> tuple[str, str]:
    """What is claimed and what is so, in the claim's own terms: units, or labels in a fixed order."""
    if isinstance(wanted, str):
        total = sum((row.units for row in lost), ZERO)
        return wording.number(Decimal(wanted)), wording.number(total)
    labels = sorted({row.usage.label for row in lost})
    return ", ".join(sorted(set(wanted))) or "none", ", ".join(labels) or "none"


def _is_about(facts: Facts, claim: Json, account: Account) -> bool:
    meter, customer = facts.id_of("meter", claim["meter"]), facts.id_of("customer", claim["customer"])
    return (account.meter, account.customer) == (meter, customer)


def _during(claim: Json, row: Fate) -> bool:
    period = claim.get("during")
    stamp = row.usage.stamp
    return period is None or (stamp is not None and Period(period["start"], period["end"]).holds(stamp))


def _unclaimed(facts: Facts, account: Account, claims: Iterable[Claimed]) -> list[Finding]:
    about = [
        claimed.claim["usage"] for claimed in claims if _is_about(facts, claimed.claim["usage"], account)
    ]
    lost = [
        row
        for row in account.rows
        if row.fate == "lost" and row.units != 0 and not any(_during(claim, row) for claim in about)
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
