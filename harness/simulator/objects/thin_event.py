"""Thin events of `/v2/core/events`: error reports about meter events, twins of what meters emit."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from harness.simulator.wire.instants import written

ERROR_REPORT = "v1.billing.meter.error_report_triggered"
NO_METER = "v1.billing.meter.no_meter_found"
MOST_SAMPLES = 5  # for each code; unverified


@dataclass(frozen=True, slots=True)
class Flaw:
    """One event that was refused after the answer: its code (MTR-96), Stripe's words, its identifier."""

    code: str
    message: str
    identifier: str


@dataclass(frozen=True, slots=True)
class ThinEvent:
    """All flaws of one meter, or of events without one, in one validation window (MTR-90 to MTR-95).

    Args:
        id: `evt_…`.
        created: wall time.
        meter: the meter's id; None for `no_meter_found`, which has no related object.
        starts_at: start of the window.
        ends_before: its end.
        flaws: in order of arrival.
    """

    id: str
    created: int
    meter: str | None
    starts_at: int
    ends_before: int
    flaws: list[Flaw] = field(default_factory=list)

    @property
    def type(self) -> str:
        """The event's type (MTR-90)."""
        return NO_METER if self.meter is None else ERROR_REPORT

    def notice(self) -> dict[str, Any]:
        """What a list or a notification shows: everything but `data` (MTR-92)."""
        return _notice(self.id, self.type, self.created, self.meter, None)

    def render(self) -> dict[str, Any]:
        """The retrieved form (MTR-93)."""
        count = len(self.flaws)
        data = {
            "developer_message_summary": (
                "There is 1 invalid event" if count == 1 else f"There are {count} invalid events"
            ),
            "reason": {"error_count": count, "error_types": self._by_code()},
            "validation_end": written(self.ends_before),
            "validation_start": written(self.starts_at),
        }
        return self.notice() | {"data": data}

    def _by_code(self) -> list[dict[str, Any]]:
        groups: dict[str, list[Flaw]] = {}
        for flaw in self.flaws:
            groups.setdefault(flaw.code, []).append(flaw)
        return [
            {
                "code": code,
                "error_count": len(flaws),
                "sample_errors": [
                    {"error_message": flaw.message, "request": {"identifier": flaw.identifier}}  # CON-15
                    for flaw in flaws[:MOST_SAMPLES]
                ],
            }
            for code, flaws in groups.items()
        ]


@dataclass(frozen=True, slots=True)
class MeterTwin:
    """The thin event beside a classic event of a meter (MTR-19); it has no data.

    Args:
        id: `evt_…`.
        created: wall time.
        type: the classic event's, below `v1.`.
        meter: the meter's id.
        snapshot: the classic event's id.
    """

    id: str
    created: int
    type: str
    meter: str
    snapshot: str

    def notice(self) -> dict[str, Any]:
        """What a list or a notification shows."""
        return _notice(self.id, self.type, self.created, self.meter, self.snapshot)

    def render(self) -> dict[str, Any]:
        """The retrieved form."""
        return self.notice()


def _notice(id_: str, kind: str, created: int, meter: str | None, snapshot: str | None) -> dict[str, Any]:
    """That `changes` and `reason` are null is unverified."""
    form: dict[str, Any] = {
        "id": id_,
        "object": "v2.core.event",
        "changes": None,
        "context": None,
        "created": written(created),
        "livemode": False,
        "reason": None,
        "snapshot_event": snapshot,
        "type": kind,
    }
    if meter is not None:
        url = f"/v1/billing/meters/{meter}"
        form["related_object"] = {"id": meter, "type": "billing.meter", "url": url}
    return form
