"""Lists and their cursors (PRO-14)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from harness.simulator.wire.errors import invalid
from harness.simulator.wire.params import fields, integer, text

T = TypeVar("T")

PAGING: dict[str, Any] = {
    "limit": integer(1, 100),
    "starting_after": text(),
    "ending_before": text(),
}
"""Spread into a list route's `takes`."""


_INSTANT = integer()
_BOUNDS = fields(gt=_INSTANT, gte=_INSTANT, lt=_INSTANT, lte=_INSTANT)


def created(value: Any, name: str) -> Any:
    """Parser of the `created` filter: bounds, or one exact instant."""
    return _BOUNDS(value, name) if isinstance(value, dict) else _INSTANT(value, name)


def created_within(instant: int, wanted: dict[str, int] | int | None) -> bool:
    """Whether `instant` passes a parsed `created` filter; None passes everything."""
    if wanted is None:
        return True
    if isinstance(wanted, int):
        return instant == wanted
    tests = {"gt": instant.__gt__, "gte": instant.__ge__, "lt": instant.__lt__, "lte": instant.__le__}
    return all(tests[name](bound) for name, bound in wanted.items() if bound is not None)


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
