"""Subscription schedules from their start to their end, and what their phases bill."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

HOUR = 3_600
DAY = 86_400
MODES = pytest.mark.parametrize("mode", ["classic", "flexible"])

Rows = Callable[[dict[str, Any]], list[tuple[str, str | None, int]]]


def line_amounts(invoice: dict[str, Any]) -> list[tuple[int, int]]:
    """(units, cents) of an invoice's lines."""
    return [(int(line["quantity"]), line["amount"]) for line in invoice["lines"]["data"]]


def test_a_schedule_begins_with_a_draft_and_an_active_subscription(shop: Any) -> None:
    """SUB-21 CLK-45"""
    made = shop.schedule({"items": [shop.licensed(1000)], "months": 3}, metadata={"deal": "7"})
    [subscription, invoice, *_] = (shop.managed(made), shop.last_invoice())
    assert (made["status"], made["test_clock"], made["metadata"]) == ("active", shop.clock, {"deal": "7"})
    assert made["current_phase"] == {"start_date": shop.start, "end_date": made["phases"][0]["end_date"]}
    assert (subscription["status"], subscription["schedule"]) == ("active", made["id"])
    assert (invoice["status"], invoice["billing_reason"]) == ("draft", "subscription_create")
    assert invoice["automatically_finalizes_at"] == shop.start + HOUR
    kinds = ["customer.subscription.created", "invoice.created", "subscription_schedule.created"]
    assert shop.events()[-3:] == kinds
    shop.advance(shop.start + HOUR)
    assert shop.last_invoice()["status"] == "paid"


def test_a_first_payment_that_fails_leaves_the_subscription_past_due(new_shop: Any) -> None:
    """SUB-21: active from the start, so never incomplete."""
    shop = new_shop(card="pm_card_chargeCustomerFail")
    made = shop.schedule({"items": [shop.licensed(1000)]})
    assert shop.managed(made)["status"] == "active"
    shop.advance(shop.start + HOUR)
    assert shop.managed(made)["status"] == "past_due"


def test_a_schedule_for_later_starts_at_its_instant(shop: Any, instant: Any) -> None:
    """The customer has no subscription before."""
    start = instant("2026-01-15")
    made = shop.schedule({"items": [shop.metered("10")], "months": 1}, start_date=start)
    assert (made["status"], made["subscription"], made["current_phase"]) == ("not_started", None, None)
    shop.advance(start - 1)
    assert shop.call.ok("GET /v1/subscriptions", customer=shop.customer)["data"] == []
    shop.advance(start)
    subscription = shop.managed(made)
    assert (subscription["created"], subscription["start_date"]) == (start, start)
    assert subscription["billing_cycle_anchor"] == start
    assert shop.scheduled(made)["status"] == "active"
    assert "subscription_schedule.updated" in shop.events()


def test_a_start_in_the_past_backdates_the_subscription(shop: Any, rows: Rows) -> None:
    """SUB-19"""
    start = shop.start - 5 * DAY
    made = shop.schedule({"items": [shop.licensed(3100)], "months": 1}, start_date=start)
    assert (shop.managed(made)["start_date"], made["phases"][0]["start_date"]) == (start, start)
    assert [amount for _, _, amount in rows(shop.last_invoice())] == [500, 3100]


@pytest.mark.parametrize(
    ("end", "status", "subscription", "manages"),
    [("release", "completed", "active", None), ("cancel", "completed", "canceled", "itself")],
)
def test_a_schedule_ends_as_it_was_told(
    shop: Any, end: str, status: str, subscription: str, manages: str | None
) -> None:
    """SUB-41 SUB-53"""
    made = shop.schedule({"items": [shop.metered("10")], "months": 1}, end_behavior=end)
    planned = shop.managed(made)["cancel_at"]
    assert planned == (made["phases"][0]["end_date"] if end == "cancel" else None)
    shop.use(5)
    shop.advance("2026-02-01T02:00:00")
    over, left = shop.scheduled(made), shop.managed(made)
    assert (over["status"], over["completed_at"]) == (status, made["phases"][0]["end_date"])
    assert over["current_phase"] is None
    assert (left["status"], left["schedule"]) == (subscription, made["id"] if manages else None)
    assert (over["released_subscription"] is None) == (end == "cancel")
    assert shop.last_invoice()["total"] == 50
    assert "subscription_schedule.completed" in shop.events()


