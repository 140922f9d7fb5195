"""A column of event values: eight bytes for each that is a usual whole number, an object for the rest."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Sequence

from harness.simulator.billing.metering import Value

_FURTHEST = 2**62
_ELSEWHERE = -(2**63)


class Values:
    """Values by position. Adding one costs the same however many there are."""

    __slots__ = ("_numbers", "_others")

    def __init__(self, values: Iterable[Value] = ()) -> None:
        self._numbers = array("q")
        self._others: dict[int, Value] = {}
        self.extend(values)

    def __len__(self) -> int:
        return len(self._numbers)

    def extend(self, values: Iterable[Value]) -> None:
        """Add values at the end."""
        numbers = self._numbers
        for value in values:
            if type(value) is int and -_FURTHEST < value < _FURTHEST:
                numbers.append(value)
            else:
                self._others[len(numbers)] = value
                numbers.append(_ELSEWHERE)

    def __getitem__(self, index: int) -> Value:
        number = self._numbers[index]
        return number if number != _ELSEWHERE else self._others[index]

    def at(self, positions: Sequence[int]) -> list[Value]:
        """The values at these positions, in their order."""
        return list(map((self if self._others else self._numbers).__getitem__, positions))
