"""Which models stand at a path of the language, for messages about their keys."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, get_args

from harness.scenario.base import Model

if TYPE_CHECKING:
    from collections.abc import Sequence


def models_in(annotation: Any) -> list[type[Model]]:
    """The models an annotation speaks of, through unions, lists, mappings and Annotated."""
    if isinstance(annotation, type) and issubclass(annotation, Model):
        return [annotation]
    return [model for part in get_args(annotation) for model in models_in(part)]


def models_at(kind: Any, loc: Sequence[str | int]) -> list[type[Model]]:
    """The models that can stand at a path below `kind`; parts that name no key are skipped."""
    current = models_in(kind)
    for part in loc:
        if not isinstance(part, str):
            continue
        if part.startswith("<"):
            current = [model for model in current if f"<{model.__name__}>" == part] or current
        elif any(part in model.model_fields for model in current):
            fields = [model.model_fields[part] for model in current if part in model.model_fields]
            current = [model for field in fields for model in models_in(field.annotation)]
    return current
