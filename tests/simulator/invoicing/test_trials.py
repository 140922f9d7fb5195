"""Trials: what is billed in them, at their end, and what happens without a payment method."""

from __future__ import annotations

from typing import Any

import pytest

HOUR = 3_600
DAY = 86_400


def test_a_trial_starts_with_a_line_of_zero(shop: Any, rows: Any, instant: Any) -> None:
    """CHG-28 INV-72 SUB-29: licensed; the anchor is the trial's end."""
    subscription = shop.subscribe(shop.licensed(1000), trial_period_days=14)
    invoice = shop.last_invoice(subscription)
    assert rows(invoice) == [("Trial period for Gold", "1", 0)]
    assert (invoice["status"], subscription["status"]) == ("paid", "trialing")
    assert subscription["billing_cycle_anchor"] == subscription["trial_end"] == instant("2026-01-15")
    assert subscription["items"]["data"][0]["current_period_end"] == instant("2026-01-15")


def test_a_metered_only_trial_has_no_invoice_in_flexible_mode(shop: Any) -> None:
    """CHG-28."""
    subscription = shop.subscribe(shop.metered(), trial_period_days=14)
    assert shop.invoices(subscription) == []


def test_a_trials_end_drafts_the_first_paid_period(shop: Any, instant: Any) -> None:
    """CLK-80 CLK-83: the notice three days before, the draft hour, the new anchor."""
    subscription = shop.subscribe(shop.licensed(1000), trial_end=instant("2026-01-15"))
    before = len(shop.world.events)
    shop.advance("2026-01-12")
    assert shop.events(after=before)[1:-1] == ["customer.subscription.trial_will_end"]
    shop.advance("2026-01-15")
    draft = shop.last_invoice(subscription)
    assert (draft["status"], draft["total"], shop.subscription(subscription)["status"]) == (
        "draft",
        1000,
        "active",
    )
    assert draft["lines"]["data"][0]["period"] == {
        "start": instant("2026-01-15"),
        "end": instant("2026-02-15"),
    }
    shop.advance("2026-01-15T01:00:00")
    assert shop.last_invoice(subscription)["status"] == "paid"


def test_a_trials_end_with_a_failing_card_is_past_due(new_shop: Any, instant: Any) -> None:
    """CLK-80."""
    shop = new_shop(card="pm_card_chargeCustomerFail")
    subscription = shop.subscribe(shop.licensed(1000), trial_end=instant("2026-01-15"))
    shop.advance("2026-01-15T01:00:00")
    assert shop.subscription(subscription)["status"] == "past_due"


@pytest.mark.parametrize("mode", ["classic", "flexible"])
def test_usage_of_a_trial_is_free(shop: Any, instant: Any, mode: str) -> None:
    """CHG-29 UNK-31: metering starts at the trial's end."""
    subscription = shop.subscribe(
        shop.metered("10"), trial_end=instant("2026-01-15"), billing_mode={"type": mode}
    )
    shop.use(50, shop.start + 5)
    shop.advance("2026-01-15T01:00:00")
    assert sum(invoice["total"] for invoice in shop.invoices(subscription)) == 0
    shop.use(3, instant("2026-01-15"))
    shop.advance("2026-02-15T01:00:00")
    line = shop.last_invoice(subscription)["lines"]["data"][0]
    assert (line["quantity"], line["period"]["start"]) == (3, instant("2026-01-15"))


@pytest.mark.parametrize(
    ("behavior", "status"), [("create_invoice", "past_due"), ("cancel", "canceled"), ("pause", "paused")]
)
def test_a_trials_end_without_a_payment_method(
    new_shop: Any, instant: Any, behavior: str, status: str
) -> None:
    """CHG-30 SUB-26."""
    shop = new_shop(card=None)
    subscription = shop.subscribe(
        shop.licensed(1000),
        trial_end=instant("2026-01-15"),
        trial_settings={"end_behavior": {"missing_payment_method": behavior}},
    )
    shop.advance("2026-01-15T01:00:00")
    assert shop.subscription(subscription)["status"] == status
    shop.advance("2026-03-10")
    made = [invoice["billing_reason"] for invoice in shop.invoices(subscription)]
    assert ("subscription_cycle" in made) == (behavior == "create_invoice")


def test_a_trial_is_at_most_two_years(shop: Any, instant: Any) -> None:
    """CHG-31."""
    answer = shop.call(
        "POST /v1/subscriptions",
        customer=shop.customer,
        items=[{"price": shop.licensed()}],
        trial_end=instant("2028-01-02"),
    )
    assert (answer.status, answer.error["param"]) == (400, "trial_end")


