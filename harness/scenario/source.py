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
    """A place in a source: line and column from 1, and its width in characters, at least 1."""

    source: Source
    line: int
    column: int
    width: int
