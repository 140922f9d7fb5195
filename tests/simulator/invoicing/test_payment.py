"""Paying, failing to pay, retrying, giving up; balances, voids, sent invoices."""

from __future__ import annotations

from typing import Any

import pytest

from harness.simulator.flows.invoicing.payments import RETRY_DAYS

HOUR = 3_600
DAY = 86_400
MONTH = 31 * DAY


def failing(new_shop: Any, **settings: Any) -> tuple[Any, dict[str, Any]]:
    """A renewal of 1000 that the card refuses, just finalized."""
    shop = new_shop(card="pm_card_chargeCustomerFail", **settings)
    subscription = shop.subscribe(shop.metered("10"))
    shop.use(100, shop.start + 5)
    shop.advance(shop.start + MONTH + HOUR)
    return shop, subscription


def good_card(shop: Any) -> str:
    card: str = shop.call.ok("POST /v1/payment_methods/pm_card_visa/attach", customer=shop.customer)["id"]
    return card


def test_a_failed_renewal_is_past_due_and_tried_again(new_shop: Any) -> None:
    """CLK-72 CLK-88 CLK-90 CLK-93."""
    shop, subscription = failing(new_shop)
    invoice = shop.last_invoice(subscription)
    failed_at = shop.start + MONTH + HOUR
    assert (invoice["status"], invoice["attempt_count"], invoice["attempted"]) == ("open", 1, True)
    assert invoice["next_payment_attempt"] == failed_at + RETRY_DAYS[0] * DAY
    assert shop.subscription(subscription)["status"] == "past_due"
    kinds = shop.events()
    tail = kinds[kinds.index("charge.failed") :]
    assert tail[:4] == [
        "charge.failed",
        "payment_intent.payment_failed",
        "invoice.payment_failed",
        "customer.subscription.updated",
    ]
    intent = list(shop.world.payment_intents.values())[-1]
    assert (intent.status, intent.last_error["code"]) == ("requires_payment_method", "card_declined")


def test_eight_tries_follow_within_two_weeks() -> None:
    """CLK-92; on which days is the project's own choice (CLK-93)."""
    assert (len(RETRY_DAYS), RETRY_DAYS[-1]) == (8, 14)
    assert list(RETRY_DAYS) == sorted(set(RETRY_DAYS))


def test_a_failed_payment_of_a_change_is_tried_again_as_well(shop: Any) -> None:
    """CLK-88 CLK-90 CHG-57: the invoice that an update makes at once."""
    subscription = shop.subscribe(shop.licensed(1000))
    card = shop.call.ok("POST /v1/payment_methods/pm_card_chargeCustomerFail/attach", customer=shop.customer)[
        "id"
    ]
    items = [{"id": subscription["items"]["data"][0]["id"], "quantity": 2}]
    shop.change(subscription, items=items, proration_behavior="always_invoice", default_payment_method=card)
    assert shop.last_invoice()["next_payment_attempt"] == shop.start + RETRY_DAYS[0] * DAY
    assert shop.subscription(subscription)["status"] == "past_due"
    shop.advance(shop.start + RETRY_DAYS[0] * DAY)
    assert shop.last_invoice()["attempt_count"] == 2


def test_retries_follow_the_table_and_the_count_grows(new_shop: Any) -> None:
    """CLK-90 CLK-91 CLK-92 CLK-93 UNK-37."""
    shop, subscription = failing(new_shop, dunning_ends_in="past_due")
    failed_at = shop.start + MONTH + HOUR
    for number, day in enumerate(RETRY_DAYS, start=2):
        shop.advance(failed_at + day * DAY)
        assert shop.last_invoice(subscription)["attempt_count"] == number
    last = shop.last_invoice(subscription)
    assert (last["attempt_count"], last["next_payment_attempt"], last["status"]) == (
        len(RETRY_DAYS) + 1,
        None,
        "open",
    )


@pytest.mark.parametrize("final", ["canceled", "unpaid", "past_due"])
def test_the_account_decides_what_follows_the_last_retry(new_shop: Any, final: str) -> None:
    """CLK-92 SUB-25."""
    shop, subscription = failing(new_shop, dunning_ends_in=final)
    shop.advance(shop.start + MONTH + HOUR + RETRY_DAYS[-1] * DAY)
    ended = shop.subscription(subscription)
    assert ended["status"] == final
    assert (ended["cancellation_details"]["reason"] == "payment_failed") == (final == "canceled")