def test_a_short_trial_is_announced_at_once(shop: Any) -> None:
    """CLK-83: less than three days away."""
    shop.subscribe(shop.metered(), trial_period_days=2)
    assert shop.events()[-2:] == ["customer.subscription.created", "customer.subscription.trial_will_end"]
    shop.advance(shop.start + 3 * DAY)
    assert shop.events().count("customer.subscription.trial_will_end") == 1


def paused(new_shop: Any, instant: Any, fee: int = 3100) -> Any:
    """A shop and its subscription, paused since 15 January, on 1 February."""
    shop = new_shop(card=None)
    subscription = shop.subscribe(
        shop.licensed(fee),
        shop.metered("10"),
        trial_end=instant("2026-01-15"),
        trial_settings={"end_behavior": {"missing_payment_method": "pause"}},
    )
    shop.advance("2026-02-01")
    shop.use(9, shop.now() - 5)
    card = shop.call.ok("POST /v1/payment_methods/pm_card_visa/attach", customer=shop.customer)["id"]
    shop.change(subscription, default_payment_method=card)
    return shop, subscription


def test_a_paused_subscription_is_taken_up_again(new_shop: Any, instant: Any) -> None:
    """SUB-26: a new period from now, billed at once; usage of the pause is not."""
    shop, subscription = paused(new_shop, instant, fee=1000)
    before = len(shop.world.events)
    resumed = shop.call.ok(f"POST /v1/subscriptions/{subscription['id']}/resume")
    assert (resumed["status"], resumed["billing_cycle_anchor"]) == ("active", instant("2026-02-01"))
    assert shop.last_invoice(subscription)["total"] == 1000
    assert "customer.subscription.resumed" in shop.events(after=before)
    shop.advance("2026-03-01T01:00:00")
    assert shop.last_invoice(subscription)["total"] == 1000
    assert shop.call(f"POST /v1/subscriptions/{subscription['id']}/resume").status == 400


@pytest.mark.parametrize("mode", ["classic", "flexible"])
@pytest.mark.parametrize(
    "ending",
    [{"cancel_at_period_end": True}, {"cancel_at": 1_768_435_200}, {"cancel_at": 1_767_657_600}],
    ids=["at-period-end", "at-the-trials-end", "inside-the-trial"],
)
def test_a_trial_that_ends_its_subscription_bills_nothing(shop: Any, mode: str, ending: Any) -> None:
    """CHG-19 CHG-24 CHG-29 CLK-81: no paid period begins, usage of the trial is free; previews say so."""
    subscription = shop.subscribe(
        shop.licensed(1000), shop.metered("10"), trial_period_days=14, billing_mode={"type": mode}
    )
    shop.use(50, shop.start)
    shop.change(subscription, **ending)
    for details in ({}, {"subscription_details": {"cancel_now": True}}):
        asked = shop.call("POST /v1/invoices/create_preview", subscription=subscription["id"], **details)
        assert asked.error["code"] == "invoice_upcoming_none"
    shop.advance(shop.start + 20 * DAY)
    ended = shop.subscription(subscription)
    assert (ended["status"], ended["ended_at"]) == ("canceled", ended["cancel_at"])
    assert [invoice["total"] for invoice in shop.invoices()] == [0]


def test_what_waits_is_billed_when_a_trial_ends_its_subscription(shop: Any) -> None:
    """CLK-81: pending items make a last invoice."""
    shop.subscribe(shop.metered("10"), trial_period_days=14, cancel_at_period_end=True)
    shop.call.ok("POST /v1/invoiceitems", customer=shop.customer, amount=700, currency="usd")
    shop.use(50, shop.start)
    shop.advance(shop.start + 14 * DAY)
    assert [line["amount"] for line in shop.last_invoice()["lines"]["data"]] == [700]


def test_nothing_comes_up_for_a_paused_subscription(new_shop: Any) -> None:
    """SUB-26 INV-77: it makes no invoices."""
    shop = new_shop(card=None)
    subscription = shop.subscribe(
        shop.licensed(1000),
        trial_period_days=14,
        trial_settings={"end_behavior": {"missing_payment_method": "pause"}},
    )
    shop.advance(shop.start + 15 * DAY)
    asked = shop.call("POST /v1/invoices/create_preview", subscription=subscription["id"])
    assert asked.error["code"] == "invoice_upcoming_none"


RESUMED = [("create_prorations", 0, 1_400), ("always_invoice", 1_400, 0), ("none", 0, 0)]


