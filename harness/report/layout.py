"""Lines of text: wrapping, columns and indentation, all in eighty columns."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable

WIDTH = 80
BODY = "      "
UNITS_END = 78  # where a column of units ends
LINE_NUMBERS_AT = 78  # where `line 39` begins


def wrapped(text: str, indent: str = BODY, width: int = WIDTH, hang: int = 0) -> list[str]:
    """A paragraph, each line indented, those after the first by `hang` more."""
    following = indent + " " * hang
    return textwrap.wrap(
        text, width, initial_indent=indent, subsequent_indent=following, break_on_hyphens=False
    )


def labelled(label: str, text: str) -> list[str]:
    """`  Try     …`, with what follows the first line hanging below its text."""
    lines = textwrap.wrap(text, WIDTH - 10, break_on_hyphens=False, break_long_words=False) or [""]
    first, *rest = lines
    return [f"  {label:<8}{first}", *(f"{'':10}{line}" for line in rest)]


def units_row(what: str, units: str, indent: str = BODY) -> str:
    """A name, and its units at the right."""
    left = f"{indent}{what}"
    return f"{left}{units:>{max(UNITS_END - len(left), len(units) + 1)}}"


def first_line(text: str) -> str:
    """One line of at most eighty columns."""
    text = " ".join(text.split())
    return text if len(text) <= WIDTH else f"{text[: WIDTH - 1].rstrip()}…"


def joined(blocks: Iterable[list[str]]) -> str:
    """Blocks of lines with an empty line between them; empty blocks are left out."""
    return "\n\n".join("\n".join(block) for block in blocks if block)
