"""What is due next on each clock, and whose subscriptions and invoices are whose, without a scan."""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import IntEnum
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from harness.simulator.objects.credit import CreditGrant
    from harness.simulator.objects.invoice import Invoice
    from harness.simulator.objects.invoice_item import InvoiceItem
    from harness.simulator.objects.schedule import SubscriptionSchedule
    from harness.simulator.objects.subscription import Subscription


class Rank(IntEnum):
    """What goes first at one instant (CLK-96, UNK-38: unverified).

    A schedule's phase comes with the renewal where they can be one (SUB-52), and else after it, as was
    observed (CHG-10).
    """

    UPDATE_EXPIRY = 0
    UPCOMING = 1
    TRIAL_NOTICE = 2
    SCHEDULE_NOTICE = 3
    DISCOUNT_END = 4
    TRIAL_END = 5
    CANCELLATION = 6
    RENEWAL = 7
    PHASE = 8
    GATHERING = 9
    RESUMPTION = 10
    EXPIRY = 11
    CREDIT_EXPIRY = 12
    FINALIZATION = 13
    RETRY = 14
    OVERDUE = 15


@dataclass(frozen=True)
class Plan:
    """The next thing that an object has to do by itself: when, and what."""

    at: int
    rank: Rank


class Planner(Protocol):
    """An object that acts by itself when its time comes."""

    sequence: int

    def plan(self) -> Plan | None:
        """The next thing to do, from the object's own state; None when nothing is."""


@dataclass
class Agenda:
    """An index over what the objects themselves plan.

    The objects' `plan()` is the truth. `note` adds an entry after every change of an object; an entry that no
    longer matches its object's plan is dropped when it surfaces.
    """

    entries: dict[str | None, list[tuple[int, int, int, Planner]]] = field(default_factory=dict)
    subscriptions: dict[str, list[Subscription]] = field(default_factory=dict)
    schedules: dict[str, list[SubscriptionSchedule]] = field(default_factory=dict)
    invoices: dict[str, list[Invoice]] = field(default_factory=dict)
    pending_items: dict[str, list[InvoiceItem]] = field(default_factory=dict)
    grants: dict[str, list[CreditGrant]] = field(default_factory=dict)
    items: dict[str, Subscription] = field(default_factory=dict)
    invoice_of_intent: dict[str, str] = field(default_factory=dict)
    count: int = 0

    def next_sequence(self) -> int:
        """The place of a new object in the order of creation."""
        self.count += 1
        return self.count

    def note(self, clock: str | None, planner: Planner) -> None:
        """Enter what `planner` plans now. To be called after every change of it."""
        if plan := planner.plan():
            entry = (plan.at, plan.rank.value, planner.sequence, planner)
            heapq.heappush(self.entries.setdefault(clock, []), entry)

    def first(self, clock: str | None) -> tuple[Plan, Planner] | None:
        """The earliest plan on `clock`, by (instant, rank, sequence); None when nothing is planned."""
        heap = self.entries.get(clock, [])
        while heap:
            at, rank, _, planner = heap[0]
            plan = planner.plan()
            if plan is not None and (plan.at, plan.rank) == (at, rank):
                return plan, planner
            heapq.heappop(heap)
        return None

    def subscriptions_of(self, customer: str) -> Iterator[Subscription]:
        """A customer's subscriptions, newest first."""
        return reversed(self.subscriptions.get(customer, []))

    def schedules_of(self, customer: str) -> Iterator[SubscriptionSchedule]:
        """A customer's subscription schedules, newest first."""
        return reversed(self.schedules.get(customer, []))

    def invoices_of(self, customer: str) -> Iterator[Invoice]:
        """A customer's invoices, newest first."""
        return reversed(self.invoices.get(customer, []))

    def pending_of(self, customer: str) -> Iterator[InvoiceItem]:
        """A customer's invoice items that are on no invoice, newest first."""
        return reversed(self.pending_items.get(customer, []))
