"""One rate limit for every process that talks to an account, on this machine or on several."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import stripe
from pyrate_limiter import AbstractBucket, Duration, Limiter, Rate, SingleBucketFactory
from requests.structures import CaseInsensitiveDict

from harness.backends.base import BackendRefused
from harness.backends.transport import Answer, Wrapper

PER_SECOND = 20
"""Stripe takes 25 requests a second in test mode (LIV-01); the rest is room for those that arrive bunched."""
REDIS_SCHEMES = ("redis://", "rediss://")
LOCK_ERROR = "Test clock advancement underway"  # a 429 that only the clock can end (CLK-34)


class ThrottledTransport(Wrapper):
    """Waits for its turn before each request, and has the SDK try again where the account is crowded.

    Args:
        inner: does the work.
        limiter: shared by all that talk to the account.
    """

    name = "throttled"

    def __init__(self, inner: stripe.HTTPClient, limiter: Limiter) -> None:
        super().__init__(inner)
        self._limiter = limiter

    def exchange(self, method: str, url: str, headers: Mapping[str, str], post_data: Any) -> Answer:
        """One request, in its turn.

        The SDK tries a 429 again only if the answer says so (PRO-33). Here it does, for the application's own
        calls; the runner has more patience than the SDK and comes after it.
        """
        self._limiter.try_acquire("stripe")
        body, status, answer_headers = super().exchange(method, url, headers, post_data)
        if status == 429 and LOCK_ERROR not in str(body):
            answer_headers = CaseInsensitiveDict({**answer_headers, "stripe-should-retry": "true"})
        return body, status, answer_headers


@cache
def limiter_for(key: str, store: str | None = None, per_second: int = PER_SECOND) -> Limiter:
    """The limiter of the account behind a key, one for each process.

    Args:
        key: the secret key; only a digest of it leaves this function.
        store: where the processes meet: a Redis server's address, a file, or None for a file of the user's.
        per_second: how many requests all of them may make.

    Raises:
        BackendRefused: the store cannot be used.
    """
    rates = [Rate(per_second, Duration.SECOND)]
    account = hashlib.sha256(key.encode()).hexdigest()[:16]
    if store is not None and store.startswith(REDIS_SCHEMES):
        bucket = _redis_bucket(rates, store, f"harness-rate-{account}")
    else:
        bucket = _file_bucket(rates, Path(store) if store else _own_file(account))
    return Limiter(SingleBucketFactory(bucket, schedule_leak=False))


def _file_bucket(rates: list[Rate], path: Path) -> AbstractBucket:
    """A bucket in a SQLite file, for processes on one machine; a lock beside it keeps their turns apart."""
    from pyrate_limiter import SQLiteBucket

    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        bucket = SQLiteBucket.init_from_file(rates, db_path=str(path), use_file_lock=True)
        bucket.leak(_now(bucket))
    except OSError as error:
        raise BackendRefused(f"the rate limit cannot be kept in {path}: {error.strerror or error}") from error
    return bucket


def _redis_bucket(rates: list[Rate], address: str, name: str) -> AbstractBucket:
    """A bucket on a Redis server, for processes on several machines."""
    try:
        import redis
        from pyrate_limiter import RedisBucket
    except ImportError as error:
        wanted = "pip install 'testclock-harness[redis]'"
        raise BackendRefused(f"a rate limit on Redis needs the extra `redis`: {wanted}") from error
    try:
        bucket: AbstractBucket = RedisBucket.init(rates, redis.Redis.from_url(address), name)
        bucket.leak(_now(bucket))
    except (redis.RedisError, ValueError) as error:
        # the address may hold a password, and so may the error's text
        raise BackendRefused(f"the Redis server of the rate limit: {type(error).__name__}") from error
    return bucket


def _now(bucket: Any) -> int:
    """The bucket's time in milliseconds; the library leaves it untyped."""
    return int(bucket.now())


def _own_file(account: str) -> Path:
    cache_home = os.environ.get("XDG_CACHE_HOME")
    base = Path(cache_home) if cache_home else Path.home() / ".cache"
    return base / "testclock-harness" / f"rate-{account}.sqlite"
