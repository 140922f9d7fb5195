"""The usage ledger: every accepted meter event, and what a read at some moment finds of it."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import chain, takewhile
from typing import TYPE_CHECKING

from harness.simulator.billing.metering import WINDOW_SECONDS, Reading, Value
from harness.simulator.series import RawSeries, Run, WindowSeries
from harness.simulator.values import Values

if TYPE_CHECKING:
    from harness.simulator.objects.meter import Meter

MEMORY_SECONDS = 86_400
"""Identifiers stay taken, and events cancellable, for 24 h of wall time (MTR-76, MTR-115)."""

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

    `names` is shared by all accounts of an event name: identifier to rank by arrival.
    """

    meter: str
    event_name: str
    customer: str
    series: RawSeries | WindowSeries
    names: dict[str, int]
    pending: dict[int, array[int]] = field(default_factory=dict)


Row = tuple[Account, int, Value, bool]
"""An event for `accept_all`: its account, time and value, and whether its sender named it."""


class UsageLedger:
    """Accepted events in columns by arrival, and their aggregates by meter and customer.

    Reads must not go back in wall time: what one read has seen, later ones see too.
    """

    def __init__(self) -> None:
        self._accounts: dict[tuple[str, str], Account] = {}
        self._owners: list[Account] = []
        self._times = array("q")
        self._received = array("q")
        self._lags = array("q")
        self._values = Values()
        self._identifiers: dict[str, dict[str, int]] = {}
        self._given = bytearray()
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
        self._owners.append(account)
        self._times.append(at)
        self._received.append(received_at)
        self._lags.append(lag)
        self._values.append(value)
        self._await(account, received_at + lag, sequence)
        self._given.append(identifier is not None)
        if identifier is None:
            identifier = f"{GENERATED}{sequence:09d}"
            if identifier not in account.names:
                return identifier  # it says which event it names, so it needs no entry
            identifier += "_"
        account.names[identifier] = sequence
        return identifier

    def accept_all(self, rows: Sequence[Row], received_at: int, lags: Sequence[int]) -> None:
        """Take in many valid events at once; `names` must know the identifiers of those that have one."""
        first = len(self._owners)
        for row in rows:
            self._values.append(row[2])
        self._owners.extend(row[0] for row in rows)
        self._times.extend(row[1] for row in rows)
        self._given.extend(row[3] for row in rows)
        self._received.extend([received_at] * len(rows))
        self._lags.extend(lags)
        for sequence, (row, lag) in enumerate(zip(rows, lags, strict=True), first):
            self._await(row[0], received_at + lag, sequence)

    def account(self, meter: Meter, customer: str) -> Account:
        """The customer's account on the meter, opened if there is none yet."""
        found = self._accounts.get((meter.id, customer))
        if found is None:
            series = WindowSeries(meter.window) if meter.window else RawSeries()
            names = self._identifiers.setdefault(meter.event_name, {})
            found = Account(meter.id, meter.event_name, customer, series, names)
            self._accounts[meter.id, customer] = found
        return found

    def taken(self, event_name: str, identifier: str, wall: int) -> bool:
        """Whether the identifier was used for this event name within the last 24 h, wall time.

        The scope is the event name (MTR-79, UNK-14, unverified); a cancelled event's identifier stays taken
        (MTR-81, UNK-14, unverified).
        """
        sequence = self._named(event_name, identifier)
        return sequence is not None and wall - self._received[sequence] < MEMORY_SECONDS

    def receipt(self, event_name: str, identifier: str) -> Receipt | None:
        """What became of the newest event with this name and identifier."""
        sequence = self._named(event_name, identifier)
        return None if sequence is None else self._receipt(sequence)

    def newest(self, limit: int) -> list[tuple[str, Receipt]]:
        """The events received last, newest first, each behind its identifier."""
        first = max(len(self._owners) - limit, 0)
        named = {
            sequence: identifier
            for names in self._identifiers.values()
            for identifier, sequence in takewhile(lambda pair: pair[1] >= first, reversed(names.items()))
        }
        return [
            (named.get(sequence, f"{GENERATED}{sequence:09d}"), self._receipt(sequence))
            for sequence in range(len(self._owners) - 1, first - 1, -1)
        ]

    def _receipt(self, sequence: int) -> Receipt:
        owner = self._owners[sequence]
        return Receipt(
            sequence,
            owner.meter,
            owner.customer,
            self._times[sequence],
            self._values[sequence],
            self._received[sequence],
            self._received[sequence] + self._lags[sequence],
            sequence in self._cancelled,
        )

    def cancel(self, receipt: Receipt, wall: int) -> None:
        """Strike out an event, at once; doing it twice changes nothing more."""
        if receipt.sequence in self._cancelled:
            return
        account = self._owners[receipt.sequence]
        self._settle(account, wall)
        self._cancelled.add(receipt.sequence)
        if receipt.aggregated_at <= wall:
            account.series.cancel(Reading(receipt.at, receipt.sequence, receipt.value))

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
        names = self._identifiers.get(event_name)
        if names is not None and identifier in names:
            return names[identifier]
        if not identifier.startswith(GENERATED):
            return None
        number = identifier.removeprefix(GENERATED)
        if len(number) != 9 or not number.isascii() or not number.isdigit():
            return None
        sequence = int(number)
        mine = sequence < len(self._owners) and self._owners[sequence].event_name == event_name
        return sequence if mine and not self._given[sequence] else None

    def _await(self, account: Account, second: int, sequence: int) -> None:
        waiting = account.pending.get(second)
        if waiting is None:
            account.pending[second] = array("q", (sequence,))
        else:
            waiting.append(sequence)

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
        order = sorted(chain.from_iterable(account.pending.pop(second) for second in seconds))
        order.sort(key=self._times.__getitem__)  # stable: equal times stay in order of arrival
        times = array("q", map(self._times.__getitem__, order))
        run = Run(times, array("q", order), Values(map(self._values.__getitem__, order)))
        account.series.add(run, self._cancelled)
