"""A served simulator that stands in for Stripe, and a table of the faults that were tried against it."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

KEY = "sk_test_live_tests"
SPEED = 600


class Served:
    """A server of its own, and its control API."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._session = requests.Session()
        self._session.trust_env = False
        self._session.auth = (KEY, "")

    def get(self, path: str) -> Any:
        return self._session.get(f"{self.url}{path}", timeout=30).json()

    def set(self, control: str, **members: Any) -> None:
        answer = self._session.post(f"{self.url}/_harness/{control}", json=members, timeout=30)
        assert answer.ok, answer.text

    def all(self, path: str) -> list[Any]:
        return list(self.get(f"{path}?limit=100")["data"])

    def created(self, kind: str) -> int:
        """How many objects of a kind were ever made."""
        return len(self.all_events(f"{kind}.created"))

    def all_events(self, kind: str) -> list[Any]:
        return list(self.get(f"/v1/events?limit=100&type={kind}")["data"])


@pytest.fixture
def served() -> Iterator[Served]:
    """`harness serve --profile lifelike`, much faster than real time."""
    pytest.importorskip("uvicorn", reason="the extra `serve` is not installed")
    command = [sys.executable, "-m", "harness", "serve", "--profile", "lifelike", "--speed", str(SPEED)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        yield Served(process.stdout.readline().split()[-1])
    finally:
        process.terminate()
        process.communicate(timeout=20)


@pytest.fixture
def account(served: Served, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Served:
    """The server, with the environment that leads the stripe backend to it."""
    for name in ("HARNESS_STRIPE_KEY", "HARNESS_STRIPE_KEY_FILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("STRIPE_API_KEY", KEY)
    monkeypatch.setenv("HARNESS_API_BASE", served.url)
    monkeypatch.setenv("HARNESS_RATE_STORE", str(tmp_path / "rate.sqlite"))
    return served


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """The faults tried, whether the story survived them, and that nothing was lost or doubled."""
    reports = [each for kind in ("passed", "failed") for each in terminalreporter.stats.get(kind, [])]
    rows = [dict(report.user_properties) for report in reports if getattr(report, "when", "") == "call"]
    rows = [row for row in rows if {"fault", "outcome"} <= row.keys()]
    if not rows:
        return
    terminalreporter.section("faults on the way to Stripe")
    terminalreporter.line(f"{'fault':<44} {'outcome':<12} {'usage lost':>10} {'doubled':>8} {'seconds':>8}")
    for row in rows:
        told = f"{row['fault']:<44} {row['outcome']:<12} {row['lost']:>10} {row['doubled']:>8}"
        terminalreporter.line(f"{told} {row['seconds']:>8}")
