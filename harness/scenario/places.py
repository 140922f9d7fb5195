"""From a path in the typed model to a place in the file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from harness.scenario.source import Source, Span
from harness.scenario.tree import MarkedDict, MarkedList

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

UNPLACED = Span(Source("", ""), 1, 1, 1)

# All these skip the parts of a path that aren't in the tree: the model has parts that the file hasn't,
# because of short forms and of the tags of unions.


def locate(tree: Any, loc: Sequence[str | int], root: Span) -> Span:
    """The place of the deepest value of `loc` that exists; a mapping or list is shown by its key."""
    span = root
    for node, part in _steps(tree, loc):
        by_key = isinstance(node, MarkedDict) and isinstance(node[part], MarkedDict | MarkedList)
        span = node.key_span(part) if by_key else node.span(part)
    return span


def locate_key(tree: Any, loc: Sequence[str | int], root: Span) -> Span:
    """The place of the last key of `loc` that exists, itself rather than its value."""
    spans = [node.key_span(part) for node, part in _steps(tree, loc) if isinstance(node, MarkedDict)]
    return spans[-1] if spans else root


def locate_entry(tree: Any, loc: Sequence[str | int], root: Span) -> Span:
    """The place of the deepest entry of `loc` that exists: its key or item, `$name` rather than its value."""
    span = root
    for node, part in _steps(tree, loc):
        if isinstance(node, MarkedDict):
            span = node.key_span(part)
        else:
            span = node.span(part).used_at or node.span(part)
    return span


def node_at(tree: Any, loc: Sequence[str | int]) -> Any:
    """The data at the deepest part of `loc` that exists."""
    node = tree
    for parent, part in _steps(tree, loc):
        node = parent[part]
    return node


def _steps(tree: Any, loc: Sequence[str | int]) -> Iterator[tuple[Any, Any]]:
    """Each mapping or list on the way, with the part of `loc` that is in it."""
    node = tree
    for part in loc:
        has_key = isinstance(node, MarkedDict) and part in node
        if has_key or (isinstance(node, MarkedList) and isinstance(part, int) and 0 <= part < len(node)):
            yield node, part
            node = node[part]
