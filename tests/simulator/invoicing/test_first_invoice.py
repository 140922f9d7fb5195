"""Creating a subscription: the first invoice in both billing modes."""

from __future__ import annotations

from typing import Any

import pytest

HOUR = 3_600
DAY = 86_400
OLD = {"stripe-version": "2025-08-27.basil"}


@pytest.mark.parametrize(
    ("version", "mode"),
    [("2026-10-28.endive", "flexible"), ("2025-09-30.clover", "flexible"), ("2025-08-27.basil", "classic")],
)
def test_the_mode_follows_the_api_version(shop: Any, version: str, mode: str) -> None:
    """SUB-01."""
    subscription = shop.subscribe(shop.metered(), headers={"stripe-version": version})
    assert subscription["billing_mode"]["type"] == mode


def test_the_mode_can_be_asked_for_since_june_2025(shop: Any) -> None:
    """SUB-02 SUB-03; how it deals with discounts only since September (VER-13)."""
    subscription = shop.subscribe(
        shop.metered(), billing_mode={"type": "flexible"}, headers={"stripe-version": "2025-06-30.basil"}
    )
    assert subscription["billing_mode"] == {"type": "flexible", "updated_at": shop.start}
    chosen = {"type": "flexible", "flexible": {"proration_discounts": "itemized"}}
    clover = {"stripe-version": "2025-09-30.clover"}
    assert shop.subscribe(shop.metered(), billing_mode=chosen, headers=clover)["billing_mode"][
        "flexible"
    ] == {"proration_discounts": "itemized"}
    refused = shop.call(
        "POST /v1/subscriptions",
        {"stripe-version": "2025-05-28.basil"},
        customer=shop.customer,
        items=[{"price": shop.metered()}],
        billing_mode={"type": "flexible"},
    )
    assert (refused.status, refused.error["code"]) == (400, "parameter_unknown")


def test_flexible_metered_only_starts_without_an_invoice(shop: Any) -> None:
    """SUB-09: active at once, latest_invoice null."""
    subscription = shop.subscribe(shop.metered())
    assert (subscription["status"], subscription["latest_invoice"]) == ("active", None)
    assert shop.invoices(subscription) == []


def test_flexible_leaves_metered_items_off_the_first_invoice(shop: Any) -> None:
    """SUB-09: licensed next to metered."""
    subscription = shop.subscribe(shop.licensed(1000), shop.metered())
    assert [line["amount"] for line in shop.last_invoice(subscription)["lines"]["data"]] == [1000]


def test_classic_metered_only_starts_with_a_paid_invoice_of_zero(shop: Any) -> None:
    """SUB-10 SUB-11 INV-09: one zero line for each metered item, with the first service period."""
    subscription = shop.subscribe(shop.metered(), shop.metered("3"), headers=OLD)
    invoice = shop.last_invoice(subscription)
    assert (invoice["status"], invoice["total"], invoice["billing_reason"]) == (
        "paid",
        0,
        "subscription_create",
    )
    assert [(line["amount"], line["quantity"]) for line in invoice["lines"]["data"]] == [(0, 0), (0, 0)]
    assert invoice["lines"]["data"][0]["period"] == {"start": shop.start, "end": shop.start + 31 * DAY}


def test_the_first_invoice_is_finalized_and_paid_inside_the_call(shop: Any) -> None:
    """SUB-08 INV-08 INV-19 INV-39: a captured one, field by field."""
    subscription = shop.subscribe(shop.licensed(2000))
    invoice = shop.last_invoice(subscription)
    assert subscription["status"] == "active"
    expected = {
        "billing_reason": "subscription_create",
        "status": "paid",
        "attempted": True,
        "attempt_count": 0,
        "auto_advance": False,
        "automatically_finalizes_at": None,
        "period_start": shop.start,
        "period_end": shop.start,
        "created": shop.start,
        "effective_at": shop.start,
        "ending_balance": 0,
        "webhooks_delivered_at": shop.start,
        "amount_paid": 2000,
    }
    assert {key: invoice[key] for key in expected} == expected
    assert invoice["parent"]["subscription_details"] == {"metadata": {}, "subscription": subscription["id"]}
    assert invoice["lines"]["data"][0]["period"] == {"start": shop.start, "end": shop.start + 31 * DAY}
    assert next(iter(shop.world.payment_intents.values())).description == "Subscription creation"