@pytest.mark.parametrize(("behavior", "invoiced", "waiting"), RESUMED)
def test_an_unchanged_anchor_bills_the_rest_of_the_period_that_goes_on(
    new_shop: Any, instant: Any, behavior: str, invoiced: int, waiting: int
) -> None:
    """The reference of `resume`: prorations only here; 14 of 31 days are left on 1 February."""
    shop, subscription = paused(new_shop, instant)
    asked: dict[str, Any] = {
        "billing_cycle_anchor": {"type": "unchanged"},
        "proration_behavior": behavior,
    }
    resumed = shop.call.ok(f"POST /v1/subscriptions/{subscription['id']}/resume", **asked)
    assert (resumed["status"], resumed["billing_cycle_anchor"]) == ("active", instant("2026-01-15"))
    assert {item["current_period_end"] for item in resumed["items"]["data"]} == {instant("2026-02-15")}
    made = [each for each in shop.invoices(subscription) if each["total"]]
    assert sum(each["total"] for each in made) == invoiced
    assert sum(item["amount"] for item in shop.pending()) == waiting
    shop.use(2, shop.now())
    shop.advance("2026-02-15T01:00:00")
    assert shop.last_invoice(subscription)["total"] == 3100 + 20 + waiting


@pytest.mark.parametrize("anchor", ["now", "unchanged"])
def test_the_preview_of_a_resumption_is_its_invoice(new_shop: Any, instant: Any, anchor: str) -> None:
    shop, subscription = paused(new_shop, instant)
    asked = {"billing_cycle_anchor": {"type": anchor}, "proration_behavior": "always_invoice"}
    preview = shop.preview(subscription, subscription_details={"resume_at": "now", **asked})
    shop.call.ok(f"POST /v1/subscriptions/{subscription['id']}/resume", **asked)
    final = shop.last_invoice(subscription)
    keys = ("description", "amount", "period")
    assert [[line[key] for key in keys] for line in preview["lines"]["data"]] == [
        [line[key] for key in keys] for line in final["lines"]["data"]
    ]


RESUME_REFUSALS = [
    ({"payment_behavior": "resume_on_payment_success"}, 501),
    ({"payment_behavior": "allow_incomplete"}, 400),
    ({"billing_cycle_anchor": "unchanged", "proration_date": 1_767_225_600}, 400),
]


@pytest.mark.parametrize(("params", "status"), RESUME_REFUSALS)
def test_a_resumption_takes_what_its_reference_lists(
    new_shop: Any, instant: Any, params: dict[str, Any], status: int
) -> None:
    shop, subscription = paused(new_shop, instant)
    assert shop.call(f"POST /v1/subscriptions/{subscription['id']}/resume", **params).status == status
    assert shop.subscription(subscription)["status"] == "paused"


@pytest.mark.parametrize("mode", ["classic", "flexible"])
@pytest.mark.parametrize("behavior", ["create_prorations", "always_invoice", "none"])
def test_another_interval_in_a_trial_costs_nothing_before_its_end(
    shop: Any, instant: Any, mode: str, behavior: str
) -> None:
    """CHG-28 SUB-29 CHG-12: the cycle still starts at the trial's end, and is paid for once."""
    yearly = shop.licensed(36_500, interval="year")
    subscription = shop.subscribe(shop.licensed(1000), trial_period_days=14, billing_mode={"type": mode})
    shop.advance(shop.start + 5 * DAY)
    first = subscription["items"]["data"][0]["id"]
    changed = shop.change(subscription, items=[{"id": first, "price": yearly}], proration_behavior=behavior)
    assert (changed["status"], changed["billing_cycle_anchor"]) == ("trialing", instant("2026-01-15"))
    shop.advance("2026-01-15T01:00:00")
    assert [invoice["total"] for invoice in shop.invoices()] == [0, 36_500]
    period = shop.last_invoice()["lines"]["data"][0]["period"]
    assert period == {"start": instant("2026-01-15"), "end": instant("2027-01-15")}


def test_a_reset_in_a_trial_is_refused_by_name(shop: Any) -> None:
    """CHG-11: what Stripe makes of it is not known."""
    subscription = shop.subscribe(shop.licensed(1000), trial_period_days=14)
    answer = shop.call(f"POST /v1/subscriptions/{subscription['id']}", billing_cycle_anchor="now")
    assert answer.status == 501


