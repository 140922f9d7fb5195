"""What a backend is to the runner: a real Stripe client, a way to wait, and what it can do."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import stripe

API_VERSION = "2026-10-28.endive"
"""Sent when a scenario names none, so that an SDK upgrade never changes a story (PRO-31)."""


class BackendRefused(Exception):
    """The backend cannot be opened. The message is one line for the user and holds no secret."""


@dataclass(frozen=True)
class Exchange:
    """One request and its answer as they crossed the wire; bodies are JSON text."""

    method: str
    path: str
    params: dict[str, str]
    status: int
    body: str
    request_id: str | None

    @property
    def answer(self) -> dict[str, Any]:
        """The answer's JSON; a body that is none (a proxy's page, say) is kept as text."""
        try:
            decoded = json.loads(self.body)
        except ValueError:
            return {"(text)": self.body[:2_000]}
        return decoded if isinstance(decoded, dict) else {"(json)": decoded}


@dataclass(frozen=True)
class FaultRule:
    """Something that goes wrong on the simulator; see `harness.simulator.faults.Fault`."""

    kind: str
    on: str = "*"
    after: int = 0
    times: int | None = 1
    percent: int = 100
    seconds: int = 0


@dataclass(frozen=True)
class SimulatorSettings:
    """What a scenario's `simulator:` key asks of the simulator; Stripe brings its own.

    Args:
        wall: wall time at the start, unix seconds.
        seed: of all draws.
        lag_seconds: shortest and longest aggregation lag, or None for the simulator's own.
        clock_polls: looks at an advancing clock until it is ready, or None for the simulator's own.
        grace_seconds: how long a cycle's draft stays open, or None for the default hour.
        requests_per_second: more are answered 429, or None for any number.
        meter_lock_seconds: for how long a meter event keeps others for its customer and meter out.
        faults: what goes wrong, and when.
    """

    wall: int
    seed: int = 0
    lag_seconds: tuple[int, int] | None = None
    clock_polls: int | None = None
    grace_seconds: int | None = None
    requests_per_second: int | None = None
    meter_lock_seconds: int = 0
    faults: tuple[FaultRule, ...] = ()


@dataclass(frozen=True)
class LiveSettings:
    """How to reach an account; the key itself comes from the environment alone.

    Args:
        api_base: another address than Stripe's, on this machine only.
        rate_store: where processes that share the account's rate meet: a file, or `redis://…`.
    """

    api_base: str | None = None
    rate_store: str | None = None


@dataclass(frozen=True)
class Traits:
    """What is known of a kind of backend before one is opened.

    Args:
        shared_account: others' objects lie beside a story's own: meters and prices are found again, what is
            made is tagged, and dates must not lie in the past.
        holds_drafts: a draft may stay one for longer than its hour, since webhook endpoints hold it (LIV-21).
        tries: how often a case is begun until a failure of the infrastructure counts.
        present: the account's wall time, unix seconds; None where each run's time begins with its story.
    """

    shared_account: bool = False
    holds_drafts: bool = False
    tries: int = 1
    present: Callable[[], int | None] = lambda: None


ALONE = Traits()
"""A backend that begins empty and whose time is its own."""


def no_trouble(event_type: str) -> FaultRule | None:
    """Every delivery goes well."""
    del event_type
    return None


def no_jitter() -> float:
    """Retries that are not spread: the same every time."""
    return 0.0


@dataclass
class Backend:
    """An opened backend.

    Args:
        name: `simulator` or `stripe`.
        client: a real `stripe.StripeClient`; every exchange it makes is given to the recorder.
        api_version: the `Stripe-Version` that every request carries.
        sleep: waits this many seconds of the backend's wall time.
        wall: the backend's wall time, unix seconds.
        run_id: tells this run's identifiers from other runs' (LIV-37); empty where a run has its own world.
        host: that answers; empty where nothing leaves this process.
        owner: who runs it, for the tags of what is made.
        traits: how this kind of backend differs from others.
        quiet_polls: how many looks must show no new event until the events of an advance count as complete.
        delivery_trouble: what goes wrong with the delivery of an event of this type, asked once for each.
        jitter: draws from [0, 1) to spread retries.
    """

    name: str
    client: stripe.StripeClient
    api_version: str
    sleep: Callable[[float], None]
    wall: Callable[[], int]
    run_id: str = ""
    host: str = ""
    owner: str = ""
    traits: Traits = ALONE
    quiet_polls: int = 0
    jitter: Callable[[], float] = no_jitter
    delivery_trouble: Callable[[str], FaultRule | None] = no_trouble
    recorders: list[Callable[[Exchange], None]] = field(default_factory=list)

    @property
    def sdk(self) -> str:
        """The SDK and its version, as written into the history."""
        return f"stripe-python {stripe.VERSION}"