def test_the_end_is_planned_on_the_subscription_from_the_last_phase_on(shop: Any) -> None:
    """SUB-41"""
    phases = [{"items": [shop.metered("10")], "months": 1}, {"items": [shop.metered("20")], "months": 1}]
    made = shop.schedule(*phases, end_behavior="cancel")
    assert shop.managed(made)["cancel_at"] is None
    shop.advance("2026-02-01")
    assert shop.managed(made)["cancel_at"] == made["phases"][1]["end_date"]


@MODES
@pytest.mark.parametrize("behavior", ["create_prorations", "always_invoice", "none"])
def test_a_price_that_changes_on_a_boundary_bills_each_period_at_its_own(
    shop: Any, mode: str, behavior: str
) -> None:
    """SUB-52: usage is read before the change, so that nothing is lost in classic mode either."""
    made = shop.schedule(
        {"items": [shop.metered("10")], "months": 1},
        {"items": [shop.metered("25")], "months": 2, "proration_behavior": behavior},
        billing_mode={"type": mode},
    )
    item = shop.managed(made)["items"]["data"][0]["id"]
    shop.use(7)
    shop.advance("2026-01-31T23:59:59")
    shop.use(2)
    shop.advance("2026-02-01")
    shop.use(4)
    shop.advance("2026-02-20")
    shop.advance("2026-03-01T02:00:00")
    totals = [invoice["total"] for invoice in shop.invoices() if invoice["total"]]
    assert totals == [90, 100]
    assert shop.pending() == []
    assert shop.managed(made)["items"]["data"][0]["id"] == item


@pytest.mark.parametrize(("mode", "billed"), [("classic", [(4, 100)]), ("flexible", [(7, 70), (4, 100)])])
def test_a_price_that_changes_inside_a_period_is_a_change_like_any_other(
    shop: Any, mode: str, billed: list[tuple[int, int]], instant: Any
) -> None:
    """CHG-01 CHG-04: flexible mode bills what the old price has gathered, classic mode never does."""
    made = shop.schedule(
        {"items": [shop.metered("10")], "end_date": instant("2026-01-20")},
        {"items": [shop.metered("25")], "months": 1},
        billing_mode={"type": mode},
    )
    shop.use(7)
    shop.advance("2026-01-20")
    assert [(entry["quantity"], entry["amount"]) for entry in shop.pending()] == billed[:-1]
    shop.use(4)
    shop.advance("2026-02-01T02:00:00")
    assert line_amounts(shop.last_invoice(shop.managed(made))) == billed


def test_the_invoice_of_a_phase_reads_usage_again(shop: Any, instant: Any) -> None:
    """INV-21"""
    price = shop.metered("10")
    made = shop.schedule(
        {"items": [price], "end_date": instant("2026-01-20")},
        {"items": [price], "months": 1, "billing_cycle_anchor": "phase_start"},
    )
    shop.use(7)
    shop.advance("2026-01-20")
    assert shop.last_invoice()["total"] == 70
    shop.use(5, instant("2026-01-19"))
    shop.advance("2026-01-20T01:00:00")
    assert (shop.last_invoice()["total"], shop.last_invoice()["status"]) == (120, "paid")
    subscription = shop.managed(made)
    assert subscription["billing_cycle_anchor"] == instant("2026-01-20")
    assert subscription["items"]["data"][0]["current_period_end"] == instant("2026-02-20")


def test_a_phase_that_starts_on_a_boundary_moves_no_anchor_and_bills_nothing_twice(
    shop: Any, instant: Any
) -> None:
    """SUB-52"""
    price = shop.licensed(1000)
    shop.schedule(
        {"items": [price], "months": 1},
        {"items": [price], "months": 1, "billing_cycle_anchor": "phase_start", "proration_behavior": "none"},
    )
    shop.advance("2026-02-01T02:00:00")
    assert [invoice["total"] for invoice in shop.invoices()] == [1000, 1000]


