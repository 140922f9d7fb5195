"""Webhooks: who gets what, signed as Stripe signs, until it is taken; and the drafts that wait for it."""

from __future__ import annotations

import hashlib
import hmac
import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
import stripe
from tenacity import Retrying, retry_if_result, stop_after_attempt, wait_fixed

DAY = 86_400
HOUR = 3_600
START = 1_767_225_600


class Handler:
    """An application's webhook handler: keeps what it got, answers what it is told to."""

    def __init__(self) -> None:
        self.got: list[tuple[str, bytes, str]] = []
        self.answers: list[int] = []
        self.doing: Callable[[dict[str, Any]], None] | None = None
        outer = self

        class Taker(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                outer.got.append((self.path, body, self.headers["Stripe-Signature"]))
                if outer.doing is not None:
                    outer.doing(json.loads(body))
                self.send_response(outer.answers.pop(0) if outer.answers else 200)
                self.end_headers()

            def log_message(self, *_: Any) -> None:
                """Silent."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Taker)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        self.thread = threading.Thread(target=self.server.serve_forever)
        self.thread.start()

    def stop(self) -> None:
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()

    def types(self) -> list[str]:
        return [json.loads(body)["type"] for _, body, _ in self.got]


def eventually(look: Callable[[], Any]) -> Any:
    """What `look` gives once it gives something true."""
    last = Retrying(
        wait=wait_fixed(0.05),
        stop=stop_after_attempt(200),
        retry=retry_if_result(lambda seen: not seen),
        retry_error_callback=lambda state: state.outcome.result() if state.outcome else None,
    )(look)
    assert last
    return last


@pytest.fixture
def handler() -> Iterator[Handler]:
    running = Handler()
    yield running
    running.stop()


@pytest.fixture
def key(request: pytest.FixtureRequest) -> str:
    """An account of the test's own on the shared server."""
    return f"sk_test_{request.node.name}"


@pytest.fixture
def client(server: Any, key: str) -> stripe.StripeClient:
    return server.client(key)


def hook(client: stripe.StripeClient, handler: Handler, *types: str, **more: Any) -> Any:
    return client.v1.webhook_endpoints.create(
        {"url": handler.url + "/hook", "enabled_events": list(types), **more}
    )


def subscribe(client: stripe.StripeClient) -> tuple[str, str]:
    """A clock with a metered subscription on it: ids of the clock and the customer."""
    clock = client.v1.test_helpers.test_clocks.create({"frozen_time": START})
    customer = client.v1.customers.create(
        {
            "test_clock": clock.id,
            "payment_method": "pm_card_visa",
            "invoice_settings": {"default_payment_method": "pm_card_visa"},
        }
    )
    meter = client.v1.billing.meters.create(
        {"display_name": "Calls", "event_name": "calls", "default_aggregation": {"formula": "sum"}}
    )
    price = client.v1.prices.create(
        {
            "currency": "usd",
            "unit_amount": 2,
            "recurring": {"interval": "month", "usage_type": "metered", "meter": meter.id},
            "product_data": {"name": "Calls"},
        }
    )
    client.v1.subscriptions.create({"customer": customer.id, "items": [{"price": price.id}]})
    return clock.id, customer.id


def cycle_invoice(client: stripe.StripeClient, customer: str) -> Any:
    found = client.v1.invoices.list({"customer": customer}).data
    return next((each for each in found if each.billing_reason == "subscription_cycle"), None)


def test_the_sdk_accepts_our_signature_and_refuses_a_tampered_body(
    client: stripe.StripeClient, handler: Handler
) -> None:
    """PRO-22 PRO-24"""
    endpoint = hook(client, handler, "customer.created")
    made = client.v1.customers.create({"name": "Ada"})
    [(path, body, signature)] = eventually(lambda: handler.got)
    assert path == "/hook"
    event = client.construct_event(body, signature, endpoint.secret)
    assert (event.type, event.data.object.id) == ("customer.created", made.id)
    with pytest.raises(stripe.SignatureVerificationError):
        client.construct_event(body.replace(b"Ada", b"Eve"), signature, endpoint.secret)
    with pytest.raises(stripe.SignatureVerificationError):
        client.construct_event(body, signature, "whsec_other")
    assert stripe.Webhook.construct_event(body, signature, endpoint.secret).id == event.id
    stamp, _, theirs = signature.partition(",v1=")
    told = f"{stamp.removeprefix('t=')}.{body.decode()}".encode()
    assert theirs == hmac.new(endpoint.secret.encode(), told, hashlib.sha256).hexdigest()
    client.construct_event(body, f"{stamp},v1=0000,v1={theirs}", endpoint.secret)  # an old secret's beside it
    with pytest.raises(stripe.SignatureVerificationError):
        client.construct_event(body, signature, endpoint.secret, tolerance=-1)  # any age is too old then


def test_signatures_are_dated_by_real_time_wherever_the_account_is(
    server: Any, client: stripe.StripeClient, key: str, handler: Handler
) -> None:
    """PRO-20 PRO-23: the event itself is dated by the account's wall time."""
    ahead = 90 * 86_400
    server.control("POST time", key, seconds=ahead)
    endpoint = hook(client, handler, "customer.created")
    client.v1.customers.create({})
    [(_, body, signature)] = eventually(lambda: handler.got)
    event = client.construct_event(body, signature, endpoint.secret)
    signed_at = int(signature.partition(",")[0].removeprefix("t="))
    assert ahead - 300 < event.created - signed_at < ahead + 300


def test_an_endpoint_gets_what_it_asked_for_and_nothing_else(
    client: stripe.StripeClient, handler: Handler
) -> None:
    hook(client, handler, "customer.created", "product.*")
    client.v1.products.create({"name": "Plan"})
    client.v1.billing.meters.create(
        {"display_name": "Calls", "event_name": "calls", "default_aggregation": {"formula": "sum"}}
    )
    client.v1.customers.create({"name": "Ada"})
    eventually(lambda: len(handler.got) == 2)
    assert handler.types() == ["product.created", "customer.created"]


def test_the_secret_is_shown_once(client: stripe.StripeClient, handler: Handler) -> None:
    endpoint = hook(client, handler, "*")
    assert endpoint.secret.startswith("whsec_")
    assert getattr(client.v1.webhook_endpoints.retrieve(endpoint.id), "secret", None) is None


def test_each_endpoint_has_its_api_version(client: stripe.StripeClient, handler: Handler) -> None:
    hook(client, handler, "customer.created", api_version="2025-03-31.basil")
    client.v1.customers.create({})
    [(_, body, _)] = eventually(lambda: handler.got)
    assert json.loads(body)["api_version"] == "2025-03-31.basil"


def test_a_disabled_or_deleted_endpoint_gets_nothing(client: stripe.StripeClient, handler: Handler) -> None:
    disabled = hook(client, handler, "*")
    client.v1.webhook_endpoints.update(disabled.id, {"disabled": True})
    deleted = hook(client, handler, "*")
    client.v1.webhook_endpoints.delete(deleted.id)
    hook(client, handler, "customer.created")
    client.v1.customers.create({})
    eventually(lambda: handler.got)
    assert handler.types() == ["customer.created"]


def test_what_is_not_taken_is_delivered_again(
    server: Any, client: stripe.StripeClient, key: str, handler: Handler
) -> None:
    server.control("POST settings", key, webhook_retry_seconds=[1, 1, 1])
    hook(client, handler, "customer.created")
    handler.answers = [500, 302]
    client.v1.customers.create({})
    eventually(lambda: len(handler.got) == 3)
    assert len({body for _, body, _ in handler.got}) == 1
    [delivery] = eventually(
        lambda: [
            each for each in server.control("GET deliveries", key)["deliveries"] if each["state"] != "pending"
        ]
    )
    assert [each["status"] for each in delivery["attempts"]] == [500, 302, 200]
    assert delivery["state"] == "delivered"


def test_a_handler_that_is_not_there_is_given_up_and_can_be_asked_again(
    server: Any, client: stripe.StripeClient, key: str, handler: Handler
) -> None:
    server.control("POST settings", key, webhook_retry_seconds=[])
    endpoint = client.v1.webhook_endpoints.create(
        {"url": "http://127.0.0.1:9/", "enabled_events": ["customer.created"]}
    )
    client.v1.customers.create({})
    [delivery] = eventually(
        lambda: [
            each for each in server.control("GET deliveries", key)["deliveries"] if each["state"] == "failed"
        ]
    )
    assert delivery["attempts"][0]["note"] == "ConnectionError"
    client.v1.webhook_endpoints.update(endpoint.id, {"url": handler.url})
    server.control("POST resend", key, delivery=delivery["id"])
    eventually(lambda: handler.got)


def test_nothing_is_delivered_beyond_this_machine(server: Any, client: stripe.StripeClient, key: str) -> None:
    client.v1.webhook_endpoints.create({"url": "https://example.com/hook", "enabled_events": ["*"]})
    client.v1.customers.create({})
    assert server.control("GET deliveries", key)["deliveries"] == []


def test_the_advance_waits_for_the_handler_of_invoice_created(
    client: stripe.StripeClient, handler: Handler
) -> None:
    clock, customer = subscribe(client)
    seen: list[tuple[str, str]] = []

    def report(event: dict[str, Any]) -> None:
        if event["data"]["object"]["billing_reason"] != "subscription_cycle":
            return
        invoice = client.v1.invoices.retrieve(event["data"]["object"]["id"])
        seen.append((invoice.status, client.v1.test_helpers.test_clocks.retrieve(clock).status))
        at = event["data"]["object"]["period_end"] - 1
        sent = {
            "event_name": "calls",
            "timestamp": at,
            "payload": {"stripe_customer_id": customer, "value": "40"},
        }
        client.v1.billing.meter_events.create(sent)

    handler.doing = report
    hook(client, handler, "invoice.created")
    client.v1.test_helpers.test_clocks.advance(clock, {"frozen_time": START + 32 * DAY})
    invoice = eventually(
        lambda: next(
            (each for each in [cycle_invoice(client, customer)] if each and each.status == "paid"), None
        )
    )
    assert seen == [("draft", "advancing")]
    assert invoice.total == 80
    assert invoice.webhooks_delivered_at == invoice.created
    assert invoice.status_transitions.finalized_at == invoice.created + HOUR


def test_an_undelivered_invoice_created_holds_the_draft_for_72_hours(
    server: Any, client: stripe.StripeClient, key: str, handler: Handler
) -> None:
    server.control("POST settings", key, webhook_retry_seconds=[100_000])
    clock, customer = subscribe(client)
    handler.answers = [500] * 10
    hook(client, handler, "invoice.created")
    advance(client, clock, START + 31 * DAY + 5 * HOUR)
    held = cycle_invoice(client, customer)
    assert (held.status, held.webhooks_delivered_at) == ("draft", None)
    assert held.automatically_finalizes_at == held.created + 72 * HOUR
    advance(client, clock, START + 31 * DAY + 73 * HOUR)
    assert cycle_invoice(client, customer).status == "paid"


def test_a_late_delivery_lets_the_draft_go_on(
    server: Any, client: stripe.StripeClient, key: str, handler: Handler
) -> None:
    server.control("POST settings", key, webhook_retry_seconds=[1, 1])
    clock, customer = subscribe(client)
    handler.answers = [500]
    hook(client, handler, "invoice.created")
    advance(client, clock, START + 31 * DAY + 5 * HOUR)
    invoice = eventually(
        lambda: next((each for each in [cycle_invoice(client, customer)] if each.webhooks_delivered_at), None)
    )
    assert invoice.status == "draft"
    assert invoice.automatically_finalizes_at == START + 31 * DAY + 6 * HOUR
    advance(client, clock, START + 31 * DAY + 6 * HOUR)
    assert cycle_invoice(client, customer).status == "paid"


def test_thin_events_go_to_event_destinations(
    server: Any, client: stripe.StripeClient, key: str, handler: Handler
) -> None:
    destination = client.v2.core.event_destinations.create(
        {
            "name": "reports",
            "type": "webhook_endpoint",
            "event_payload": "thin",
            "enabled_events": ["v1.billing.meter.no_meter_found"],
            "webhook_endpoint": {"url": handler.url},
            "include": ["webhook_endpoint.signing_secret"],
        }
    )
    session = client.v2.billing.meter_event_session.create()
    stream = server.client(session.authentication_token)
    stream.v2.billing.meter_event_stream.create(
        {"events": [{"event_name": "nobody", "payload": {"stripe_customer_id": "cus_x", "value": "1"}}]}
    )
    server.control("POST time", key, seconds=30)
    [(_, body, signature)] = eventually(lambda: handler.got)
    notice = client.parse_event_notification(body, signature, destination.webhook_endpoint.signing_secret)
    assert notice.type == "v1.billing.meter.no_meter_found"
    assert notice.fetch_event().data.reason.error_types[0].code == "no_meter"


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("webhook_duplicate", ["a", "a", "b"]),
        ("webhook_reordered", ["b", "a"]),
        ("webhook_late", ["b", "a"]),
        ("webhook_badly_signed", ["a", "b"]),
    ],
)
def test_deliveries_can_go_wrong_on_demand(
    server: Any, client: stripe.StripeClient, key: str, handler: Handler, kind: str, expected: list[str]
) -> None:
    """PRO-19 PRO-21 PRO-22: twice, late, in another order, or not by us."""
    endpoint = hook(client, handler, "customer.created")
    server.control("POST faults", key, faults=[{"kind": kind, "on": "customer.created", "seconds": 1}])
    for name in ("a", "b"):
        client.v1.customers.create({"name": name})
    eventually(lambda: len(handler.got) == len(expected))
    assert [json.loads(body)["data"]["object"]["name"] for _, body, _ in handler.got] == expected
    fine = []
    for _, body, signature in handler.got:
        try:
            client.construct_event(body, signature, endpoint.secret)
            fine.append(True)
        except stripe.SignatureVerificationError:
            fine.append(False)
    assert fine == [kind != "webhook_badly_signed", *[True] * (len(expected) - 1)]


def test_the_simple_case_is_a_flag(start_server: Callable[..., Any], handler: Handler) -> None:
    server = start_server("--webhook", handler.url)
    try:
        client = server.client()
        client.v1.customers.create({"name": "Ada"})
        [(_, body, signature)] = eventually(lambda: handler.got)
        assert client.construct_event(body, signature, "whsec_harness").type == "customer.created"
    finally:
        server.stop()


def advance(client: stripe.StripeClient, clock: str, to: int) -> None:
    client.v1.test_helpers.test_clocks.advance(clock, {"frozen_time": to})
    eventually(lambda: client.v1.test_helpers.test_clocks.retrieve(clock).status == "ready")
