"""From a path in the typed model to a place in the file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from harness.scenario.source import Source, Span
from harness.scenario.tree import MarkedDict, MarkedList

if TYPE_CHECKING:
    from collections.abc import Sequence

UNPLACED = Span(Source("", ""), 1, 1, 1)

# All these skip the parts of a path that aren't in the tree: the model has parts that the file hasn't,
# because of short forms and of the tags of unions.


def locate(tree: Any, loc: Sequence[str | int], root: Span) -> Span:
    """The place of the deepest value of `loc` that exists; a mapping or list is shown by its key."""
    node, span = tree, root
    for part in loc:
        if isinstance(node, MarkedDict) and isinstance(part, str) and part in node:
            inside = isinstance(node[part], MarkedDict | MarkedList)
            span = node.key_span(part) if inside else node.span(part)
            node = node[part]
        elif isinstance(node, MarkedList) and isinstance(part, int) and 0 <= part < len(node):
            span = node.span(part)
            node = node[part]
    return span


def locate_key(tree: Any, loc: Sequence[str | int], root: Span) -> Span:
    """The place of the last key of `loc` that exists, itself rather than its value."""
    node, span = tree, root
    for part in loc:
        if isinstance(node, MarkedDict) and isinstance(part, str) and part in node:
            span = node.key_span(part)
        node = node_at(node, [part])
    return span


def locate_entry(tree: Any, loc: Sequence[str | int], root: Span) -> Span:
    """The place of the deepest entry of `loc` that exists: its key or item, `$name` rather than its value."""
    node, span = tree, root
    for part in loc:
        if isinstance(node, MarkedDict) and isinstance(part, str) and part in node:
            span = node.key_span(part)
        elif isinstance(node, MarkedList) and isinstance(part, int) and 0 <= part < len(node):
            span = node.span(part).used_at or node.span(part)
        node = node_at(node, [part])
    return span


def node_at(tree: Any, loc: Sequence[str | int]) -> Any:
    """The data at the deepest part of `loc` that exists."""
    node = tree
    for part in loc:
        has_key = isinstance(node, MarkedDict) and part in node
        if has_key or (isinstance(node, MarkedList) and isinstance(part, int) and 0 <= part < len(node)):
            node = node[part]
    return node
