"""What a test clock asks of every change on it: that the clock stands still, and that it has room."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.simulator.wire.errors import StripeError, invalid

if TYPE_CHECKING:
    from harness.simulator.objects.customer import Customer
    from harness.simulator.world import World

MOST_CUSTOMERS = 3  # CLK-61
LOCKED = "Test clock advancement underway - cannot perform modifications"  # CLK-34


def ensure_unlocked(world: World, clock_id: str | None) -> None:
    """Call before every change of an object on this clock (CLK-34 to CLK-39).

    Raises:
        StripeError: 429 while the clock advances. Type and code are a guess (CLK-37, UNK-01, unverified).
    """
    if clock_id is not None and world.clocks[clock_id].status == "advancing":
        raise StripeError(429, f"{LOCKED}: {clock_id}", code="rate_limit")


def ensure_room(world: World, clock_id: str) -> None:
    """Call before a customer joins a clock.

    Raises:
        StripeError: 400 when it already has as many as it takes (CLK-61, CLK-65; wording unverified, UNK-03).
    """
    if len(customers_of(world, clock_id)) >= MOST_CUSTOMERS:
        raise invalid(
            f"A test clock can have at most {MOST_CUSTOMERS} customers, and {clock_id} has that many.",
            param="test_clock",
        )


def customers_of(world: World, clock_id: str) -> list[Customer]:
    """The clock's customers that still exist, oldest first."""
    members = [world.customers[each] for each in world.clocks[clock_id].customers]
    return [each for each in members if not each.deleted]
