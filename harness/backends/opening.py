"""Opening a backend by its name."""

from __future__ import annotations

from harness.backends.base import (
    ALONE,
    API_VERSION,
    Backend,
    BackendRefused,
    LiveSettings,
    SimulatorSettings,
    Traits,
)

BACKENDS = ("simulator", "stripe")


def traits_of(name: str) -> Traits:
    """How the backend called `name` differs from others. Nothing is opened, and no key is needed."""
    if name == "stripe":
        from harness.backends.live import TRAITS

        return TRAITS
    return ALONE


def open_backend(
    name: str,
    settings: SimulatorSettings,
    api_version: str | None = None,
    live: LiveSettings | None = None,
) -> Backend:
    """The backend called `name`: `simulator` or `stripe`; each has settings of its own.

    Raises:
        BackendRefused: unknown name, or the backend's own reason.
    """
    if name == "simulator":
        from harness.backends.simulated import open_simulator

        return open_simulator(settings, api_version or API_VERSION)
    if name == "stripe":
        from harness.backends.live import open_live

        return open_live(api_version or API_VERSION, live or LiveSettings())
    raise BackendRefused(f"there is no backend `{name}`; choose from {', '.join(BACKENDS)}")
