"""What a timeline is drawn of: marks with words, placed in lanes. Units are pixels at natural size."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Mark:
    """What something drawn says: `n` is the history's entry behind it, `at` its clock time."""

    n: int | None
    at: int | None
    text: str


@dataclass(frozen=True)
class Band:
    """A stretch of time, `[x, x + width)`; `label` is written inside, where it fits."""

    x: float
    y: float
    width: float
    height: float
    style: str
    label: str
    mark: Mark


@dataclass(frozen=True)
class Glyph:
    """A single moment; the shape tells as much as the style's colour."""

    x: float
    y: float
    shape: str
    style: str
    mark: Mark


@dataclass(frozen=True)
class Thread:
    """Joins two glyphs of one event."""

    x1: float
    x2: float
    y: float
    style: str


@dataclass(frozen=True)
class Arrow:
    """The clock moving from `x1` to `x2`."""

    x1: float
    x2: float
    y: float
    mark: Mark


@dataclass(frozen=True)
class Text:
    """A label; `anchor` is start, middle or end."""

    x: float
    y: float
    text: str
    style: str = ""
    anchor: str = "start"


@dataclass
class Lane:
    """One row of the drawing with a title; `y` of its parts counts from its own top."""

    title: str
    note: str = ""
    height: float = 0.0
    bands: list[Band] = field(default_factory=list)
    threads: list[Thread] = field(default_factory=list)
    arrows: list[Arrow] = field(default_factory=list)
    glyphs: list[Glyph] = field(default_factory=list)
    texts: list[Text] = field(default_factory=list)

    def marks(self) -> Iterable[Mark]:
        """All that this lane says, in the order in which it was drawn."""
        yield from (band.mark for band in self.bands)
        yield from (arrow.mark for arrow in self.arrows)
        yield from (glyph.mark for glyph in self.glyphs)


@dataclass(frozen=True)
class Guide:
    """A line through all lanes: a cycle's boundary or a finalization."""

    x: float
    style: str


@dataclass(frozen=True)
class Shade:
    """A draft's open time, behind all lanes."""

    x: float
    width: float


@dataclass(frozen=True)
class Tick:
    """An instant written at the axis; `row` counts from the axis upward."""

    x: float
    label_x: float
    row: int
    label: str


@dataclass(frozen=True)
class Length:
    """The scale of a part of the axis, such as `30 days`; `quiet` parts are drawn broken."""

    x: float
    width: float
    label: str
    quiet: bool


@dataclass(frozen=True)
class Timeline:
    """A whole drawing."""

    width: float
    height: float
    top: float
    left: float
    right: float
    ticks: tuple[Tick, ...]
    lengths: tuple[Length, ...]
    lanes: tuple[tuple[float, Lane], ...]
    guides: tuple[Guide, ...]
    shades: tuple[Shade, ...]
    words: tuple[Mark, ...]
    legend: tuple[tuple[str, str, str], ...]
    cited: frozenset[int]
