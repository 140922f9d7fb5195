"""What a credit note gives back of an invoice: pure rules."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple

from harness.simulator.billing.rounding import EXACT, to_cents


@dataclass(frozen=True, slots=True)
class Billed:
    """An invoice line as it was billed: minor units before discounts, units, and the price of one of them.

    `quantity` is None for a bare amount; `unit_amount` where units have no price of their own.
    """

    cents: int
    quantity: Decimal | None = None
    unit_amount: Decimal | None = None

    def worth(self, units: int) -> int:
        """What the first `units` of it come to: times the unit price, all of them to the whole line (INV-88).

        A unit price that doesn't explain the amount, as a package's or a proration's, gives way to the units'
        share of the amount (unverified).
        """
        quantity = self.quantity or Decimal(0)
        if units >= quantity:
            return self.cents
        exact = self._exact(quantity, quantity)
        if exact is not None and to_cents(exact) == self.cents:
            return to_cents(self._exact(Decimal(units), quantity) or 0)
        return to_cents(Fraction(self.cents) * units / Fraction(quantity))

    def _exact(self, units: Decimal, quantity: Decimal) -> Decimal | None:
        return None if self.unit_amount is None else EXACT.multiply(self.unit_amount, min(units, quantity))


class Split(NamedTuple):
    """A note's two parts, in minor units: before payment, and after it (INV-84)."""

    pre_cents: int
    post_cents: int


def split(total_cents: int, remaining_cents: int) -> Split:
    """What lowers an invoice's remaining amount, never below 0, and what goes beyond it (INV-84)."""
    pre = min(total_cents, max(remaining_cents, 0))
    return Split(pre, total_cents - pre)


def taken_along(whole_cents: int, parts: Sequence[int], before_cents: int, cents: int) -> list[int]:
    """How much of each part, such as a discount, goes with `cents` of a line (INV-90).

    The parts were taken off the line one after the other. `before_cents` of it were credited earlier, and
    all notes together get exactly the whole of every part, whatever they are: rounding is of the sums so far.

    Args:
        whole_cents: the line, before its parts were taken off.
        parts: what was taken off, together at most the line.
        before_cents: of the line, credited by earlier notes.
        cents: of the line, credited now.
    """
    until = _shares(whole_cents, parts, before_cents)
    return [
        after - known
        for after, known in zip(_shares(whole_cents, parts, before_cents + cents), until, strict=True)
    ]


def in_proportion(whole_cents: int, parts: Sequence[int], before_cents: int, cents: int) -> list[int]:
    """How much of each part, such as a tax, goes with `cents` of the whole that it was worked out on.

    As for `taken_along`, all notes together get exactly the whole of every part.
    """
    if not whole_cents:
        return [0] * len(parts)
    return [
        to_cents(Fraction(part * (before_cents + cents), whole_cents))
        - to_cents(Fraction(part * before_cents, whole_cents))
        for part in parts
    ]


def _shares(whole_cents: int, parts: Sequence[int], cents: int) -> list[int]:
    """Each part in proportion to what the parts before it leave of the line and of `cents`."""
    found = []
    for part in parts:
        share = to_cents(Fraction(part * cents, whole_cents)) if whole_cents else 0
        found.append(share)
        whole_cents -= part
        cents -= share
    return found
