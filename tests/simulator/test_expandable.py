"""The table of expandable members is the SDK's: nothing missing, nothing invented."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ForwardRef, get_args, get_origin

import pytest
from stripe._object_classes import OBJECT_CLASSES, get_object_class

from harness.simulator.wire.expandable import EXPANDABLE, OBJECT_OF_PATH

EMBEDDED = {
    "charge": {"refunds"},
    "coupon": {"applies_to", "currency_options"},
    "credit_note": {"lines"},
    "customer": {"discount", "invoice_credit_balance", "sources", "subscriptions", "tax", "tax_ids"},
    "invoice": {"confirmation_secret", "lines", "payments"},
    "plan": {"tiers"},
    "price": {"currency_options", "tiers"},
    "subscription": {"items"},
    "subscription_item": {"plan", "price"},
}
"""Members that Stripe embeds, or adds when expanded: the SDK doesn't mark them as expandable."""


def names_an_object(annotation: Any) -> bool:
    """Whether an annotation allows an id or the object itself."""
    members = get_args(annotation)
    if get_origin(annotation) is list:
        return names_an_object(members[0])
    if str in members and any(isinstance(each, ForwardRef) for each in members):
        return True
    return any(names_an_object(each) for each in members)


def expandable(cls: type, prefix: str = "") -> Iterator[str]:
    for name, annotation in cls.__annotations__.items():
        if names_an_object(annotation):
            yield f"{prefix}{name}"
    for name, inner in getattr(cls, "_inner_class_types", {}).items():
        yield from expandable(inner, f"{prefix}{name}.")


MODELLED = [name for name in EXPANDABLE if name in OBJECT_CLASSES and name not in {"source", "tax_id"}]


@pytest.mark.parametrize("name", MODELLED)
def test_the_table_is_the_sdks(name: str) -> None:
    """PRO-15"""
    theirs = {
        path
        for path in expandable(get_object_class("V1", name))
        if not (
            path.startswith("payment_method_details.") and not path.startswith("payment_method_details.card.")
        )
    }
    ours = set(EXPANDABLE[name])
    assert sorted(theirs - ours) == []
    assert sorted(ours - theirs - EMBEDDED.get(name, set())) == []


def test_targets_are_known() -> None:
    targets = {target.strip("[]") for members in EXPANDABLE.values() for target in members.values()}
    targets -= {"{tiers}"}  # under each currency of `currency_options`
    assert sorted(targets - set(EXPANDABLE) - {""}) == []
    assert sorted(set(OBJECT_OF_PATH.values()) - set(EXPANDABLE)) == []
