"""A real test-mode account or sandbox as a backend."""

from __future__ import annotations

import os
import re
import secrets
import time
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from urllib.parse import urlsplit

import requests
import stripe

from harness.backends.base import Backend, BackendRefused, Exchange, LiveSettings, Traits
from harness.backends.looking import look_failed
from harness.backends.recording import RecordingTransport

KEY_VARIABLES = ("STRIPE_API_KEY", "HARNESS_STRIPE_KEY")
STRIPE = "https://api.stripe.com"
KEY_FILE_VARIABLE = "HARNESS_STRIPE_KEY_FILE"
KEY_ON_LOOPBACK = "sk_test_loopback"
LOOPBACK = ("127.0.0.1", "localhost", "::1")
TIMEOUT_SECONDS = 60
NEEDED = ("/v1/test_helpers/test_clocks", "/v1/billing/meters", "/v1/prices", "/v1/customers", "/v1/events")
"""What every story reads; a restricted key may lack the right to."""
OWNER_VARIABLE = "HARNESS_OWNER"
LONGEST_RUN = 13
RUN_VARIABLES = ("HARNESS_RUN_ID", "PYTEST_XDIST_TESTRUNUID")  # the second is the same in all workers
_RUN = next(
    (os.environ[name][:LONGEST_RUN] for name in RUN_VARIABLES if os.environ.get(name)), secrets.token_hex(4)
)
QUIET_POLLS = 2  # lists and events run behind (LIV-15, LIV-20)
NETWORK_RETRIES = 2  # connection errors, 409 and 5xx; never 429 (PRO-32, PRO-33)


def open_live(
    api_version: str, settings: LiveSettings, environment: Mapping[str, str] | None = None
) -> Backend:
    """A client for the account whose test key the environment holds.

    Raises:
        BackendRefused: no key, one that isn't a test key, an address beyond this machine, or an account that
            does not let us in. Nothing has been written.
    """
    from harness.backends.throttle import ThrottledTransport, limiter_for

    variables = os.environ if environment is None else environment
    base = loopback(settings.api_base)
    key = key_from(variables, KEY_ON_LOOPBACK if base else None)
    limiter = limiter_for(key, settings.rate_store)
    recorders: list[Callable[[Exchange], None]] = []
    client = stripe.StripeClient(
        key,
        stripe_version=api_version,
        base_addresses={"api": base, "files": base, "connect": base, "meter_events": base} if base else {},
        http_client=RecordingTransport(ThrottledTransport(_requests(base), limiter), recorders),
        max_network_retries=NETWORK_RETRIES,
    )
    check_access(client, key, base)
    return Backend(
        "stripe",
        client,
        api_version,
        sleep=_sleeper(base),
        wall=present,
        run_id=f"{_RUN}-{secrets.token_hex(3)}",
        host=urlsplit(base or STRIPE).hostname or "",
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


def loopback(api_base: str | None) -> str | None:
    """The address, which must be one of this machine: a key is never sent to any other host but Stripe's.

    Raises:
        BackendRefused: it lies elsewhere, or is no address.
    """
    if api_base is None:
        return None
    parts = urlsplit(api_base)
    if parts.scheme != "http" or parts.hostname not in LOOPBACK or parts.path not in {"", "/"}:
        raise BackendRefused(f"--api-base takes only http addresses of this machine, not {api_base}")
    return api_base.rstrip("/")


def _requests(base: str | None) -> stripe.HTTPClient:
    return stripe.RequestsClient(timeout=TIMEOUT_SECONDS, session=_session(base))


def _session(base: str | None) -> requests.Session:
    session = requests.Session()
    session.trust_env = base is None  # a proxy has no business between two programs of one machine
    return session


def _sleeper(base: str | None) -> Callable[[float], None]:
    """Real waiting; a served simulator whose time runs faster is waited for as much less."""
    speed = 1 if base is None else speed_of(base)
    return lambda seconds: time.sleep(seconds / speed)  # noqa: TID251  # the one place that really waits


@cache
def speed_of(base: str) -> int:
    """How many of its seconds a server on this machine makes of a real one; 1 for any that does not say."""
    try:
        told = _session(base).get(f"{base}/_harness/", timeout=TIMEOUT_SECONDS).json()
        return max(int(told["speed"]), 1)
    except (requests.RequestException, ValueError, KeyError, TypeError):
        return 1


_LET_IN: set[tuple[str, str | None]] = set()


def check_access(client: stripe.StripeClient, key: str, base: str | None) -> None:
    """Look once, before anything is written, whether the key opens what a story needs.

    Raises:
        BackendRefused: the key is not valid, lacks a right, or belongs to live mode.
    """
    if (key, base) in _LET_IN:
        return
    for path in NEEDED:
        try:
            found = client.raw_request("get", path, limit=1).data
        except stripe.StripeError as error:
            raise look_failed(path, error) from error
        if any(each.get("livemode") for each in found["data"]):
            raise BackendRefused("the key opens an account in live mode")
    _LET_IN.add((key, base))


def owner_from(environment: Mapping[str, str]) -> str:
    """Who runs this, for the tags of what is made: `HARNESS_OWNER`, or the user's name at this machine."""
    named = (
        environment.get(OWNER_VARIABLE) or environment.get("USER") or environment.get("USERNAME") or "unknown"
    )
    return re.sub(r"[^A-Za-z0-9._@-]", "-", named)[:40]


def key_from(environment: Mapping[str, str], default: str | None = None) -> str:
    """The test key from `STRIPE_API_KEY`, `HARNESS_STRIPE_KEY`, or the file in `HARNESS_STRIPE_KEY_FILE`.

    Raises:
        BackendRefused: none is set, or it is a live key, or no secret key at all. The message shows no key.
    """
    for variable in (*KEY_VARIABLES, KEY_FILE_VARIABLE):
        key = _held_by(variable, environment).strip()
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
    if default is not None:
        return default
    raise BackendRefused("no key: set STRIPE_API_KEY to a test secret key (sk_test_… or rk_test_…)")


def _held_by(variable: str, environment: Mapping[str, str]) -> str:
    """A variable's value; of the one that names a file, what the file holds.

    Raises:
        BackendRefused: the file cannot be read.
    """
    value = environment.get(variable, "")
    if variable != KEY_FILE_VARIABLE or not value:
        return value
    try:
        return Path(value).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise BackendRefused(f"{variable}: {value} cannot be read") from error
