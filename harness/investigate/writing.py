"""Scenario files as text: block style for the outline, flow style for what fits on a line."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from harness.history import wording

_PLAIN = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_ .+\-/]*")
_WORDS = frozenset(("true", "false", "null", "yes", "no", "on", "off", "~"))
WIDTH = 100


def flow(value: Any) -> str:
    """A value on one line: `{price: per-call, quantity: 40}`."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{key}: {flow(each)}" for key, each in value.items()) + "}"
    if isinstance(value, Sequence) and not isinstance(value, str):
        return "[" + ", ".join(flow(each) for each in value) + "]"
    return scalar(value)


def scalar(value: Any) -> str:
    """A number, a boolean, or a text that no reader takes for something else."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal):
        return wording.number(value)
    if isinstance(value, int):
        return str(value)
    text = f"${value}" if str(value).startswith("$") else str(value)
    plain = _PLAIN.fullmatch(text) and not text.endswith(" ") and text.lower() not in _WORDS
    return text if plain and not _is_number(text) else json.dumps(text, ensure_ascii=False)


def block(key: str, value: Any, indent: str = "") -> Iterator[str]:
    """`key: value`, in one line where that fits, else a line for each member."""
    line = f"{indent}{key}: {flow(value)}"
    if len(line) <= WIDTH or not value or not isinstance(value, Mapping | list | tuple):
        yield line
        return
    yield f"{indent}{key}:"
    if isinstance(value, Mapping):
        for name, each in value.items():
            yield from block(name, each, f"{indent}  ")
    else:
        for each in value:
            yield from entry(each, f"{indent}  ")


def entry(value: Any, indent: str) -> Iterator[str]:
    """A member of a list, its first key beside the dash where it is long."""
    line = f"{indent}- {flow(value)}"
    if len(line) <= WIDTH or not isinstance(value, Mapping):
        yield line
        return
    lines = [each for name, member in value.items() for each in block(name, member, f"{indent}  ")]
    yield f"{indent}- {lines[0].lstrip()}"
    yield from lines[1:]


def step(verb: str, value: Any, **beside: Any) -> list[str]:
    """A step with what else it says besides its verb."""
    lines = list(block(verb, value, "    "))
    for name, each in beside.items():
        lines += list(block(name, each, "    "))
    return [f"  - {lines[0].lstrip()}", *lines[1:]]


def _is_number(text: str) -> bool:
    try:
        Decimal(text)
    except ArithmeticError:
        return False
    return True
