"""The calls of Stripe's old documentation: raw, as curl sends them, and through the present SDK."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
import stripe

from harness.simulator.app import Request, handle


def curl(world: Any, path: str, body: str, version: str) -> dict[str, Any]:
    """`curl -u sk_test_…: -d …`: basic auth with the key as user name, a form as body."""
    user = base64.b64encode(b"sk_test_simulator:").decode()
    headers = {
        "authorization": f"Basic {user}",
        "content-type": "application/x-www-form-urlencoded",
        "stripe-version": version,
    }
    answer = handle(world, Request("POST", path, headers, body))
    assert answer.status == 200, answer.body
    return json.loads(answer.body)


def test_the_documented_corrections_work_as_curl_sends_them(
    legacy: Any, versions: tuple[str, str, str]
) -> None:
    """LEG-05: `set` 0 for a `set`; for an increment, `set` to the total less what was wrong."""
    item = legacy.item()
    legacy.advance("2026-01-10")
    path = f"/v1/subscription_items/{item}/usage_records"
    wrong, other = legacy.start + 100, legacy.start + 200
    for quantity, stamp, action in ((70, wrong, "set"), (5, other, "increment"), (50, other, "increment")):
        curl(legacy.world, path, f"quantity={quantity}&timestamp={stamp}&action={action}", versions[0])
    assert legacy.totals(item) == [125]
    undone = curl(legacy.world, path, f"quantity=0&timestamp={wrong}&action=set", versions[0])
    assert (undone["object"], undone["quantity"], undone["timestamp"]) == ("usage_record", 0, wrong)
    curl(legacy.world, path, f"quantity={55 - 50}&timestamp={other}&action=set", versions[0])
    assert legacy.totals(item) == [5]


def test_a_later_sdk_reaches_them_with_the_old_version(
    legacy: Any, client: stripe.StripeClient, versions: tuple[str, str, str]
) -> None:
    """LEG-23, LEG-36 to LEG-38: the services are gone, `raw_request` with `stripe_version` is the way."""
    assert not hasattr(client.v1.subscription_items, "usage_records")
    item = legacy.item()
    legacy.advance("2026-01-10")
    path = f"/v1/subscription_items/{item}/usage_records"
    made = client.raw_request("post", path, stripe_version=versions[0], quantity=5, timestamp="now")
    record = client.deserialize(made, api_mode="V1")
    assert (record["object"], record["quantity"]) == ("usage_record", 5)
    rows = client.raw_request(
        "get", f"/v1/subscription_items/{item}/usage_record_summaries", stripe_version=versions[0]
    )
    assert json.loads(rows.body)["data"][0]["total_usage"] == 5


def test_the_sdks_own_version_is_refused(legacy: Any, client: stripe.StripeClient) -> None:
    """LEG-24"""
    item = legacy.item()
    legacy.advance("2026-01-10")
    with pytest.raises(stripe.InvalidRequestError, match="Unrecognized request URL") as caught:
        client.raw_request("post", f"/v1/subscription_items/{item}/usage_records", quantity=5)
    assert caught.value.http_status == 404
