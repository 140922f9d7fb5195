"""A billing meter: which events count, for whom, and how they add up."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from harness.simulator.world import World


@dataclass(slots=True)
class Meter:
    """State of a `billing.meter` (MTR-09). Meters are not clocked: all times are wall times.

    Args:
        id: `mtr_test_…` (MTR-14).
        event_name: one active meter for each (MTR-04).
        formula: `sum`, `count` or `last` (MTR-05).
        customer_key: payload key of the customer (MTR-06).
        value_key: payload key of the value (MTR-07).
        window: `hour`, `day` or None for raw (MTR-08).
        deactivated_at: None while active (MTR-11).
    """

    id: str
    created: int
    updated: int
    display_name: str
    event_name: str
    formula: str
    customer_key: str = "stripe_customer_id"
    value_key: str = "value"
    window: str | None = None
    deactivated_at: int | None = None

    @property
    def active(self) -> bool:
        """Whether the meter takes events."""
        return self.deactivated_at is None

    def render(self, world: World) -> dict[str, Any]:
        """The wire form."""
        return {
            "id": self.id,
            "object": "billing.meter",
            "created": self.created,
            "customer_mapping": {"event_payload_key": self.customer_key, "type": "by_id"},
            "default_aggregation": {"formula": self.formula},
            "display_name": self.display_name,
            "event_name": self.event_name,
            "event_time_window": self.window,
            "livemode": False,
            "status": "active" if self.active else "inactive",
            "status_transitions": {"deactivated_at": self.deactivated_at},
            "updated": self.updated,
            "value_settings": {"event_payload_key": self.value_key},
        }
