"""Coupons: created, refused, changed, deleted, used up."""

from __future__ import annotations

from typing import Any

import pytest
import stripe

DAY = 86_400


@pytest.mark.parametrize(
    ("params", "shown"),
    [
        (
            {"percent_off": 25},
            {"percent_off": 25, "amount_off": None, "currency": None, "duration": "once", "valid": True},
        ),
        ({"percent_off": "12.5", "duration": "forever"}, {"percent_off": 12.5, "duration": "forever"}),
        (
            {"amount_off": 500, "currency": "USD", "duration": "repeating", "duration_in_months": 3},
            {"amount_off": 500, "currency": "usd", "percent_off": None, "duration_in_months": 3},
        ),
        ({"percent_off": 5, "id": "SPRING", "name": "n" * 40}, {"id": "SPRING", "name": "n" * 40}),
        ({"percent_off": 5, "max_redemptions": 2}, {"max_redemptions": 2, "times_redeemed": 0}),
    ],
)
def test_a_coupon_shows_what_it_takes_off(call: Any, params: dict[str, Any], shown: dict[str, Any]) -> None:
    made = call.ok("POST /v1/coupons", **params)
    assert {key: made[key] for key in shown} == shown
    assert call.ok(f"GET /v1/coupons/{made['id']}") == made


def test_the_sdk_reads_a_coupon(client: stripe.StripeClient) -> None:
    made = client.v1.coupons.create({"percent_off": 12.5, "metadata": {"kind": "welcome"}})
    assert (made.percent_off, made.metadata["kind"]) == (12.5, "welcome")


PAST = "The parameter `redeem_by` expects a unix timestamp representing a date and time in the future."


@pytest.mark.parametrize(
    ("params", "param", "message"),
    [
        ({}, None, "Must provide percent_off or amount_off."),
        (
            {"percent_off": 5, "amount_off": 5, "currency": "usd"},
            None,
            "Received both percent_off and amount_off",
        ),
        ({"amount_off": 5}, "currency", "You must pass currency when passing amount_off"),
        ({"percent_off": 0}, "percent_off", "0.01 (it currently is '0.0')."),
        ({"percent_off": "100.5"}, "percent_off", "less than or equal to 100"),
        ({"percent_off": "12.345"}, "percent_off", "at maximum 2 decimal places"),
        ({"amount_off": 0, "currency": "usd"}, "amount_off", "greater than or equal to 1"),
        ({"percent_off": 5, "duration": "repeating"}, "duration", "The duration_in_months param must be set"),
        ({"percent_off": 5, "duration_in_months": 3}, "duration_in_months", "a repeating duration"),
        ({"percent_off": 5, "duration": "always"}, "duration", "must be one of forever, once, or repeating"),
        ({"percent_off": 5, "redeem_by": 1_767_225_600}, "redeem_by", PAST),
        ({"percent_off": 5, "redeem_by": 2_000_000_000}, "redeem_by", "no more than five years"),
        ({"percent_off": 5, "name": "n" * 41}, "name", "at most 40 characters"),
        (
            {"percent_off": 5, "applies_to": {"products": ["prod_no"]}},
            "applies_to[products][0]",
            "No such product",
        ),
        (
            {"percent_off": 5, "currency_options": {"eur": {"amount_off": 5}}},
            "currency_options",
            "You may only specify one of these parameters: currency_options, percent_off.",
        ),
    ],
)
def test_what_makes_no_coupon_is_refused(call: Any, params: dict[str, Any], param: str, message: str) -> None:
    answer = call("POST /v1/coupons", **params)
    assert (answer.status, answer.error.get("param")) == (400, param)
    assert message in answer.message
    assert call.ok("GET /v1/coupons")["data"] == []


def test_an_id_is_taken_until_its_coupon_is_deleted(call: Any) -> None:
    call.ok("POST /v1/coupons", percent_off=5, id="SPRING")
    again = call("POST /v1/coupons", percent_off=5, id="SPRING")
    assert (again.status, again.error["code"]) == (400, "resource_already_exists")
    gone = call.ok("DELETE /v1/coupons/SPRING")
    assert gone == {"id": "SPRING", "object": "coupon", "deleted": True}
    missing = call("GET /v1/coupons/SPRING")
    assert (missing.status, missing.message) == (404, "No such coupon: 'SPRING'")
    assert call("DELETE /v1/coupons/SPRING").status == 404
    assert call.ok("POST /v1/coupons", percent_off=7, id="SPRING")["percent_off"] == 7
    assert [each["percent_off"] for each in call.ok("GET /v1/coupons")["data"]] == [7]


def test_a_coupon_runs_out_at_its_date(call: Any, start: int) -> None:
    made = call.ok("POST /v1/coupons", percent_off=5, redeem_by=start + DAY)
    call.world.sleep(DAY)
    assert call.ok(f"GET /v1/coupons/{made['id']}")["valid"] is True
    call.world.sleep(1)
    assert call.ok(f"GET /v1/coupons/{made['id']}")["valid"] is False


def test_only_name_metadata_and_further_currencies_change(call: Any) -> None:
    made = call.ok("POST /v1/coupons", amount_off=500, currency="usd")
    path = f"POST /v1/coupons/{made['id']}"
    options = {"eur": {"amount_off": 450}}
    changed = call.ok(
        path, name="Welcome", metadata={"a": "b"}, currency_options=options, expand=["currency_options"]
    )
    assert (changed["name"], changed["metadata"]) == ("Welcome", {"a": "b"})
    assert changed["currency_options"] == {"usd": {"amount_off": 500}} | options
    assert call(path, currency_options={"usd": {"amount_off": 1}}).status == 400
    assert call(path, percent_off=3).error["code"] == "parameter_unknown"
    percentage = call.ok("POST /v1/coupons", percent_off=5)["id"]
    assert call(f"POST /v1/coupons/{percentage}", currency_options=options).status == 400


def test_what_becomes_of_a_coupon_is_announced(call: Any) -> None:
    call.ok("POST /v1/coupons", percent_off=5, id="SPRING")
    call.ok("POST /v1/coupons/SPRING", name="Spring")
    call.ok("DELETE /v1/coupons/SPRING")
    told = call.ok("GET /v1/events")["data"][::-1]
    assert [each["type"] for each in told] == ["coupon.created", "coupon.updated", "coupon.deleted"]
    assert told[1]["data"]["previous_attributes"] == {"name": None}
    assert told[2]["data"]["object"]["valid"] is False
