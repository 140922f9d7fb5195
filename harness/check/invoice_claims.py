"""Claims about an invoice: that it is there, its status and amounts, its lines; and how many there are."""

from __future__ import annotations

from decimal import Decimal

from harness.check.findings import Finding, Row, Scope
from harness.check.line_claims import check_lines
from harness.check.picking import pick_invoice
from harness.history import wording
from harness.history.entries import Claimed
from harness.history.facts import Facts, Seen
from harness.history.shapes import Invoice, Json, Period


def check_invoice(facts: Facts, claimed: Claimed) -> list[Finding]:
    """`invoice` with status, finalized, total, amount_due and lines beside it."""
    claim = claimed.claim
    seen = pick_invoice(facts, claim["invoice"], claimed.n)
    if seen is None:
        return [_no_invoice(facts, claimed)]
    found = _check_head(claimed, seen.view)
    if "lines" in claim:
        found += check_lines(facts, claimed, seen.view)
    return found


def check_invoice_count(facts: Facts, claimed: Claimed) -> list[Finding]:
    """`invoices`: how many a subscription or customer has, or all together."""
    claim = claimed.claim["invoices"]
    customer = _id_or_missing(facts, "customer", claim.get("customer"))
    subscription = _id_or_missing(facts, "subscription", claim.get("subscription"))
    seen = [
        each
        for each in facts.last_invoices(claimed.n)
        if customer in {None, each.view.customer} and subscription in {None, each.view.subscription}
    ]
    if len(seen) == claim["count"]:
        return []
    rows = [Row("invoices", str(claim["count"]), str(len(seen))), *(_present_row(each) for each in seen)]
    whose = claim.get("subscription") or claim.get("customer")
    title = f"expect {wording.plural(claim['count'], 'invoice')}" + (f" of {whose}" if whose else "")
    summary = f"{wording.plural(len(seen), 'invoice')}, not {claim['count']}" + (
        f", of {whose}" if whose else ""
    )
    scope = Scope(customer=customer, subscription=subscription)
    return [Finding("invoices", claimed.line, claimed.n, None, title, tuple(rows), "failed", summary, scope)]


def scope_of(facts: Facts, wanted: Json) -> Scope:
    """The usage that an `invoice` claim is about."""
    label = wanted.get("subscription")
    subscription = facts.id_of("subscription", label) if label else None
    seen = facts.subscription(subscription) if subscription else None
    period = Period(wanted["start"], wanted["end"]) if "start" in wanted else None
    return Scope(None, seen.view.customer if seen else None, subscription, period)


def _id_or_missing(facts: Facts, what: str, label: str | None) -> str | None:
    """None only without a label; a label without an id matches nothing."""
    return None if label is None else facts.id_of(what, label) or f"({label} was never created)"


def _present_row(seen: Seen[Invoice]) -> Row:
    invoice = seen.view
    return Row(
        invoice.id, "", f"{invoice.status}, {invoice.reason}, created {wording.instant(invoice.created)}"
    )


def _no_invoice(facts: Facts, claimed: Claimed) -> Finding:
    wanted = claimed.claim["invoice"]
    name = wanted["name"]
    billed = wording.span(wanted["start"], wanted["end"]) if "start" in wanted else name
    rows = (Row("invoice", f"one for {billed}", "none"),)
    scope = scope_of(facts, wanted)
    summary = f"{name}: there is no such invoice"
    title = f"expect invoice {name}"
    return Finding("no-invoice", claimed.line, claimed.n, None, title, rows, "failed", summary, scope)


def _check_head(claimed: Claimed, invoice: Invoice) -> list[Finding]:
    rows = [row for row in _head_rows(claimed.claim, invoice) if row.expected != row.actual]
    if not rows:
        return []
    name = claimed.claim["invoice"]["name"]
    first = rows[0]
    summary = f"{name}: {first.what} is {first.actual}, not {first.expected}"
    scope = Scope(None, invoice.customer, invoice.subscription, invoice.period)
    title = f"expect invoice {name}"
    return [
        Finding("invoice", claimed.line, claimed.n, invoice.id, title, tuple(rows), "failed", summary, scope)
    ]


def _head_rows(claim: Json, invoice: Invoice) -> list[Row]:
    rows = []
    if "status" in claim:
        rows.append(Row("status", claim["status"], invoice.status))
    if "finalized" in claim:
        final = invoice.finalized_at is not None
        rows.append(Row("finalized", _yes_no(claim["finalized"]), _yes_no(final)))
    for name, actual in (("total", invoice.total), ("amount_due", invoice.amount_due)):
        if name in claim:
            wanted = wording.money(Decimal(claim[name]["minor"]), claim[name]["currency"])
            rows.append(Row(name, wanted, wording.money(actual, invoice.currency)))
    return rows


def _yes_no(value: bool) -> str:
    return "true" if value else "false"
