"""Laws over generated discounts: what comes off adds up, nothing falls below zero, previews come true."""

from __future__ import annotations

from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from harness.simulator.served import pickles

FEW = settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
MODES = st.sampled_from(
    [
        {"type": "classic"},
        {"type": "flexible"},
        {"type": "flexible", "flexible": {"proration_discounts": "itemized"}},
    ]
)
DURATIONS = st.sampled_from(
    [{"duration": "once"}, {"duration": "forever"}, {"duration": "repeating", "duration_in_months": 2}]
)
CUTS = st.one_of(
    st.builds(lambda percent: {"percent_off": str(percent)}, st.decimals("0.01", "100", places=2)),
    st.builds(lambda cents: {"amount_off": cents, "currency": "usd"}, st.integers(1, 5_000)),
)
COUPONS = st.lists(st.builds(lambda cut, duration: cut | duration, CUTS, DURATIONS), max_size=2)
TIERS = [
    {"up_to": 5, "unit_amount": 33, "flat_amount": 250},
    {"up_to": "inf", "unit_amount_decimal": "7.5"},
]


def made(shop: Any, coupons: list[dict[str, Any]]) -> list[dict[str, str]]:
    return [{"coupon": shop.call.ok("POST /v1/coupons", **each)["id"]} for each in coupons]


def story(
    shop: Any, mode: dict[str, Any], whole: list[dict[str, Any]], own: list[dict[str, Any]]
) -> dict[str, Any]:
    """Tiered usage with discounts of its own, a base fee, and discounts on all of it."""
    tiered = shop.metered(billing_scheme="tiered", tiers_mode="graduated", tiers=TIERS)
    items = [{"price": tiered, "discounts": made(shop, own)}, {"price": shop.licensed(1999)}]
    subscription: dict[str, Any] = shop.subscribe(*items, discounts=made(shop, whole), billing_mode=mode)
    return subscription


def adds_up(invoice: dict[str, Any]) -> None:
    """The sums of an invoice whose lines are none of them negative."""
    lines = invoice["lines"]["data"]
    of_line = [[each["amount"] for each in line["discount_amounts"]] for line in lines]
    assert all(each >= 0 for amounts in of_line for each in amounts)
    assert all(sum(amounts) <= line["amount"] for amounts, line in zip(of_line, lines, strict=True))
    by_discount: dict[str, int] = {}
    for each in (each for line in lines for each in line["discount_amounts"]):
        by_discount[each["discount"]] = by_discount.get(each["discount"], 0) + each["amount"]
    assert {each["discount"]: each["amount"] for each in invoice["total_discount_amounts"]} == by_discount
    own = {each for line in lines for each in line["discounts"]}
    gross = sum(line["amount"] for line in lines)
    credited = sum(each["amount"] for each in invoice["total_pretax_credit_amounts"])
    assert invoice["subtotal"] == gross - sum(by_discount[each] for each in own)
    assert invoice["total"] == gross - credited
    assert credited >= sum(by_discount.values())
    assert invoice["total"] >= 0


@FEW
@given(MODES, COUPONS, COUPONS, st.integers(0, 300), st.integers(0, 3_000))
def test_discounts_and_credits_add_up_and_previews_come_true(
    new_shop: Any,
    mode: dict[str, Any],
    whole: list[dict[str, Any]],
    own: list[dict[str, Any]],
    units: int,
    granted: int,
) -> None:
    """INV-65 INV-74 INV-76 CHG-56"""
    shop = new_shop()
    subscription = story(shop, mode, whole, own)
    shop.use(units)
    shown = shop.preview(subscription)
    if granted:
        amount = {"type": "monetary", "monetary": {"value": granted, "currency": "usd"}}
        scope = {"scope": {"price_type": "metered"}}
        asked = {"customer": shop.customer, "amount": amount, "applicability_config": scope}
        shop.call.ok("POST /v1/billing/credit_grants", **asked)
    shop.advance("2026-02-01T02:00:00")
    invoices = shop.invoices(subscription)
    for invoice in invoices:
        adds_up(invoice)
    adds_up(shown)
    same = ("subtotal", "total_discount_amounts", "discounts")
    assert [shown[key] for key in same] == [invoices[-1][key] for key in same]


@FEW
@given(MODES, COUPONS, COUPONS, st.integers(1, 27), st.integers(0, 300))
def test_a_change_is_billed_as_it_was_previewed(
    new_shop: Any,
    mode: dict[str, Any],
    whole: list[dict[str, Any]],
    own: list[dict[str, Any]],
    days: int,
    units: int,
) -> None:
    """INV-76 CHG-54 CHG-55 CHG-58"""
    shop = new_shop()
    subscription = story(shop, mode, whole, own)
    shop.use(units)
    shop.advance(shop.start + days * 86_400)
    base = subscription["items"]["data"][1]["id"]
    asked = {"items": [{"id": base, "price": shop.licensed(4999)}], "proration_behavior": "always_invoice"}
    before = len(shop.invoices(subscription))
    shown = shop.call(
        "POST /v1/invoices/create_preview", subscription=subscription["id"], subscription_details=asked
    )
    shop.change(subscription, **asked)
    came = shop.invoices(subscription)[before:]
    if shown.status == 404:  # all of it was discounted, and is
        assert came == []
    else:
        assert [(each["subtotal"], each["total"]) for each in came] == [(shown["subtotal"], shown["total"])]
        assert [each["discount_amounts"] for each in came[0]["lines"]["data"]] == [
            each["discount_amounts"] for each in shown["lines"]["data"]
        ]
    shop.advance("2026-02-01T02:00:00")
    adds_up(shop.last_invoice(subscription))


@FEW
@given(MODES, COUPONS, COUPONS, st.integers(0, 300), st.sets(st.integers(1, 50 * 86_400), max_size=4))
def test_neither_hops_nor_a_restart_change_anything(
    new_shop: Any,
    mode: dict[str, Any],
    whole: list[dict[str, Any]],
    own: list[dict[str, Any]],
    units: int,
    hops: set[int],
) -> None:
    """CLK-95, and the state of discounts survives being saved."""
    told = []
    for stops in ([], sorted(hops)):
        shop = new_shop()
        subscription = story(shop, mode, whole, own)
        shop.use(units)
        for stop in stops:
            shop.advance(shop.start + stop)
            shop.call.world = pickles.load(pickles.dump(shop.call.world))
        shop.advance_far("2026-04-02", step_days=50)
        told.append([(each["total"], each["created"]) for each in shop.invoices(subscription)])
    assert told[0] == told[1]
