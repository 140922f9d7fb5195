"""Billing thresholds on meters: what makes an invoice before a period ends, and what is left for its end."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.simulator.billing.pricing import Terms, Tier, rate_rest, total_cents

N_11 = [
    {"up_to": 10_000, "unit_amount": 50},
    {"up_to": "inf", "unit_amount": 40},
]
HUNDRED = {"billing_thresholds": {"amount_gte": 10_000}}
RESET = {"amount_gte": 10_000, "reset_billing_cycle_anchor": True}
DAY = 86_400


def graduated(tiers: list[dict[str, Any]], mode: str = "graduated") -> dict[str, Any]:
    return {"billing_scheme": "tiered", "tiers_mode": mode, "tiers": tiers}


def thresholds_of(shop: Any) -> list[dict[str, Any]]:
    """Threshold invoices, oldest first."""
    return [each for each in shop.invoices() if each["billing_reason"] == "subscription_threshold"]


def cycles_of(shop: Any) -> list[dict[str, Any]]:
    return [each for each in shop.invoices() if each["billing_reason"] == "subscription_cycle"]


def amounts(invoice: dict[str, Any]) -> list[tuple[str, int]]:
    return [(line["quantity_decimal"], line["amount"]) for line in invoice["lines"]["data"]]


@pytest.fixture
def terms() -> Terms:
    tiers = (Tier(10_000, Decimal(50), None), Tier(None, Decimal(40), None))
    return Terms("tiered", tiers_mode="graduated", tiers=tiers)


@pytest.mark.parametrize(
    ("billed", "units", "lines"),
    [
        (0, 200, [(1, "200", 10_000)]),
        (9_800, 200, [(1, "200", 10_000)]),
        (9_900, 225, [(1, "100", 5_000), (2, "125", 5_000)]),
        (10_000, 250, [(2, "250", 10_000)]),
        (12_000, 0, [(2, "0", 0)]),
        (10_100, -200, [(1, "-100", -5_000), (2, "-100", -4_000)]),
    ],
)
def test_tiers_go_on_across_threshold_invoices(terms: Terms, billed: int, units: int, lines: Any) -> None:
    """N-11, CHG-39"""
    rest = rate_rest(terms, Decimal(billed + units), Decimal(billed))
    assert [(line.tier, str(line.quantity), line.amount_cents) for line in rest] == lines
    left = total_cents(terms, Decimal(billed + units)) - total_cents(terms, Decimal(billed))
    assert sum(line.amount_cents for line in rest) == left


UNITS = st.decimals(0, 50, places=1)
FEES = st.one_of(st.none(), st.integers(0, 30).map(Decimal))
AMOUNTS = st.decimals(0, 20, places=1)


@st.composite
def any_terms(draw: st.DrawFn) -> Terms:
    if draw(st.booleans()):
        return Terms("per_unit", unit_amount=draw(AMOUNTS))
    bounds = [*sorted(draw(st.sets(st.integers(1, 40), max_size=3))), None]
    tiers = tuple(Tier(bound, draw(AMOUNTS), draw(FEES)) for bound in bounds)
    return Terms("tiered", tiers_mode=draw(st.sampled_from(["graduated", "volume"])), tiers=tiers)


@given(any_terms(), st.lists(UNITS, min_size=1))
def test_a_period_costs_the_same_however_often_it_is_billed(terms: Terms, readings: list[Decimal]) -> None:
    """CHG-40"""
    billed, cents = None, 0
    for reading in readings:
        lines = rate_rest(terms, reading, billed)
        assert lines
        cents += sum(line.amount_cents for line in lines)
        if terms.tiers_mode != "volume":
            assert sum(line.quantity for line in lines) == reading - (billed or 0)
        billed = reading
    assert cents == total_cents(terms, readings[-1])


def test_a_flat_fee_is_billed_once() -> None:
    """CHG-40"""
    terms = Terms("tiered", tiers_mode="graduated", tiers=(Tier(None, Decimal(2), Decimal(500)),))
    first, rest = rate_rest(terms, Decimal(10), None), rate_rest(terms, Decimal(15), Decimal(10))
    assert [line.amount_cents for line in first] == [20, 500]
    assert [(line.quantity, line.amount_cents) for line in rest] == [(5, 10)]


def test_every_two_hundred_units_make_an_invoice_and_later_every_two_hundred_and_fifty(shop: Any) -> None:
    """N-11, CHG-37, CHG-39"""
    shop.subscribe(shop.metered(**graduated(N_11)), **HUNDRED)
    for _ in range(50):
        shop.use(199)
        assert shop.invoices() == thresholds_of(shop)
        count = len(thresholds_of(shop))
        shop.use(1)
        assert len(thresholds_of(shop)) == count + 1
    shop.use(249)
    assert len(thresholds_of(shop)) == 50
    shop.use(1)
    made = thresholds_of(shop)
    assert {each["total"] for each in made} == {10_000}
    assert [amounts(each) for each in made[-2:]] == [[("200", 10_000)], [("250", 10_000)]]


def test_usage_that_reaches_two_subscriptions_bills_the_older_first(shop: Any) -> None:
    """MTR-111 CHG-33: both see all of the customer's usage."""
    price = shop.metered("100")
    both = [shop.subscribe(price, **HUNDRED)["id"] for _ in range(2)]
    shop.use(100)
    owners = [each["parent"]["subscription_details"]["subscription"] for each in thresholds_of(shop)]
    assert owners == both


