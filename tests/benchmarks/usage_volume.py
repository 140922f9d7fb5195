"""What ten million meter events cost: time, memory, an invoice over them, and a saved copy.

    python tests/benchmarks/usage_volume.py [--events 10000000] [--unnamed] [--save]

They come through the v2 stream, a hundred a request, each with an identifier of its own (36 characters, like
a UUID) unless `--unnamed`. Targets: 200,000 events in a second of processor time, 1 GB, and 50 ms to finalize
the invoice.
"""

from __future__ import annotations

import argparse
import json
import resource
from collections.abc import Iterator
from time import perf_counter, process_time
from typing import Any
from urllib.parse import urlencode

from harness.simulator.app import Request, handle
from harness.simulator.served import pickles
from harness.simulator.world import Settings, World

START = 1_767_225_600  # 2026-01-01T00:00:00Z
DAY = 86_400
BATCH = 100
SPREAD = 2_654_435_761
"""Odd, so that multiples of it modulo a power of two never repeat."""
KEY = {"authorization": "Bearer sk_test_volume"}
PRICE = {
    "currency": "usd",
    "unit_amount": 2,
    "product_data[name]": "Calls",
    "recurring[interval]": "month",
    "recurring[usage_type]": "metered",
}


def call(world: World, line: str, **params: object) -> dict[str, Any]:
    """A v1 request's answer."""
    method, _, path = line.partition(" ")
    body = urlencode(params)
    target, sent = (f"{path}?{body}", "") if method == "GET" else (path, body)
    answer = handle(world, Request(method, target, KEY, sent))
    assert answer.status == 200, answer.body
    found: dict[str, Any] = json.loads(answer.body)
    return found


class Bench:
    """A world in which a customer on a clock pays by usage, four weeks into the month."""

    def __init__(self) -> None:
        self.world = World(Settings(wall=START, clock_polls=0, upcoming_days=0))
        self.clock = self.post("/v1/test_helpers/test_clocks", frozen_time=START)
        meter = {"display_name": "Calls", "event_name": "calls", "default_aggregation[formula]": "sum"}
        self.meter = self.post("/v1/billing/meters", **meter)
        price = self.post("/v1/prices", **PRICE | {"recurring[meter]": self.meter})
        self.customer = self.post("/v1/customers", test_clock=self.clock)
        net = {"collection_method": "send_invoice", "days_until_due": 30, "items[0][price]": price}
        self.post("/v1/subscriptions", customer=self.customer, **net)
        self.advance(START + 28 * DAY)

    def post(self, path: str, **params: object) -> str:
        """The id of what a request made."""
        return str(call(self.world, f"POST {path}", **params)["id"])

    def advance(self, target: int) -> None:
        """Move the clock, which is at once."""
        self.post(f"/v1/test_helpers/test_clocks/{self.clock}/advance", frozen_time=target)

    def bodies(self, events: int, named: bool) -> Iterator[str]:
        """Requests to the stream; times are scattered over four weeks."""
        for first in range(0, events, BATCH):
            rows = []
            for number in range(first, min(first + BATCH, events)):
                scattered = number * SPREAD % 2**48
                day, second = 1 + scattered % 28, scattered // 28 % DAY
                at = f"2026-01-{day:02}T{second // 3_600:02}:{second // 60 % 60:02}:{second % 60:02}Z"
                payload = {"stripe_customer_id": self.customer, "value": "3"}
                row = {"event_name": "calls", "payload": payload, "timestamp": at}
                if named:
                    row["identifier"] = f"{number:08x}-0000-4000-8000-{scattered:012x}"
                rows.append(row)
            yield json.dumps({"events": rows})

    def send(self, events: int, named: bool) -> float:
        """Send them all, half a minute of wall time for each million; how long the simulator worked."""
        spent = 0.0
        for number, body in enumerate(self.bodies(events, named)):
            if number % 10_000 == 0:
                self.world.sleep(30)
                token = json.loads(self._v2("/v2/billing/meter_event_session", KEY, "{}"))
                session = {"authorization": f"Bearer {token['authentication_token']}"}
            began = process_time()
            self._v2("/v2/billing/meter_event_stream", session, body)
            spent += process_time() - began
        self.world.sleep(120)
        return spent

    def _v2(self, path: str, key: dict[str, str], body: str) -> str:
        answer = handle(self.world, Request("POST", path, {**key, "content-type": "application/json"}, body))
        assert answer.status == 200, answer.body
        return answer.body

    def read(self) -> int:
        """What the meter shows."""
        span = {"start_time": START, "end_time": START + 31 * DAY}
        path = f"GET /v1/billing/meters/{self.meter}/event_summaries"
        [shown] = call(self.world, path, customer=self.customer, **span)["data"]
        return int(shown["aggregated_value"])


def peak() -> str:
    """The most memory that this process has had."""
    return f"peak {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6 * 1.024:.2f} GB"


def bill(bench: Bench) -> None:
    """Renew the subscription and finalize the invoice."""
    began = perf_counter()
    bench.advance(START + 31 * DAY)
    [draft] = call(bench.world, "GET /v1/invoices", customer=bench.customer, status="draft")["data"]
    renewed = perf_counter()
    call(bench.world, f"POST /v1/invoices/{draft['id']}/finalize")
    done = perf_counter()
    took = f"renewed in {1000 * (renewed - began):.1f} ms, finalized in {1000 * (done - renewed):.1f} ms"
    print(f"{took} (target 50 ms); {peak()}")


def save(world: World) -> None:
    """Pickle the world and read it back."""
    began = perf_counter()
    saved = pickles.dump(world)
    dumped = perf_counter()
    pickles.load(saved)
    restored = perf_counter() - dumped
    print(f"saved: {len(saved) / 1e9:.2f} GB in {dumped - began:.1f} s; restored in {restored:.1f} s")


def main() -> None:
    """Print a line for each thing that is done with the events."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--events", type=int, default=10_000_000)
    parser.add_argument("--unnamed", action="store_true", help="without identifiers of their own")
    parser.add_argument("--save", action="store_true", help="also save and restore (takes more memory)")
    options = parser.parse_args()
    bench = Bench()
    print(f"before: {peak()}")
    spent = bench.send(options.events, named=not options.unnamed)
    print(f"{options.events:,} events: {options.events / spent:,.0f} a second (target 200,000); {peak()}")
    began = perf_counter()
    total = bench.read()
    print(f"first read: {perf_counter() - began:.2f} s; {peak()} (target 1 GB)")
    assert total == 3 * options.events, total
    bill(bench)
    if options.save:
        save(bench.world)


if __name__ == "__main__":
    main()
