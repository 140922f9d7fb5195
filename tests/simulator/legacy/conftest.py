"""A customer on usage records: every request carries the last version that had them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

OLD = "2025-02-24.acacia"
BASIL = "2025-03-31.basil"
NEW = "2026-10-28.endive"


def at(text: str) -> int:
    """`2026-01-31` or `2026-01-31T12:00:00` in unix seconds."""
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp())


class Legacy:
    """One customer with a card on one clock that starts in January 2026."""

    def __init__(self, call: Any, start: int) -> None:
        self._call = call
        self.world = call.world
        self.start = start
        self.clock = self.ok("POST /v1/test_helpers/test_clocks", frozen_time=start)["id"]
        card = {
            "payment_method": "pm_card_visa",
            "invoice_settings": {"default_payment_method": "pm_card_visa"},
        }
        self.customer = self.ok("POST /v1/customers", test_clock=self.clock, **card)["id"]

    def __call__(self, line: str, version: str = OLD, **params: Any) -> Any:
        return self._call(line, {"stripe-version": version}, **params)

    def ok(self, line: str, version: str = OLD, **params: Any) -> dict[str, Any]:
        answer = self(line, version, **params)
        assert answer.status == 200, answer.body
        return answer.body

    def price(self, aggregate: str | None = None, *, cents: int = 300, **params: Any) -> str:
        recurring = {"interval": "month", "usage_type": "metered"}
        recurring |= {"aggregate_usage": aggregate} if aggregate else {}
        asked = {
            "currency": "usd",
            "unit_amount": cents,
            "product_data": {"name": "Seats"},
            "recurring": recurring,
        } | params
        return self.ok("POST /v1/prices", **asked)["id"]

    def subscribe(self, *prices: str, **params: Any) -> dict[str, Any]:
        items = [{"price": price} for price in prices or (self.price(),)]
        return self.ok("POST /v1/subscriptions", **({"customer": self.customer, "items": items} | params))

    def item(self, aggregate: str | None = None, **params: Any) -> str:
        """The item of a new subscription on a legacy price."""
        return self.subscribe(self.price(aggregate), **params)["items"]["data"][0]["id"]

    def record(
        self, item: str, quantity: Any, when: Any = None, action: str | None = None, **more: Any
    ) -> Any:
        """`when` is an instant, a text such as `2026-01-05`, `now`, or None for no timestamp."""
        stamp = at(when) if isinstance(when, str) and when != "now" else when
        sent = {"quantity": quantity} | ({} if stamp is None else {"timestamp": stamp})
        sent |= {} if action is None else {"action": action}
        return self(f"POST /v1/subscription_items/{item}/usage_records", **sent, **more)

    def recorded(
        self, item: str, quantity: Any, when: Any = None, action: str | None = None
    ) -> dict[str, Any]:
        answer = self.record(item, quantity, when, action)
        assert answer.status == 200, answer.body
        return answer.body

    def summaries(self, item: str, **params: Any) -> list[dict[str, Any]]:
        return self.ok(f"GET /v1/subscription_items/{item}/usage_record_summaries", **params)["data"]

    def totals(self, item: str) -> list[int]:
        """Newest first."""
        return [row["total_usage"] for row in self.summaries(item)]

    def advance(self, target: str | int) -> None:
        path = f"/v1/test_helpers/test_clocks/{self.clock}"
        self.ok(f"POST {path}/advance", frozen_time=at(target) if isinstance(target, str) else target)
        while self.ok(f"GET {path}")["status"] != "ready":
            pass

    def invoices(self) -> list[dict[str, Any]]:
        """Oldest first."""
        return self.ok("GET /v1/invoices", customer=self.customer, limit=100)["data"][::-1]

    def billed(self) -> list[list[tuple[int, int]]]:
        """Quantity and amount of each line, by invoice, oldest first, without the first one."""
        return [
            [(line["quantity"], line["amount"]) for line in invoice["lines"]["data"]]
            for invoice in self.invoices()
            if invoice["billing_reason"] != "subscription_create"
        ]


@pytest.fixture
def instant() -> Callable[[str], int]:
    """Unix seconds of an ISO date."""
    return at


@pytest.fixture
def legacy(call: Any, start: int) -> Legacy:
    return Legacy(call, start)


@pytest.fixture
def versions() -> tuple[str, str, str]:
    """The last version with usage records, the first without, and the newest."""
    return OLD, BASIL, NEW
