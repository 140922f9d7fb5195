"""YAML data that remembers where it was written: dicts and lists with a place for every key and value."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from harness.scenario.source import NOWHERE, Mark, Source, Span, unpack

if TYPE_CHECKING:
    from collections.abc import Iterator


class Faulty(str):
    """A value that a finding speaks of already: kept, so that the rest can be checked, but not told again."""

    __slots__ = ()


class MarkedDict(dict[str, Any]):
    """A mapping with the places of its keys and values.

    Attributes:
        source: the text it stands in.
        line: the 1-based line it starts on.
        key_marks: where each key stands.
        marks: where each value stands.
        size: how many YAML nodes it holds, itself included, aliases counted as often as they are used.
        dynamic: whether something in it begins with `$` or depends on `when`.
    """

    __slots__ = ("dynamic", "key_marks", "line", "marks", "size", "source")

    def __init__(self, source: Source = NOWHERE, line: int = 0) -> None:
        super().__init__()
        self.source = source
        self.line = line
        self.key_marks: dict[str, Mark] = {}
        self.marks: dict[str, Mark] = {}
        self.size = 1
        self.dynamic = False

    def put(self, key: str, value: Any, key_mark: Mark, mark: Mark) -> None:
        """Add an entry with its places."""
        self[key] = value
        self.key_marks[key] = key_mark
        self.marks[key] = mark
        self.size += 1 + size_of(value)
        if is_dynamic(value) or key == "when":
            self.dynamic = True

    def take(self, other: MarkedDict, key: str) -> None:
        """Add another mapping's entry, places and all."""
        self.put(key, other[key], other.key_span(key), other.span(key))

    def key_span(self, key: str) -> Span:
        """Where a key stands."""
        return unpack(self.source, self.key_marks[key])

    def span(self, key: str) -> Span:
        """Where a key's value stands."""
        return unpack(self.source, self.marks[key])


class MarkedList(list[Any]):
    """A list with the places of its items; attributes as in `MarkedDict`."""

    __slots__ = ("dynamic", "line", "marks", "size", "source")

    def __init__(self, source: Source = NOWHERE, line: int = 0) -> None:
        super().__init__()
        self.source = source
        self.line = line
        self.marks: list[Mark] = []
        self.size = 1
        self.dynamic = False

    def put(self, value: Any, mark: Mark) -> None:
        """Add an item with its place."""
        self.append(value)
        self.marks.append(mark)
        self.size += size_of(value)
        if is_dynamic(value):
            self.dynamic = True

    def span(self, index: int) -> Span:
        """Where an item stands."""
        return unpack(self.source, self.marks[index])

    def with_spans(self) -> Iterator[tuple[Any, Span]]:
        """The items, each with its place."""
        for item, mark in zip(self, self.marks, strict=True):
            yield item, unpack(self.source, mark)


# A tuple, because `A | B` builds a new union each time it is asked; these two run for every node.
_MARKED = (MarkedDict, MarkedList)


def size_of(value: Any) -> int:
    """How many YAML nodes a value holds."""
    return value.size if isinstance(value, _MARKED) else 1


def is_dynamic(value: Any) -> bool:
    """Whether a value can differ between cases."""
    if isinstance(value, str):
        return value.startswith("$")
    return isinstance(value, _MARKED) and value.dynamic
