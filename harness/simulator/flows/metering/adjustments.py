"""Adjustments: striking out a meter event that Stripe received within the last day."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.simulator.usage import MEMORY_SECONDS
from harness.simulator.wire.errors import invalid

if TYPE_CHECKING:
    from harness.simulator.world import World


def cancel(world: World, event_name: str, identifier: str | None) -> None:
    """Strike out the event; at once, though the answer says `pending`. Finalized invoices stay (MTR-116).

    All refusals are unverified, wording included (MTR-117, UNK-20). Cancelling twice is answered like the
    first time.

    Raises:
        StripeError: 400 without identifier, for an unknown one, or for one received over 24 h ago (MTR-115).
    """
    if not identifier:
        raise invalid(
            "Missing required param: cancel[identifier].",
            code="parameter_missing",
            param="cancel[identifier]",
        )
    receipt = world.usage.receipt(event_name, identifier)
    if receipt is None:
        raise invalid(
            f"No such meter event: '{identifier}'", code="resource_missing", param="cancel[identifier]"
        )
    if world.wall - receipt.received_at >= MEMORY_SECONDS:
        raise invalid(
            "Only meter events received within the last 24 hours can be cancelled.",
            param="cancel[identifier]",
        )
    world.usage.cancel(receipt, world.aggregated_until)