def test_a_licensed_price_does_not_count_towards_a_threshold(shop: Any) -> None:
    """CHG-33 CHG-36: its first invoice is twice the limit; only usage reaches it."""
    shop.subscribe(shop.licensed(20_000), shop.metered("100"), **HUNDRED)
    shop.use(99)
    assert thresholds_of(shop) == []
    shop.use(1)
    assert [amounts(each) for each in thresholds_of(shop)] == [[("100", 10_000)]]


def test_a_threshold_invoice_says_what_made_it(shop: Any) -> None:
    """CHG-37: and waits as a draft; its usage stays as it was when it was made (CHG-38)."""
    subscription = shop.subscribe(shop.metered("100"), **HUNDRED)
    shop.advance("2026-01-10")
    shop.use(130)
    (invoice,) = thresholds_of(shop)
    assert invoice["threshold_reason"] == {"amount_gte": 10_000, "item_reasons": []}
    assert (invoice["status"], invoice["created"], invoice["total"]) == ("draft", shop.now(), 13_000)
    assert shop.subscription(subscription)["latest_invoice"] == invoice["id"]
    shop.use(20)
    shop.advance(shop.now() + 3_600)
    (paid,) = thresholds_of(shop)
    assert (paid["status"], paid["total"], paid["amount_paid"]) == ("paid", 13_000, 13_000)


@pytest.mark.parametrize(
    ("unit", "fee", "lines"),
    [(10, 250, [("10", 100), ("0", 250)]), (0, None, [("10", 0)]), (0, 250, [("10", 0), ("0", 250)])],
)
def test_a_threshold_invoice_shows_fees_and_free_units(
    shop: Any, unit: int, fee: int | None, lines: list[tuple[str, int]]
) -> None:
    """CHG-37 INV-59: whatever has a quantity or an amount."""
    tier = {"up_to": "inf", "unit_amount": unit} | ({} if fee is None else {"flat_amount": fee})
    shop.subscribe({"price": shop.metered(**graduated([tier])), "billing_thresholds": {"usage_gte": 10}})
    shop.use(10)
    assert [amounts(each) for each in thresholds_of(shop)] == [lines]


def test_an_items_threshold_counts_units_since_the_last_invoice(shop: Any) -> None:
    """CHG-33, CHG-37"""
    item = {"price": shop.metered("7"), "billing_thresholds": {"usage_gte": 10}}
    shop.subscribe(item)
    for value in (9, 3, 9, 1):
        shop.use(value)
    made = thresholds_of(shop)
    assert [amounts(each) for each in made] == [[("12", 84)], [("10", 70)]]
    (reason,) = made[0]["threshold_reason"]["item_reasons"]
    (line,) = made[0]["lines"]["data"]
    assert reason == {"line_item_ids": [line["id"]], "usage_gte": 10}
    assert made[0]["threshold_reason"]["amount_gte"] is None


def test_the_end_of_the_period_bills_the_rest_and_the_cycle_goes_on(shop: Any, instant: Any) -> None:
    """CHG-39, CHG-40: the anchor is where it was."""
    subscription = shop.subscribe(shop.metered("100"), **HUNDRED)
    shop.advance("2026-01-10")
    shop.use(130)
    shop.use(20)
    shop.advance("2026-02-01T02:00:00")
    (cycle,) = cycles_of(shop)
    assert amounts(cycle) == [("20", 2_000)]
    assert cycle["period_end"] == instant("2026-02-01")
    assert shop.subscription(subscription)["billing_cycle_anchor"] == shop.start


