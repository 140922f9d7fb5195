"""A subscription schedule as an answer shows it: from when on its subscription has which prices."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

from harness.history.shapes import Json, Period, id_of

_OPEN = frozenset({"not_started", "active"})


@dataclass(frozen=True)
class Phase:
    """The prices, by id, that a subscription has in a period.

    `bills` says whether what changes at its start is prorated.
    """

    period: Period
    prices: frozenset[str]
    bills: bool


@dataclass(frozen=True)
class Schedule:
    """A schedule; `subscription` is the one that it manages or has released, None before it makes one."""

    id: str
    customer: str
    open: bool
    subscription: str | None
    phases: tuple[Phase, ...]

    def edges(self) -> list[int]:
        """When its phases begin, and when the last one ends."""
        return [phase.period.start for phase in self.phases] + [self.phases[-1].period.end]

    def enters(self, price: str) -> list[int]:
        """When a price comes that the phase before did not have."""
        later = [new.period.start for old, new in pairwise(self.phases) if price in new.prices - old.prices]
        return [self.phases[0].period.start] * (price in self.phases[0].prices) + later

    def leaves(self, price: str) -> list[Phase]:
        """The phases that lack a price that the one before had."""
        return [new for old, new in pairwise(self.phases) if price in old.prices - new.prices]


def schedule(raw: Json) -> Schedule:
    """From the wire form."""
    return Schedule(
        id=raw["id"],
        customer=str(id_of(raw["customer"])),
        open=raw["status"] in _OPEN,
        subscription=id_of(raw["subscription"]) or id_of(raw["released_subscription"]),
        phases=tuple(
            Phase(
                Period(phase["start_date"], phase["end_date"]),
                frozenset(str(id_of(item["price"])) for item in phase["items"]),
                phase["proration_behavior"] != "none",
            )
            for phase in raw["phases"]
        ),
    )
