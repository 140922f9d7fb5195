"""A server in a process of its own, and accounts whose wall clock the test holds."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
import stripe

from harness.simulator.accounts import Accounts
from harness.simulator.app import Request, Response
from harness.simulator.served.journal import Journal
from harness.simulator.served.profiles import CALM, Profile

START = 1_767_225_600  # 2026-01-01T00:00:00Z
ROOT = Path(__file__).parents[2]


class Server:
    """`harness serve` in a process of its own."""

    def __init__(self, *arguments: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "harness", "serve", *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=ROOT,
        )
        assert self.process.stdout is not None
        said = self.process.stdout.readline()
        assert said.startswith("listening on "), said + (self.process.communicate()[1] or "")
        self.url = said.removeprefix("listening on ").strip()
        self.port = int(self.url.rpartition(":")[2])

    def call(self, line: str, key: str = "sk_test_a", **more: Any) -> requests.Response:
        method, _, path = line.partition(" ")
        return requests.request(method, self.url + path, auth=(key, ""), timeout=20, **more)

    def control(self, line: str, key: str | None = "sk_test_a", **params: Any) -> Any:
        """A call of the control API."""
        method, _, path = line.partition(" ")
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        sent = {"params": params} if method == "GET" else {"json": params}
        answer = requests.request(method, f"{self.url}/_harness/{path}", headers=headers, timeout=20, **sent)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def client(self, key: str = "sk_test_a", **more: Any) -> stripe.StripeClient:
        bases = dict.fromkeys(("api", "files", "connect", "meter_events"), self.url)
        return stripe.StripeClient(key, base_addresses=bases, **more)

    def stop(self, how: signal.Signals = signal.SIGTERM) -> int:
        """Its exit code."""
        if self.process.poll() is None:
            os.kill(self.process.pid, how)
        try:
            self.process.communicate(timeout=20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.communicate()
            raise
        return self.process.returncode

    def memory_kib(self) -> int:
        """Resident memory."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmRSS"))


@pytest.fixture(scope="session")
def start_server() -> Callable[..., Server]:
    """`start_server("--profile", "lifelike")`; the test stops it."""
    return Server


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    running = Server()
    yield running
    running.stop()


class Hand:
    """Accounts of a server without the server, and its wall clock."""

    def __init__(
        self, profile: Profile = CALM, state: Path | None = None, speed: int = 1, real: float = START
    ) -> None:
        self.real = real
        self.journal = Journal(state) if state else None
        self.accounts = Accounts(lambda: self.real, profile, speed=speed, journal=self.journal)

    def call(self, line: str, body: str = "", key: str = "sk_test_a", **headers: str) -> Response:
        method, _, target = line.partition(" ")
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        request = Request(method, target, {"authorization": f"Bearer {key}", **sent}, body)
        met = self.accounts.meet(request)
        assert met.response is not None
        return met.response


@pytest.fixture(scope="session")
def new_hand() -> Callable[..., Hand]:
    return Hand
