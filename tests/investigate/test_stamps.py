"""Timestamps as logs write them."""

import pytest

from harness.investigate.stamps import parse_stamp

SECONDS = 1_769_903_999


@pytest.mark.parametrize(
    ("text", "raw"),
    [
        ("1769903999", SECONDS),
        (" 1769903999 ", SECONDS),
        ("1769903999.75", SECONDS),
        ("1769903999000", SECONDS * 10**3),
        ("1769903999999", SECONDS * 10**3 + 999),
        ("1769903999000000", SECONDS * 10**6),
        ("1769903999000000000", SECONDS * 10**9),
        ("2026-01-31T23:59:59Z", SECONDS),
        ("2026-01-31T23:59:59.999Z", SECONDS),
        ("2026-02-01T00:59:59+01:00", SECONDS),
        ("2026-01-31 23:59:59", SECONDS),
    ],
)
def test_a_stamp_is_read_as_seconds_beside_what_stood_there(text: str, raw: int) -> None:
    assert parse_stamp(text) == (SECONDS, raw)


def test_the_largest_seconds_are_not_taken_for_milliseconds() -> None:
    assert parse_stamp("99999999999") == (99_999_999_999, 99_999_999_999)
    assert parse_stamp("100000000000") == (100_000_000, 100_000_000_000)


@pytest.mark.parametrize("text", ["", "yesterday", "1.5e9", "12:00", "1,769,903,999", "0x10", "1.", "-"])
def test_what_is_no_time_is_refused_by_name(text: str) -> None:
    with pytest.raises(ValueError, match="is no time"):
        parse_stamp(text)
