"""Where a client comes from: the simulator in this process, or a real test-mode account."""

from __future__ import annotations

from harness.backends.base import (
    Backend,
    BackendRefused,
    Exchange,
    FaultRule,
    LiveSettings,
    SimulatorSettings,
    Traits,
)
from harness.backends.opening import BACKENDS, open_backend, traits_of

__all__ = [
    "BACKENDS",
    "Backend",
    "BackendRefused",
    "Exchange",
    "FaultRule",
    "LiveSettings",
    "SimulatorSettings",
    "Traits",
    "open_backend",
    "traits_of",
]
