"""Amounts of money as scenarios write them: `0.84 usd`, in major units, always with their currency."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache

from harness.scenario.errors import GrammarError, shorten

MONEY_PATTERN = r"-?[0-9]+(\.[0-9]+)? *[A-Za-z]{3}"

# docs.stripe.com/currencies: no minor unit. UGX and ISK are not here: the API keeps them at two decimals.
ZERO_DECIMAL = frozenset(
    {"bif", "clp", "djf", "gnf", "jpy", "kmf", "krw", "mga", "pyg", "rwf", "vnd", "vuv", "xaf", "xof", "xpf"}
)
# docs.stripe.com/currencies: a thousand minor units to one.
THREE_DECIMAL = frozenset({"bhd", "jod", "kwd", "omr", "tnd"})

_SHAPE = re.compile(r"(?P<amount>-?[0-9]+(?:\.[0-9]+)?) *(?P<currency>[A-Za-z]{3})")
_NUMBER = re.compile(r"-?[0-9]+(?:\.[0-9]+)?")
_MOST_DIGITS = 24


@dataclass(frozen=True, slots=True)
class Money:
    """An amount in major units (`0.84` is 84 cents) and its currency in lower case."""

    amount: Decimal
    currency: str

    @property
    def minor(self) -> Decimal:
        """The amount in the currency's minor units, unrounded: 0.84 usd is 84, 84 jpy is 84."""
        return self.amount.scaleb(decimals_of(self.currency))

    def __str__(self) -> str:
        """The canonical text, such as `0.84 usd`."""
        return f"{self.amount:f} {self.currency}"


def decimals_of(currency: str) -> int:
    """How many decimals a currency has at Stripe: 0, 2 or 3."""
    if currency in ZERO_DECIMAL:
        return 0
    return 3 if currency in THREE_DECIMAL else 2


@lru_cache(maxsize=4096)
def parse_money(text: str) -> Money:
    """Read an amount such as `0.84 usd`.

    Raises:
        ValueError: when the currency is missing or the amount isn't a plain decimal number.
    """
    shown = text.strip()
    match = _SHAPE.fullmatch(shown)
    if match is None:
        raise GrammarError(f"`{shorten(shown)}` isn't an amount of money", _hint_for(shown))
    if len(match["amount"]) > _MOST_DIGITS:
        raise GrammarError(f"`{shorten(shown)}` has more than {_MOST_DIGITS} digits")
    return Money(Decimal(match["amount"]), match["currency"].lower())


def _hint_for(text: str) -> str:
    if _NUMBER.fullmatch(text):
        return f"write it with its currency: {shorten(text)} usd"
    if swapped := re.fullmatch(rf"([A-Za-z]{{3}}) *({_NUMBER.pattern})", text):
        return f"the amount comes first: {swapped[2]} {swapped[1].lower()}"
    if "," in text or "_" in text:
        return "write the digits without separators: 1200.50 usd"
    return "money is a number in major units and a currency: 0.84 usd"
