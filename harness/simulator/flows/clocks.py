"""Test clocks: what an advance runs, what it locks, and what a clock takes with it when it goes."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from operator import itemgetter
from typing import TYPE_CHECKING

from harness.simulator.flows import due
from harness.simulator.flows.announcing.events import emit
from harness.simulator.flows.announcing.reports import publish
from harness.simulator.flows.announcing.webhooks import holds
from harness.simulator.flows.clocked import customers_of, ensure_unlocked
from harness.simulator.flows.customers import delete as delete_customer
from harness.simulator.flows.metering import alerts
from harness.simulator.flows.subscribing import crossings
from harness.simulator.objects.clock import TestClock
from harness.simulator.wire.errors import StripeError, invalid, unmodelled
from harness.simulator.world import Origin

if TYPE_CHECKING:
    from harness.simulator.objects.customer import Customer
    from harness.simulator.world import World


def create(world: World, frozen_time: int, name: str | None, customer: Customer | None) -> TestClock:
    """A new clock, ready at once (CLK-20), with an existing customer on it or none (CLK-16).

    Raises:
        StripeError: 400 when the customer cannot move onto it.
    """
    if customer is not None:
        _check_newcomer(world, customer, frozen_time)
    clock = TestClock(world.new_id("clock"), world.wall, frozen_time, name)
    world.clocks[clock.id] = clock
    if customer is not None:
        customer.test_clock = clock.id
        clock.customers.append(customer.id)
    emit(world, "test_helpers.test_clock.created", clock)  # CLK-40
    return clock


def advance(world: World, clock: TestClock, target: int) -> None:
    """Run everything due up to `target`, and leave the clock `advancing` until it was read often enough.

    Raises:
        StripeError: 429 while it advances (CLK-29, UNK-01, unverified), 400 for a target out of range or a
            clock that has failed.
    """
    ensure_unlocked(world, clock.id)
    _check_target(world, clock, target)
    clock.status, clock.target, clock.reads_left = "advancing", target, world.settings.clock_polls
    clock.working_at = clock.frozen_time
    if world.settings.clock_seconds is not None:
        clock.ready_at = world.wall + world.draw(*world.settings.clock_seconds)
    emit(world, "test_helpers.test_clock.advancing", clock)  # CLK-41
    _go_on(world, clock, target)


def resume(world: World) -> None:
    """Go on with every advance that stood still for a delivery; one that still has to, stands again."""
    for clock in world.clocks.values():
        if not clock.standing or clock.target is None:
            continue
        _go_on(world, clock, clock.target)
        if clock.ready_at is not None:
            clock.ready_at = max(clock.ready_at, world.wall)


def _go_on(world: World, clock: TestClock, target: int) -> None:
    origin, world.origin = world.origin, Origin()  # what follows is Stripe's doing, not the request's
    try:
        _run_due(world, clock, target)
        if world.breaks_next_advance:
            world.breaks_next_advance = False
            _fail(world, clock)
    except StripeError:
        _fail(world, clock)
    finally:
        world.origin = origin


def read(world: World, clock: TestClock) -> None:
    """Count one look at the clock; after the last one that it asked for, it is ready (CLK-97)."""
    if clock.status != "advancing" or clock.standing:
        return
    clock.reads_left -= 1
    if clock.reads_left <= 0:
        _arrive(world, clock)


def finish_instant(world: World, clock: TestClock) -> None:
    """Call after the answer to an advance was made: with no polls to wait for, the clock is ready now."""
    if clock.status == "advancing" and clock.reads_left <= 0 and not clock.standing:
        _arrive(world, clock)


def delete(world: World, clock: TestClock) -> None:
    """Delete the clock and its customers, canceling their subscriptions (CLK-66 to CLK-68).

    The order of events is a guess (CLK-68, UNK-07, unverified).

    Raises:
        StripeError: 429 while it advances (CLK-69).
    """
    ensure_unlocked(world, clock.id)
    for customer in customers_of(world, clock.id):
        delete_customer(world, customer)
    final = TestClock(clock.id, clock.created, clock.frozen_time, clock.name, clock.status)
    clock.deleted = True
    emit(world, "test_helpers.test_clock.deleted", final)  # CLK-44: with the clock as it was


def catch_up(world: World) -> None:
    """Run what is due by wall time, each thing at its own instant.

    That is the work of customers without a clock, the arrival of clocks that are ready by time, reports about
    meter events, and usage that reaches a billing threshold. When it is called doesn't matter: the same
    things happen in the same order.
    """
    if world.caught_up_at >= world.wall and not world.awaited_usage:
        return
    now, world.wall = world.wall, world.caught_up_at
    origin, world.origin = world.origin, Origin()
    try:
        for at, act in _moments(world, now):
            _work_until(world, at)
            act()
        _work_until(world, now)
    finally:
        world.wall = world.caught_up_at = now
        world.origin = origin


def _moments(world: World, now: int) -> list[tuple[int, Callable[[], None]]]:
    """What happens by `now` at its own instant, in order.

    Clocks arrive unseen, reports come out, usage with a threshold over it becomes visible.
    """
    found: list[tuple[int, Callable[[], None]]] = [
        (clock.ready_at, partial(_arrive, world, clock))
        for clock in world.clocks.values()
        if clock.status == "advancing"
        and not clock.standing
        and clock.ready_at is not None
        and clock.ready_at <= now
    ]
    reports = {report.created for report in world.open_reports.values() if report.created <= now}
    found += [(created, partial(publish, world)) for created in sorted(reports)]
    if world.awaited_usage:
        found += _readings(world, now)
    return sorted(found, key=itemgetter(0))


def _readings(world: World, now: int) -> list[tuple[int, Callable[[], None]]]:
    seen = crossings.visible(world, now)
    return [
        (at, partial(judge, world, customer, meter))
        for at, customer, meter in seen
        for judge in (crossings.judge, alerts.judge)
    ]


def _work_until(world: World, until: int) -> None:
    """What customers without a clock have due, and the wall clock with it."""
    while work := due.next_due(world, None, until):
        world.wall = max(world.wall, work.at)
        work.run()
    world.wall = max(world.wall, until)


def _check_newcomer(world: World, customer: Customer, frozen_time: int) -> None:
    """An existing customer joins a new clock for good, and not in the past (CLK-16, CLK-17)."""
    if customer.test_clock is not None:
        raise invalid("This customer is already on a test clock.", param="customer")  # CLK-47
    agenda = world.agenda
    kept = (agenda.subscriptions, agenda.invoices, agenda.pending_items, agenda.grants)
    if any(table.get(customer.id) for table in kept):
        raise unmodelled(
            "a test clock for a customer that already has subscriptions, invoices, invoice items or credits"
        )
    if frozen_time < world.wall:
        raise invalid("With an existing customer the clock cannot start in the past.", param="frozen_time")


def _check_target(world: World, clock: TestClock, target: int) -> None:
    """The texts are the simulator's own (CLK-27, CLK-28, UNK-02, unverified)."""
    if clock.status == "internal_failure":  # CLK-30
        raise invalid("This test clock has failed. Delete it and create another.", param="frozen_time")
    if target <= clock.frozen_time:  # CLK-22
        raise invalid(
            f"The new frozen time must be later than the clock's present one, {clock.frozen_time}.",
            param="frozen_time",
        )
    latest = due.latest_target(world, clock)
    if target > latest:  # CLK-23
        raise invalid(
            f"The clock cannot be advanced beyond {latest} in one step: two intervals of its shortest "
            "subscription, or two years without any.",
            param="frozen_time",
        )


def _run_due(world: World, clock: TestClock, target: int) -> None:
    """Smallest `(instant, rank, sequence)` first, the target included (CLK-76, CLK-95)."""
    while work := due.next_due(world, clock.id, target):
        if world.awaited and holds(world, clock.id):
            clock.standing = True
            return
        clock.working_at = work.at
        work.run()
    clock.standing, clock.working_at = False, target


def _arrive(world: World, clock: TestClock) -> None:
    clock.frozen_time = clock.target if clock.target is not None else clock.frozen_time
    clock.status, clock.target, clock.working_at, clock.ready_at = "ready", None, None, None
    origin, world.origin = world.origin, Origin()
    emit(world, "test_helpers.test_clock.ready", clock)  # CLK-42
    world.origin = origin


def _fail(world: World, clock: TestClock) -> None:
    """The advance met an error of its own: final (CLK-07)."""
    clock.status, clock.target, clock.working_at, clock.ready_at = "internal_failure", None, None, None
    emit(world, "test_helpers.test_clock.internal_failure", clock)  # CLK-43
