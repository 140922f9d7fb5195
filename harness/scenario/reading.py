"""Annotations for pydantic fields: a value read by a parser of ours, the label of something else."""

from __future__ import annotations

from dataclasses import is_dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any, get_args

from pydantic_core import core_schema

from harness.scenario.codes import Code
from harness.scenario.errors import GrammarError

if TYPE_CHECKING:
    from collections.abc import Callable

    from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
    from pydantic.json_schema import JsonSchemaValue


class Reads:
    """Annotation: the field is read from text by a parser; a value that is already right is kept.

    Args:
        parse: from text to value; raises `GrammarError`.
        noun: what messages call such a value.
        code: the code of the problem when it isn't one.
        schema: its JSON Schema.
        number: from an exact number to value; without it numbers are parsed as text.
    """

    def __init__(
        self,
        parse: Callable[[str], Any],
        noun: str,
        code: Code,
        schema: JsonSchemaValue,
        number: Callable[[Decimal], Any] | None = None,
    ) -> None:
        self.parse = parse
        self.noun = noun
        self.code = code
        self.schema = schema
        self.number = number

    def __get_pydantic_core_schema__(
        self, source: Any, _handler: GetCoreSchemaHandler
    ) -> core_schema.CoreSchema:
        """One call of the parser."""
        kept = tuple(
            kind for kind in (source, *get_args(source)) if isinstance(kind, type) and is_dataclass(kind)
        )

        def read(value: Any) -> Any:
            return value if isinstance(value, kept) else self.read(value)

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
        try:
            return self._read(value)
        except GrammarError as error:
            error.code = self.code
            raise

    def _read(self, value: Any) -> Any:
        if isinstance(value, str):
            return self.parse(value)
        if isinstance(value, int | Decimal) and not isinstance(value, bool):
            return self.number(Decimal(value)) if self.number else self.parse(str(value))
        raise GrammarError(f"this should be {self.noun}")


class LabelOf:
    """Annotation: the text is the label of something declared elsewhere in the file."""

    def __init__(self, kind: str) -> None:
        self.kind = kind
