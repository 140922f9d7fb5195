"""A renewal: the draft at the period's end, its window, finalization and payment, and the order of events."""

from __future__ import annotations

from typing import Any

import pytest

HOUR = 3_600
DAY = 86_400
MONTH = 31 * DAY  # January 2026, where every story starts


@pytest.mark.parametrize(
    ("after", "status"), [(0, "draft"), (HOUR - 1, "draft"), (HOUR, "paid"), (5 * DAY, "paid")]
)
def test_a_boundary_gives_a_draft_and_an_hour_later_a_paid_invoice(
    shop: Any, after: int, status: str
) -> None:
    """CLK-77 CLK-78: both ends of the hour are inclusive."""
    subscription = shop.subscribe(shop.licensed())
    shop.advance(shop.start + MONTH + after)
    assert shop.last_invoice(subscription)["status"] == status


def test_the_draft_of_a_cycle(shop: Any) -> None:
    """INV-01 INV-02 INV-06 INV-07 INV-42 INV-43 INV-44 CLK-52 CLK-84: what is there at the boundary."""
    subscription = shop.subscribe(shop.metered("10"))
    shop.use(40, shop.start + 5)
    end = shop.start + MONTH
    shop.advance(end)
    draft = shop.last_invoice(subscription)
    line = draft["lines"]["data"][0]
    assert (draft["billing_reason"], draft["status"], draft["created"]) == (
        "subscription_cycle",
        "draft",
        end,
    )
    assert (draft["period_start"], draft["period_end"]) == (shop.start, end)
    assert line["period"] == {"start": shop.start, "end": end}
    assert (line["quantity"], line["quantity_decimal"], line["amount"]) == (40, "40", 400)
    assert draft["automatically_finalizes_at"] == end + HOUR
    assert draft["auto_advance"] is True
    assert draft["webhooks_delivered_at"] == end
    assert [draft[key] for key in ("number", "ending_balance", "hosted_invoice_url", "invoice_pdf")] == [
        None
    ] * 4
    current = shop.subscription(subscription)
    assert current["latest_invoice"] == draft["id"]
    item = current["items"]["data"][0]
    assert (item["current_period_start"], item["current_period_end"]) == (end, end + 28 * DAY)


def test_a_licensed_line_looks_ahead_and_a_metered_line_back(shop: Any) -> None:
    """INV-01 INV-07: on one invoice."""
    subscription = shop.subscribe(shop.licensed(1000), shop.metered("10"))
    end = shop.start + MONTH
    shop.advance(end)
    metered, licensed = shop.last_invoice(subscription)["lines"]["data"]
    assert metered["period"] == {"start": shop.start, "end": end}
    assert licensed["period"] == {"start": end, "end": end + 28 * DAY}


def test_a_paid_cycle_invoice(shop: Any) -> None:
    """INV-36 INV-40 INV-41 CLK-52 CLK-55: attempts, numbers and times; payments keep wall time."""
    subscription = shop.subscribe(shop.licensed())
    shop.world.sleep(600)
    shop.advance(shop.start + MONTH + HOUR)
    first, cycle = shop.invoices(subscription)
    finalized = shop.start + MONTH + HOUR
    assert cycle["status_transitions"] == {
        "finalized_at": finalized,
        "marked_uncollectible_at": None,
        "paid_at": finalized,
        "voided_at": None,
    }
    assert cycle["effective_at"] == finalized
    assert (cycle["attempt_count"], cycle["attempted"], cycle["auto_advance"]) == (1, True, False)
    assert (cycle["next_payment_attempt"], cycle["amount_remaining"], cycle["amount_paid"]) == (None, 0, 1000)
    prefix, _, number = cycle["number"].partition("-")
    assert len(prefix) == 8
    assert number == "0002"
    assert first["number"] == f"{prefix}-0001"
    intent = list(shop.world.payment_intents.values())[-1]
    assert intent.created == shop.world.wall
    assert intent.description == "Subscription update"


def test_events_of_a_renewal_come_in_order(shop: Any) -> None:
    """CLK-82 CLK-84 CLK-85 CLK-86 CLK-87 CLK-56."""
    shop.subscribe(shop.licensed())
    before = len(shop.world.events)
    shop.advance(shop.start + MONTH + HOUR)
    assert shop.events(after=before) == [
        "test_helpers.test_clock.advancing",
        "invoice.upcoming",
        "invoice.created",
        "customer.subscription.updated",
        "invoice.updated",
        "invoice.finalized",
        "payment_intent.succeeded",
        "charge.succeeded",
        "invoice_payment.paid",
        "invoice.paid",
        "invoice.payment_succeeded",
        "test_helpers.test_clock.ready",
    ]


