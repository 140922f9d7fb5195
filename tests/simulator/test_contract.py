"""The real SDK against the simulator: typed services, error classes, paging, expansion, retries."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest
import stripe

from harness.simulator.app import Request, handle
from harness.simulator.wire.versions import NEWEST
from harness.simulator.world import World


def test_typed_services_return_typed_objects(client: stripe.StripeClient, start: int) -> None:
    """PRO-29 PRO-31: the SDK's namespaces reach their routes and pin the newest version."""
    clock = client.v1.test_helpers.test_clocks.create({"frozen_time": start, "name": "January"})
    assert isinstance(clock, stripe.test_helpers.TestClock)
    customer = client.v1.customers.create({"test_clock": clock.id, "metadata": {"team": "billing"}})
    assert isinstance(customer, stripe.Customer)
    assert customer.metadata
    assert customer.metadata["team"] == "billing"
    method = client.v1.payment_methods.attach("pm_card_visa", {"customer": customer.id})
    assert method.card
    assert method.card.last4 == "4242"
    meter = client.v1.billing.meters.create(
        {"display_name": "Calls", "event_name": "calls", "default_aggregation": {"formula": "sum"}}
    )
    event = client.v1.billing.meter_events.create(
        {"event_name": "calls", "payload": {"stripe_customer_id": customer.id, "value": "25"}}
    )
    assert isinstance(event, stripe.billing.MeterEvent)
    summaries = client.v1.billing.meters.event_summaries.list(
        meter.id, {"customer": customer.id, "start_time": start, "end_time": start + 60}
    )
    assert [row.aggregated_value for row in summaries.data] == [25]
    assert clock.last_response
    assert clock.last_response.headers["Stripe-Version"] == NEWEST


def test_decimals_arrive_as_decimals(client: stripe.StripeClient) -> None:
    """PRO-34: the wire form is a string, and the SDK makes it a Decimal."""
    price = client.v1.prices.create(
        {"currency": "usd", "unit_amount_decimal": Decimal("0.05"), "product_data": {"name": "Calls"}}
    )
    assert price.unit_amount_decimal == Decimal("0.05")
    assert price.unit_amount is None


@pytest.mark.parametrize(
    ("act", "error", "status", "code", "param"),
    [
        (
            lambda client: client.v1.customers.retrieve("cus_none"),
            stripe.InvalidRequestError,
            404,
            "resource_missing",
            "id",
        ),
        (
            lambda client: client.v1.customers.create({"test_clock": "clock_none"}),
            stripe.InvalidRequestError,
            400,
            "resource_missing",
            "test_clock",
        ),
        (
            lambda client: client.v1.customers.create({"nmae": "Ada"}),
            stripe.InvalidRequestError,
            400,
            "parameter_unknown",
            "nmae",
        ),
        (
            lambda client: client.v1.billing.meters.create({"display_name": "x", "event_name": "x"}),
            stripe.InvalidRequestError,
            400,
            "parameter_missing",
            "default_aggregation",
        ),
        (
            lambda client: client.v1.customers.create({"payment_method": "pm_card_chargeDeclined"}),
            stripe.CardError,
            402,
            "card_declined",
            None,
        ),
        (
            lambda client: client.v1.quotes.create({"description": "x"}),
            stripe.APIError,
            501,
            None,  # the SDK keeps the code of an APIError in its body only
            None,
        ),
    ],
    ids=["404", "400-reference", "400-unknown", "400-missing", "402", "501"],
)
def test_refusals_become_the_sdks_errors(
    client: stripe.StripeClient, act: Any, error: type[stripe.StripeError], status: int, code: str, param: str
) -> None:
    """PRO-01 PRO-02 PRO-03 PRO-04 PRO-05 PRO-06"""
    with pytest.raises(error) as caught:
        act(client)
    raised = caught.value
    assert (raised.http_status, raised.code) == (status, code)
    assert getattr(raised, "param", None) == param
    assert str(raised.request_id).startswith("req_")
    assert str(raised) == f"Request {raised.request_id}: {raised.user_message}"


def test_a_lock_is_a_rate_limit_error_and_is_not_retried(transport: Any, start: int) -> None:
    """CLK-37 PRO-33: 429 carries no wish to be retried, so the SDK raises at once."""
    client = stripe.StripeClient("sk_test_x", http_client=transport, max_network_retries=2)
    clock = client.v1.test_helpers.test_clocks.create({"frozen_time": start})
    client.v1.test_helpers.test_clocks.advance(clock.id, {"frozen_time": start + 60})
    sent = len(transport.sent)
    with pytest.raises(stripe.RateLimitError, match="Test clock advancement underway"):
        client.v1.customers.create({"test_clock": clock.id})
    assert len(transport.sent) == sent + 1


def test_what_is_not_modelled_is_not_retried(transport: Any) -> None:
    """PRO-32: the SDK retries 5xx unless told otherwise, and the simulator tells it."""
    client = stripe.StripeClient("sk_test_x", http_client=transport, max_network_retries=2)
    with pytest.raises(stripe.APIError, match="does not model POST /v1/quotes"):
        client.v1.quotes.create({"description": "x"})
    assert (len(transport.sent), transport.slept) == (1, 0)