def test_an_unpaid_subscription_makes_drafts_that_stay(new_shop: Any) -> None:
    """SUB-25 CON-23 UNK-35."""
    shop, subscription = failing(new_shop, dunning_ends_in="unpaid")
    shop.advance("2026-03-05")
    draft = shop.last_invoice(subscription)
    assert (draft["status"], draft["auto_advance"], draft["automatically_finalizes_at"]) == (
        "draft",
        False,
        None,
    )


def test_a_new_card_pays_at_the_next_try(new_shop: Any) -> None:
    """CLK-91: and the subscription is active again."""
    shop, subscription = failing(new_shop)
    shop.change(subscription, default_payment_method=good_card(shop))
    shop.advance(shop.start + MONTH + HOUR + RETRY_DAYS[0] * DAY)
    assert shop.last_invoice(subscription)["status"] == "paid"
    assert shop.subscription(subscription)["status"] == "active"


def test_an_invoice_can_be_paid_by_hand(new_shop: Any) -> None:
    """CLK-87: with another method, refused ones answer 402."""
    shop, subscription = failing(new_shop)
    path = f"POST /v1/invoices/{shop.last_invoice(subscription)['id']}/pay"
    refused = shop.call(path)
    assert (refused.status, refused.error["type"], refused.error["code"]) == (
        402,
        "card_error",
        "card_declined",
    )
    assert refused.error["payment_intent"]["object"] == "payment_intent"
    paid = shop.call.ok(path, payment_method=good_card(shop))
    assert (paid["status"], paid["attempt_count"]) == ("paid", 3)
    assert shop.subscription(subscription)["status"] == "active"
    assert shop.call(path).error["code"] == "invoice_already_paid"


def test_paid_out_of_band(new_shop: Any) -> None:
    """INV-36."""
    shop, subscription = failing(new_shop)
    path = f"POST /v1/invoices/{shop.last_invoice(subscription)['id']}/pay"
    paid = shop.call.ok(path, paid_out_of_band=True)
    assert (paid["status"], paid["amount_paid"], paid["amount_paid_off_stripe"]) == ("paid", 1000, 1000)
    assert list(shop.world.payment_intents.values())[-1].status == "canceled"


def test_a_declined_first_payment_leaves_it_incomplete_and_it_expires(new_shop: Any) -> None:
    """SUB-16 SUB-23 SUB-24: after 23 hours, the invoice voided."""
    shop = new_shop(card="pm_card_chargeCustomerFail")
    subscription = shop.subscribe(shop.licensed(1000))
    assert subscription["status"] == "incomplete"
    assert shop.last_invoice(subscription)["status"] == "open"
    shop.advance(shop.start + 23 * HOUR - 1)
    assert shop.subscription(subscription)["status"] == "incomplete"
    shop.advance(shop.start + 23 * HOUR)
    assert shop.subscription(subscription)["status"] == "incomplete_expired"
    assert shop.last_invoice(subscription)["status"] == "void"


def test_paying_the_first_invoice_activates(new_shop: Any) -> None:
    """SUB-15 INV-37: default_incomplete waits for a payment."""
    shop = new_shop()
    subscription = shop.subscribe(shop.licensed(1000), payment_behavior="default_incomplete")
    assert subscription["status"] == "incomplete"
    invoice = shop.call.ok(
        f"GET /v1/invoices/{subscription['latest_invoice']}", expand=["confirmation_secret"]
    )
    assert invoice["confirmation_secret"]["type"] == "payment_intent"
    shop.call.ok(f"POST /v1/invoices/{invoice['id']}/pay")
    assert shop.subscription(subscription)["status"] == "active"


@pytest.mark.parametrize(
    ("card", "behavior", "status", "code"),
    [
        ("pm_card_chargeCustomerFail", "error_if_incomplete", 402, "card_declined"),
        (None, "allow_incomplete", 400, "resource_missing"),
        (None, "error_if_incomplete", 400, "resource_missing"),
        ("pm_card_visa", "pending_if_incomplete", 400, None),
    ],
)
def test_creations_that_are_refused(
    new_shop: Any, card: str | None, behavior: str, status: int, code: str | None
) -> None:
    """SUB-15: nothing is left behind."""
    shop = new_shop(card=card)
    answer = shop.call(
        "POST /v1/subscriptions",
        customer=shop.customer,
        items=[{"price": shop.licensed(1000)}],
        payment_behavior=behavior,
    )
    assert (answer.status, answer.error.get("code")) == (status, code)
    assert not shop.world.subscriptions
    assert not shop.world.invoices


