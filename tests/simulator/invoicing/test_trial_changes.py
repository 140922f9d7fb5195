"""Trials that an update begins or ends, and what is added in one."""

from __future__ import annotations

from typing import Any

import pytest

DAY = 86_400
MODES = ["classic", "flexible"]


@pytest.mark.parametrize("mode", MODES)
def test_an_item_that_is_added_in_a_trial_is_free_until_its_end(shop: Any, instant: Any, mode: str) -> None:
    """SUB-29 CHG-28: its period ends with the trial, the calendar begins there."""
    subscription = shop.subscribe(shop.metered("10"), trial_period_days=14, billing_mode={"type": mode})
    shop.advance("2026-01-05")
    shown = shop.change(subscription, items=[{"price": shop.licensed(1000)}])
    added = shown["items"]["data"][1]
    assert (added["current_period_start"], added["current_period_end"]) == (
        instant("2026-01-05"),
        instant("2026-01-15"),
    )
    assert shop.pending() == []
    shop.advance("2026-01-15T01:00:00")
    assert shop.last_invoice()["total"] == 1000


def test_an_item_that_is_added_after_a_trial_joins_the_calendar(shop: Any, instant: Any) -> None:
    """CHG-03 SUB-29: the trial's end stays on the subscription and ends no other period."""
    subscription = shop.subscribe(shop.metered("10"), trial_period_days=14)
    shop.advance("2026-01-31")
    shown = shop.change(subscription, items=[{"price": shop.licensed(3100)}])
    assert shown["trial_end"] == instant("2026-01-15")
    assert shown["items"]["data"][1]["current_period_end"] == instant("2026-02-15")
    assert [entry["amount"] for entry in shop.pending()] == [1500]


def test_a_trial_that_an_update_begins_bills_what_is_open(shop: Any, instant: Any) -> None:
    """CHG-13 CHG-11 CHG-29: usage so far at once, credit for licensed time, and free usage from then on."""
    subscription = shop.subscribe(shop.licensed(3100), shop.metered("10"))
    shop.use(6, shop.start)
    shop.advance("2026-01-16")
    before = len(shop.invoices())
    shown = shop.change(subscription, trial_end=instant("2026-01-26"))
    assert (shown["status"], shown["trial_start"], shown["billing_cycle_anchor"]) == (
        "trialing",
        instant("2026-01-16"),
        instant("2026-01-26"),
    )
    (made,) = shop.invoices()[before:]
    lines = {line["amount"]: line["period"] for line in made["lines"]["data"]}
    assert lines == {
        60: {"start": shop.start, "end": instant("2026-01-16")},
        -1600: {"start": instant("2026-01-16"), "end": instant("2026-02-01")},
    }
    shop.use(50, shop.now())
    shop.advance("2026-01-26T01:00:00")
    assert [line["amount"] for line in shop.last_invoice()["lines"]["data"]] == [3100]


def test_a_moved_end_of_a_trial_is_noticed_again(shop: Any, instant: Any) -> None:
    """CLK-83 CHG-13: three days before each."""
    subscription = shop.subscribe(shop.metered(), trial_end=instant("2026-01-15"))
    shop.advance("2026-01-13")
    shop.change(subscription, trial_end=instant("2026-01-25"))
    assert shop.events().count("customer.subscription.trial_will_end") == 1
    shop.advance("2026-01-22")
    assert shop.events().count("customer.subscription.trial_will_end") == 2


def test_a_trial_begun_at_once_finds_no_usage_to_bill(shop: Any, instant: Any) -> None:
    """CHG-13: of a metered price alone; there is nothing before this second."""
    subscription = shop.subscribe(shop.metered("10"))
    shop.change(subscription, trial_end=instant("2026-01-10"))
    assert shop.invoices(subscription) == []


def test_a_trial_without_prorations_gives_nothing_back(shop: Any, instant: Any) -> None:
    """CHG-13 CHG-57: neither at once nor later."""
    subscription = shop.subscribe(shop.licensed(3100))
    shop.advance("2026-01-16")
    shop.change(subscription, trial_end=instant("2026-01-26"), proration_behavior="none")
    assert shop.pending() == []
    assert [invoice["total"] for invoice in shop.invoices()] == [3100]


def test_what_a_trials_end_without_a_method_does_can_be_changed(new_shop: Any) -> None:
    """CHG-30 SUB-26: and stays when a later change does not name it."""
    shop = new_shop(card=None)
    subscription = shop.subscribe(shop.licensed(1000), trial_period_days=14)
    asked = {"end_behavior": {"missing_payment_method": "pause"}}
    assert shop.change(subscription, trial_settings=asked)["trial_settings"] == asked
    assert shop.change(subscription, description="Gold")["trial_settings"] == asked
    before = len(shop.world.events)
    shop.advance(shop.start + 14 * DAY)
    assert shop.subscription(subscription)["status"] == "paused"
    assert shop.events(after=before)[2:-1] == [
        "customer.subscription.updated",
        "customer.subscription.paused",
    ]


def test_a_subscription_whose_trial_ends_at_once_has_none(shop: Any) -> None:
    """CHG-28: `now` at the creation is the same as no trial."""
    shown = shop.subscribe(shop.licensed(1000), trial_end="now")
    assert (shown["status"], shown["trial_end"], shown["billing_cycle_anchor"]) == (
        "active",
        None,
        shop.start,
    )
    assert shop.last_invoice()["total"] == 1000


def test_the_end_of_a_trial_that_is_over_changes_nothing(shop: Any) -> None:
    """CHG-13: `trial_end=now` moves no anchor then, and bills nothing."""
    subscription = shop.subscribe(shop.licensed(1000))
    shop.advance(shop.start + DAY)
    shown = shop.change(subscription, trial_end="now")
    assert (shown["status"], shown["trial_end"]) == ("active", None)
    assert shown["billing_cycle_anchor"] == shop.start
    assert [invoice["total"] for invoice in shop.invoices()] == [1000]


def test_a_trial_together_with_a_reset_is_refused_by_name(shop: Any, instant: Any) -> None:
    """CHG-11 CHG-13: which of the two anchors Stripe takes is not known."""
    subscription = shop.subscribe(shop.licensed(1000))
    answer = shop.call(
        f"POST /v1/subscriptions/{subscription['id']}",
        trial_end=instant("2026-01-20"),
        billing_cycle_anchor="now",
    )
    assert answer.status == 501
    assert shop.subscription(subscription)["billing_cycle_anchor"] == shop.start
