"""What an application's log says was sent: rows in bundles of a kind, so that a million fit in memory."""

from __future__ import annotations

from array import array
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from itertools import pairwise
from pathlib import Path

from harness.diagnose.refused import MOST_DIGITS, NUMBER
from harness.history.shapes import Meter
from harness.investigate.rows import Bad, Row, UnreadableLog, read_rows
from harness.investigate.stamps import parse_stamp

FEW = 1_000
"""Up to so many rows each is a bundle of its own, and evidence names it."""

MOST_BAD_SHOWN = 20
UNREADABLE = 2**32 - 1
TAKEN = frozenset(("ok", "success", "succeeded", "successful", "accepted", "sent", "true", "delivered"))
NOT_TAKEN = frozenset(("error", "failed", "failure", "refused", "rejected", "false", "denied"))


@dataclass(frozen=True)
class Target:
    """What the log is read for.

    Args:
        customer: the id of the customer whose invoice it is.
        meters: the account's meters, by event name.
        event_name: that of rows which name none; None where it would be a guess.
        cuts: by meter id, the instants that no bundle may reach across, sorted.
        closings: when invoices became final, sorted.
    """

    customer: str
    meters: Mapping[str, Meter]
    event_name: str | None
    cuts: Mapping[str, Sequence[int]]
    closings: Sequence[int]


Key = tuple[str | None, str | None, bool | None, int | None, str | None, int, int, int]
"""Event name, customer, taken, status, what speaks against it, piece of time, phase of sending, row or 0."""


@dataclass(slots=True)
class Bundle:
    """Rows of one kind.

    Args:
        taken: whether the log says that Stripe took them; None where it doesn't say.
        status: the HTTP status that the log notes.
        against: what the rows themselves say against being counted: `value`, `digits`, `milliseconds`,
            `identifier`; or `again`: refused, but its identifier stands in other rows too.
        piece: the number of the piece of time, by the meter's cuts.
        units: their values added up; NaN when one is no number.
        stamp: the newest timestamp, unix seconds.
        raw_stamp: the same as written.
        last: the value of the row with the newest timestamp.
        received: the value of the row that stands last in the log.
        sent_at: when the last of them was sent, if the log says so.
    """

    event_name: str | None
    customer: str | None
    taken: bool | None
    status: int | None
    against: str | None
    piece: int
    row: int
    rows: int = 0
    units: Decimal = Decimal(0)
    stamp: int = -(2**62)
    raw_stamp: int = 0
    last: Decimal = Decimal(0)
    received: Decimal = Decimal(0)
    text: str | None = None
    sent_at: int | None = None
    identifier: str | None = None

    def add(self, units: Decimal, stamps: tuple[int, int], sent_at: int | None) -> None:
        """Take one more row in, in the log's order."""
        self.rows += 1
        self.units += units
        self.received = units
        if stamps[0] >= self.stamp:
            self.stamp, self.raw_stamp = stamps
            self.last = units
        if sent_at is not None:
            self.sent_at = sent_at if self.sent_at is None else max(self.sent_at, sent_at)

    def shown(self, meter: Meter) -> Decimal:
        """What a meter shows for them alone."""
        if meter.formula == "count":
            return Decimal(self.rows)
        if meter.formula == "last":
            return self.last
        return self.received if meter.window is not None else self.units


@dataclass
class Sent:
    """A whole log: its bundles in order of their first rows, and for each row which bundle it is in.

    Args:
        of_row: a position in `bundles`, or `UNREADABLE`; in the log's order.
        lines: the line of each row.
        bad: the first unreadable rows, and why they are; `bad_count` counts all.
    """

    path: Path
    bundles: list[Bundle] = field(default_factory=list)
    of_row: array[int] = field(default_factory=lambda: array("I"))
    lines: array[int] = field(default_factory=lambda: array("I"))
    bad: list[tuple[int, str]] = field(default_factory=list)
    bad_count: int = 0

    @property
    def rows(self) -> int:
        """How many rows there are, unreadable ones too."""
        return len(self.of_row)


def read_sent(path: Path, columns: Mapping[str, str], target: Target) -> Sent:
    """Read a log twice: first for identifiers that stand in it more than once, then for everything.

    Raises:
        UnreadableLog: the file as a whole, or every row of it.
    """
    count, repeated = _repeated(path, columns)
    sorter = _Sorter(target, repeated, few=count <= FEW)
    sent = Sent(path)
    for line, row in read_rows(path, columns):
        found = row if isinstance(row, Bad) else sorter.place(line, row)
        if isinstance(found, Bad):
            sent.bad_count += 1
            sent.bad += [(line, found.problem)] if sent.bad_count <= MOST_BAD_SHOWN else []
        sent.lines.append(line)
        sent.of_row.append(UNREADABLE if isinstance(found, Bad) else found)
    sent.bundles = sorter.bundles
    if sent.rows and sent.bad_count == sent.rows:
        line, problem = sent.bad[0]
        raise UnreadableLog(f"{path}: none of its {sent.rows} rows can be read; line {line} {problem}")
    return sent


