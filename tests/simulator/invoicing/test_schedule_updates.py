"""Schedules that are made from a subscription, changed, or refused."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest

HOUR = 3_600
DAY = 86_400
CLOVER = {"stripe-version": "2025-09-30.clover"}
BASIL = {"stripe-version": "2025-08-27.basil"}
PATH = "POST /v1/subscription_schedules"


def spans(schedule: dict[str, Any]) -> list[tuple[int, int]]:
    return [(phase["start_date"], phase["end_date"]) for phase in schedule["phases"]]


def now_and_on(schedule: dict[str, Any], **more: Any) -> dict[str, Any]:
    """The current phase as an update has to repeat it."""
    [phase] = [
        each for each in schedule["phases"] if each["start_date"] == schedule["current_phase"]["start_date"]
    ]
    items = [
        {"price": item["price"]} | ({} if item["quantity"] is None else {"quantity": item["quantity"]})
        for item in phase["items"]
    ]
    return {"items": items, "start_date": phase["start_date"], "end_date": phase["end_date"]} | more


def test_a_schedule_takes_over_a_subscription_as_it_is(shop: Any) -> None:
    """SUB-49"""
    subscription = shop.subscribe(
        {"price": shop.licensed(1000), "quantity": 3}, shop.metered("10"), description="Gold"
    )
    made = shop.call.ok(PATH, from_subscription=subscription["id"])
    [phase] = made["phases"]
    period = subscription["items"]["data"][0]
    assert (made["status"], made["subscription"], made["end_behavior"]) == (
        "active",
        subscription["id"],
        "release",
    )
    assert spans(made) == [(period["current_period_start"], period["current_period_end"])]
    assert [(item["price"], item["quantity"]) for item in phase["items"]] == [
        (item["price"]["id"], item.get("quantity")) for item in subscription["items"]["data"]
    ]
    assert made["default_settings"]["description"] == "Gold"
    assert shop.managed(made)["schedule"] == made["id"]
    assert shop.events()[-2:] == ["customer.subscription.updated", "subscription_schedule.created"]
    again = shop.call(PATH, from_subscription=subscription["id"])
    assert (again.status, again.error["param"]) == (400, "from_subscription")
    assert made["id"] in again.message


def test_a_planned_end_becomes_the_schedules(shop: Any) -> None:
    subscription = shop.subscribe(shop.metered("10"), cancel_at_period_end=True)
    made = shop.call.ok(PATH, from_subscription=subscription["id"])
    assert (made["end_behavior"], made["phases"][0]["end_date"]) == ("cancel", subscription["cancel_at"])
    shop.advance("2026-02-01T02:00:00")
    assert (shop.managed(made)["status"], shop.scheduled(made)["status"]) == ("canceled", "completed")


def test_the_two_requests_of_a_downgrade_at_the_end_of_the_period(shop: Any) -> None:
    """From a subscription to a schedule, then a second phase: what Stripe's guide recommends."""
    old, new = shop.metered("25"), shop.metered("10")
    subscription = shop.subscribe(old)
    made = shop.call.ok(PATH, from_subscription=subscription["id"])
    shop.use(4)
    changed = shop.reschedule(made, now_and_on(made), {"items": [new], "months": 1}, end_behavior="release")
    assert len(changed["phases"]) == 2
    shop.advance("2026-02-01T02:00:00")
    assert shop.last_invoice()["total"] == 100
    shop.use(4)
    shop.advance("2026-03-01T02:00:00")
    assert shop.last_invoice()["total"] == 40
    assert shop.managed(made)["schedule"] is None