@MODES
def test_another_interval_starts_a_new_cycle(shop: Any, mode: str, instant: Any, rows: Rows) -> None:
    """CHG-12"""
    made = shop.schedule(
        {"items": [shop.licensed(3100)], "end_date": instant("2026-01-11")},
        {"items": [shop.licensed(500, interval="week")], "end_date": instant("2026-02-11")},
        billing_mode={"type": mode},
    )
    shop.advance("2026-01-11")
    assert [amount for _, _, amount in rows(shop.last_invoice())] == [-2100, 500]
    assert shop.managed(made)["billing_cycle_anchor"] == instant("2026-01-11")


@pytest.mark.parametrize("trial", [{"trial": True}, {"trial_end": "end"}])
@MODES
def test_a_phase_can_be_a_trial(shop: Any, mode: str, trial: dict[str, Any], instant: Any) -> None:
    """CHG-28 CHG-29: usage of the trial is free, paid time begins with the next phase."""
    end = instant("2026-01-15")
    asked = {key: end if value == "end" else value for key, value in trial.items()}
    metered = shop.metered("10")
    made = shop.schedule(
        {"items": [metered], "end_date": end, **asked},
        {"items": [metered], "months": 1},
        billing_mode={"type": mode},
    )
    assert (shop.managed(made)["status"], made["phases"][0]["trial_end"]) == ("trialing", end)
    shop.use(9)
    shop.advance("2026-01-15T02:00:00")
    assert shop.managed(made)["status"] == "active"
    shop.use(4)
    shop.advance("2026-02-15T02:00:00")
    assert sum(invoice["total"] for invoice in shop.invoices()) == 40


def test_a_trial_that_a_later_phase_begins_moves_the_anchor(shop: Any, instant: Any) -> None:
    """CHG-13"""
    price = shop.licensed(3100)
    made = shop.schedule(
        {"items": [price], "end_date": instant("2026-01-11")},
        {"items": [price], "end_date": instant("2026-02-11"), "trial_end": instant("2026-01-20")},
    )
    shop.advance("2026-01-11")
    assert shop.managed(made)["status"] == "trialing"
    assert [entry["amount"] for entry in shop.pending()] == [-2100]
    shop.advance("2026-01-20")
    assert shop.managed(made)["status"] == "active"
    assert shop.managed(made)["billing_cycle_anchor"] == instant("2026-01-20")


def test_settings_of_a_phase_stand_above_those_of_the_schedule(shop: Any) -> None:
    """SUB-39 SUB-40"""
    sent = {"collection_method": "send_invoice", "invoice_settings": {"days_until_due": 9}}
    phases = [{"items": [shop.metered("10")], "months": 1} | more for more in ({}, sent, {})]
    phases[0]["metadata"] = {"channel": "self", "region": "apac", "upsell": "alpha"}
    phases[1]["metadata"] = {"channel": "sales", "churn": "high", "upsell": ""}
    made = shop.schedule(*phases, default_settings={"description": "The deal"})
    seen = []
    for day in ("2026-01-02", "2026-02-02", "2026-03-02"):
        shop.advance(day)
        now = shop.managed(made)
        seen.append((now["collection_method"], now["days_until_due"], now["description"]))
    charged, mailed = ("charge_automatically", None, "The deal"), ("send_invoice", 9, "The deal")
    assert seen == [charged, mailed, charged]
    assert shop.managed(made)["metadata"] == {"channel": "sales", "region": "apac", "churn": "high"}


