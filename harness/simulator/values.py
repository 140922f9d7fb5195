"""A column of event values: eight bytes for each that is a usual whole number, an object for the rest."""

from __future__ import annotations

from array import array
from collections.abc import Iterable

from harness.simulator.billing.metering import Value

_FURTHEST = 2**62
_ELSEWHERE = -(2**63)


class Values:
    """Values by position. Appending costs the same however many there are."""

    __slots__ = ("_numbers", "_others")

    def __init__(self, values: Iterable[Value] = ()) -> None:
        self._numbers = array("q")
        self._others: dict[int, Value] = {}
        for value in values:
            self.append(value)

    def __len__(self) -> int:
        return len(self._numbers)

    def append(self, value: Value) -> None:
        """Add a value at the end."""
        if type(value) is int and -_FURTHEST < value < _FURTHEST:
            self._numbers.append(value)
        else:
            self._others[len(self._numbers)] = value
            self._numbers.append(_ELSEWHERE)

    def __getitem__(self, index: int) -> Value:
        number = self._numbers[index]
        return number if number != _ELSEWHERE else self._others[index]

    def between(self, first: int, last: int) -> list[Value]:
        """The values at `[first, last)`."""
        if not self._others:
            return list(self._numbers[first:last])
        return [self[index] for index in range(first, last)]
