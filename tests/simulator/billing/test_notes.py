"""What a credit note gives back: tables, and laws for any order of notes."""

from __future__ import annotations

import itertools
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.simulator.billing.notes import Billed, in_proportion, split, taken_along


@pytest.mark.parametrize(
    ("billed", "units", "cents"),
    [
        pytest.param(Billed(100, Decimal(10), Decimal(10)), 3, 30, id="INV-88-times-the-unit-price"),
        pytest.param(Billed(100, Decimal(10), Decimal(10)), 10, 100, id="INV-88-the-whole-line"),
        pytest.param(Billed(38, Decimal(15), Decimal("2.5")), 5, 13, id="INV-88-half-a-cent-goes-up"),
        pytest.param(Billed(38, Decimal(15), Decimal("2.5")), 15, 38, id="INV-88-never-more-than-the-line"),
        pytest.param(Billed(53, Decimal("10.5"), Decimal(5)), 10, 50, id="a-fraction-of-a-unit-is-left"),
        pytest.param(Billed(800, Decimal(150), Decimal(400)), 75, 400, id="a-package-by-share"),
        pytest.param(Billed(-500, Decimal(2), Decimal(1000)), 1, -250, id="INV-89-a-proration-by-share"),
        pytest.param(Billed(2, Decimal(10), Decimal("0.24")), 7, 2, id="INV-88-not-the-rounded-lines-share"),
        pytest.param(Billed(500, Decimal(1), None), 1, 500, id="no-unit-price"),
        pytest.param(Billed(500, Decimal(3), None), 1, 167, id="no-unit-price-by-share"),
        pytest.param(Billed(700, Decimal(0), Decimal(700)), 0, 700, id="a-flat-amount"),
    ],
)
def test_units_of_a_line(billed: Billed, units: int, cents: int) -> None:
    assert billed.worth(units) == cents


@pytest.mark.parametrize(
    ("total", "remaining", "parts"),
    [
        pytest.param(300, 1000, (300, 0), id="INV-84-less-than-is-due"),
        pytest.param(1000, 1000, (1000, 0), id="INV-84-all-that-is-due"),
        pytest.param(1000, 700, (700, 300), id="INV-84-beyond-what-is-due"),
        pytest.param(300, 0, (0, 300), id="INV-84-nothing-is-due"),
    ],
)
def test_the_two_parts_of_a_note(total: int, remaining: int, parts: tuple[int, int]) -> None:
    assert split(total, remaining) == parts


@pytest.mark.parametrize(
    ("whole", "parts", "before", "cents", "taken"),
    [
        pytest.param(1000, [100], 0, 500, [50], id="INV-90-half-of-a-discount"),
        pytest.param(1000, [100, 300], 0, 500, [50, 150], id="INV-90-credits-beside-it"),
        pytest.param(3, [1], 0, 1, [0], id="a-third-of-a-cent"),
        pytest.param(3, [1], 1, 1, [1], id="the-second-third-rounds-up"),
        pytest.param(3, [1], 2, 1, [0], id="nothing-is-left-of-it"),
        pytest.param(2, [1, 1], 0, 1, [1, 0], id="never-more-than-is-credited"),
        pytest.param(100, [100, 0], 0, 40, [40, 0], id="all-of-it-was-free"),
        pytest.param(0, [], 0, 0, [], id="an-empty-line"),
    ],
)
def test_what_goes_along(whole: int, parts: list[int], before: int, cents: int, taken: list[int]) -> None:
    assert taken_along(whole, parts, before, cents) == taken


@st.composite
def credited_lines(draw: st.DrawFn) -> tuple[int, list[int], list[int]]:
    """A line, what was taken off it, and the amounts of notes that credit it in full."""
    whole = draw(st.integers(1, 10_000))
    parts, left = [], whole
    for _ in range(draw(st.integers(0, 3))):
        parts.append(draw(st.integers(0, left)))
        left -= parts[-1]
    cuts = sorted(draw(st.lists(st.integers(0, whole), max_size=6)))
    return whole, parts, [after - before for before, after in zip([0, *cuts], [*cuts, whole], strict=True)]


@given(credited_lines())
def test_notes_that_credit_a_line_in_full_take_all_of_every_part_along(
    line: tuple[int, list[int], list[int]],
) -> None:
    """INV-90: whatever the amounts, and none of them gives back more than it credits."""
    whole, parts, amounts = line
    before, sums = 0, [0] * len(parts)
    for cents in amounts:
        taken = taken_along(whole, parts, before, cents)
        assert all(each >= 0 for each in taken)
        assert sum(taken) <= cents
        before += cents
        sums = [known + each for known, each in zip(sums, taken, strict=True)]
    assert sums == parts


@given(
    st.integers(1, 400),
    st.decimals("0.001", "50", places=3),
    st.lists(st.integers(0, 400), max_size=5),
)
def test_units_credited_one_after_the_other_come_to_the_line(
    quantity: int, unit: Decimal, cuts: list[int]
) -> None:
    """INV-88: never more than it, however the units are divided among notes."""
    billed = Billed(round(quantity * unit), Decimal(quantity), unit)
    reached = [min(cut, quantity) for cut in sorted(cuts)] + [quantity]
    worth = [billed.worth(units) for units in reached]
    assert worth == sorted(worth)
    assert all(0 <= each <= billed.cents for each in worth)
    assert worth[-1] == billed.cents


@given(st.integers(1, 10_000), st.integers(0, 10_000))
def test_the_parts_of_a_note_add_up(total: int, remaining: int) -> None:
    """INV-84"""
    pre, post = split(total, remaining)
    assert pre + post == total
    assert 0 <= pre <= remaining
    assert post >= 0


@pytest.mark.parametrize(
    ("whole", "parts", "before", "cents", "shares"),
    [
        (900, [180], 0, 450, [90]),
        (900, [180, 45], 450, 450, [90, 22]),  # 22.5 went up the first time
        (900, [180], 0, 0, [0]),
        (0, [7], 0, 0, [0]),
        (-900, [-180], 0, -300, [-60]),
    ],
)
def test_what_goes_in_proportion(
    whole: int, parts: list[int], before: int, cents: int, shares: list[int]
) -> None:
    assert in_proportion(whole, parts, before, cents) == shares


@given(st.integers(1, 10**6), st.lists(st.integers(-(10**6), 10**6), max_size=3), st.data())
def test_shares_of_all_of_it_are_all_of_every_part(whole: int, parts: list[int], data: st.DataObject) -> None:
    cuts = sorted(data.draw(st.lists(st.integers(0, whole), max_size=5)))
    edges = [0, *cuts, whole]
    steps = [in_proportion(whole, parts, start, end - start) for start, end in itertools.pairwise(edges)]
    assert [sum(each) for each in zip(*steps, strict=True)] == parts
