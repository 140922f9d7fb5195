"""A storyteller for tests: writes histories by hand, in the shapes that Stripe answers with."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any

import pytest

from harness.history import entries as kinds
from harness.history.facts import Facts, read_facts
from harness.history.log import History

Json = dict[str, Any]

MONTHS = ("2026-01-01", "2026-02-01", "2026-03-01", "2026-04-01")


def unix(instant: str | int) -> int:
    """`2026-02-01` or `2026-02-01 00:01:00` as unix seconds; a number is itself."""
    if isinstance(instant, int):
        return instant
    return int(datetime.fromisoformat(instant).replace(tzinfo=UTC).timestamp())


class Telling:
    """A history in the making, with the usual cast unless told otherwise."""

    def __init__(self) -> None:
        self.clock: int | None = None
        self.wall = unix("2026-11-20")
        self.history = History(lambda: self.clock, lambda: self.wall)
        self.history.append(
            kinds.CaseStarted,
            format=kinds.FORMAT,
            file="scenarios/story.yaml",
            case="story",
            title="A story",
            backend="simulator",
            api_version="2026-10-28.endive",
            sdk="stripe-python 16.1.0",
            settings={},
        )
        self._items: dict[str, Json] = {}
        self._sequence = 0

    @staticmethod
    def unix(instant: str | int) -> int:
        return unix(instant)

    def cast(
        self, *, formula: str = "sum", window: str | None = None, mode: str = "flexible", **price: Any
    ) -> Telling:
        """Meter api_calls, price per-call (2 cents), customer acme, subscription acme-plan from January."""
        self.cycles("acme-plan", *MONTHS)
        self.at("2026-01-01")
        self.meter("api_calls", formula=formula, window=window)
        self.price("per-call", "api_calls", **price)
        self.customer("acme")
        self.subscription("acme-plan", "acme", ["per-call"], mode=mode)
        return self

    def at(self, instant: str | int, wall: int = 60) -> Telling:
        """Move the clock; wall time goes on by `wall` seconds."""
        self.clock = unix(instant)
        self.wall += wall
        return self

    def cycles(self, subscription: str, *boundaries: str) -> None:
        self.history.append(
            kinds.CycleDates, subscription=subscription, boundaries=[unix(b) for b in boundaries]
        )

    def call(
        self, method: str, path: str, answer: Json, params: Json | None = None, status: int = 200
    ) -> int:
        entry = self.history.append(
            kinds.Called,
            method=method,
            path=path,
            params=params or {},
            status=status,
            answer=answer,
            request_id=None,
        )
        return entry.n

    def label(self, what: str, label: str, stripe_id: str) -> None:
        self.history.append(kinds.Labelled, what=what, label=label, id=stripe_id)

    def meter(self, label: str, *, formula: str = "sum", window: str | None = None, **over: Any) -> None:
        answer = {
            "object": "billing.meter",
            "id": f"mtr_{label}",
            "event_name": label,
            "default_aggregation": {"formula": formula},
            "event_time_window": window,
            "customer_mapping": {"type": "by_id", "event_payload_key": "stripe_customer_id"},
            "value_settings": {"event_payload_key": "value"},
            "status": "active",
            "status_transitions": {"deactivated_at": None},
        } | over
        self.call("POST", "/v1/billing/meters", answer)
        self.label("meter", label, answer["id"])

    def price(self, label: str, meter: str | None, **over: Any) -> None:
        recurring = {
            "meter": f"mtr_{meter}" if meter else None,
            "usage_type": "metered" if meter else "licensed",
        }
        answer = {
            "object": "price",
            "id": f"price_{label}",
            "currency": "usd",
            "recurring": recurring,
            "unit_amount_decimal": "2",
            "tiers_mode": None,
        } | over
        self.call("POST", "/v1/prices", answer)
        self.label("price", label, answer["id"])

    def customer(self, label: str) -> None:
        self.call("POST", "/v1/customers", {"object": "customer", "id": f"cus_{label}"})
        self.label("customer", label, f"cus_{label}")

    def subscription(
        self,
        label: str,
        customer: str,
        prices: Sequence[str],
        *,
        method: str | None = None,
        mode: str = "flexible",
        **over: Any,
    ) -> int:
        """A sight of a subscription; the first creates and labels it. `over` replaces members."""
        known = self._items.setdefault(label, {"created": self.clock, "items": {}})
        period = over.pop("period", ("2026-01-01", "2026-02-01"))
        answer = {
            "object": "subscription",
            "id": f"sub_{label}",
            "customer": f"cus_{customer}",
            "status": "active",
            "billing_mode": {"type": mode},
            "created": known["created"],
            "start_date": known["created"],
            "items": {"data": [self._item(label, price, period) for price in prices]},
        } | over
        first = not known.get("seen")
        path = "/v1/subscriptions" if first else f"/v1/subscriptions/sub_{label}"
        known["seen"] = True
        n = self.call(method or ("POST" if first else "GET"), path, answer)
        if first:
            self.label("subscription", label, answer["id"])
        return n

    def _item(self, subscription: str, price: str, period: tuple[str, str]) -> Json:
        """`per-call` is its own item; `per-call as other` is a new price on the item made for `other`."""
        price, _, item = price.partition(" as ")
        known = self._items[subscription]["items"]
        created = known.setdefault(item or price, self.clock)
        return {
            "id": f"si_{subscription}_{item or price}",
            "price": f"price_{price}",
            "created": created,
            "current_period_start": unix(period[0]),
            "current_period_end": unix(period[1]),
        }

    def report(
        self,
        value: str | int | None,
        stamp: str | int | None = None,
        *,
        label: str | None = None,
        meter: str = "api_calls",
        customer: str | None = "acme",
        error: Json | str | None = None,
        status: int = 400,
        identifier: str | None = None,
        line: int = 40,
        payload: Json | None = None,
        unstamped: bool = False,
    ) -> str:
        """A meter event at the clock's time, stamped now unless told otherwise; refused with `error`."""
        self._sequence += 1
        label = label or f"usage-{self._sequence}"
        stamped = None if unstamped else unix(stamp) if stamp is not None else self.clock
        sent = {"stripe_customer_id": f"cus_{customer}", "value": None if value is None else str(value)}
        sent = {key: text for key, text in (sent | (payload or {})).items() if text is not None}
        params: Json = {"event_name": meter} | {f"payload[{key}]": text for key, text in sent.items()}
        params |= {} if stamped is None else {"timestamp": str(stamped)}
        identifier = identifier or f"id-{label}"
        answer: Json = {
            "object": "billing.meter_event",
            "identifier": identifier,
            "timestamp": stamped or self.clock,
        }
        if error is not None:
            body = {"message": error} if isinstance(error, str) else error
            answer = {"error": {"type": "invalid_request_error"} | body}
        n = self.call(
            "POST", "/v1/billing/meter_events", answer, params, status if error is not None else 200
        )
        self.history.append(
            kinds.UsageReported,
            label=label,
            call=n,
            line=line,
            meter=meter,
            event_name=meter,
            customer=customer,
            value=sent.get("value"),
            stamp=stamped,
            identifier=identifier,
            accepted=error is None,
        )
        return label

    def cancel(self, label: str, *, meter: str = "api_calls", line: int = 41, accepted: bool = True) -> None:
        answer = {"object": "billing.meter_event_adjustment"} if accepted else {"error": {}}
        n = self.call("POST", "/v1/billing/meter_event_adjustments", answer, status=200 if accepted else 400)
        self.history.append(
            kinds.UsageCancelled,
            call=n,
            line=line,
            event_name=meter,
            identifier=f"id-{label}",
            accepted=accepted,
        )

    def stream(self, *events: Json, status: int = 200) -> None:
        """A batch of acme's api_calls: their `identifier`, `value`, `stamp` or whole `payload`."""
        batch = [self._streamed(event) for event in events]
        answer = {} if status < 400 else {"error": {"code": "billing_meter_event_session_expired"}}
        sent = {"(json)": json.dumps({"events": batch})}
        n = self.call("POST", "/v2/billing/meter_event_stream", answer, sent, status)
        for place, event in enumerate(batch):
            self.history.append(
                kinds.UsageReported,
                label=f"e{place}",
                call=n,
                line=7,
                meter="api_calls",
                event_name="api_calls",
                customer="acme",
                value=event["payload"].get("value"),
                stamp=events[place].get("stamp"),
                identifier=event.get("identifier"),
                accepted=status < 400,
                place=place,
            )

    @staticmethod
    def _streamed(event: Json) -> Json:
        payload = {"stripe_customer_id": "cus_acme", "value": event.get("value", "5")}
        named = {"identifier": event["identifier"]} if "identifier" in event else {}
        return {"event_name": "api_calls", "payload": event.get("payload", payload)} | named

    def error_report(self, code: str, *named: str, count: int | None = None) -> int:
        """A report about events that were streamed just now; `count` says that there are more than named."""
        samples = [{"error_message": f"{code}!", "request": {"identifier": name}} for name in named]
        number = len(named) if count is None else count
        groups = [{"code": code, "error_count": number, "sample_errors": samples}]
        event = {
            "object": "v2.core.event",
            "id": f"evt_{code}",
            "type": "v1.billing.meter.error_report_triggered",
            "related_object": {"id": "mtr_api_calls"},
            "data": {
                "reason": {"error_count": number, "error_types": groups},
                "validation_start": str(self.wall),
                "validation_end": str(self.wall + 10),
            },
        }
        return self.call("GET", f"/v2/core/events/{event['id']}", event)

    def line(self, price: str, quantity: int | str, amount: int | None = None, **over: Any) -> Json:
        """An invoice line; its period is January unless `period` says otherwise."""
        start, end = over.pop("period", ("2026-01-01", "2026-02-01"))
        item = over.pop("item", f"si_acme-plan_{price}")
        details = {
            "subscription_item": item,
            "proration": False,
            "invoice_item": over.pop("invoice_item", None),
        }
        return {
            "id": f"il_{price}_{start}_{quantity}_{over.get('n', 0)}",
            "object": "line_item",
            "amount": 2 * int(float(quantity)) if amount is None else amount,
            "period": {"start": unix(start), "end": unix(end)},
            "parent": {"type": "subscription_item_details", "subscription_item_details": details},
            "pricing": {"price_details": {"price": f"price_{price}"}, "unit_amount_decimal": "2"},
            "quantity": int(float(quantity)),
            "quantity_decimal": str(quantity),
            "description": None,
        } | over

    def invoice(
        self,
        lines: Sequence[Json],
        *,
        invoice_id: str = "in_1",
        final: str | None = "2026-02-01 01:00:00",
        has_more: bool = False,
        **over: Any,
    ) -> int:
        """A sight of an invoice of acme-plan for January; with `final=None` a draft."""
        start, end = over.pop("period", ("2026-01-01", "2026-02-01"))
        total = sum(line["amount"] for line in lines)
        answer = {
            "object": "invoice",
            "id": invoice_id,
            "status": "draft" if final is None else "paid",
            "billing_reason": "subscription_cycle",
            "customer": "cus_acme",
            "parent": {"subscription_details": {"subscription": "sub_acme-plan"}},
            "period_start": unix(start),
            "period_end": unix(end),
            "created": unix(end),
            "automatically_finalizes_at": unix(end) + 3600 if final is None else None,
            "status_transitions": {"finalized_at": None if final is None else unix(final)},
            "auto_advance": True,
            "currency": "usd",
            "total": total,
            "amount_due": total,
            "lines": {"data": list(lines), "has_more": has_more},
        } | over
        return self.call("GET", f"/v1/invoices/{invoice_id}", answer)

    def advance(self, to: str, *, line: int = 43) -> None:
        since = self.clock or 0
        self.call(
            "POST", "/v1/test_helpers/test_clocks/clock_1/advance", {"object": "test_helpers.test_clock"}
        )
        self.history.append(kinds.Advanced, line=line, since=since, to=unix(to), because="target")
        self.at(to)

    def expect(self, claim: Json, *, line: int = 44, since: int | None = None) -> int:
        entry = self.history.append(
            kinds.Claimed,
            line=line,
            name=None,
            since=since if since is not None else self.history.last,
            claim=claim,
        )
        return entry.n

    def expect_lines(self, *lines: Json, cycle: str = "cycle1", exact: bool = True, line: int = 46) -> int:
        """A claim about the lines of cycle 1's invoice (or cycle 2's)."""
        number = int(cycle[-1])
        claimed = [{"line": line} | each for each in lines]
        return self.expect(
            {"invoice": self.named(number), "lines": {"exact": exact, "lines": claimed}},
            line=line,
        )

    @staticmethod
    def named(number: int, subscription: str | None = "acme-plan") -> Json:
        start, end = unix(MONTHS[number - 1]), unix(MONTHS[number])
        return {
            "name": f"cycle{number}",
            "subscription": subscription,
            "which": "cycle",
            "start": start,
            "end": end,
        }

    def end(self, outcome: str = "completed", line: int | None = None, reason: str | None = None) -> Telling:
        self.history.append(kinds.CaseEnded, outcome=outcome, line=line, reason=reason)
        return self

    def facts(self) -> Facts:
        return read_facts(self.history.entries)


@pytest.fixture
def tell() -> Telling:
    """An empty story."""
    return Telling()


@pytest.fixture(scope="session")
def telling() -> Callable[[], Telling]:
    """Makes an empty story, for properties that need many."""
    return Telling
