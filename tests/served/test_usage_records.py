"""The raw calls of Stripe's old documentation on usage records, as curl sends them, over HTTP."""

from __future__ import annotations

from typing import Any

START = 1_767_225_600  # 2026-01-01T00:00:00Z
OLD = {"Stripe-Version": "2025-02-24.acacia"}
KEY = "sk_test_records"


def curl(server: Any, path: str, **data: Any) -> Any:
    """`curl -u sk_test_…: -d …`: basic auth with the key as user name; without data a GET."""
    method = "POST" if data else "GET"
    return server.call(f"{method} {path}", KEY, headers=OLD, data=data or None).json()


def test_a_wrong_record_is_mended_as_documented(server: Any) -> None:
    """LEG-01, LEG-02, LEG-05"""
    clock = curl(server, "/v1/test_helpers/test_clocks", frozen_time=START)["id"]
    customer = curl(server, "/v1/customers", test_clock=clock)["id"]
    recurring = {"recurring[interval]": "month", "recurring[usage_type]": "metered"}
    named = {"product_data[name]": "Seats"}
    price = curl(server, "/v1/prices", currency="usd", unit_amount=300, **recurring, **named)["id"]
    subscription = curl(server, "/v1/subscriptions", customer=customer, **{"items[0][price]": price})
    path = f"/v1/subscription_items/{subscription['items']['data'][0]['id']}"
    stamp = START + 60  # ahead, within the minutes that are accepted (LEG-11)
    for quantity, action in ((70, "set"), (0, "set"), (5, "increment"), (50, "increment"), (55 - 50, "set")):
        record = curl(server, f"{path}/usage_records", quantity=quantity, timestamp=stamp, action=action)
        assert (record["object"], record["timestamp"]) == ("usage_record", stamp)
    (summary,) = curl(server, f"{path}/usage_record_summaries")["data"]
    assert (summary["object"], summary["total_usage"], summary["invoice"]) == (
        "usage_record_summary",
        5,
        None,
    )


def test_without_the_old_version_the_url_is_unknown(server: Any) -> None:
    """LEG-24"""
    answer = server.call("POST /v1/subscription_items/si_1/usage_records", KEY, data={"quantity": 1})
    assert answer.status_code == 404
    assert "Unrecognized request URL" in answer.json()["error"]["message"]
