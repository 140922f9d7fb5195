"""The simulator as a backend: the real SDK over a transport that calls a function."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any
from urllib.parse import urlsplit

import stripe
from requests.structures import CaseInsensitiveDict

from harness.backends.base import Backend, BackendRefused, Exchange, FaultRule, SimulatorSettings
from harness.backends.recording import RecordingTransport
from harness.backends.transport import Answer, Transport, text_of
from harness.simulator.app import Request, handle
from harness.simulator.faults import WEBHOOK_FAULTS, Arrival, Fault, Faults, afflict, meet
from harness.simulator.world import Settings, World

HOST = "simulator.invalid"  # .invalid never resolves, so a leak cannot reach a real service
KEY = "sk_test_simulator"
RETRIES = 2  # as against the service itself
_RANDOM_KEY = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


class SimulatedTransport(Transport):
    """Answers the SDK from a simulated world. It answers for its own host only and refuses every other."""

    name = "simulator"

    def __init__(self, world: World, faults: Faults | None = None) -> None:
        super().__init__()
        self._world = world
        self._faults = faults or Faults()
        self._keys: dict[str, str] = {}

    def exchange(self, method: str, url: str, headers: Mapping[str, str], post_data: Any) -> Answer:
        """One exchange with the world.

        Raises:
            BackendRefused: the request was meant for another host.
            stripe.APIConnectionError: the scenario asked for that.
        """
        parts = urlsplit(url)
        if parts.hostname != HOST:
            raise BackendRefused(f"the simulator was asked to reach {parts.hostname}; nothing was sent")
        target = f"{parts.path}?{parts.query}" if parts.query else parts.path
        sent = self._steady({name.lower(): value for name, value in headers.items()})
        request = Request(method.upper(), target, sent, text_of(post_data))
        arrival = Arrival(self._world, self._faults, request, self._world.wall)
        met = meet(arrival, lambda: handle(self._world, request), self._suffer)
        self._world.sleep(met.delay_seconds)
        if met.response is None:
            raise stripe.APIConnectionError("The connection was reset.", should_retry=True)  # type: ignore[no-untyped-call]  # the SDK leaves it untyped
        answer = met.response
        # The SDK looks up `request-id` and `Request-Id` alike, as with `requests`.
        return answer.body, answer.status, CaseInsensitiveDict(answer.headers)

    def _suffer(self, fault: Fault) -> None:
        afflict(self._world, fault.kind, fault.seconds)

    def _steady(self, headers: dict[str, str]) -> dict[str, str]:
        """The same headers with the SDK's random idempotency key (PRO-12) numbered instead.

        Events show the key of the request behind them, and two runs must be the same to the byte. Equal keys
        stay equal, and a key that an application chose stays as it is.
        """
        key = headers.get("idempotency-key", "")
        if _RANDOM_KEY.fullmatch(key):
            headers["idempotency-key"] = self._keys.setdefault(key, f"sdk-{len(self._keys) + 1:06d}")
        return headers

    def close(self) -> None:
        """Nothing is open."""


class _Retrying(RecordingTransport):
    """Has the SDK wait in simulated time before it tries again, as it does after trouble."""

    def __init__(
        self, inner: stripe.HTTPClient, recorders: Sequence[Callable[[Exchange], None]], world: World
    ) -> None:
        super().__init__(inner, recorders)
        self._world = world

    def _sleep_time_seconds(self, num_retries: int) -> float:
        self._world.sleep(super()._sleep_time_seconds(num_retries))
        return 0


def open_simulator(settings: SimulatorSettings, api_version: str) -> Backend:
    """A fresh simulated account and a client for it."""
    world = World(_settings(settings))
    faults = Faults([Fault(**asdict(rule)) for rule in settings.faults], settings.seed)
    recorders: list[Callable[[Exchange], None]] = []
    base = f"https://{HOST}"
    client = stripe.StripeClient(
        KEY,
        stripe_version=api_version,
        base_addresses={"api": base, "files": base, "connect": base, "meter_events": base},
        http_client=_Retrying(SimulatedTransport(world, faults), recorders, world),
        max_network_retries=RETRIES if settings.faults or settings.meter_lock_seconds else 0,
    )
    return Backend(
        "simulator",
        client,
        api_version,
        world.sleep,
        lambda: world.wall,
        delivery_trouble=lambda event_type: _rule(faults.strike(WEBHOOK_FAULTS, event_type)),
        recorders=recorders,
    )


def _rule(fault: Fault | None) -> FaultRule | None:
    return None if fault is None else FaultRule(**asdict(fault))


def _settings(wanted: SimulatorSettings) -> Settings:
    settings = Settings(
        wall=wanted.wall,
        seed=wanted.seed,
        requests_per_second=wanted.requests_per_second,
        meter_lock_seconds=wanted.meter_lock_seconds,
    )
    if wanted.lag_seconds is not None:
        settings = replace(settings, lag_seconds=wanted.lag_seconds)
    if wanted.clock_polls is not None:
        settings = replace(settings, clock_polls=wanted.clock_polls)
    if wanted.grace_seconds is not None:
        settings = replace(settings, grace_seconds=wanted.grace_seconds)
    return settings
