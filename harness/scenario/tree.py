"""YAML data that remembers where it was written: dicts and lists with a place for every key and value."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

    from harness.scenario.source import Span


class Faulty(str):
    """A value that a finding speaks of already: kept, so that the rest can be checked, but not told again."""

    __slots__ = ()


class MarkedDict(dict[str, Any]):
    """A mapping with the places of its keys and values.

    Attributes:
        line: the 1-based line it starts on.
        key_spans: where each key stands.
        value_spans: where each value stands.
        size: how many YAML nodes it holds, itself included, aliases counted as often as they are used.
        dynamic: whether something in it begins with `$` or depends on `when`.
    """

    __slots__ = ("dynamic", "key_spans", "line", "size", "value_spans")

    def __init__(self, line: int = 0) -> None:
        super().__init__()
        self.line = line
        self.key_spans: dict[str, Span] = {}
        self.value_spans: dict[str, Span] = {}
        self.size = 1
        self.dynamic = False

    def put(self, key: str, value: Any, key_span: Span, value_span: Span) -> None:
        """Add an entry with its places."""
        self[key] = value
        self.key_spans[key] = key_span
        self.value_spans[key] = value_span
        self.size += 1 + size_of(value)
        self.dynamic = self.dynamic or key == "when" or is_dynamic(value)

    def replace(self, key: str, value: Any, span: Span) -> None:
        """Add an entry, or change its value where it stands."""
        self.put(key, value, self.key_spans.get(key, span), self.value_spans.get(key, span))


class MarkedList(list[Any]):
    """A list with the places of its items; attributes as in `MarkedDict`."""

    __slots__ = ("dynamic", "line", "size", "value_spans")

    def __init__(self, line: int = 0) -> None:
        super().__init__()
        self.line = line
        self.value_spans: list[Span] = []
        self.size = 1
        self.dynamic = False

    def put(self, value: Any, span: Span) -> None:
        """Add an item with its place."""
        self.append(value)
        self.value_spans.append(span)
        self.size += size_of(value)
        self.dynamic = self.dynamic or is_dynamic(value)


def size_of(value: Any) -> int:
    """How many YAML nodes a value holds."""
    return value.size if isinstance(value, MarkedDict | MarkedList) else 1


def is_dynamic(value: Any) -> bool:
    """Whether a value can differ between cases."""
    if isinstance(value, str):
        return value.startswith("$")
    return isinstance(value, MarkedDict | MarkedList) and value.dynamic


def locate(tree: Any, loc: Sequence[str | int], root: Span) -> Span:
    """The place of the deepest part of `loc` that exists, skipping parts that aren't in the tree.

    A path in the model has parts that the file hasn't, because of short forms. A mapping or list is
    pointed at by its key, a single value by itself.
    """
    node, span = tree, root
    for part in loc:
        if isinstance(node, MarkedDict) and isinstance(part, str) and part in node:
            inside = isinstance(node[part], MarkedDict | MarkedList)
            span = node.key_spans[part] if inside else node.value_spans[part]
            node = node[part]
        elif _has_index(node, part):
            span = node.value_spans[part]
            node = node[part]
    return span


def locate_key(tree: Any, loc: Sequence[str | int], root: Span) -> Span:
    """The place of the last key of `loc` that exists, itself rather than its value."""
    span, node = root, tree
    for part in loc:
        if isinstance(node, MarkedDict) and part in node:
            span = node.key_spans[str(part)]
        node = node_at(node, [part])
    return span


def node_at(tree: Any, loc: Sequence[str | int]) -> Any:
    """The data at the deepest part of `loc` that exists."""
    node = tree
    for part in loc:
        if (isinstance(node, MarkedDict) and part in node) or _has_index(node, part):
            node = node[part]
    return node


def _has_index(node: Any, part: str | int) -> bool:
    return isinstance(node, MarkedList) and isinstance(part, int) and 0 <= part < len(node)


def locate_entry(tree: Any, loc: Sequence[str | int], root: Span) -> Span:
    """The place of the deepest entry of `loc` that exists: its key or item, `$name` rather than its value."""
    span, node = root, tree
    for part in loc:
        if isinstance(node, MarkedDict) and part in node:
            span = node.key_spans[str(part)]
        elif _has_index(node, part):
            span = node.value_spans[part].used_at or node.value_spans[part]
        node = node_at(node, [part])
    return span
