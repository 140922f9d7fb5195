"""Anything may be sent: an answer in Stripe's shape comes back, and a refusal has changed nothing.

`HARNESS_FUZZ_REQUESTS=20000 pytest tests/simulator/test_fuzz.py` looks harder.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable
from random import Random  # noqa: TID251  # seeded: each number is one story, the same each time
from typing import Any
from urllib.parse import quote

import pytest

from harness.simulator.app import Request, handle
from harness.simulator.flows.clocks import catch_up
from harness.simulator.wire.errors import StripeError
from harness.simulator.wire.params import Fields
from harness.simulator.wire.routes import Route, all_routes
from harness.simulator.world import World

REQUESTS = int(os.environ.get("HARNESS_FUZZ_REQUESTS", "2000"))
IN_ONE_WORLD = 50
SLOWEST_SECONDS = 5
STATUSES = {200, 400, 401, 402, 404, 409, 413, 429, 501}
DAY = 86_400
START = 1_767_225_600

HOSTILE: list[Any] = [
    *(
        "",
        " ",
        "0",
        "-1",
        "1",
        "5",
        "100",
        "101",
        "true",
        "false",
        "null",
        "NaN",
        "inf",
        "-inf",
        "1e400",
        "1e3",
    ),
    *(
        "0.5",
        "-0.5",
        "0.0000000000001",
        "9" * 19,
        "9" * 20,
        "-" + "9" * 18,
        "9" * 500,
        "٣",
        "\x00",
    ),
    *(
        "'; DROP TABLE customers; --",
        "<script>",
        "../../etc/passwd",
        "%00",
        "{}",
        "[]",
        "💥" * 50,
        "x" * 6_000,
    ),
    *("2026-02-30T00:00:00Z", "9999-12-31T23:59:59Z", "0001-01-01T00:00:00+14:00", "now", "inf", "unlimited"),
    *(str(START), str(START + DAY), str(START + 31 * DAY), str(START + 62 * DAY), str(2**31), str(2**62)),
    *({}, [], {"0": "x"}, {"a": {"b": {"c": {"d": "e"}}}}, [[["x"]]], ["x", {"y": "z"}], {"": ""}, [""] * 30),
    *(None, True, 5, -1, 10**18, 10**30),
]
SOUND: dict[str, list[Any]] = {
    "amount": ["300", "-300", "0"],
    "billing_cycle_anchor": ["now", str(START + 5 * DAY)],
    "cancel_at": [str(START + 40 * DAY), "min_period_end", "max_period_end"],
    "created": [str(START)],
    "currency": ["usd", "eur", "jpy"],
    "divide_by": ["1", "10"],
    "end_time": [str(START + DAY)],
    "event_name": ["calls", "calls", "other"],
    "event_time_window": ["hour", "day"],
    "flat_amount": ["0", "100"],
    "formula": ["sum", "count", "last"],
    "frozen_time": [str(START + days * DAY) for days in (1, 31, 32, 59, 62, 400)],
    "identifier": ["a", "b", "cus_sim000001"],
    "interval": ["day", "week", "month", "year"],
    "interval_count": ["1", "2", "3"],
    "limit": ["1", "10", "100"],
    "proration_behavior": ["none", "create_prorations", "always_invoice"],
    "quantity": ["0", "1", "7"],
    "round": ["up", "down"],
    "start_time": [str(START)],
    "tiers_mode": ["graduated", "volume"],
    "timestamp": [str(START), str(START - 1), "2026-01-01T00:00:00Z"],
    "token": ["tok_visa", "tok_chargeCustomerFail"],
    "trial_end": ["now", str(START + 9 * DAY)],
    "type": ["cancel", "card", "by_id", "recurring", "one_time"],
    "unit_amount": ["0", "5", "700"],
    "unit_amount_decimal": ["0.05", "5"],
    "up_to": ["5", "inf", "inf"],
    "usage_type": ["metered", "licensed"],
    "value_grouping_window": ["hour", "day"],
}
LIKELY = {"amount", "card", "currency", "customer", "items", "price", "product", "recurring", "unit_amount"}
PREFIXES = {
    "customer": "cus_",
    "default_payment_method": "pm_",
    "invoice": "in_",
    "meter": "mtr_",
    "method": "pm_",
    "payment_intent": "pi_",
    "payment_method": "pm_",
    "price": "price_",
    "product": "prod_",
    "subscription": "sub_",
    "subscription_item": "si_",
    "test_clock": "clock_",
}
OWNERS = {
    "charges": "ch_",
    "customers": "cus_",
    "events": "evt_",
    "invoiceitems": "ii_",
    "invoices": "in_",
    "meters": "mtr_",
    "payment_intents": "pi_",
    "payment_methods": "pm_",
    "prices": "price_",
    "products": "prod_",
    "subscription_items": "si_",
    "subscriptions": "sub_",
    "test_clocks": "clock_",
}
EXPANSIONS = [
    "customer",
    "data.customer",
    "latest_invoice",
    "items.data.price.product",
    "x",
    "data",
    "a.b.c.d.e",
]


def hashes(parser: Any) -> list[Fields]:
    """The `Fields` that a parser is, or wraps."""
    if isinstance(parser, Fields):
        return [parser]
    inner = [cell.cell_contents for cell in getattr(parser, "__closure__", None) or ()]
    return [found for each in inner if callable(each) for found in hashes(each)]


def populated(call: Any) -> None:
    """A little of everything, so that ids lead somewhere."""
    clock = call.ok("POST /v1/test_helpers/test_clocks", frozen_time=START)["id"]
    meter = call.ok(
        "POST /v1/billing/meters",
        display_name="Calls",
        event_name="calls",
        default_aggregation={"formula": "sum"},
    )["id"]
    usage = {"interval": "month", "usage_type": "metered", "meter": meter}
    product = call.ok("POST /v1/products", name="Plan")["id"]
    prices = [
        call.ok("POST /v1/prices", currency="usd", product=product, recurring=recurring, unit_amount=5)["id"]
        for recurring in (usage, {"interval": "month"})
    ]
    for extra in ({"test_clock": clock}, {}):
        settings = {"default_payment_method": "pm_card_visa"}
        customer = call.ok(
            "POST /v1/customers", payment_method="pm_card_visa", invoice_settings=settings, **extra
        )["id"]
        items = [{"price": price} for price in prices]
        call.ok("POST /v1/subscriptions", customer=customer, items=items)
        call.ok("POST /v1/invoiceitems", customer=customer, amount=300, currency="usd")
        payload = {"stripe_customer_id": customer, "value": "5"}
        call.ok("POST /v1/billing/meter_events", event_name="calls", identifier=customer, payload=payload)
    call.ok("POST /v2/billing/meter_event_session")


class Mischief:
    """Makes requests, from sound ones to nonsense."""

    def __init__(self, world: World, random: Random) -> None:
        self.world = world
        self.random = random
        self.malice = self.thrift = 0.0

    def request(self) -> Request:
        """The next one; two of three mean well."""
        self.malice = self.random.choice([0.0, 0.02, 0.3])
        self.thrift = self.random.choice([0.02, 0.1, 0.3])
        route = self.random.choice(ROUTES if self.random.random() < 0.4 else CHANGING)
        path = route.template
        while "{" in path:
            start, end = path.index("{"), path.index("}") + 1
            path = path[:start] + self.path_part(path[:start]) + path[end:]
        headers = {"authorization": self.key(route), "content-type": "application/json"}
        if self.evil():
            headers["idempotency-key"] = self.random.choice(["a", "b", "x" * 300])
        if self.random.random() < 0.1:
            headers["stripe-version"] = self.random.choice(["2024-06-20", "2025-03-31.basil"])
        if self.evil():
            headers["stripe-version"] = self.random.choice(["x", "2030-01-01", ""])
        params = self.members(route.takes)
        if self.evil():
            params["expand"] = [self.random.choice(EXPANSIONS)]
        if path.startswith("/v2") and route.method == "POST":
            return Request(route.method, path, headers, json.dumps(params))
        text = "&".join(self.pairs(params))
        if route.method == "GET":
            return Request(route.method, f"{path}?{text}", headers)
        return Request(route.method, path, headers, text)

    def evil(self) -> bool:
        return self.random.random() < self.malice

    def key(self, route: Route) -> str:
        if self.evil():
            return self.random.choice(
                ["", "Bearer", "Bearer sk_live_x", "Basic %%%", "Basic w6k=", "Bearer \x00"]
            )
        if route.template.endswith("stream") and self.world.sessions:
            return f"Bearer {self.random.choice(list(self.world.sessions))}"
        return "Bearer sk_test_x"

    def ids(self, prefix: str) -> list[str]:
        found = [each for table in self.world.tables() for each in table if each.startswith(prefix)]
        if prefix == "si_":
            found = [item.id for each in self.world.subscriptions.values() for item in each.items]
        return found

    def path_part(self, before: str) -> str:
        fitting = self.ids(OWNERS.get(before.rstrip("/").rpartition("/")[2], ""))
        if self.evil() or not fitting:
            return self.random.choice(
                ["x", "%2e%2e", "a b", "x" * 3_000, "%F0%9F%92%A5", "{id}", *self.ids("")]
            )
        return self.random.choice(fitting)

    def members(self, takes: Fields) -> dict[str, Any]:
        chance = {name: 0.7 if name in LIKELY else self.thrift for name in takes.known}
        names = [name for name in chance if name in takes.required or self.random.random() < chance[name]]
        if self.evil():
            names += self.random.sample(sorted(takes.unmodelled), min(1, len(takes.unmodelled)))
        if self.evil():
            names += [self.random.choice(["colour", "", "a]b", "[", "💥", "x" * 500])]
        if names and self.evil():
            names.pop()
        return {name: self.value(name, takes.known.get(name)) for name in names}

    def value(self, name: str, parser: Any) -> Any:
        if self.evil():
            return self.random.choice(HOSTILE)
        if inner := hashes(parser):
            many = name in {
                "items",
                "tiers",
                "events",
                "custom_fields",
                "add_invoice_items",
                "marketing_features",
            }
            members = [self.members(inner[0]) for _ in range(self.random.choice([1, 2]) if many else 1)]
            return members if many else members[0]
        if name == "payload":
            value = self.random.choice(["5", "-1", "0.5", "x"])
            return {"stripe_customer_id": self.random.choice(self.ids("cus_")), "value": value}
        if name in PREFIXES and (fitting := self.ids(PREFIXES[name])):
            return self.random.choice(fitting)
        return self.sound(name, parser)

    def sound(self, name: str, parser: Any) -> Any:
        """A value that the parser takes, if one is found soon."""
        pool = SOUND.get(name) or [*sorted(words(parser)), "true", "false", "5", "x", str(START + 10 * DAY)]
        value = self.random.choice(pool)
        for _ in range(8):
            try:
                if parser is not None:
                    parser(value, name)
            except StripeError:
                value = self.random.choice(pool)
        return value

    def pairs(self, params: Any, prefix: str = "") -> list[str]:
        if isinstance(params, dict):
            found = []
            for key, value in params.items():
                name = key if self.evil() else quote(key, safe="[]")
                found += self.pairs(value, f"{prefix}[{name}]" if prefix else name)
            return found
        if isinstance(params, list):
            return [
                pair for index, each in enumerate(params) for pair in self.pairs(each, f"{prefix}[{index}]")
            ]
        return [f"{prefix}={quote(str(params))}"]


def words(parser: Any) -> set[str]:
    """What a choice may be."""
    cells = [cell.cell_contents for cell in getattr(parser, "__closure__", None) or ()]
    own = {each for cell in cells if isinstance(cell, tuple) for each in cell if isinstance(each, str)}
    return own.union(*(words(cell) for cell in cells if callable(cell)))


ROUTES = list(all_routes())
CHANGING = [route for route in ROUTES if route.method != "GET"]


def state(world: World) -> str:
    """Everything that can be seen, as text."""
    shown = [each.render(world) for table in world.tables() for each in table.values()]
    rest = [len(world.usage), world.lookup_keys, sorted(world.priced_products), world.wall, world.sessions]
    return json.dumps([shown, rest])


@pytest.mark.parametrize("seed", range(max(1, REQUESTS // IN_ONE_WORLD)))
def test_whatever_is_sent_is_answered(new_caller: Callable[..., Any], seed: int) -> None:
    random = Random(seed)  # noqa: S311  # mischief, not a secret
    call = new_caller(clock_polls=random.choice([0, 1, 3]))
    world = call.world
    populated(call)
    mischief = Mischief(world, random)
    for _ in range(IN_ONE_WORLD):
        request = mischief.request()
        catch_up(world)
        before, began = state(world), time.perf_counter()
        response = handle(world, request)
        assert time.perf_counter() - began < SLOWEST_SECONDS, request
        assert response.status in STATUSES, (request, response)
        body = json.loads(response.body)
        if response.status == 200:
            assert "error" not in body
        else:
            assert body["error"]["message"], request
        if response.status not in {200, 402}:
            assert state(world) == before, (request, response)
        assert all(clock.status != "internal_failure" for clock in world.clocks.values()), request
        world.sleep(random.choice([0, 0, 0, 1, 60, DAY]))