def test_late_usage_is_on_the_end_of_the_period_invoice(shop: Any, instant: Any) -> None:
    """CHG-38, INV-20"""
    shop.subscribe(shop.metered("100"), **HUNDRED)
    shop.advance("2026-01-10")
    shop.use(100)
    shop.advance("2026-02-01")
    shop.use(5, instant("2026-01-09"))
    shop.advance("2026-02-01T02:00:00")
    assert [each["total"] for each in thresholds_of(shop)] == [10_000]
    assert amounts(cycles_of(shop)[0]) == [("5", 500)]


def test_with_volume_tiers_the_total_can_be_negative_and_becomes_credit(shop: Any) -> None:
    """CHG-40: 100 units cost 10000, 110 only 1100."""
    tiers = [{"up_to": 100, "unit_amount": 100}, {"up_to": "inf", "unit_amount": 10}]
    shop.subscribe(shop.metered(**graduated(tiers, "volume")), **HUNDRED)
    shop.use(100)
    shop.use(10)
    shop.advance("2026-02-01T02:00:00")
    (cycle,) = cycles_of(shop)
    assert amounts(cycle) == [("110", 1_100), ("0", -10_000)]
    assert (cycle["total"], cycle["amount_due"], cycle["ending_balance"]) == (-8_900, 0, -8_900)


def test_a_new_period_starts_from_zero(shop: Any) -> None:
    """CHG-39"""
    shop.subscribe(shop.metered("100"), **HUNDRED)
    shop.use(100)
    shop.advance("2026-02-02")
    shop.use(99)
    assert len(thresholds_of(shop)) == 1
    shop.use(1)
    assert [amounts(each) for each in thresholds_of(shop)] == [[("100", 10_000)]] * 2


def test_a_changed_price_bills_what_no_threshold_invoice_has(shop: Any) -> None:
    """CHG-01, CHG-40"""
    cheap, dear = shop.metered("100"), shop.metered("200")
    subscription = shop.subscribe(cheap, **HUNDRED, billing_mode={"type": "flexible"})
    shop.advance("2026-01-10")
    shop.use(100)
    shop.use(7, shop.now() - 60)
    shop.advance("2026-01-12")
    shop.change(subscription, items=[{"id": subscription["items"]["data"][0]["id"], "price": dear}])
    assert [each["amount"] for each in shop.pending()] == [700]
    shop.use(4)
    shop.advance("2026-02-01T02:00:00")
    assert sorted(amounts(cycles_of(shop)[0])) == [("4", 800), ("7", 700)]


def test_units_are_billed_once_when_the_price_changes_at_the_same_second(shop: Any) -> None:
    """CHG-39: on a clock everything may happen at one second."""
    cheap, dear = shop.metered("100"), shop.metered("200")
    subscription = shop.subscribe(cheap, **HUNDRED)
    shop.use(100)
    shop.change(subscription, items=[{"id": subscription["items"]["data"][0]["id"], "price": dear}])
    shop.use(4)
    shop.advance("2026-02-01T02:00:00")
    assert [amounts(each) for each in shop.invoices()] == [[("100", 10_000)], [("4", 800)]]


def test_unused_items_are_left_out_and_pending_items_join(shop: Any) -> None:
    """CHG-37, INV-83"""
    other = shop.call.ok(
        "POST /v1/billing/meters",
        display_name="Tokens",
        event_name="tokens",
        default_aggregation={"formula": "sum"},
    )["id"]
    shop.subscribe(shop.metered("100"), shop.metered("5", meter=other), **HUNDRED)
    shop.call.ok("POST /v1/invoiceitems", customer=shop.customer, amount=400, currency="usd")
    shop.use(100)
    (invoice,) = thresholds_of(shop)
    assert [line["amount"] for line in invoice["lines"]["data"]] == [400, 10_000]


def test_a_threshold_can_be_set_later(shop: Any) -> None:
    """CHG-33"""
    subscription = shop.subscribe(shop.metered("100"))
    shop.use(99)
    shop.change(subscription, **HUNDRED)
    assert thresholds_of(shop) == []
    shop.use(1)
    assert len(thresholds_of(shop)) == 1
    shop.change(subscription, billing_thresholds="")
    shop.use(500)
    assert len(thresholds_of(shop)) == 1


def test_a_past_due_subscription_has_thresholds_too(new_shop: Any) -> None:
    """CHG-35 names no other exemption."""
    shop = new_shop(card="pm_card_chargeCustomerFail")
    subscription = shop.subscribe(shop.metered("100"), **HUNDRED)
    shop.use(10)
    shop.advance("2026-02-01T02:00:00")
    assert shop.subscription(subscription)["status"] == "past_due"
    shop.use(100)
    assert len(thresholds_of(shop)) == 1


