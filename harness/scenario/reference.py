"""The reference of all keys of the scenario language, in Markdown, made from the typed model."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, get_args, get_origin

from pydantic_core import PydanticUndefined

from harness.scenario.base import Model, OneOrMany, ShortForm
from harness.scenario.expectations import Expect
from harness.scenario.model import Reaction, SimulatorOptions
from harness.scenario.objects import Clock, Customer, Meter, Price, Subscription
from harness.scenario.reading import LabelOf, Reads
from harness.scenario.shape import models_in
from harness.scenario.steps import STEP_CLASSES, StepBase
from harness.scenario.written import CaseRow, Document

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pydantic.fields import FieldInfo

_WORDS = {str: "text", int: "whole number", bool: "`true` or `false`", float: "number", dict: "mapping"}
_TOP: tuple[tuple[str, type[Model]], ...] = (
    ("A file", Document),
    ("`cases`", CaseRow),
    ("`clock`", Clock),
    ("`meters`", Meter),
    ("`prices`", Price),
    ("`customers`", Customer),
    ("`subscriptions`", Subscription),
    ("`reactions`", Reaction),
    ("`simulator`", SimulatorOptions),
)


def reference_markdown() -> str:
    """Tables of all keys: what a file may hold, then steps, then expectations."""
    told: set[type[Model]] = {Expect}
    sections = [part for title, model in _TOP for part in _sections(title, model, told)]
    sections += _sections("Every step", StepBase, told, "One verb, and any of these.")
    for step in STEP_CLASSES:
        if step.verb != "expect":
            sections += _step_sections(step, told)
    told.discard(Expect)
    sections += _sections("`expect`", Expect, told)
    return "\n\n".join(sections)


def _step_sections(step: type[StepBase], told: set[type[Model]]) -> Iterator[str]:
    field = step.model_fields[step.verb]
    (model,) = models_in(field.annotation)
    if model in told:
        yield f"### `{step.verb}`\n\n{field.description}{_short_form(field)} Its keys are above."
        return
    yield from _sections(f"`{step.verb}`", model, told, f"{field.description}{_short_form(field)}")


def _sections(
    title: str, model: type[Model], told: set[type[Model]], intro: str | None = None
) -> Iterator[str]:
    """A model's table, then those of the models in it that weren't told yet."""
    told.add(model)
    yield f"### {title}"
    yield intro or " ".join((model.__doc__ or "").split())
    yield _table(model.model_fields)
    for name, field in model.model_fields.items():
        for inner in models_in(field.annotation):
            is_top = inner in dict(_TOP).values() or issubclass(inner, StepBase)
            if inner not in told and not is_top:
                yield from _sections(f"{title}, `{name}`", inner, told)


def _short_form(field: FieldInfo) -> str:
    keys = [each.key for each in field.metadata if isinstance(each, ShortForm)]
    return f" Short form: the value of `{keys[0]}` alone." if keys else ""


def _table(fields: dict[str, FieldInfo]) -> str:
    rows = [
        f"| `{name}` | {_kind(field)} | {_default(field)} | {_cell(field)} |"
        for name, field in fields.items()
    ]
    return "\n".join(["| key | value | default | meaning |", "| --- | --- | --- | --- |", *rows])


def _cell(field: FieldInfo) -> str:
    return (field.description or "").replace("|", "\\|")


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "required"
    if field.default in (None, (), PydanticUndefined):
        return ""
    return f"`{str(field.default).lower() if isinstance(field.default, bool) else field.default}`"


def _kind(field: FieldInfo) -> str:
    return _words(field.annotation, field.metadata)


def _words(annotation: Any, metadata: Sequence[Any] = ()) -> str:
    """A type in words."""
    notes = (*metadata, *getattr(annotation, "__metadata__", ()))
    named = [_named(note, annotation) for note in notes if _named(note, annotation)]
    if named:
        return named[0]
    if annotation in _WORDS:
        return _WORDS[annotation]
    if isinstance(annotation, type) and issubclass(annotation, Model):
        return annotation.form
    return _compound(annotation)


def _named(note: Any, annotation: Any) -> str:
    """How the reference calls a value that one of our annotations describes."""
    if isinstance(note, Reads):
        return note.noun.removeprefix("a ").removeprefix("an ")
    if isinstance(note, LabelOf):
        return "`id` of an event" if note.kind == "events" else f"label in `{note.kind}`"
    if isinstance(note, ShortForm):
        (model,) = models_in(annotation)
        return f"{_kind(model.model_fields[note.key])}, or mapping"
    return "mapping, or list of mappings" if isinstance(note, OneOrMany) else ""


def _compound(annotation: Any) -> str:
    parts = [each for each in get_args(annotation) if each not in (type(None), Ellipsis)]
    origin = get_origin(annotation)
    if origin is Literal:
        return ", ".join(f"`{each}`" for each in parts)
    if origin is dict:
        return "mapping"
    if origin is tuple:
        return f"list: {_words(parts[0])}"
    if hasattr(annotation, "__metadata__"):
        return _words(parts[0])
    words = list(dict.fromkeys(_words(each) for each in parts if each is not Any))
    return " or ".join(words) if words else "anything"