def test_an_update_that_must_be_paid(new_shop: Any) -> None:
    """SUB-15: error_if_incomplete refuses the whole change."""
    shop = new_shop(card="pm_card_chargeCustomerFail")
    subscription = shop.subscribe(shop.licensed(1000), trial_period_days=7)
    before = shop.subscription(subscription)
    answer = shop.call(
        f"POST /v1/subscriptions/{subscription['id']}",
        trial_end="now",
        payment_behavior="error_if_incomplete",
    )
    assert (answer.status, answer.error["code"]) == (402, "card_declined")
    assert shop.subscription(subscription) == before


@pytest.mark.parametrize("behavior", ["error_if_incomplete", "pending_if_incomplete"])
def test_an_update_that_costs_nothing_needs_no_payment(new_shop: Any, behavior: str) -> None:
    """SUB-15 INV-30: nor a method to pay with; nothing waits."""
    shop = new_shop(card=None)
    subscription = shop.subscribe(shop.licensed(0))
    shop.advance(shop.start + DAY)
    changed = shop.change(
        subscription,
        items=[{"id": subscription["items"]["data"][0]["id"], "quantity": 2}],
        billing_cycle_anchor="now",
        proration_behavior="always_invoice",
        payment_behavior=behavior,
    )
    assert (changed["items"]["data"][0]["quantity"], changed["pending_update"]) == (2, None)


def test_a_sum_below_the_smallest_charge_is_carried_over(shop: Any) -> None:
    """INV-29 UNK-34 N-12: 25 cents are marked paid and due with the next invoice."""
    subscription = shop.subscribe(shop.metered("1"))
    shop.use(25, shop.start)
    shop.advance(shop.start + MONTH + HOUR)
    small = shop.last_invoice(subscription)
    assert [small[key] for key in ("status", "total", "amount_due", "ending_balance")] == ["paid", 25, 0, 25]
    shop.use(30, shop.now())
    shop.advance("2026-03-01T01:00:00")
    following = shop.last_invoice(subscription)
    assert [following[key] for key in ("total", "starting_balance", "amount_due", "ending_balance")] == [
        30,
        25,
        55,
        0,
    ]


@pytest.mark.parametrize(
    ("balance", "due", "ending"),
    [(-300, 700, 0), (-1000, 0, 0), (-1500, 0, -500), (200, 1200, 0), (-970, 0, 30)],
)
def test_the_balance_is_applied_at_finalization(shop: Any, balance: int, due: int, ending: int) -> None:
    """INV-31 INV-74."""
    shop.call.ok(f"POST /v1/customers/{shop.customer}", balance=balance)
    subscription = shop.subscribe(shop.licensed(1000))
    invoice = shop.last_invoice(subscription)
    assert (invoice["starting_balance"], invoice["amount_due"], invoice["ending_balance"]) == (
        balance,
        due,
        ending,
    )
    assert invoice["status"] == "paid"
    assert shop.call.ok(f"GET /v1/customers/{shop.customer}")["balance"] == ending


def test_voiding(new_shop: Any) -> None:
    """INV-80 INV-81 INV-82: open ones only; the subscription is active again; usage stays billed."""
    shop, subscription = failing(new_shop)
    invoice = shop.last_invoice(subscription)
    voided = shop.call.ok(f"POST /v1/invoices/{invoice['id']}/void")
    assert (voided["status"], voided["status_transitions"]["voided_at"]) == ("void", shop.now())
    assert shop.subscription(subscription)["status"] == "active"
    shop.advance("2026-03-01T01:00:00")
    assert shop.last_invoice(subscription)["total"] == 0


def test_voiding_the_first_invoice_of_an_incomplete_subscription(new_shop: Any) -> None:
    """INV-81."""
    shop = new_shop(card="pm_card_chargeCustomerFail")
    subscription = shop.subscribe(shop.licensed(1000))
    shop.call.ok(f"POST /v1/invoices/{subscription['latest_invoice']}/void")
    assert shop.subscription(subscription)["status"] == "incomplete_expired"


def test_voiding_walks_back_to_an_exhausted_invoice(new_shop: Any) -> None:
    """INV-81: the newest that settles the question decides."""
    shop, subscription = failing(new_shop, dunning_ends_in="past_due")
    shop.advance_far("2026-02-28")
    shop.use(100, shop.now())
    shop.advance("2026-03-01T01:00:00")
    older, newer = shop.invoices(subscription)
    shop.call.ok(f"POST /v1/invoices/{newer['id']}/void")
    assert shop.subscription(subscription)["status"] == "past_due"
    shop.call.ok(f"POST /v1/invoices/{older['id']}/mark_uncollectible")
    assert shop.subscription(subscription)["status"] == "active"


