"""What a meter's summaries showed, put in order: which units were counted in which piece of time."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from harness.history import wording
from harness.history.entries import Called
from harness.history.facts import Facts
from harness.history.shapes import Period

ZERO = Decimal(0)
_PATH = re.compile(r"/v1/billing/meters/([^/]+)/event_summaries")
Asked = tuple[int, int, bool]


@dataclass(frozen=True)
class Piece:
    """A piece of time and what the meter shows for it; pieces of one meter and customer never overlap."""

    period: Period
    units: Decimal

    @property
    def label(self) -> str:
        """`2026-01-31 23:00` for an hour, else the piece's first and last day."""
        start, end = wording.instant(self.period.start), wording.instant(self.period.end - 1)
        if self.period.end - self.period.start <= wording.HOUR:
            return start[:16]
        return start[:10] if start[:10] == end[:10] else f"{start[:10]}..{end[:10]}"


@dataclass(frozen=True)
class Counted:
    """All pieces of one meter for one customer, in order of time; what no piece covers was not asked for."""

    meter: str
    customer: str
    pieces: tuple[Piece, ...]


def counted_in(facts: Facts) -> list[Counted]:
    """What a reading's summaries show, by meter and customer. Hours without usage are no pieces."""
    asked: dict[tuple[str, str], dict[Asked, list[Piece]]] = {}
    for meter, call in _reads(facts):
        ranges = asked.setdefault((meter, str(call.params.get("customer"))), {})
        earlier = ranges.get(_asked(call), []) if "starting_after" in call.params else []
        ranges[_asked(call)] = [*earlier, *(_piece(row) for row in call.answer["data"])]
    return [Counted(meter, customer, _pieces(ranges)) for (meter, customer), ranges in asked.items()]


def _reads(facts: Facts) -> Iterator[tuple[str, Called]]:
    for call in facts.all(Called):
        if call.status < 400 and (found := _PATH.fullmatch(call.path)):
            yield found[1], call


def _asked(call: Called) -> Asked:
    hourly = call.params.get("value_grouping_window") == "hour"
    return int(call.params["start_time"]), int(call.params["end_time"]), hourly


def _piece(row: dict[str, object]) -> Piece:
    period = Period(int(str(row["start_time"])), int(str(row["end_time"])))
    return Piece(period, Decimal(str(row["aggregated_value"])))


def _pieces(ranges: dict[Asked, list[Piece]]) -> tuple[Piece, ...]:
    """The finest of what was asked: a range with others inside it is only their total."""
    found = [piece for asked, shown in ranges.items() if not _holds_another(asked, ranges) for piece in shown]
    return tuple(sorted(found, key=lambda piece: piece.period.start))


def _holds_another(asked: Asked, ranges: dict[Asked, list[Piece]]) -> bool:
    start, end, _ = asked
    return any(other != asked and start <= other[0] and other[1] <= end for other in ranges if not asked[2])


def cuts_of(facts: Facts, meter: str, customer: str) -> list[int]:
    """The instants at which one piece of time ends and another begins, hour by hour where that was asked."""
    ranges: dict[Asked, list[Piece]] = {
        _asked(call): []
        for name, call in _reads(facts)
        if (name, call.params["customer"]) == (meter, customer)
    }
    found: set[int] = set()
    for start, end, hourly in ranges:
        if not _holds_another((start, end, hourly), dict(ranges)):
            found |= {*range(start, end + 1, wording.HOUR)} if hourly else {start, end}
    return sorted(found)
