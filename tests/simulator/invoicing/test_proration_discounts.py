"""What discounts do to prorations, inside their amounts or beside them, and what comes back of them."""

from __future__ import annotations

from typing import Any

import pytest

HALF_OF_APRIL = "2026-04-16"
ITEMIZED = {"type": "flexible", "flexible": {"proration_discounts": "itemized"}}
INCLUDED = {"type": "flexible", "flexible": {"proration_discounts": "included"}}
CLASSIC = {"type": "classic"}


@pytest.fixture
def april(new_shop: Any) -> Any:
    """A shop whose month has thirty days, of which fifteen are left on the 16th."""
    return new_shop(starts="2026-04-01")


def coupon(shop: Any, **params: Any) -> list[dict[str, str]]:
    made = shop.call.ok("POST /v1/coupons", **({"duration": "forever"} | params))
    return [{"coupon": made["id"]}]


def change(shop: Any, subscription: dict[str, Any], price: str, **params: Any) -> list[dict[str, Any]]:
    """Switch the first item halfway through April; the prorations that this leaves."""
    shop.advance(HALF_OF_APRIL)
    item = subscription["items"]["data"][0]["id"]
    shop.change(subscription, items=[{"id": item, "price": price}], **params)
    return shop.pending()


def shown(item: dict[str, Any]) -> tuple[int, int | None, list[int]]:
    details = item["proration_details"]
    return item["amount"], item["net_amount"], [each["amount"] for each in details["discount_amounts"]]


@pytest.mark.parametrize(
    ("mode", "credit", "debit"),
    [
        pytest.param(CLASSIC, (-400, -400, [0]), (800, 800, [0]), id="classic includes"),
        pytest.param(INCLUDED, (-400, -400, [0]), (800, 800, [0]), id="included"),
        pytest.param(ITEMIZED, (-500, -400, [-100]), (1000, 800, [200]), id="itemized"),
    ],
)
def test_a_switch_halfway_with_a_fifth_off(
    april: Any, mode: dict[str, Any], credit: tuple[Any, ...], debit: tuple[Any, ...]
) -> None:
    """SUB-03 CHG-58: 10.00 less 20 % was paid, 20.00 less 20 % is to be paid, for half a month."""
    fifth = coupon(april, percent_off=20)
    subscription = april.subscribe(april.licensed(1000), discounts=fifth, billing_mode=mode)
    prorations = change(april, subscription, april.licensed(2000))
    assert [shown(each) for each in prorations] == [credit, debit]
    assert [each["discountable"] for each in prorations] == [False, False]
    april.advance("2026-05-01T02:00:00")
    invoice = april.last_invoice(subscription)
    assert invoice["total"] == 1600 + 400
    assert invoice["subtotal"] == (2500 if mode is ITEMIZED else 2400)
    assert [each["amount"] for each in invoice["total_discount_amounts"]] == [
        500 if mode is ITEMIZED else 400
    ]


@pytest.mark.parametrize(
    ("mode", "amount", "net", "on_line", "subtotal"),
    [
        pytest.param(INCLUDED, 700, 700, [0], 700, id="included"),
        pytest.param(ITEMIZED, 1000, 700, [100, 200], 900, id="itemized"),
    ],
)
def test_ten_less_a_tenth_of_the_item_s_and_two_of_the_subscription_s(
    april: Any, mode: dict[str, Any], amount: int, net: int, on_line: list[int], subtotal: int
) -> None:
    """As Stripe's changelog of 2025-09-30.clover has it, for a whole period."""
    tenth = coupon(april, percent_off=10)
    two = coupon(april, amount_off=200, currency="usd")
    subscription = april.subscribe(april.metered("0"), billing_mode=mode)
    april.change(subscription, discounts=two)
    added = {"price": april.licensed(1000), "discounts": tenth}
    april.change(subscription, items=[added], proration_behavior="always_invoice")
    invoice = april.last_invoice(subscription)
    [line] = invoice["lines"]["data"]
    assert line["parent"]["subscription_item_details"]["proration"] is True
    assert (line["amount"], [each["amount"] for each in line["discount_amounts"]]) == (amount, on_line)
    assert (invoice["subtotal"], invoice["total"]) == (subtotal, 700)
    assert len(line["discounts"]) == 1
    totals = [each["amount"] for each in invoice["total_discount_amounts"]]
    assert totals == ([] if mode is INCLUDED else on_line)
    [item] = april.call.ok("GET /v1/invoiceitems", invoice=invoice["id"])["data"]
    assert (item["amount"], item["net_amount"]) == (amount, net)
    assert len(item["proration_details"]["discount_amounts"]) == 2


def test_a_used_up_discount_still_lessens_the_credit_for_what_it_paid(april: Any) -> None:
    """CHG-55: flexible credits start from what was billed; the new price has no discount any more."""
    once = coupon(april, percent_off=50, duration="once")
    subscription = april.subscribe(april.licensed(1000), discounts=once)
    prorations = change(april, subscription, april.licensed(2000))
    assert [each["amount"] for each in prorations] == [-250, 1000]


