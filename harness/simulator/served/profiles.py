"""How a served account behaves: calm, for fast tests, or lifelike, for code that has to bear with Stripe."""

from __future__ import annotations

from dataclasses import dataclass
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
        requests_per_second: more are answered with 429 (LIV-01); None is without limit.
        list_lag_seconds: how far lists run behind, wall seconds.
    """

    name: str
    lag_seconds: tuple[int, int]
    clock_polls: int
    clock_seconds: tuple[int, int]
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
        )


CALM = Profile("calm", lag_seconds=(0, 0), clock_polls=1, clock_seconds=(1, 1))
LIFELIKE = Profile(
    "lifelike",
    lag_seconds=(45, 75),
    clock_polls=BY_TIME_ALONE,
    clock_seconds=(3, 8),
    requests_per_second=25,
    list_lag_seconds=1,
)
PROFILES = {profile.name: profile for profile in (CALM, LIFELIKE)}


def settings_as_json(settings: Settings) -> dict[str, Any]:
    """Settings as members of an entry or an answer."""
    return {
        "wall": settings.wall,
        "seed": settings.seed,
        "lag_seconds": list(settings.lag_seconds),
        "clock_polls": settings.clock_polls,
        "clock_seconds": None if settings.clock_seconds is None else list(settings.clock_seconds),
        "grace_seconds": settings.grace_seconds,
        "dunning_ends_in": settings.dunning_ends_in,
    }


def settings_from_json(decoded: dict[str, Any]) -> Settings:
    """The settings that `settings_as_json` wrote."""
    shortest, longest = decoded["lag_seconds"]
    seconds = decoded["clock_seconds"]
    return Settings(
        wall=decoded["wall"],
        seed=decoded["seed"],
        lag_seconds=(shortest, longest),
        clock_polls=decoded["clock_polls"],
        clock_seconds=None if seconds is None else (seconds[0], seconds[1]),
        grace_seconds=decoded["grace_seconds"],
        dunning_ends_in=decoded["dunning_ends_in"],
    )