def test_events_of_a_creation(shop: Any) -> None:
    """SUB-08 CLK-87: the subscription is incomplete until its first payment."""
    before = len(shop.world.events)
    shop.subscribe(shop.licensed())
    shop_events = [kind for kind in shop.events(after=before) if not kind.startswith("price")]
    assert shop_events == [
        "customer.subscription.created",
        "invoice.created",
        "invoice.finalized",
        "payment_intent.succeeded",
        "charge.succeeded",
        "invoice_payment.paid",
        "invoice.paid",
        "invoice.payment_succeeded",
        "customer.subscription.updated",
    ]
    updated = list(shop.world.events.values())[-1]
    assert updated.previous == {"status": "incomplete"}


def test_a_sent_first_invoice_stays_a_draft_for_an_hour(new_shop: Any) -> None:
    """SUB-08 INV-78 INV-79: also with a longer grace for cycles; active at once."""
    shop = new_shop(grace_seconds=24 * HOUR, card=None)
    subscription = shop.subscribe(shop.licensed(), collection_method="send_invoice", days_until_due=10)
    draft = shop.last_invoice(subscription)
    assert (subscription["status"], draft["status"]) == ("active", "draft")
    assert draft["automatically_finalizes_at"] == shop.start + HOUR
    shop.advance(shop.start + HOUR)
    final = shop.last_invoice(subscription)
    assert (final["status"], final["due_date"]) == ("open", shop.start + HOUR + 10 * DAY)


def test_sending_needs_days_until_due(shop: Any) -> None:
    """INV-78."""
    answer = shop.call(
        "POST /v1/subscriptions",
        customer=shop.customer,
        items=[{"price": shop.licensed()}],
        collection_method="send_invoice",
    )
    assert (answer.status, answer.error["param"]) == (400, "days_until_due")


def test_pending_items_make_a_first_invoice(shop: Any) -> None:
    """SUB-09 INV-83: the exception for flexible metered-only."""
    shop.call.ok("POST /v1/invoiceitems", customer=shop.customer, amount=700, currency="usd")
    subscription = shop.subscribe(shop.metered())
    assert shop.last_invoice(subscription)["total"] == 700
    assert shop.pending() == []


@pytest.mark.parametrize(
    ("params", "param", "facts"),
    [
        ({"items": []}, "items", "at least one"),
        ({"items": [{"price": "price_none"}]}, "items[0][price]", "PRO-05"),
        ({"items": "metered-with-quantity"}, "items[0][quantity]", "SUB-12 PRC-19"),
        ({"items": "twice"}, "items", "SUB-13"),
        ({"items": "month-and-year-classic"}, "items", "SUB-05"),
        ({"items": "ok", "trial_end": 5}, "trial_end", "CHG-31"),
        ({"items": "ok", "billing_cycle_anchor": 5}, "billing_cycle_anchor", "SUB-36"),
        ({"items": "ok", "billing_cycle_anchor": 1_767_225_600}, "billing_cycle_anchor", "SUB-36: now"),
        ({"items": "ok", "backdate_start_date": 1_767_225_600}, "backdate_start_date", "SUB-19"),
        (
            {"items": "weekly", "billing_cycle_anchor_config": {"day_of_month": 5}},
            "billing_cycle_anchor_config",
            "SUB-34",
        ),
        (
            {"items": "ok", "billing_cycle_anchor_config": {"hour": 5}},
            "billing_cycle_anchor_config[day_of_month]",
            "SUB-34",
        ),
        ({"items": "ok", "cancel_at": 5}, "cancel_at", "CHG-21"),
        ({"items": "ok", "default_payment_method": "pm_none"}, "default_payment_method", "PRO-05"),
    ],
)
def test_what_cannot_be_billed_is_refused(shop: Any, params: dict[str, Any], param: str, facts: str) -> None:
    monthly, yearly, metered = shop.licensed(), shop.licensed(interval="year"), shop.metered()
    named = {
        "metered-with-quantity": [{"price": metered, "quantity": 2}],
        "twice": [{"price": monthly}, {"price": monthly}],
        "month-and-year-classic": [{"price": monthly}, {"price": yearly}],
        "weekly": [{"price": shop.licensed(interval="week")}],
        "ok": [{"price": monthly}],
    }
    items = (
        named.get(params["items"], params["items"]) if isinstance(params["items"], str) else params["items"]
    )
    asked = params | {"items": items, "billing_mode": {"type": "classic"}}
    before = (len(shop.world.events), len(shop.world.subscriptions), len(shop.world.invoices))
    answer = shop.call("POST /v1/subscriptions", customer=shop.customer, **asked)
    assert (answer.status, answer.error["param"]) == (400, param)
    assert (len(shop.world.events), len(shop.world.subscriptions), len(shop.world.invoices)) == before


