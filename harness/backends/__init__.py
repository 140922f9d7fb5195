"""Where a client comes from: the simulator in this process, or a real test-mode account."""

from __future__ import annotations

from harness.backends.base import Backend, BackendRefused, Exchange, SimulatorSettings
from harness.backends.opening import BACKENDS, open_backend

__all__ = ["BACKENDS", "Backend", "BackendRefused", "Exchange", "SimulatorSettings", "open_backend"]
