"""Emitting events: every change that Stripe announces is announced here."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from harness.simulator.flows.announcing.webhooks import post
from harness.simulator.objects.event import Event

if TYPE_CHECKING:
    from harness.simulator.objects.invoice import Invoice
    from harness.simulator.world import World


class Renderable(Protocol):
    """Anything with a wire form."""

    def render(self, world: World) -> dict[str, Any]:
        """The wire form."""


def emit(world: World, kind: str, obj: Renderable, previous: dict[str, Any] | None = None) -> None:
    """Store an event of type `kind` about `obj`, which is rendered now.

    Args:
        world: the account.
        kind: Stripe's name, such as `customer.created`.
        obj: the object that changed, already in its new state.
        previous: changed members with their old values, for `*.updated`.
    """
    event = Event(
        id=world.new_id("evt"),
        created=world.wall,  # CLK-56
        type=kind,
        snapshot=obj.render(world),
        previous=previous,
        request_id=world.origin.request_id,
        idempotency_key=world.origin.idempotency_key,
    )
    world.events[event.id] = event
    if world.endpoints:
        post(world, event, _waiting_draft(world, event))


def _waiting_draft(world: World, event: Event) -> Invoice | None:
    """The draft that finalizes by itself once its `invoice.created` was delivered (INV-27)."""
    scheduled = event.snapshot.get("automatically_finalizes_at") is not None
    return world.invoices.get(event.snapshot["id"]) if event.type == "invoice.created" and scheduled else None


def emit_update(world: World, kind: str, obj: Renderable, before: dict[str, Any]) -> bool:
    """Store an `*.updated` event with what changed since `before`, the earlier wire form, if anything did."""
    previous = changed(before, obj.render(world))
    if previous:
        emit(world, kind, obj, previous)
    return bool(previous)


def changed(before: dict[str, Any], after: dict[str, Any]) -> dict[str, Any]:
    """Old values of the members that differ; inside hashes only the members that differ."""
    previous: dict[str, Any] = {}
    for key in before | after:
        old, new = before.get(key), after.get(key)
        if old == new:
            continue
        nested = isinstance(old, dict) and isinstance(new, dict) and "object" not in old
        previous[key] = changed(old, new) if nested and old is not None and new is not None else old
    return previous
