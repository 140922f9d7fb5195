"""Claims about a subscription: its status, its end, its prices."""

from __future__ import annotations

from harness.check.findings import Finding, Row, Scope
from harness.history.entries import Claimed
from harness.history.facts import Facts
from harness.history.shapes import Json, Subscription


def check_subscription(facts: Facts, claimed: Claimed) -> list[Finding]:
    """`subscription` with status, cancel_at_period_end and items."""
    claim = claimed.claim["subscription"]
    label = claim.get("subscription") or _only(facts)
    subscription_id = facts.id_of("subscription", label) if label else None
    seen = facts.subscription(subscription_id, claimed.n) if subscription_id else None
    title = f"expect subscription {label or '(the only one)'}"
    if seen is None:
        row = Row("subscription", label or "one", "none was seen")
        summary = f"{label or 'subscription'}: never seen"
        return [Finding("no-subscription", claimed.line, claimed.n, None, title, (row,), "unknown", summary)]
    rows = [row for row in _rows(facts, claim, seen.view) if row.expected != row.actual]
    if not rows:
        return []
    summary = f"{label}: {rows[0].what} is {rows[0].actual}, not {rows[0].expected}"
    scope = Scope(customer=seen.view.customer, subscription=seen.view.id)
    return [
        Finding("subscription", claimed.line, claimed.n, None, title, tuple(rows), "failed", summary, scope)
    ]


def _only(facts: Facts) -> str | None:
    labels = [label for what, label in facts.ids if what == "subscription"]
    return labels[0] if len(labels) == 1 else None


def _rows(facts: Facts, claim: Json, seen: Subscription) -> list[Row]:
    rows = []
    if "status" in claim:
        rows.append(Row("status", claim["status"], seen.status))
    if "cancel_at_period_end" in claim:
        wanted, actual = claim["cancel_at_period_end"], seen.cancel_at_period_end
        rows.append(Row("cancel_at_period_end", str(wanted).lower(), str(actual).lower()))
    if "items" in claim:
        prices = sorted(str(facts.label_of(item.price)) for item in seen.items)
        rows.append(Row("items", ", ".join(sorted(claim["items"])), ", ".join(prices)))
    return rows
