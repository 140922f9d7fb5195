"""A usage alert, and the news that a customer has set it off."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from harness.simulator.world import World


@dataclass(slots=True)
class Alert:
    """State of a `billing.alert` (CHG-49).

    Args:
        gte: the usage that sets it off, in units.
        customer: the only one it is for; None for all.
        fired_for: customers who have set it off, which each can do once (CHG-50).
    """

    id: str
    title: str
    meter: str
    gte: int
    customer: str | None = None
    status: str = "active"
    fired_for: set[str] = field(default_factory=set)

    def watches(self, customer: str, meter: str) -> bool:
        """Whether usage of this customer on this meter can set it off."""
        concerns = self.meter == meter and self.customer in {None, customer}
        return concerns and self.status == "active" and customer not in self.fired_for

    def render(self, world: World) -> dict[str, Any]:
        """The wire form."""
        filters = None if self.customer is None else [{"customer": self.customer, "type": "customer"}]
        return {
            "id": self.id,
            "object": "billing.alert",
            "alert_type": "usage_threshold",
            "livemode": False,
            "status": self.status,
            "title": self.title,
            "usage_threshold": {
                "filters": filters,
                "gte": self.gte,
                "meter": self.meter,
                "recurrence": "one_time",
            },
        }


@dataclass(frozen=True, slots=True)
class AlertTriggered:
    """The object of a `billing.alert.triggered` event (CHG-51); `value` is the usage that was found."""

    alert: Alert
    customer: str
    value: int
    created: int

    def render(self, world: World) -> dict[str, Any]:
        """The wire form, which has no id."""
        return {
            "object": "billing.alert_triggered",
            "alert": self.alert.render(world),
            "created": self.created,
            "customer": self.customer,
            "livemode": False,
            "value": self.value,
        }
