"""How a served account behaves: calm, for fast tests, or lifelike, for code that has to bear with Stripe."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from harness.simulator.world import Settings

BY_TIME_ALONE = 1_000_000
"""More looks at a clock than anyone takes: it becomes ready by time, not by being looked at."""


@dataclass(frozen=True)
class Profile:
    """What a server gives each of its accounts to begin with.

    Args:
        name: `calm` or `lifelike`.
        lag_seconds: shortest and longest aggregation lag, wall seconds (MTR-88).
        clock_polls: looks at an advancing clock until it is ready (CLK-97).
        clock_seconds: shortest and longest wall time that an advance takes (LIV-13).
        webhook_retry_seconds: pauses between attempts at a delivery, wall seconds (PRO-21).
        webhooks: where deliveries are made to: `local` addresses or `anywhere`.
        requests_per_second: more are answered with 429 (LIV-01); None is without limit.
        list_lag_seconds: how far lists run behind, wall seconds.
    """

    name: str
    lag_seconds: tuple[int, int]
    clock_polls: int
    clock_seconds: tuple[int, int]
    webhook_retry_seconds: tuple[int, ...]
    webhooks: str = "local"
    requests_per_second: int | None = None
    list_lag_seconds: int = 0

    def settings(self, wall: int, seed: int = 0) -> Settings:
        """Settings of a new world."""
        return Settings(
            wall=wall,
            seed=seed,
            lag_seconds=self.lag_seconds,
            clock_polls=self.clock_polls,
            clock_seconds=self.clock_seconds,
            webhooks=self.webhooks,
            webhook_retry_seconds=self.webhook_retry_seconds,
            requests_per_second=self.requests_per_second,
        )


CALM = Profile(
    "calm", lag_seconds=(0, 0), clock_polls=1, clock_seconds=(1, 1), webhook_retry_seconds=(1, 5, 30)
)
LIFELIKE = Profile(
    "lifelike",
    lag_seconds=(45, 75),
    clock_polls=BY_TIME_ALONE,
    clock_seconds=(3, 8),
    webhook_retry_seconds=(300, 3_600, 10_800),
    requests_per_second=25,
    list_lag_seconds=1,
)
PROFILES = {profile.name: profile for profile in (CALM, LIFELIKE)}


def settings_as_json(settings: Settings) -> dict[str, Any]:
    """Settings as members of an entry or an answer."""
    return {
        name: list(value) if isinstance(value, tuple) else value for name, value in asdict(settings).items()
    }


def settings_from_json(decoded: dict[str, Any]) -> Settings:
    """The settings that `settings_as_json` wrote."""
    members: dict[str, Any] = {}
    for name, value in decoded.items():
        members[name] = tuple(value) if isinstance(value, list) else value
    return Settings(**members)
