"""The readings of one customer on one meter, kept so that any range adds up without walking all of it."""

from __future__ import annotations

from array import array
from bisect import bisect_left, insort
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from harness.simulator.billing.metering import (
    Reading,
    Value,
    combine,
    exact_difference,
    exact_sum,
    window_of,
)
from harness.simulator.values import Values

CHUNK = 64
LONGEST_MERGED = 65_536


@dataclass(slots=True)
class Arrivals:
    """The times and values of all events, by rank of arrival."""

    times: array[int] = field(default_factory=lambda: array("q"))
    values: Values = field(default_factory=Values)

    def __getitem__(self, sequence: int) -> Reading:
        return Reading(self.times[sequence], sequence, self.values[sequence])


class Run:
    """Some events in order of time and arrival; immutable. A range's sum costs two searches and two chunks.

    Args:
        arrivals: what the ranks are looked up in.
        sequences: the events' ranks, in any order.
    """

    __slots__ = ("_arrivals", "_subtotals", "sequences")

    def __init__(self, arrivals: Arrivals, sequences: Iterable[int]) -> None:
        self._arrivals = arrivals
        order = sorted(sequences)
        order.sort(key=arrivals.times.__getitem__)  # stable: equal times stay in order of arrival
        self.sequences = array("I", order)
        self._subtotals: list[Value] = [0]
        for start in range(0, len(order), CHUNK):
            chunk = arrivals.values.at(order[start : start + CHUNK])
            self._subtotals.append(exact_sum((self._subtotals[-1], *chunk)))

    def __len__(self) -> int:
        return len(self.sequences)

    def __getitem__(self, index: int) -> Reading:
        return self._arrivals[self.sequences[index]]

    def before(self, instant: int) -> int:
        """How many of them lie before `instant`."""
        return bisect_left(self.sequences, instant, key=self._arrivals.times.__getitem__)

    def total(self, starts_at: int, ends_before: int) -> Value:
        """The sum over `[starts_at, ends_before)`."""
        first, last = self.before(starts_at), self.before(ends_before)
        return exact_difference(self._upto(last), self._upto(first))

    def _upto(self, index: int) -> Value:
        chunks = index // CHUNK
        rest = self._arrivals.values.at(self.sequences[chunks * CHUNK : index])
        return exact_sum((self._subtotals[chunks], *rest))


class Column:
    """Events that are added in any order: a few runs, each at least twice as long as the next.

    New ones are merged with runs of their own size, so that adding n events costs O(n log n) altogether and a
    query asks O(log n) runs; very long runs are left alone, and are few.
    """

    __slots__ = ("_arrivals", "runs")

    def __init__(self, arrivals: Arrivals) -> None:
        self._arrivals = arrivals
        self.runs: list[Run] = []

    def add(self, sequences: Sequence[int]) -> None:
        """Take in the events of these ranks."""
        merged = list(sequences)
        while self.runs and len(self.runs[-1]) < min(2 * len(merged), LONGEST_MERGED):
            merged += self.runs.pop().sequences
        if merged:
            self.runs.append(Run(self._arrivals, merged))

    def total(self, starts_at: int, ends_before: int) -> Value:
        """The sum over `[starts_at, ends_before)`."""
        return exact_sum(run.total(starts_at, ends_before) for run in self.runs)

    def count(self, starts_at: int, ends_before: int) -> int:
        """How many readings lie in `[starts_at, ends_before)`."""
        return sum(run.before(ends_before) - run.before(starts_at) for run in self.runs)

    def latest(self, starts_at: int, ends_before: int, without: set[int]) -> Reading | None:
        """The newest reading in the range that isn't in `without`; on equal times the last received."""
        found = [each for run in self.runs if (each := _latest(run, starts_at, ends_before, without))]
        return max(found, default=None)


def _latest(run: Run, starts_at: int, ends_before: int, without: set[int]) -> Reading | None:
    index = run.before(ends_before) - 1
    while index >= 0:
        reading = run[index]
        if reading.at < starts_at:
            return None
        if reading.sequence not in without:
            return reading
        index -= 1
    return None


