"""Form bodies and query strings as nested values (PRO-13)."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import parse_qsl

from harness.simulator.wire.errors import invalid

MAX_PAIRS = 2_000
MAX_DEPTH = 8

_KEY = re.compile(r"^([^\[\]]+)((?:\[[^\[\]]*\])*)$")


def decode(text: str) -> dict[str, Any]:
    """Nested dicts of strings from `a[b]=c&d[0]=e&f[]=g`: an array is a dict with numbers as keys.

    Only a route's parameters know whether `a[0]` is an array's first member or a hash's key `0`.

    Raises:
        StripeError: 400 when the text is not a form, nests too deep or contradicts itself.
    """
    try:
        pairs = parse_qsl(
            text, keep_blank_values=True, strict_parsing=bool(text), max_num_fields=MAX_PAIRS, errors="strict"
        )
    except ValueError as error:
        raise invalid(f"Invalid request body or query string: {error}") from error
    root: dict[str, Any] = {}
    for key, value in pairs:
        _put(root, _path(key), value, key)
    return root


def _path(key: str) -> list[str]:
    match = _KEY.match(key)
    if not match:
        raise invalid(f"Invalid parameter name: {key[:200]}", param=key[:200])
    path = [match.group(1), *re.findall(r"\[([^\[\]]*)\]", match.group(2))]
    if len(path) > MAX_DEPTH:
        raise invalid(f"Parameter nests too deep: {key[:200]}", param=key[:200])
    return path


def _put(root: dict[str, Any], path: list[str], value: str, key: str) -> None:
    node = root
    for index, part in enumerate(path[:-1]):
        node = node.setdefault(_slot(node, part, path[index + 1 :]), {})
        if not isinstance(node, dict):
            raise invalid(f"Parameter {key[:200]} is given both as a value and as an object", param=key[:200])
    slot = _slot(node, path[-1], [])
    if isinstance(node.get(slot), dict):
        raise invalid(f"Parameter {key[:200]} is given both as a value and as an object", param=key[:200])
    node[slot] = value


def _slot(node: dict[str, Any], part: str, inside: list[str]) -> str:
    """`[]` appends: it becomes the next free number.

    `a[][b]=1&a[][c]=2` is one hash all the same: only a member that the last one has begins another.
    """
    last = node.get(str(len(node) - 1))
    if part == "" and inside and isinstance(last, dict) and not _has(last, inside):
        return str(len(node) - 1)
    return part or str(len(node))


def _has(value: Any, path: list[str]) -> bool:
    """Whether there is something at `path`; another array in it never stands in the way."""
    for part in path:
        if not isinstance(value, dict) or part not in value:
            return False
        value = value[part]
    return True
