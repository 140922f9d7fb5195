"""Webhook endpoints in a world: who wants what, what becomes of attempts, and which drafts wait (INV-27)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from harness.simulator.flows.announcing import webhooks
from harness.simulator.flows.clocks import catch_up, resume
from harness.simulator.served.profiles import LIFELIKE
from harness.simulator.world import Settings

DAY = 86_400
HOUR = 3_600
MONTH = 31 * DAY
CARD = {
    "payment_method": "pm_card_visa",
    "invoice_settings": {"default_payment_method": "pm_card_visa"},
}


@pytest.fixture
def served(new_caller: Callable[..., Any]) -> Any:
    """A world whose events a server would deliver."""
    return new_caller(webhooks="local", webhook_retry_seconds=(10, 20))


def endpoint(call: Any, *types: str, url: str = "http://127.0.0.1:9/") -> dict[str, Any]:
    return call.ok("POST /v1/webhook_endpoints", url=url, enabled_events=list(types))


def subscribe(call: Any, **customer: Any) -> str:
    """A customer with a monthly licensed subscription."""
    made = call.ok("POST /v1/customers", **CARD, **customer)["id"]
    price = call.ok(
        "POST /v1/prices",
        currency="usd",
        unit_amount=500,
        recurring={"interval": "month"},
        product_data={"name": "Plan"},
    )
    call.ok("POST /v1/subscriptions", customer=made, items=[{"price": price["id"]}])
    return str(made)


def newest_invoice(call: Any, customer: str) -> dict[str, Any]:
    return call.ok("GET /v1/invoices", customer=customer)["data"][0]


def attempt(call: Any, status: int | None) -> None:
    """One attempt at everything that waits."""
    for delivery in list(call.world.undelivered.values()):
        webhooks.attempted(call.world, delivery, status, "")
    resume(call.world)


def pass_time(call: Any, seconds: int) -> None:
    call.world.sleep(seconds)
    catch_up(call.world)


@pytest.mark.parametrize(
    ("wanted", "type_", "goes"),
    [
        (["*"], "invoice.paid", True),
        (["invoice.paid"], "invoice.paid", True),
        (["invoice.*"], "invoice.paid", True),
        (["invoice.*"], "invoiceitem.created", False),
        (["customer.created", "invoice.paid"], "invoice.paid", True),
        (["invoice.paid"], "invoice.payment_failed", False),
        ([], "invoice.paid", False),
    ],
)
def test_an_endpoint_names_what_it_wants(wanted: list[str], type_: str, goes: bool) -> None:
    made = webhooks.Endpoint("we_1", 0, "http://127.0.0.1/", wanted)
    assert made.wants(type_, "snapshot") is goes
    assert not made.wants(type_, "thin")


@pytest.mark.parametrize(
    ("url", "local"),
    [
        ("http://127.0.0.1:80/x", True),
        ("http://localhost/", True),
        ("https://[::1]:4242/", True),
        ("http://127.8.9.1/", True),
        ("http://example.com/", False),
        ("http://10.0.0.1/", False),
        ("http://localhost.example.com/", False),
        ("http://127.0.0.1@example.com/", False),
        ("http://[", False),
    ],
)
def test_what_this_machine_is(url: str, local: bool) -> None:
    assert webhooks.is_local(url) is local


def test_in_process_nothing_is_delivered_and_nothing_waits(call: Any, clock: Any, advance: Any) -> None:
    endpoint(call, "*")
    customer = subscribe(call, test_clock=clock["id"])
    advance(clock["id"], clock["frozen_time"] + MONTH + 2 * HOUR)
    assert newest_invoice(call, customer)["status"] == "paid"
    assert call.world.deliveries == {}


def test_a_delivery_is_tried_again_three_times_within_hours() -> None:
    """PRO-21: as in a sandbox; how the hours are shared out is unverified."""
    for settings in (Settings(wall=0), LIFELIKE.settings(0)):
        assert len(settings.webhook_retry_seconds) == 3
        assert HOUR < sum(settings.webhook_retry_seconds) < 12 * HOUR


def test_attempts_follow_the_account_s_pauses_and_end(served: Any) -> None:
    endpoint(served, "customer.created")
    served.ok("POST /v1/customers")
    [delivery] = served.world.deliveries.values()
    at = served.world.wall
    due = [delivery.next_at]
    for _ in range(3):
        attempt(served, 500)
        due.append(delivery.next_at)
    assert due == [at, at + 10, at + 20, None]
    assert delivery.state == "failed"
    assert served.world.undelivered == {}


def test_an_event_counts_what_is_still_to_be_delivered(served: Any) -> None:
    for _ in range(2):
        endpoint(served, "customer.created")
    served.ok("POST /v1/customers")
    event = served.ok("GET /v1/events", type="customer.created")["data"][0]
    assert event["pending_webhooks"] == 2
    attempt(served, 200)
    assert served.ok(f"GET /v1/events/{event['id']}")["pending_webhooks"] == 0


def test_in_wall_time_a_draft_waits_for_its_delivery_too(served: Any) -> None:
    customer = subscribe(served)
    attempt(served, 200)
    endpoint(served, "invoice.created")
    pass_time(served, MONTH + 5 * HOUR)
    held = newest_invoice(served, customer)
    assert (held["status"], held["webhooks_delivered_at"]) == ("draft", None)
    assert held["automatically_finalizes_at"] == held["created"] + 72 * HOUR
    attempt(served, 200)
    told = newest_invoice(served, customer)
    assert told["automatically_finalizes_at"] == served.world.wall + HOUR
    pass_time(served, HOUR)
    assert newest_invoice(served, customer)["status"] == "paid"


def test_a_draft_waits_for_72_hours_at_most(served: Any) -> None:
    customer = subscribe(served)
    endpoint(served, "invoice.created")
    pass_time(served, MONTH + 73 * HOUR)
    assert newest_invoice(served, customer)["status"] == "paid"


def test_an_advance_goes_on_when_the_endpoint_it_waits_for_is_deleted(served: Any) -> None:
    clock = served.ok("POST /v1/test_helpers/test_clocks", frozen_time=served.world.wall)
    customer = subscribe(served, test_clock=clock["id"])
    made = endpoint(served, "invoice.created")
    path = f"/v1/test_helpers/test_clocks/{clock['id']}"
    served.ok(f"POST {path}/advance", frozen_time=clock["frozen_time"] + MONTH + 5 * HOUR)
    for _ in range(5):
        assert served.ok(f"GET {path}")["status"] == "advancing"
    served.ok(f"DELETE /v1/webhook_endpoints/{made['id']}")
    assert served.ok(f"GET {path}")["status"] == "ready"
    assert newest_invoice(served, customer)["status"] == "paid"


def test_a_draft_without_automatic_finalization_waits_for_nobody(served: Any) -> None:
    customer = served.ok("POST /v1/customers", **CARD)["id"]
    endpoint(served, "invoice.created")
    made = served.ok("POST /v1/invoices", customer=customer, auto_advance=False)
    assert served.world.awaited == {}
    assert made["webhooks_delivered_at"] == made["created"]


@pytest.mark.parametrize("url", ["ftp://127.0.0.1/", "no address", "http://", "http://["])
def test_an_address_that_is_none_is_refused(call: Any, url: str) -> None:
    refused = call("POST /v1/webhook_endpoints", url=url, enabled_events=["*"])
    assert (refused.status, refused.error["param"]) == (400, "url")


def test_there_are_sixteen_endpoints_at_most(call: Any) -> None:
    for _ in range(16):
        endpoint(call, "*")
    assert call("POST /v1/webhook_endpoints", url="http://127.0.0.1/", enabled_events=["*"]).status == 400
