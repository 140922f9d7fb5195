"""What a coupon takes off which amount: a pure rule."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple

from harness.simulator.billing.rounding import to_cents


@dataclass(frozen=True, slots=True)
class Cut:
    """A percentage of an amount, or a fixed number of minor units: one of the two is None."""

    percent: Decimal | None = None
    amount_cents: int | None = None

    def of(self, cents: int) -> int:
        """What comes off `cents`: rounded as a whole, never more than there is; nothing off a negative."""
        if cents <= 0:
            return 0
        if self.percent is None:
            return min(self.amount_cents or 0, cents)
        return min(to_cents(Fraction(self.percent) * cents / 100), cents)


class Piece(NamedTuple):
    """An amount that may be discounted, in minor units, and the item it belongs to."""

    cents: int
    group: str = ""


def spread(cut: Cut, pieces: Sequence[Piece], *, evenly: bool = False) -> list[int]:
    """What `cut` takes off each piece; together what it takes off the sum.

    A percentage goes by weight (INV-65); so does a fixed amount in flexible mode, while classic mode
    spreads it evenly over the items (CHG-56), what an item cannot take going to the others.
    Negative pieces lessen the sum and take nothing themselves (unverified).
    """
    weights = [max(piece.cents, 0) for piece in pieces]
    off = cut.of(sum(piece.cents for piece in pieces))
    if cut.percent is not None or not evenly:
        return by_weight(off, weights)
    places: dict[str, list[int]] = {}
    for place, piece in enumerate(pieces):
        places.setdefault(piece.group, []).append(place)
    rooms = [[weights[place] for place in group] for group in places.values()]
    shares = _evenly(off, [sum(room) for room in rooms])
    taken = [0] * len(pieces)
    for group, room, share in zip(places.values(), rooms, shares, strict=True):
        for place, cents in zip(group, by_weight(share, room), strict=True):
            taken[place] = cents
    return taken


def by_weight(cents: int, weights: Sequence[int]) -> list[int]:
    """`cents` over `weights`, which it does not exceed: rounded down, leftover cents to the later (INV-65).

    With more than one cent left, each of the latest pieces with a fraction gets one (unverified).
    """
    whole = sum(weights)
    if whole <= 0:
        return [0] * len(weights)
    shares = [cents * weight // whole for weight in weights]
    left = cents - sum(shares)
    for place in reversed(range(len(weights))):
        if left and cents * weights[place] % whole:
            shares[place] += 1
            left -= 1
    return shares


def _evenly(cents: int, rooms: Sequence[int]) -> list[int]:
    """Equal shares that no room is too small for, leftover cents to the later ones."""
    shares = [0] * len(rooms)
    left = cents
    for rank, place in enumerate(sorted(range(len(rooms)), key=lambda each: rooms[each])):
        shares[place] = min(left // (len(rooms) - rank), rooms[place])
        left -= shares[place]
    return shares