def test_three_subscriptions_for_a_customer_on_a_clock(shop: Any) -> None:
    """CLK-62 CLK-65: a canceled one makes room."""
    price = shop.metered()
    first, *_ = [shop.subscribe(price) for _ in range(3)]
    refused = shop.call("POST /v1/subscriptions", customer=shop.customer, items=[{"price": price}])
    assert (refused.status, refused.error["code"]) == (400, "customer_max_subscriptions")
    shop.cancel(first)
    shop.subscribe(price)


def test_mixed_intervals_need_flexible_mode(shop: Any) -> None:
    """SUB-05 SUB-06 SUB-17: each item has its own period, and an invoice comes when any is due."""
    subscription = shop.subscribe(shop.licensed(5000, interval="year"), shop.metered("10"))
    periods = [item["current_period_end"] - shop.start for item in subscription["items"]["data"]]
    assert periods == [365 * DAY, 31 * DAY]
    shop.advance(shop.start + 31 * DAY + HOUR)
    assert [line["amount"] for line in shop.last_invoice(subscription)["lines"]["data"]] == [0]
    shop.advance_far("2027-01-01")
    renewal = shop.last_invoice(subscription)
    assert sorted(line["amount"] for line in renewal["lines"]["data"]) == [0, 5000]
    assert renewal["period_start"] == shop.start  # INV-06: the earliest of those that end


def test_a_future_anchor_makes_a_prorated_stub(shop: Any, instant: Any) -> None:
    """SUB-36: licensed prorated, metered billed at the anchor like any period."""
    shop.advance("2026-01-16")
    subscription = shop.subscribe(
        shop.licensed(3100), shop.metered("10"), billing_cycle_anchor=instant("2026-02-01")
    )
    first = shop.last_invoice(subscription)["lines"]["data"]
    assert [line["amount"] for line in first] == [1600]
    assert first[0]["parent"]["subscription_item_details"]["proration"] is True
    shop.advance("2026-01-20")
    shop.use(4, instant("2026-01-20"))
    shop.advance("2026-02-01T01:00:00")
    cycle = {line["amount"]: line["period"] for line in shop.last_invoice(subscription)["lines"]["data"]}
    assert cycle[40] == {"start": instant("2026-01-16"), "end": instant("2026-02-01")}
    assert cycle[3100] == {"start": instant("2026-02-01"), "end": instant("2026-03-01")}


def test_a_stub_is_free_without_prorations(shop: Any, instant: Any) -> None:
    """SUB-36."""
    shop.advance("2026-01-16")
    subscription = shop.subscribe(
        shop.licensed(3100), billing_cycle_anchor=instant("2026-02-01"), proration_behavior="none"
    )
    assert shop.invoices(subscription) == []
    shop.advance("2026-02-01")
    assert shop.last_invoice(subscription)["total"] == 3100


@pytest.mark.parametrize(
    ("config", "anchor"),
    [
        pytest.param({"day_of_month": 31}, "2026-01-31T12:00:00", id="SUB-35-time-of-creation"),
        pytest.param(
            {"day_of_month": 5, "hour": 6, "minute": 7, "second": 8}, "2026-02-05T06:07:08", id="SUB-34"
        ),
        pytest.param({"day_of_month": 10, "hour": 11}, "2026-02-10T11:00:00", id="SUB-34-passed-today"),
        pytest.param({"day_of_month": 10, "hour": 13}, "2026-01-10T13:00:00", id="SUB-34-still-today"),
    ],
)
def test_an_anchor_by_configuration(new_shop: Any, instant: Any, config: dict[str, int], anchor: str) -> None:
    shop = new_shop(starts="2026-01-10T12:00:00")
    subscription = shop.subscribe(shop.metered(), billing_cycle_anchor_config=config)
    assert subscription["billing_cycle_anchor"] == instant(anchor)
    assert subscription["items"]["data"][0]["current_period_end"] == instant(anchor)
    assert subscription["billing_cycle_anchor_config"]["day_of_month"] == config["day_of_month"]


