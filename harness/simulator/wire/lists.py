"""Lists and their cursors (PRO-14)."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from itertools import islice
from typing import Any, TypeVar

from harness.simulator.wire.errors import StripeError, invalid
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
    rows: Iterable[T],
    params: dict[str, Any],
    url: str,
    render: Callable[[T], dict[str, Any]],
    key: Callable[[T], str] = lambda row: row.id,  # type: ignore[attr-defined]  # every stored object has an id
) -> dict[str, Any]:
    """One page of `rows`, which must come in Stripe's order, newest first; no more are asked for than needed.

    Raises:
        StripeError: 400 when a cursor names no row or both cursors are given.
    """
    limit = params.get("limit") or 10
    after, before = params.get("starting_after"), params.get("ending_before")
    if after and before:
        raise invalid("You may only specify one of these parameters: starting_after, ending_before.")
    if before:
        shown, more = _until(rows, before, limit, key)
    else:
        shown, more = _from(rows, after, limit, key)
    return {"object": "list", "data": [render(row) for row in shown], "has_more": more, "url": url}


def _from(rows: Iterable[T], cursor: str | None, limit: int, key: Callable[[T], str]) -> tuple[list[T], bool]:
    """The rows after the cursor, and whether there are more."""
    rest = iter(rows)
    if cursor and not any(key(row) == cursor for row in rest):  # leaves the rest after the cursor
        raise _unknown(cursor, "starting_after")
    window = list(islice(rest, limit + 1))
    return window[:limit], len(window) > limit


def _until(rows: Iterable[T], cursor: str, limit: int, key: Callable[[T], str]) -> tuple[list[T], bool]:
    """The rows before the cursor, and whether there are more."""
    window: deque[T] = deque(maxlen=limit + 1)
    for row in rows:
        if key(row) == cursor:
            return list(window)[-limit:], len(window) > limit
        window.append(row)
    raise _unknown(cursor, "ending_before")


def _unknown(cursor: str, param: str) -> StripeError:
    return invalid(f"No such object: '{cursor:.200}'", code="resource_missing", param=param)
