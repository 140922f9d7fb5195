"""Where events go: webhook endpoints, v2 event destinations, and each delivery with its attempts."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from harness.simulator.wire.instants import written

if TYPE_CHECKING:
    from harness.simulator.world import World

THIN = "thin"
SNAPSHOT = "snapshot"


@dataclass(slots=True)
class Endpoint:
    """A webhook endpoint (`we_…`), or an event destination of that kind (`ed_…`).

    Args:
        secret: signs what is delivered (PRO-22); None stands for the server's own.
        payload: `snapshot` (classic events) or `thin` (PRO-18, MTR-91).
        api_version: named in what is delivered; None is the account's default.
        name: of a destination.
    """

    id: str
    created: int
    url: str
    enabled_events: list[str]
    secret: str | None = None
    payload: str = SNAPSHOT
    api_version: str | None = None
    description: str | None = None
    metadata: dict[str, str] = field(default_factory=dict)
    enabled: bool = True
    name: str = ""
    deleted: bool = False

    def wants(self, kind: str, payload: str) -> bool:
        """Whether an event of type `kind` goes here; `*` and `invoice.*` stand for many."""
        if not self.enabled or self.payload != payload:
            return False
        return any(
            kind == each or (each.endswith("*") and kind.startswith(each[:-1]))
            for each in self.enabled_events
        )

    def render(self, world: World) -> dict[str, Any]:
        """The wire form of a webhook endpoint; its secret is shown by its creation only."""
        if self.deleted:
            return {"id": self.id, "object": "webhook_endpoint", "deleted": True}
        return {
            "id": self.id,
            "object": "webhook_endpoint",
            "api_version": self.api_version,
            "application": None,
            "created": self.created,
            "description": self.description,
            "enabled_events": list(self.enabled_events),
            "livemode": False,
            "metadata": dict(self.metadata),
            "status": "enabled" if self.enabled else "disabled",
            "url": self.url,
        }

    def render_destination(self, include: list[str], *, fresh: bool = False) -> dict[str, Any]:
        """The wire form of an event destination; `include` asks for its address and, if fresh, its secret."""
        shown: dict[str, Any] = {}
        if "webhook_endpoint.url" in include:
            shown["url"] = self.url
        if fresh and "webhook_endpoint.signing_secret" in include:
            shown["signing_secret"] = self.secret
        return {
            "id": self.id,
            "object": "v2.core.event_destination",
            "created": written(self.created),
            "description": self.description or "",
            "enabled_events": list(self.enabled_events),
            "event_payload": self.payload,
            "events_from": ["@self"],
            "livemode": False,
            "metadata": dict(self.metadata),
            "name": self.name,
            "snapshot_api_version": self.api_version,
            "status": "enabled" if self.enabled else "disabled",
            "status_details": None if self.enabled else {"disabled": {"reason": "user"}},
            "type": "webhook_endpoint",
            "updated": written(self.created),
            "webhook_endpoint": shown,
        }


@dataclass(frozen=True, slots=True)
class Attempt:
    """One try at delivering: when (wall time), and the HTTP status or, without one, what went wrong."""

    at: int
    status: int | None
    note: str

    @property
    def fine(self) -> bool:
        """Whether the handler took it."""
        return self.status is not None and 200 <= self.status < 300


@dataclass(slots=True)
class Delivery:
    """An event on its way to an endpoint.

    Args:
        event: the event's id, classic or thin.
        next_at: wall time of the next attempt; None when there is none.
        state: `pending`, `delivered` or `failed`.
    """

    id: str
    endpoint: str
    event: str
    type: str
    created: int
    next_at: int | None
    state: str = "pending"
    attempts: list[Attempt] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Awaited:
    """A draft whose `invoice.created` is not delivered yet, and its delay from then on (INV-27)."""

    invoice: str
    delay_seconds: int
