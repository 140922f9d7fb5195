"""Promotion codes: who may redeem a coupon by a word, and until when."""

from __future__ import annotations

from typing import Any

import pytest

DAY = 86_400
BEFORE = {"stripe-version": "2025-08-27.basil"}


@pytest.fixture
def half(call: Any) -> str:
    return call.ok("POST /v1/coupons", percent_off=50, duration="forever", id="half")["id"]


@pytest.fixture
def price(call: Any) -> str:
    made = call.ok(
        "POST /v1/prices",
        currency="usd",
        unit_amount=1000,
        recurring={"interval": "month"},
        product_data={"name": "Gold"},
    )
    return made["id"]


def code(call: Any, coupon: str, **params: Any) -> Any:
    return call("POST /v1/promotion_codes", promotion={"type": "coupon", "coupon": coupon}, **params)


def redeem(call: Any, customer: str, price: str, code_id: str) -> Any:
    discounts = [{"promotion_code": code_id}]
    return call("POST /v1/subscriptions", customer=customer, items=[{"price": price}], discounts=discounts)


def test_a_code_redeems_its_coupon(call: Any, half: str, price: str, customer: dict[str, Any]) -> None:
    made = code(call, half, code="SPRING", expand=["promotion.coupon"]).body
    assert (made["code"], made["active"], made["promotion"]["coupon"]["percent_off"]) == ("SPRING", True, 50)
    assert made["restrictions"] == {
        "first_time_transaction": False,
        "minimum_amount": None,
        "minimum_amount_currency": None,
    }
    subscription = redeem(call, customer["id"], price, made["id"]).body
    invoice = call.ok(
        f"GET /v1/invoices/{subscription['latest_invoice']}", expand=["discounts.promotion_code"]
    )
    assert (invoice["total"], invoice["discounts"][0]["promotion_code"]["code"]) == (500, "SPRING")
    path = f"GET /v1/promotion_codes/{made['id']}"
    assert (call.ok(path)["times_redeemed"], call.ok("GET /v1/coupons/half")["times_redeemed"]) == (1, 1)


def test_a_code_comes_by_itself_and_lasts_as_long_as_its_coupon(call: Any, half: str) -> None:
    made = code(call, half).body
    assert made["code"].isalnum()
    call.ok("DELETE /v1/coupons/half")
    assert call.ok(f"GET /v1/promotion_codes/{made['id']}")["active"] is False
    assert call(f"POST /v1/promotion_codes/{made['id']}", active=True).status == 400


@pytest.mark.parametrize(
    ("params", "param", "message"),
    [
        ({"code": "no blanks"}, "code", "must match the regex pattern"),
        ({"code": "spring"}, None, "An active promotion code with `code: spring` already exists."),
        ({"customer": "cus_no"}, "customer", "No such customer"),
        ({"expires_at": 1}, "expires_at", "which is in the past"),
        ({"expires_at": 1_767_225_600 + 9 * DAY}, "expires_at", "redeem_by"),
        ({"max_redemptions": 9}, "max_redemptions", "greater than the coupon's"),
        (
            {"restrictions": {"minimum_amount": 100}},
            "restrictions[minimum_amount_currency]",
            "Missing required param",
        ),
    ],
)
def test_what_makes_no_code_is_refused(
    call: Any, start: int, params: dict[str, Any], param: str, message: str
) -> None:
    few = call.ok("POST /v1/coupons", percent_off=5, max_redemptions=3, redeem_by=start + 5 * DAY)["id"]
    assert code(call, few, code="SPRING").status == 200
    answer = code(call, few, **params)
    assert (answer.status, answer.error.get("param")) == (400, param)
    assert message in answer.message


def test_a_code_needs_a_coupon_that_there_is(call: Any) -> None:
    missing = code(call, "nope")
    assert (missing.status, missing.error["param"]) == (400, "promotion[coupon]")
    nameless = call("POST /v1/promotion_codes", promotion={"type": "coupon"})
    assert nameless.error["param"] == "promotion.coupon"
    assert call("POST /v1/promotion_codes").error["code"] == "parameter_missing"
    gone = call("GET /v1/promotion_codes/promo_no")
    assert (gone.status, gone.message) == (404, "No such promotion code: 'promo_no'")


class TestWhoMayUseIt:
    def test_one_customer_only(self, call: Any, half: str, price: str, customer: dict[str, Any]) -> None:
        other = call.ok("POST /v1/customers")["id"]
        made = code(call, half, customer=other).body["id"]
        assert redeem(call, customer["id"], price, made).error["param"] == "discounts[0][promotion_code]"

    def test_so_many_times(self, call: Any, half: str, price: str, customer: dict[str, Any]) -> None:
        made = code(call, half, max_redemptions=1).body["id"]
        assert redeem(call, customer["id"], price, made).status == 200
        assert redeem(call, customer["id"], price, made).error["code"] == "coupon_expired"

    def test_until_a_date_and_while_it_is_on(
        self, call: Any, half: str, price: str, customer: dict[str, Any], start: int
    ) -> None:
        """ASSUMED: redeem_by, by wall time."""
        dated = code(call, half, expires_at=start + DAY).body["id"]
        off = code(call, half, active=False).body["id"]
        assert redeem(call, customer["id"], price, off).status == 400
        call.ok(f"POST /v1/promotion_codes/{off}", active=True)
        assert redeem(call, customer["id"], price, off).status == 200
        call.world.sleep(DAY + 1)
        assert redeem(call, customer["id"], price, dated).error["code"] == "coupon_expired"

    def test_first_timers_only(self, call: Any, half: str, price: str, customer: dict[str, Any]) -> None:
        made = code(call, half, restrictions={"first_time_transaction": True}).body["id"]
        assert redeem(call, customer["id"], price, made).status == 200
        assert "prior transactions" in redeem(call, customer["id"], price, made).message

    def test_a_least_amount_is_named_as_not_modelled(
        self, call: Any, half: str, price: str, customer: dict[str, Any]
    ) -> None:
        least = {"minimum_amount": 500, "minimum_amount_currency": "usd"}
        made = code(call, half, restrictions=least).body["id"]
        assert redeem(call, customer["id"], price, made).status == 501


def test_codes_are_listed_by_what_they_are(call: Any, half: str) -> None:
    tenth = call.ok("POST /v1/coupons", percent_off=10)["id"]
    first = code(call, half, code="SPRING").body["id"]
    second = code(call, tenth, active=False).body["id"]
    for asked, found in (
        ({}, [second, first]),
        ({"code": "spring"}, [first]),
        ({"coupon": tenth}, [second]),
        ({"active": True}, [first]),
    ):
        listed = call.ok("GET /v1/promotion_codes", **asked)["data"]
        assert [each["id"] for each in listed] == found


def test_before_clover_the_coupon_stood_on_the_code(call: Any, half: str) -> None:
    """VER-13"""
    made = call.ok("POST /v1/promotion_codes", BEFORE, coupon=half)
    assert (made["coupon"]["id"], "promotion" in made) == (half, False)
    refused = call("POST /v1/promotion_codes", BEFORE, promotion={"type": "coupon", "coupon": half})
    assert refused.error["code"] == "parameter_unknown"
    assert call("POST /v1/promotion_codes", coupon=half).error["code"] == "parameter_unknown"
    assert call("POST /v1/promotion_codes", BEFORE).error["param"] == "coupon"
    missing = call("POST /v1/promotion_codes", BEFORE, coupon="nope")
    assert missing.error["param"] == "coupon"
