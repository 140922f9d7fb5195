"""Numbers that stay exact: a quantity is read from its text, never through a binary float."""

from __future__ import annotations

import re
from decimal import Decimal

from harness.scenario.errors import GrammarError, shorten

QUANTITY_PATTERN = r"-?[0-9]+(\.[0-9]+)?"
_SHAPE = re.compile(QUANTITY_PATTERN)
_MOST_DIGITS = 30


def parse_quantity(text: str) -> Decimal:
    """Read a plain decimal number such as `40` or `0.125`.

    Raises:
        ValueError: when the text isn't one.
    """
    shown = text.strip()
    if not _SHAPE.fullmatch(shown) or len(shown) > _MOST_DIGITS:
        raise GrammarError(
            f"`{shorten(shown)}` isn't a quantity", "a quantity is a plain decimal number: 40 or 0.125"
        )
    return Decimal(shown)


def exact(value: Decimal) -> Decimal:
    """A number without exponent: 1e3 becomes 1000.

    Raises:
        ValueError: when that takes more than thirty digits.
    """
    if abs(value.adjusted()) > _MOST_DIGITS or len(value.as_tuple().digits) > _MOST_DIGITS:
        raise GrammarError(f"`{shorten(str(value))}` has more than {_MOST_DIGITS} digits")
    return Decimal(f"{value:f}")


def event_value(text: str) -> Decimal | str:
    """A meter event's value: a number where the text is one, else the text as it is, for Stripe to refuse."""
    return Decimal(text) if _SHAPE.fullmatch(text) and len(text) <= _MOST_DIGITS else text
