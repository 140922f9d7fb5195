"""A world, and the real SDK talking to it."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlencode, urlsplit

import pytest
import stripe
from requests.structures import CaseInsensitiveDict

from harness.simulator.app import Request, Response, handle
from harness.simulator.world import Settings, World

START = 1_767_225_600  # 2026-01-01T00:00:00Z
KEY = "sk_test_simulator"


class Loop(stripe.HTTPClient):
    """The SDK's transport: a function call."""

    name = "loop"

    def __init__(self, world: World) -> None:
        super().__init__()
        self.world = world
        self.sent: list[Request] = []
        self.slept = 0

    def request(
        self, method: str, url: str, headers: Mapping[str, str] | None, post_data: Any = None
    ) -> tuple[str, int, Mapping[str, str]]:
        parts = urlsplit(url)
        target = parts.path + (f"?{parts.query}" if parts.query else "")
        lower = {name.lower(): value for name, value in (headers or {}).items()}
        request = Request(method.upper(), target, lower, post_data or "")
        self.sent.append(request)
        response = handle(self.world, request)
        assert forgotten(self.world) == [], request.target
        return response.body, response.status, CaseInsensitiveDict(response.headers)

    def _sleep_time_seconds(self, num_retries: int) -> float:
        self.slept += 1
        return 0

    def close(self) -> None:
        """Nothing is open."""


def encode(params: Mapping[str, Any], prefix: str = "") -> list[tuple[str, str]]:
    """Nested parameters as form pairs."""
    pairs: list[tuple[str, str]] = []
    for key, value in params.items():
        name = f"{prefix}[{key}]" if prefix else str(key)
        if isinstance(value, Mapping):
            pairs += encode(value, name)
        elif isinstance(value, list | tuple):
            pairs += encode(dict(enumerate(value)), name)
        else:
            text = str(value).lower() if isinstance(value, bool) else str(value)
            pairs.append((name, "" if value is None else text))
    return pairs


class Answer:
    """A raw answer: `status`, `headers`, and the JSON body by key."""

    def __init__(self, response: Response) -> None:
        self.status = response.status
        self.headers = response.headers
        self.body: dict[str, Any] = json.loads(response.body)

    def __getitem__(self, key: str) -> Any:
        return self.body[key]

    @property
    def error(self) -> dict[str, Any]:
        return self.body["error"]

    @property
    def message(self) -> str:
        return self.error["message"]


def forgotten(world: World) -> list[str]:
    """What plans something of which the agenda has no entry: it would not happen."""
    entries = {
        (clock, *entry[:3], id(entry[3])) for clock, heap in world.agenda.entries.items() for entry in heap
    }
    planners = [
        *world.subscriptions.values(),
        *world.invoices.values(),
        *world.schedules.values(),
        *world.credit_grants.values(),
    ]
    return [
        each.id
        for each in planners
        if (plan := each.plan()) is not None
        and (each.test_clock, plan.at, plan.rank, each.sequence, id(each)) not in entries
    ]


class Caller:
    """`call("POST /v1/customers", name="Ada")`: form or JSON by the path's version, query for GET."""

    def __init__(self, world: World) -> None:
        self.world = world

    def __call__(self, line: str, headers: Mapping[str, str] | None = None, **params: Any) -> Answer:
        method, _, path = line.partition(" ")
        sent = {"authorization": f"Bearer {KEY}", **(headers or {})}
        body = ""
        if method == "GET" and params:
            path += "?" + urlencode(encode(params))
        elif path.startswith("/v2/"):
            sent.setdefault("content-type", "application/json")
            body = json.dumps(params)
        else:
            body = urlencode(encode(params))
        answer = Answer(handle(self.world, Request(method, path, sent, body)))
        assert forgotten(self.world) == [], line
        return answer

    def ok(self, line: str, headers: Mapping[str, str] | None = None, **params: Any) -> dict[str, Any]:
        answer = self(line, headers, **params)
        assert answer.status == 200, answer.body
        return answer.body


@pytest.fixture(scope="session")
def new_caller() -> Callable[..., Caller]:
    """`new_caller(lag_seconds=(60, 60))`: a caller in a world of its own."""

    def make(**settings: Any) -> Caller:
        return Caller(
            World(Settings(**({"wall": START, "lag_seconds": (0, 0), "clock_polls": 1} | settings)))
        )

    return make


@pytest.fixture
def settings() -> Settings:
    """A plain account: usage is aggregated at once, a clock is ready at the first look."""
    return Settings(wall=START, lag_seconds=(0, 0), clock_polls=1)


@pytest.fixture
def world(settings: Settings) -> World:
    return World(settings)


@pytest.fixture
def call(world: World) -> Caller:
    return Caller(world)


@pytest.fixture
def transport(world: World) -> Loop:
    return Loop(world)


@pytest.fixture
def client(transport: Loop) -> stripe.StripeClient:
    return stripe.StripeClient(KEY, http_client=transport)


@pytest.fixture
def start() -> int:
    return START


@pytest.fixture
def clock(call: Caller) -> dict[str, Any]:
    return call.ok("POST /v1/test_helpers/test_clocks", frozen_time=START)


@pytest.fixture
def customer(call: Caller, clock: dict[str, Any]) -> dict[str, Any]:
    """On the clock, with a card that pays."""
    return call.ok(
        "POST /v1/customers",
        test_clock=clock["id"],
        payment_method="pm_card_visa",
        invoice_settings={"default_payment_method": "pm_card_visa"},
    )


@pytest.fixture
def meter(call: Caller) -> dict[str, Any]:
    return call.ok(
        "POST /v1/billing/meters",
        display_name="API calls",
        event_name="api_calls",
        default_aggregation={"formula": "sum"},
    )


@pytest.fixture
def settle(call: Caller) -> Callable[[str], dict[str, Any]]:
    """Look at a clock until it is ready."""

    def wait(clock_id: str) -> dict[str, Any]:
        for _ in range(50):
            clock = call.ok(f"GET /v1/test_helpers/test_clocks/{clock_id}")
            if clock["status"] != "advancing":
                return clock
        raise AssertionError("the clock never became ready")

    return wait


@pytest.fixture
def advance(call: Caller, settle: Callable[[str], dict[str, Any]]) -> Callable[[str, int], dict[str, Any]]:
    """Advance a clock and wait until it is ready."""

    def go(clock_id: str, target: int) -> dict[str, Any]:
        call.ok(f"POST /v1/test_helpers/test_clocks/{clock_id}/advance", frozen_time=target)
        return settle(clock_id)

    return go


@pytest.fixture
def send(call: Caller) -> Callable[..., Answer]:
    """Send a meter event: `send(customer_id, 5, at=…)`."""

    def go(customer_id: str, value: object, *, at: int | None = None, **more: Any) -> Answer:
        params: dict[str, Any] = {
            "event_name": "api_calls",
            "payload": {"stripe_customer_id": customer_id, "value": value},
            **more,
        }
        if at is not None:
            params["timestamp"] = at
        return call("POST /v1/billing/meter_events", **params)

    return go