@pytest.mark.parametrize(
    ("behavior", "pending", "latest"),
    [
        (None, [-2060, 4120], "subscription_create"),
        ("none", [], "subscription_create"),
        ("always_invoice", [], "subscription_update"),
    ],
)
def test_a_change_of_the_current_phase_changes_the_subscription_at_once(
    shop: Any, behavior: str | None, pending: list[int], latest: str
) -> None:
    """SUB-42 CHG-57: the request's own behavior counts, and its invoice is final at once."""
    price = shop.licensed(3100)
    made = shop.schedule({"items": [price], "months": 1})
    shop.advance("2026-01-11T09:36:00")
    more = {} if behavior is None else {"proration_behavior": behavior}
    changed = shop.reschedule(made, now_and_on(made, items=[{"price": price, "quantity": 2}]), **more)
    assert changed["phases"][0]["items"][0]["quantity"] == 2
    assert shop.managed(made)["items"]["data"][0]["quantity"] == 2
    assert [entry["amount"] for entry in shop.pending()] == pending
    assert shop.last_invoice()["billing_reason"] == latest
    if behavior == "always_invoice":
        assert (shop.last_invoice()["status"], shop.last_invoice()["total"]) == ("paid", 2060)


def test_what_changes_nothing_that_is_billed_makes_no_invoice(shop: Any) -> None:
    made = shop.schedule({"items": [shop.licensed(1000)], "months": 1})
    count = len(shop.invoices())
    shop.call.ok("POST /v1/invoiceitems", customer=shop.customer, amount=500, currency="usd")
    changed = shop.reschedule(
        made, now_and_on(made, metadata={"a": "b"}), proration_behavior="always_invoice", metadata={"c": "d"}
    )
    assert (changed["metadata"], shop.managed(made)["metadata"]) == ({"c": "d"}, {"a": "b"})
    assert len(shop.invoices()) == count


def test_an_end_that_was_moved_is_announced_again(shop: Any, instant: Any) -> None:
    """SUB-50"""
    made = shop.schedule({"items": [shop.metered("10")], "months": 1})
    shop.advance("2026-01-26")
    shop.reschedule(made, now_and_on(made, end_date=instant("2026-03-01")))
    for day, told in (("2026-02-21", 1), ("2026-02-22", 2)):
        shop.advance(day)
        assert shop.events().count("subscription_schedule.expiring") == told


def test_an_update_does_not_begin_the_current_phase_again(shop: Any) -> None:
    """Neither its anchor nor its one-off prices."""
    once = shop.call.ok("POST /v1/prices", currency="usd", product=shop.product, unit_amount=700)["id"]
    extra = {"billing_cycle_anchor": "phase_start", "add_invoice_items": [{"price": once}]}
    made = shop.schedule({"items": [shop.licensed(1000)], "months": 1, **extra})
    shop.advance("2026-01-10")
    before = (shop.managed(made)["billing_cycle_anchor"], shop.invoices(), shop.pending())
    shop.reschedule(made, now_and_on(made, **extra))
    assert (shop.managed(made)["billing_cycle_anchor"], shop.invoices(), shop.pending()) == before
    shop.reschedule(
        made, now_and_on(made, add_invoice_items=[{"price": once}, {"price": once, "quantity": 2}])
    )
    assert [entry["amount"] for entry in shop.pending()] == [1400]


def test_a_phase_can_end_now_for_the_next_to_begin(shop: Any, instant: Any) -> None:
    """SUB-43"""
    first, second = shop.metered("10"), shop.metered("25")
    made = shop.schedule({"items": [first], "months": 1}, billing_mode={"type": "flexible"})
    shop.use(7)
    shop.advance("2026-01-10")
    shop.reschedule(
        made,
        now_and_on(made, end_date="now"),
        {"items": [second], "start_date": "now", "end_date": instant("2026-02-01")},
    )
    days = [instant(day) for day in ("2026-01-01", "2026-01-10", "2026-02-01")]
    assert spans(shop.scheduled(made)) == [(days[0], days[1]), (days[1], days[2])]
    assert [(entry["quantity"], entry["amount"]) for entry in shop.pending()] == [(7, 70)]
    assert shop.managed(made)["items"]["data"][0]["price"]["id"] == second


