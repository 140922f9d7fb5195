"""The types of single values in a scenario: text, numbers, labels, and the scalars with a grammar."""

from __future__ import annotations

import re
from dataclasses import is_dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import Field, Strict
from pydantic_core import core_schema

from harness.scenario.duration import DURATION_PATTERN, Duration, parse_duration
from harness.scenario.errors import GrammarError, shorten
from harness.scenario.instants import LABEL_PATTERN, Instant, parse_instant, parse_unix
from harness.scenario.money import MONEY_PATTERN, Money, parse_money
from harness.scenario.quantities import event_value, exact, parse_quantity
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

    from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
    from pydantic.json_schema import JsonSchemaValue


class Reads:
    """Annotation: the field is read from text by a parser; a value that is already right is kept.

    Args:
        parse: from text to value; raises `GrammarError`.
        noun: what messages call such a value.
        schema: its JSON Schema.
        number: from an exact number to value; without it numbers are parsed as text.
    """

    def __init__(
        self,
        parse: Callable[[str], Any],
        noun: str,
        schema: JsonSchemaValue,
        number: Callable[[Decimal], Any] | None = None,
    ) -> None:
        self.parse = parse
        self.noun = noun
        self.schema = schema
        self.number = number

    def __get_pydantic_core_schema__(
        self, source: Any, _handler: GetCoreSchemaHandler
    ) -> core_schema.CoreSchema:
        """One call of the parser."""
        kept = source if is_dataclass(source) and isinstance(source, type) else ()

        def read(value: Any) -> Any:
            return value if kept and isinstance(value, kept) else self.read(value)

        return core_schema.no_info_plain_validator_function(read)

    def __get_pydantic_json_schema__(
        self, _schema: core_schema.CoreSchema, _handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        """The schema given."""
        return dict(self.schema)

    def read(self, value: Any) -> Any:
        """Turn a YAML value into the field's.

        Raises:
            ValueError: when it doesn't follow the grammar.
        """
        if isinstance(value, str):
            return self.parse(value)
        if isinstance(value, int | Decimal) and not isinstance(value, bool):
            return self.number(Decimal(value)) if self.number else self.parse(str(value))
        raise GrammarError(f"this should be {self.noun}")


class LabelOf:
    """Annotation: the text is the label of something declared elsewhere in the file."""

    def __init__(self, kind: str) -> None:
        self.kind = kind


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
Label = Annotated[str, Strict(), Field(pattern=f"^{LABEL_PATTERN}$")]
BackendName = Literal["simulator", "stripe"]
Reasons = dict[BackendName, Text]
Params = dict[str, Any]

MeterLabel = Annotated[str, Strict(), LabelOf("meters")]
PriceLabel = Annotated[str, Strict(), LabelOf("prices")]
CustomerLabel = Annotated[str, Strict(), LabelOf("customers")]
SubscriptionLabel = Annotated[str, Strict(), LabelOf("subscriptions")]
EventLabel = Annotated[str, Strict(), LabelOf("events")]

DurationField = Annotated[
    Duration, Reads(parse_duration, "a duration", _text(DURATION_PATTERN, "3h", "1mo 2d"))
]
_INSTANTS = {
    "type": "string",
    "examples": ["2026-01-31", "2026-01-31T12:00:00Z", "start + 1d", "cycle1.end - 1s"],
}
InstantField = Annotated[Instant, Reads(parse_instant, "an instant", _INSTANTS)]
_DATES = {"type": "string", "examples": ["2026-01-31", "2026-01-31T12:00:00Z"]}
UnixField = Annotated[int, Reads(parse_unix, "a date", _DATES)]
MoneyField = Annotated[Money, Reads(parse_money, "an amount of money", _text(MONEY_PATTERN, "0.84 usd"))]
CycleRefField = Annotated[CycleRef, Reads(parse_cycle_ref, "a cycle", _text(CYCLE_REF_PATTERN, "cycle1"))]
InvoiceRefField = Annotated[
    InvoiceRef,
    Reads(parse_invoice_ref, "an invoice", _text(INVOICE_REF_PATTERN, "cycle1", "first", "latest")),
]
_NUMBERS = {"type": ["number", "string"], "examples": [40, "0.125"]}
Quantity = Annotated[Decimal, Reads(parse_quantity, "a quantity", _NUMBERS, number=exact)]
EventInstant = Annotated[
    Instant | Literal["unstamped"],
    Reads(_or_word(parse_instant, "unstamped"), "an instant or `unstamped`", _INSTANTS),
]
TrialEnd = Annotated[
    Instant | Literal["now"], Reads(_or_word(parse_instant, "now"), "an instant or `now`", _INSTANTS)
]
EventValue = Annotated[Decimal | str, Reads(event_value, "a number or a text", _NUMBERS, number=exact)]
_BOUNDS = {"anyOf": [{"type": "integer", "minimum": 1}, {"const": "inf"}]}
TierBound = Annotated[int | Literal["inf"], Reads(parse_tier_bound, "a whole number or `inf`", _BOUNDS)]
