"""A test clock: the time of the customers that live on it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar

if TYPE_CHECKING:
    from harness.simulator.world import World

LIFETIME_SECONDS = 30 * 86_400  # CLK-03, CON-01


@dataclass(slots=True)
class TestClock:
    """State of a `test_helpers.test_clock` (CLK-01 to CLK-10).

    Args:
        id: `clock_…`.
        created: wall time (CLK-57).
        frozen_time: the present of every attached object; keeps its old value until an advance is over
            (CLK-33, UNK-04, unverified).
        name: at most 300 characters.
        status: `ready`, `advancing` or `internal_failure`, which is final.
        target: where the advance under way leads.
        reads_left: reads of the clock that still answer `advancing`.
        standing: whether the advance stands still until webhooks are delivered (INV-27).
        ready_at: wall time at which it is ready even unread; None is never.
        working_at: the instant in hand while an advance runs its due work, then its target until `ready`.
        customers: ids of those that joined it; they never leave (CLK-47).
        deleted: a deleted clock is kept, for the objects that name it.
    """

    __test__: ClassVar[bool] = False  # its name looks like a test class to pytest

    id: str
    created: int
    frozen_time: int
    name: str | None = None
    status: str = "ready"
    target: int | None = None
    reads_left: int = 0
    ready_at: int | None = None
    standing: bool = False
    working_at: int | None = None
    customers: list[str] = field(default_factory=list)
    deleted: bool = False

    def render(self, world: World) -> dict[str, Any]:
        """The wire form; of a deleted clock the short one (CLK-10)."""
        if self.deleted:
            return {"id": self.id, "object": "test_helpers.test_clock", "deleted": True}
        details = {} if self.target is None else {"advancing": {"target_frozen_time": self.target}}  # CLK-09
        return {
            "id": self.id,
            "object": "test_helpers.test_clock",
            "created": self.created,
            "deletes_after": self.created + LIFETIME_SECONDS,
            "frozen_time": self.frozen_time,
            "livemode": False,
            "name": self.name,
            "status": self.status,
            "status_details": details,
        }
