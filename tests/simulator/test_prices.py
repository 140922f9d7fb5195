"""Prices and products: what goes together, and how amounts are written."""

from __future__ import annotations

from typing import Any

import pytest

PRICES = "/v1/prices"
PLAIN: dict[str, Any] = {"currency": "usd", "product_data": {"name": "Calls"}}
MONTHLY = {"interval": "month"}


@pytest.fixture
def metered(meter: dict[str, Any]) -> dict[str, Any]:
    return {"interval": "month", "usage_type": "metered", "meter": meter["id"]}


def test_a_metered_price(call: Any, meter: Any, metered: dict[str, Any], start: int) -> None:
    """PRC-01 PRC-14"""
    price = call.ok(f"POST {PRICES}", **PLAIN, recurring=metered, unit_amount=2, nickname="per call")
    assert price == {
        "id": price["id"],
        "object": "price",
        "active": True,
        "billing_scheme": "per_unit",
        "created": start,
        "currency": "usd",
        "custom_unit_amount": None,
        "livemode": False,
        "lookup_key": None,
        "metadata": {},
        "nickname": "per call",
        "product": price["product"],
        "recurring": {
            "interval": "month",
            "interval_count": 1,
            "meter": meter["id"],
            "trial_period_days": None,
            "usage_type": "metered",
        },
        "tax_behavior": "unspecified",
        "tiers_mode": None,
        "transform_quantity": None,
        "type": "recurring",
        "unit_amount": 2,
        "unit_amount_decimal": "2",
    }


@pytest.mark.parametrize(
    ("given", "unit_amount", "unit_amount_decimal"),
    [
        ({"unit_amount": 5}, 5, "5"),
        ({"unit_amount": 0}, 0, "0"),
        ({"unit_amount_decimal": "5"}, 5, "5"),
        ({"unit_amount_decimal": "5.0"}, 5, "5"),
        ({"unit_amount_decimal": "2000"}, 2000, "2000"),
        ({"unit_amount_decimal": "0.05"}, None, "0.05"),
        ({"unit_amount_decimal": "105.5"}, None, "105.5"),
        ({"unit_amount_decimal": "0.000000000001"}, None, "0.000000000001"),
    ],
)
def test_amounts_are_written_in_both_ways(
    call: Any, given: dict[str, Any], unit_amount: int | None, unit_amount_decimal: str
) -> None:
    """PRC-10 N-06 N-07 N-08"""
    price = call.ok(f"POST {PRICES}", **PLAIN, **given)
    assert (price["unit_amount"], price["unit_amount_decimal"]) == (unit_amount, unit_amount_decimal)
    assert price["type"] == "one_time"


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (
            {"unit_amount": 1, "unit_amount_decimal": "1"},
            "You may only specify one of these parameters: unit_amount, unit_amount_decimal.",
        ),
        ({}, "Prices require an `unit_amount` or `unit_amount_decimal` parameter to be set."),
        ({"unit_amount": -1}, "Invalid non-negative integer"),
        ({"unit_amount": "1.5"}, "Invalid integer: 1.5"),
        ({"unit_amount_decimal": "-0.5"}, "Invalid non-negative decimal"),
        ({"unit_amount_decimal": "five"}, "Invalid decimal: five"),
    ],
)
def test_exactly_one_sound_amount(call: Any, given: dict[str, Any], message: str) -> None:
    """PRC-06 PRC-07 PRC-08 PRC-09"""
    answer = call(f"POST {PRICES}", **PLAIN, **given)
    assert (answer.status, answer.message) == (400, message)
    assert not call.world.prices
    assert not call.world.products


def test_twelve_decimals_at_most(call: Any) -> None:
    """PRC-10"""
    answer = call(f"POST {PRICES}", **PLAIN, unit_amount_decimal="0.0000000000001")
    assert answer.error["param"] == "unit_amount_decimal"


TIERS = [{"up_to": 5, "unit_amount": 700}, {"up_to": "inf", "unit_amount_decimal": "0.5", "flat_amount": 100}]


