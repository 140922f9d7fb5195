"""Claims about what Stripe told: events in order, and meter error reports."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from harness.check.findings import Finding, Row
from harness.history.entries import Called, Claimed
from harness.history.facts import Facts

THIN_EVENTS = "/v2/core/events"
ERROR_TYPES = ("v1.billing.meter.error_report_triggered", "v1.billing.meter.no_meter_found")  # MTR-90


def check_events(facts: Facts, claimed: Claimed) -> list[Finding]:
    """`events`: types that came in this order; others may lie between."""
    seen = [event for event in facts.events if event.n < claimed.n]
    position = 0
    for count, wanted in enumerate(claimed.claim["events"]):
        matching = (at for at in range(position, len(seen)) if seen[at].type == wanted)
        found = next(matching, None)
        if found is None:
            return [_missing_event(claimed, wanted, count, [event.type for event in seen[position:]])]
        position = found + 1
    return []


def check_meter_error(facts: Facts, claimed: Claimed) -> list[Finding]:
    """`meter_error`: a report with this code among the thin events that were read (MTR-90 to MTR-96)."""
    wanted = claimed.claim["meter_error"]["code"]
    reads = [call for call in facts.all(Called) if call.n < claimed.n and _reads_thin_events(call)]
    codes = list(dict.fromkeys(code for call in reads for code in _codes(call.answer)))
    if wanted in codes:
        return []
    title, line, n = f"expect meter error {wanted}", claimed.line, claimed.n
    if not reads:
        row = Row("meter error", wanted, "no thin events could be read")
        return [Finding("meter-error", line, n, None, title, (row,), "unknown", f"{wanted}: {row.actual}")]
    row = Row("meter error", wanted, ", ".join(codes) or "none")
    summary = f"no meter error {wanted}; seen: {row.actual}"
    return [Finding("meter-error", line, n, None, title, (row,), "failed", summary)]


def _missing_event(claimed: Claimed, wanted: str, before: int, after: list[str]) -> Finding:
    previous = claimed.claim["events"][before - 1] if before else None
    expected = f"{wanted} after {previous}" if previous else wanted
    row = Row(f"event {before + 1}", expected, ", ".join(after[:6]) or "no further event")
    title = f"expect events, {before + 1} of {len(claimed.claim['events'])}"
    summary = f"event {expected} did not come"
    return Finding("events", claimed.line, claimed.n, None, title, (row,), "failed", summary)


def _reads_thin_events(call: Called) -> bool:
    return call.method == "GET" and call.path.startswith(THIN_EVENTS) and call.status < 400


def _codes(answer: dict[str, Any]) -> Iterator[str]:
    listed = answer.get("data")
    for event in listed if isinstance(listed, list) else [answer]:
        if event.get("type") in ERROR_TYPES:
            reason = (event.get("data") or {}).get("reason") or {}
            yield from (str(each["code"]) for each in reason.get("error_types", ()))
