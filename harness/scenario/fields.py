"""The types of single values in a scenario: text, numbers, labels, and the scalars with a grammar."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import Field, Strict

from harness.scenario import patterns
from harness.scenario.codes import Code
from harness.scenario.duration import DURATION_PATTERN, Duration, parse_duration
from harness.scenario.errors import GrammarError, shorten
from harness.scenario.instants import Instant, parse_instant, parse_unix
from harness.scenario.money import MONEY_PATTERN, Money, parse_money
from harness.scenario.quantities import event_value, exact, parse_quantity
from harness.scenario.reading import LabelOf, Reads
from harness.scenario.refs import (
    CYCLE_REF_PATTERN,
    INVOICE_REF_PATTERN,
    CycleRef,
    InvoiceRef,
    parse_cycle_ref,
    parse_invoice_ref,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from pydantic.json_schema import JsonSchemaValue


def _text(pattern: str, *examples: str) -> JsonSchemaValue:
    return {"type": "string", "pattern": f"^ *{pattern} *$", "examples": list(examples)}


def _or_word(parse: Callable[[str], Any], word: str) -> Callable[[str], Any]:
    return lambda text: word if text.strip() == word else parse(text)


def parse_tier_bound(text: str) -> int | Literal["inf"]:
    """Read a tier's last unit: a whole number from 1, or `inf`.

    Raises:
        ValueError: when it is neither.
    """
    shown = text.strip()
    if shown == "inf":
        return "inf"
    if not re.fullmatch(r"[1-9][0-9]{0,17}", shown):
        raise GrammarError(
            f"`{shorten(shown)}` isn't a tier's bound", "write the tier's last unit, or inf for the last tier"
        )
    return int(shown)


Text = Annotated[str, Strict(), Field(min_length=1)]
Flag = Annotated[bool, Strict()]
Whole = Annotated[int, Strict()]
Count = Annotated[int, Strict(), Field(ge=1)]
Label = Annotated[str, Strict(), Field(pattern=patterns.LABEL)]
Currency = Annotated[str, Strict(), Field(pattern=patterns.CURRENCY)]
BackendName = Literal["simulator", "stripe"]
Reasons = dict[BackendName, Text]
Params = dict[str, Any]
"""Free-form data, in which `{id_of: label}` and `{time_of: instant}` stand for an id and for unix seconds."""

MeterLabel = Annotated[str, Strict(), LabelOf("meters")]
PriceLabel = Annotated[str, Strict(), LabelOf("prices")]
CustomerLabel = Annotated[str, Strict(), LabelOf("customers")]
SubscriptionLabel = Annotated[str, Strict(), LabelOf("subscriptions")]
EventLabel = Annotated[str, Strict(), LabelOf("events")]

_INSTANTS = {
    "type": "string",
    "examples": ["2026-01-31", "2026-01-31T12:00:00Z", "start + 1d", "cycle1.end - 1s"],
}
_DATES = {"type": "string", "examples": ["2026-01-31", "2026-01-31T12:00:00Z"]}
_NUMBERS = {"type": ["number", "string"], "examples": [40, "0.125"]}
_BOUNDS = {"anyOf": [{"type": "integer", "minimum": 1}, {"const": "inf"}]}

DurationField = Annotated[
    Duration,
    Reads(parse_duration, "a duration", Code.BAD_DURATION, _text(DURATION_PATTERN, "3h", "1mo 2d")),
]
InstantField = Annotated[Instant, Reads(parse_instant, "an instant", Code.BAD_INSTANT, _INSTANTS)]
EventInstant = Annotated[
    Instant | Literal["unstamped"],
    Reads(_or_word(parse_instant, "unstamped"), "an instant or `unstamped`", Code.BAD_INSTANT, _INSTANTS),
]
TrialEnd = Annotated[
    Instant | Literal["now"],
    Reads(_or_word(parse_instant, "now"), "an instant or `now`", Code.BAD_INSTANT, _INSTANTS),
]
UnixField = Annotated[int, Reads(parse_unix, "a date", Code.BAD_INSTANT, _DATES)]
MoneyField = Annotated[
    Money,
    Reads(parse_money, "an amount of money", Code.BAD_MONEY, _text(MONEY_PATTERN, "0.84 usd")),
]
CycleRefField = Annotated[
    CycleRef,
    Reads(parse_cycle_ref, "a cycle", Code.BAD_REFERENCE, _text(CYCLE_REF_PATTERN, "cycle1")),
]
InvoiceRefField = Annotated[
    InvoiceRef,
    Reads(
        parse_invoice_ref, "an invoice", Code.BAD_REFERENCE, _text(INVOICE_REF_PATTERN, "cycle1", "latest")
    ),
]
Quantity = Annotated[Decimal, Reads(parse_quantity, "a quantity", Code.BAD_QUANTITY, _NUMBERS, number=exact)]
EventValue = Annotated[
    Decimal | str, Reads(event_value, "a number or text", Code.BAD_QUANTITY, _NUMBERS, number=exact)
]
TierBound = Annotated[
    int | Literal["inf"],
    Reads(parse_tier_bound, "a whole number or `inf`", Code.BAD_QUANTITY, _BOUNDS),
]