def test_voiding_walks_back_to_a_sent_invoice_that_is_overdue(shop: Any) -> None:
    """INV-81: past other subscriptions' paid ones."""
    subscription = shop.subscribe(shop.metered("10"), collection_method="send_invoice", days_until_due=5)
    shop.use(100, shop.start)
    shop.advance("2026-02-10")
    assert shop.subscription(subscription)["status"] == "past_due"
    shop.use(100, shop.now())
    shop.advance("2026-03-01T01:00:00")
    shop.subscribe(shop.licensed(1000))
    older, newer = shop.invoices(subscription)
    assert (older["status"], newer["status"]) == ("open", "open")
    shop.call.ok(f"POST /v1/invoices/{newer['id']}/void")
    assert shop.subscription(subscription)["status"] == "past_due"
    shop.call.ok(f"POST /v1/invoices/{older['id']}/void")
    assert shop.subscription(subscription)["status"] == "active"


def test_a_one_off_invoice_is_tried_as_often_and_ends_no_subscription(new_shop: Any) -> None:
    """CLK-90 CLK-92: what follows the last try is about subscriptions."""
    shop = new_shop(card="pm_card_chargeCustomerFail", dunning_ends_in="canceled")
    subscription = shop.subscribe(shop.metered())
    shop.call.ok("POST /v1/invoiceitems", customer=shop.customer, amount=700, currency="usd")
    made = shop.call.ok(
        "POST /v1/invoices",
        customer=shop.customer,
        auto_advance=True,
        pending_invoice_items_behavior="include",
    )
    shop.advance(shop.start + (RETRY_DAYS[-1] + 1) * DAY)
    tried = shop.call.ok(f"GET /v1/invoices/{made['id']}")
    assert (tried["status"], tried["attempt_count"]) == ("open", len(RETRY_DAYS) + 1)
    assert tried["next_payment_attempt"] is None
    assert shop.subscription(subscription)["status"] == "active"


@pytest.mark.parametrize(
    ("action", "status"), [("void", "draft"), ("mark_uncollectible", "draft"), ("finalize", "paid")]
)
def test_actions_need_the_right_status(shop: Any, action: str, status: str) -> None:
    """INV-80."""
    subscription = shop.subscribe(shop.licensed())
    if status == "draft":
        shop.advance(shop.start + MONTH)
    invoice = shop.last_invoice(subscription)
    assert invoice["status"] == status
    assert shop.call(f"POST /v1/invoices/{invoice['id']}/{action}").status == 400


def test_a_subscriptions_draft_cannot_be_deleted_but_a_one_off_can(shop: Any) -> None:
    """INV-80."""
    subscription = shop.subscribe(shop.licensed())
    shop.advance(shop.start + MONTH)
    assert shop.call(f"DELETE /v1/invoices/{shop.last_invoice(subscription)['id']}").status == 400
    shop.call.ok("POST /v1/invoiceitems", customer=shop.customer, amount=700, currency="usd")
    made = shop.call.ok("POST /v1/invoices", customer=shop.customer, pending_invoice_items_behavior="include")
    assert (made["billing_reason"], made["parent"], made["total"], made["auto_advance"]) == (
        "manual",
        None,
        700,
        False,
    )
    assert shop.call.ok(f"DELETE /v1/invoices/{made['id']}")["deleted"] is True
    assert [item["amount"] for item in shop.pending()] == [700]


def test_a_sent_invoice_falls_due(new_shop: Any) -> None:
    """INV-79: due days after finalization, then overdue and past due; paying mends it."""
    shop = new_shop()
    subscription = shop.subscribe(shop.licensed(1000), collection_method="send_invoice", days_until_due=5)
    shop.advance(shop.start + HOUR)
    due = shop.start + HOUR + 5 * DAY
    invoice = shop.last_invoice(subscription)
    assert (invoice["status"], invoice["due_date"], invoice["attempted"]) == ("open", due, False)
    shop.advance(due - 1)
    assert shop.subscription(subscription)["status"] == "active"
    before = len(shop.world.events)
    shop.advance(due)
    assert shop.events(after=before)[1:3] == ["invoice.overdue", "customer.subscription.updated"]
    assert shop.subscription(subscription)["status"] == "past_due"
    shop.call.ok(f"POST /v1/invoices/{invoice['id']}/pay")
    assert shop.subscription(subscription)["status"] == "active"