def test_an_invoice_of_zero_needs_no_payment(shop: Any) -> None:
    """INV-03 INV-04 INV-30 CLK-89: a flexible cycle without usage has its line, and is paid."""
    subscription = shop.subscribe(shop.metered())
    before = len(shop.world.events)
    shop.advance(shop.start + MONTH + HOUR)
    invoice = shop.last_invoice(subscription)
    assert (invoice["status"], invoice["total"], invoice["amount_due"]) == ("paid", 0, 0)
    assert [line["quantity"] for line in invoice["lines"]["data"]] == [0]
    assert shop.events(after=before)[-4:-1] == [
        "invoice.finalized",
        "invoice.paid",
        "invoice.payment_succeeded",
    ]
    assert not shop.world.payment_intents


def test_finalization_reads_the_usage_again(shop: Any) -> None:
    """INV-20 INV-22: late usage inside the window is billed, later usage is on no invoice."""
    subscription = shop.subscribe(shop.metered("10"))
    end = shop.start + MONTH
    shop.use(40, shop.start + 5)
    shop.advance(end + HOUR // 2)
    draft = shop.last_invoice(subscription)
    shop.use(2, end - 1)
    shop.advance(end + HOUR)
    final = shop.last_invoice(subscription)
    assert (draft["total"], final["total"]) == (400, 420)
    assert [line["id"] for line in final["lines"]["data"]] == [line["id"] for line in draft["lines"]["data"]]
    shop.use(5, end - 1)
    shop.advance(end + 28 * DAY + HOUR)
    assert [invoice["total"] for invoice in shop.invoices(subscription)] == [420, 0]


def test_usage_counts_by_its_stamp_from_the_start_up_to_the_end(shop: Any) -> None:
    """INV-11 INV-12 INV-13 INV-14: powers of ten around both edges."""
    shop.advance(shop.start + DAY)
    begin = shop.start + DAY
    subscription = shop.subscribe(shop.metered("100"))
    end = shop.subscription(subscription)["items"]["data"][0]["current_period_end"]
    shop.use(1, begin - 1)
    shop.use(10, begin)
    shop.advance(end)
    shop.use(100, end - 1)
    shop.use(1000, end)
    shop.advance(end + HOUR)
    assert shop.last_invoice(subscription)["lines"]["data"][0]["quantity"] == 110
    shop.advance(end + 30 * DAY)
    assert shop.last_invoice(subscription)["lines"]["data"][0]["quantity"] == 1000


def test_finalization_does_not_wait_for_the_meter(new_shop: Any) -> None:
    """INV-28 MTR-89: usage still being aggregated when the hour passes is lost to the invoice."""
    shop = new_shop(lag_seconds=(120, 120))
    subscription = shop.subscribe(shop.metered("100"))
    end = shop.start + MONTH
    shop.advance(end)
    shop.use(7, end - 1)
    shop.advance(end + HOUR)
    assert shop.last_invoice(subscription)["lines"]["data"][0]["quantity"] == 0


@pytest.mark.parametrize("hours", [1, 2, 24, 72])
def test_the_account_sets_the_window(new_shop: Any, hours: int) -> None:
    """INV-18: 1 to 72 hours."""
    shop = new_shop(grace_seconds=hours * HOUR)
    subscription = shop.subscribe(shop.metered())
    end = shop.start + MONTH
    shop.advance(end + hours * HOUR - 1)
    assert shop.last_invoice(subscription)["status"] == "draft"
    assert shop.last_invoice(subscription)["automatically_finalizes_at"] == end + hours * HOUR
    shop.advance(end + hours * HOUR)
    assert shop.last_invoice(subscription)["status"] == "paid"


def test_the_window_is_at_most_one_period(new_shop: Any) -> None:
    """INV-18: three days of grace on a daily price are one day."""
    shop = new_shop(grace_seconds=72 * HOUR)
    subscription = shop.subscribe(shop.metered(interval="day"))
    shop.advance(shop.start + DAY)
    assert shop.last_invoice(subscription)["automatically_finalizes_at"] == shop.start + 2 * DAY


def test_two_periods_in_one_call(shop: Any) -> None:
    """CLK-79 SUB-30: each boundary makes its own invoice, from the anchor."""
    subscription = shop.subscribe(shop.metered())
    shop.advance("2026-03-01")
    assert [invoice["period_end"] for invoice in shop.invoices(subscription)] == [
        shop.start + MONTH,
        shop.start + MONTH + 28 * DAY,
    ]


def test_month_ends_do_not_drift(new_shop: Any, instant: Any) -> None:
    """SUB-30 SUB-31: 31 January, 28 February, 31 March, 30 April."""
    shop = new_shop(starts="2026-01-31T10:00:00")
    subscription = shop.subscribe(shop.licensed())
    shop.advance_far("2026-05-01")
    ends = [invoice["period_end"] for invoice in shop.invoices(subscription)[1:]]
    assert ends == [instant(f"2026-{day}T10:00:00") for day in ("02-28", "03-31", "04-30")]


def test_every_item_on_a_meter_bills_all_of_its_usage(shop: Any) -> None:
    """MTR-111 SUB-14: two prices on one meter charge twice."""
    subscription = shop.subscribe(shop.metered("10"), shop.metered("3"))
    shop.use(100, shop.start + 5)
    shop.advance(shop.start + MONTH + HOUR)
    assert sorted(line["amount"] for line in shop.last_invoice(subscription)["lines"]["data"]) == [300, 1000]


def test_customers_share_no_usage(shop: Any) -> None:
    """MTR-112."""
    other = shop.new_customer()
    subscription = shop.subscribe(shop.metered("10"))
    shop.use(5, shop.start + 5, customer=other)
    shop.advance(shop.start + MONTH + HOUR)
    assert shop.last_invoice(subscription)["total"] == 0


def test_a_negative_total_bills_nothing(shop: Any) -> None:
    """PRC-22 INV-17 N-15: +5 and -8 show a quantity of 0."""
    subscription = shop.subscribe(shop.metered("10"))
    shop.use(5, shop.start + 5)
    shop.use(-8, shop.start + 6)
    shop.advance(shop.start + MONTH + HOUR)
    line = shop.last_invoice(subscription)["lines"]["data"][0]
    assert (line["quantity"], line["amount"]) == (0, 0)


def test_decimal_usage_shows_both_quantities(shop: Any) -> None:
    """INV-17 INV-50 MTR-49: the integer is cut off, the decimal exact."""
    subscription = shop.subscribe(shop.metered("100"))
    shop.use("5.75", shop.start + 5)
    shop.advance(shop.start + MONTH + HOUR)
    line = shop.last_invoice(subscription)["lines"]["data"][0]
    assert (line["quantity"], line["quantity_decimal"], line["amount"]) == (5, "5.75", 575)


@pytest.mark.parametrize("days", [3, 7, 30])
def test_a_renewal_is_announced_days_before(new_shop: Any, days: int) -> None:
    """CLK-82: an account setting; the invoice has no id, and says what the preview says."""
    shop = new_shop(upcoming_days=days)
    subscription = shop.subscribe(shop.metered("10"), shop.licensed(1000))
    shop.use(12, shop.start)
    before = len(shop.world.events)
    shop.advance(shop.start + MONTH - days * DAY - 1)
    assert shop.events(after=before)[1:-1] == []
    shop.advance(shop.start + MONTH - days * DAY)
    assert shop.events(after=before)[3:-1] == ["invoice.upcoming"]
    announced = shop.call.ok("GET /v1/events", type="invoice.upcoming")["data"][0]["data"]["object"]
    assert "id" not in announced
    assert (announced["billing_reason"], announced["total"]) == ("upcoming", 1120)
    assert announced["parent"]["subscription_details"]["subscription"] == subscription["id"]
    shop.advance(shop.start + MONTH)
    assert shop.events(after=before).count("invoice.upcoming") == 1


@pytest.mark.parametrize("why", ["short", "last", "off"])
def test_what_is_not_announced(new_shop: Any, why: str) -> None:
    """CLK-82: a period shorter than the notice, a last period, an account that wants none."""
    shop = new_shop(upcoming_days=0 if why == "off" else 7)
    subscription = shop.subscribe(shop.metered(interval="week" if why == "short" else "month"))
    if why == "last":
        shop.change(subscription, cancel_at_period_end=True)
    shop.advance(shop.start + 14 * DAY)
    if why != "short":
        shop.advance(shop.start + MONTH)
    assert "invoice.upcoming" not in shop.events()