def test_while_aggregation_stands_still_nothing_is_reached(new_shop: Any) -> None:
    """CHG-37"""
    shop = new_shop(lag_seconds=(10, 10))
    shop.subscribe(shop.metered("100"), **HUNDRED)
    shop.world.aggregation_stops = (shop.world.wall + 5, shop.world.wall + 600)
    shop.use(100)
    shop.world.sleep(599)
    assert thresholds_of(shop) == []
    shop.world.sleep(1)
    assert len(thresholds_of(shop)) == 1


def test_trials_are_exempt(shop: Any) -> None:
    """CHG-35"""
    shop.subscribe(shop.metered("100"), **HUNDRED, trial_period_days=7)
    shop.advance("2026-01-03")
    shop.use(500)
    assert thresholds_of(shop) == []


@pytest.mark.parametrize(("day", "count"), [("2026-01-19T00:00:00", 0), ("2026-01-18T23:59:59", 1)])
def test_the_last_day_is_exempt(shop: Any, instant: Any, day: str, count: int) -> None:
    """CHG-35: and what was used then is on the last invoice."""
    shop.subscribe(shop.metered("100"), **HUNDRED, cancel_at=instant("2026-01-20"))
    shop.advance(day)
    shop.use(150)
    assert len(thresholds_of(shop)) == count
    shop.advance("2026-01-20T02:00:00")
    assert sum(each["total"] for each in shop.invoices()) == 15_000


def test_a_threshold_waits_for_the_meter(new_shop: Any) -> None:
    """CHG-37, CLK-75: aggregation lags in wall time."""
    shop = new_shop(lag_seconds=(60, 60))
    shop.subscribe(shop.metered("100"), **HUNDRED)
    shop.use(100)
    shop.world.sleep(59)
    assert thresholds_of(shop) == []
    shop.world.sleep(1)
    assert len(thresholds_of(shop)) == 1


def test_usage_that_a_renewal_overtakes_makes_no_threshold_invoice(new_shop: Any) -> None:
    """CHG-38, CLK-75: it is in the ended period then."""
    shop = new_shop(lag_seconds=(60, 60))
    shop.subscribe(shop.metered("100"), **HUNDRED)
    shop.use(100)
    shop.advance("2026-02-01")
    shop.world.sleep(60)
    shop.advance("2026-02-01T02:00:00")
    assert (thresholds_of(shop), [each["total"] for each in cycles_of(shop)]) == ([], [10_000])


def test_a_threshold_works_for_customers_without_a_clock(call: Any, shop: Any) -> None:
    """CHG-37"""
    card = {"payment_method": "pm_card_visa", "invoice_settings": {"default_payment_method": "pm_card_visa"}}
    shop.customer = call.ok("POST /v1/customers", **card)["id"]
    shop.subscribe(shop.metered("100"), **HUNDRED)
    shop.use(100)
    call.world.sleep(3_600)
    assert [each["status"] for each in thresholds_of(shop)] == ["paid"]


def test_the_stream_is_watched_as_well(call: Any, shop: Any) -> None:
    """CHG-37"""
    shop.subscribe(shop.metered("100"), **HUNDRED)
    token = call.ok("POST /v2/billing/meter_event_session")["authentication_token"]
    payload = {"stripe_customer_id": shop.customer, "value": "50"}
    events = [{"event_name": "api_calls", "payload": payload, "timestamp": "2026-01-01T00:00:00Z"}] * 2
    call.ok("POST /v2/billing/meter_event_stream", {"authorization": f"Bearer {token}"}, events=events)
    assert [each["total"] for each in thresholds_of(shop)] == [10_000]


def test_a_preview_shows_what_is_left(shop: Any) -> None:
    """CHG-40, INV-76"""
    subscription = shop.subscribe(shop.metered("100"), **HUNDRED)
    shop.use(130)
    assert len(thresholds_of(shop)) == 1
    shop.use(3)
    assert amounts(shop.preview(subscription)) == [("3", 300)]


def test_an_amount_must_exceed_the_flat_fees(shop: Any, call: Any) -> None:
    """CHG-34"""
    tiers = [{"up_to": "inf", "unit_amount": 1, "flat_amount": 500}]
    asked = {"customer": shop.customer, "items": [{"price": shop.metered(**graduated(tiers))}]}
    for amount, status in ((500, 400), (501, 200)):
        answer = call("POST /v1/subscriptions", **asked, billing_thresholds={"amount_gte": amount})
        assert answer.status == status


