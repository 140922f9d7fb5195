"""The stream's way in gives the same as the ordinary way, whatever is in a batch."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from harness.simulator.api.v2_billing import _EVENT, _plain, _sent
from harness.simulator.flows.metering.ingestion import Fault, Sent, ingest
from harness.simulator.flows.metering.intake import swallow
from harness.simulator.wire.errors import StripeError
from harness.simulator.world import World

START = 1_767_225_600
DAY = 86_400
NEWEST = "2026-10-28.endive"

customers = st.sampled_from(["cus_sim000001", "cus_sim000001", "cus_sim000002", "cus_none", "", None])
values = st.sampled_from(["5", "5", "-1", "0.5", "x", "", "٣", "9" * 15, "1" * 16, "0" * 20 + "1", None])
names = st.sampled_from(["sums", "sums", "counts", "hours", "stopped", "nothing"])
stamps = st.sampled_from(
    [START, START, START - 3_600, START - 35 * DAY, START - 35 * DAY - 1, START + 300, START + 301, None]
)
identifiers = st.sampled_from(["a", "b", "c", "d", "e", "mtr_event_sim000000001", None, None, None])


def payload_of(customer: str | None, value: str | None) -> dict[str, str]:
    given_keys = {"stripe_customer_id": customer, "value": value}
    return {key: text for key, text in given_keys.items() if text is not None}


events = st.builds(Sent, names, st.builds(payload_of, customers, values), identifiers, stamps)


def account(new_caller: Callable[..., Any]) -> World:
    call = new_caller(lag_seconds=(0, 40), seed=7)
    clock = call.ok("POST /v1/test_helpers/test_clocks", frozen_time=START)["id"]
    call.ok("POST /v1/customers", test_clock=clock)
    call.ok("POST /v1/customers")
    for name, more in {
        "sums": {},
        "counts": {"default_aggregation": {"formula": "count"}},
        "hours": {"event_time_window": "hour"},
        "stopped": {},
    }.items():
        formula = {"default_aggregation": {"formula": "sum"}}
        call.ok("POST /v1/billing/meters", display_name=name, event_name=name, **(formula | more))
    call.ok("POST /v1/billing/meters/mtr_test_sim000004/deactivate")
    return call.world


def seen(world: World) -> list[Any]:
    """All that can be asked of the ledger."""
    rows: list[Any] = [len(world.usage), world.usage.pending(world.wall)]
    for name in ("sums", "counts", "hours", "stopped"):
        rows += [world.usage.receipt(name, each) for each in ("a", "b", "c", "d", "e")]
        rows += [
            world.usage.receipt(name, f"mtr_event_sim{number:09d}") for number in range(len(world.usage))
        ]
    for meter in world.meters.values():
        for customer in world.customers:
            for wall in (world.wall, world.wall + 20, world.wall + 40):
                rows.append(world.usage.aggregate(meter, customer, 0, 2 * START, wall))
    return rows


@settings(max_examples=150, deadline=None)
@given(
    batches=st.lists(st.lists(events, max_size=12), max_size=4),
    pauses=st.lists(st.integers(0, DAY), max_size=4),
)
def test_a_batch_is_the_same_as_its_events_one_by_one(
    new_caller: Callable[..., Any], batches: list[list[Sent]], pauses: list[int]
) -> None:
    """MTR-43 MTR-59 MTR-62 MTR-73 MTR-76 MTR-78 MTR-102"""
    streamed, single = account(new_caller), account(new_caller)
    for index, batch in enumerate(batches):
        faults = swallow(streamed, batch, NEWEST)
        outcomes = [ingest(single, sent, NEWEST) for sent in batch]
        assert faults == [each for each in outcomes if isinstance(each, Fault)]
        for world in (streamed, single):
            world.sleep(pauses[index] if index < len(pauses) else 0)
    assert seen(streamed) == seen(single)


odd = st.one_of(
    st.none(), st.just(""), st.just("x" * 101), st.just("x" * 6_000), st.integers(), st.just({}), st.just([])
)
raw_events = st.fixed_dictionaries(
    {"event_name": st.one_of(st.just("sums"), odd)},
    optional={
        "payload": st.one_of(st.just({"value": "5"}), st.dictionaries(st.just("k"), odd), odd),
        "identifier": st.one_of(st.just("a"), odd),
        "timestamp": st.one_of(st.just("2026-01-01T00:00:00Z"), odd),
        "colour": odd,
    },
)


@settings(max_examples=200, deadline=None)
@given(raw=raw_events)
def test_a_plain_event_is_read_as_a_careful_one(raw: dict[str, Any]) -> None:
    """MTR-104: what the short way takes, the parsers take too and read alike; what it leaves, they refuse."""
    try:
        careful = _sent(_EVENT(raw, "events[0]"))
    except StripeError:
        careful = None
    assert _plain(raw) == careful
