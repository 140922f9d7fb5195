"""What a write costs as objects pile up: `python tests/benchmarks/growth.py` (target: flat to 100,000)."""

from time import perf_counter
from urllib.parse import urlencode

from harness.simulator.app import Request, handle
from harness.simulator.world import Settings, World

WALL = 1_767_225_600
OBJECTS = 100_000
BATCH = 10_000
HEADERS = {"authorization": "Bearer sk_test_growth"}


def post(world: World, path: str, **params: object) -> None:
    answer = handle(world, Request("POST", path, HEADERS, urlencode(params)))
    assert answer.status == 200, answer.body


def batches(world: World, path: str, **params: object) -> list[float]:
    """Microseconds a write, batch by batch."""
    costs = []
    for start in range(0, OBJECTS, BATCH):
        began = perf_counter()
        for number in range(start, start + BATCH):
            post(world, path, **{key: str(value).format(number) for key, value in params.items()})
        costs.append(1e6 * (perf_counter() - began) / BATCH)
    return costs


def show(what: str, costs: list[float]) -> None:
    early, late = min(costs[:3]), min(costs[-3:])
    told = f"{early:.0f} µs a write among the first 30,000, {late:.0f} µs among the last"
    print(f"{what}: {told}; ratio {late / early:.2f}")


def main() -> None:
    world = World(Settings(wall=WALL, lag_seconds=(0, 0)))
    show("customers", batches(world, "/v1/customers", name="customer {}"))
    meter = {"display_name": "Calls", "event_name": "calls", "default_aggregation[formula]": "sum"}
    post(world, "/v1/billing/meters", **meter)
    customer = next(iter(world.customers))
    event = {
        "event_name": "calls",
        "identifier": "event-{}",
        "payload[value]": "1",
        "payload[stripe_customer_id]": customer,
        "timestamp": WALL,
    }
    show("meter events", batches(world, "/v1/billing/meter_events", **event))


if __name__ == "__main__":
    main()
