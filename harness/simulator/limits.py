"""What is turned away unrun: requests beyond the rate, and a key whose first request is not answered yet."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.simulator.wire.errors import StripeError

if TYPE_CHECKING:
    from harness.simulator.app import Request
    from harness.simulator.world import World


def turned_away(world: World, request: Request, now: float) -> StripeError | None:
    """Why a request is not run at all, or None.

    Args:
        world: the account.
        request: what was asked.
        now: wall time, unix seconds.
    """
    return _crowded(world, int(now)) or _in_use(world, request, now)


def hold(world: World, request: Request, until: float) -> None:
    """Note that a request is not answered before `until`, so that its key is in use."""
    key = _key(request)
    if key is not None:
        world.idempotency.under_way[key] = until


def _crowded(world: World, second: int) -> StripeError | None:
    """More requests in a second than the account may make (LIV-01, MTR-70).

    In test mode meter events and the stream share the one limit, whatever their own in live mode (MTR-84).
    """
    limit = world.settings.requests_per_second
    if limit is None:
        return None
    begun, count = world.crowd
    count = count + 1 if begun == second else 1
    world.crowd = (second, count)
    return None if count <= limit else TOO_MANY


def _in_use(world: World, request: Request, now: float) -> StripeError | None:
    """The key of a request that is still under way (PRO-11). The text is others' recollection, unverified."""
    under_way = world.idempotency.under_way
    for over in [each for each, until in under_way.items() if until <= now]:
        del under_way[over]
    key = _key(request)
    if key is None or key not in under_way:
        return None
    return StripeError(
        409,
        "There is currently another in-progress request using this Idempotent Key (that probably means you "
        "submitted twice, and the other request is still going through): "
        f"{key:.255}. Please try again later.",
        kind="idempotency_error",
        code="idempotency_key_in_use",
    )


def _key(request: Request) -> str | None:
    """The key of a request that has one; reads have none."""
    return request.headers.get("idempotency-key") if request.method == "POST" else None


TOO_MANY = StripeError(429, "Request rate limit exceeded.", code="rate_limit")
