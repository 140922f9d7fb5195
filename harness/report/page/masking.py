"""What a page may show: the one place that masks secrets and personal data and shows hidden characters."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from harness.history.shapes import Json

LONGEST_TEXT = 600
"""Characters of a single text; bodies and source files have limits of their own."""
LOOKED_AT = 200_000
"""Characters of a text that are looked at, at most: far more than any limit shows."""

SECRET = "(secret masked)"  # noqa: S105  # the mask, not a secret
CARD = "(card number masked)"
PERSONAL = "(personal data masked)"

_SECRETS = re.compile(
    r"\b(?:[sr]k|ek|uk)_(?:live|test)_[A-Za-z0-9_]{4,}"  # keys; publishable ones are public
    r"|\bwhsec_[A-Za-z0-9+/=_-]{4,}"
    r"|\b[A-Za-z0-9]+_[A-Za-z0-9]*_?secret_[A-Za-z0-9_-]{4,}"  # a client secret: pi_…_secret_…
    r"|\b(?:Bearer|Basic)\s+[A-Za-z0-9._~+/=-]{8,}"
    r"|https://(?:invoice|pay|billing|checkout|connect|receipts?)\.stripe\.com/[^\s\"'<>]+"  # opens unasked
)
_DIGITS = re.compile(r"(?<![\w.])\d(?:[ -]?\d){12,18}(?![\w.]?\d)")
_CARDS = re.compile(
    r"4(?:\d{12}|\d{15}|\d{18})|5[1-5]\d{14}|2[2-7]\d{14}|3[47]\d{13}|3(?:0[0-5]|[68]\d)\d{11}|6\d{15,18}"
)
_EMAIL = re.compile(r"\b[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63})+")
_SECRET_KEYS = frozenset(
    ("client_secret", "secret", "password", "authorization", "api_key", "cvc", "signing_secret")
)
_PERSONAL_KEYS = frozenset(("account_name", "ip_address", "name", "receipt_email", "user_agent")) | frozenset(
    f"{prefix}{part}"
    for prefix in ("", "customer_", "billing_", "shipping_")
    for part in ("city", "email", "line1", "line2", "name", "phone", "postal_code")
)
_PUBLIC_OWNERS = frozenset(("product", "test_helpers.test_clock", "billing.meter", "price", "product_data"))
"""Objects whose `name` is a thing's, not a person's."""
_HIDDEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u061c\u115f\u180e\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb"
    "\ud800-\udfff]|[\U000e0000-\U000e007f]"
)


class Shown(str):
    """A text that is already as it may be shown; it still has to be escaped where it stands."""

    __slots__ = ()


class Masker:
    """Decides what is shown. What the scenarios themselves state is no secret about a person.

    Args:
        sources: the texts of the scenario files of this page.
    """

    def __init__(self, sources: Iterable[str] = ()) -> None:
        self._stated = "\n".join(dict.fromkeys(sources))

    def text(self, value: str, most: int = LONGEST_TEXT) -> Shown:
        """One text as it may be shown: masked, its hidden characters visible, cut with a note."""
        if isinstance(value, Shown):
            return value
        shown = visible(self.masked(value[:LOOKED_AT]))
        if len(shown) <= most:
            return Shown(shown)
        return Shown(f"{shown[:most]}… (cut here: {max(len(value), len(shown)) - most:,} more characters)")

    def label(self, value: str, most: int) -> Shown:
        """The same for where there is little room: one line, cut without a note, but only after masking."""
        shown = " ".join(self.text(value).split())
        return Shown(shown if len(shown) <= most else f"{shown[: most - 1]}…")

    def masked(self, value: str) -> str:
        """The text without secrets, card numbers, and addresses that no scenario states."""
        value = _SECRETS.sub(SECRET, value)
        value = _DIGITS.sub(_card, value)
        return _EMAIL.sub(self._email, value) if "@" in value else value

    def body(self, value: Any, key: str = "", owner: str = "") -> Any:
        """A decoded JSON value with masked members: by what the text is, and by the name of its member."""
        if isinstance(value, dict):
            kind = str(value.get("object") or key)
            return {
                self.masked(str(name)): self.body(inner, _leaf(str(name)), kind)
                for name, inner in value.items()
            }
        if isinstance(value, list):
            return [self.body(inner, key, owner) for inner in value]
        if isinstance(value, str):
            return self._member(value, key, owner)
        return _number(value)

    def params(self, sent: Json) -> Json:
        """Parameters as sent, masked like a body; their names may be in brackets."""
        masked: Json = self.body(sent)
        return masked

    def _member(self, value: str, key: str, owner: str) -> str:
        if key in _SECRET_KEYS and value:
            return SECRET
        named = key in _PERSONAL_KEYS and not (key == "name" and owner in _PUBLIC_OWNERS)
        if named and value and not self._is_stated(value):
            return PERSONAL
        return self.masked(value)

    def _email(self, found: re.Match[str]) -> str:
        return found[0] if self._is_stated(found[0]) else PERSONAL

    def _is_stated(self, value: str) -> bool:
        return value in self._stated


def visible(value: str) -> str:
    """Control, zero-width and direction-changing characters written out, such as `⟨U+202E⟩`."""
    return _HIDDEN.sub(lambda found: f"⟨U+{ord(found[0]):04X}⟩", value.replace("\r\n", "\n"))


def _leaf(name: str) -> str:
    """`email` of `customer[email]`; the name itself without brackets."""
    return name.rstrip("]").rpartition("[")[2]


def _card(found: re.Match[str]) -> str:
    digits = re.sub(r"\D", "", found[0])
    return CARD if _CARDS.fullmatch(digits) and _luhn(digits) else found[0]


def _number(value: Any) -> Any:
    """A number that reads like a card is masked too."""
    if isinstance(value, int) and not isinstance(value, bool) and value > 0:
        return _DIGITS.sub(_card, str(value)) if value >= 10**12 and _card_number(value) else value
    return value


def _card_number(value: int) -> bool:
    return _DIGITS.sub(_card, str(value)) == CARD


def _luhn(digits: str) -> bool:
    total = 0
    for place, digit in enumerate(reversed(digits)):
        doubled = int(digit) * 2 if place % 2 else int(digit)
        total += doubled - 9 if doubled > 9 else doubled
    return total % 10 == 0