@pytest.mark.parametrize("day", ["2026-02-01", "2026-02-10"])
def test_past_phases_stay_and_may_be_left_out(shop: Any, day: str) -> None:
    """SUB-43 SUB-44"""
    price = shop.metered("10")
    made = shop.schedule(*({"items": [price], "months": 1} for _ in range(3)))
    shop.advance(day)
    now = shop.scheduled(made)
    changed = shop.reschedule(made, now_and_on(now))
    assert spans(changed) == spans(made)[:2]
    past = {"items": [price], "start_date": spans(made)[0][0], "end_date": spans(made)[0][1]}
    refused = shop.call(
        f"{PATH}/{made['id']}", phases=[past | {"items": [{"price": price}]}, now_and_on(now)]
    )
    assert (refused.status, refused.message) == (
        400,
        "You can not update a phase that has already ended. Trying to update phase 0.",
    )


def test_the_end_can_be_planned_and_taken_back(shop: Any) -> None:
    made = shop.schedule({"items": [shop.metered("10")], "months": 2})
    end = made["phases"][0]["end_date"]
    for behavior, planned in (("cancel", end), ("release", None)):
        assert shop.reschedule(made, end_behavior=behavior)["end_behavior"] == behavior
        assert shop.managed(made)["cancel_at"] == planned


def test_a_schedule_that_waits_can_be_moved_and_started(shop: Any, instant: Any) -> None:
    price = shop.metered("10")
    made = shop.schedule({"items": [price], "months": 1}, start_date=instant("2026-02-01"))
    moved = shop.reschedule(made, {"items": [price], "months": 1, "start_date": instant("2026-01-20")})
    assert (moved["status"], spans(moved)) == (
        "not_started",
        [(instant("2026-01-20"), instant("2026-02-20"))],
    )
    started = shop.reschedule(made, {"items": [price], "months": 1, "start_date": "now"})
    assert (started["status"], started["current_phase"]["start_date"]) == ("active", shop.start)
    assert shop.managed(made)["created"] == shop.start


def test_a_trial_that_an_update_does_not_repeat_ends(shop: Any, instant: Any) -> None:
    """SUB-43"""
    end = instant("2026-01-20")
    made = shop.schedule(
        {"items": [shop.licensed(1000)], "end_date": instant("2026-02-01"), "trial_end": end}
    )
    shop.reschedule(made, now_and_on(made, trial_end=end))
    assert shop.managed(made)["status"] == "trialing"
    shop.reschedule(made, now_and_on(made))
    assert (shop.managed(made)["status"], shop.last_invoice()["total"]) == ("active", 1000)


@pytest.mark.parametrize(
    ("headers", "phases", "days"),
    [
        (None, [{"months": 1}, {"months": 1}], ["2026-01-31", "2026-02-28", "2026-03-31"]),
        (BASIL, [{"months": 1}, {"months": 1}], ["2026-01-31", "2026-02-28", "2026-03-28"]),
        (BASIL, [{"iterations": 3}, {"iterations": 1}], ["2026-01-31", "2026-04-30", "2026-05-30"]),
        (None, [{}, {}], ["2026-01-31", "2026-02-28", "2026-03-31"]),
        (
            None,
            [{"months": 1}, {"months": 1, "billing_cycle_anchor": "phase_start"}],
            ["2026-01-31", "2026-02-28", "2026-03-28"],
        ),
        (
            None,
            [{"duration": {"interval": "week", "interval_count": 2}}, {"months": 1}],
            ["2026-01-31", "2026-02-14", "2026-03-14"],
        ),
    ],
)
def test_phases_follow_each_other_for_as_long_as_they_say(
    new_shop: Any, headers: Any, phases: list[dict[str, Any]], days: list[str], instant: Any
) -> None:
    """SUB-38 SUB-51 VER-11 VER-13"""
    shop = new_shop(starts="2026-01-31")
    price = shop.licensed(1000)
    made = shop.schedule(*({"items": [price]} | phase for phase in phases), headers=headers)
    edges = [instant(day) for day in days]
    assert spans(made) == list(pairwise(edges))


PRICE = {"items": [{"price": "price_sim000001"}]}  # metered, monthly