def _repeated(path: Path, columns: Mapping[str, str]) -> tuple[int, set[int]]:
    """How many rows there are, and marks of the identifiers that several of them have."""
    marks = array("q")
    count = 0
    for _, row in read_rows(path, columns):
        count += 1
        if isinstance(row, Row) and row.identifier is not None:
            marks.append(_mark(row))
    ordered = sorted(marks)
    return count, {mark for mark, following in pairwise(ordered) if mark == following}


def _mark(row: Row) -> int:
    """A number that stands for an identifier, which is unique within its event name (MTR-79)."""
    return hash((row.event_name, row.identifier))


class _Sorter:
    """Finds the bundle of each row."""

    def __init__(self, target: Target, repeated: set[int], *, few: bool) -> None:
        self.bundles: list[Bundle] = []
        self._places: dict[Key, int] = {}
        self._target = target
        self._repeated = repeated
        self._seen: set[int] = set()
        self._few = few
        self._statuses: dict[str | None, tuple[bool | None, int | None]] = {None: (None, None)}

    def place(self, line: int, row: Row) -> int | Bad:
        """The position of the row's bundle, which now holds it."""
        sent_at, stamps = None, None
        try:
            if row.sent_at is not None:
                sent_at = parse_stamp(row.sent_at)[0]
            stamps = parse_stamp(row.timestamp) if row.timestamp is not None else None
        except ValueError as error:
            return Bad(str(error))
        if stamps is None:
            if sent_at is None:
                return Bad("has no timestamp")
            stamps = sent_at, sent_at  # without a timestamp it counts when it arrives (MTR-54)
        return self._place(line, row, stamps, sent_at)

    def _place(self, line: int, row: Row, stamps: tuple[int, int], sent_at: int | None) -> int:
        target = self._target
        name = row.event_name or target.event_name
        customer = target.customer if row.customer is None else row.customer
        ours = customer == target.customer
        taken, status = self._taken(row.status)
        units, against = _units(row.value)
        against = self._against(row, taken, against, stamps)
        meter = target.meters.get(name or "")
        piece = phase = 0
        if ours and meter is not None:
            piece = bisect_right(target.cuts.get(meter.id, ()), stamps[0])
            phase = -1 if sent_at is None else bisect_right(target.closings, sent_at)
        alone = line if ours and self._few else 0
        key = (name, customer if ours else "", taken, status, against, piece, phase, alone)
        place = self._places.get(key)
        if place is None:
            place = self._places[key] = len(self.bundles)
            bundle = Bundle(name, customer if ours else None, taken, status, against, piece, line)
            bundle.text, bundle.identifier = (
                row.value if against in {"value", "digits"} else None,
                row.identifier,
            )
            self.bundles.append(bundle)
        self.bundles[place].add(units, stamps, sent_at)
        return place

    def _taken(self, text: str | None) -> tuple[bool | None, int | None]:
        known = self._statuses.get(text)
        if known is None and text is not None:
            known = self._statuses[text] = _status(text)
        return known or (None, None)

    def _against(
        self, row: Row, taken: bool | None, against: str | None, stamps: tuple[int, int]
    ) -> str | None:
        """What speaks against a row being counted; nothing where the log says that it was taken."""
        if row.identifier is not None and self._repeated and (mark := _mark(row)) in self._repeated:
            if taken is False:
                return against or "again"
            if mark in self._seen and taken is None:
                return "identifier"
            self._seen.add(mark)
        if taken:
            return None
        return against or ("milliseconds" if stamps[0] != stamps[1] else None)


def _status(text: str) -> tuple[bool | None, int | None]:
    """Whether a status means that the event was taken, and its number; None for words that nobody knows."""
    shown = text.strip().lower()
    if shown.isdecimal():
        return int(shown) < 400, int(shown)
    return (True if shown in TAKEN else False if shown in NOT_TAKEN else None), None


def _units(text: str | None) -> tuple[Decimal, str | None]:
    """A value, and what is wrong with it."""
    if text is not None and text.isdecimal() and len(text) <= MOST_DIGITS:
        return Decimal(text), None
    if text is None:
        return Decimal(0), "value"
    if NUMBER.fullmatch(text.strip()) is None:
        return _exponential(text), "value"
    digits = text.replace(".", "").lstrip("-0")
    return Decimal(text), "digits" if len(digits) > MOST_DIGITS else None


def _exponential(text: str) -> Decimal:
    """`1e3` is a number to us, though not to Stripe; anything else speaks of no units."""
    try:
        number = Decimal(text)
    except InvalidOperation:
        return Decimal(0)
    return number if number.is_finite() else Decimal(0)
