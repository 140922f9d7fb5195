"""Claims about what a meter shows (`usage.total`) and about legacy usage record summaries."""

from __future__ import annotations

from decimal import Decimal

from harness.check.findings import Finding, Row, Scope, Verdict
from harness.history import wording
from harness.history.entries import Called, Claimed
from harness.history.facts import Facts
from harness.history.shapes import Json, Period

MINUTE = 60


def check_usage_total(facts: Facts, claimed: Claimed) -> list[Finding]:
    """`usage.total` against the newest reading of its period; `never_billed` is judged at the end."""
    claim = claimed.claim["usage"]
    if "total" not in claim:
        return []
    meter, customer = facts.id_of("meter", claim["meter"]), facts.id_of("customer", claim["customer"])
    period = _aligned(claim["during"]) if "during" in claim else None
    shown = shown_total(facts, claimed, f"/v1/billing/meters/{meter}/event_summaries", str(customer), period)
    wanted = Decimal(claim["total"])
    if shown == wanted:
        return []
    during = f" during {claim['during']['name']}" if "during" in claim else ""
    title = f"expect usage of {claim['meter']} by {claim['customer']}{during}"
    actual = "no summary was read" if shown is None else wording.number(shown)
    row = Row("total", wording.number(wanted), actual)
    summary = f"{claim['meter']} shows {actual} for {claim['customer']}, not {row.expected}"
    scope = Scope(meter, customer, None, period)
    verdict: Verdict = "unknown" if shown is None else "failed"
    return [Finding("usage", claimed.line, claimed.n, None, title, (row,), verdict, summary, scope)]


def shown_total(
    facts: Facts, claimed: Claimed, path: str, customer: str, period: Period | None
) -> Decimal | None:
    """What the newest reading among the claim's own reads shows; an empty list means 0 (MTR-125).

    Pages of one reading follow each other with `starting_after`. None when no reading covers the period.
    """
    total: Decimal | None = None
    for call in facts.entries[claimed.since : claimed.n - 1]:
        if not isinstance(call, Called) or call.status >= 400 or call.path != path:
            continue
        if call.params.get("customer") != customer or not _covers(call, period):
            continue
        continued = total if "starting_after" in call.params and total is not None else Decimal(0)
        total = continued + sum(
            (Decimal(str(row["aggregated_value"])) for row in call.answer["data"]), Decimal(0)
        )
    return total


def check_usage_summary(facts: Facts, claimed: Claimed) -> list[Finding]:
    """`usage_summary.total`: the legacy summary of an item's period (LEG-02); the newest reading decides."""
    claim = claimed.claim["usage_summary"]
    if claim.get("total") is None:
        return []
    item = item_claimed(facts, claim, claimed.n)
    shown = _legacy_row(facts, claimed, item, claim["period"]) if item else None
    total = None if shown is None else int(shown["total_usage"])
    if total == claim["total"]:
        return []
    subscription = facts.id_of("subscription", claim["subscription"])
    seen = facts.subscription(subscription) if subscription else None
    during = f" during {claim['period']['name']}" if claim["period"] else ""
    title = f"expect usage summary of {claim['price']} on {claim['subscription']}{during}"
    actual = "none was read" if total is None else str(total)
    row = Row("total_usage", str(claim["total"]), actual)
    summary = f"{claim['price']}: usage record summary is {actual}, not {claim['total']}"
    scope = Scope(item, seen.view.customer if seen else None, subscription, _legacy_period(shown))
    verdict: Verdict = "unknown" if total is None else "failed"
    return [Finding("usage-summary", claimed.line, claimed.n, None, title, (row,), verdict, summary, scope)]


def item_claimed(facts: Facts, claim: Json, before: int | None = None) -> str | None:
    """The id of the subscription item that a `usage_summary` claim is about, as any sight showed it."""
    price = facts.id_of("price", claim["price"])
    sights = facts.subscriptions.get(facts.id_of("subscription", claim["subscription"]) or "", [])
    for seen in reversed(sights):
        for item in seen.view.items if before is None or seen.n < before else ():
            if item.price == price:
                return item.id
    return None


def _legacy_row(facts: Facts, claimed: Claimed, item: str, period: Json | None) -> Json | None:
    """The summary of the period, or the current (first) one; one without a start is the current one's."""
    path = f"/v1/subscription_items/{item}/usage_record_summaries"
    reads = (
        call for call in facts.entries[: claimed.n - 1] if isinstance(call, Called) and call.path == path
    )
    newest = max((call for call in reads if call.status < 400), key=lambda call: call.n, default=None)
    rows: list[Json] = newest.answer["data"] if newest else []
    fitting = (row for row in rows if period is None or row["period"]["start"] in {None, period["start"]})
    return next(fitting, None)


def _legacy_period(row: Json | None) -> Period | None:
    bounds = (row or {}).get("period", {})
    start, end = bounds.get("start"), bounds.get("end")
    return None if start is None or end is None else Period(start, end)


def _aligned(period: Json) -> Period:
    """Whole minutes around a period, as summaries demand (MTR-119)."""
    return Period(period["start"] // MINUTE * MINUTE, -(-period["end"] // MINUTE) * MINUTE)


def _covers(call: Called, period: Period | None) -> bool:
    if period is None:
        return True
    return (int(call.params["start_time"]), int(call.params["end_time"])) == (period.start, period.end)
