"""A shop on a test clock: prices, subscriptions, usage and invoices in a word each."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

DAY = 86_400
HOUR = 3_600


class Shop:
    """One customer with a card on one clock, a product, and a meter for `api_calls`."""

    def __init__(self, call: Any, start: int, *, card: str | None = "pm_card_visa") -> None:
        self.call = call
        self.world = call.world
        self.start = start
        self.clock = call.ok("POST /v1/test_helpers/test_clocks", frozen_time=start)["id"]
        self.customer = self.new_customer(card)
        self.meter = call.ok(
            "POST /v1/billing/meters",
            display_name="API calls",
            event_name="api_calls",
            default_aggregation={"formula": "sum"},
        )["id"]
        self.product = call.ok("POST /v1/products", name="Gold")["id"]

    def new_customer(self, card: str | None = "pm_card_visa") -> str:
        paying = (
            {"payment_method": card, "invoice_settings": {"default_payment_method": card}} if card else {}
        )
        return self.call.ok("POST /v1/customers", test_clock=self.clock, **paying)["id"]

    def price(self, *, interval: str = "month", count: int = 1, metered: bool = False, **params: Any) -> str:
        recurring: dict[str, Any] = {"interval": interval, "interval_count": count}
        if metered:
            recurring |= {"usage_type": "metered", "meter": params.pop("meter", self.meter)}
        asked = {"product": self.product, "currency": "usd", "recurring": recurring} | params
        return self.call.ok("POST /v1/prices", **asked)["id"]

    def metered(self, unit: object = "10", **params: Any) -> str:
        if "tiers" not in params:
            params["unit_amount_decimal"] = unit
        return self.price(metered=True, **params)

    def licensed(self, unit: int = 1000, **params: Any) -> str:
        return self.price(unit_amount=unit, **params)

    def subscribe(self, *prices: Any, **params: Any) -> dict[str, Any]:
        items = [price if isinstance(price, dict) else {"price": price} for price in prices]
        headers = params.pop("headers", None)
        return self.call.ok(
            "POST /v1/subscriptions", headers, **({"customer": self.customer, "items": items} | params)
        )

    def schedule(self, *phases: dict[str, Any], **params: Any) -> dict[str, Any]:
        """A schedule; `month`, and prices in a list, are short for a phase's duration and items."""
        headers = params.pop("headers", None)
        asked = {"customer": self.customer, "start_date": "now"} | params
        return self.call.ok("POST /v1/subscription_schedules", headers, **asked, phases=phased(phases))

    def reschedule(self, schedule: dict[str, Any], *phases: dict[str, Any], **params: Any) -> dict[str, Any]:
        asked = params | ({"phases": phased(phases)} if phases else {})
        return self.call.ok(f"POST /v1/subscription_schedules/{schedule['id']}", **asked)

    def scheduled(self, schedule: dict[str, Any]) -> dict[str, Any]:
        return self.call.ok(f"GET /v1/subscription_schedules/{schedule['id']}")

    def managed(self, schedule: dict[str, Any]) -> dict[str, Any]:
        """The subscription of a schedule."""
        now = self.scheduled(schedule)
        return self.subscription({"id": now["subscription"] or now["released_subscription"]})

    def subscription(self, subscription: dict[str, Any]) -> dict[str, Any]:
        return self.call.ok(f"GET /v1/subscriptions/{subscription['id']}")

    def change(self, subscription: dict[str, Any], **params: Any) -> dict[str, Any]:
        return self.call.ok(f"POST /v1/subscriptions/{subscription['id']}", **params)

    def cancel(self, subscription: dict[str, Any], **params: Any) -> dict[str, Any]:
        return self.call.ok(f"DELETE /v1/subscriptions/{subscription['id']}", **params)

    def use(self, value: object, at: int | None = None, customer: str | None = None) -> None:
        params: dict[str, Any] = {} if at is None else {"timestamp": at}
        payload = {"stripe_customer_id": customer or self.customer, "value": value}
        self.call.ok("POST /v1/billing/meter_events", event_name="api_calls", payload=payload, **params)

    def now(self) -> int:
        return self.call.ok(f"GET /v1/test_helpers/test_clocks/{self.clock}")["frozen_time"]

    def advance(self, target: int | str) -> None:
        """Advance and wait; a step at a time where one call may not reach so far."""
        instant = at(target) if isinstance(target, str) else target
        path = f"/v1/test_helpers/test_clocks/{self.clock}"
        self.call.ok(f"POST {path}/advance", frozen_time=instant)
        for _ in range(10):
            if self.call.ok(f"GET {path}")["status"] == "ready":
                return
        raise AssertionError("the clock never became ready")

    def advance_far(self, target: int | str, step_days: int = 28) -> None:
        instant = at(target) if isinstance(target, str) else target
        while (now := self.now()) < instant:
            self.advance(min(now + step_days * DAY, instant))

    def invoices(self, subscription: dict[str, Any] | None = None) -> list[dict[str, Any]]:
        """Oldest first."""
        asked = {"customer": self.customer} if subscription is None else {"subscription": subscription["id"]}
        return self.call.ok("GET /v1/invoices", limit=100, **asked)["data"][::-1]

    def last_invoice(self, subscription: dict[str, Any] | None = None) -> dict[str, Any]:
        return self.invoices(subscription)[-1]

    def pending(self) -> list[dict[str, Any]]:
        """Oldest first."""
        rows = self.call.ok("GET /v1/invoiceitems", customer=self.customer, pending=True, limit=100)["data"]
        return rows[::-1]

    def events(self, *, after: int = 0) -> list[str]:
        """Types, oldest first."""
        return [event.type for event in list(self.world.events.values())[after:]]

    def preview(self, subscription: dict[str, Any], **params: Any) -> dict[str, Any]:
        return self.call.ok("POST /v1/invoices/create_preview", subscription=subscription["id"], **params)


def phased(phases: Any) -> list[dict[str, Any]]:
    """Phases as the API takes them, from their short forms."""
    made = []
    for phase in phases:
        full = dict(phase)
        if "months" in full:
            full["duration"] = {"interval": "month", "interval_count": full.pop("months")}
        full["items"] = [{"price": each} if isinstance(each, str) else each for each in full["items"]]
        made.append(full)
    return made


def at(text: str) -> int:
    """`2026-01-31` or `2026-01-31T12:00:00` in unix seconds."""
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp())


@pytest.fixture
def instant() -> Callable[[str], int]:
    """Unix seconds of an ISO date."""
    return at


@pytest.fixture
def shop(call: Any, start: int) -> Shop:
    return Shop(call, start)


@pytest.fixture
def new_shop(new_caller: Any, start: int) -> Callable[..., Shop]:
    """`new_shop(grace_seconds=7200)`: a shop in a world of its own."""

    def make(*, card: str | None = "pm_card_visa", starts: str | None = None, **settings: Any) -> Shop:
        return Shop(new_caller(**settings), at(starts) if starts else start, card=card)

    return make


@pytest.fixture
def rows() -> Callable[[dict[str, Any]], list[tuple[str, str | None, int]]]:
    """An invoice's lines as (description, quantity, amount)."""

    def read(invoice: dict[str, Any]) -> list[tuple[str, str | None, int]]:
        return [
            (line["description"], line["quantity_decimal"], line["amount"])
            for line in invoice["lines"]["data"]
        ]

    return read
