"""Which credit pays for which amount: a pure rule."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple


@dataclass(frozen=True)
class Purse:
    """What is left of a credit grant: minor units, and the prices it pays for, None for every metered one."""

    left_cents: int
    prices: frozenset[str] | None = None

    def pays_for(self, price: str) -> bool:
        """Whether it may be spent on this price."""
        return self.prices is None or price in self.prices


class Claim(NamedTuple):
    """An amount that credit may pay: the price it is for, whose group it belongs to, minor units."""

    price: str
    group: str
    cents: int


class Payment(NamedTuple):
    """`cents` of the purse in place `purse` for the claim in place `claim`."""

    purse: int
    claim: int
    cents: int


def spend(purses: Sequence[Purse], claims: Sequence[Claim]) -> list[Payment]:
    """Spend the purses in their order on the claims in theirs (CHG-44).

    A group's negative claims lessen what its others may get: nothing is paid beyond what the group costs.
    """
    rooms: dict[str, int] = {}
    for claim in claims:
        rooms[claim.group] = rooms.get(claim.group, 0) + claim.cents
    open_cents = [claim.cents for claim in claims]
    found = []
    for number, purse in enumerate(purses):
        left = purse.left_cents
        for place, claim in enumerate(claims):
            cents = min(left, open_cents[place], rooms[claim.group])
            if cents > 0 and purse.pays_for(claim.price):
                found.append(Payment(number, place, cents))
                left -= cents
                open_cents[place] -= cents
                rooms[claim.group] -= cents
    return found