@pytest.mark.parametrize("params", [{}, {"invoice_now": True, "prorate": True}])
def test_a_paused_subscription_bills_nothing_when_it_changes_or_ends(new_shop: Any, params: Any) -> None:
    """SUB-26: it makes no invoices, and leaves no prorations."""
    shop = new_shop(card=None)
    subscription = shop.subscribe(
        shop.licensed(1000),
        shop.metered("10"),
        trial_period_days=14,
        trial_settings={"end_behavior": {"missing_payment_method": "pause"}},
    )
    shop.advance(shop.start + 15 * DAY)
    shop.use(50, shop.now())
    first = subscription["items"]["data"][0]["id"]
    shop.change(subscription, items=[{"id": first, "quantity": 3}])
    assert shop.pending() == []
    assert shop.cancel(subscription, **params)["status"] == "canceled"
    assert [invoice["total"] for invoice in shop.invoices()] == [0]


def test_a_trial_and_an_anchor_make_a_free_period_and_then_a_prorated_one(shop: Any, instant: Any) -> None:
    """docs.stripe.com/billing/subscriptions/billing-cycle: 18 January to 1 February are 14 of 31 days."""
    subscription = shop.subscribe(
        shop.licensed(3100),
        shop.metered("10"),
        trial_end=instant("2026-01-18"),
        billing_cycle_anchor=instant("2026-02-01"),
    )
    assert subscription["billing_cycle_anchor"] == instant("2026-02-01")
    assert {item["current_period_end"] for item in subscription["items"]["data"]} == {instant("2026-01-18")}
    preview = shop.preview(subscription)
    shop.use(5, shop.start)
    shop.advance("2026-01-18T01:00:00")
    stub = shop.last_invoice()
    assert [line["amount"] for line in stub["lines"]["data"]] == [1400]
    assert stub["total"] == preview["total"]
    shop.use(3, shop.now())
    shop.advance("2026-02-01T01:00:00")
    assert [line["amount"] for line in shop.last_invoice()["lines"]["data"]] == [30, 3100]
    assert shop.last_invoice()["period_start"] == instant("2026-01-18")


CONFIGS = [
    ({"day_of_month": 1}, "2026-01-18T12:00:00", "2026-02-01"),
    ({"day_of_month": 18}, "2026-01-18", "2026-01-18"),
    ({"day_of_month": 31, "hour": 9}, "2026-02-10", "2026-02-28T09:00:00"),
    ({"day_of_month": 31, "hour": ""}, "2026-02-10", "2026-02-28"),
]


@pytest.mark.parametrize(("config", "ends", "anchor"), CONFIGS)
def test_a_configured_anchor_is_the_first_one_from_the_trials_end_on(
    shop: Any, instant: Any, config: dict[str, Any], ends: str, anchor: str
) -> None:
    """SUB-34 SUB-35; that it is not the first one after the creation is unverified."""
    subscription = shop.subscribe(
        shop.licensed(), trial_end=instant(ends), billing_cycle_anchor_config=config
    )
    assert subscription["billing_cycle_anchor"] == instant(anchor)
    shop.advance(instant(ends))
    (item,) = shop.subscription(subscription)["items"]["data"]
    whole = ends == anchor
    assert item["current_period_end"] == instant("2026-02-18" if whole else anchor)


@pytest.mark.parametrize(
    ("params", "status"),
    [
        ({"billing_cycle_anchor": "2026-02-18"}, 200),
        ({"billing_cycle_anchor": "2026-02-18T00:00:01"}, 400),
        ({"billing_cycle_anchor": "2026-01-10"}, 200),
        ({"billing_cycle_anchor": "2026-02-01", "proration_behavior": "none"}, 501),
        ({"backdate_start_date": "2025-12-01"}, 501),
    ],
)
def test_how_a_trial_goes_with_other_dates(
    shop: Any, instant: Any, params: dict[str, str], status: int
) -> None:
    dates = {key: instant(value) if value[0] == "2" else value for key, value in params.items()}
    answer = shop.call(
        "POST /v1/subscriptions",
        customer=shop.customer,
        items=[{"price": shop.licensed()}],
        trial_end=instant("2026-01-18"),
        **dates,
    )
    assert answer.status == status


def test_the_end_of_a_trial_now_is_a_new_anchor_by_itself(shop: Any) -> None:
    """CHG-13: asking for the anchor as well changes nothing."""
    subscription = shop.subscribe(shop.licensed(900), trial_period_days=14)
    shop.advance(shop.start + DAY)
    shown = shop.change(subscription, trial_end="now", billing_cycle_anchor="now")
    assert (shown["status"], shown["billing_cycle_anchor"]) == ("active", shop.start + DAY)
    assert [invoice["total"] for invoice in shop.invoices()] == [0, 900]
