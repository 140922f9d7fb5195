"""Legacy usage records: what an item has recorded, and the summaries that are all one can read of it."""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from harness.simulator.billing.legacy_usage import Action, aggregate, recorded
from harness.simulator.billing.periods import Period

if TYPE_CHECKING:
    from harness.simulator.world import World


@dataclass(frozen=True, slots=True)
class UsageRecord:
    """The answer to one record. Records are not kept: no endpoint shows one again (LEG-01, LEG-02)."""

    id: str
    item: str
    at: int
    quantity: int

    def render(self, world: World) -> dict[str, Any]:
        """The wire form (LEG-01). `quantity` is the one sent, not the timestamp's (unverified)."""
        return {
            "id": self.id,
            "object": "usage_record",
            "livemode": False,
            "quantity": self.quantity,
            "subscription_item": self.item,
            "timestamp": self.at,
        }


@dataclass(frozen=True, slots=True)
class UsageSummary:
    """One period's total of an item; `invoice` is the one that bills it, None while it is open (LEG-02)."""

    item: str
    period: Period
    total: int
    invoice: str | None

    @property
    def id(self) -> str:
        """The same for the same period, so that it serves as a cursor."""
        return f"sis_{self.item.partition('_')[2]}_{self.period.starts_at}"

    def render(self, world: World) -> dict[str, Any]:
        """The wire form (LEG-02)."""
        return {
            "id": self.id,
            "object": "usage_record_summary",
            "invoice": self.invoice,
            "livemode": False,
            "period": {"end": self.period.ends_before, "start": self.period.starts_at},
            "subscription_item": self.item,
            "total_usage": self.total,
        }


@dataclass(slots=True)
class RecordedUsage:
    """A subscription item's usage, by timestamp."""

    stamps: list[int] = field(default_factory=list)
    quantities: dict[int, int] = field(default_factory=dict)

    def record(self, action: Action, at: int, quantity: int) -> None:
        """Take in one record."""
        if at not in self.quantities:
            insort(self.stamps, at)
        self.quantities[at] = recorded(action, self.quantities.get(at, 0), quantity)

    def total(self, formula: str, period: Period) -> int:
        """What a period `(start, end]` bills (LEG-03, LEG-20)."""
        first = 0 if formula == "last_ever" else bisect_right(self.stamps, period.starts_at)
        inside = self.stamps[first : bisect_right(self.stamps, period.ends_before)]
        return aggregate(formula, [(at, self.quantities[at]) for at in inside], period)

    def any_after(self, instant: int) -> bool:
        """Whether anything was recorded for a time after `instant`."""
        return bisect_left(self.stamps, instant + 1) < len(self.stamps)
