"""Taking in meter events: every check in Stripe's order, whichever way an event came."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from harness.simulator.billing.metering import MOST_DIGITS, Value, count_digits, is_number, parse_value
from harness.simulator.flows.subscribing import crossings
from harness.simulator.wire.versions import at_least

if TYPE_CHECKING:
    from harness.simulator.objects.customer import Customer
    from harness.simulator.objects.meter import Meter
    from harness.simulator.world import World

TOLERANCE_SECONDS = 300  # MTR-52; that it holds on clocks too is unverified (MTR-57, UNK-09)
CONCURRENT = "concurrent"
"""The reason of what must wait for another call; it alone is answered 409."""
AT_ONCE = "Too many concurrent requests for this customer and meter."  # MTR-69; text unverified (UNK-15)
REACH_SECONDS = 35 * 86_400  # MTR-50; that it is counted from the clock is unverified (MTR-56, UNK-09)
DIGITS_CHECKED_SINCE = "2026-04-22"  # MTR-47, VER-19


class Sent(NamedTuple):
    """A meter event as it was sent, with the shape of its parameters already checked.

    Args:
        event_name: the meter's.
        payload: strings by key; keys beyond the meter's own are kept and mean nothing (MTR-40).
        identifier: the sender's, or None.
        timestamp: unix seconds, or None for now.
    """

    event_name: str
    payload: dict[str, str]
    identifier: str | None
    timestamp: int | None


class Accepted(NamedTuple):
    """A meter event that counts: what the sender is told."""

    sent: Sent
    identifier: str
    timestamp: int
    created: int


class Fault(NamedTuple):
    """Why an event is refused.

    Args:
        reason: name of the rule it breaks; each protocol has its own codes for them.
        message: Stripe's text where it was observed.
        event_name: as it was sent.
        meter: the meter's id, None when there is none.
        identifier: the sender's, or None.
    """

    reason: str
    message: str
    event_name: str
    meter: str | None
    identifier: str | None


class _Matched(NamedTuple):
    meter: Meter
    customer: Customer
    value: Value
    timestamp: int


def ingest(world: World, sent: Sent, version: str, *, alone: bool = False) -> Accepted | Fault:
    """Accept an event or say what is wrong with it; nothing changes in that case.

    The order of checks is assumed: meter, customer key, customer, value, timestamp, identifier, concurrency
    (MTR-73, unverified). An advancing clock doesn't lock its customers' events out (CLK-38, UNK-16,
    unverified).

    Args:
        world: the account.
        sent: the event.
        version: the request's.
        alone: whether it came in a call of its own, of which a customer and meter may have one at a time.
    """
    matched = _match(world, sent, version)
    if isinstance(matched, Fault):
        return matched
    if alone and (busy := _busy(world, matched, sent)):
        return busy
    lag = world.draw(*world.settings.lag_seconds)
    identifier = world.usage.accept(
        matched.meter,
        matched.customer.id,
        at=matched.timestamp,
        value=matched.value,
        identifier=sent.identifier,
        received_at=world.wall,
        lag=lag,
    )
    crossings.expect(world, matched.meter.id, matched.customer.id, world.wall + lag)
    return Accepted(sent, identifier, matched.timestamp, world.wall)  # CLK-59, UNK-17, unverified


def present_of(world: World, customer: Customer) -> int:
    """The now that a customer's events are checked against, and stamped with by default.

    The clock's frozen time (MTR-55, MTR-58, CON-11, UNK-08), during an advance its target: handlers of events
    emitted underway send usage and get it accepted (CLK-38).
    """
    return world.now(customer.test_clock)


def _busy(world: World, matched: _Matched, sent: Sent) -> Fault | None:
    """One call at a time for a customer and meter, where the account asks for it (MTR-69, MTR-72, CON-10).

    A call takes the account's `meter_lock_seconds` of wall time.
    """
    seconds, key = world.settings.meter_lock_seconds, (matched.meter.id, matched.customer.id)
    if world.busy_meters.get(key, 0) > world.wall:
        return _fault(CONCURRENT, AT_ONCE, matched.meter, sent)
    if seconds:
        world.busy_meters[key] = world.wall + seconds
    return None


def _match(world: World, sent: Sent, version: str) -> _Matched | Fault:
    meter = world.meter_named(sent.event_name)
    if meter is None:
        return _no_meter(world, sent)
    customer = _customer(world, sent, meter)
    if isinstance(customer, Fault):
        return customer
    value = _value(sent, meter, version)
    if isinstance(value, Fault):
        return value
    timestamp = _timestamp(world, sent, meter, customer)
    if isinstance(timestamp, Fault):
        return timestamp
    if sent.identifier and world.usage.taken(sent.event_name, sent.identifier, world.wall):
        return _fault("duplicate", f"An event already exists with identifier {sent.identifier}.", meter, sent)
    return _Matched(meter, customer, value, timestamp)


def _no_meter(world: World, sent: Sent) -> Fault:
    """No meter at all, or none that is active: one text on v1 (MTR-60, MTR-61, UNK-12, unverified)."""
    archived = next(
        (each for each in reversed(world.meters.values()) if each.event_name == sent.event_name), None
    )
    message = f'No active meter found for event name "{sent.event_name}".'
    return _fault("archived_meter" if archived else "no_meter", message, archived, sent)


def _customer(world: World, sent: Sent, meter: Meter) -> Customer | Fault:
    """Texts unverified (MTR-63, MTR-64, UNK-12); the first is that of asynchronous reports (MTR-97)."""
    named = sent.payload.get(meter.customer_key)
    if named is None:
        message = f"Customer mapping key {meter.customer_key} not found in payload."
        return _fault("no_customer", message, meter, sent)
    customer = world.customers.get(named)
    if customer is None or customer.deleted:
        return _fault("unknown_customer", f"No such customer: '{named:.200}'", meter, sent)
    return customer


def _value(sent: Sent, meter: Meter, version: str) -> Value | Fault:
    """Texts unverified but that of MTR-47 (MTR-65, MTR-66, UNK-12).

    A counting meter ignores the value (MTR-21), so it may be missing (MTR-22, UNK-18, unverified).
    """
    if meter.formula == "count":
        return 0
    written = sent.payload.get(meter.value_key)
    if written is None:
        return _fault("no_value", f"Value key {meter.value_key} not found in payload.", meter, sent)
    long = len(written) > MOST_DIGITS and is_number(written) and count_digits(written) > MOST_DIGITS
    if long and at_least(version, DIGITS_CHECKED_SINCE):
        message = (
            f"The value in the event payload can have at most {MOST_DIGITS} digits. Received {written:.100}."
        )
        return _fault("too_many_digits", message, meter, sent)
    value = parse_value(written)
    if value is None:
        message = f"The value in the event payload must be a number. Received {written:.100}."
        return _fault("invalid_value", message, meter, sent)
    return value


def _timestamp(world: World, sent: Sent, meter: Meter, customer: Customer) -> int | Fault:
    """Between 35 days before and 5 minutes after the customer's own present (MTR-59)."""
    present = present_of(world, customer)
    if sent.timestamp is None:
        return present
    oldest, newest = present - REACH_SECONDS, present + TOLERANCE_SECONDS
    if sent.timestamp < oldest:
        message = (
            "The event timestamp cannot be more than 35 days in past. "
            f"Expected a timestamp greater than or equal to {oldest}."
        )
        return _fault("too_old", message, meter, sent)
    if sent.timestamp > newest:
        message = (
            f"The event timestamp cannot be in future. Expected a timestamp less than or equal to {newest}."
        )
        return _fault("in_future", message, meter, sent)
    return sent.timestamp


def _fault(reason: str, message: str, meter: Meter | None, sent: Sent) -> Fault:
    return Fault(reason, message, sent.event_name, meter.id if meter else None, sent.identifier)