def test_pages_turn_by_themselves(client: stripe.StripeClient) -> None:
    """PRO-14: newest first, a cursor is exclusive, backwards too."""
    made = [client.v1.customers.create({"name": str(number)}).id for number in range(7)]
    newest_first = made[::-1]
    pages = client.v1.customers.list({"limit": 3})
    assert [each.id for each in pages.auto_paging_iter()] == newest_first
    before = client.v1.customers.list({"limit": 2, "ending_before": newest_first[5]})
    assert [each.id for each in before.data] == newest_first[3:5]
    assert before.has_more


def test_expansion_through_the_sdk(client: stripe.StripeClient, start: int) -> None:
    """PRO-15: objects in place of ids, also inside lists."""
    clock = client.v1.test_helpers.test_clocks.create({"frozen_time": start})
    customer = client.v1.customers.create({"test_clock": clock.id, "expand": ["test_clock"]})
    assert isinstance(customer.test_clock, stripe.test_helpers.TestClock)
    client.v1.payment_methods.attach("pm_card_visa", {"customer": customer.id})
    rows = client.v1.payment_methods.list({"customer": customer.id, "expand": ["data.customer.test_clock"]})
    owner = rows.data[0].customer
    assert isinstance(owner, stripe.Customer)
    assert isinstance(owner.test_clock, stripe.test_helpers.TestClock)


def test_raw_requests(client: stripe.StripeClient, transport: Any) -> None:
    """PRO-35: any path, with options lifted out of the parameters; v2 by its path."""
    made = client.raw_request("post", "/v1/customers", name="Ada", idempotency_key="k")
    assert (made.code, made.data["name"]) == (200, "Ada")
    assert transport.sent[-1].headers["idempotency-key"] == "k"
    old = client.raw_request("get", "/v1/customers", stripe_version="2025-03-31.basil")
    assert old.headers["Stripe-Version"] == "2025-03-31.basil"
    session = client.raw_request("post", "/v2/billing/meter_event_session")
    assert session.data["object"] == "v2.billing.meter_event_session"


def test_the_sdks_own_idempotency_key_is_echoed(client: stripe.StripeClient, transport: Any) -> None:
    """PRO-06 PRO-12"""
    customer = client.v1.customers.create({})
    key = transport.sent[-1].headers["idempotency-key"]
    assert customer.last_response
    assert customer.last_response.headers["Idempotency-Key"] == key


@pytest.mark.parametrize(
    ("authorization", "words"),
    [
        (None, "did not provide an API key"),
        ("Bearer ", "did not provide an API key"),
        ("Bearer sk_live_abc", "takes no live keys"),
        ("Bearer rk_live_abc", "takes no live keys"),
        ("Bearer pk_test_abc", "Invalid API Key"),
        ("Basic !!!", "did not provide an API key"),
        ("Basic c2tfbGl2ZV94Og==", "takes no live keys"),
    ],
)
def test_only_test_keys_come_in(world: World, authorization: str | None, words: str) -> None:
    headers = {} if authorization is None else {"authorization": authorization}
    response = handle(world, Request("POST", "/v1/customers", headers, ""))
    assert response.status == 401
    assert words in json.loads(response.body)["error"]["message"]
    assert not world.customers


@pytest.mark.parametrize("authorization", ["Bearer sk_test_1", "Bearer rk_test_1", "Basic c2tfdGVzdF94Og=="])
def test_test_keys_come_in_either_way(world: World, authorization: str) -> None:
    response = handle(world, Request("GET", "/v1/customers", {"authorization": authorization}))
    assert response.status == 200


@pytest.mark.parametrize(
    ("line", "status"),
    [
        ("GET /v1/customers/search", 501),
        ("POST /v1/quotes", 501),
        ("GET /v1/tax_codes", 501),
        ("GET /v2/core/accounts", 501),
        ("GET /v1/nothing_of_the_kind", 404),
        ("DELETE /v1/billing/meters/mtr_1", 404),
        ("GET /", 404),
    ],
)
def test_paths_that_stripe_serves_are_told_from_those_that_nobody_does(
    call: Any, line: str, status: int
) -> None:
    """MTR-02: among them, a meter cannot be deleted."""
    answer = call(line)
    assert answer.status == status
    assert line.split()[1] in answer.message


@pytest.mark.parametrize(
    ("version", "status"),
    [("2024-06-20", 200), ("2025-03-31.basil", 200), (NEWEST, 200), ("2023-10-16", 400), ("2031-01-01", 400)],
)
def test_versions_outside_the_served_range_are_refused(call: Any, version: str, status: int) -> None:
    """PRO-17: one shape for all; the version is echoed."""
    answer = call("GET /v1/customers", {"stripe-version": version})
    assert (answer.status, answer.headers["Stripe-Version"]) == (status, version)
