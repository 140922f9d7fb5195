"""Putting things side by side where there is room, and below each other where there isn't."""

from __future__ import annotations

from collections.abc import Sequence

Extent = tuple[float, float]
"""From where to where something reaches, in units of the drawing."""


def pack(extents: Sequence[Extent], space: float = 6.0) -> list[int]:
    """The row of each extent: the first row, from the top, in which it overlaps nothing placed before it."""
    rows: list[list[Extent]] = []
    found = []
    for extent in extents:
        row = next((number for number, taken in enumerate(rows) if _fits(extent, taken, space)), len(rows))
        if row == len(rows):
            rows.append([])
        rows[row].append(extent)
        found.append(row)
    return found


LONGEST_LABEL = 64
"""Characters of a label in a drawing; the words below it have all of it."""


def text_width(text: str, size: float = 11.0) -> float:
    """About how wide a text is drawn: a generous guess, since fonts differ."""
    return min(len(text), LONGEST_LABEL) * size * 0.58


def _fits(extent: Extent, taken: Sequence[Extent], space: float) -> bool:
    return all(extent[0] >= end + space or extent[1] + space <= start for start, end in taken)
