"""What a request to the control API gives, read with its bounds."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

from harness.simulator.app import Request
from harness.simulator.wire.errors import invalid

DAY = 86_400


@dataclass(frozen=True)
class Given:
    """The members of a request to the control API, read by name with their bounds."""

    members: Mapping[str, Any]

    def whole(self, name: str, lowest: int, highest: int, default: int | None = None) -> int:
        """A whole number.

        Raises:
            StripeError: 400 when it is missing without a default, or out of bounds.
        """
        value = self.members.get(name, default)
        if isinstance(value, str) and value.isascii() and value.isdigit():
            value = int(value)
        if not isinstance(value, int) or isinstance(value, bool) or not lowest <= value <= highest:
            raise invalid(f"`{name}` must be a whole number from {lowest} to {highest}.", param=name)
        return value

    def text(self, name: str, longest: int = 200) -> str:
        """A string that isn't empty.

        Raises:
            StripeError: 400.
        """
        value = self.members.get(name)
        if not isinstance(value, str) or not 0 < len(value) <= longest:
            raise invalid(f"`{name}` must be a text of at most {longest} characters.", param=name)
        return value

    def only(self, *names: str) -> None:
        """Refuse what isn't asked for.

        Raises:
            StripeError: 400 naming the stranger.
        """
        for name in self.members:
            if name not in names:
                allowed = ", ".join(names) or "nothing"
                raise invalid(f"There is no `{name}` here; allowed are: {allowed}.", param=name)


def members_of(request: Request, query: str) -> dict[str, Any]:
    """What a request gives: a query when it reads, else a JSON object.

    Raises:
        StripeError: 400 for anything else.
    """
    if request.method == "GET":
        return dict(parse_qsl(query, max_num_fields=20))
    try:
        decoded = json.loads(request.body or "{}")
    except (ValueError, RecursionError) as error:
        raise invalid("The body must be JSON.") from error
    if not isinstance(decoded, dict):
        raise invalid("The body must be a JSON object.")
    return decoded


def word(given: Given, name: str, words: tuple[str, ...]) -> str:
    """One of `words`.

    Raises:
        StripeError: 400.
    """
    value = given.members.get(name)
    if value not in words:
        raise invalid(f"`{name}` must be one of {', '.join(words)}.", param=name)
    return str(value)


def seconds(value: Any, name: str) -> list[int]:
    """`[20, 90]`, or one number for both ends; retries may be any number of pauses.

    Raises:
        StripeError: 400.
    """
    numbers = [value, value] if isinstance(value, int) else value
    fine = isinstance(numbers, list) and all(type(each) is int and 0 <= each <= 30 * DAY for each in numbers)
    if not fine or (name != "webhook_retry_seconds" and (len(numbers) != 2 or numbers[0] > numbers[1])):
        raise invalid(f"`{name}` must be whole seconds: [shortest, longest].", param=name)
    return list(numbers)
