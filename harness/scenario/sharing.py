"""Filling a step once for all cases that give its names the same values, so that it is checked once too."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from harness.scenario.tree import MarkedDict
from harness.scenario.variables import names_used

if TYPE_CHECKING:
    from harness.scenario.source import Mark
    from harness.scenario.variables import Bindings


class Sharing:
    """The filled steps and reactions of one file.

    Values count as the same when they are the same object: the composer keeps one of each short text.
    """

    def __init__(self) -> None:
        self._names: dict[int, tuple[str, ...]] = {}
        # The values are kept beside what they filled, so that their ids stay theirs.
        self._filled: dict[tuple[int, ...], tuple[list[Any], tuple[Any, Mark]]] = {}

    def fill(self, around: Any, key: str | int, bindings: Bindings) -> tuple[Any, Mark]:
        """Fill one entry of a mapping or list, or take what another case filled."""
        item = around[key]
        if not isinstance(item, MarkedDict) or not item.dynamic:
            return bindings.entry(around, key)
        names = self._names_in(item)
        if not all(name in bindings for name in names):
            return bindings.entry(around, key)
        values = [bindings.resolve(name, around.span(key)).value for name in names]
        identity = id(item), *map(id, values)
        if identity in self._filled:
            return self._filled[identity][1]
        known = len(bindings.findings)
        filled = bindings.entry(around, key)
        if len(bindings.findings) == known:
            self._filled[identity] = values, filled
        return filled

    def _names_in(self, item: MarkedDict) -> tuple[str, ...]:
        if id(item) not in self._names:
            self._names[id(item)] = tuple(dict.fromkeys(names_used(item)))
        return self._names[id(item)]