def test_the_31st_by_configuration_does_not_shrink_to_the_28th(new_shop: Any, instant: Any) -> None:
    """SUB-30 SUB-34: created in February, anchored on the 31st."""
    shop = new_shop(starts="2026-02-10")
    subscription = shop.subscribe(shop.metered(), billing_cycle_anchor_config={"day_of_month": 31})
    shop.advance_far("2026-05-01")
    ends = [invoice["period_end"] for invoice in shop.invoices(subscription)]
    assert ends == [instant(day) for day in ("2026-02-28", "2026-03-31", "2026-04-30")]


@pytest.mark.parametrize(
    "params",
    [
        pytest.param(
            {"billing_cycle_anchor": 1_768_867_200, "billing_cycle_anchor_config": {"day_of_month": 5}},
            id="SUB-34-two-anchors",
        ),
        pytest.param({"trial_end": 1_768_867_200, "trial_period_days": 19}, id="CHG-28-two-trials"),
        pytest.param({"cancel_at": 1_768_867_200, "cancel_at_period_end": True}, id="CHG-19-two-ends"),
    ],
)
def test_two_ways_to_say_it_exclude_each_other(shop: Any, params: dict[str, Any]) -> None:
    answer = shop.call(
        "POST /v1/subscriptions", customer=shop.customer, items=[{"price": shop.metered()}], **params
    )
    assert (answer.status, answer.error["code"]) == (400, "parameters_exclusive")


@pytest.mark.parametrize(
    ("mode", "amounts"),
    [
        pytest.param("classic", [4650, 3100], id="SUB-19-classic-one-line"),
        pytest.param("flexible", [1550, 3100, 3100], id="SUB-19-flexible-by-period"),
    ],
)
def test_a_backdated_start_bills_the_time_since(
    new_shop: Any, instant: Any, mode: str, amounts: list[int]
) -> None:
    shop = new_shop(starts="2026-02-01")
    subscription = shop.subscribe(
        shop.licensed(3100, interval="month"),
        billing_mode={"type": mode},
        backdate_start_date=instant("2025-12-16T12:00:00"),
    )
    lines = shop.last_invoice(subscription)["lines"]["data"]
    assert subscription["start_date"] == instant("2025-12-16T12:00:00")
    assert [line["amount"] for line in lines] == amounts
    assert lines[0]["period"]["start"] == instant("2025-12-16T12:00:00")


@pytest.mark.parametrize(("mode", "first", "cycle"), [("flexible", 50, 30), ("classic", 0, 80)])
def test_usage_before_a_backdated_creation(
    new_shop: Any, instant: Any, mode: str, first: int, cycle: int
) -> None:
    """SUB-20: flexible bills it on the first invoice, classic on the next."""
    shop = new_shop(starts="2026-01-20")
    shop.use(5, instant("2026-01-15"))
    subscription = shop.subscribe(
        shop.metered("10"), billing_mode={"type": mode}, backdate_start_date=instant("2026-01-10")
    )
    assert shop.last_invoice(subscription)["total"] == first
    shop.use(3, instant("2026-01-20"))
    shop.advance("2026-02-20T02:00:00")
    assert shop.last_invoice(subscription)["total"] == cycle


def test_a_backdated_start_without_usage_has_no_invoice(new_shop: Any, instant: Any) -> None:
    """SUB-09 SUB-20: flexible; what is stamped in that time and comes later is on the first cycle's."""
    shop = new_shop(starts="2026-01-20")
    subscription = shop.subscribe(shop.metered("10"), backdate_start_date=instant("2026-01-10"))
    assert (subscription["latest_invoice"], shop.invoices()) == (None, [])
    shop.use(5, instant("2026-01-15"))
    shop.advance("2026-02-20T02:00:00")
    assert shop.last_invoice(subscription)["total"] == 50


def test_usage_before_an_ordinary_start_is_not_billed(shop: Any) -> None:
    """SUB-20 INV-16."""
    shop.use(5, shop.start)
    shop.advance(shop.start + DAY)
    subscription = shop.subscribe(shop.metered("10"))
    shop.advance(shop.start + 32 * DAY + HOUR)
    assert shop.last_invoice(subscription)["total"] == 0


def test_longest_interval(shop: Any, instant: Any) -> None:
    """SUB-37: three years."""
    subscription = shop.subscribe(shop.licensed(interval="year", count=3))
    assert subscription["items"]["data"][0]["current_period_end"] == instant("2029-01-01")
