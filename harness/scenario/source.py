"""The text of a file and places in it."""

from __future__ import annotations

import re
from functools import cached_property
from typing import NamedTuple

# Where libyaml ends a line, which is not where str.splitlines does.
_LINE_END = re.compile("\r\n|[\n\r\x85\u2028\u2029]")


class Source:
    """A file's text and the name it is shown by."""

    def __init__(self, name: str, text: str) -> None:
        self.name = name
        self.text = text

    @cached_property
    def lines(self) -> list[str]:
        """The text's lines, without their ends."""
        return _LINE_END.split(self.text)

    def line(self, number: int) -> str:
        """The text of a line, counted from 1; empty past the end."""
        return self.lines[number - 1] if 0 < number <= len(self.lines) else ""


class Span(NamedTuple):
    """A place in a source.

    Attributes:
        source: the text.
        line: counted from 1.
        column: counted from 1, in characters.
        width: how many characters it takes on that line, at least 1.
        used_at: where `$name` stands, when this is the place of a variable's value.
    """

    source: Source
    line: int
    column: int
    width: int
    used_at: Span | None = None


NOWHERE = Source("", "")

# A place within one source packed into a number: a file has thousands, and few are ever asked for.
Mark = int | Span
_BITS = 24
_MASK = (1 << _BITS) - 1


def pack(line: int, column: int, width: int) -> Mark:
    """A place as a number; line and column from 1."""
    return (line << _BITS | column) << _BITS | min(width, _MASK)


def unpack(source: Source, mark: Mark) -> Span:
    """The place that a number stands for in a source; a place that is spelled out already is kept."""
    if isinstance(mark, Span):
        return mark
    return Span(source, mark >> 2 * _BITS, mark >> _BITS & _MASK, mark & _MASK or 1)
