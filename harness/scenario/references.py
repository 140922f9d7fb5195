"""Labels that a part of a scenario speaks of, collected from its typed values."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple, get_args

from harness.scenario.base import Model
from harness.scenario.errors import GrammarError
from harness.scenario.expectations import SubscriptionClaim
from harness.scenario.fields import Params
from harness.scenario.instants import CycleEdge, Instant, InvoiceEdge, parse_instant
from harness.scenario.model import Reaction
from harness.scenario.reading import LabelOf
from harness.scenario.refs import CycleRef, InvoiceRef
from harness.scenario.shape import models_in
from harness.scenario.steps import Call

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

Loc = tuple[str | int, ...]

ANY_KIND = "objects"
_PATH_LABEL = re.compile(r"/:([^/]+)")


class Mention(NamedTuple):
    """A label written somewhere.

    Attributes:
        loc: the path to it, within its part.
        kind: what it should be the label of: meters, prices, customers, subscriptions, events, objects.
        label: the label.
    """

    loc: Loc
    kind: str
    label: str


class Bare(NamedTuple):
    """A cycle, an invoice or (without text) a claim that leaves open whose it is."""

    loc: Loc
    text: str | None


class OfInvoice(NamedTuple):
    """An instant on the invoice of a reaction's event."""

    loc: Loc
    text: str


class Unreadable(NamedTuple):
    """An instant in free-form data that can't be read, and why."""

    loc: Loc
    error: GrammarError


Reference = Mention | Bare | OfInvoice | Unreadable


def mentions_in_faulty(kind: Any, value: Any, loc: Loc = ()) -> Iterator[Mention]:
    """The labels in YAML data that couldn't be typed, so that one mistake doesn't hide another.

    Args:
        kind: the type it should have had.
        value: the data.
        loc: the path so far.
    """
    if isinstance(value, list):
        for index, item in enumerate(value):
            yield from mentions_in_faulty(kind, item, (*loc, index))
    elif isinstance(value, dict):
        for model in models_in(kind):
            for name in [name for name in value if name in model.model_fields]:
                yield from _in_faulty_field(model, name, value[name], (*loc, name))


def _in_faulty_field(model: type[Model], name: str, value: Any, loc: Loc) -> Iterator[Mention]:
    label = _label_fields(model).get(name)
    if label is None:
        yield from mentions_in_faulty(model.model_fields[name].annotation, value, loc)
    else:
        yield from _labels(tuple(value) if isinstance(value, list) else value, label, loc)


def answers_invoice(part: Any) -> bool:
    """Whether a part is a reaction to an event about an invoice."""
    return isinstance(part, Reaction) and part.on.startswith("invoice.")


def references_in(value: Any, loc: Loc = ()) -> list[Reference]:
    """Every label a value mentions, and every reference that depends on where it stands.

    Args:
        value: a model, or a value of one.
        loc: the path so far.
    """
    found: list[Reference] = []
    _collect(value, loc, found)
    return found


def _collect(value: Any, loc: Loc, found: list[Reference]) -> None:
    if isinstance(value, Model):
        _collect_fields(value, loc, found)
    elif isinstance(value, dict):
        found.extend(_stand_ins(value, loc))
    elif isinstance(value, tuple):
        for index, item in enumerate(value):
            _collect(item, (*loc, index), found)
    elif isinstance(value, Instant):
        if isinstance(value.anchor, InvoiceEdge):
            found.append(OfInvoice(loc, str(value.anchor)))
        elif isinstance(value.anchor, CycleEdge):
            found.append(_of_subscription(value.anchor, loc))
    elif isinstance(value, CycleRef) or (isinstance(value, InvoiceRef) and not _is_any_invoice(value)):
        found.append(_of_subscription(value, loc))