@pytest.mark.parametrize(
    ("asked", "param"),
    [
        ({}, "phases"),
        ({"phases": [{"items": None}]}, "phases[0][items]"),
        ({"phases": [{"items": [{"price": "price_none"}]}]}, "phases[0][items][0][price]"),
        ({"phases": [{"items": [{"quantity": 2}]}]}, "phases[0][items][0][price]"),
        (
            {"phases": [{"items": [{"price": "price_sim000001", "quantity": 2}]}]},
            "phases[0][items][0][quantity]",
        ),
        ({"phases": [PRICE | {"end_date": 1}]}, "phases[0][end_date]"),
        ({"phases": [PRICE | {"end_date": 1, "duration": {"interval": "month"}}]}, None),
        ({"phases": [PRICE] * 11}, "phases"),
        ({"phases": [PRICE | {"currency": "eur"}]}, "phases[0][items][0][price]"),
        ({"phases": [PRICE | {"collection_method": "send_invoice"}]}, "days_until_due"),
        ({"phases": [PRICE | {"invoice_settings": {"days_until_due": 3}}]}, "days_until_due"),
        ({"phases": [PRICE | {"default_payment_method": "pm_none"}]}, "default_payment_method"),
        (
            {"phases": [PRICE | {"billing_cycle_anchor": "phase_start", "trial": True}]},
            "phases[0][billing_cycle_anchor]",
        ),
        ({"phases": [PRICE | {"trial_end": 9_999_999_999}]}, "phases[0][trial_end]"),
        (
            {"phases": [PRICE | {"add_invoice_items": [{"price": "price_none"}]}]},
            "add_invoice_items[0][price]",
        ),
        ({"phases": [PRICE], "end_behavior": "stop"}, "end_behavior"),
        ({"phases": [PRICE], "customer": "cus_none"}, "customer"),
        ({"from_subscription": "sub_none", "customer": None}, "from_subscription"),
        ({"from_subscription": "sub_none", "phases": [PRICE], "customer": None}, "phases"),
        ({"phases": [PRICE], "customer": None}, "customer"),
    ],
)
def test_what_cannot_be_scheduled_is_refused_and_changes_nothing(
    shop: Any, asked: dict[str, Any], param: str | None
) -> None:
    shop.metered("10")
    before = len(shop.events())
    params = {key: value for key, value in ({"customer": shop.customer} | asked).items() if value is not None}
    answer = shop.call(PATH, **params)
    assert (answer.status, answer.error.get("param")) == (400, param)
    assert (len(shop.events()), shop.world.schedules, shop.world.subscriptions) == (before, {}, {})


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"end_behavior": "renew"}, "end_behavior=renew"),
        ({"pause_schedules": [{"key": "a"}]}, "pause_schedules"),
        ({"phases": [PRICE | {"discounts": [{"coupon": "a"}]}]}, "phases[0][discounts]"),
    ],
)
def test_what_is_not_modelled_says_so_by_name(shop: Any, asked: dict[str, Any], words: str) -> None:
    shop.metered("10")
    answer = shop.call(PATH, **({"customer": shop.customer, "phases": [PRICE]} | asked))
    assert answer.status == 501
    assert words in answer.message


@pytest.mark.parametrize(
    ("phases", "param"),
    [
        ([{}], "phases[0][start_date]"),
        ([{"start_date": "now"}], "phases[0][start_date]"),
        ([{"start_date": "start", "end_date": "now"}], "phases"),
        ([{"start_date": "start"}, {"start_date": 5}], "phases[1][start_date]"),
    ],
)
def test_phases_that_do_not_fit_the_present_are_refused(
    shop: Any, phases: list[dict[str, Any]], param: str
) -> None:
    made = shop.schedule({"items": [shop.metered("10")], "months": 2})
    shop.advance("2026-01-10")
    asked = [
        PRICE | {key: shop.start if value == "start" else value for key, value in phase.items()}
        for phase in phases
    ]
    answer = shop.call(f"{PATH}/{made['id']}", phases=asked)
    assert (answer.status, answer.error["param"]) == (400, param)
    assert shop.scheduled(made) == made