def test_auto_advance_off_keeps_the_draft(shop: Any) -> None:
    """INV-25 INV-26: and a date of one's own sets it going."""
    subscription = shop.subscribe(shop.licensed(1000))
    shop.advance(shop.start + MONTH)
    path = f"POST /v1/invoices/{shop.last_invoice(subscription)['id']}"
    assert shop.call.ok(path, auto_advance=False)["automatically_finalizes_at"] is None
    shop.advance(shop.start + MONTH + 5 * DAY)
    assert shop.last_invoice(subscription)["status"] == "draft"
    chosen = shop.now() + 2 * HOUR
    assert shop.call.ok(path, automatically_finalizes_at=chosen)["automatically_finalizes_at"] == chosen
    shop.advance(chosen)
    assert shop.last_invoice(subscription)["status"] == "paid"


def test_auto_advance_off_ends_the_tries_for_an_open_invoice(new_shop: Any) -> None:
    """docs.stripe.com/invoicing/integration/automatic-advancement-collection: collection stops as well."""
    shop, subscription = failing(new_shop)
    path = f"POST /v1/invoices/{shop.last_invoice(subscription)['id']}"
    stopped = shop.call.ok(path, auto_advance=False)
    assert (stopped["status"], stopped["next_payment_attempt"]) == ("open", None)
    assert shop.call(f"{path}/pay").status == 402
    shop.advance("2026-02-28")
    tried = shop.last_invoice(subscription)
    assert (tried["attempt_count"], tried["next_payment_attempt"]) == (2, None)


def test_finalizing_by_hand_reads_usage_and_pays(shop: Any) -> None:
    """INV-24 UNK-29."""
    subscription = shop.subscribe(shop.metered("100"))
    shop.advance(shop.start + MONTH)
    shop.use(9, shop.start + MONTH - 1)
    final = shop.call.ok(f"POST /v1/invoices/{shop.last_invoice(subscription)['id']}/finalize")
    assert (final["total"], final["status"]) == (900, "paid")


@pytest.mark.parametrize(
    ("behavior", "status"),
    [("keep_as_draft", "draft"), ("mark_uncollectible", "uncollectible"), ("void", "void")],
)
def test_paused_collection_keeps_making_invoices(shop: Any, behavior: str, status: str) -> None:
    """SUB-27: until it resumes by itself."""
    subscription = shop.subscribe(shop.licensed(1000))
    resumes = shop.start + 40 * DAY
    paused = shop.change(subscription, pause_collection={"behavior": behavior, "resumes_at": resumes})
    assert paused["pause_collection"] == {"behavior": behavior, "resumes_at": resumes}
    shop.advance(shop.start + MONTH + HOUR)
    assert shop.last_invoice(subscription)["status"] == status
    assert shop.subscription(subscription)["status"] == "active"
    shop.advance("2026-03-01T01:00:00")
    assert shop.subscription(subscription)["pause_collection"] is None
    assert shop.last_invoice(subscription)["status"] == "paid"


@pytest.mark.parametrize(
    ("behavior", "status"),
    [("keep_as_draft", "draft"), ("mark_uncollectible", "uncollectible"), ("void", "void")],
)
def test_what_is_made_while_collection_is_paused_stays_uncollected(
    shop: Any, behavior: str, status: str
) -> None:
    """SUB-27 CLK-82: the time of its making decides, also for what a change makes at once; no notices."""
    subscription = shop.subscribe(shop.licensed(1000))
    shop.advance(shop.start + MONTH)
    shop.change(subscription, pause_collection={"behavior": behavior})
    shop.advance(shop.start + MONTH + HOUR)
    assert shop.last_invoice(subscription)["status"] == "paid"
    first = subscription["items"]["data"][0]["id"]
    shop.change(subscription, items=[{"id": first, "quantity": 2}], proration_behavior="always_invoice")
    assert shop.last_invoice(subscription)["status"] == status
    before = len(shop.world.events)
    shop.advance("2026-03-01")
    assert "invoice.upcoming" not in shop.events(after=before)
    shop.change(subscription, pause_collection="")
    shop.advance("2026-03-01T01:00:00")
    assert shop.last_invoice(subscription)["status"] == status
    shop.advance("2026-04-01T01:00:00")
    assert shop.last_invoice(subscription)["status"] == "paid"


