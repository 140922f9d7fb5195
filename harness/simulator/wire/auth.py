"""Keys: test keys for the API, session tokens for the meter event stream."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import TYPE_CHECKING

from harness.simulator.wire.errors import StripeError

if TYPE_CHECKING:
    from harness.simulator.world import World

STREAM_PATH = "/v2/billing/meter_event_stream"
_LIVE = ("sk_live_", "rk_live_")
TEST_KEYS = ("sk_test_", "rk_test_")


def check(world: World, path: str, headers: Mapping[str, str]) -> None:
    """Let a request through or refuse it. A live key is refused before it can do anything.

    Raises:
        StripeError: 401.
    """
    key = credential(headers.get("authorization", ""))
    if not key:
        raise StripeError(401, "You did not provide an API key: send one as bearer token or basic user name.")
    if path == STREAM_PATH:
        _check_session(world, key)
    elif key.startswith(_LIVE):
        raise StripeError(
            401, "This is a simulator: it takes no live keys, only keys that start with sk_test_."
        )
    elif not key.startswith(TEST_KEYS):
        raise StripeError(401, "Invalid API Key provided. The simulator takes keys that start with sk_test_.")


def _check_session(world: World, token: str) -> None:
    """The stream takes a session's token and nothing else (MTR-102, MTR-107, CON-14)."""
    expires_at = world.sessions.get(token)
    if expires_at is None or expires_at <= world.wall:
        raise StripeError(
            401,
            "The meter event session is unknown or has expired. Create a new one.",
            kind="temporary_session_expired",
            code="billing_meter_event_session_expired",
        )


def credential(header: str) -> str:
    """The key or token in an `Authorization` header; empty when there is none."""
    scheme, _, given = header.partition(" ")
    return _user_name(given) if scheme.lower() == "basic" else given.strip()


def _user_name(given: str) -> str:
    try:
        return base64.b64decode(given, validate=True).decode().partition(":")[0]
    except ValueError:  # neither base64 nor text
        return ""
