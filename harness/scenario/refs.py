"""Names for cycles and invoices: `cycle1`, `acme-plan.cycle2`, `first`, `latest`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal, cast

from harness.scenario.errors import GrammarError, shorten
from harness.scenario.instants import LABEL_PATTERN

_PREFIX = rf"(?:(?P<subscription>{LABEL_PATTERN})\.)?"
_CYCLE = re.compile(rf"{_PREFIX}cycle(?P<number>[1-9][0-9]{{0,4}})")
INVOICE = re.compile(rf"{_PREFIX}(?:cycle(?P<number>[1-9][0-9]{{0,4}})|(?P<word>first|latest))")
_LINE = re.compile(r"(?P<invoice>.+)\.line(?P<place>[1-9][0-9]{0,2})")

CYCLE_REF_PATTERN = rf"({LABEL_PATTERN}\.)?cycle[1-9][0-9]*"
INVOICE_REF_PATTERN = rf"({LABEL_PATTERN}\.)?(cycle[1-9][0-9]*|first|latest)"


@dataclass(frozen=True, slots=True)
class CycleRef:
    """A billing cycle, counted from 1; without a subscription it is the scenario's only one."""

    subscription: str | None
    number: int

    def __str__(self) -> str:
        """Such as `cycle1` or `acme-plan.cycle1`."""
        return f"{_prefix(self.subscription)}cycle{self.number}"


@dataclass(frozen=True, slots=True)
class InvoiceRef:
    """An invoice: the one that bills a cycle, the first (at creation) or the latest (newest).

    Attributes:
        subscription: its label; None when the scenario has only one.
        which: what picks the invoice.
        number: the cycle it bills, from 1; only when `which` is `cycle`.
    """

    subscription: str | None
    which: Literal["cycle", "first", "latest"]
    number: int | None = None

    def __str__(self) -> str:
        """Such as `cycle1`, `first` or `acme-plan.latest`."""
        word = f"cycle{self.number}" if self.which == "cycle" else self.which
        return f"{_prefix(self.subscription)}{word}"


@lru_cache(maxsize=4096)
def parse_cycle_ref(text: str) -> CycleRef:
    """Read the name of a cycle such as `cycle1`.

    Raises:
        ValueError: when the text isn't one.
    """
    shown = text.strip()
    match = _CYCLE.fullmatch(shown)
    if match is None:
        raise GrammarError(
            f"`{shorten(shown)}` isn't a cycle", _hint_for(shown, "cycle1 or acme-plan.cycle1")
        )
    return CycleRef(match["subscription"], int(match["number"]))


def split_line(name: str) -> tuple[str, int | None]:
    """`cycle1.line2` as the invoice's name and the line's place, from 1; None where no line is named."""
    match = _LINE.fullmatch(name)
    return (name, None) if match is None else (match["invoice"], int(match["place"]))


@lru_cache(maxsize=4096)
def parse_invoice_ref(text: str) -> InvoiceRef:
    """Read the name of an invoice such as `cycle1`, `first` or `latest`.

    Raises:
        ValueError: when the text isn't one.
    """
    shown = text.strip()
    match = INVOICE.fullmatch(shown)
    if match is None:
        names = "cycle1 (the one that bills cycle 1), first or latest"
        raise GrammarError(f"`{shorten(shown)}` isn't an invoice", _hint_for(shown, names))
    if match["word"]:
        return InvoiceRef(match["subscription"], cast("Literal['first', 'latest']", match["word"]))
    return InvoiceRef(match["subscription"], "cycle", int(match["number"]))


def _prefix(subscription: str | None) -> str:
    return f"{subscription}." if subscription else ""


def _hint_for(text: str, names: str) -> str:
    if re.fullmatch(rf"{_PREFIX}cycle0+", text):
        return "cycles are counted from 1"
    return f"write {names}"
