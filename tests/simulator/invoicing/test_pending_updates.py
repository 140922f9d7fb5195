"""`payment_behavior=pending_if_incomplete`: a change that waits until it is paid for.

By docs.stripe.com/billing/subscriptions/pending-updates and its reference; SUB-15.
"""

from __future__ import annotations

from typing import Any

import pytest

DAY = 86_400
HOUR = 3_600
MONTH = 31 * DAY
WAITING = {"payment_behavior": "pending_if_incomplete", "proration_behavior": "always_invoice"}


@pytest.fixture
def broke(shop: Any) -> Any:
    """The shop's customer pays the first month of a plan for 100, then has a card that declines."""
    shop.plan = shop.subscribe(shop.licensed(10_000))
    shop.item = shop.plan["items"]["data"][0]["id"]
    shop.good = next(iter(shop.world.payment_methods))
    bad = shop.call.ok("POST /v1/payment_methods/pm_card_chargeCustomerFail/attach", customer=shop.customer)
    shop.call.ok(
        f"POST /v1/customers/{shop.customer}", invoice_settings={"default_payment_method": bad["id"]}
    )
    return shop


def upgrade(shop: Any, **params: Any) -> dict[str, Any]:
    return shop.change(shop.plan, items=[{"id": shop.item, "quantity": 3}], **WAITING | params)


def pay(shop: Any, subscription: dict[str, Any]) -> None:
    invoice = subscription["latest_invoice"]
    shop.call.ok(f"POST /v1/invoices/{invoice}/pay", payment_method=shop.good)


def test_a_change_that_is_paid_for_is_made_at_once(shop: Any) -> None:
    shop.plan = shop.subscribe(shop.licensed(10_000))
    shop.item = shop.plan["items"]["data"][0]["id"]
    shown = upgrade(shop)
    assert (shown["items"]["data"][0]["quantity"], shown["pending_update"]) == (3, None)
    assert (shop.last_invoice()["total"], shop.last_invoice()["status"]) == (20_000, "paid")


def test_a_change_that_is_not_paid_for_waits(broke: Any) -> None:
    before = broke.subscription(broke.plan)
    shown = upgrade(broke)
    assert shown["pending_update"] == {
        **dict.fromkeys(("billing_cycle_anchor", "cancel_at_period_end", "discount", "discounts")),
        **dict.fromkeys(("metadata", "trial_end", "trial_from_plan")),
        "expires_at": broke.start + 23 * HOUR,
        "subscription_items": [before["items"]["data"][0] | {"quantity": 3}],
    }
    assert shown | {"pending_update": None, "latest_invoice": before["latest_invoice"]} == before
    invoice = broke.last_invoice()
    assert (invoice["id"], invoice["status"], invoice["total"]) == (shown["latest_invoice"], "open", 20_000)


def test_it_is_made_when_its_invoice_is_paid(broke: Any) -> None:
    shown = upgrade(broke)
    broke.advance(broke.start + HOUR)
    before = len(broke.events())
    pay(broke, shown)
    made = broke.subscription(broke.plan)
    assert (made["items"]["data"][0]["quantity"], made["pending_update"]) == (3, None)
    assert made["status"] == "active"
    assert broke.events(after=before)[-2:] == [
        "customer.subscription.updated",
        "customer.subscription.pending_update_applied",
    ]
    broke.advance(broke.start + MONTH)
    assert broke.last_invoice()["total"] == 30_000


def test_a_second_failure_leaves_it_as_it_was(broke: Any) -> None:
    shown = upgrade(broke)
    answer = broke.call(f"POST /v1/invoices/{shown['latest_invoice']}/pay")
    assert answer.status == 402
    assert broke.subscription(broke.plan) == shown


def test_it_is_given_up_after_23_hours(broke: Any) -> None:
    upgrade(broke)
    broke.advance(broke.start + 23 * HOUR - 1)
    assert broke.subscription(broke.plan)["pending_update"] is not None
    before = len(broke.events())
    broke.advance(broke.start + 23 * HOUR)
    shown = broke.subscription(broke.plan)
    assert (shown["pending_update"], shown["status"]) == (None, "active")
    assert broke.last_invoice()["status"] == "void"
    assert broke.events(after=before).count("customer.subscription.pending_update_expired") == 1
    assert shown["items"]["data"][0]["quantity"] == 1


@pytest.mark.parametrize(("days", "hours"), [(30, 23), (31 - 0.5, 12)])
def test_it_waits_no_longer_than_the_period(broke: Any, days: float, hours: int) -> None:
    broke.advance(broke.start + int(days * DAY))
    shown = upgrade(broke)
    assert shown["pending_update"]["expires_at"] == broke.now() + hours * HOUR


def test_at_the_periods_end_the_renewal_is_that_of_the_old_plan(broke: Any) -> None:
    broke.advance(broke.start + MONTH - 12 * HOUR)
    upgrade(broke)
    broke.advance(broke.start + MONTH)
    *_, given_up, renewal = broke.invoices()
    assert (given_up["status"], renewal["status"], renewal["total"]) == ("void", "draft", 10_000)


def test_voiding_the_invoice_takes_the_update_back(broke: Any) -> None:
    shown = upgrade(broke)
    before = len(broke.events())
    broke.call.ok(f"POST /v1/invoices/{shown['latest_invoice']}/void")
    assert broke.subscription(broke.plan)["pending_update"] is None
    assert "customer.subscription.pending_update_expired" not in broke.events(after=before)


