"""Which of Stripe's times follow a test clock, and a history told back in its scenario's own dates."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import fields, replace
from typing import Any

from harness.history.entries import (
    Advanced,
    Called,
    CaseStarted,
    Claimed,
    CycleDates,
    Entry,
    Reacted,
    RecordReported,
    Refused,
    UsageReported,
)

CLOCK_TIMES = frozenset(
    (
        # CLK-52
        *("period_start", "period_end", "automatically_finalizes_at", "effective_at", "due_date"),
        *("finalized_at", "paid_at", "voided_at", "marked_uncollectible_at", "next_payment_attempt"),
        # CLK-53
        *("start_date", "billing_cycle_anchor", "canceled_at", "ended_at", "cancel_at", "trial_start"),
        *("trial_end", "current_period_start", "current_period_end", "backdate_start_date"),
        # periods, summaries, meter events (CLK-58), proration and the clock itself
        *("start", "end", "start_time", "end_time", "timestamp", "proration_date", "frozen_time"),
        *("subscription_proration_date", "updated_at"),
    )
)
"""Members and parameters that hold clock time wherever they stand."""

BORN_ON_THE_CLOCK = frozenset(
    ("invoice", "subscription", "subscription_item", "invoiceitem", "usage_record", "subscription_schedule")
)
"""Objects whose `created` is clock time too; elsewhere it is wall time (CLK-53 to CLK-59)."""


_UNIX = re.compile(r"(?<!\w)\d{10}(?!\w)")


def in_scenario_dates(entries: Sequence[Entry]) -> list[Entry]:
    """The same history with every clock time moved back by the shift of its first entry.

    A history without a shift comes back as it is. Times that are wall time stay as they are.
    """
    first = entries[0] if entries else None
    if not isinstance(first, CaseStarted) or not first.shift_seconds:
        return list(entries)
    return [_back(entry, first.shift_seconds) for entry in entries]


def _back(entry: Entry, seconds: int) -> Entry:
    """One entry, moved back; the members that hold clock time are its own and those of its kind."""
    moved = replace(entry, clock=None if entry.clock is None else entry.clock - seconds)
    names = {each.name for each in fields(moved)}
    match moved:
        case Called():
            return replace(
                moved, params=_params(moved.params, seconds), answer=moved_by(moved.answer, -seconds)
            )
        case CycleDates():
            return replace(moved, boundaries=[each - seconds for each in moved.boundaries])
        case Refused():
            return replace(moved, message=_text(moved.message, seconds))
        case Claimed():
            return replace(moved, claim=_claim(moved.claim, seconds))
        case UsageReported() | RecordReported() | Advanced() | Reacted():
            own = {name: getattr(moved, name) for name in ("stamp", "since", "to", "due") if name in names}
            return replace(
                moved, **{name: value - seconds for name, value in own.items() if value is not None}
            )
        case _:
            return moved


def _claim(claim: dict[str, Any], seconds: int) -> dict[str, Any]:
    """A claim, moved back; of an answer's members those that the scenario wrote as instants."""
    about = claim.get("answer")
    if about is None:
        return dict(moved_by(claim, -seconds))
    members = about["members"] | {path: about["members"][path] - seconds for path in about["times"]}
    return {"answer": about | {"members": members}}


def _params(params: dict[str, Any], seconds: int) -> dict[str, Any]:
    """Parameters as they crossed the wire: flat names, values as text."""
    return {
        name: str(int(value) - seconds) if is_clock_time(name) and str(value).isdecimal() else value
        for name, value in params.items()
    }


def is_clock_time(name: str) -> bool:
    """Whether a parameter such as `subscription_details[trial_end]` holds clock time."""
    return name.rstrip("]").rpartition("[")[2] in CLOCK_TIMES


def _text(text: str, seconds: int) -> str:
    """An error's text with the instants in it moved back; they are written as unix seconds (MTR-50)."""
    return _UNIX.sub(lambda found: str(int(found[0]) - seconds), text)


def moved_by(value: Any, seconds: int) -> Any:
    """JSON with every clock time in it moved by `seconds`."""
    if isinstance(value, dict):
        return {name: _member(value, name, seconds) for name in value}
    if isinstance(value, list):
        return [moved_by(member, seconds) for member in value]
    return value


def _member(owner: dict[str, Any], name: str, seconds: int) -> Any:
    value = owner[name]
    if isinstance(value, int) and not isinstance(value, bool) and holds_clock_time(owner, name):
        return value + seconds
    if name == "error" and isinstance(value, dict) and isinstance(value.get("message"), str):
        return value | {"message": _text(value["message"], -seconds)}
    return moved_by(value, seconds)


def holds_clock_time(owner: dict[str, Any], name: str) -> bool:
    """Whether this member of a Stripe object is clock time."""
    if name != "created":
        return name in CLOCK_TIMES
    clocked_customer = owner.get("object") == "customer" and owner.get("test_clock") is not None  # CLK-54
    return clocked_customer or owner.get("object") in BORN_ON_THE_CLOCK
