"""Requests a second over HTTP, ours and localstripe's in one run, and what a long load does to latency.

    python tests/benchmarks/http_speed.py [--seconds 3] [--requests 45000] [--without-localstripe]

Targets: ahead of other local fakes (the best known: 4,500 GETs and 3,100 POSTs a second on a connection) and
11,000 GETs a second on eight. 45,000 requests are what Stripe's 25 a second let through in 30 minutes.
"""

from __future__ import annotations

import argparse
import json
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
import venv
from base64 import b64encode
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median, quantiles

ROOT = Path(__file__).parents[2]
KEY = "sk_test_12345"
AUTH = "Authorization: Basic " + b64encode(f"{KEY}:".encode()).decode()
FORM = "Content-Type: application/x-www-form-urlencoded"
CONNECTIONS = (1, 8)


@dataclass
class Client:
    """Keep-alive connections, each with one request under way at a time."""

    port: int
    connections: int = 1
    sockets: list[socket.socket] = field(default_factory=list)

    def __post_init__(self) -> None:
        for _ in range(self.connections):
            opened = socket.create_connection(("127.0.0.1", self.port))
            opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self.sockets.append(opened)

    def close(self) -> None:
        for each in self.sockets:
            each.close()

    def rate(self, request: Callable[[], bytes], seconds: float) -> float:
        """Answers a second."""
        count = 0
        began = time.perf_counter()
        while time.perf_counter() - began < seconds:
            for each in self.sockets:
                each.sendall(request())
            for each in self.sockets:
                answer(each)
            count += len(self.sockets)
        return count / (time.perf_counter() - began)


def answer(connection: socket.socket) -> bytes:
    """The body of one answer.

    Raises:
        RuntimeError: it is no 200.
    """
    received = b""
    while (end := received.find(b"\r\n\r\n")) < 0:
        received += connection.recv(65_536)
    head = received[:end].lower()
    if b" 200 " not in head[:20]:
        raise RuntimeError(received[:500].decode(errors="replace"))
    length = int(head.partition(b"content-length:")[2].split(b"\r\n")[0])
    body = received[end + 4 :]
    while len(body) < length:
        body += connection.recv(65_536)
    return body


def encoded(method: str, target: str, body: str = "") -> bytes:
    lines = [f"{method} {target} HTTP/1.1", "Host: localhost", AUTH]
    if body:
        lines += [FORM, f"Content-Length: {len(body)}"]
    return "\r\n".join([*lines, "", body]).encode()


@contextmanager
def ours() -> Iterator[tuple[int, float]]:
    """`harness serve`: its port, and the seconds until its first answer."""
    began = time.perf_counter()
    command = [sys.executable, "-m", "harness", "serve"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) as process:
        assert process.stdout is not None
        port = int(process.stdout.readline().rpartition(":")[2])
        wait_for(port)
        try:
            yield port, time.perf_counter() - began
        finally:
            process.terminate()


@contextmanager
def localstripe(folder: Path) -> Iterator[tuple[int, float]]:
    """The same of localstripe, in an environment of its own."""
    venv.create(folder / "venv", with_pip=True)
    pip = [str(folder / "venv/bin/pip"), "install", "-q", "localstripe", "setuptools"]
    subprocess.run(pip, check=True, capture_output=True)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    began = time.perf_counter()
    command = [str(folder / "venv/bin/localstripe"), "--port", str(port), "--from-scratch"]
    silent = subprocess.DEVNULL
    with subprocess.Popen(command, cwd=folder, stdout=silent, stderr=silent) as process:
        try:
            wait_for(port)
            yield port, time.perf_counter() - began
        finally:
            process.terminate()


def wait_for(port: int) -> None:
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}/v1/customers", headers=dict([AUTH.split(": ")])
    )
    for _ in range(600):
        try:
            urllib.request.urlopen(request, timeout=5).read()  # noqa: S310  # our own server
        except (urllib.error.URLError, ConnectionError):
            time.sleep(0.02)  # noqa: TID251  # a real server, starting
        else:
            return
    raise SystemExit(f"nothing answers on port {port}")