def _collect_fields(model: Model, loc: Loc, found: list[Reference]) -> None:
    given, values = model.model_fields_set, model.__dict__
    for name, kind in _speaking_fields(type(model)):
        if name not in given:
            continue
        if kind is None:
            _collect(values[name], (*loc, name), found)
        else:
            found.extend(_labels(values[name], kind, (*loc, name)))
    if isinstance(model, Call):
        found.extend(_in_call(model, loc))
    elif isinstance(model, SubscriptionClaim) and model.subscription is None:
        found.append(Bare(loc, None))


def _is_any_invoice(ref: InvoiceRef) -> bool:
    """Whether it is the newest invoice, whosever it is."""
    return ref.which == "latest" and ref.subscription is None


def _labels(value: Any, kind: str, loc: Loc) -> Iterator[Mention]:
    if isinstance(value, str):
        yield Mention(loc, kind, value)
    elif isinstance(value, tuple):
        for index, label in enumerate(value):
            yield from _labels(label, kind, (*loc, index))


def _of_subscription(ref: CycleEdge | CycleRef | InvoiceRef, loc: Loc) -> Reference:
    if ref.subscription is not None:
        return Mention(loc, "subscriptions", ref.subscription)
    return Bare(loc, str(ref))


def _in_call(call: Call, loc: Loc) -> Iterator[Mention]:
    for label in _PATH_LABEL.findall(call.path):
        yield Mention((*loc, "path"), ANY_KIND, label)


def _stand_ins(value: Any, loc: Loc) -> Iterator[Reference]:
    """`{id_of: label}` and `{time_of: instant}` at any depth of free-form data."""
    if isinstance(value, dict):
        if list(value) == ["id_of"] and isinstance(value["id_of"], str):
            yield Mention((*loc, "id_of"), ANY_KIND, value["id_of"])
        elif list(value) == ["time_of"]:
            yield from _time(value["time_of"], (*loc, "time_of"))
        else:
            for key, item in value.items():
                yield from _stand_ins(item, (*loc, key))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _stand_ins(item, (*loc, index))


def times_in(value: Any) -> Iterator[Instant]:
    """The instants that `{time_of: …}` stands for, at any depth of free-form data that was read well."""
    if isinstance(value, dict):
        if list(value) == ["time_of"]:
            yield parse_instant(str(value["time_of"]))
        else:
            for item in value.values():
                yield from times_in(item)
    elif isinstance(value, list):
        for item in value:
            yield from times_in(item)


def _time(text: Any, loc: Loc) -> Iterator[Reference]:
    try:
        instant = parse_instant(text if isinstance(text, str) else str(text))
    except GrammarError as error:
        yield Unreadable(loc, error)
    else:
        yield from references_in(instant, loc)


@cache
def _label_fields(model: type[Model]) -> dict[str, str]:
    """The fields that hold labels, and of what kind."""
    found = {}
    for name, field in model.model_fields.items():
        kind = next((each.kind for each in field.metadata if isinstance(each, LabelOf)), None)
        kind = kind or _label_kind(field.annotation)
        if kind is not None:
            found[name] = kind
    return found


@cache
def _speaking_fields(model: type[Model]) -> tuple[tuple[str, str | None], ...]:
    """The fields that can hold a reference at any depth, and of what kind those are that hold labels."""
    labels, fields = _label_fields(model), model.model_fields.items()
    return tuple(
        (name, labels.get(name)) for name, field in fields if _can_speak(field.annotation, field.metadata)
    )


def _can_speak(annotation: Any, metadata: Sequence[Any] = ()) -> bool:
    if any(isinstance(each, LabelOf) for each in (*metadata, *getattr(annotation, "__metadata__", ()))):
        return True
    if annotation in (Instant, CycleRef, InvoiceRef, Call, SubscriptionClaim, Params):
        return True
    if isinstance(annotation, type) and issubclass(annotation, Model):
        return bool(_speaking_fields(annotation))
    return any(_can_speak(part) for part in get_args(annotation))


def _label_kind(annotation: Any) -> str | None:
    for each in getattr(annotation, "__metadata__", ()):
        if isinstance(each, LabelOf):
            return each.kind
    return next((kind for part in get_args(annotation) if (kind := _label_kind(part))), None)
