"""An entry: one thing that changed an account, complete enough to do it again."""

from __future__ import annotations

import json
import zlib
from dataclasses import dataclass
from typing import Any, Self

REQUEST = "request"
OPEN = "open"


@dataclass(frozen=True, slots=True)
class Entry:
    """A change of one account.

    Args:
        account: the account's name.
        wall: its wall time, unix seconds.
        op: what was done: `open`, `request`, or an operation of the control API.
        args: its arguments, as JSON.
        requests_before: requests that the account had answered; ids of requests count on from there.
        answer_crc: checksum of what was answered; replaying must give the same.
    """

    account: str
    wall: int
    op: str
    args: dict[str, Any]
    requests_before: int
    answer_crc: int

    def as_json(self) -> str:
        """One line of JSON with short keys."""
        return json.dumps(
            {
                "a": self.account,
                "w": self.wall,
                "o": self.op,
                "x": self.args,
                "n": self.requests_before,
                "c": self.answer_crc,
            },
            ensure_ascii=True,
            separators=(",", ":"),
        )

    @classmethod
    def from_json(cls, decoded: dict[str, Any]) -> Self:
        """The entry that `as_json` wrote."""
        return cls(decoded["a"], decoded["w"], decoded["o"], decoded["x"], decoded["n"], decoded["c"])


def checksum(text: str) -> int:
    """A checksum of an answer."""
    return zlib.crc32(text.encode(errors="surrogatepass"))