@pytest.mark.parametrize("mode", ["graduated", "volume"])
def test_tiers(call: Any, metered: dict[str, Any], mode: str) -> None:
    """PRC-11 PRC-12 PRC-13 PRC-14: shown only when expanded; `inf` reads as null."""
    tiered = {"billing_scheme": "tiered", "tiers_mode": mode, "tiers": TIERS}
    price = call.ok(f"POST {PRICES}", **PLAIN, recurring=metered, **tiered)
    assert "tiers" not in price
    assert (price["unit_amount"], price["unit_amount_decimal"], price["tiers_mode"]) == (None, None, mode)
    shown = call.ok(f"GET {PRICES}/{price['id']}", expand=["tiers"])["tiers"]
    assert shown == [
        {
            "flat_amount": None,
            "flat_amount_decimal": None,
            "unit_amount": 700,
            "unit_amount_decimal": "700",
            "up_to": 5,
        },
        {
            "flat_amount": 100,
            "flat_amount_decimal": "100",
            "unit_amount": None,
            "unit_amount_decimal": "0.5",
            "up_to": None,
        },
    ]
    listed = call.ok(f"GET {PRICES}", expand=["data.tiers"])["data"]
    assert listed[0]["tiers"] == shown


@pytest.mark.parametrize(
    ("change", "param"),
    [
        ({"tiers_mode": None}, "tiers_mode"),
        ({"tiers_mode": "slab"}, "tiers_mode"),
        ({"tiers": None}, "tiers"),
        ({"billing_scheme": "per_unit"}, "tiers"),
        ({"unit_amount": 5}, "unit_amount"),
        ({"unit_amount_decimal": "5"}, "unit_amount_decimal"),
        ({"transform_quantity": {"divide_by": 5, "round": "up"}}, "transform_quantity"),
        ({"tiers": [{"up_to": 5, "unit_amount": 1}]}, "tiers[0][up_to]"),
        ({"tiers": [{"up_to": "inf", "unit_amount": 1}, {"up_to": 5, "unit_amount": 1}]}, "tiers[1][up_to]"),
        (
            {"tiers": [{"up_to": 9, "unit_amount": 1}, {"up_to": 5, "unit_amount": 1}, TIERS[1]]},
            "tiers[0][up_to]",
        ),
        (
            {"tiers": [{"up_to": 5, "unit_amount": 1}, {"up_to": 5, "unit_amount": 1}, TIERS[1]]},
            "tiers[0][up_to]",
        ),
        ({"tiers": [{"up_to": 0, "unit_amount": 1}, TIERS[1]]}, "tiers[0][up_to]"),
        ({"tiers": [{"unit_amount": 1}, TIERS[1]]}, "tiers[0][up_to]"),
        ({"tiers": [{"up_to": "inf"}]}, "tiers[0]"),
        (
            {"tiers": [{"up_to": "inf", "unit_amount": 1, "unit_amount_decimal": "1"}]},
            "tiers[0][unit_amount]",
        ),
        (
            {"tiers": [{"up_to": "inf", "flat_amount": 1, "flat_amount_decimal": "1"}]},
            "tiers[0][flat_amount]",
        ),
        ({"tiers": [{"up_to": "inf", "flat_amount_decimal": "1.5"}]}, "tiers[0][flat_amount_decimal]"),
        ({"tiers": [{"up_to": "inf", "flat_amount": -1}]}, "tiers[0][flat_amount]"),
        (
            {"tiers": [{"up_to": "inf", "unit_amount_decimal": "0.0000000000001"}]},
            "tiers[0][unit_amount_decimal]",
        ),
    ],
)
def test_what_tiers_cannot_be(call: Any, metered: Any, change: dict[str, Any], param: str) -> None:
    """PRC-11 PRC-12 PRC-15"""
    tiered = {"billing_scheme": "tiered", "tiers_mode": "graduated", "tiers": TIERS} | change
    sent = {key: value for key, value in tiered.items() if value is not None}
    answer = call(f"POST {PRICES}", **PLAIN, recurring=metered, **sent)
    assert (answer.status, answer.error["param"]) == (400, param)
    assert not call.world.prices


def test_packages(call: Any, metered: Any) -> None:
    """PRC-15 PRC-25"""
    package = {"divide_by": 60, "round": "up"}
    price = call.ok(
        f"POST {PRICES}", **PLAIN, recurring=metered, unit_amount=1000, transform_quantity=package
    )
    assert price["transform_quantity"] == package


