"""What became of streamed events: the reports that Stripe makes after the answer, and duplicates it drops."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from harness.history.entries import Called
from harness.history.sent import seconds_of
from harness.history.wording import DAY

if TYPE_CHECKING:
    from harness.history.facts import Facts
    from harness.history.reported import Usage
    from harness.history.shapes import Json, Meter

THIN_EVENTS = "/v2/core/events"
ERROR_TYPES = ("v1.billing.meter.error_report_triggered", "v1.billing.meter.no_meter_found")  # MTR-90
MOST_DIGITS = 15  # MTR-47
SKEW_SECONDS = 60
"""How far the sender's clock and Stripe's may be apart, the way between them included."""
AHEAD_SECONDS = 5 * 60  # MTR-52
OLDEST_SECONDS = 35 * DAY  # MTR-50


@dataclass(frozen=True)
class Flaws:
    """All events of one report that share a code (MTR-93).

    Args:
        n: the entry that showed the report.
        meter: the meter's id; None where no meter was found.
        start, end: the validation window, `[start, end)` in wall time.
        count: how many events there are.
        samples: messages of some of them, by identifier.
    """

    n: int
    meter: str | None
    start: int
    end: int
    code: str
    count: int
    samples: dict[str, str]


def error_types_of(event: Json) -> list[Json]:
    """A report's groups of errors; none where the event is no report, or was listed without its data."""
    if event.get("type") not in ERROR_TYPES:
        return []
    found: list[Json] = ((event.get("data") or {}).get("reason") or {}).get("error_types") or []
    return found


def thin_events_of(call: Called) -> list[Json]:
    """The thin events that an exchange shows: a list's, or the one that was retrieved."""
    if call.method != "GET" or not call.path.startswith(THIN_EVENTS) or call.status >= 400:
        return []
    listed = call.answer.get("data")
    return listed if isinstance(listed, list) else [call.answer]


def apply_reports(facts: Facts) -> None:
    """Mark the streamed events that a report names as refused, and those that were dropped as duplicates."""
    if not any(usage.streamed for usage in facts.usages):
        return
    refused: dict[int, Usage] = {}
    for flaws in _reported(facts):
        for usage, message in _blamed(facts, flaws, refused):
            error = {"code": flaws.code, "message": message}
            refused[usage.n] = replace(usage, accepted=False, refusal=error, refused_by=flaws.n)
    facts.usages = [refused.get(usage.n, usage) for usage in facts.usages]
    facts.usages = list(_without_duplicates(facts.usages))


def _reported(facts: Facts) -> Iterator[Flaws]:
    seen: set[str] = set()
    for call in facts.all(Called):
        for event in thin_events_of(call):
            groups = error_types_of(event)
            if groups and str(event.get("id")) not in seen:
                seen.add(str(event.get("id")))
                yield from (_flaws(call.n, event, group) for group in groups)


def _flaws(n: int, event: Json, group: Json) -> Flaws:
    samples = group.get("sample_errors") or []
    messages = {_named(sample): str(sample.get("error_message", "")) for sample in samples}
    data = event["data"]
    meter = (event.get("related_object") or {}).get("id")
    start, end = seconds_of(data.get("validation_start")), seconds_of(data.get("validation_end"))
    return Flaws(n, meter, start or 0, end or 0, str(group["code"]), int(group["error_count"]), messages)


def _named(sample: Json) -> str:
    """The identifier that a sample names; its place is told in two ways (MTR-94, CON-15)."""
    request: dict[str, Any] = sample.get("request") or {}
    return str(request.get("identifier") or request.get("idempotency_key") or request.get("id"))


def _blamed(facts: Facts, flaws: Flaws, refused: dict[int, Usage]) -> Iterator[tuple[Usage, str]]:
    """The events meant: those named, and, if they are just as many as the rest, those with the same flaw."""
    around = [
        usage
        for usage in facts.usages
        if usage.streamed and usage.n not in refused and flaws.meter in {None, usage.meter}
    ]
    named = [usage for usage in around if usage.identifier in flaws.samples]
    yield from ((usage, flaws.samples[str(usage.identifier)]) for usage in named)
    message = next(iter(flaws.samples.values()), "")
    others = [usage for usage in around if usage not in named and _has_flaw(facts, usage, flaws.code)]
    for skew in (0, SKEW_SECONDS):
        meant = [each for each in others if flaws.start - skew <= each.sent_wall < flaws.end + skew]
        if meant and len(meant) == flaws.count - len(named):
            yield from ((usage, message) for usage in meant)
            return


def _has_flaw(facts: Facts, usage: Usage, code: str) -> bool:
    known = facts.meter(usage.meter) if usage.meter else None
    if known is None or code not in _FLAWS:
        return known is None and code == "no_meter"
    return _FLAWS[code](known, usage)


def _digits(usage: Usage) -> int:
    return len((usage.value_text or "").replace(".", "").lstrip("-0"))


_FLAWS: dict[str, Callable[[Meter, Usage], bool]] = {
    "archived_meter": lambda meter, _: meter.status == "inactive",
    "meter_event_no_customer_defined": lambda meter, usage: meter.customer_key not in usage.payload,
    "meter_event_customer_not_found": lambda meter, usage: meter.customer_key in usage.payload,
    "meter_event_value_not_found": lambda meter, usage: meter.value_key not in usage.payload,
    "meter_event_invalid_value": lambda _, usage: usage.value_text is not None and usage.value is None,
    "meter_event_value_too_many_digits": lambda _, usage: _digits(usage) > MOST_DIGITS,
    "timestamp_in_future": lambda _, usage: (usage.stamp or 0) > (usage.sent_at or 0) + AHEAD_SECONDS,
    "timestamp_too_far_in_past": lambda _, usage: (usage.stamp or 0) < (usage.sent_at or 0) - OLDEST_SECONDS,
}
"""Whether an event can be meant by a code (MTR-96)."""


def _without_duplicates(usages: list[Usage]) -> Iterator[Usage]:
    """A streamed event whose identifier was taken is dropped, unreported (MTR-78, UNK-22, unverified)."""
    taken: dict[tuple[str, str], int] = {}
    for usage in usages:
        if not usage.accepted or usage.identifier is None or usage.action is not None:
            yield usage
            continue
        name = (usage.event_name, usage.identifier)
        before = taken.get(name)
        if usage.streamed and before is not None and usage.sent_wall - before < DAY:  # MTR-76
            yield replace(usage, accepted=False, refusal={})
        else:
            taken[name] = usage.sent_wall
            yield usage
