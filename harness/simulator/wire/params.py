"""Parameter parsers: a route's `takes` is built from these, and they word Stripe's refusals."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from harness.simulator.wire.errors import StripeError, invalid, unmodelled

Parser = Callable[[Any, str], Any]
"""Takes the raw value and its wire name (`items[0][price]`); gives the parsed value or raises StripeError."""

LONGEST_TEXT = 5_000
MOST_METADATA = 50  # PRO-16

_INTEGER = re.compile(r"-?[0-9]{1,19}")
_INDEX = re.compile(r"[0-9]{1,9}")
_DECIMAL = re.compile(r"-?[0-9]{1,18}(\.[0-9]+)?")


def text(limit: int = LONGEST_TEXT, *, unset: bool = True) -> Parser:
    """A string of at most `limit` characters; the empty string unsets and reads as None (PRO-13).

    With `unset=False` the empty string is refused, as for names that an object must keep.
    """

    def parse(value: Any, name: str) -> str | None:
        if not isinstance(value, str):
            raise invalid(f"Invalid string: {told(value)}", param=name)
        if not value and not unset:
            raise _empty(name)
        if len(value) > limit:
            raise invalid(
                f"Invalid string: {value[:30]}...; must be at most {limit} characters",
                code="parameter_invalid_string",
                param=name,
            )
        return value or None

    return parse


def told(value: Any) -> str:
    """A refused value as its sender knows it: text as it is, anything else in JSON."""
    plain = str(value) if isinstance(value, str | Decimal) else json.dumps(value, default=str)
    return plain[:100]


def _empty(name: str) -> StripeError:
    return invalid(
        f"You passed an empty string for '{name}'. We assume empty values are an attempt to unset a "
        f"parameter; however '{name}' cannot be unset. You should remove '{name}' from your request or "
        "supply a non-empty value.",
        code="parameter_invalid_empty",
        param=name,
    )


def integer(at_least: int | None = None, at_most: int | None = None, *, unset: bool = True) -> Parser:
    """A whole number, from a form's text or a JSON number; the empty string unsets, or is refused."""

    def parse(value: Any, name: str) -> int | None:
        if value == "":
            if not unset:
                raise _empty(name)
            return None
        if isinstance(value, bool) or not isinstance(value, str | int) or not _INTEGER.fullmatch(str(value)):
            raise invalid(f"Invalid integer: {told(value)}", code="parameter_invalid_integer", param=name)
        number = int(value)
        if at_least is not None and number < at_least:
            raise invalid(
                f"This value must be greater than or equal to {at_least}.",
                code="parameter_invalid_integer",
                param=name,
            )
        if at_most is not None and number > at_most:
            raise invalid(
                f"This value must be less than or equal to {at_most}.",
                code="parameter_invalid_integer",
                param=name,
            )
        return number

    return parse


def decimal(places: int = 12, *, negative: bool = False) -> Parser:
    """An exact decimal with at most `places` decimals (PRC-10)."""

    def parse(value: Any, name: str) -> Decimal | None:
        if value == "":
            return None
        written = str(value)
        if isinstance(value, bool) or not _DECIMAL.fullmatch(written):
            raise invalid(f"Invalid decimal: {written[:100]}", code="parameter_invalid_decimal", param=name)
        if len(written.partition(".")[2]) > places:
            raise invalid(
                f"Invalid decimal: {written[:100]}; must contain at maximum {places} decimal places.",
                code="parameter_invalid_decimal",
                param=name,
            )
        if written.startswith("-") and not negative:
            raise invalid("Invalid non-negative decimal", param=name)
        return Decimal(written)

    return parse


def amount() -> Parser:
    """Minor units: a whole number from 0, in the words of PRC-09."""
    whole = integer(at_most=999_999_999_999)

    def parse(value: Any, name: str) -> int | None:
        number: int | None = whole(value, name)
        if number is not None and number < 0:
            raise invalid("Invalid non-negative integer", code="parameter_invalid_integer", param=name)
        return number

    return parse


def either_word(word: str, other: Parser) -> Parser:
    """A fixed word such as `inf` or `now`, else what `other` takes."""

    def parse(value: Any, name: str) -> Any:
        return word if value == word else other(value, name)

    return parse


def flag() -> Parser:
    """`true` or `false`; the empty string unsets."""

    def parse(value: Any, name: str) -> bool | None:
        if value == "":
            return None
        if isinstance(value, bool):
            return value
        if not isinstance(value, str) or value not in {"true", "false"}:
            raise invalid(f"Invalid boolean: {told(value)}", param=name)
        return bool(value == "true")

    return parse


def choice(*values: str) -> Parser:
    """One of `values`."""

    def parse(value: Any, name: str) -> str:
        if value not in values:
            short = name.rpartition("[")[2].rstrip("]")
            raise invalid(f"Invalid {short}: must be one of {_listed(values)}", param=name)
        return str(value)

    return parse


def _listed(values: tuple[str, ...]) -> str:
    *most, last = values
    if len(most) < 2:
        return " or ".join(values)
    return f"{', '.join(most)}, or {last}"


def listing(member: Parser, at_most: int | None = None) -> Parser:
    """An array; a form's empty string is the empty array."""

    def parse(value: Any, name: str) -> list[Any]:
        value = _members(value)
        if not isinstance(value, list):
            raise invalid("Invalid array", param=name)
        if at_most is not None and len(value) > at_most:
            raise invalid(f"Array {name} exceeded maximum {at_most} allowed elements.", param=name)
        return [member(item, f"{name}[{index}]") for index, item in enumerate(value)]

    return parse


