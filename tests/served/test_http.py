"""The simulator over HTTP: what any client may do, and what a hostile one may not."""

import json
import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest
import requests
import stripe

from harness import serving
from harness.simulator.served import application, connections

FORM = "Content-Type: application/x-www-form-urlencoded"
KEY = "Authorization: Bearer sk_test_a"


def talk(server: Any, *parts: bytes, timeout: float = 20.0) -> bytes:
    """Send raw bytes and read until the server closes or is silent."""
    with socket.create_connection(("127.0.0.1", server.port), timeout=timeout) as connection:
        try:
            for part in parts:
                connection.sendall(part)
        except ConnectionError:
            pass  # refused while we were still sending; the answer may be there all the same
        return read_all(connection)


def read_all(connection: socket.socket) -> bytes:
    received = b""
    try:
        while chunk := connection.recv(65_536):
            received += chunk
    except (TimeoutError, ConnectionError):
        pass
    return received


def head(line: str, *headers: str) -> bytes:
    return "\r\n".join([f"{line} HTTP/1.1", "Host: x", KEY, "Connection: close", *headers, "", ""]).encode()


def error_of(raw: bytes) -> dict[str, Any]:
    answer = json.loads(raw.partition(b"\r\n\r\n")[2])
    assert set(answer) == {"error"}
    return answer["error"]


def alive(server: Any) -> bool:
    return server.call("GET /v1/customers").status_code == 200


def test_the_official_sdk_speaks_to_it(server: Any) -> None:
    client = server.client("sk_test_sdk")
    made = client.v1.customers.create({"name": "Ada", "metadata": {"plan": "gold"}})
    assert client.v1.customers.retrieve(made.id).metadata["plan"] == "gold"
    with pytest.raises(stripe.InvalidRequestError) as caught:
        client.v1.customers.retrieve("cus_nobody")
    assert caught.value.request_id


@pytest.mark.parametrize("host", ["api", "files", "connect", "meter_events"])
def test_every_host_of_the_sdk_s_is_served(server: Any, host: str) -> None:
    with pytest.raises(stripe.InvalidRequestError, match="Unrecognized request URL"):
        server.client().raw_request("get", "/v1/no_such_thing", base=host)


def test_connections_are_kept(server: Any) -> None:
    with requests.Session() as session:
        session.auth = ("sk_test_a", "")
        ports = set()
        for _ in range(3):
            answer = session.get(f"{server.url}/v1/customers", stream=True)
            ports.add(answer.raw._connection.sock.getsockname()[1])
            answer.content  # noqa: B018  # read to the end, so that the connection is free
    assert len(ports) == 1


def test_a_body_may_come_in_chunks(server: Any) -> None:
    answer = server.call(
        "POST /v1/customers", data=iter([b"name=A", b"da"]), headers={"Content-Type": FORM[14:]}
    )
    assert answer.json()["name"] == "Ada"


def test_head_answers_like_get_without_a_body(server: Any) -> None:
    looked = server.call("HEAD /v1/customers")
    assert (looked.status_code, looked.content) == (200, b"")
    assert looked.headers["content-length"] == server.call("GET /v1/customers").headers["content-length"]


@pytest.mark.parametrize("method", ["PUT", "PATCH", "OPTIONS", "PURGE", "TRACE"])
def test_a_method_that_stripe_lacks_is_answered(server: Any, method: str) -> None:
    answer = server.call(f"{method} /v1/customers")
    assert answer.status_code == 404 if method != "PURGE" else answer.status_code in {400, 404}
    assert answer.json()["error"]["type"] == "invalid_request_error"


def test_a_pipelined_pair_is_answered_in_order(server: Any) -> None:
    first = head("GET /v1/customers/cus_first").replace(b"Connection: close\r\n", b"")
    got = talk(server, first + head("GET /v1/customers/cus_second"))
    assert got.index(b"cus_first") < got.index(b"cus_second")


