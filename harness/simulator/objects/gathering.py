"""How often a subscription's pending invoice items get an invoice of their own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from harness.simulator.billing.periods import Interval, period_at


@dataclass(slots=True)
class Gathering:
    """`pending_invoice_item_interval`: how often pending items get an invoice of their own.

    Args:
        since: what the intervals count from.
        next_at: when the next invoice is due.
    """

    interval: Interval
    since: int
    next_at: int

    @property
    def last_at(self) -> int:
        """When the present interval began."""
        return period_at(self.since, self.interval, self.next_at - 1).starts_at

    def render(self) -> dict[str, Any]:
        """The wire form."""
        return {"interval": self.interval.unit, "interval_count": self.interval.count}
