"""Ending subscriptions: at once, at the period's end, at an instant; and what is billed last."""

from __future__ import annotations

from typing import Any

import pytest

HOUR = 3_600
DAY = 86_400
MONTH = 31 * DAY


@pytest.fixture
def used(shop: Any) -> dict[str, Any]:
    """Metered at 10 with 12 units, on 16 January."""
    subscription: dict[str, Any] = shop.subscribe(shop.metered("10"))
    shop.use(12, shop.start + 5)
    shop.advance("2026-01-16")
    return subscription


def test_a_bare_cancel_never_bills_the_open_usage(shop: Any, used: dict[str, Any]) -> None:
    """CHG-14 CHG-15."""
    before = len(shop.world.events)
    ended = shop.cancel(used)
    assert (ended["status"], ended["ended_at"], ended["canceled_at"]) == ("canceled", shop.now(), shop.now())
    assert ended["cancellation_details"]["reason"] == "cancellation_requested"
    assert shop.events(after=before) == ["customer.subscription.deleted"]
    shop.advance("2026-03-01")
    assert shop.invoices(used) == []


def test_invoice_now_bills_it_on_a_draft_with_the_usual_delay(
    shop: Any, used: dict[str, Any], instant: Any
) -> None:
    """CHG-14 CHG-17 CHG-18."""
    shop.cancel(used, invoice_now=True)
    draft = shop.last_invoice(used)
    assert (draft["status"], draft["billing_reason"], draft["total"]) == ("draft", "subscription_update", 120)
    assert draft["lines"]["data"][0]["period"] == {"start": shop.start, "end": instant("2026-01-16")}
    assert (draft["auto_advance"], draft["automatically_finalizes_at"]) == (True, draft["created"] + HOUR)
    shop.use(100, shop.now() - 1)
    shop.advance(shop.now() + HOUR)
    final = shop.last_invoice(used)
    assert (final["status"], final["total"]) == ("paid", 120)  # INV-21: not read again


def test_the_last_invoice_begins_with_the_oldest_open_period(shop: Any, instant: Any) -> None:
    """INV-06: of a yearly and a monthly item, the yearly one's."""
    subscription = shop.subscribe(shop.licensed(interval="year"), shop.metered("10"))
    shop.advance("2026-02-10")
    shop.use(12, shop.now() - DAY)
    shop.cancel(subscription, invoice_now=True)
    draft = shop.last_invoice(subscription)
    assert (draft["period_start"], draft["period_end"]) == (shop.start, instant("2026-02-10"))
    (line,) = draft["lines"]["data"]  # CHG-17: nothing of a licensed item
    assert (line["amount"], line["period"]["start"]) == (120, instant("2026-02-01"))


def test_prorate_credits_unused_licensed_time(shop: Any) -> None:
    """CHG-14: with invoice_now the credit is on the final invoice, and goes to the balance (INV-31)."""
    subscription = shop.subscribe(shop.licensed(3100))
    shop.advance("2026-01-16")
    shop.cancel(subscription, invoice_now=True, prorate=True)
    assert shop.last_invoice(subscription)["total"] == -1600
    shop.advance(shop.now() + HOUR)
    assert shop.last_invoice(subscription)["ending_balance"] == -1600
    assert shop.call.ok(f"GET /v1/customers/{shop.customer}")["balance"] == -1600


def test_pending_prorations_go_with_a_bare_cancel_and_other_items_stay(shop: Any) -> None:
    """CHG-16."""
    subscription = shop.subscribe(shop.licensed(3100))
    shop.advance("2026-01-16")
    first = subscription["items"]["data"][0]["id"]
    shop.change(subscription, items=[{"id": first, "quantity": 2}])
    shop.call.ok("POST /v1/invoiceitems", customer=shop.customer, amount=700, currency="usd")
    assert len(shop.pending()) == 3
    shop.cancel(subscription)
    assert [item["amount"] for item in shop.pending()] == [700]


def test_a_bare_cancel_leaves_another_subscriptions_prorations(shop: Any) -> None:
    """CHG-16."""
    both = [shop.subscribe(shop.licensed(unit)) for unit in (3100, 6200)]
    shop.advance("2026-01-16")
    for each in both:
        shop.change(each, items=[{"id": each["items"]["data"][0]["id"], "quantity": 2}])
    shop.cancel(both[0])
    assert [item["amount"] for item in shop.pending()] == [-3200, 6400]


def test_an_ended_subscription_cannot_be_ended_again(shop: Any, used: dict[str, Any]) -> None:
    shop.cancel(used)
    answer = shop.call(f"DELETE /v1/subscriptions/{used['id']}")
    assert (answer.status, answer.error["code"]) == (404, "resource_missing")
    assert shop.call(f"POST /v1/subscriptions/{used['id']}", cancel_at_period_end=True).status == 400


