"""Points in time as scenarios write them: an anchor, then durations added or taken away."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Literal, cast

from harness.scenario.duration import DURATION_PATTERN, Duration, parse_duration
from harness.scenario.errors import GrammarError, shorten

LABEL_PATTERN = r"[A-Za-z][A-Za-z0-9_-]*"
OFFSET_PATTERN = rf" *[+-] *{DURATION_PATTERN}"

Edge = Literal["start", "end"]
InvoiceField = Literal["period.start", "period.end", "created"]


@dataclass(frozen=True, slots=True)
class At:
    """An absolute instant, in unix seconds."""

    unix: int

    def __str__(self) -> str:
        """A date when it is midnight, else a date and time with `Z`."""
        moment = datetime.fromtimestamp(self.unix, UTC)
        return moment.strftime("%Y-%m-%d" if self.unix % 86400 == 0 else "%Y-%m-%dT%H:%M:%SZ")


@dataclass(frozen=True, slots=True)
class Start:
    """The instant at which the test clock starts."""

    def __str__(self) -> str:
        """The word `start`."""
        return "start"


@dataclass(frozen=True, slots=True)
class Now:
    """The clock's time at the moment of use."""

    def __str__(self) -> str:
        """The word `now`."""
        return "now"


@dataclass(frozen=True, slots=True)
class CycleEdge:
    """An edge of a billing cycle, counted from 1; without a subscription it is the scenario's only one."""

    subscription: str | None
    number: int
    edge: Edge

    def __str__(self) -> str:
        """Such as `cycle1.end` or `acme-plan.cycle1.end`."""
        prefix = f"{self.subscription}." if self.subscription else ""
        return f"{prefix}cycle{self.number}.{self.edge}"


@dataclass(frozen=True, slots=True)
class InvoiceEdge:
    """A time on the invoice whose event a reaction answers."""

    field: InvoiceField

    def __str__(self) -> str:
        """Such as `invoice.period.end`."""
        return f"invoice.{self.field}"


Anchor = At | Start | Now | CycleEdge | InvoiceEdge


@dataclass(frozen=True, slots=True)
class Instant:
    """An anchor and the signed durations that follow it, applied from left to right."""

    anchor: Anchor
    offsets: tuple[tuple[int, Duration], ...] = ()

    def __str__(self) -> str:
        """The canonical text, such as `cycle1.end - 1s`."""
        offsets = (f" {'+' if sign > 0 else '-'} {length}" for sign, length in self.offsets)
        return f"{self.anchor}{''.join(offsets)}"


_DATE = r"[0-9]{4}-[0-9][0-9]-[0-9][0-9]"
_ANCHOR = re.compile(
    rf"(?P<date>{_DATE})(?:T(?P<time>[0-9][0-9]:[0-9][0-9](?::[0-9][0-9])?)Z)?"
    rf"|(?:(?P<subscription>{LABEL_PATTERN})\.)?cycle(?P<number>[1-9][0-9]{{0,4}})\.(?P<edge>start|end)"
    r"|invoice\.(?P<field>period\.start|period\.end|created)"
    r"|(?P<word>start|now)"
)
_OFFSET = re.compile(rf" *(?P<sign>[+-]) *(?P<length>{DURATION_PATTERN})")
_HINT = (
    "write a date (2026-01-31), start, now, cycle1.end or, in a reaction, invoice.period.end; "
    "durations may follow: cycle1.end - 1s"
)


@lru_cache(maxsize=4096)
def parse_instant(text: str) -> Instant:
    """Read an instant such as `2026-01-31`, `cycle1.end + 3h` or `invoice.period.end - 1s`.

    Raises:
        ValueError: when the text isn't one, or names a day that doesn't exist.
    """
    shown = text.strip()
    match = _ANCHOR.match(shown)
    if match is None:
        raise GrammarError(f"`{shorten(shown)}` isn't an instant", _hint_for(shown))
    return Instant(_anchor(match), _offsets(shown, match.end()))


def parse_unix(text: str) -> int:
    """Read an absolute instant, a date or a time with `Z`, as unix seconds.

    Raises:
        ValueError: when the text isn't one, or is relative to something.
    """
    found = parse_instant(text)
    if not isinstance(found.anchor, At) or found.offsets:
        raise GrammarError(
            f"`{shorten(text)}` isn't a date", "write a date (2026-01-31) or a time (2026-01-31T12:00:00Z)"
        )
    return found.anchor.unix


def _anchor(match: re.Match[str]) -> Anchor:
    if match["date"]:
        return At(_unix(match["date"], match["time"]))
    if match["number"]:
        return CycleEdge(match["subscription"], int(match["number"]), cast("Edge", match["edge"]))
    if match["field"]:
        return InvoiceEdge(cast("InvoiceField", match["field"]))
    return Start() if match["word"] == "start" else Now()


def _unix(date: str, time: str | None) -> int:
    written = f"{date}T{time}Z" if time else date
    try:
        moment = datetime.fromisoformat(f"{date}T{time or '00:00'}+00:00")
    except ValueError as error:
        raise GrammarError(f"`{written}` isn't in the calendar") from error
    if moment.year < 1970:
        raise GrammarError(f"`{written}` lies before 1970")
    return int(moment.timestamp())


def _offsets(text: str, position: int) -> tuple[tuple[int, Duration], ...]:
    found = []
    while position < len(text):
        match = _OFFSET.match(text, position)
        if match is None:
            raise GrammarError(
                f"`{shorten(text[position:].strip())}` can't follow `{shorten(text[:position])}`",
                _hint_for(text),
            )
        found.append((1 if match["sign"] == "+" else -1, parse_duration(match["length"])))
        position = match.end()
    return tuple(found)


def _hint_for(text: str) -> str:
    if re.match(r"(?:[\w-]+\.)?cycle0", text):
        return "cycles are counted from 1"
    if re.fullmatch(rf"(?:{LABEL_PATTERN}\.)?cycle[0-9]+", text):
        return f"say which edge of the cycle: {text}.start or {text}.end"
    if re.fullmatch(DURATION_PATTERN, text):
        return f"say from where it counts: now + {text}, cycle1.end + {text}"
    if re.match(rf"{_DATE}[T ][0-9]", text):
        return "times are UTC and end in Z: 2026-01-31T12:00:00Z"
    return _HINT
