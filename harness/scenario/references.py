"""Labels that a part of a scenario speaks of, collected from its typed values."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple, get_args

from harness.scenario.base import Model
from harness.scenario.expectations import Expect, SubscriptionClaim
from harness.scenario.instants import LABEL_PATTERN, CycleEdge, Instant, InvoiceEdge
from harness.scenario.model import Reaction
from harness.scenario.reading import LabelOf
from harness.scenario.refs import CycleRef, InvoiceRef
from harness.scenario.shape import models_in
from harness.scenario.steps import Call

if TYPE_CHECKING:
    from collections.abc import Iterator

Loc = tuple[str | int, ...]

ANY_KIND = "objects"
_PATH_LABEL = re.compile(rf"/:({LABEL_PATTERN})(?=/|$)")


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


Reference = Mention | Bare | OfInvoice


def references_of(section: str, model: Model) -> list[Reference]:
    """The references of a whole part: a step, a reaction or a declared object.

    A bare cycle in a subscription is its own, one in a reaction to an invoice's event is that invoice's.
    """
    return list(references_in(model, owned=section == "subscriptions" or answers_invoice(model)))


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


def references_in(value: Any, *, owned: bool = False, loc: Loc = ()) -> Iterator[Reference]:
    """Every label a value mentions, and every reference that depends on where it stands.

    Args:
        value: a model, or a value of one.
        owned: whether a subscription is known here, so that a bare `cycle1` belongs to it.
        loc: the path so far.
    """
    if isinstance(value, Model):
        yield from _in_model(value, owned, loc)
    elif isinstance(value, tuple):
        for index, item in enumerate(value):
            yield from references_in(item, owned=owned, loc=(*loc, index))
    elif isinstance(value, Instant):
        if isinstance(value.anchor, InvoiceEdge):
            yield OfInvoice(loc, str(value.anchor))
        elif isinstance(value.anchor, CycleEdge):
            yield from _of_subscription(value.anchor, owned, loc)
    elif isinstance(value, CycleRef | InvoiceRef):
        yield from _of_subscription(value, owned, loc)


def _in_model(model: Model, owned: bool, loc: Loc) -> Iterator[Reference]:
    owned = owned or _names_subscription(model)
    labels = _label_fields(type(model))
    for name, value in model.__dict__.items():
        if value is None or name not in model.model_fields_set:
            continue
        if name in labels:
            yield from _labels(value, labels[name], (*loc, name))
        else:
            yield from references_in(value, owned=owned, loc=(*loc, name))
    if isinstance(model, Call):
        yield from _in_call(model, loc)
    if isinstance(model, SubscriptionClaim) and not owned:
        yield Bare(loc, None)


def _names_subscription(model: Model) -> bool:
    """Whether a mapping says which subscription its cycles belong to."""
    if isinstance(model, Expect):
        return model.invoice is not None and model.invoice.subscription is not None
    return isinstance(getattr(model, "subscription", None), str)


def _labels(value: Any, kind: str, loc: Loc) -> Iterator[Mention]:
    if isinstance(value, str):
        yield Mention(loc, kind, value)
    elif isinstance(value, tuple):
        for index, label in enumerate(value):
            yield from _labels(label, kind, (*loc, index))


def _of_subscription(ref: CycleEdge | CycleRef | InvoiceRef, owned: bool, loc: Loc) -> Iterator[Reference]:
    if ref.subscription is not None:
        yield Mention(loc, "subscriptions", ref.subscription)
    elif not owned:
        yield Bare(loc, str(ref))


def _in_call(call: Call, loc: Loc) -> Iterator[Mention]:
    for label in _PATH_LABEL.findall(call.path):
        yield Mention((*loc, "path"), ANY_KIND, label)
    yield from _ids_of(call.params, (*loc, "params"))


def _ids_of(value: Any, loc: Loc) -> Iterator[Mention]:
    if isinstance(value, dict):
        if list(value) == ["id_of"] and isinstance(value["id_of"], str):
            yield Mention((*loc, "id_of"), ANY_KIND, value["id_of"])
            return
        for key, item in value.items():
            yield from _ids_of(item, (*loc, key))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _ids_of(item, (*loc, index))


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


def _label_kind(annotation: Any) -> str | None:
    for each in getattr(annotation, "__metadata__", ()):
        if isinstance(each, LabelOf):
            return each.kind
    return next((kind for part in get_args(annotation) if (kind := _label_kind(part))), None)