def _members(value: Any) -> Any:
    """An array as it comes in a form: a hash with numbers as keys, or the empty string for none."""
    if value == "":
        return []
    if isinstance(value, dict) and value and all(_INDEX.fullmatch(key) for key in value):
        return [value[key] for key in sorted(value, key=int)]
    return value


def mapping(member: Parser) -> Parser:
    """A hash with free keys."""

    def parse(value: Any, name: str) -> dict[str, Any]:
        if not isinstance(value, dict):
            raise invalid("Invalid object", param=name)
        return {key: member(item, f"{name}[{key}]") for key, item in value.items()}

    return parse


def strings(limit: int = LONGEST_TEXT) -> Parser:
    """A hash with free keys and strings as values, empty ones included: an event's payload (MTR-36)."""

    def member(value: Any, name: str) -> str:
        if not isinstance(value, str):
            raise invalid(f"Invalid string: {told(value)}", param=name)
        return value if value == "" else str(text(limit)(value, name))

    return mapping(member)


def limited(parser: Parser, *modelled: Any) -> Parser:
    """The parser's value, when it is one of `modelled`; another that Stripe takes gets 501, by name."""

    def parse(value: Any, name: str) -> Any:
        parsed = parser(value, name)
        if parsed not in modelled:
            given = "" if isinstance(parsed, list) else f"={parsed!s:.100}".lower()
            raise unmodelled(f"the parameter {name}{given}")
        return parsed

    return parse


def nullable(parser: Parser) -> Parser:
    """The parser's value; the empty string unsets and reads as None (PRO-13)."""

    def parse(value: Any, name: str) -> Any:
        return None if value == "" else parser(value, name)

    return parse


def metadata() -> Parser:
    """Up to 50 keys of 40 characters with values of 500 (PRO-16); None as a value removes the key."""
    members = mapping(text(500))

    def parse(value: Any, name: str) -> dict[str, str | None] | None:
        if value == "":
            return None
        parsed: dict[str, str | None] = members(value, name)
        if len(parsed) > MOST_METADATA:
            raise invalid(f"Metadata can have at most {MOST_METADATA} keys.", param=name)
        for key in parsed:
            if len(key) > 40:
                raise invalid(f"Metadata key {key[:45]} is longer than 40 characters.", param=name)
        return parsed

    return parse


def either(first: Parser, second: Parser) -> Parser:
    """The first parser's value or, where it refuses, the second's."""

    def parse(value: Any, name: str) -> Any:
        try:
            return first(value, name)
        except StripeError:
            return second(value, name)

    return parse


@dataclass(frozen=True)
class Fields:
    """A hash with known keys. Callable, so that it nests as a Parser.

    Args:
        known: parser by key.
        required: keys that must be present.
        unmodelled: keys that Stripe has and the simulator lacks: answered with 501, by name.
    """

    known: dict[str, Parser]
    required: frozenset[str] = field(default_factory=frozenset)
    unmodelled: frozenset[str] = field(default_factory=frozenset)

    def __call__(self, value: Any, name: str = "") -> dict[str, Any]:
        """Parsed members by key; absent keys stay absent.

        Raises:
            StripeError: unknown or missing key (400), unmodelled key (501), or a member's own refusal.
        """
        if not isinstance(value, dict):
            raise invalid("Invalid object", param=name or None)
        self._refuse_strangers(value, name)
        for key in sorted(self.required):
            if key not in value:
                path = _join(name, key)
                raise invalid(f"Missing required param: {path}.", code="parameter_missing", param=path)
        return {key: self.known[key](member, _join(name, key)) for key, member in value.items()}

    def _refuse_strangers(self, value: dict[str, Any], name: str) -> None:
        unknown = [key for key in value if key not in self.known and key not in self.unmodelled]
        if unknown:
            raise strangers([_join(name, key) for key in unknown])
        lacking = [_join(name, key) for key in value if key in self.unmodelled]
        if lacking:
            raise unmodelled(f"the parameter {', '.join(lacking)}")


def fields(*, required: Iterable[str] = (), unmodelled: str = "", **known: Parser) -> Fields:
    """A `Fields` from keyword arguments; `unmodelled` lists names separated by blanks."""
    return Fields(known, frozenset(required), frozenset(unmodelled.split()))


def strangers(paths: list[str]) -> StripeError:
    """The 400 for parameters that the route, or this API version, does not have."""
    plural = "s" if len(paths) > 1 else ""
    return invalid(
        f"Received unknown parameter{plural}: {', '.join(paths)[:500]}",
        code="parameter_unknown",
        param=paths[0][:500],
    )


def merge_metadata(kept: dict[str, str], change: dict[str, str | None] | None) -> dict[str, str]:
    """Metadata after a request: None as a whole clears it, None as a value removes its key (PRO-13, PRO-16).

    Raises:
        StripeError: 400 when more than 50 keys would be left.
    """
    if change is None:
        return {}
    merged = {key: value for key, value in (kept | change).items() if value is not None}
    if len(merged) > MOST_METADATA:
        raise invalid(f"Metadata can have at most {MOST_METADATA} keys.", param="metadata")
    return merged


def _join(name: str, key: str) -> str:
    return f"{name}[{key}]" if name else key