@pytest.mark.parametrize(
    ("raw", "status"),
    [
        pytest.param(b"hello\r\n\r\n", 400, id="no HTTP at all"),
        pytest.param(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\x00" * 50, 400, id="TLS"),
        pytest.param(
            head("GET /v1/customers", *(f"X-{n}: {'y' * 990}" for n in range(200))), 431, id="header flood"
        ),
        pytest.param(head("GET /" + "a" * 100_000), 431, id="endless address"),
        pytest.param(head("GET /v1/customers", "X: " + "y" * 100_000), 431, id="endless header"),
        pytest.param(
            head("POST /v1/customers", FORM, "Content-Length: 2000000") + b"a" * 1_100_000, 413, id="large"
        ),
        pytest.param(
            head("POST /v1/customers", FORM, "Content-Length: -5") + b"name=A", 400, id="negative length"
        ),
        pytest.param(
            head("POST /v1/customers", FORM, "Content-Length: 6", "Transfer-Encoding: chunked")
            + b"0\r\n\r\n",
            400,
            id="two lengths",
        ),
        pytest.param(
            head("POST /v1/customers", FORM, "Transfer-Encoding: chunked") + b"zz\r\n\r\n",
            400,
            id="bad chunk",
        ),
        pytest.param(
            head("POST /v1/customers", FORM, "Content-Length: 6") + b"name=\xff", 400, id="no UTF-8"
        ),
        pytest.param(
            head("POST /v1/customers", FORM, "Content-Length: 8") + b"name=%ff", 400, id="escaped no UTF-8"
        ),
        pytest.param(
            head("POST /v1/customers", FORM, "Content-Length: 40") + b"a" + b"[b]" * 13, 400, id="deep form"
        ),
        pytest.param(
            head("POST /v2/billing/meter_events", "Content-Type: application/json", "Content-Length: 200000")
            + b"[" * 200_000,
            400,
            id="deep JSON",
        ),
        pytest.param(head("GET /v1/customers/%00%ff%2e%2e"), 404, id="strange id"),
        pytest.param(head("GET //[v1"), 400, id="no address"),
    ],
)
def test_hostile_input_gets_a_stripe_shaped_refusal(server: Any, raw: bytes, status: int) -> None:
    got = talk(server, raw)
    if got:  # a client that is still sending may see only that the connection was closed
        assert got.startswith(b"HTTP/1.1 %d" % status), got[:300]
        assert error_of(got)["message"]
    else:
        assert status in {413, 431}
    assert alive(server)


def test_slow_and_half_open_clients_are_sent_away_and_disturb_nobody(
    start_server: Callable[..., Any],
) -> None:
    server = start_server()
    try:
        before = server.memory_kib()
        idle = [socket.create_connection(("127.0.0.1", server.port)) for _ in range(200)]
        halves = [socket.create_connection(("127.0.0.1", server.port)) for _ in range(100)]
        for each in halves:
            each.sendall(b"POST /v1/customers HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n")
        slow = socket.create_connection(("127.0.0.1", server.port), timeout=30)
        slow.sendall(head("POST /v1/customers", FORM, "Content-Length: 100") + b"name=")
        assert server.call("GET /v1/customers").elapsed.total_seconds() < 2
        for each in [*idle, *halves]:
            each.settimeout(connections.HEAD_SECONDS + 5)
            assert each.recv(100).startswith(b"HTTP/1.1 408")
            each.close()
        refused = read_all(slow)
        assert refused.startswith(b"HTTP/1.1 408")
        assert f"within {application.BODY_SECONDS} seconds".encode() in refused
        slow.close()
        assert server.memory_kib() - before < 30_000
        assert alive(server)
    finally:
        server.stop()


def test_a_connection_that_is_dropped_midway_disturbs_nobody(server: Any) -> None:
    for cut in range(10, 160, 10):
        whole = head("POST /v1/customers", FORM, "Content-Length: 8") + b"name=Ada"
        with socket.create_connection(("127.0.0.1", server.port)) as connection:
            connection.sendall(whole[:cut])
    assert alive(server)


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
def test_it_stops_gracefully(start_server: Callable[..., Any], how: signal.Signals) -> None:
    server = start_server()
    assert server.call("GET /v1/customers").status_code == 200
    assert server.stop(how) == 0


def serve(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "harness", "serve", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=20, check=False)


@pytest.mark.parametrize("host", ["0.0.0.0", "::"])  # noqa: S104  # that these are refused is the test
def test_it_does_not_listen_beyond_this_machine_unless_told_to(host: str) -> None:
    refused = serve("--host", host)
    assert refused.returncode == 2
    assert "--allow-remote" in refused.stderr
    assert refused.stdout == ""


def test_a_port_that_is_taken_is_named(server: Any) -> None:
    refused = serve("--port", str(server.port))
    assert (refused.returncode, refused.stdout) == (2, "")
    assert f"127.0.0.1:{server.port}" in refused.stderr


def test_a_state_file_that_cannot_be_used_is_named(tmp_path: Any) -> None:
    (tmp_path / "notes").write_text("mine\n")
    refused = serve("--state", str(tmp_path / "notes"))
    assert refused.returncode == 2
    assert "no state file" in refused.stderr


def test_what_is_served_can_be_listed() -> None:
    listed = serve("--routes").stdout
    assert "POST   /v1/billing/meter_events" in listed
    assert "MTR-58" in listed
    assert "quotes" in listed.partition("not modelled")[2]


def test_a_stopped_server_goes_on_where_it_was(start_server: Callable[..., Any], tmp_path: Any) -> None:
    state = tmp_path / "state"
    first = start_server("--state", str(state))
    made = first.call("POST /v1/customers", data={"name": "Ada"}).json()
    assert first.stop() == 0
    assert b'"picture"' in state.read_bytes()
    second = start_server("--state", str(state))
    try:
        assert second.call(f"GET /v1/customers/{made['id']}").json() == made
        assert second.call("POST /v1/customers").json()["id"] != made["id"]
    finally:
        second.stop()


@pytest.mark.parametrize("host", ["[", "[::1", "\x00", ""])
def test_a_strange_host_header_is_no_bug(server: Any, host: str) -> None:
    raw = head("GET /_harness/").replace(b"Host: x", b"Host: " + host.encode())
    assert talk(server, raw).split(b" ")[1] in {b"400", b"403"}
    assert alive(server)


def test_a_connection_too_many_is_told_so(start_server: Callable[..., Any]) -> None:
    server = start_server()
    address = ("127.0.0.1", server.port)
    opened = [socket.create_connection(address, timeout=20) for _ in range(connections.MOST_CONNECTIONS + 1)]
    try:
        assert opened[-1].recv(100).startswith(b"HTTP/1.1 503")
        for each in opened:
            each.close()
        assert alive(server)
    finally:
        for each in opened:
            each.close()
        server.stop()


def test_without_the_extra_the_command_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    assert "testclock-harness[serve]" in str(serving.serve_simulator({}))
