"""A real test-mode account or sandbox as a backend."""

from __future__ import annotations

import os
import re
import secrets
import time
from collections.abc import Mapping
from typing import Any

import stripe

from harness.backends.base import Backend, BackendRefused, Exchange, Traits
from harness.backends.recording import RecordingTransport

KEY_VARIABLES = ("STRIPE_API_KEY", "HARNESS_STRIPE_KEY")
OWNER_VARIABLE = "HARNESS_OWNER"
RUN_VARIABLES = ("HARNESS_RUN_ID", "PYTEST_XDIST_TESTRUNUID")  # the second is the same in all workers
_RUN = next((os.environ[name][:8] for name in RUN_VARIABLES if os.environ.get(name)), secrets.token_hex(4))
QUIET_POLLS = 2  # lists and events run behind (LIV-15, LIV-20)
NETWORK_RETRIES = 2  # connection errors, 409 and 5xx; never 429 (PRO-32, PRO-33)


def open_live(api_version: str, environment: Mapping[str, str] | None = None) -> Backend:
    """A client for the account whose test key the environment holds.

    Raises:
        BackendRefused: no key, or a key that isn't a test key. Nothing has been sent.
    """
    variables = os.environ if environment is None else environment
    key = key_from(variables)
    recorders: list[Any] = []

    def record(exchange: Exchange) -> None:
        for recorder in recorders:
            recorder(exchange)

    client = stripe.StripeClient(
        key,
        stripe_version=api_version,
        http_client=RecordingTransport(stripe.RequestsClient(), record),
        max_network_retries=NETWORK_RETRIES,
    )
    return Backend(
        "stripe",
        client,
        api_version,
        sleep=time.sleep,  # noqa: TID251  # real waiting, against the real service
        wall=present,
        run_id=f"{_RUN}-{secrets.token_hex(3)}",
        owner=owner_from(variables),
        traits=TRAITS,
        quiet_polls=QUIET_POLLS,
        jitter=lambda: secrets.randbelow(1_000) / 1_000,
        recorders=recorders,
    )


def present() -> int:
    """The real wall clock, unix seconds."""
    return int(time.time())  # noqa: TID251  # the one place that reads it


TRAITS = Traits(shared_account=True, holds_drafts=True, tries=2, present=present)


def owner_from(environment: Mapping[str, str]) -> str:
    """Who runs this, for the tags of what is made: `HARNESS_OWNER`, or the user's name at this machine."""
    named = (
        environment.get(OWNER_VARIABLE) or environment.get("USER") or environment.get("USERNAME") or "unknown"
    )
    return re.sub(r"[^A-Za-z0-9._@-]", "-", named)[:40]


def key_from(environment: Mapping[str, str]) -> str:
    """The test key from `STRIPE_API_KEY` or `HARNESS_STRIPE_KEY`.

    Raises:
        BackendRefused: none is set, or it is a live key, or no secret key at all. The message shows no key.
    """
    for variable in KEY_VARIABLES:
        key = environment.get(variable, "").strip()
        if not key:
            continue
        if key.startswith(("sk_live_", "rk_live_")):
            raise BackendRefused(
                f"{variable} holds a live key; the harness takes only sk_test_… and rk_test_… keys"
            )
        if not key.startswith(("sk_test_", "rk_test_")):
            raise BackendRefused(
                f"{variable} holds no test secret key; it must start with sk_test_ or rk_test_"
            )
        return key
    raise BackendRefused("no key: set STRIPE_API_KEY to a test secret key (sk_test_… or rk_test_…)")