@pytest.mark.parametrize("mode", [CLASSIC, INCLUDED, ITEMIZED])
def test_there_and_back_again_costs_nothing(april: Any, mode: dict[str, Any]) -> None:
    fifth = coupon(april, percent_off=20)
    cheap, dear = april.licensed(1000), april.licensed(3000)
    subscription = april.subscribe(cheap, discounts=fifth, billing_mode=mode)
    change(april, subscription, dear)
    item = subscription["items"]["data"][0]["id"]
    april.change(subscription, items=[{"id": item, "price": cheap}])
    assert sum(each["net_amount"] for each in april.pending()) == 0


@pytest.mark.parametrize(
    ("mode", "credit"),
    [
        pytest.param("classic", -2375, id="classic: 2.50 of the 5.00 was its"),
        pytest.param("flexible", -2291, id="flexible: 4.17 of the 5.00 was its"),
    ],
)
def test_a_fixed_amount_comes_off_the_credit_as_it_came_off_the_bill(
    april: Any, mode: str, credit: int
) -> None:
    """CHG-56: half of what 50.00 was billed at."""
    five = coupon(april, amount_off=500, currency="usd", duration="once")
    prices = [april.licensed(5000), april.licensed(1000)]
    subscription = april.subscribe(*prices, discounts=five, billing_mode={"type": mode})
    april.advance(HALF_OF_APRIL)
    dearer = subscription["items"]["data"][0]["id"]
    april.change(subscription, items=[{"id": dearer, "deleted": True}])
    [item] = april.pending()
    assert item["amount"] == credit


def test_usage_billed_by_a_change_of_price_has_its_percentage(april: Any) -> None:
    """CHG-01 and ASSUMED: proration."""
    fifth = coupon(april, percent_off=20)
    fixed = coupon(april, amount_off=100, currency="usd")
    subscription = april.subscribe(april.metered("10"), discounts=[*fifth, *fixed])
    april.use(100)
    [item] = change(april, subscription, april.metered("20"))
    assert (item["amount"], item["quantity"]) == (800, 100)


@pytest.mark.parametrize("mode", [CLASSIC, INCLUDED, ITEMIZED])
def test_a_stub_before_the_anchor_is_discounted(april: Any, mode: dict[str, Any], instant: Any) -> None:
    half = coupon(april, percent_off=50)
    subscription = april.subscribe(
        april.licensed(3000), discounts=half, billing_mode=mode, billing_cycle_anchor=instant("2026-04-11")
    )
    invoice = april.last_invoice(subscription)
    [line] = invoice["lines"]["data"]
    assert line["discountable"] is False
    assert (line["amount"], invoice["total"]) == (968 if mode is ITEMIZED else 484, 484)


@pytest.mark.parametrize(("mode", "rest"), [(INCLUDED, -187), (ITEMIZED, -186)])
def test_an_end_that_is_planned_and_taken_back_costs_nothing(
    april: Any, mode: dict[str, Any], rest: int, instant: Any
) -> None:
    """CHG-22: and what is paid is still known a week before the end."""
    fifth = coupon(april, percent_off=20)
    subscription = april.subscribe(april.licensed(1000), discounts=fifth, billing_mode=mode)
    april.change(subscription, cancel_at=instant(HALF_OF_APRIL))
    april.change(subscription, cancel_at="")
    assert [each["net_amount"] for each in april.pending()] == [-400, 400]
    april.advance("2026-04-24")
    item = subscription["items"]["data"][0]["id"]
    april.change(subscription, items=[{"id": item, "deleted": True}, {"price": april.metered("10")}])
    assert april.pending()[-1]["net_amount"] == rest


@pytest.mark.parametrize("mode", [CLASSIC, INCLUDED, ITEMIZED])
def test_a_preview_of_a_switch_is_what_comes(april: Any, mode: dict[str, Any]) -> None:
    """INV-76"""
    tenth = coupon(april, percent_off=10)
    two = coupon(april, amount_off=200, currency="usd")
    item = {"price": april.licensed(1000), "discounts": tenth}
    subscription = april.subscribe(item, april.licensed(700), discounts=two, billing_mode=mode)
    april.advance(HALF_OF_APRIL)
    first = subscription["items"]["data"][0]["id"]
    asked = {"items": [{"id": first, "price": april.licensed(2000)}], "proration_behavior": "always_invoice"}
    preview = april.preview(subscription, subscription_details=asked)
    april.change(subscription, **asked)
    came = april.last_invoice(subscription)
    assert (preview["total"], preview["subtotal"]) == (came["total"], came["subtotal"])
    assert [each["discount_amounts"] for each in preview["lines"]["data"]] == [
        each["discount_amounts"] for each in came["lines"]["data"]
    ]
