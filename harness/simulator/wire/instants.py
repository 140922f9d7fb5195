"""Instants in the v2 API's notation: RFC 3339 text (MTR-104)."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

from harness.simulator.wire.errors import invalid
from harness.simulator.wire.params import told


def written(instant: int) -> str:
    """`2026-01-01T00:00:00.000Z`."""
    return datetime.fromtimestamp(instant, UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")


def instant(value: Any, name: str) -> int:
    """Parser of an RFC 3339 instant with a zone; whole seconds are kept.

    Raises:
        StripeError: 400 for anything else, unix seconds included.
    """
    seconds = parsed(value)
    if seconds is None:
        raise invalid(f"Invalid timestamp: {told(value)}; expected RFC 3339.", param=name)
    return seconds


def parsed(value: Any) -> int | None:
    """Unix seconds, or None for what is no RFC 3339 instant with a zone."""
    if type(value) is not str or not _RFC_3339.fullmatch(value):
        return None
    try:
        moment = datetime.fromisoformat(value.upper())
    except ValueError:  # such as the 30th of February
        return None
    since = moment - _EPOCH
    return since.days * 86_400 + since.seconds


_RFC_3339 = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ][0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]+)?([Zz]|[+-][0-9]{2}:[0-9]{2})"
)
"""Narrower than ISO 8601: no weeks, no short forms, always with seconds and a zone (MTR-104)."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
