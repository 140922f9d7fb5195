"""Asynchronous error reports: what the stream swallowed and could not use."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.simulator.flows.announcing.webhooks import post_thin
from harness.simulator.objects.thin_event import Flaw, ThinEvent

if TYPE_CHECKING:
    from harness.simulator.flows.metering.ingestion import Fault
    from harness.simulator.world import World

WINDOW_SECONDS = 10  # MTR-95
DELAY_SECONDS = 2  # MTR-95

CODES = {
    "archived_meter": "archived_meter",
    "in_future": "timestamp_in_future",
    "invalid_value": "meter_event_invalid_value",
    "no_customer": "meter_event_no_customer_defined",
    "no_meter": "no_meter",
    "no_value": "meter_event_value_not_found",
    "too_many_digits": "meter_event_value_too_many_digits",
    "too_old": "timestamp_too_far_in_past",
    "unknown_customer": "meter_event_customer_not_found",
}
"""Code of a report by the rule that was broken (MTR-96, CON-16). A duplicate is dropped without one (MTR-78,
UNK-22, unverified)."""


def note(world: World, fault: Fault) -> None:
    """Add a fault to the report of its meter and of the present ten seconds; nothing for a duplicate."""
    code = CODES.get(fault.reason)
    if code is None:
        return
    starts_at = world.wall // WINDOW_SECONDS * WINDOW_SECONDS
    meter = fault.meter if code != "no_meter" else None
    report = world.open_reports.get((meter, starts_at))
    if report is None:
        ends_before = starts_at + WINDOW_SECONDS
        created = ends_before + DELAY_SECONDS
        report = ThinEvent(world.new_id("evt_thin"), created, meter, starts_at, ends_before)
        world.open_reports[meter, starts_at] = report
    message = (
        f"No meter was found matching event_name {fault.event_name}." if meter is None else fault.message
    )
    report.flaws.append(Flaw(code, message, fault.identifier or world.new_id("mtr_event")))


def publish(world: World) -> None:
    """Call before thin events are read: reports whose time has come become events."""
    due = [key for key, report in world.open_reports.items() if report.created <= world.wall]
    for key in due:
        report = world.open_reports.pop(key)
        world.thin_events[report.id] = report
        if world.endpoints:
            post_thin(world, report)