def test_prices_on_usage_records_are_not_scheduled(shop: Any) -> None:
    """LEG-22 on new versions; on old ones what a phase would do to their records is not known."""
    old = {"stripe-version": "2024-06-20"}
    usage = {"interval": "month", "usage_type": "metered"}
    asked = {"currency": "usd", "product": shop.product, "recurring": usage, "unit_amount": 5}
    price = shop.call.ok("POST /v1/prices", old, **asked)["id"]
    phases = [{"items": [{"price": price}]}]
    refused = [shop.call(PATH, headers, customer=shop.customer, phases=phases) for headers in (None, old)]
    assert [answer.status for answer in refused] == [400, 501]


def test_a_clock_that_advances_locks_its_schedules(new_shop: Any) -> None:
    """CLK-34 CLK-35"""
    shop = new_shop(clock_polls=3)
    made = shop.schedule({"items": [shop.metered("10")]})
    subscription = shop.subscribe(shop.metered("10"))
    shop.call.ok(f"POST /v1/test_helpers/test_clocks/{shop.clock}/advance", frozen_time=shop.start + 60)
    path = f"{PATH}/{made['id']}"
    calls: list[tuple[str, dict[str, Any]]] = [
        (PATH, {"customer": shop.customer, "phases": [PRICE]}),
        (PATH, {"from_subscription": subscription["id"]}),
        (path, {"metadata": {"a": "b"}}),
        (f"{path}/cancel", {}),
        (f"{path}/release", {}),
    ]
    assert [shop.call(line, **asked).status for line, asked in calls] == [429] * len(calls)


def test_an_old_version_sees_a_schedule_as_it_was(shop: Any) -> None:
    """VER-10 VER-12 VER-22"""
    once = shop.call.ok("POST /v1/prices", currency="usd", product=shop.product, unit_amount=700)["id"]
    made = shop.schedule({"items": [shop.metered("10")], "add_invoice_items": [{"price": once}]})
    line = f"GET /v1/subscription_schedules/{made['id']}"
    [entry] = made["phases"][0]["add_invoice_items"]
    assert {"metadata", "period"} <= entry.keys()
    old = shop.call.ok(line, {"stripe-version": "2024-06-20"})
    assert "billing_mode" not in old
    assert "trial" not in old["phases"][0]
    assert not {"metadata", "period"} & old["phases"][0]["add_invoice_items"][0].keys()
    assert set(old["default_settings"]["invoice_settings"]) == {"account_tax_ids", "days_until_due", "issuer"}


@pytest.mark.parametrize(
    ("headers", "mode"),
    [(None, "flexible"), ({"stripe-version": "2025-08-27.basil"}, "classic")],
)
def test_the_billing_mode_is_the_versions(shop: Any, headers: Any, mode: str) -> None:
    """SUB-01 SUB-02"""
    made = shop.schedule({"items": [shop.metered("10")]}, headers=headers)
    assert made["billing_mode"]["type"] == shop.managed(made)["billing_mode"]["type"] == mode


def test_a_migrated_subscription_shows_in_its_schedule(shop: Any) -> None:
    """SUB-04"""
    made = shop.schedule({"items": [shop.metered("10")]}, billing_mode={"type": "classic"})
    path = f"POST /v1/subscriptions/{made['subscription']}/migrate"
    shop.call.ok(path, billing_mode={"type": "flexible"})
    assert shop.scheduled(made)["billing_mode"]["type"] == "flexible"


def test_a_schedule_expands_what_it_names(shop: Any) -> None:
    """PRO-15"""
    price = shop.metered("10")
    wanted = ["subscription.schedule", "customer", "phases.items.price", "test_clock"]
    made = shop.schedule({"items": [price]}, expand=wanted)
    kinds = [made[key]["object"] for key in ("customer", "subscription", "test_clock")]
    assert kinds == ["customer", "subscription", "test_helpers.test_clock"]
    assert made["subscription"]["schedule"]["id"] == made["id"]
    assert made["phases"][0]["items"][0]["price"]["id"] == price
    back = shop.call.ok(f"GET /v1/subscriptions/{made['subscription']['id']}", expand=["schedule"])
    assert back["schedule"]["object"] == "subscription_schedule"