def rates(port: int, seconds: float) -> dict[str, float]:
    """Requests a second, by method and number of connections."""
    found = {}
    post = encoded("POST", "/v1/customers", "name=Ada&email=ada@example.com")
    for connections in CONNECTIONS:
        client = Client(port, connections)
        client.sockets[0].sendall(post)
        made = json.loads(answer(client.sockets[0]))["id"]
        get = encoded("GET", f"/v1/customers/{made}")
        found[f"GET, {connections}"] = client.rate(lambda get=get: get, seconds)
        found[f"POST, {connections}"] = client.rate(lambda: post, seconds)
        client.close()
    return found


MIX = ("customer", "event", "event", "event", "lookup", "lookup", "list", "summary", "preview", "events")


def long_load(port: int, requests: int) -> dict[str, list[float]]:
    """Milliseconds of each request of a mixed load, by kind, in order; and the size of the server."""
    client = Client(port)
    connection = client.sockets[0]

    def call(raw: bytes) -> bytes:
        connection.sendall(raw)
        return answer(connection)

    meter = json.loads(
        call(
            encoded(
                "POST", "/v1/billing/meters", "display_name=C&event_name=c&default_aggregation[formula]=sum"
            )
        )
    )["id"]
    price = json.loads(
        call(
            encoded(
                "POST",
                "/v1/prices",
                "currency=usd&unit_amount=2&product_data[name]=C&recurring[interval]=month"
                f"&recurring[usage_type]=metered&recurring[meter]={meter}",
            )
        )
    )["id"]
    customer = json.loads(call(encoded("POST", "/v1/customers", "name=Ada")))["id"]
    plan = f"customer={customer}&items[0][price]={price}&collection_method=send_invoice&days_until_due=30"
    subscription = json.loads(call(encoded("POST", "/v1/subscriptions", plan)))["id"]
    now = int(time.time()) // 60 * 60  # noqa: TID251  # the served account lives in real time
    window = f"customer={customer}&start_time={now - 600}&end_time={now + 600}"
    kinds = {
        "customer": encoded("POST", "/v1/customers", "name=Ada"),
        "event": encoded(
            "POST",
            "/v1/billing/meter_events",
            f"event_name=c&payload[stripe_customer_id]={customer}&payload[value]=1",
        ),
        "lookup": encoded("GET", f"/v1/customers/{customer}"),
        "list": encoded("GET", "/v1/customers?limit=10"),
        "summary": encoded("GET", f"/v1/billing/meters/{meter}/event_summaries?{window}"),
        "preview": encoded("POST", "/v1/invoices/create_preview", f"subscription={subscription}"),
        "events": encoded("GET", "/v1/events?limit=10"),
    }
    taken: dict[str, list[float]] = {kind: [] for kind in kinds}
    for number in range(requests):
        kind = MIX[number % len(MIX)]
        began = time.perf_counter()
        call(kinds[kind])
        taken[kind].append(1_000 * (time.perf_counter() - began))
    client.close()
    return taken


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seconds", type=float, default=3)
    parser.add_argument("--requests", type=int, default=45_000)
    parser.add_argument("--without-localstripe", action="store_true")
    options = parser.parse_args()
    with ours() as (port, start):
        show("harness serve", start, rates(port, options.seconds))
    if not options.without_localstripe:
        with tempfile.TemporaryDirectory() as folder, localstripe(Path(folder)) as (port, start):
            show("localstripe", start, rates(port, options.seconds))
    with ours() as (port, _):
        taken = long_load(port, options.requests)
    print(
        f"{options.requests} mixed requests, ms: first tenth's median, last tenth's, ratio, 99th percentile"
    )
    for kind, times in taken.items():
        tenth = max(len(times) // 10, 1)
        first, last = median(times[:tenth]), median(times[-tenth:])
        print(
            f"  {kind:<9} {first:6.2f} {last:6.2f}  x{last / first:4.2f}  {quantiles(times, n=100)[98]:6.2f}"
        )


def show(name: str, start: float, found: dict[str, float]) -> None:
    shown = ", ".join(f"{what} {rate:,.0f}/s" for what, rate in found.items())
    print(f"{name}: cold start {start:.2f} s; {shown}")


if __name__ == "__main__":
    main()
