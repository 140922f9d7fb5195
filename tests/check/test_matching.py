"""One-to-one matching."""

from __future__ import annotations

from itertools import permutations

from hypothesis import given
from hypothesis import strategies as st

from harness.check.matching import match_one_to_one, pair_the_rest


def brute_force(table: list[list[bool]], found: int) -> int:
    """The most pairs that any assignment gives."""
    places = [*range(found), *[None] * len(table)]
    best = 0
    for chosen in permutations(places, len(table)):
        pairs = sum(there is not None and table[want][there] for want, there in enumerate(chosen))
        best = max(best, pairs)
    return best


@given(
    st.integers(0, 4).flatmap(
        lambda width: st.lists(st.lists(st.booleans(), min_size=width, max_size=width), max_size=3)
    )
)
def test_as_many_pairs_as_any_assignment_could_make(table: list[list[bool]]) -> None:
    width = len(table[0]) if table else 0
    pairs = match_one_to_one(range(len(table)), range(width), lambda want, there: table[want][there])
    assert len(set(pairs.values())) == len(pairs)
    assert all(table[want][there] for want, there in pairs.items())
    assert len(pairs) == brute_force(table, width)


def test_one_found_thing_never_satisfies_two_wanted_ones() -> None:
    assert match_one_to_one(["a", "a"], ["a"], str.__eq__) == {0: 0}


def test_a_vague_claim_leaves_the_only_fit_to_the_strict_one() -> None:
    found = ["per-call", "storage"]
    assert match_one_to_one(["", "per-call"], found, lambda want, there: want in {"", there}) == {0: 1, 1: 0}


def test_what_is_left_is_paired_by_likeness() -> None:
    likeness = {(0, 0): (1, 1), (0, 1): (1, 2), (1, 0): (1, 0), (1, 1): (0, 9)}
    assert pair_the_rest([0, 1], [0, 1], lambda want, there: likeness[want, there]) == {0: 1, 1: 0}


def test_what_is_as_like_as_another_is_paired_in_order() -> None:
    assert pair_the_rest([0, 1], [0, 1], lambda *_: (1,)) == {0: 0, 1: 1}


def test_nothing_is_paired_with_what_is_unlike() -> None:
    assert pair_the_rest([0], [0], lambda *_: (0, 5)) == {}
