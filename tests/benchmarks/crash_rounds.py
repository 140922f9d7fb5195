"""Rounds of load, `kill -9` at a random moment and a restart: is every answered change there, and none twice?

python tests/benchmarks/crash_rounds.py [--rounds 100] [--seed 1]
"""

from __future__ import annotations

import argparse
import os
import random  # noqa: TID251  # the moment of the crash, from a seed
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import requests

ROOT = Path(__file__).parents[2]
CLIENTS = 4
START = 1_767_225_600
LIST_PAGES = 100


@dataclass
class Told:
    """What one client sent, by the name of what it made, and what it was answered."""

    key: str
    sent: set[str] = field(default_factory=set)
    answered: dict[str, dict[str, Any]] = field(default_factory=dict)
    events: int = 0
    events_unsure: int = 0
    clock: str = ""
    advanced_to: int = START
    advance_unsure: int | None = None


class Server:
    def __init__(self, state: Path) -> None:
        command = [sys.executable, "-m", "harness", "serve", "--state", str(state)]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT)
        assert self.process.stdout is not None
        said = self.process.stdout.readline()
        if not said.startswith("listening on "):
            raise SystemExit(f"the server did not start: {said}")
        self.url = said.removeprefix("listening on ").strip()

    def kill(self) -> None:
        os.kill(self.process.pid, signal.SIGKILL)
        self.process.wait()
        assert self.process.stdout is not None
        self.process.stdout.close()


def call(session: requests.Session, url: str, told: Told, line: str, **more: Any) -> dict[str, Any]:
    method, _, path = line.partition(" ")
    answer = session.request(method, url + path, auth=(told.key, ""), timeout=20, **more)
    answer.raise_for_status()
    decoded: dict[str, Any] = answer.json()
    return decoded


def load(url: str, told: Told, round_: int) -> None:
    """Customers with names of their own, usage, advances and pictures, until the connection breaks."""
    with requests.Session() as session:
        try:
            for number in range(1_000_000):
                name = f"{round_}-{number}"
                told.sent.add(name)
                headers = {"Idempotency-Key": f"{told.key}-{name}"}
                made = call(session, url, told, "POST /v1/customers", data={"name": name}, headers=headers)
                told.answered[name] = made
                if number % 3 == 0:
                    told.events_unsure += 1
                    payload = {"payload[stripe_customer_id]": made["id"], "payload[value]": "1"}
                    call(
                        session,
                        url,
                        told,
                        "POST /v1/billing/meter_events",
                        data={"event_name": "calls"} | payload,
                    )
                    told.events, told.events_unsure = told.events + 1, told.events_unsure - 1
                if number % 7 == 0:
                    advance(session, url, told)
                if number % 50 == 49:
                    call(session, url, told, "POST /_harness/compact")
        except (requests.ConnectionError, requests.Timeout, requests.exceptions.ChunkedEncodingError):
            return


def advance(session: requests.Session, url: str, told: Told) -> None:
    path = f"/v1/test_helpers/test_clocks/{told.clock}"
    told.advance_unsure = told.advanced_to + 3_600
    call(session, url, told, f"POST {path}/advance", data={"frozen_time": told.advance_unsure})
    call(session, url, told, f"GET {path}")
    told.advanced_to, told.advance_unsure = told.advance_unsure, None


def set_up(url: str, told: Told) -> None:
    with requests.Session() as session:
        meter = {"display_name": "Calls", "event_name": "calls", "default_aggregation[formula]": "sum"}
        call(session, url, told, "POST /v1/billing/meters", data=meter)
        clock = call(session, url, told, "POST /v1/test_helpers/test_clocks", data={"frozen_time": START})
        told.clock = clock["id"]


def check(url: str, told: Told) -> dict[str, int]:
    """Compare what is there with what was told; and send again what was in flight."""
    with requests.Session() as session:
        found = customers(session, url, told)
        names = Counter(each["name"] for each in found)
        shown = {each["name"]: each for each in found}
        lost = sum(shown.get(name) != made for name, made in told.answered.items())
        doubled = sum(count > 1 for count in names.values()) + len(set(names) - told.sent)
        for name in told.sent - set(told.answered):
            headers = {"Idempotency-Key": f"{told.key}-{name}"}
            again = call(session, url, told, "POST /v1/customers", data={"name": name}, headers=headers)
            doubled += name in shown and again["id"] != shown[name]["id"]
            told.answered[name] = again
        events = len(call(session, url, told, "GET /_harness/usage?limit=1000")["accepted"])
        settled = min(told.events, 1_000)
        lost += max(settled - events, 0)
        doubled += max(events - told.events - told.events_unsure, 0) if told.events < 1_000 else 0
        told.events, told.events_unsure = max(told.events, events), 0
        lost += clock_is_wrong(session, url, told)
    return {"lost": lost, "doubled": doubled}


def clock_is_wrong(session: requests.Session, url: str, told: Told) -> bool:
    path = f"/v1/test_helpers/test_clocks/{told.clock}"
    for _ in range(3):
        clock = call(session, url, told, f"GET {path}")
    allowed = {told.advanced_to, told.advance_unsure}
    told.advanced_to, told.advance_unsure = clock["frozen_time"], None
    return clock["frozen_time"] not in allowed or clock["status"] != "ready"


def customers(session: requests.Session, url: str, told: Told) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    cursor = ""
    while True:
        page = call(session, url, told, f"GET /v1/customers?limit=100{cursor}")
        found += page["data"]
        if not page["has_more"]:
            return found
        cursor = f"&starting_after={found[-1]['id']}"


def run(rounds: int, seed: int) -> dict[str, float]:
    """The figures of so many rounds."""
    draw = random.Random(seed)  # noqa: S311  # no secret
    clients = [Told(f"sk_test_client{number}") for number in range(CLIENTS)]
    total: Counter[str] = Counter()
    slowest = 0.0
    with tempfile.TemporaryDirectory() as folder:
        state = Path(folder) / "state"
        server = Server(state)
        for told in clients:
            set_up(server.url, told)
        for round_ in range(rounds):
            threads = [threading.Thread(target=load, args=(server.url, told, round_)) for told in clients]
            for thread in threads:
                thread.start()
            time.sleep(draw.uniform(0.02, 0.25))  # noqa: TID251  # real load for a real while
            server.kill()
            for thread in threads:
                thread.join()
            total["in flight"] += sum(len(told.sent) - len(told.answered) for told in clients)
            began = time.perf_counter()
            server = Server(state)
            slowest = max(slowest, time.perf_counter() - began)
            for told in clients:
                total.update(check(server.url, told))
        size = state.stat().st_size
        server.kill()
    answered = sum(len(told.answered) + told.events for told in clients)
    return {
        "rounds": rounds,
        "answered": answered,
        **total,
        "bytes": size,
        "slowest_restart_s": round(slowest, 2),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    figures = run(options.rounds, options.seed)
    print(", ".join(f"{name} {value}" for name, value in figures.items()))
    sys.exit(1 if figures["lost"] or figures["doubled"] else 0)


if __name__ == "__main__":
    main()
