"""Taking in many meter events at once: the stream's way, which is the ordinary way with less ceremony."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from harness.simulator.billing.metering import MOST_DIGITS
from harness.simulator.flows.metering.ingestion import (
    REACH_SECONDS,
    TOLERANCE_SECONDS,
    Fault,
    Sent,
    ingest,
    present_of,
)
from harness.simulator.flows.subscribing import crossings
from harness.simulator.usage import GENERATED, Account, Row

if TYPE_CHECKING:
    from harness.simulator.objects.meter import Meter
    from harness.simulator.world import World


class _Desk(NamedTuple):
    """One customer's account on one meter, and the instants that its events may have now."""

    account: Account
    oldest: int
    newest: int


class _Batch:
    """Accepts sound events in bulk, and hands every other to `ingest`, in order of arrival."""

    def __init__(self, world: World, version: str) -> None:
        self.world = world
        self.version = version
        self.desks: dict[tuple[str, str | None], _Desk | None] = {}
        self.rows: list[Row] = []
        self.next_sequence = len(world.usage)
        self.faults: list[Fault] = []

    def take(self, sent: Sent) -> None:
        """Accept one event or note its fault."""
        row = self.sound(sent)
        if row is not None:
            self.rows.append(row)
            self.next_sequence += 1
            return
        self.flush()
        outcome = ingest(self.world, sent, self.version)
        self.next_sequence = len(self.world.usage)
        if isinstance(outcome, Fault):
            self.faults.append(outcome)

    def sound(self, sent: Sent) -> Row | None:
        """The ledger's row for an event that is certainly right; None leaves it to `ingest`."""
        event_name, payload, identifier, timestamp = sent
        meter = self.world.active_meters.get(event_name)
        if meter is None or timestamp is None:
            return None
        customer = payload.get(meter.customer_key)
        try:
            desk = self.desks[event_name, customer]
        except KeyError:
            desk = self.desks[event_name, customer] = self.open(meter, customer)
        written = payload.get(meter.value_key, "")
        if desk is None or not desk.oldest <= timestamp <= desk.newest:
            return None
        if len(written) > MOST_DIGITS or not written.isdigit() or not written.isascii():
            return None
        if identifier is not None and (
            identifier.startswith(GENERATED) or not desk.account.names.claim(identifier, self.next_sequence)
        ):
            return None
        return desk.account, timestamp, int(written)

    def open(self, meter: Meter, customer_id: str | None) -> _Desk | None:
        """The desk for a customer, None when this customer's events need a closer look."""
        customer = self.world.customers.get(customer_id or "")
        if customer is None or customer.deleted or meter.formula == "count":
            return None
        present = present_of(self.world, customer)
        account = self.world.usage.account(meter, customer.id)
        return _Desk(account, present - REACH_SECONDS, present + TOLERANCE_SECONDS)

    def flush(self) -> None:
        """Enter the accepted rows into the ledger."""
        lowest, highest = self.world.settings.lag_seconds
        lags = [self.world.draw(lowest, highest) for _ in self.rows]
        self.world.usage.accept_all(self.rows, self.world.wall, lags)
        looked_at = self.world.watched or self.world.alerted
        for (account, *_), lag in zip(self.rows, lags, strict=True) if looked_at else ():
            crossings.expect(self.world, account.meter, account.customer, self.world.wall + lag)
        self.rows = []


def swallow(world: World, events: list[Sent], version: str) -> list[Fault]:
    """Take in events as `ingest` would, one after another, and give back the faults of those refused."""
    batch = _Batch(world, version)
    for sent in events:
        batch.take(sent)
    batch.flush()
    return batch.faults