@pytest.mark.parametrize(
    ("price", "threshold", "word"),
    [
        ("licensed", RESET, "a licensed item"),
        ("last", RESET, "formula `last`"),
    ],
)
def test_what_is_not_modelled_is_named(
    shop: Any, call: Any, price: str, threshold: dict[str, Any], word: str
) -> None:
    """CHG-39"""
    items = [{"price": shop.metered()}, {"price": shop.licensed()}]
    if price == "last":
        meter = call.ok(
            "POST /v1/billing/meters",
            display_name="Seats",
            event_name="seats",
            default_aggregation={"formula": "last"},
        )
        items = [{"price": shop.metered(meter=meter["id"])}]
    created = call(
        "POST /v1/subscriptions", customer=shop.customer, items=items, billing_thresholds=threshold
    )
    subscription = shop.subscribe(*items)
    changed = call(f"POST /v1/subscriptions/{subscription['id']}", billing_thresholds=threshold)
    for answer in (created, changed):
        assert answer.status == 501
        assert word in answer.message


def test_packages_count_as_whole_ones(shop: Any) -> None:
    """PRC-32; that thresholds take packages at all is unverified (CHG-34 speaks of packages with tiers)."""
    package = {"transform_quantity": {"divide_by": 10, "round": "up"}}
    shop.subscribe(shop.metered("5000", **package), **HUNDRED)
    shop.use(10)
    assert thresholds_of(shop) == []
    shop.use(1)
    assert amounts(thresholds_of(shop)[-1]) == [("11", 10_000)]
    shop.use(9)
    shop.advance("2026-02-01")
    assert amounts(cycles_of(shop)[-1]) == [("9", 0)]


def test_with_the_reset_period_and_tiers_start_anew(shop: Any, instant: Any) -> None:
    """CHG-39, N-11: every 200 units for ever, since the second tier is never reached."""
    subscription = shop.subscribe(shop.metered(**graduated(N_11)), billing_thresholds=RESET)
    shop.advance("2026-01-10")
    shop.use(9_999)
    shop.advance("2026-01-12")
    made = thresholds_of(shop)[-1]
    assert amounts(made) == [("9999", 499_950)]
    (line,) = made["lines"]["data"]
    assert (line["period"]["start"], line["period"]["end"]) == (shop.start, instant("2026-01-10"))
    shown = shop.subscription(subscription)
    assert shown["billing_cycle_anchor"] == instant("2026-01-10")
    (item,) = shown["items"]["data"]
    assert (item["current_period_start"], item["current_period_end"]) == (
        instant("2026-01-10"),
        instant("2026-02-10"),
    )
    for _ in range(3):
        shop.use(199)
        count = len(thresholds_of(shop))
        shop.use(1)
        assert amounts(thresholds_of(shop)[-1]) == [("200", 10_000)]
        assert len(thresholds_of(shop)) == count + 1
    shop.use(30)
    shop.advance("2026-02-12T01:00:00")
    assert [(each["total"], each["period_start"]) for each in cycles_of(shop)] == [
        (1_500, instant("2026-01-12"))
    ]


def test_without_and_with_the_reset_all_units_are_billed_once(shop: Any) -> None:
    """CHG-39 CHG-40"""
    subscription = shop.subscribe(shop.metered("100"), billing_thresholds=RESET)
    shop.use(130)
    shop.use(40)
    shop.change(subscription, billing_thresholds={"amount_gte": 10_000})
    shop.use(70)
    shop.use(5)
    shop.advance("2026-02-01")
    assert [amounts(each) for each in shop.invoices()] == [
        [("130", 13_000)],
        [("110", 11_000)],
        [("5", 500)],
    ]


@pytest.mark.parametrize("mode", ["classic", "flexible"])
def test_the_sdk_shows_threshold_invoices(shop: Any, client: Any, mode: str) -> None:
    """N-11, CHG-37"""
    subscription = client.v1.subscriptions.create(
        {
            "customer": shop.customer,
            "items": [{"price": shop.metered(**graduated(N_11))}],
            "billing_mode": {"type": mode},
            "billing_thresholds": {"amount_gte": 10_000, "reset_billing_cycle_anchor": False},
        }
    )
    assert subscription.billing_thresholds.amount_gte == 10_000
    for value in ("9900", "225", "250"):
        payload = {"stripe_customer_id": shop.customer, "value": value}
        client.v1.billing.meter_events.create({"event_name": "api_calls", "payload": payload})
    found = client.v1.invoices.list({"subscription": subscription.id}).data
    made = [each for each in found if each.billing_reason == "subscription_threshold"][::-1]
    assert [each.threshold_reason.amount_gte for each in made] == [10_000] * 3
    assert [[(line.quantity, line.amount) for line in each.lines.data] for each in made] == [
        [(9_900, 495_000)],
        [(100, 5_000), (125, 5_000)],
        [(250, 10_000)],
    ]
