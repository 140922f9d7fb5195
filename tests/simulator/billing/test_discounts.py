"""What a coupon takes off which amount."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.simulator.billing.discounts import Cut, Piece, by_weight, spread

TEN, FIFTY = Piece(1000, "si_1"), Piece(5000, "si_2")
FIVE_OFF = Cut(amount_cents=500)


def percent(text: str) -> Cut:
    return Cut(percent=Decimal(text))


@pytest.mark.parametrize(
    ("cut", "pieces", "evenly", "taken"),
    [
        pytest.param(
            FIVE_OFF, [TEN, FIFTY], True, [250, 250], id="CHG-56 classic: evenly, 2.50 off the 50.00"
        ),
        pytest.param(
            FIVE_OFF, [TEN, FIFTY], False, [83, 417], id="CHG-56 flexible: by share, 4.17 off the 50.00"
        ),
        pytest.param(
            percent("16.67"),
            [Piece(1000), Piece(2000)],
            False,
            [166, 334],
            id="INV-65: 500 over 1000 and 2000",
        ),
        pytest.param(percent("50"), [TEN, FIFTY], True, [500, 2500], id="a percentage has no mode"),
        pytest.param(percent("33.33"), [Piece(100)], False, [33], id="rounded as a whole"),
        pytest.param(percent("0.5"), [Piece(100)], False, [1], id="half a cent goes up"),
        pytest.param(percent("100"), [Piece(7), Piece(0), Piece(5)], False, [7, 0, 5], id="all of it"),
        pytest.param(percent("100"), [Piece(1)], False, [1], id="a single cent"),
        pytest.param(FIVE_OFF, [Piece(300), Piece(100)], False, [300, 100], id="never below zero"),
        pytest.param(
            FIVE_OFF,
            [Piece(100, "a"), Piece(900, "b")],
            True,
            [100, 400],
            id="what one cannot take, others do",
        ),
        pytest.param(
            Cut(amount_cents=101), [Piece(500, g) for g in "abc"], True, [33, 34, 34], id="leftover cents"
        ),
        pytest.param(
            FIVE_OFF,
            [Piece(100, "a"), Piece(300, "a"), Piece(800, "b")],
            True,
            [62, 188, 250],
            id="evenly over items, by weight inside them",
        ),
        pytest.param(
            percent("50"), [Piece(500), Piece(-300)], False, [100, 0], id="a negative piece lessens it"
        ),
        pytest.param(FIVE_OFF, [Piece(-300)], False, [0], id="nothing off a negative sum"),
        pytest.param(FIVE_OFF, [], True, [], id="nothing there"),
    ],
)
def test_a_cut_is_spread(cut: Cut, pieces: list[Piece], evenly: bool, taken: list[int]) -> None:
    assert spread(cut, pieces, evenly=evenly) == taken


def test_weights_split_as_documented() -> None:
    """INV-65"""
    assert by_weight(500, [1000, 2000]) == [166, 334]


CUTS = st.one_of(
    st.builds(Cut, percent=st.decimals("0.01", "100", places=2)),
    st.builds(Cut, amount_cents=st.integers(1, 5_000)),
)
PIECES = st.lists(st.builds(Piece, st.integers(-500, 3_000), st.sampled_from("abc")), max_size=8)


@given(CUTS, PIECES, st.booleans())
def test_parts_make_the_whole_and_none_exceeds_its_piece(cut: Cut, pieces: list[Piece], evenly: bool) -> None:
    taken = spread(cut, pieces, evenly=evenly)
    assert sum(taken) == cut.of(sum(piece.cents for piece in pieces))
    assert all(0 <= off <= max(piece.cents, 0) for off, piece in zip(taken, pieces, strict=True))


@given(CUTS, PIECES, st.booleans(), st.randoms(use_true_random=False))
def test_the_whole_does_not_depend_on_the_order(
    cut: Cut, pieces: list[Piece], evenly: bool, dice: object
) -> None:
    mixed = list(pieces)
    dice.shuffle(mixed)  # type: ignore[attr-defined]  # hypothesis calls it by the name of the module's class
    assert sum(spread(cut, mixed, evenly=evenly)) == sum(spread(cut, pieces, evenly=evenly))


@given(st.lists(CUTS, max_size=4), PIECES, st.booleans())
def test_cuts_one_after_another_leave_nothing_negative(
    cuts: list[Cut], pieces: list[Piece], evenly: bool
) -> None:
    left = [piece for piece in pieces if piece.cents >= 0]
    for cut in cuts:
        taken = spread(cut, left, evenly=evenly)
        left = [Piece(piece.cents - off, piece.group) for off, piece in zip(taken, left, strict=True)]
    assert all(piece.cents >= 0 for piece in left)
