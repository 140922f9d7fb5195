"""Where our data meets the SDK's types."""

from __future__ import annotations

from typing import Any

Params = dict[str, Any]


def built(params: Params) -> Any:
    """Parameters built from a scenario, for the SDK's typed services: a TypedDict cannot describe them."""
    return params