def test_a_finalized_invoice_is_not_editable(shop: Any) -> None:
    """PRO-05."""
    subscription = shop.subscribe(shop.licensed(1000))
    path = f"POST /v1/invoices/{shop.last_invoice(subscription)['id']}"
    assert shop.call(path, footer="x").error["code"] == "invoice_not_editable"
    assert shop.call.ok(path, metadata={"a": "b"})["metadata"] == {"a": "b"}


def test_paying_an_older_invoice_is_not_enough(new_shop: Any) -> None:
    """CLK-88: the newest invoice decides."""
    shop, subscription = failing(new_shop, dunning_ends_in="past_due")
    shop.advance_far("2026-02-28")
    shop.use(100, shop.now())
    shop.advance("2026-03-01T01:00:00")
    card = good_card(shop)
    older, newer = shop.invoices(subscription)
    shop.call.ok(f"POST /v1/invoices/{older['id']}/pay", payment_method=card)
    assert shop.subscription(subscription)["status"] == "past_due"
    shop.call.ok(f"POST /v1/invoices/{newer['id']}/pay", payment_method=card)
    assert shop.subscription(subscription)["status"] == "active"


def test_a_customer_is_delinquent_until_something_is_paid(new_shop: Any) -> None:
    """CLK-88: the field follows the latest change of any invoice."""
    shop, subscription = failing(new_shop)
    path = f"GET /v1/customers/{shop.customer}"
    assert shop.call.ok(path)["delinquent"] is True
    shop.call.ok(
        f"POST /v1/invoices/{shop.last_invoice(subscription)['id']}/pay", payment_method=good_card(shop)
    )
    assert shop.call.ok(path)["delinquent"] is False


def test_voiding_gives_the_balance_back(new_shop: Any) -> None:
    """INV-31 INV-81."""
    shop = new_shop(card="pm_card_chargeCustomerFail")
    shop.call.ok(f"POST /v1/customers/{shop.customer}", balance=-300)
    subscription = shop.subscribe(shop.licensed(1000))
    assert shop.last_invoice(subscription)["amount_due"] == 700
    shop.call.ok(f"POST /v1/invoices/{subscription['latest_invoice']}/void")
    assert shop.call.ok(f"GET /v1/customers/{shop.customer}")["balance"] == -300


def test_an_invoice_can_be_sent(new_shop: Any) -> None:
    """INV-79: only one that is collected by sending."""
    shop = new_shop()
    sent = shop.subscribe(shop.licensed(1000), collection_method="send_invoice", days_until_due=5)
    charged = shop.subscribe(shop.licensed(1000))
    answer = shop.call.ok(f"POST /v1/invoices/{sent['latest_invoice']}/send")
    assert (answer["status"], answer["due_date"]) == ("open", shop.start + 5 * DAY)
    assert shop.events()[-1] == "invoice.sent"
    assert shop.call(f"POST /v1/invoices/{charged['latest_invoice']}/send").status == 400


@pytest.mark.parametrize(
    ("balance", "amount", "due", "left"),
    [
        pytest.param(10_000, -500, 0, 9_500, id="INV-30-a-credit-note-of-sorts"),
        pytest.param(10_000, 0, 0, 10_000, id="INV-30-nothing"),
        pytest.param(10_000, 500, 10_500, 0, id="INV-29-what-is-owed-is-taken-along"),
        pytest.param(-200, 500, 300, 0, id="INV-29-credit-is-used"),
        pytest.param(0, -500, 0, -500, id="INV-31-a-negative-total"),
        pytest.param(0, 49, 0, 49, id="INV-29-too-small-to-charge"),
        pytest.param(-460, 500, 0, 40, id="INV-29-too-small-with-credit"),
    ],
)
def test_the_balance_and_the_amount_due(shop: Any, balance: int, amount: int, due: int, left: int) -> None:
    """INV-29 INV-30 INV-31: a draft says what its finalization will."""
    shop.call.ok(f"POST /v1/customers/{shop.customer}", balance=balance)
    shop.call.ok("POST /v1/invoiceitems", customer=shop.customer, amount=amount, currency="usd")
    draft = shop.call.ok(
        "POST /v1/invoices", customer=shop.customer, pending_invoice_items_behavior="include"
    )
    final = shop.call.ok(f"POST /v1/invoices/{draft['id']}/finalize")
    assert (draft["amount_due"], final["amount_due"], final["ending_balance"]) == (due, due, left)
