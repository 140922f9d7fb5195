"""The usage ledger: every accepted meter event, and what a read at some moment finds of it."""

from __future__ import annotations

from array import array
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING

from harness.simulator.billing.metering import WINDOW_SECONDS, Value
from harness.simulator.identifiers import Names, Texts
from harness.simulator.series import Arrivals, RawSeries, WindowSeries

if TYPE_CHECKING:
    from harness.simulator.objects.meter import Meter

MEMORY_SECONDS = 86_400
"""Identifiers stay taken, and events cancellable, for 24 h of wall time (MTR-76, MTR-115)."""

SETTLED_AT_ONCE = 65_536
"""How many events go into a series in one piece; it takes memory for a moment."""

GENERATED = "mtr_event_sim"
"""What identifiers begin with that the sender didn't give; the rest is the event's rank by arrival."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """What the ledger knows about one accepted event; for tests and for the true reason behind missing usage.

    Args:
        sequence: rank by arrival, from 0.
        meter: the meter's id.
        customer: the customer's id.
        at: the event's own time.
        value: its value.
        received_at: wall time.
        aggregated_at: wall time from which reads find it.
        cancelled: whether an adjustment struck it out.
    """

    sequence: int
    meter: str
    customer: str
    at: int
    value: Value
    received_at: int
    aggregated_at: int
    cancelled: bool


@dataclass(slots=True)
class Account:
    """One customer's usage on one meter: what is aggregated, and by second what will be then.

    `number` counts the ledger's accounts; `names` is shared by all of an event name.
    """

    number: int
    meter: str
    event_name: str
    customer: str
    series: RawSeries | WindowSeries
    names: Names
    pending: dict[int, array[int]] = field(default_factory=dict)


Row = tuple[Account, int, Value]
"""An event for `accept_all`: its account, time and value."""


class UsageLedger:
    """Accepted events in columns by arrival, and their aggregates by meter and customer.

    Reads must not go back in wall time: what one read has seen, later ones see too.
    """

    def __init__(self) -> None:
        self._accounts: dict[tuple[str, str], Account] = {}
        self._numbered: list[Account] = []
        self._owners = array("I")
        self._arrivals = Arrivals()
        self._lags = array("q")
        self._walls = array("q")
        self._first_of_wall = array("I")
        """The first event of each wall time at which any came."""
        self._texts = Texts()
        self._names: dict[str, Names] = {}
        self._cancelled: set[int] = set()

    def __len__(self) -> int:
        return len(self._owners)

    def accept(
        self,
        meter: Meter,
        customer: str,
        *,
        at: int,
        value: Value,
        identifier: str | None,
        received_at: int,
        lag: int,
    ) -> str:
        """Take in a valid event.

        Args:
            meter: the meter that matched its name.
            customer: the customer's id.
            at: its own time.
            value: its value; any for a counting meter.
            identifier: the sender's, taken from now on, or None.
            received_at: wall time.
            lag: wall seconds until reads find it (MTR-87, MTR-88).

        Returns:
            The identifier, generated if there was none (MTR-36).
        """
        sequence = len(self._owners)
        account = self.account(meter, customer)
        self.accept_all([(account, at, value)], received_at, [lag])
        if identifier is None:
            identifier = _generated(sequence)
            if account.names.find(identifier) is None:
                return identifier  # it says which event it names, so it needs no entry
            identifier += "_"
        account.names.give(identifier, sequence)
        return identifier

    def accept_all(self, rows: Sequence[Row], received_at: int, lags: Sequence[int]) -> None:
        """Take in many valid events at once; their identifiers are given to them by the caller."""
        first = len(self._owners)
        if rows and (not self._walls or self._walls[-1] != received_at):
            self._walls.append(received_at)
            self._first_of_wall.append(first)
        self._owners.extend([row[0].number for row in rows])
        self._arrivals.times.extend([row[1] for row in rows])
        self._arrivals.values.extend([row[2] for row in rows])
        self._lags.extend(lags)
        for sequence, (row, lag) in enumerate(zip(rows, lags, strict=True), first):
            pending, second = row[0].pending, received_at + lag
            if second in pending:
                pending[second].append(sequence)
            else:
                pending[second] = array("I", (sequence,))

    def account(self, meter: Meter, customer: str) -> Account:
        """The customer's account on the meter, opened if there is none yet."""
        found = self._accounts.get((meter.id, customer))
        if found is None:
            arrivals, window = self._arrivals, meter.window
            series = WindowSeries(arrivals, window) if window else RawSeries(arrivals)
            names = self._names.get(meter.event_name)
            if names is None:
                names = self._names[meter.event_name] = Names(self._texts)
            found = Account(len(self._numbered), meter.id, meter.event_name, customer, series, names)
            self._numbered.append(found)
            self._accounts[meter.id, customer] = found
        return found

    def taken(self, event_name: str, identifier: str, wall: int) -> bool:
        """Whether the identifier was used for this event name within the last 24 h, wall time.

        The scope is the event name (MTR-79, UNK-14, unverified); a cancelled event's identifier stays taken
        (MTR-81, UNK-14, unverified).
        """
        sequence = self._named(event_name, identifier)
        return sequence is not None and wall - self._received_at(sequence) < MEMORY_SECONDS

    def receipt(self, event_name: str, identifier: str) -> Receipt | None:
        """What became of the newest event with this name and identifier."""
        sequence = self._named(event_name, identifier)
        return None if sequence is None else self._receipt(sequence)

    def newest(self, limit: int) -> list[tuple[str, Receipt]]:
        """The events received last, newest first, each behind its identifier."""
        newest = range(len(self._owners) - 1, max(len(self._owners) - limit, 0) - 1, -1)
        return [
            (self._texts.at(sequence) or _generated(sequence), self._receipt(sequence)) for sequence in newest
        ]

    def _receipt(self, sequence: int) -> Receipt:
        owner = self._numbered[self._owners[sequence]]
        received_at = self._received_at(sequence)
        return Receipt(
            sequence,
            owner.meter,
            owner.customer,
            self._arrivals.times[sequence],
            self._arrivals.values[sequence],
            received_at,
            received_at + self._lags[sequence],
            sequence in self._cancelled,
        )

    def _received_at(self, sequence: int) -> int:
        return self._walls[bisect_right(self._first_of_wall, sequence) - 1]

    def cancel(self, receipt: Receipt, wall: int) -> None:
        """Strike out an event from the reads at `wall` on; doing it twice changes nothing more."""
        if receipt.sequence in self._cancelled:
            return
        account = self._numbered[self._owners[receipt.sequence]]
        self._settle(account, wall)
        self._cancelled.add(receipt.sequence)
        if receipt.aggregated_at <= wall:
            account.series.cancel(receipt.sequence)

    def aggregate(self, meter: Meter, customer: str, starts_at: int, ends_before: int, wall: int) -> Decimal:
        """What Stripe reads for `[starts_at, ends_before)` at `wall`: neither clamped at 0 nor rounded."""
        series = self._read(meter, customer, wall) if starts_at < ends_before else None
        return Decimal(series.aggregate(meter.formula, starts_at, ends_before)) if series else Decimal(0)

    def buckets(
        self,
        meter: Meter,
        customer: str,
        starts_at: int,
        ends_before: int,
        wall: int,
        grouping: str | None = None,
    ) -> list[tuple[int, int]]:
        """The windows `[start, end)` that hold usage, newest first (MTR-123, MTR-125, MTR-126)."""
        series = self._read(meter, customer, wall)
        if series is None:
            return []
        if grouping is None:
            return [(starts_at, ends_before)] if series.latest(starts_at, ends_before) else []
        length = WINDOW_SECONDS[grouping]
        found: list[tuple[int, int]] = []
        end = ends_before
        while newest := series.latest(starts_at, end):
            end = newest.at // length * length
            found.append((end, end + length))
        return found

    def pending(self, wall: int) -> int:
        """How many accepted events reads at `wall` don't find yet."""
        return sum(
            len(waiting)
            for account in self._accounts.values()
            for seen_from, waiting in account.pending.items()
            if seen_from > wall
        )

    def _named(self, event_name: str, identifier: str) -> int | None:
        """Rank of the newest event with this name and identifier."""
        names = self._names.get(event_name)
        found = names.find(identifier) if names else None
        if found is not None or not identifier.startswith(GENERATED):
            return found
        number = identifier.removeprefix(GENERATED)
        if len(number) != 9 or not number.isascii() or not number.isdigit():
            return None
        sequence = int(number)
        if sequence >= len(self._owners) or self._texts.at(sequence):
            return None
        return sequence if self._numbered[self._owners[sequence]].event_name == event_name else None

    def _read(self, meter: Meter, customer: str, wall: int) -> RawSeries | WindowSeries | None:
        account = self._accounts.get((meter.id, customer))
        if account is None:
            return None
        self._settle(account, wall)
        return account.series

    def _settle(self, account: Account, wall: int) -> None:
        """Move what has been aggregated by `wall` into the series."""
        seconds = [second for second in account.pending if second <= wall]
        if not seconds:
            return
        waiting = array("I")
        for second in seconds:
            waiting += account.pending.pop(second)
        for start in range(0, len(waiting), SETTLED_AT_ONCE):
            account.series.add(waiting[start : start + SETTLED_AT_ONCE], self._cancelled)


def _generated(sequence: int) -> str:
    return f"{GENERATED}{sequence:09d}"
