"""Claims about what Stripe told: events in order, and meter error reports."""

from __future__ import annotations

from harness.check.findings import Finding, Row
from harness.history.entries import Called, Claimed
from harness.history.error_reports import THIN_EVENTS, error_types_of, thin_events_of
from harness.history.facts import Facts


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
    reads = [call for call in facts.all(Called) if call.n < claimed.n and call.path.startswith(THIN_EVENTS)]
    told = [event for call in reads for event in thin_events_of(call)]
    codes = list(dict.fromkeys(str(group["code"]) for event in told for group in error_types_of(event)))
    if wanted in codes:
        return []
    title, line, n = f"expect meter error {wanted}", claimed.line, claimed.n
    if not any(call.status < 400 for call in reads):
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