def test_a_phase_charges_where_the_schedule_sends(shop: Any) -> None:
    """SUB-39: the days until an invoice is due go with the sending."""
    sent = {"collection_method": "send_invoice", "invoice_settings": {"days_until_due": 9}}
    price = shop.metered("10")
    phases = [
        {"items": [price], "months": 1, "collection_method": "charge_automatically"},
        {"items": [price]},
    ]
    made = shop.schedule(*phases, default_settings=sent)
    seen = [shop.managed(made)]
    shop.advance("2026-02-01")
    seen.append(shop.managed(made))
    assert [(each["collection_method"], each["days_until_due"]) for each in seen] == [
        ("charge_automatically", None),
        ("send_invoice", 9),
    ]


def test_one_off_prices_join_the_phases_next_invoice(shop: Any) -> None:
    """SUB-22 SUB-52: of a renewal that the phase begins with, too."""
    once = shop.call.ok("POST /v1/prices", currency="usd", product=shop.product, unit_amount=700)["id"]
    price = shop.licensed(1000)
    shop.schedule(
        {"items": [price], "months": 1, "add_invoice_items": [{"price": once}]},
        {"items": [price], "months": 2, "add_invoice_items": [{"price": once, "quantity": 2}]},
    )
    for day in ("2026-02-01T02:00:00", "2026-03-01T02:00:00"):
        shop.advance(day)
    assert [invoice["total"] for invoice in shop.invoices()] == [1700, 2400, 1000]


@pytest.mark.parametrize(
    ("asked", "totals", "status"),
    [
        ({}, [3100, -2060], "draft"),
        ({"prorate": False}, [3100, 40], "draft"),
        ({"invoice_now": False, "prorate": False}, [3100], "paid"),
    ],
)
def test_cancelling_bills_what_was_used_unless_told_otherwise(
    shop: Any, asked: dict[str, Any], totals: list[int], status: str
) -> None:
    """CHG-14: `invoice_now` and `prorate` are true by default, unlike on a subscription."""
    made = shop.schedule({"items": [shop.licensed(3100), shop.metered("10")], "months": 2})
    shop.use(4)
    shop.advance("2026-01-11")
    over = shop.call.ok(f"POST /v1/subscription_schedules/{made['id']}/cancel", **asked)
    assert (over["status"], over["canceled_at"]) == ("canceled", shop.now())
    assert [invoice["total"] for invoice in shop.invoices()] == totals
    assert (shop.managed(made)["status"], shop.last_invoice()["status"]) == ("canceled", status)
    ended = [kind for kind in shop.events() if kind.endswith((".deleted", "schedule.canceled"))]
    assert ended == ["customer.subscription.deleted", "subscription_schedule.canceled"]


@pytest.mark.parametrize("verb", ["cancel", "release"])
def test_a_schedule_that_waits_can_be_given_up(shop: Any, verb: str) -> None:
    made = shop.schedule({"items": [shop.metered("10")]}, start_date=shop.start + DAY)
    over = shop.call.ok(f"POST /v1/subscription_schedules/{made['id']}/{verb}")
    assert over["status"] == {"cancel": "canceled", "release": "released"}[verb]
    assert (over["subscription"], over["released_subscription"]) == (None, None)
    shop.advance(shop.start + 2 * DAY)
    assert shop.call.ok("GET /v1/subscriptions", customer=shop.customer)["data"] == []


@pytest.mark.parametrize("kept", [None, False, True])
def test_a_released_subscription_goes_on_without_the_planned_end(shop: Any, kept: bool | None) -> None:
    """SUB-47 CLK-35: on a clock that is at rest."""
    made = shop.schedule({"items": [shop.metered("10")], "months": 1}, end_behavior="cancel")
    asked = {} if kept is None else {"preserve_cancel_date": kept}
    after = len(shop.events())
    over = shop.call.ok(f"POST /v1/subscription_schedules/{made['id']}/release", **asked)
    subscription = shop.managed(made)
    assert (over["status"], over["released_at"], over["subscription"]) == ("released", shop.start, None)
    assert (over["released_subscription"], subscription["schedule"]) == (made["subscription"], None)
    assert subscription["cancel_at"] == (made["phases"][0]["end_date"] if kept else None)
    assert shop.events(after=after)[-2:] == [
        "subscription_schedule.updated",
        "subscription_schedule.released",
    ]
    shop.advance("2026-02-01T02:00:00")
    assert shop.managed(made)["status"] == ("canceled" if kept else "active")


