"""The seam between the SDK and what answers it."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import stripe

from harness.backends import BackendRefused, Exchange, SimulatorSettings, open_backend
from harness.backends.live import NEEDED, check_access, key_from, loopback, owner_from
from harness.backends.simulated import SimulatedTransport
from harness.simulator.world import Settings, World

SETTINGS = SimulatorSettings(wall=1_767_225_600)


def test_the_sdk_gets_typed_objects_from_the_simulator() -> None:
    backend = open_backend("simulator", SETTINGS)
    customer = backend.client.v1.customers.create({"name": "Acme"})
    assert isinstance(customer, stripe.Customer)
    assert customer.name == "Acme"


def test_every_exchange_is_recorded_without_the_key() -> None:
    backend = open_backend("simulator", SETTINGS)
    seen: list[Exchange] = []
    backend.recorders.append(seen.append)
    backend.client.v1.customers.create({"name": "Acme", "metadata": {"plan": "gold"}})
    backend.client.v1.customers.list({"limit": 3})
    assert [(each.method, each.path, each.params, each.status) for each in seen] == [
        ("POST", "/v1/customers", {"name": "Acme", "metadata[plan]": "gold"}, 200),
        ("GET", "/v1/customers", {"limit": "3"}, 200),
    ]
    assert "sk_test" not in repr(seen)


def test_a_refusal_is_the_sdk_s_own_exception_with_its_request_id() -> None:
    backend = open_backend("simulator", SETTINGS)
    with pytest.raises(stripe.InvalidRequestError) as caught:
        backend.client.v1.customers.retrieve("cus_nobody")
    assert caught.value.http_status == 404
    assert caught.value.code == "resource_missing"
    assert caught.value.request_id


def test_the_transport_refuses_every_host_but_its_own() -> None:
    transport = SimulatedTransport(World(Settings(wall=0)))
    with pytest.raises(BackendRefused, match=r"api\.stripe\.com; nothing was sent"):
        transport.request("GET", "https://api.stripe.com/v1/customers", {})


@pytest.mark.parametrize("base", ["api", "files", "connect", "meter_events"])
def test_all_of_the_sdk_s_hosts_lead_to_the_simulator(base: str) -> None:
    backend = open_backend("simulator", SETTINGS)
    with pytest.raises(stripe.InvalidRequestError, match="Unrecognized request URL"):
        backend.client.raw_request("get", "/v1/no_such_thing", base=base)


def test_what_the_simulator_lacks_is_a_501_that_is_not_tried_again() -> None:
    client = open_backend("simulator", SETTINGS).client
    seen: list[str] = []
    backend = open_backend("simulator", SETTINGS)
    backend.recorders.append(lambda exchange: seen.append(exchange.path))
    with pytest.raises(stripe.APIError, match="does not model"):
        backend.client.raw_request("get", "/v1/quotes", max_network_retries=2)
    assert seen == ["/v1/quotes"]
    assert client is not backend.client


def test_sleeping_moves_only_the_simulator_s_wall_clock() -> None:
    backend = open_backend("simulator", SETTINGS)
    backend.sleep(90)
    assert backend.wall() == SETTINGS.wall + 90


def test_two_worlds_share_nothing() -> None:
    first, second = (open_backend("simulator", SETTINGS) for _ in range(2))
    first.client.v1.customers.create({"name": "Acme"})
    assert second.client.v1.customers.list().data == []


@pytest.mark.parametrize(
    ("environment", "why"),
    [
        ({}, "no key"),
        ({"STRIPE_API_KEY": "sk_live_secret123"}, "live key"),
        ({"HARNESS_STRIPE_KEY": "rk_live_secret123"}, "live key"),
        ({"STRIPE_API_KEY": "pk_test_secret123"}, "no test secret key"),
    ],
)
def test_only_a_test_secret_key_opens_the_live_backend(environment: dict[str, str], why: str) -> None:
    with pytest.raises(BackendRefused, match=why) as caught:
        key_from(environment)
    assert "secret123" not in str(caught.value)


def test_a_test_key_is_taken_from_either_variable() -> None:
    assert key_from({"STRIPE_API_KEY": "sk_test_a", "HARNESS_STRIPE_KEY": "sk_test_b"}) == "sk_test_a"
    assert key_from({"HARNESS_STRIPE_KEY": " rk_test_b\n"}) == "rk_test_b"


def test_a_key_is_taken_from_the_file_that_a_variable_names(tmp_path: Path) -> None:
    (tmp_path / "key").write_text("sk_test_c\n")
    assert key_from({"HARNESS_STRIPE_KEY_FILE": str(tmp_path / "key")}) == "sk_test_c"
    with pytest.raises(BackendRefused, match="cannot be read"):
        key_from({"HARNESS_STRIPE_KEY_FILE": str(tmp_path / "none")})


@pytest.mark.parametrize(
    "address",
    [
        "https://api.stripe.com",
        "http://api.stripe.com",
        "http://127.0.0.1.example.com:1",
        "http://127.0.0.1:1/v1",
        "ftp://127.0.0.1",
        "127.0.0.1:80",
        "http://127.0.0.1@example.com",
    ],
)
def test_a_key_is_sent_to_no_other_machine(address: str) -> None:
    with pytest.raises(BackendRefused, match="--api-base takes only http addresses of this machine"):
        loopback(address)


@pytest.mark.parametrize("address", ["http://127.0.0.1:4242", "http://localhost:1/", "http://[::1]:1"])
def test_a_server_on_this_machine_may_stand_in_for_stripe(address: str) -> None:
    assert loopback(address) == address.rstrip("/")


class Answering:
    """A client whose every look is answered alike."""

    def __init__(self, answer: Any) -> None:
        self.answer = answer
        self.looks: list[str] = []

    def raw_request(self, method: str, path: str, **params: Any) -> Any:
        assert method == "get"
        self.looks.append(path)
        if isinstance(self.answer, Exception):
            raise self.answer
        return SimpleNamespace(data={"data": self.answer})


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (stripe.AuthenticationError("no"), "Stripe does not know this key"),
        (stripe.PermissionError("no"), "the key has no right to read /v1/test_helpers/test_clocks"),
        (stripe.APIConnectionError("nobody there"), "nobody there"),
        ([{"livemode": True}], "live mode"),
    ],
)
def test_an_account_that_does_not_let_us_in_is_refused_in_a_line(answer: Any, why: str) -> None:
    with pytest.raises(BackendRefused, match=why) as caught:
        check_access(Answering(answer), "sk_test_refused", None)  # type: ignore[arg-type]
    assert "\n" not in str(caught.value)


def test_access_is_looked_at_once() -> None:
    client: Any = Answering([])
    check_access(client, "sk_test_let_in", None)
    looks = len(client.looks)
    check_access(client, "sk_test_let_in", None)
    assert looks == len(client.looks) == len(NEEDED)


def test_the_owner_in_tags_is_plain_text() -> None:
    assert owner_from({"HARNESS_OWNER": "qa team/north", "USER": "me"}) == "qa-team-north"
    assert owner_from({"USER": "me"}) == "me"
    assert owner_from({}) == "unknown"


def test_an_unknown_backend_is_refused_by_name() -> None:
    with pytest.raises(BackendRefused, match="no backend `stirpe`; choose from simulator, stripe"):
        open_backend("stirpe", SETTINGS)
