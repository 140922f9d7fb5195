"""The JSON Schema (draft-07) of scenario files, for editors, and the reference of all keys, for people."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import TypeAdapter

from harness.scenario.reference import reference_markdown
from harness.scenario.steps import STEP_CLASSES, VERBS
from harness.scenario.variables import NAME_PATTERN
from harness.scenario.written import CaseRow, Document, Shared

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["SCHEMA_FILE", "json_schema", "reference_markdown", "schema_text"]

SCHEMA_FILE = Path(__file__).with_name("schema.json")

_VARIABLE = {
    "type": "string",
    "pattern": rf"^\${NAME_PATTERN}",
    "description": "The value of a name from `vars`, `cases` or `matrix`.",
}
_VARIABLE_REF = {"$ref": "#/definitions/variable"}
# A file says these once, for all its cases.
_LITERAL = ("scenario", "about", "tags", "uses", "vars", "cases", "matrix")


def json_schema() -> dict[str, Any]:
    """The schema of a scenario file; `#/definitions/Shared` is that of a shared file."""
    found = TypeAdapter(Document | Shared).json_schema(ref_template="#/definitions/{model}")
    definitions: dict[str, Any] = {name: _tidied(each) for name, each in found["$defs"].items()}
    steps = [definitions.pop(step.__name__) for step in STEP_CLASSES]
    definitions["Step"] = _one_step(steps)
    definitions["CaseRow"]["additionalProperties"] = True
    document = definitions.pop(Document.__name__)
    rows = [definitions.pop(CaseRow.__name__)]
    document["properties"]["cases"]["items"] = rows[0]
    opened = {name: _opened(each) for name, each in definitions.items()}
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "Scenario",
        **_opened(document, literal=_LITERAL),
        "definitions": {"variable": _VARIABLE, **opened},
    }


def schema_text() -> str:
    """What `schema.json` must contain."""
    return json.dumps(json_schema(), indent=2, ensure_ascii=False) + "\n"


def _tidied(node: Any) -> Any:
    """Pydantic's schema in the words of draft-07, without what only pydantic needs."""
    if isinstance(node, list):
        return [_tidied(each) for each in node]
    if not isinstance(node, dict):
        return node
    made = {key: _tidied(value) for key, value in node.items() if not _is_noise(key, value)}
    if "oneOf" in made:
        made["anyOf"] = made.pop("oneOf")
    if "properties" in made:
        made["properties"] = {key: _without_null(value) for key, value in made["properties"].items()}
    if {"$ref": f"#/definitions/{STEP_CLASSES[0].__name__}"} in made.get("anyOf", []):
        return {"$ref": "#/definitions/Step"}
    return made


def _is_noise(key: str, value: Any) -> bool:
    is_label = key == "title" and isinstance(value, str)
    return is_label or key == "discriminator" or (key == "default" and not isinstance(value, str | int))


def _without_null(schema: dict[str, Any]) -> dict[str, Any]:
    """A key that may be left out can't be written with no value all the same."""
    options = schema.get("anyOf", [])
    if {"type": "null"} not in options:
        return schema
    left = [option for option in options if option != {"type": "null"}]
    rest = {key: value for key, value in schema.items() if key != "anyOf"}
    return {**left[0], **rest} if len(left) == 1 else {"anyOf": left, **rest}


def _one_step(steps: list[dict[str, Any]]) -> dict[str, Any]:
    """All verbs in one mapping, of which exactly one is required: editors complete that best."""
    properties = {key: value for step in steps for key, value in step["properties"].items()}
    for step in STEP_CLASSES:
        # Pydantic leaves a description out where the model's own says the same.
        properties[step.verb]["description"] = step.model_fields[step.verb].description
    return {
        "description": "A step: one verb, and what every step may say.",
        "type": "object",
        "properties": {**{verb: properties[verb] for verb in VERBS}, **properties},
        "additionalProperties": False,
        "oneOf": [{"required": [verb]} for verb in VERBS],
    }


def _opened(node: Any, literal: tuple[str, ...] = ()) -> Any:
    """The schema with `$name` allowed wherever a value is."""
    if not isinstance(node, dict):
        return node
    made = dict(node)
    if "properties" in node:
        made["properties"] = {
            key: value if key in literal else _or_variable(_opened(value))
            for key, value in node["properties"].items()
        }
    for key in ("items", "additionalProperties"):
        if isinstance(node.get(key), dict):
            made[key] = _or_variable(_opened(node[key]))
    if "patternProperties" in node:
        made["patternProperties"] = {
            k: _or_variable(_opened(v)) for k, v in node["patternProperties"].items()
        }
        made["additionalProperties"] = False
    if "anyOf" in node:
        made["anyOf"] = [_opened(option) for option in node["anyOf"]]
    return made


def _or_variable(schema: dict[str, Any]) -> dict[str, Any]:
    if any(_is_free_text(option) for option in _options(schema)):
        return schema
    about: dict[str, Any] = {key: schema[key] for key in ("description", "default") if key in schema}
    rest = {key: value for key, value in schema.items() if key not in about}
    if list(rest) == ["anyOf"]:
        return {**about, "anyOf": [*rest["anyOf"], _VARIABLE_REF]}
    return {**about, "anyOf": [rest, _VARIABLE_REF]}


def _options(schema: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield from schema.get("anyOf", [schema])


def _is_free_text(schema: dict[str, Any]) -> bool:
    """Whether a `$name` is allowed anyway."""
    kinds = schema.get("type", [])
    return (
        "string" in ([kinds] if isinstance(kinds, str) else kinds) and not {"pattern", "enum"} & schema.keys()
    )
