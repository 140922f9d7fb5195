"""The readings of one customer on one meter, kept so that any range adds up without walking all of it."""

from __future__ import annotations

from array import array
from bisect import bisect_left, insort
from collections.abc import Iterable, Iterator
from itertools import chain

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


class Run:
    """Readings in order of time and arrival; immutable. A range's sum costs two searches and two chunks."""

    __slots__ = ("_subtotals", "_times", "_values", "sequences")

    def __init__(self, times: array[int], sequences: array[int], values: Values) -> None:
        self._times = times
        self.sequences = sequences
        self._values = values
        self._subtotals: list[Value] = [0]
        for start in range(0, len(values), CHUNK):
            chunk = self._values.between(start, min(start + CHUNK, len(values)))
            self._subtotals.append(exact_sum((self._subtotals[-1], *chunk)))

    @classmethod
    def of(cls, readings: Iterable[Reading]) -> Run:
        """A run of readings in any order."""
        rows = sorted(readings)
        return cls(
            array("q", [row.at for row in rows]),
            array("q", [row.sequence for row in rows]),
            Values(row.value for row in rows),
        )

    def __len__(self) -> int:
        return len(self._values)

    def __getitem__(self, index: int) -> Reading:
        return Reading(self._times[index], self.sequences[index], self._values[index])

    def __iter__(self) -> Iterator[Reading]:
        return map(Reading, self._times, self.sequences, self._values.between(0, len(self)))

    def before(self, instant: int) -> int:
        """How many readings lie before `instant`."""
        return bisect_left(self._times, instant)

    def total(self, starts_at: int, ends_before: int) -> Value:
        """The sum over `[starts_at, ends_before)`."""
        first, last = self.before(starts_at), self.before(ends_before)
        return exact_difference(self._upto(last), self._upto(first))

    def _upto(self, index: int) -> Value:
        chunks = index // CHUNK
        return exact_sum((self._subtotals[chunks], *self._values.between(chunks * CHUNK, index)))


class Column:
    """Readings that arrive in any order: a few runs, each at least twice as long as the next.

    A new run is merged with runs of its own size, so that adding n readings costs O(n log n) altogether and a
    query asks O(log n) runs; very long runs are left alone, and are few.
    """

    __slots__ = ("runs",)

    def __init__(self) -> None:
        self.runs: list[Run] = []

    def add(self, run: Run) -> None:
        """Take in a run."""
        while self.runs and len(self.runs[-1]) < min(2 * len(run), LONGEST_MERGED):
            run = Run.of(chain(self.runs.pop(), run))
        self.runs.append(run)

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

    def __init__(self) -> None:
        self._readings = Column()
        self._cancelled = Column()
        self._struck: set[int] = set()

    def add(self, run: Run, cancelled: set[int]) -> None:
        """Take in readings that have been aggregated; those whose sequence is in `cancelled` never count."""
        if not cancelled.isdisjoint(run.sequences):
            run = Run.of(reading for reading in run if reading.sequence not in cancelled)
        if len(run):
            self._readings.add(run)

    def cancel(self, reading: Reading) -> None:
        """Strike out a reading that was taken in."""
        self._cancelled.add(Run.of([reading]))
        self._struck.add(reading.sequence)

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

    __slots__ = ("_newest", "_struck", "_window", "_windows")

    def __init__(self, window: str) -> None:
        self._window = window
        self._newest: dict[int, Reading] = {}
        self._windows: list[int] = []
        self._struck: set[int] = set()

    def add(self, run: Run, cancelled: set[int]) -> None:
        """Take in readings that have been aggregated.

        One whose sequence is in `cancelled` still displaces its predecessor (MTR-32, UNK-20, unverified).
        """
        for reading in run:
            self._place(reading)
        self._struck |= cancelled.intersection(run.sequences)

    def cancel(self, reading: Reading) -> None:
        """Strike out a reading; what it displaced does not come back (MTR-32, UNK-20, unverified)."""
        self._struck.add(reading.sequence)

    def aggregate(self, formula: str, starts_at: int, ends_before: int) -> Value:
        """The formula's result over the survivors whose own time lies in `[starts_at, ends_before)`."""
        return combine(formula, self._survivors(starts_at, ends_before))

    def latest(self, starts_at: int, ends_before: int) -> Reading | None:
        """The newest survivor in the range."""
        found = self._survivors(starts_at, ends_before)
        return found[-1] if found else None

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
        return [
            reading
            for reading in newest
            if starts_at <= reading.at < ends_before and reading.sequence not in self._struck
        ]