@pytest.mark.parametrize(
    ("verb", "text"),
    [
        (
            "cancel",
            (
                "You cannot cancel a subscription schedule that is currently in the `released` status. "
                "It must be in `not_started, active` status to be canceled."
            ),
        ),
        ("release", "You cannot release a subscription schedule that is currently in the `released` status."),
        ("update", "You cannot update a subscription schedule that is currently in the `released` status."),
    ],
)
def test_what_is_over_cannot_be_changed(shop: Any, verb: str, text: str) -> None:
    """SUB-48"""
    path = f"/v1/subscription_schedules/{shop.schedule({'items': [shop.metered('10')]})['id']}"
    shop.call.ok(f"POST {path}/release")
    answer = shop.call(f"POST {path}" if verb == "update" else f"POST {path}/{verb}")
    assert (answer.status, answer.message[: len(text)]) == (400, text)


def test_a_week_before_its_end_a_schedule_says_so(shop: Any, instant: Any) -> None:
    """SUB-50"""
    shop.schedule({"items": [shop.metered("10")], "months": 1})
    shop.advance(instant("2026-02-01") - 7 * DAY - 1)
    assert "subscription_schedule.expiring" not in shop.events()
    shop.advance(instant("2026-02-01") - 7 * DAY)
    assert shop.events().count("subscription_schedule.expiring") == 1
    shop.advance("2026-02-10")
    assert shop.events().count("subscription_schedule.expiring") == 1


def test_a_schedule_of_less_than_a_week_does_not_say_so(shop: Any) -> None:
    """SUB-50; as with renewals (CLK-82), which is unverified for schedules."""
    made = shop.schedule({"items": [shop.metered("10")], "end_date": shop.start + 5 * DAY})
    shop.advance(shop.start + 6 * DAY)
    assert shop.scheduled(made)["status"] == "completed"
    assert "subscription_schedule.expiring" not in shop.events()


def test_a_subscription_lost_to_unpaid_invoices_aborts_its_schedule(new_shop: Any) -> None:
    """CLK-92 SUB-50"""
    shop = new_shop(card="pm_card_chargeCustomerFail", dunning_ends_in="canceled")
    made = shop.schedule({"items": [shop.licensed(1000)], "months": 6})
    shop.advance_far("2026-02-20")
    assert (shop.managed(made)["status"], shop.scheduled(made)["status"]) == ("canceled", "canceled")
    assert "subscription_schedule.aborted" in shop.events()
    assert "subscription_schedule.canceled" not in shop.events()


def test_a_subscription_that_is_cancelled_takes_its_schedule_along(shop: Any) -> None:
    """SUB-53"""
    made = shop.schedule({"items": [shop.metered("10")], "months": 2})
    shop.cancel(shop.managed(made))
    assert (shop.scheduled(made)["status"], shop.events()[-1]) == (
        "canceled",
        "subscription_schedule.canceled",
    )


@pytest.mark.parametrize("asked", [{"cancel_at_period_end": True}, {"cancel_at": "min_period_end"}])
def test_the_end_of_a_managed_subscription_is_the_schedules_business(shop: Any, asked: Any) -> None:
    """SUB-45"""
    made = shop.schedule({"items": [shop.metered("10")]})
    answer = shop.call(f"POST /v1/subscriptions/{made['subscription']}", **asked)
    text = (
        f"The subscription is managed by the subscription schedule `{made['id']}`, and updating any "
        "cancelation behavior directly is not allowed. Please update the schedule instead."
    )
    assert (answer.status, answer.message) == (400, text)