def test_cancel_at_period_end_bills_the_last_period(shop: Any, used: dict[str, Any], instant: Any) -> None:
    """CHG-19 CHG-26 CLK-81 CHG-17: a cycle-type final invoice, read again; nothing afterwards."""
    end = instant("2026-02-01")
    planned = shop.change(used, cancel_at_period_end=True)
    assert (planned["cancel_at"], planned["cancel_at_period_end"], planned["status"]) == (end, True, "active")
    before = len(shop.world.events)
    shop.advance(end)
    ended = shop.subscription(used)
    assert (ended["status"], ended["ended_at"]) == ("canceled", end)
    assert shop.events(after=before)[1:3] == ["invoice.created", "customer.subscription.deleted"]
    draft = shop.last_invoice(used)
    assert (draft["billing_reason"], draft["status"], draft["total"]) == ("subscription_cycle", "draft", 120)
    shop.use(3, end - 1)
    shop.advance(end + HOUR)
    assert (shop.last_invoice(used)["status"], shop.last_invoice(used)["total"]) == ("paid", 150)
    shop.advance(end + 50 * DAY)
    assert len(shop.invoices(used)) == 1


def test_without_usage_there_is_no_final_invoice(shop: Any) -> None:
    """CLK-81."""
    subscription = shop.subscribe(shop.metered())
    shop.change(subscription, cancel_at_period_end=True)
    shop.advance(shop.start + MONTH + HOUR)
    assert shop.subscription(subscription)["status"] == "canceled"
    assert shop.invoices(subscription) == []


def test_a_planned_end_can_be_taken_back(shop: Any, used: dict[str, Any]) -> None:
    """CHG-19."""
    shop.change(used, cancel_at_period_end=True)
    kept = shop.change(used, cancel_at_period_end=False)
    assert (kept["cancel_at"], kept["canceled_at"], kept["cancel_at_period_end"]) == (None, None, False)
    shop.advance("2026-02-01T01:00:00")
    assert shop.subscription(used)["status"] == "active"


def test_cancel_at_cuts_the_period_and_bills_usage_up_to_it(shop: Any, instant: Any) -> None:
    """CHG-21 CHG-22."""
    subscription = shop.subscribe(shop.metered("10"))
    cut = instant("2026-01-20")
    planned = shop.change(subscription, cancel_at=cut)
    assert planned["items"]["data"][0]["current_period_end"] == cut
    shop.advance(cut)
    shop.use(4, cut - 1)
    shop.use(50, cut)
    shop.advance(cut + HOUR)
    assert shop.subscription(subscription)["ended_at"] == cut
    assert shop.invoices(subscription) == []  # nothing was there at the cut: CLK-81


def test_cancel_at_credits_the_licensed_rest_and_taking_it_back_debits_it(shop: Any, instant: Any) -> None:
    """CHG-22 CHG-57."""
    subscription = shop.subscribe(shop.licensed(3100))
    shop.change(subscription, cancel_at=instant("2026-01-21"))
    assert [item["amount"] for item in shop.pending()] == [-1100]
    kept = shop.change(subscription, cancel_at="")
    assert [item["amount"] for item in shop.pending()] == [-1100, 1100]
    assert kept["items"]["data"][0]["current_period_end"] == instant("2026-02-01")


def test_an_end_in_a_later_period_is_planned_and_taken_back_for_nothing(shop: Any, instant: Any) -> None:
    """CHG-21 CHG-22: no period that is paid for is cut."""
    subscription = shop.subscribe(shop.licensed(3100), shop.licensed(100, interval="week"))
    for end in (instant("2026-02-15"), ""):
        shop.change(subscription, cancel_at=end)
        ends = [item["current_period_end"] for item in shop.subscription(subscription)["items"]["data"]]
        assert ends == [instant("2026-02-01"), instant("2026-01-08")]
    assert shop.pending() == []


def test_cancel_at_in_a_later_period_prorates_that_period(shop: Any, instant: Any) -> None:
    """CHG-21: half of February."""
    subscription = shop.subscribe(shop.licensed(2800), cancel_at=instant("2026-02-15"))
    shop.advance("2026-02-01")
    assert shop.last_invoice(subscription)["total"] == 1400
    shop.advance("2026-02-15")
    assert shop.subscription(subscription)["status"] == "canceled"


@pytest.mark.parametrize(
    ("word", "end"), [("min_period_end", "2026-02-01"), ("max_period_end", "2027-01-01")]
)
def test_cancel_at_takes_words(shop: Any, instant: Any, word: str, end: str) -> None:
    """CHG-21."""
    subscription = shop.subscribe(shop.licensed(interval="year"), shop.metered())
    assert shop.change(subscription, cancel_at=word)["cancel_at"] == instant(end)


@pytest.mark.parametrize(("mode", "trial_end"), [("classic", "2026-01-10"), ("flexible", "2026-01-20")])
def test_an_end_inside_the_trial(shop: Any, instant: Any, mode: str, trial_end: str) -> None:
    """CHG-24."""
    subscription = shop.subscribe(
        shop.licensed(), trial_end=instant("2026-01-20"), billing_mode={"type": mode}
    )
    planned = shop.change(subscription, cancel_at=instant("2026-01-10"))
    assert planned["trial_end"] == instant(trial_end)
    shop.advance("2026-01-10")
    assert shop.subscription(subscription)["status"] == "canceled"


