"""Scenario files as text."""

from decimal import Decimal

import pytest

from harness.investigate.writing import block, flow, step


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("per-call", "per-call"),
        ("0.02 usd", "0.02 usd"),
        ("cycle1.end - 1s", "cycle1.end - 1s"),
        ("1000", '"1000"'),
        ("1,000", '"1,000"'),
        ("true", '"true"'),
        ("", '""'),
        ("$5", '"$$5"'),
        ("a: b", '"a: b"'),
        ("- x", '"- x"'),
        ("Ä", '"Ä"'),
        (True, "true"),
        (None, "null"),
        (40, "40"),
        (Decimal("12.50"), "12.5"),
        ({"a": [1, {"b": "c"}]}, "{a: [1, {b: c}]}"),
    ],
)
def test_a_value_is_written_so_that_it_is_read_back(value: object, text: str) -> None:
    assert flow(value) == text


def test_what_is_too_long_for_a_line_is_laid_out_in_several() -> None:
    tiers = [{"up_to": number, "unit_amount": f"{number}.00 usd"} for number in range(1, 6)]
    assert list(block("price", {"tiers": tiers}))[:3] == [
        "price:",
        "  tiers:",
        "    - {up_to: 1, unit_amount: 1.00 usd}",
    ]


def test_a_step_may_say_more_than_its_verb() -> None:
    assert step("advance", "now", name="a step") == ["  - advance: now", "    name: a step"]