def test_a_direct_change_of_items_splits_the_phase(shop: Any, instant: Any) -> None:
    """SUB-46"""
    first, second = shop.licensed(1000), shop.licensed(2000)
    made = shop.schedule({"items": [first, second], "months": 1}, {"items": [first], "months": 1})
    shop.advance("2026-01-10")
    gone = shop.managed(made)["items"]["data"][1]["id"]
    shop.call.ok(f"DELETE /v1/subscription_items/{gone}")
    now = shop.scheduled(made)
    edges = [(phase["start_date"], phase["end_date"]) for phase in now["phases"]]
    days = [instant(day) for day in ("2026-01-01", "2026-01-10", "2026-02-01", "2026-03-01")]
    assert edges == [(days[0], days[1]), (days[1], days[2]), (days[2], days[3])]
    assert [len(phase["items"]) for phase in now["phases"]] == [2, 1, 1]
    assert now["current_phase"] == {"start_date": days[1], "end_date": days[2]}
    shop.advance("2026-02-02")
    assert shop.scheduled(made)["current_phase"]["start_date"] == days[2]


def test_a_direct_change_at_the_start_of_a_phase_changes_it(shop: Any) -> None:
    """SUB-46: there is nothing to split off."""
    made = shop.schedule({"items": [shop.licensed(1000)], "months": 1})
    item = shop.managed(made)["items"]["data"][0]["id"]
    shop.call.ok(f"POST /v1/subscription_items/{item}", quantity=2)
    [phase] = shop.scheduled(made)["phases"]
    assert phase["items"][0]["quantity"] == 2


def test_schedules_that_wait_count_as_subscriptions(shop: Any) -> None:
    """CLK-62 SUB-22"""
    price = shop.metered("10")
    for _ in range(2):
        shop.schedule({"items": [price]}, start_date=shop.start + DAY)
    shop.subscribe(price)
    for refused in (
        shop.call("POST /v1/subscriptions", customer=shop.customer, items=[{"price": price}]),
        shop.call(
            "POST /v1/subscription_schedules", customer=shop.customer, phases=[{"items": [{"price": price}]}]
        ),
    ):
        assert (refused.status, refused.error["code"]) == (400, "customer_max_subscriptions")
    shop.advance(shop.start + DAY)
    assert len(shop.call.ok("GET /v1/subscriptions", customer=shop.customer)["data"]) == 3


@pytest.mark.parametrize(("interval", "furthest"), [("month", "2026-03-01"), ("week", "2026-01-15")])
def test_a_schedule_that_waits_bounds_the_clock(
    shop: Any, interval: str, furthest: str, instant: Any
) -> None:
    """CLK-23: with neither subscriptions nor schedules it would be two years."""
    shop.schedule({"items": [shop.metered("10", interval=interval)]}, start_date=shop.start + 300 * DAY)
    path = f"POST /v1/test_helpers/test_clocks/{shop.clock}/advance"
    assert shop.call(path, frozen_time=instant(furthest) + 1).status == 400
    assert shop.call(path, frozen_time=instant(furthest)).status == 200


@pytest.mark.parametrize("what", ["customers/{customer}", "test_helpers/test_clocks/{clock}"])
def test_schedules_go_with_their_customer_and_their_clock(shop: Any, what: str) -> None:
    """CLK-66"""
    price = shop.metered("10")
    made = [shop.schedule({"items": [price]}), shop.schedule({"items": [price]}, start_date=shop.start + DAY)]
    shop.call.ok(f"DELETE /v1/{what.format(customer=shop.customer, clock=shop.clock)}")
    assert [shop.scheduled(each)["status"] for each in made] == ["canceled", "canceled"]


def test_the_list_hides_schedules_on_clocks_unless_a_customer_is_named(shop: Any) -> None:
    """CLK-50"""
    price = shop.metered("10")
    running = shop.schedule({"items": [price]})
    waiting = shop.schedule({"items": [price]}, start_date=shop.start + DAY)
    free = shop.schedule({"items": [price]}, customer=shop.call.ok("POST /v1/customers")["id"])
    shop.call.ok(f"POST /v1/subscription_schedules/{running['id']}/cancel")

    def listed(**asked: Any) -> list[str]:
        return [row["id"] for row in shop.call.ok("GET /v1/subscription_schedules", **asked)["data"]]

    mine = {"customer": shop.customer}
    assert listed() == [free["id"]]
    assert listed(**mine) == [waiting["id"], running["id"]]
    assert listed(**mine, scheduled=True) == [waiting["id"]]
    assert listed(**mine, canceled_at={"gte": shop.start}) == [running["id"]]
    assert listed(**mine, created=shop.start + 1) == listed(**mine, released_at={"gt": 0}) == []
    assert listed(**mine, limit=1, starting_after=waiting["id"]) == [running["id"]]


