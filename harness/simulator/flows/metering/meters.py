"""Meters: one active for each event name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.simulator.flows.announcing.events import emit, emit_update
from harness.simulator.flows.announcing.webhooks import post_thin
from harness.simulator.objects.thin_event import MeterTwin
from harness.simulator.wire.errors import invalid, missing_resource

if TYPE_CHECKING:
    from harness.simulator.objects.meter import Meter
    from harness.simulator.world import World


def get(world: World, meter_id: str, param: str = "id") -> Meter:
    """The meter, which must exist.

    Raises:
        StripeError: `resource_missing` (MTR-17).
    """
    meter = world.meters.get(meter_id)
    if meter is None:
        raise missing_resource("billing meter", meter_id, param)
    return meter


def add(world: World, meter: Meter) -> None:
    """Take a new meter into the account.

    Raises:
        StripeError: 400 when another active meter has its event name (MTR-15).
    """
    _ensure_free(world, meter.event_name)
    world.add_meter(meter)
    emit(world, "billing.meter.created", meter)
    _twin(world, meter)


def rename(world: World, meter: Meter, display_name: str) -> None:
    """The only thing of a meter that can change (MTR-10)."""
    before = meter.render(world)
    meter.display_name, meter.updated = display_name, world.wall
    if emit_update(world, "billing.meter.updated", meter, before):
        _twin(world, meter)


def deactivate(world: World, meter: Meter) -> None:
    """Stop taking events; what was recorded stays aggregated and billed (MTR-11, MTR-12, UNK-19, unverified).

    Raises:
        StripeError: 400 when it is inactive already (text unverified).
    """
    if not meter.active:
        raise invalid("This meter is already inactive.")
    meter.deactivated_at = meter.updated = world.wall
    world.index_meter(meter)
    emit(world, "billing.meter.deactivated", meter)
    _twin(world, meter)


def reactivate(world: World, meter: Meter) -> None:
    """Take events again (MTR-11).

    Raises:
        StripeError: 400 when it is active, or another active meter has its event name (MTR-13, UNK-19,
            unverified).
    """
    if meter.active:
        raise invalid("This meter is already active.")
    _ensure_free(world, meter.event_name)
    meter.deactivated_at, meter.updated = None, world.wall
    world.index_meter(meter)
    emit(world, "billing.meter.reactivated", meter)
    _twin(world, meter)


def _twin(world: World, meter: Meter) -> None:
    """The thin twin of the classic event that was stored last (MTR-19).

    The types are the SDK's; that they come with the classic events, on every version, is unverified.
    """
    classic = next(reversed(world.events.values()))
    twin = MeterTwin(world.new_id("evt_thin"), world.wall, f"v1.{classic.type}", meter.id, classic.id)
    world.thin_events[twin.id] = twin
    if world.endpoints:
        post_thin(world, twin)


def _ensure_free(world: World, event_name: str) -> None:
    if world.meter_named(event_name) is not None:
        raise invalid(
            f"An active meter already exists for event name '{event_name}'. To create a new meter with the "
            "same event name, first deactivate the currently active meter."
        )
