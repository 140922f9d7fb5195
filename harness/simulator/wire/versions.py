"""API versions: which are served, and what each of them changes for the simulator (PRO-17)."""

from __future__ import annotations

import re

from harness.simulator.wire.errors import invalid

NEWEST = "2026-10-28.endive"
OLDEST = "2024-06-20"
BASIL = "2025-03-31"
FLEXIBLE = "2025-06-30"
"""The version with which billing modes came (VER-10)."""
CLOVER = "2025-09-30"
ACACIA = "2024-09-30"

_VERSION = re.compile(r"\d{4}-\d{2}-\d{2}(\.[a-z]+)?")


def check(version: str) -> str:
    """`version` itself, when it is served.

    Raises:
        StripeError: 400 naming the served range.
    """
    if not _VERSION.fullmatch(version):
        raise invalid(f"Invalid Stripe API version: {version[:60]}")
    if not OLDEST <= version[:10] <= NEWEST[:10]:
        raise invalid(f"The simulator serves Stripe API versions {OLDEST} to {NEWEST}, not {version[:60]}.")
    return version


def check_v2(version: str) -> None:
    """The v2 API came with 2024-09-30.acacia (MTR-106).

    Raises:
        StripeError: 400 on an older version.
    """
    if not at_least(version, ACACIA):
        raise invalid(f"The v2 API needs Stripe-Version {ACACIA}.acacia or newer, not {version}.")


def at_least(version: str, date: str) -> bool:
    """Whether `version` is `date` (`YYYY-MM-DD`) or newer."""
    return version[:10] >= date
