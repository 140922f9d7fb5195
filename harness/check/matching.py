"""One-to-one matching of what was expected with what is there."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

W = TypeVar("W")
F = TypeVar("F")


def match_one_to_one(
    wanted: Sequence[W], found: Sequence[F], agrees: Callable[[W, F], bool]
) -> dict[int, int]:
    """As many pairs as possible, nothing used twice: position in `wanted` to position in `found`.

    A wanted thing that fits several found ones never takes the only one that fits another (Kuhn's augmenting
    paths). Earlier positions are preferred.
    """
    fits = [[there for there, each in enumerate(found) if agrees(want, each)] for want in wanted]
    taken_by: dict[int, int] = {}

    def place(want: int, tried: set[int]) -> bool:
        for there in fits[want]:
            if there in tried:
                continue
            tried.add(there)
            if there not in taken_by or place(taken_by[there], tried):
                taken_by[there] = want
                return True
        return False

    for want in range(len(wanted)):
        place(want, set())
    return {want: there for there, want in sorted(taken_by.items(), key=lambda pair: pair[1])}


def pair_the_rest(
    wanted: Sequence[int], found: Sequence[int], likeness: Callable[[int, int], tuple[int, ...]]
) -> dict[int, int]:
    """Pair what matched nothing with what is most like it, so that a difference can be shown.

    Only pairs whose likeness begins with more than 0 are made.
    """
    ranked = sorted(  # stable: what is as like as another comes in the order given
        ((likeness(want, there), want, there) for want in wanted for there in found),
        key=lambda each: [-part for part in each[0]],
    )
    pairs: dict[int, int] = {}
    for like, want, there in ranked:
        if like[0] > 0 and want not in pairs and there not in pairs.values():
            pairs[want] = there
    return pairs
