"""An event of `/v1/events`: what happened, with a snapshot of the object taken at that moment."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from harness.simulator.wire.versions import NEWEST

if TYPE_CHECKING:
    from harness.simulator.world import World


@dataclass(frozen=True, slots=True)
class Event:
    """A classic ("snapshot") event (PRO-18).

    Args:
        id: `evt_…`.
        created: wall time, also for clocked objects (CLK-56).
        type: such as `invoice.created`.
        snapshot: the object in its newest shape when the event occurred.
        previous: changed members with their old values, on `*.updated` only.
        request_id: the API request that caused it; None when Stripe acted by itself.
        idempotency_key: of that request.
    """

    id: str
    created: int
    type: str
    snapshot: dict[str, Any]
    previous: dict[str, Any] | None
    request_id: str | None
    idempotency_key: str | None

    def render(self, world: World) -> dict[str, Any]:
        """The wire form."""
        data: dict[str, Any] = {"object": self.snapshot}
        if self.previous is not None:
            data["previous_attributes"] = self.previous
        return {
            "id": self.id,
            "object": "event",
            "account": None,
            "api_version": NEWEST,
            "context": None,
            "created": self.created,
            "data": data,
            "livemode": False,
            "pending_webhooks": self._pending(world),
            "request": {"id": self.request_id, "idempotency_key": self.idempotency_key},
            "type": self.type,
        }

    def _pending(self, world: World) -> int:
        """How many deliveries of it are still to be made."""
        deliveries = (world.deliveries[each] for each in world.deliveries_of.get(self.id, ()))
        return sum(each.state == "pending" for each in deliveries)
