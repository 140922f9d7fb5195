"""Finding what runs left behind on an account, by our own tags only, and deleting it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import stripe
from tenacity import RetryCallState, Retrying, retry_if_exception_type, wait_exponential

from harness.backends import Backend
from harness.history.shapes import Json
from harness.run.tags import Tag, tag_in_metadata, tag_in_name

PAGE = 100
LOOK_BACK_SECONDS = 30 * 86_400
"""How far back customers without a clock are looked for; the list of clocks is never long (CLK-03)."""
CEILING_SECONDS = 60.0


@dataclass(frozen=True)
class Left:
    """Something that a run made and did not delete. `created_at` is wall time, unix seconds."""

    what: str
    id: str
    tag: Tag
    created_at: int

    def age(self, now: int) -> int:
        """Seconds since it was made; a clock that is ahead of ours makes nothing younger than new."""
        return max(now - self.created_at, 0)


def find_left(backend: Backend, older_than: int | None = None, run: str | None = None) -> list[Left]:
    """What carries our tag and has no use any more, oldest first.

    Args:
        backend: opened on the account.
        older_than: of at least this age in seconds; None for what its tag says has expired.
        run: only what this run made, of whatever age unless `older_than` says more.
    """
    now = backend.wall()
    found = sorted(
        [*_clocks(backend), *_customers(backend, now)], key=lambda left: (left.created_at, left.id)
    )
    if run is not None:
        found = [left for left in found if left.tag.run_id.startswith(f"{run}-")]
    if older_than is None and run is None:
        return [left for left in found if left.tag.expires_at <= now]
    older_than = older_than or 0
    return [left for left in found if left.age(now) >= older_than]


def _clocks(backend: Backend) -> Iterator[Left]:
    for each in _pages(backend, "/v1/test_helpers/test_clocks"):
        if tag := tag_in_name(each.get("name")):
            yield Left("test clock", each["id"], tag, each["created"])


def _customers(backend: Backend, now: int) -> Iterator[Left]:
    """Customers that no clock takes with it; lists hide those on clocks (CLK-48)."""
    for each in _pages(backend, "/v1/customers", created={"gte": now - LOOK_BACK_SECONDS}):
        if tag := tag_in_metadata(each.get("metadata")):
            yield Left("customer", each["id"], tag, each["created"])


def _pages(backend: Backend, path: str, **params: Any) -> Iterator[Json]:
    cursor: dict[str, str] = {}
    while True:
        page = backend.client.raw_request("get", path, limit=PAGE, **params, **cursor).data
        yield from page["data"]
        if not page["has_more"]:
            return
        cursor = {"starting_after": page["data"][-1]["id"]}


def delete(backend: Backend, left: Left) -> str | None:
    """Delete it; None, or why it is still there. A clock takes its customers along (CLK-66)."""
    services: dict[str, Callable[[str], object]] = {
        "test clock": backend.client.v1.test_helpers.test_clocks.delete,
        "customer": backend.client.v1.customers.delete,
    }
    retrying = Retrying(
        sleep=backend.sleep,
        wait=wait_exponential(multiplier=1, max=10),
        stop=_slept,
        retry=retry_if_exception_type(stripe.RateLimitError),  # still advancing (CLK-69), or crowded
        reraise=True,
    )
    try:
        retrying(services[left.what], left.id)
    except stripe.StripeError as error:
        if error.http_status == 404:  # another run was faster
            return None
        return error.user_message or type(error).__name__
    return None


def _slept(state: RetryCallState) -> bool:
    return state.idle_for >= CEILING_SECONDS