def test_a_schedule_of_a_customer_without_a_clock_goes_by_wall_time(shop: Any) -> None:
    """CLK-94"""
    customer = shop.call.ok("POST /v1/customers")["id"]
    price = shop.metered("10")
    start = shop.world.wall + 100
    made = shop.schedule({"items": [price], "months": 1}, customer=customer, start_date=start)
    shop.world.sleep(101)
    assert (shop.scheduled(made)["status"], shop.managed(made)["created"]) == ("active", start)
    shop.world.sleep(40 * DAY)
    assert shop.scheduled(made)["status"] == "completed"


def test_a_phase_can_describe_its_prices(shop: Any) -> None:
    """They are made with the schedule, and not with one that is refused."""
    data = {"currency": "usd", "product": shop.product}
    item = {"price_data": {**data, "unit_amount": 900, "recurring": {"interval": "month"}}, "quantity": 2}
    phase = {"items": [item], "add_invoice_items": [{"price_data": {**data, "unit_amount": 50}}]}
    refused = shop.call("POST /v1/subscription_schedules", customer=shop.customer, phases=[phase] * 11)
    assert (refused.status, shop.world.prices) == (400, {})
    made = shop.schedule(phase, phase | {"items": [item | {"quantity": 3}]})
    assert len(shop.world.prices) == 4
    assert shop.last_invoice()["total"] == 1850
    again = {"items": [item | {"quantity": 5}], "start_date": shop.start}
    shop.reschedule(made, again, proration_behavior="none")
    assert shop.managed(made)["items"]["data"][0]["quantity"] == 5


def test_a_detached_card_and_a_retired_price_do_not_stop_a_schedule(shop: Any) -> None:
    """They were checked when the schedule was made; that Stripe goes on with them is unverified."""
    card = shop.call.ok("POST /v1/payment_methods", type="card", card={"token": "tok_visa"})["id"]
    shop.call.ok(f"POST /v1/payment_methods/{card}/attach", customer=shop.customer)
    old, new = shop.licensed(1000), shop.licensed(2000)
    once = shop.call.ok("POST /v1/prices", currency="usd", product=shop.product, unit_amount=700)["id"]
    added = {"months": 1, "add_invoice_items": [{"price": once}]}
    made = shop.schedule(
        {"items": [old], "default_payment_method": card, **added},
        {"items": [new], **added},
        start_date=shop.start + DAY,
    )
    shop.call.ok(f"POST /v1/payment_methods/{card}/detach")
    for price in (old, new, once):
        shop.call.ok(f"POST /v1/prices/{price}", active=False)
    shop.advance("2026-01-03")
    shop.advance("2026-02-03")
    subscription = shop.managed(made)
    assert subscription["items"]["data"][0]["price"]["id"] == new
    assert subscription["default_payment_method"] is None


def test_a_phase_with_nothing_to_bill_is_not_announced_in_place_of_the_renewal(shop: Any) -> None:
    """CLK-82: a classic change of the price itself makes no invoice; the notice is of what comes after."""
    first, second = shop.metered("10"), shop.metered("10")
    week = {"interval": "week"}
    phases = [{"items": [first], "duration": week}, {"items": [second], "duration": week}]
    phases[1]["proration_behavior"] = "always_invoice"
    shop.schedule(*phases, billing_mode={"type": "classic"}, start_date=shop.start - 3 * 86_400)
    subscription = shop.call.ok("GET /v1/subscriptions", customer=shop.customer)["data"][0]
    assert shop.preview(subscription)["period_end"] == subscription["items"]["data"][0]["current_period_end"]
