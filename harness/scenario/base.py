"""What all parts of the scenario model share: closed frozen models, lines of origin, short forms."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any, ClassVar, Self

from pydantic import BaseModel, ConfigDict, ModelWrapValidatorHandler, PrivateAttr, model_validator
from pydantic_core import core_schema

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
    from pydantic.json_schema import JsonSchemaValue


class Model(BaseModel):
    """A closed, immutable part of a scenario; messages call it `noun`, the reference says it is a `form`."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)
    noun: ClassVar[str] = "this mapping"
    form: ClassVar[str] = "mapping"


class Marked(Model):
    """A part that remembers the line it was written on."""

    _line: int = PrivateAttr(default=0)

    @property
    def line(self) -> int:
        """The 1-based line in the scenario's file; 0 when it wasn't read from one."""
        return self._line

    @model_validator(mode="wrap")
    @classmethod
    def _keep_line(cls, data: Any, handler: ModelWrapValidatorHandler[Self]) -> Self:
        made = handler(data)
        return made if data is made else made.at_line(getattr(data, "line", 0))

    def at_line(self, line: int) -> Self:
        """Remember the line; for the loader only."""
        self._line = line
        return self


class Widened(ABC):
    """Annotation: a value may also be written in a shorter form, which `widen` makes the full one of."""

    def __get_pydantic_core_schema__(
        self, source: Any, handler: GetCoreSchemaHandler
    ) -> core_schema.CoreSchema:
        """Widen the short form before the model sees it."""
        return core_schema.no_info_before_validator_function(self.widen, handler(source))

    @abstractmethod
    def widen(self, value: Any) -> Any:
        """The full form of a value that may be in the short one."""


class ShortForm(Widened):
    """Annotation: a value that isn't a mapping stands for a mapping with this one key."""

    def __init__(self, key: str) -> None:
        self.key = key

    def __get_pydantic_json_schema__(
        self, schema: core_schema.CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        """Either the key's own schema or the mapping's."""
        full = handler(schema)
        short = handler.resolve_ref_schema(full)["properties"][self.key]
        return {"anyOf": [{k: v for k, v in short.items() if k != "description"}, full]}

    def widen(self, value: Any) -> Any:
        """The mapping."""
        if isinstance(value, dict | Model):
            return value
        return {self.key: value}


class OneOrMany(Widened):
    """Annotation: a single mapping stands for a list of one."""

    def __get_pydantic_json_schema__(
        self, schema: core_schema.CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        """Either the list or one of its items."""
        many = handler(schema)
        return {"anyOf": [many["items"], many]}

    def widen(self, value: Any) -> Any:
        """The list."""
        return [value] if isinstance(value, dict) else value


def written(data: Mapping[str, Any], *keys: str) -> list[str]:
    """Which of these keys have a value."""
    return [key for key in keys if data.get(key) is not None]
