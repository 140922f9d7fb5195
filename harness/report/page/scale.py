"""The axis of clock time: instants in order, quiet stretches squeezed, the length of every stretch known."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import log10

from harness.history import wording

SHORTEST = 22.0
"""Width of a stretch of one second, in units of the drawing."""
PER_DECADE = 17.0
"""What a stretch ten times as long is wider."""
MOST_CROWDED = 520.0
"""Width that the instants between two knots get at most, however many there are."""
ROOM = 760.0
"""A short story is spread out to this width,"""
MOST_STRETCHED = 1.8
"""but by no more than this factor."""
QUIET_SECONDS = 2 * wording.DAY
"""A stretch this long is drawn broken: its width says little about its length."""


@dataclass(frozen=True)
class Stretch:
    """The axis between two neighbouring instants: `[start, end)` in clock time, drawn at `[x, x + width)`."""

    start: int
    end: int
    x: float
    width: float

    @property
    def length(self) -> str:
        """How long it is, in words."""
        return short_length(self.end - self.start)

    @property
    def is_quiet(self) -> bool:
        """Whether it is squeezed so much that it is drawn broken."""
        return self.end - self.start >= QUIET_SECONDS


@dataclass(frozen=True)
class Axis:
    """Where each instant of the drawing lies. Instants outside lie at its ends."""

    stretches: tuple[Stretch, ...]
    left: float

    @property
    def right(self) -> float:
        """Where the axis ends."""
        return self.stretches[-1].x + self.stretches[-1].width if self.stretches else self.left

    @property
    def start(self) -> int:
        """The first instant."""
        return self.stretches[0].start if self.stretches else 0

    @property
    def end(self) -> int:
        """The last instant."""
        return self.stretches[-1].end if self.stretches else 0

    def x(self, instant: int) -> float:
        """The place of an instant."""
        if not self.stretches or instant <= self.start:
            return self.left
        if instant >= self.end:
            return self.right
        place = bisect_right([stretch.start for stretch in self.stretches], instant) - 1
        stretch = self.stretches[place]
        return stretch.x + stretch.width * (instant - stretch.start) / (stretch.end - stretch.start)


def make_axis(knots: Iterable[int], between: Iterable[int], left: float = 0.0) -> Axis:
    """The axis through all these instants.

    Args:
        knots: instants that a reader must be able to tell apart, however many others there are.
        between: other instants; crowds of them share a bounded width.
        left: where the axis begins.
    """
    stretches = _stretches(sorted(set(knots)), set(between))
    natural = sum(width for _, _, width in stretches)
    factor = min(MOST_STRETCHED, max(1.0, ROOM / natural)) if natural else 1.0
    placed: list[Stretch] = []
    x = left
    for start, end, width in stretches:
        placed.append(Stretch(start, end, x, width * factor))
        x += width * factor
    return Axis(tuple(placed), left)


def _stretches(firm: Sequence[int], others: set[int]) -> list[tuple[int, int, float]]:
    """Start, end and width of every stretch."""
    every = sorted(others | set(firm))
    found: list[tuple[int, int, float]] = []
    for first, last in pairwise(firm):
        found += _shared([instant for instant in every if first <= instant <= last])
    return found


def _shared(instants: Sequence[int]) -> list[tuple[int, int, float]]:
    widths = [natural_width(end - start) for start, end in pairwise(instants)]
    whole = sum(widths)
    factor = min(1.0, max(MOST_CROWDED, natural_width(instants[-1] - instants[0])) / whole)
    return [
        (start, end, width * factor) for (start, end), width in zip(pairwise(instants), widths, strict=True)
    ]


def natural_width(seconds: int) -> float:
    """How wide a stretch wants to be: with the logarithm of its length."""
    return SHORTEST + PER_DECADE * log10(max(seconds, 1))


def short_length(seconds: int) -> str:
    """`1 s`, `59 min`, `2 h 59 min`, `30 days`: exact where two units say it, else the nearest with `~`."""
    parts = _parts(seconds)
    if len(parts) <= 2:
        return " ".join(parts) or "0 s"
    unit = (
        wording.DAY
        if seconds >= 2 * wording.DAY
        else wording.HOUR
        if seconds >= wording.DAY
        else wording.MINUTE
    )
    return "~" + " ".join(_parts((seconds + unit // 2) // unit * unit))


def _parts(seconds: int) -> list[str]:
    days, rest = divmod(seconds, wording.DAY)
    hours, rest = divmod(rest, wording.HOUR)
    minutes, left = divmod(rest, wording.MINUTE)
    counts = ((days, "day" if days == 1 else "days"), (hours, "h"), (minutes, "min"), (left, "s"))
    return [f"{count} {unit}" for count, unit in counts if count]
