"""Lists and their cursors (PRO-14)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from harness.simulator.wire.errors import invalid
from harness.simulator.wire.params import Parser, integer, text

T = TypeVar("T")

PAGING: dict[str, Parser] = {
    "limit": integer(1, 100),
    "starting_after": text(),
    "ending_before": text(),
}
"""Spread into a list route's `takes`."""


def page(
    rows: Sequence[T],
    params: dict[str, Any],
    url: str,
    render: Callable[[T], dict[str, Any]],
    key: Callable[[T], str] = lambda row: row.id,  # type: ignore[attr-defined]  # every stored object has an id
) -> dict[str, Any]:
    """One page of `rows`, which must already be in Stripe's order (newest first).

    Raises:
        StripeError: 400 when a cursor names no row or both cursors are given.
    """
    limit = params.get("limit") or 10
    after, before = params.get("starting_after"), params.get("ending_before")
    if after and before:
        raise invalid("You may only specify one of these parameters: starting_after, ending_before.")
    if before:
        end = _position(rows, before, key, "ending_before")
        start = max(0, end - limit)
        more = start > 0
    else:
        start = _position(rows, after, key, "starting_after") + 1 if after else 0
        end = min(len(rows), start + limit)
        more = end < len(rows)
    return {"object": "list", "data": [render(row) for row in rows[start:end]], "has_more": more, "url": url}


def _position(rows: Sequence[T], cursor: str, key: Callable[[T], str], param: str) -> int:
    for index, row in enumerate(rows):
        if key(row) == cursor:
            return index
    raise invalid(f"No such object: '{cursor}'", code="resource_missing", param=param)
