"""Words for keys that don't belong, keys that are missing, and steps without a verb."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from harness.scenario.codes import Code
from harness.scenario.errors import shorten
from harness.scenario.findings import Finding
from harness.scenario.model import Scenario
from harness.scenario.places import locate, locate_key, node_at
from harness.scenario.shape import models_at, models_in
from harness.scenario.steps import STEP_CLASSES, VERBS, StepBase
from harness.scenario.suggest import closest, nearest, one_of
from harness.scenario.tree import MarkedDict

if TYPE_CHECKING:
    from harness.scenario.base import Model
    from harness.scenario.source import Span

Loc = tuple[str | int, ...]

DOCUMENT_KEYS = ("uses", "vars", "cases", "matrix")
_STEP_KEYS = (*VERBS, *StepBase.model_fields)


def suggested_key(kind: Any, loc: Loc) -> str | None:
    """The key that the unknown one at the end of a path was probably meant to be."""
    return nearest(str(loc[-1]), _keys(models_at(kind, loc[:-1])))


def unknown_key(kind: Any, loc: Loc, tree: Any, root: Span) -> Finding:
    """The finding for a key that isn't one."""
    key, owners = str(loc[-1]), models_at(kind, loc[:-1])
    noun = owners[0].noun if owners else "this mapping"
    hint = _belongs_inside(key, owners, loc, tree) or closest(key, _keys(owners)) or _listing(owners)
    return Finding(
        Code.UNKNOWN_KEY, f"`{shorten(key)}` isn't a key of {noun}", locate_key(tree, loc, root), hint
    )


def missing_key(kind: Any, loc: Loc, tree: Any, root: Span) -> Finding:
    """The finding for a required key that isn't there."""
    key, owners = str(loc[-1]), models_at(kind, loc[:-1])
    fields = [owner.model_fields[key] for owner in owners if key in owner.model_fields]
    hint = f"`{key}`: {fields[0].description}" if fields else None
    noun = owners[0].noun if owners else "this mapping"
    return Finding(Code.MISSING_KEY, f"{noun} needs `{key}`", locate(tree, loc[:-1], root), hint)


def nothing_there(what: str, span: Span) -> Finding:
    """The finding for a key with nothing after it."""
    return Finding(Code.NO_VALUE, f"{what} has no value", span, "give it one, or leave the key out")


def step_without_verb(step: Any, span: Span) -> Finding:
    """The finding for a step that hasn't exactly one verb."""
    verbs = f"the verbs are {', '.join(VERBS)}"
    if not isinstance(step, MarkedDict):
        message = "a step should be a mapping with a verb"
        return Finding(Code.NO_VERB, message, span, _bare_verb(step) or verbs)
    found = [key for key in step if key in VERBS]
    if len(found) > 1:
        shown = one_of(f"`{verb}`" for verb in found).replace(" or ", " and ")
        message = f"a step has one verb, this one has {shown}"
        return Finding(Code.SEVERAL_VERBS, message, step.key_span(found[1]), "make a step of each")
    for key in step:
        if key not in _STEP_KEYS and (hint := closest(key, VERBS)):
            return Finding(Code.NO_VERB, f"`{shorten(key)}` isn't a verb", step.key_span(key), hint)
    return Finding(Code.NO_VERB, "this step has no verb", span, verbs)


def _bare_verb(step: Any) -> str | None:
    return f"write `{step}: …`" if isinstance(step, str) and step in VERBS else None


def _keys(owners: list[type[Model]]) -> list[str]:
    keys = [key for owner in owners for key in owner.model_fields]
    if Scenario in owners:
        keys += DOCUMENT_KEYS
    return keys


def _listing(owners: list[type[Model]]) -> str | None:
    keys = _keys(owners)
    return f"its keys are {', '.join(keys)}" if keys else None


def _belongs_inside(key: str, owners: list[type[Model]], loc: Loc, tree: Any) -> str | None:
    """A hint when the key is one of a mapping beside it: the usual slip of indentation."""
    around = node_at(tree, loc[:-1])
    for owner in owners:
        for name, field in owner.model_fields.items():
            inner = [model for model in models_in(field.annotation) if key in model.model_fields]
            if name in around and inner and inner[0] not in STEP_CLASSES:
                return f"`{key}` belongs inside `{name}`: indent it further"
    return None