def test_a_newer_change_takes_its_place(broke: Any) -> None:
    """Unverified."""
    first = upgrade(broke)
    second = broke.change(broke.plan, items=[{"id": broke.item, "quantity": 2}], **WAITING)
    assert broke.call.ok(f"GET /v1/invoices/{first['latest_invoice']}")["status"] == "void"
    assert second["pending_update"]["subscription_items"][0]["quantity"] == 2
    kept = broke.change(broke.plan, metadata={"a": "b"})
    assert kept["pending_update"] is not None
    pay(broke, second)
    made = broke.subscription(broke.plan)
    assert (made["items"]["data"][0]["quantity"], made["metadata"]) == (2, {"a": "b"})


def test_an_anchor_reset_waits_as_well(broke: Any) -> None:
    broke.advance(broke.start + 10 * DAY)
    shown = broke.change(broke.plan, billing_cycle_anchor="now", **WAITING)
    assert shown["billing_cycle_anchor"] == broke.start
    assert shown["pending_update"]["billing_cycle_anchor"] == broke.start + 10 * DAY
    pay(broke, shown)
    assert broke.subscription(broke.plan)["billing_cycle_anchor"] == broke.start + 10 * DAY


def test_the_end_of_a_trial_waits_as_well(broke: Any) -> None:
    trial = broke.subscribe(broke.licensed(500), trial_period_days=14)
    shown = broke.change(trial, trial_end="now", **WAITING)
    assert (shown["status"], shown["trial_end"]) == ("trialing", broke.start + 14 * DAY)
    assert shown["pending_update"]["trial_end"] == broke.start
    pay(broke, shown)
    assert broke.subscription(trial)["status"] == "active"


def test_an_added_item_waits_as_well(broke: Any) -> None:
    other = broke.licensed(200)
    added = broke.call.ok(
        "POST /v1/subscription_items", subscription=broke.plan["id"], price=other, **WAITING
    )
    assert added["price"]["id"] == other
    shown = broke.subscription(broke.plan)
    assert len(shown["items"]["data"]) == 1
    pay(broke, shown)
    assert broke.call.ok(f"GET /v1/subscription_items/{added['id']}")["id"] == added["id"]


def test_usage_of_a_pending_switch_is_billed_once(broke: Any) -> None:
    """CHG-01: what was used before the request is on its invoice, the rest at the new price."""
    broke.customer = broke.new_customer()
    plan = broke.subscribe(broke.metered("10"))
    item = plan["items"]["data"][0]["id"]
    broke.use(100, broke.start)
    broke.advance(broke.start + DAY)
    bad = broke.call.ok("POST /v1/payment_methods/pm_card_chargeCustomerFail/attach", customer=broke.customer)
    shown = broke.change(plan, default_payment_method=bad["id"])
    shown = broke.change(plan, items=[{"id": item, "price": broke.metered("20")}], **WAITING)
    assert broke.last_invoice(plan)["total"] == 1000
    broke.use(7, broke.now())
    broke.advance(broke.now() + HOUR)
    good = next(each.id for each in broke.world.payment_methods.values() if each.customer == broke.customer)
    broke.change(plan, default_payment_method=good)
    broke.call.ok(f"POST /v1/invoices/{shown['latest_invoice']}/pay")
    broke.advance(broke.start + MONTH + HOUR)
    assert broke.last_invoice(plan)["total"] == 140


REFUSED = [
    ({"metadata": {"a": "b"}}, "metadata"),
    ({"cancel_at_period_end": True}, "cancel_at_period_end"),
    ({"items": [{"metadata": {"a": "b"}}]}, "items[0][metadata]"),
    ({"items": [{"deleted": True}]}, "items[0][deleted]"),
]


@pytest.mark.parametrize(("params", "named"), REFUSED)
def test_only_what_the_reference_lists_can_wait(broke: Any, params: dict[str, Any], named: str) -> None:
    if "items" in params:
        params = {"items": [{"id": broke.item, **params["items"][0]}]}
    answer = broke.call(f"POST /v1/subscriptions/{broke.plan['id']}", **WAITING, **params)
    assert (answer.status, answer.error["param"]) == (400, named)


def test_sent_invoices_cannot_wait(broke: Any) -> None:
    broke.change(broke.plan, collection_method="send_invoice", days_until_due=3)
    answer = broke.call(f"POST /v1/subscriptions/{broke.plan['id']}", **WAITING)
    assert (answer.status, answer.error["param"]) == (400, "payment_behavior")


def test_an_ended_subscription_has_no_pending_update(broke: Any) -> None:
    upgrade(broke)
    assert broke.cancel(broke.plan)["pending_update"] is None


def test_a_discount_that_its_invoice_used_up_does_not_come_back(broke: Any) -> None:
    once = broke.call.ok("POST /v1/coupons", percent_off=50, duration="once")["id"]
    broke.call.ok(f"POST /v1/subscription_items/{broke.item}", discounts=[{"coupon": once}])
    shown = upgrade(broke)
    assert broke.last_invoice()["total"] == 15_000 - 10_000
    assert shown["items"]["data"][0]["discounts"] == []
    pay(broke, shown)
    made = broke.subscription(broke.plan)["items"]["data"][0]
    assert (made["quantity"], made["discounts"]) == (3, [])