def test_collection_stops_with_the_subscription(new_shop: Any) -> None:
    """CHG-23: a finalized unpaid invoice is not tried again."""
    shop = new_shop(card="pm_card_chargeCustomerFail")
    subscription = shop.subscribe(shop.metered("10"))
    shop.use(100, shop.start + 5)
    shop.advance(shop.start + MONTH + HOUR)
    shop.cancel(subscription)
    invoice = shop.last_invoice(subscription)
    assert (invoice["status"], invoice["auto_advance"], invoice["next_payment_attempt"]) == (
        "open",
        False,
        None,
    )
    shop.advance(shop.start + MONTH + 20 * DAY)
    assert shop.last_invoice(subscription)["attempt_count"] == 1


def test_deleting_the_customer_cancels(shop: Any, used: dict[str, Any]) -> None:
    """CLK-66 CLK-67: no last invoice; the subscription reads as canceled."""
    shop.call.ok(f"DELETE /v1/customers/{shop.customer}")
    assert shop.subscription(used)["status"] == "canceled"
    assert shop.invoices(used) == []


def test_a_change_before_a_planned_end_bills_only_up_to_it(shop: Any, instant: Any) -> None:
    """CHG-22 CHG-55: 31 days at 100; cut after 20; doubled on the 11th for the 10 days that are left."""
    subscription = shop.subscribe(shop.licensed(3100))
    shop.change(subscription, cancel_at=instant("2026-01-21"))
    shop.advance("2026-01-11")
    item = subscription["items"]["data"][0]["id"]
    shop.change(subscription, items=[{"id": item, "quantity": 2}])
    assert [entry["amount"] for entry in shop.pending()] == [-1100, -1000, 2000]


def test_each_item_keeps_what_its_own_credit_left(shop: Any, instant: Any) -> None:
    """CHG-22 CHG-55: of 62.00 for January 40.00 are left for 20 days; half of that comes back after 10."""
    subscription = shop.subscribe(shop.licensed(3100), shop.licensed(6200))
    shop.change(subscription, cancel_at=instant("2026-01-21"))
    shop.advance("2026-01-11")
    item = subscription["items"]["data"][1]["id"]
    shop.change(subscription, items=[{"id": item, "quantity": 2}])
    assert [entry["amount"] for entry in shop.pending()] == [-1100, -2200, -2000, 4000]


def test_a_change_after_a_planned_end_was_taken_back(shop: Any, instant: Any) -> None:
    """CHG-22 CHG-55: the credit covers the whole rest of the month again."""
    subscription = shop.subscribe(shop.licensed(3100))
    shop.change(subscription, cancel_at=instant("2026-01-21"))
    shop.change(subscription, cancel_at="")
    shop.advance("2026-01-11")
    item = subscription["items"]["data"][0]["id"]
    shop.change(subscription, items=[{"id": item, "quantity": 2}])
    assert [entry["amount"] for entry in shop.pending()] == [-1100, 1100, -2100, 4200]


def test_a_deleted_customers_draft_stays_a_draft(shop: Any) -> None:
    """CLK-67: and can be read."""
    subscription = shop.subscribe(shop.licensed(1000))
    shop.advance(shop.start + MONTH)
    shop.call.ok(f"DELETE /v1/customers/{shop.customer}")
    shop.advance(shop.start + MONTH + DAY)
    draft = shop.call.ok(f"GET /v1/invoices/{shop.subscription(subscription)['latest_invoice']}")
    assert (draft["status"], draft["auto_advance"]) == ("draft", False)


def test_an_end_at_what_is_billed_is_the_end_of_paid_time(shop: Any, instant: Any) -> None:
    """CHG-21 VER-20; which time that is without prebilling is unverified."""
    prices = [shop.licensed(1000), shop.licensed(500, interval="week"), shop.metered(interval="year")]
    subscription = shop.subscribe(*prices)
    shown = shop.change(subscription, cancel_at="max_billed_until")
    assert shown["cancel_at"] == instant("2026-02-01")
    created = shop.subscribe(*prices, cancel_at="max_billed_until")
    assert created["cancel_at"] == instant("2026-02-01")


@pytest.mark.parametrize("trial", [{}, {"trial_period_days": 5}])
def test_nothing_billed_is_no_time_to_end_at(shop: Any, trial: dict[str, int]) -> None:
    """Unverified."""
    price = shop.licensed() if trial else shop.metered()
    subscription = shop.subscribe(price, **trial)
    answer = shop.call(f"POST /v1/subscriptions/{subscription['id']}", cancel_at="max_billed_until")
    assert (answer.status, answer.error["param"]) == (400, "cancel_at")