class TestMeters:
    def test_a_metered_price_needs_one_since_basil(self, call: Any) -> None:
        """PRC-02 PRC-21"""
        recurring = {"interval": "month", "usage_type": "metered"}
        answer = call(f"POST {PRICES}", **PLAIN, recurring=recurring, unit_amount=1)
        assert answer.status == 400
        assert answer.message == (
            "Starting with Stripe version `2025-03-31.basil`, metered prices must be backed by meters."
        )
        old = {"stripe-version": "2025-02-24.acacia"}
        legacy = recurring | {"aggregate_usage": "max"}
        price = call.ok(f"POST {PRICES}", old, **PLAIN, recurring=legacy, unit_amount=1)
        assert price["recurring"]["meter"] is None
        assert call.world.prices[price["id"]].recurring.aggregate_usage == "max"

    def test_aggregate_usage_is_unknown_since_basil(self, call: Any, metered: Any) -> None:
        """PRC-21"""
        answer = call(
            f"POST {PRICES}", **PLAIN, recurring=metered | {"aggregate_usage": "sum"}, unit_amount=1
        )
        assert answer.error["code"] == "parameter_unknown"
        assert answer.error["param"] == "recurring[aggregate_usage]"

    def test_it_must_be_active(self, call: Any, meter: Any, metered: Any) -> None:
        """PRC-03 MTR-11"""
        call.ok(f"POST /v1/billing/meters/{meter['id']}/deactivate")
        answer = call(f"POST {PRICES}", **PLAIN, recurring=metered, unit_amount=1)
        assert (answer.status, answer.error["param"]) == (400, "recurring[meter]")
        call.ok(f"POST /v1/billing/meters/{meter['id']}/reactivate")
        call.ok(f"POST {PRICES}", **PLAIN, recurring=metered, unit_amount=1)

    @pytest.mark.parametrize("usage_type", ["licensed", None])
    def test_only_metered_prices_have_one(self, call: Any, metered: Any, usage_type: str | None) -> None:
        """PRC-04"""
        recurring = {key: value for key, value in (metered | {"usage_type": usage_type}).items() if value}
        answer = call(f"POST {PRICES}", **PLAIN, recurring=recurring, unit_amount=1)
        assert (answer.status, answer.error["param"]) == (400, "recurring[meter]")

    def test_it_must_exist(self, call: Any, metered: Any) -> None:
        answer = call(f"POST {PRICES}", **PLAIN, recurring=metered | {"meter": "mtr_none"}, unit_amount=1)
        assert (answer.status, answer.error["code"]) == (400, "resource_missing")

    def test_two_prices_may_share_one(self, call: Any, metered: Any) -> None:
        """MTR-111"""
        for amount in (1, 2):
            call.ok(f"POST {PRICES}", **PLAIN, recurring=metered, unit_amount=amount)


@pytest.mark.parametrize(
    ("interval", "most", "adverb"),
    [("day", 1095, "daily"), ("week", 156, "weekly"), ("month", 36, "monthly"), ("year", 3, "yearly")],
)
def test_three_years_at_most(call: Any, interval: str, most: int, adverb: str) -> None:
    """PRC-16"""
    for count, status in ((most, 200), (most + 1, 400)):
        recurring = {"interval": interval, "interval_count": count}
        answer = call(f"POST {PRICES}", **PLAIN, recurring=recurring, unit_amount=1)
        assert answer.status == status
    assert answer.message == f"The interval_count for {adverb} prices can't be greater than {most}"


@pytest.mark.parametrize(
    ("recurring", "param"),
    [
        ({"interval": "hour"}, "recurring[interval]"),
        ({"interval_count": 1}, "recurring[interval]"),
        ({"interval": "month", "interval_count": 0}, "recurring[interval_count]"),
        ({"interval": "month", "usage_type": "free"}, "recurring[usage_type]"),
    ],
)
def test_what_recurring_cannot_be(call: Any, recurring: dict[str, Any], param: str) -> None:
    """PRC-16"""
    answer = call(f"POST {PRICES}", **PLAIN, recurring=recurring, unit_amount=1)
    assert (answer.status, answer.error["param"]) == (400, param)