class RawSeries:
    """A series on a meter without time window: every reading counts (MTR-28)."""

    __slots__ = ("_cancelled", "_readings", "_struck")

    def __init__(self, arrivals: Arrivals) -> None:
        self._readings = Column(arrivals)
        self._cancelled = Column(arrivals)
        self._struck: set[int] = set()

    def add(self, sequences: Sequence[int], cancelled: set[int]) -> None:
        """Take in events that have been aggregated; those in `cancelled` never count."""
        if not cancelled.isdisjoint(sequences):
            sequences = [sequence for sequence in sequences if sequence not in cancelled]
        self._readings.add(sequences)

    def cancel(self, sequence: int) -> None:
        """Strike out an event that was taken in."""
        self._cancelled.add([sequence])
        self._struck.add(sequence)

    def aggregate(self, formula: str, starts_at: int, ends_before: int) -> Value:
        """The formula's result over `[starts_at, ends_before)`."""
        if formula == "sum":
            gross = self._readings.total(starts_at, ends_before)
            return exact_difference(gross, self._cancelled.total(starts_at, ends_before))
        if formula == "count":
            gross_count = self._readings.count(starts_at, ends_before)
            return gross_count - self._cancelled.count(starts_at, ends_before)
        newest = self.latest(starts_at, ends_before)
        return newest.value if newest else 0

    def latest(self, starts_at: int, ends_before: int) -> Reading | None:
        """The newest reading that counts in the range."""
        return self._readings.latest(starts_at, ends_before, self._struck)


class WindowSeries:
    """A series on a meter with a time window: the last received of each window counts (MTR-29, MTR-30)."""

    __slots__ = ("_arrivals", "_newest", "_struck", "_window", "_windows")

    def __init__(self, arrivals: Arrivals, window: str) -> None:
        self._arrivals = arrivals
        self._window = window
        self._newest: dict[int, Reading] = {}
        self._windows: list[int] = []
        self._struck: set[int] = set()

    def add(self, sequences: Sequence[int], cancelled: set[int]) -> None:
        """Take in events that have been aggregated.

        One that is in `cancelled` still displaces its predecessor (MTR-32, UNK-20, unverified).
        """
        for sequence in sequences:
            self._place(self._arrivals[sequence])
        self._struck |= cancelled.intersection(sequences)

    def cancel(self, sequence: int) -> None:
        """Strike out an event; what it displaced does not come back (MTR-32, UNK-20, unverified)."""
        self._struck.add(sequence)

    def aggregate(self, formula: str, starts_at: int, ends_before: int) -> Value:
        """The formula's result over the survivors whose own time lies in `[starts_at, ends_before)`."""
        return combine(formula, self._survivors(starts_at, ends_before))

    def latest(self, starts_at: int, ends_before: int) -> Reading | None:
        """The newest survivor in the range; what lies before it is not looked at."""
        index = bisect_left(self._windows, window_of(ends_before, self._window) + 1) - 1
        while index >= 0 and self._windows[index] >= window_of(starts_at, self._window):
            reading = self._newest[self._windows[index]]
            index -= 1
            if self._counts(reading, starts_at, ends_before):
                return reading
        return None

    def _place(self, reading: Reading) -> None:
        window = window_of(reading.at, self._window)
        standing = self._newest.get(window)
        if standing is None:
            insort(self._windows, window)
        if standing is None or standing.sequence < reading.sequence:
            self._newest[window] = reading

    def _survivors(self, starts_at: int, ends_before: int) -> list[Reading]:
        first = bisect_left(self._windows, window_of(starts_at, self._window))
        last = bisect_left(self._windows, window_of(ends_before, self._window) + 1)
        newest = (self._newest[window] for window in self._windows[first:last])
        return [reading for reading in newest if self._counts(reading, starts_at, ends_before)]

    def _counts(self, reading: Reading, starts_at: int, ends_before: int) -> bool:
        return starts_at <= reading.at < ends_before and reading.sequence not in self._struck
