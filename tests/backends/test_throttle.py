"""The rate that all processes of an account keep together."""

import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import stripe

from harness.backends import BackendRefused
from harness.backends.throttle import PER_SECOND, ThrottledTransport, limiter_for

WORKER = """
import sys, time
from harness.backends.throttle import limiter_for
limiter = limiter_for("sk_test_shared", sys.argv[1], int(sys.argv[2]))
stop = time.time() + float(sys.argv[3])
while time.time() < stop:
    limiter.try_acquire("stripe")
    print(time.time(), flush=True)
"""
RATE = 10
SECONDS = 2.5


class Answering(stripe.HTTPClient):
    """A transport that answers from a list."""

    def __init__(self, *answers: tuple[int, str]) -> None:
        super().__init__()
        self.answers = list(answers)

    def request(self, *args: Any, **kwargs: Any) -> tuple[str, int, dict[str, str]]:
        status, body = self.answers.pop(0)
        return body, status, {"request-id": "req_1"}


@pytest.fixture
def store(tmp_path: Path) -> str:
    return str(tmp_path / "rate.sqlite")


def moments_of_two_processes(store: str) -> list[float]:
    """When two processes were let through, all together."""
    command = [sys.executable, "-c", WORKER, store, str(RATE), str(SECONDS)]
    running = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    said = [process.communicate(timeout=60)[0] for process in running]
    assert all(process.returncode == 0 for process in running)
    assert all(text.strip() for text in said), "each of the two had its turn"
    return sorted(float(line) for text in said for line in text.split())


def keep_the_rate(moments: list[float]) -> bool:
    """Whether so many fit into so much time; a busy machine may bunch them, but makes them no more."""
    return len(moments) <= RATE * (moments[-1] - moments[0] + 1) + 1


def test_two_processes_on_one_file_keep_the_joint_rate(store: str) -> None:
    moments = moments_of_two_processes(store)
    assert len(moments) > RATE
    assert keep_the_rate(moments)


def test_two_processes_on_one_redis_keep_the_joint_rate(redis_address: str) -> None:
    moments = moments_of_two_processes(redis_address)
    assert len(moments) > RATE
    assert keep_the_rate(moments)


def test_the_rate_lies_below_stripe_s() -> None:
    assert PER_SECOND < 25


def test_a_crowded_answer_is_marked_for_the_sdk_to_try_again(store: str) -> None:
    crowded = '{"error": {"message": "Too many requests"}}'
    transport = ThrottledTransport(Answering((429, crowded), (200, "{}")), limiter_for("sk_test_a", store))
    assert transport.request("GET", "https://x.invalid/v1/customers", {})[2]["Stripe-Should-Retry"] == "true"
    assert "stripe-should-retry" not in transport.request("GET", "https://x.invalid/v1/customers", {})[2]


def test_a_locked_clock_is_left_to_the_runner(store: str) -> None:
    locked = "Test clock advancement underway - cannot perform modifications"
    transport = ThrottledTransport(Answering((429, locked)), limiter_for("sk_test_a", store))
    assert "stripe-should-retry" not in transport.request("POST", "https://x.invalid/v1/customers", {})[2]


def test_the_key_is_in_no_file(store: str) -> None:
    limiter_for("sk_test_very_secret", store).try_acquire("stripe")
    for file in Path(store).parent.iterdir():
        assert b"very_secret" not in file.read_bytes()


def test_each_account_has_a_file_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    for key in ("sk_test_own_one", "sk_test_own_two"):
        limiter_for(key)
    assert len(list((tmp_path / "testclock-harness").glob("rate-*.sqlite"))) == 2


def test_a_store_that_cannot_be_used_is_refused_in_a_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(BackendRefused, match="rate limit cannot be kept in"):
        limiter_for("sk_test_a", str(tmp_path / "file" / "rate.sqlite"))


def test_a_redis_that_does_not_answer_is_refused_without_its_password() -> None:
    pytest.importorskip("redis", reason="the extra `redis` is not installed")
    with pytest.raises(BackendRefused, match="Redis server of the rate limit: ConnectionError") as caught:
        limiter_for("sk_test_a", f"redis://user:hunter2@127.0.0.1:{free_port()}/0")
    assert "hunter2" not in str(caught.value)


@pytest.fixture
def redis_address(tmp_path: Path) -> Iterator[str]:
    """A real Redis server of this test's own."""
    pytest.importorskip("redis", reason="the extra `redis` is not installed")
    program = shutil.which("redis-server")
    if program is None:
        pytest.skip("no redis-server on this machine (Debian: apt-get install redis-server)")
    port = free_port()
    server = subprocess.Popen(
        [program, "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", str(tmp_path)],
        stdout=subprocess.DEVNULL,
    )
    try:
        wait_for(port)
        yield f"redis://127.0.0.1:{port}/0"
    finally:
        server.terminate()
        server.wait(timeout=10)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for(port: int) -> None:
    for _ in range(100):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)  # noqa: TID251  # a real server takes real time to start
    raise AssertionError("redis-server did not start")