def test_recurring_is_for_good(call: Any) -> None:
    """PRC-05"""
    price = call.ok(f"POST {PRICES}", **PLAIN, recurring=MONTHLY, unit_amount=1)
    for name in ("recurring", "unit_amount", "currency", "product", "tiers", "billing_scheme"):
        answer = call(f"POST {PRICES}/{price['id']}", **{name: "x"})
        assert answer.error["code"] == "parameter_unknown"


def test_a_trial_on_a_price_is_kept(call: Any) -> None:
    """PRC-18"""
    price = call.ok(f"POST {PRICES}", **PLAIN, recurring=MONTHLY | {"trial_period_days": 7}, unit_amount=1)
    assert price["recurring"]["trial_period_days"] == 7


def test_tax_behavior_is_set_once(call: Any) -> None:
    """PRC-17"""
    price = call.ok(f"POST {PRICES}", **PLAIN, unit_amount=1)
    path = f"POST {PRICES}/{price['id']}"
    assert call.ok(path, tax_behavior="exclusive")["tax_behavior"] == "exclusive"
    assert call.ok(path, tax_behavior="exclusive")["tax_behavior"] == "exclusive"
    assert call(path, tax_behavior="inclusive").error["param"] == "tax_behavior"


@pytest.mark.parametrize(
    ("given", "param"),
    [
        ({}, "product"),
        ({"product": "prod_none"}, "product"),
        ({"product_data": {"name": ""}}, "product_data[name]"),
    ],
)
def test_a_price_is_for_one_product(call: Any, given: dict[str, Any], param: str) -> None:
    answer = call(f"POST {PRICES}", currency="usd", unit_amount=1, **given)
    assert (answer.status, answer.error["param"]) == (400, param)


def test_not_for_two_products(call: Any) -> None:
    answer = call(f"POST {PRICES}", **PLAIN, product="prod_none", unit_amount=1)
    assert answer.message == "You may only specify one of these parameters: product, product_data."


class TestLookupKeys:
    def test_they_find_prices(self, call: Any) -> None:
        made = {
            key: call.ok(f"POST {PRICES}", **PLAIN, unit_amount=1, lookup_key=key)["id"]
            for key in ("basic", "pro", "max")
        }
        found = call.ok(f"GET {PRICES}", lookup_keys=["basic", "max", "none"])["data"]
        assert [row["id"] for row in found] == [made["max"], made["basic"]]

    def test_one_price_for_each(self, call: Any) -> None:
        holder = call.ok(f"POST {PRICES}", **PLAIN, unit_amount=1, lookup_key="basic")["id"]
        answer = call(f"POST {PRICES}", **PLAIN, unit_amount=2, lookup_key="basic")
        assert answer.message == f"A price (`{holder}`) already uses that lookup key."
        other = call.ok(f"POST {PRICES}", **PLAIN, unit_amount=2)["id"]
        assert call(f"POST {PRICES}/{other}", lookup_key="basic").status == 400
        assert call.ok(f"GET {PRICES}/{other}")["lookup_key"] is None

    @pytest.mark.parametrize("late", [False, True], ids=["at creation", "by update"])
    def test_they_can_be_transferred(self, call: Any, late: bool) -> None:
        holder = call.ok(f"POST {PRICES}", **PLAIN, unit_amount=1, lookup_key="basic")["id"]
        move = {"lookup_key": "basic", "transfer_lookup_key": True}
        heir = call.ok(f"POST {PRICES}", **PLAIN, unit_amount=2, **({} if late else move))["id"]
        if late:
            call.ok(f"POST {PRICES}/{heir}", **move)
        assert call.ok(f"GET {PRICES}/{holder}")["lookup_key"] is None
        assert call.ok(f"GET {PRICES}/{heir}")["lookup_key"] == "basic"

    def test_a_freed_one_can_be_taken(self, call: Any) -> None:
        holder = call.ok(f"POST {PRICES}", **PLAIN, unit_amount=1, lookup_key="basic")["id"]
        call.ok(f"POST {PRICES}/{holder}", lookup_key="old")
        call.ok(f"POST {PRICES}", **PLAIN, unit_amount=2, lookup_key="basic")
        call.ok(f"POST {PRICES}/{holder}", lookup_key="")
        call.ok(f"POST {PRICES}", **PLAIN, unit_amount=2, lookup_key="old")


def test_list_filters(call: Any, meter: Any, metered: Any) -> None:
    product = call.ok("POST /v1/products", name="P")["id"]
    once = call.ok(f"POST {PRICES}", currency="eur", product=product, unit_amount=1)["id"]
    month = call.ok(f"POST {PRICES}", **PLAIN, recurring=MONTHLY, unit_amount=1, active=False)["id"]
    usage = call.ok(f"POST {PRICES}", **PLAIN, recurring=metered, unit_amount=1)["id"]

    def listed(**filters: Any) -> list[str]:
        return [row["id"] for row in call.ok(f"GET {PRICES}", **filters)["data"]]

    assert listed() == [usage, month, once]
    assert listed(active=True) == [usage, once]
    assert listed(active=False) == [month]
    assert listed(currency="eur") == listed(product=product) == listed(type="one_time") == [once]
    assert listed(type="recurring") == [usage, month]
    assert listed(recurring={"usage_type": "metered"}) == listed(recurring={"meter": meter["id"]}) == [usage]
    assert listed(recurring={"interval": "month"}) == [usage, month]


class TestProducts:
    PATH = "/v1/products"

    def test_with_a_default_price(self, call: Any) -> None:
        described = {"currency": "usd", "unit_amount": 500, "recurring": MONTHLY}
        product = call.ok(
            f"POST {self.PATH}", name="Plan", default_price_data=described, expand=["default_price"]
        )
        assert product["default_price"]["unit_amount"] == 500
        assert product["default_price"]["product"] == product["id"]

    def test_an_id_of_ones_own(self, call: Any) -> None:
        assert call.ok(f"POST {self.PATH}", name="Plan", id="plan")["id"] == "plan"
        answer = call(f"POST {self.PATH}", name="Plan", id="plan")
        assert answer.error["code"] == "resource_already_exists"

    def test_a_refused_default_price_leaves_no_product(self, call: Any) -> None:
        answer = call(f"POST {self.PATH}", name="Plan", default_price_data={"currency": "usd"})
        assert answer.status == 400
        assert not call.world.products
        assert not call.world.events

    def test_changes_and_unsetting(self, call: Any, start: int) -> None:
        """PRO-13"""
        product = call.ok(f"POST {self.PATH}", name="Plan", description="Old", unit_label="seat")["id"]
        call.world.sleep(5)
        after = call.ok(f"POST {self.PATH}/{product}", description="", unit_label="call", active=False)
        assert (after["description"], after["unit_label"], after["active"]) == (None, "call", False)
        assert (after["created"], after["updated"]) == (start, start + 5)
        assert call(f"POST {self.PATH}/{product}", name="").error["code"] == "parameter_invalid_empty"

    def test_the_default_price_is_its_own(self, call: Any) -> None:
        product = call.ok(f"POST {self.PATH}", name="Plan")["id"]
        own = call.ok(f"POST {PRICES}", currency="usd", product=product, unit_amount=1)["id"]
        foreign = call.ok(f"POST {PRICES}", **PLAIN, unit_amount=1)["id"]
        assert call.ok(f"POST {self.PATH}/{product}", default_price=own)["default_price"] == own
        assert call(f"POST {self.PATH}/{product}", default_price=foreign).status == 400

    def test_deletion_only_without_prices(self, call: Any) -> None:
        free = call.ok(f"POST {self.PATH}", name="Free")["id"]
        answer = call.ok(f"DELETE {self.PATH}/{free}")
        assert answer == {"id": free, "object": "product", "deleted": True}
        assert call(f"GET {self.PATH}/{free}").status == 404
        priced = call.ok(f"POST {PRICES}", **PLAIN, unit_amount=1)["product"]
        refusal = call(f"DELETE {self.PATH}/{priced}")
        assert refusal.status == 400
        assert "user-created prices" in refusal.message

    def test_list_filters(self, call: Any) -> None:
        made = [
            call.ok(f"POST {self.PATH}", name=str(number), active=number < 2)["id"] for number in range(3)
        ]

        def listed(**filters: Any) -> list[str]:
            return [row["id"] for row in call.ok(f"GET {self.PATH}", **filters)["data"]]

        assert listed() == made[::-1]
        assert listed(active=False) == made[2:]
        assert listed(ids=[made[0], made[2]]) == [made[2], made[0]]
