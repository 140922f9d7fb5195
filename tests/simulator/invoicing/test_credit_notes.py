"""Credit notes: what they take off open and paid invoices, by amount and by line, and what that sets off."""

from __future__ import annotations

from typing import Any

import pytest

HOUR = 3_600
TIERS = {
    "billing_scheme": "tiered",
    "tiers_mode": "graduated",
    "tiers": [
        {"up_to": 10, "unit_amount": 10},
        {"up_to": "inf", "unit_amount_decimal": "2.5", "flat_amount": 7},
    ],
}
NOTHING_CHARGED = "pm_card_chargeCustomerFail"


def billed(shop: Any, units: int = 100, **params: Any) -> dict[str, Any]:
    """The invoice of a January, at 10 cents a unit unless a price is given: paid, or open and past due."""
    price = params.pop("price", None) or shop.metered("10")
    subscription = shop.subscribe(price, **params)
    shop.use(units, shop.start + 5)
    shop.advance("2026-02-01T02:00:00")
    return shop.last_invoice(subscription)


def refused_card(new_shop: Any) -> Any:
    return new_shop(card=NOTHING_CHARGED)


def note(shop: Any, invoice: dict[str, Any], **params: Any) -> dict[str, Any]:
    return shop.call.ok("POST /v1/credit_notes", invoice=invoice["id"], **params)


def refusal(shop: Any, invoice: dict[str, Any], **params: Any) -> str:
    answer = shop.call("POST /v1/credit_notes", invoice=invoice["id"], **params)
    assert answer.status == 400, answer.body
    return answer.message


def now(shop: Any, invoice: dict[str, Any]) -> dict[str, Any]:
    return shop.call.ok(f"GET /v1/invoices/{invoice['id']}")


def by(line: dict[str, Any], **params: Any) -> dict[str, Any]:
    return {"type": "invoice_line_item", "invoice_line_item": line["id"], **params}


def custom(cents: int, quantity: int = 1) -> dict[str, Any]:
    return {"type": "custom_line_item", "description": "Sorry", "quantity": quantity, "unit_amount": cents}


class TestOpen:
    def test_a_note_lowers_what_is_left_to_pay(self, new_shop: Any) -> None:
        """INV-84 INV-87 INV-91 INV-93: not the total."""
        shop = refused_card(new_shop)
        invoice = billed(shop)
        known = len(shop.world.events)
        made = note(shop, invoice, amount=300, reason="order_change", memo="Counted twice")
        assert shop.events(after=known) == ["invoice.updated", "credit_note.created"]
        assert (made["type"], made["status"], made["total"]) == ("pre_payment", "issued", 300)
        assert (made["pre_payment_amount"], made["post_payment_amount"]) == (300, 0)
        assert made["number"] == f"{invoice['number']}-CN-01"
        assert (made["reason"], made["memo"]) == ("order_change", "Counted twice")
        after = now(shop, invoice)
        assert (after["status"], after["total"], after["amount_due"], after["amount_remaining"]) == (
            "open",
            1000,
            700,
            700,
        )
        assert after["pre_payment_credit_notes_amount"] == 300
        assert after["post_payment_credit_notes_amount"] == 0

    def test_what_is_left_is_what_is_charged(self, new_shop: Any) -> None:
        """INV-87: the open payment is for the new amount."""
        shop = refused_card(new_shop)
        invoice = billed(shop)
        note(shop, invoice, amount=300)
        card = shop.call.ok("POST /v1/payment_methods/pm_card_visa/attach", customer=shop.customer)["id"]
        paid = shop.call.ok(f"POST /v1/invoices/{invoice['id']}/pay", payment_method=card)
        assert (paid["status"], paid["amount_paid"], paid["amount_remaining"]) == ("paid", 700, 0)
        assert shop.call.ok("GET /v1/charges")["data"][0]["amount"] == 700

    def test_a_note_of_all_that_is_due_pays_a_past_due_invoice_and_revives_its_subscription(
        self, new_shop: Any
    ) -> None:
        """INV-87: nothing is charged, and dunning is over."""
        shop = refused_card(new_shop)
        invoice = billed(shop)
        subscription = shop.call.ok("GET /v1/subscriptions", customer=shop.customer)["data"][0]
        charges = len(shop.world.charges)
        assert (subscription["status"], invoice["next_payment_attempt"] is None) == ("past_due", False)
        known = len(shop.world.events)
        note(shop, invoice, amount=1000)
        after = now(shop, invoice)
        assert (after["status"], after["amount_due"], after["amount_paid"]) == ("paid", 0, 0)
        assert after["next_payment_attempt"] is None
        assert shop.subscription(subscription)["status"] == "active"
        assert shop.events(after=known) == [
            "invoice.updated",
            "credit_note.created",
            "payment_intent.canceled",
            "invoice.paid",
            "invoice.payment_succeeded",
            "customer.subscription.updated",
        ]
        shop.advance("2026-02-20")
        assert len(shop.world.charges) == charges
        assert shop.call.ok(f"GET /v1/customers/{shop.customer}")["delinquent"] is False

    def test_a_note_beyond_what_is_due_is_mixed(self, new_shop: Any) -> None:
        """INV-84 INV-85: what the balance had paid goes back to it."""
        shop = refused_card(new_shop)
        shop.call.ok(f"POST /v1/customers/{shop.customer}", balance=-300)
        invoice = billed(shop)
        assert invoice["amount_due"] == 700
        assert "must equal" in refusal(shop, invoice, amount=1000)
        made = note(shop, invoice, amount=1000, credit_amount=300)
        assert (made["type"], made["pre_payment_amount"], made["post_payment_amount"]) == ("mixed", 700, 300)
        after = now(shop, invoice)
        assert (after["status"], after["post_payment_credit_notes_amount"]) == ("paid", 300)
        assert shop.call.ok(f"GET /v1/customers/{shop.customer}")["balance"] == -300

    def test_an_incomplete_subscription_whose_first_invoice_is_credited_becomes_active(
        self, new_shop: Any
    ) -> None:
        """INV-87"""
        shop = refused_card(new_shop)
        subscription = shop.subscribe(shop.licensed(1000))
        assert subscription["status"] == "incomplete"
        note(shop, {"id": subscription["latest_invoice"]}, amount=1000)
        assert shop.subscription(subscription)["status"] == "active"


class TestVoiding:
    def test_voiding_a_note_makes_the_amount_due_again(self, new_shop: Any) -> None:
        """INV-91 INV-92: its number stays taken."""
        shop = refused_card(new_shop)
        invoice = billed(shop)
        made = note(shop, invoice, amount=300)
        known = len(shop.world.events)
        gone = shop.call.ok(f"POST /v1/credit_notes/{made['id']}/void")
        assert shop.events(after=known) == ["invoice.updated", "credit_note.voided"]
        assert (gone["status"], gone["voided_at"]) == ("void", shop.now())
        after = now(shop, invoice)
        assert (after["amount_due"], after["pre_payment_credit_notes_amount"]) == (1000, 0)
        [payment] = shop.call.ok(f"GET /v1/invoices/{invoice['id']}", expand=["payments"])["payments"]["data"]
        intent = shop.call.ok(f"GET /v1/payment_intents/{payment['payment']['payment_intent']}")
        assert (payment["amount_requested"], intent["amount"]) == (1000, 1000)
        assert note(shop, invoice, amount=100)["number"].endswith("-CN-02")

    def test_a_void_note_leaves_its_line_to_others(self, new_shop: Any) -> None:
        """INV-88: also to the other way of crediting."""
        shop = refused_card(new_shop)
        invoice = billed(shop)
        [line] = invoice["lines"]["data"]
        made = note(shop, invoice, lines=[by(line, quantity=60)])
        shop.call.ok(f"POST /v1/credit_notes/{made['id']}/void")
        assert note(shop, invoice, lines=[by(line, amount=999)])["total"] == 999

    def test_only_an_open_invoices_note_is_voided_and_only_once(self, new_shop: Any) -> None:
        """INV-92"""
        shop = refused_card(new_shop)
        invoice = billed(shop)
        first, second = note(shop, invoice, amount=300), note(shop, invoice, amount=100)
        shop.call.ok(f"POST /v1/credit_notes/{second['id']}/void")
        assert shop.call(f"POST /v1/credit_notes/{second['id']}/void").status == 400
        shop.call.ok(f"POST /v1/invoices/{invoice['id']}/pay", paid_out_of_band=True)
        answer = shop.call(f"POST /v1/credit_notes/{first['id']}/void")
        assert answer.message == "You can only void a credit note if the associated invoice is open."

    def test_voiding_the_invoice_gives_the_whole_balance_back(self, new_shop: Any) -> None:
        """INV-82: whatever notes took off what was due."""
        shop = refused_card(new_shop)
        shop.call.ok(f"POST /v1/customers/{shop.customer}", balance=-300)
        invoice = billed(shop)
        note(shop, invoice, amount=200)
        shop.call.ok(f"POST /v1/invoices/{invoice['id']}/void")
        assert shop.call.ok(f"GET /v1/customers/{shop.customer}")["balance"] == -300


class TestPaid:
    def test_a_note_gives_back_by_refund_balance_and_elsewhere(self, shop: Any) -> None:
        """INV-85 INV-91 INV-95: the amount due of a paid invoice stays (INV-87)."""
        invoice = billed(shop)
        known = len(shop.world.events)
        parts = {"refund_amount": 100, "credit_amount": 200, "out_of_band_amount": 300}
        expand = ["refunds.refund", "customer_balance_transaction"]
        made = note(shop, invoice, amount=600, **parts, reason="duplicate", expand=expand)
        assert shop.events(after=known) == [
            "refund.created",
            "charge.refunded",
            "invoice.updated",
            "customer.updated",
            "credit_note.created",
        ]
        assert (made["type"], made["pre_payment_amount"], made["post_payment_amount"]) == (
            "post_payment",
            0,
            600,
        )
        assert made["out_of_band_amount"] == 300
        [refunded] = made["refunds"]
        assert (refunded["amount_refunded"], refunded["refund"]["amount"]) == (100, 100)
        assert refunded["refund"]["reason"] == "duplicate"
        moved = made["customer_balance_transaction"]
        assert (moved["type"], moved["amount"], moved["ending_balance"]) == ("credit_note", -200, -200)
        assert (moved["credit_note"], moved["invoice"]) == (made["id"], invoice["id"])
        after = now(shop, invoice)
        assert (after["status"], after["amount_due"], after["amount_paid"]) == ("paid", 1000, 1000)
        assert after["post_payment_credit_notes_amount"] == 600
        assert shop.call.ok("GET /v1/charges")["data"][0]["amount_refunded"] == 100

    def test_the_balance_lowers_the_next_invoice(self, shop: Any) -> None:
        """INV-85 INV-95"""
        invoice = billed(shop)
        note(shop, invoice, amount=250, credit_amount=250)
        shop.use(100, shop.now())
        shop.advance("2026-03-01T02:00:00")
        later = shop.last_invoice()
        assert (later["total"], later["starting_balance"], later["amount_paid"]) == (1000, -250, 750)

    @pytest.mark.parametrize(
        ("parts", "given"),
        [
            pytest.param({}, "$0.00", id="nothing"),
            pytest.param({"refund_amount": 100}, "$1.00", id="too-little"),
            pytest.param({"refund_amount": 100, "credit_amount": 150}, "$2.50", id="too-much"),
        ],
    )
    def test_the_parts_must_add_up(self, shop: Any, parts: dict[str, int], given: str) -> None:
        """INV-85 INV-92"""
        invoice = billed(shop)
        assert refusal(shop, invoice, amount=200, **parts) == (
            f"The sum of credit amount, refund amount and out of band amount ({given}) must equal the credit "
            "note amount ($2.00)."
        )

    def test_a_refund_that_exists_can_be_linked_once(self, shop: Any) -> None:
        """INV-85: in full unless told otherwise."""
        invoice = billed(shop)
        charge = shop.call.ok("GET /v1/charges")["data"][0]["id"]
        refund = shop.call.ok("POST /v1/refunds", charge=charge, amount=500)["id"]
        first = note(shop, invoice, amount=200, refunds=[{"refund": refund, "amount_refunded": 200}])
        second = note(shop, invoice, amount=300, refunds=[{"refund": refund}])
        assert [each["refunds"][0]["amount_refunded"] for each in (first, second)] == [200, 300]
        assert refund in refusal(shop, invoice, amount=100, refunds=[{"refund": refund}])
        assert len(shop.world.refunds) == 1

    def test_one_note_can_link_a_refund_in_parts_but_not_beyond_it(self, shop: Any) -> None:
        """INV-85"""
        invoice = billed(shop)
        charge = shop.call.ok("GET /v1/charges")["data"][0]["id"]
        refund = shop.call.ok("POST /v1/refunds", charge=charge, amount=500)["id"]
        part, rest = {"refund": refund, "amount_refunded": 300}, {"refund": refund}
        assert refund in refusal(shop, invoice, amount=600, refunds=[part, part])
        made = note(shop, invoice, amount=500, refunds=[part, rest])
        assert [each["amount_refunded"] for each in made["refunds"]] == [500]

    def test_no_more_is_refunded_than_was_charged(self, shop: Any) -> None:
        """INV-97: what the balance had paid goes another way."""
        shop.call.ok(f"POST /v1/customers/{shop.customer}", balance=-400)
        invoice = billed(shop)
        known = len(shop.world.events)
        assert "unrefunded amount" in refusal(shop, invoice, amount=1000, refund_amount=1000)
        assert len(shop.world.events) == known
        note(shop, invoice, amount=1000, refund_amount=600, credit_amount=400)

    def test_what_was_not_charged_is_not_refunded(self, new_shop: Any) -> None:
        shop = refused_card(new_shop)
        invoice = billed(shop)
        shop.call.ok(f"POST /v1/invoices/{invoice['id']}/pay", paid_out_of_band=True)
        assert "charge" in refusal(shop, invoice, amount=100, refund_amount=100)
        assert note(shop, invoice, amount=100, out_of_band_amount=100)["refunds"] == []

    def test_billing_credits_stay_spent(self, shop: Any) -> None:
        """CHG-47 INV-90: a note takes back what was paid, and shows the credits' share beside it."""
        amount = {"type": "monetary", "monetary": {"value": 400, "currency": "usd"}}
        scope = {"scope": {"price_type": "metered"}}
        asked = {"customer": shop.customer, "amount": amount, "applicability_config": scope}
        grant = shop.call.ok("POST /v1/billing/credit_grants", **asked)["id"]
        invoice = billed(shop)
        [line] = invoice["lines"]["data"]
        moves = len(shop.world.credit_transactions)
        made = note(shop, invoice, lines=[by(line, quantity=100)], refund_amount=600)
        assert (invoice["total"], made["subtotal"], made["total"]) == (600, 1000, 600)
        [shown] = made["pretax_credit_amounts"]
        assert (shown["type"], shown["amount"]) == ("credit_balance_transaction", 400)
        assert len(shop.world.credit_transactions) == moves
        assert shop.world.credit_grants[grant].left_cents == 0


class TestLimits:
    @pytest.mark.parametrize("status", ["draft", "void", "uncollectible"])
    def test_only_open_and_paid_invoices_are_credited(self, new_shop: Any, status: str) -> None:
        """INV-86"""
        shop = refused_card(new_shop)
        shop.call.ok("POST /v1/invoiceitems", customer=shop.customer, amount=500, currency="usd")
        wanted = {"customer": shop.customer, "pending_invoice_items_behavior": "include"}
        invoice = shop.call.ok("POST /v1/invoices", **wanted)
        path = f"POST /v1/invoices/{invoice['id']}"
        for verb in {"draft": [], "void": ["finalize", "void"]}.get(
            status, ["finalize", "mark_uncollectible"]
        ):
            shop.call.ok(f"{path}/{verb}")
        assert status in refusal(shop, invoice, amount=100)

    def test_all_notes_together_stay_below_the_invoice(self, shop: Any) -> None:
        """INV-86"""
        invoice = billed(shop)
        note(shop, invoice, amount=600, refund_amount=600)
        assert "$4.00" in refusal(shop, invoice, amount=401, refund_amount=401)
        note(shop, invoice, amount=400, refund_amount=400)
        assert shop.call.ok("GET /v1/charges")["data"][0]["refunded"] is True
        assert "$0.00" in refusal(shop, invoice, amount=1, refund_amount=1)

    @pytest.mark.parametrize(
        "asked",
        [
            pytest.param({}, id="nothing"),
            pytest.param({"amount": 0}, id="an-amount-of-0"),
            pytest.param({"amount": 100, "lines": [custom(90)]}, id="an-amount-beside-other-lines"),
            pytest.param(
                {"lines": [{"type": "custom_line_item", "quantity": 1, "unit_amount": 5}]}, id="no-text"
            ),
            pytest.param({"lines": [custom(0)]}, id="INV-89-a-total-of-0"),
            pytest.param({"lines": [custom(-5)]}, id="INV-88-a-negative-custom-line"),
            pytest.param({"lines": [custom(5) | {"unit_amount_decimal": "5"}]}, id="two-unit-amounts"),
            pytest.param({"lines": [custom(5) | {"amount": 5}]}, id="a-custom-line-with-an-amount"),
            pytest.param({"lines": [{"type": "invoice_line_item", "quantity": 1}]}, id="no-line"),
            pytest.param({"lines": [by({"id": "il_none"}, quantity=1)]}, id="a-line-of-nowhere"),
            pytest.param({"amount": 100, "refunds": [{"refund": "re_none"}]}, id="a-refund-of-nowhere"),
            pytest.param({"amount": 100, "refunds": [{"amount_refunded": 100}]}, id="a-refund-without-id"),
        ],
    )
    def test_what_a_note_may_not_ask_for(self, shop: Any, asked: dict[str, Any]) -> None:
        invoice = billed(shop)
        known = len(shop.world.events)
        refusal(shop, invoice, **asked)
        assert (len(shop.world.events), shop.world.credit_notes) == (known, {})

    def test_shipping_and_tax_are_named_as_unmodelled(self, shop: Any) -> None:
        invoice = billed(shop)
        line = by(invoice["lines"]["data"][0], amount=5, tax_rates=["txr_1"])
        for asked in ({"shipping_cost": {"shipping_rate": "shr_1"}}, {"lines": [line]}):
            assert shop.call("POST /v1/credit_notes", invoice=invoice["id"], **asked).status == 501

    def test_an_advancing_clock_locks_its_notes(self, shop: Any) -> None:
        """CLK-34: a preview only looks."""
        invoice = billed(shop)
        made = note(shop, invoice, amount=100, refund_amount=100)
        path = f"POST /v1/test_helpers/test_clocks/{shop.clock}/advance"
        shop.call.ok(path, frozen_time=shop.now() + HOUR)
        asked = {"invoice": invoice["id"], "amount": 100}
        assert shop.call("POST /v1/credit_notes", **asked, refund_amount=100).status == 429
        assert shop.call(f"POST /v1/credit_notes/{made['id']}", memo="Sorry").status == 429
        assert shop.call("GET /v1/credit_notes/preview", **asked).status == 200


class TestLines:
    def test_units_of_a_tier_are_credited_at_its_price(self, shop: Any) -> None:
        """INV-88: each tier is a line of its own, and so is a flat amount."""
        invoice = billed(shop, 25, price=shop.metered(**TIERS))
        first, second, flat = invoice["lines"]["data"]
        assert [line["amount"] for line in (first, second, flat)] == [100, 38, 7]
        lines = [by(second, quantity=5), by(first, quantity=2), by(flat, amount=7)]
        made = note(shop, invoice, lines=lines, refund_amount=40)
        shown = [
            (line["amount"], line["quantity"], line["unit_amount_decimal"]) for line in made["lines"]["data"]
        ]
        assert shown == [(13, 5, "2.5"), (20, 2, "10"), (7, None, None)]
        rest = note(shop, invoice, lines=[by(second, quantity=10), by(first, quantity=8)], refund_amount=105)
        assert [line["amount"] for line in rest["lines"]["data"]] == [25, 80]
        assert now(shop, invoice)["post_payment_credit_notes_amount"] == invoice["total"]

    def test_a_line_goes_on_as_it_was_begun(self, shop: Any) -> None:
        """INV-88: by quantity or by amount, also within one note."""
        invoice = billed(shop)
        [line] = invoice["lines"]["data"]
        note(shop, invoice, lines=[by(line, quantity=1)], refund_amount=10)
        assert "quantity" in refusal(shop, invoice, lines=[by(line, amount=10)], refund_amount=10)
        assert "quantity" in refusal(shop, invoice, lines=[by(line, quantity=100)], refund_amount=1000)
        both = [by(line, quantity=1, amount=10)]
        assert "either" in refusal(shop, invoice, lines=both, refund_amount=10)

    def test_no_more_of_a_line_is_credited_than_is_left(self, shop: Any) -> None:
        """INV-88: however many entries of a request name it."""
        invoice = billed(shop)
        [line] = invoice["lines"]["data"]
        twice = [by(line, amount=600), by(line, amount=401)]
        assert "400 is left" in refusal(shop, invoice, lines=twice, refund_amount=1001)
        assert "left" in refusal(shop, invoice, lines=[by(line, amount=-5)], refund_amount=5)
        assert note(shop, invoice, lines=[by(line, amount=1000)], refund_amount=1000)["total"] == 1000

    def test_a_negative_line_is_credited_by_a_negative_amount(self, shop: Any) -> None:
        """INV-89: as long as the note's total stays above 0."""
        for amount in (1000, -400):
            shop.call.ok("POST /v1/invoiceitems", customer=shop.customer, amount=amount, currency="usd")
        draft = shop.call.ok(
            "POST /v1/invoices", customer=shop.customer, pending_invoice_items_behavior="include"
        )
        invoice = shop.call.ok(f"POST /v1/invoices/{draft['id']}/pay")
        minus, plus = sorted(invoice["lines"]["data"], key=lambda line: line["amount"])
        assert "above 0" in refusal(shop, invoice, lines=[by(minus, amount=-100)])
        lines = [by(plus, amount=500), by(minus, amount=-401)]
        assert "-400 is left" in refusal(shop, invoice, lines=lines, refund_amount=99)
        made = note(shop, invoice, lines=[by(plus, amount=500), by(minus, quantity=1)], refund_amount=100)
        assert made["total"] == 100

    def test_custom_lines_are_a_quantity_times_a_unit_amount(self, shop: Any) -> None:
        """INV-88"""
        invoice = billed(shop)
        decimal = {
            "type": "custom_line_item",
            "description": "Fine",
            "quantity": 3,
            "unit_amount_decimal": "1.5",
        }
        made = note(shop, invoice, lines=[custom(30, 2), decimal], refund_amount=65)
        shown = [
            (line["amount"], line["unit_amount"], line["unit_amount_decimal"])
            for line in made["lines"]["data"]
        ]
        assert shown == [(60, 30, "30"), (5, None, "1.5")]
        assert [line["invoice_line_item"] for line in made["lines"]["data"]] == [None, None]

    def test_discounts_are_taken_back_with_their_lines(self, shop: Any) -> None:
        """INV-90: a note's total is what was billed for what it credits."""
        item_off = shop.call.ok("POST /v1/coupons", percent_off=10, duration="forever")["id"]
        bill_off = shop.call.ok("POST /v1/coupons", amount_off=90, currency="usd", duration="forever")["id"]
        item = {"price": shop.metered("10"), "discounts": [{"coupon": item_off}]}
        invoice = billed(shop, price=item, discounts=[{"coupon": bill_off}])
        assert (invoice["subtotal"], invoice["total"]) == (900, 810)
        [line] = invoice["lines"]["data"]
        made = note(shop, invoice, lines=[by(line, quantity=50)], refund_amount=405)
        [credited] = made["lines"]["data"]
        assert [each["amount"] for each in credited["discount_amounts"]] == [50, 45]
        assert (credited["amount"], credited["discount_amount"]) == (500, 95)
        assert (made["subtotal"], made["discount_amount"], made["total"]) == (450, 95, 405)
        discounts = {each["discount"] for each in invoice["total_discount_amounts"]}
        assert discounts == {each["discount"] for each in made["discount_amounts"]}
        note(shop, invoice, lines=[by(line, quantity=50)], refund_amount=405)

    def test_more_than_ten_lines_have_pages(self, shop: Any) -> None:
        """PRO-14"""
        invoice = billed(shop)
        made = note(shop, invoice, lines=[custom(5)] * 12, refund_amount=60)
        assert (len(made["lines"]["data"]), made["lines"]["has_more"]) == (10, True)
        page = shop.call.ok(f"GET /v1/credit_notes/{made['id']}/lines", limit=100)["data"]
        assert len({line["id"] for line in page}) == 12


class TestLooking:
    def test_a_preview_shows_the_note_and_changes_nothing(self, shop: Any) -> None:
        """INV-94"""
        invoice = billed(shop)
        asked = {"invoice": invoice["id"], "lines": [by(invoice["lines"]["data"][0], quantity=3)]}
        known, counters = len(shop.world.events), dict(shop.world.counters)
        shown = shop.call.ok("GET /v1/credit_notes/preview", **asked)
        lines = shop.call.ok("GET /v1/credit_notes/preview/lines", **asked)["data"]
        made = note(shop, invoice, lines=asked["lines"], refund_amount=30)
        same = ("amount", "number", "post_payment_amount", "subtotal", "total", "type")
        assert {key: shown[key] for key in same} == {key: made[key] for key in same}
        assert lines == shown["lines"]["data"]
        assert [line["amount"] for line in lines] == [30]
        assert (shown["refunds"], known) == ([], len(shop.world.events) - 4)
        assert {name: count for name, count in counters.items() if name in {"cn", "cnli", "re"}} == {}

    def test_a_preview_with_parts_that_do_not_add_up_is_refused(self, shop: Any) -> None:
        """INV-92 INV-94"""
        invoice = billed(shop)
        asked = {"invoice": invoice["id"], "amount": 30, "refund_amount": 20}
        assert shop.call("GET /v1/credit_notes/preview", **asked).status == 400

    def test_notes_are_listed_by_customer_and_invoice(self, shop: Any) -> None:
        """PRO-14: newest first."""
        invoice = billed(shop)
        first, second = (note(shop, invoice, amount=10, refund_amount=10)["id"] for _ in range(2))
        for wanted in ({}, {"customer": shop.customer}, {"invoice": invoice["id"]}):
            assert [row["id"] for row in shop.call.ok("GET /v1/credit_notes", **wanted)["data"]] == [
                second,
                first,
            ]
        assert shop.call.ok("GET /v1/credit_notes", invoice="in_other")["data"] == []
        assert shop.call("GET /v1/credit_notes/cn_none").status == 404

    def test_memo_and_metadata_can_be_changed(self, shop: Any) -> None:
        invoice = billed(shop)
        made = note(shop, invoice, amount=10, refund_amount=10, metadata={"a": "1"})
        known = len(shop.world.events)
        path = f"POST /v1/credit_notes/{made['id']}"
        changed = shop.call.ok(path, memo="Sorry", metadata={"a": "", "b": "2"})
        assert (changed["memo"], changed["metadata"]) == ("Sorry", {"b": "2"})
        shop.call.ok(path, memo="Sorry")
        assert shop.events(after=known) == ["credit_note.updated"]

    def test_a_note_is_dated_by_the_clock(self, shop: Any) -> None:
        """`effective_at` is that instant unless it is given."""
        invoice = billed(shop)
        plain = note(shop, invoice, amount=10, refund_amount=10)
        dated = note(shop, invoice, amount=10, refund_amount=10, effective_at=shop.start)
        assert (plain["created"], plain["effective_at"]) == (shop.now(), shop.now())
        assert (dated["created"], dated["effective_at"]) == (shop.now(), shop.start)

    def test_notes_outlive_their_clock(self, shop: Any) -> None:
        """CLK-51 CLK-67: a deleted customer's balance takes no credit."""
        invoice = billed(shop)
        made = note(shop, invoice, amount=10, credit_amount=10)
        shop.call.ok(f"DELETE /v1/test_helpers/test_clocks/{shop.clock}")
        assert shop.call.ok(f"GET /v1/credit_notes/{made['id']}", expand=["customer"])["customer"]["deleted"]
        assert "customer" in refusal(shop, invoice, amount=10, credit_amount=10).lower()
        note(shop, invoice, amount=10, refund_amount=10)


@pytest.mark.parametrize(
    ("version", "without", "has"),
    [
        pytest.param("2026-02-25.clover", set(), set(), id="INV-100-metadata-of-lines"),
        pytest.param("2025-11-17.clover", {"customer_account"}, set(), id="VER-16"),
        pytest.param("2025-04-30.basil", {"pre_payment_amount", "post_payment_amount"}, set(), id="INV-100"),
        pytest.param("2025-02-24.acacia", {"refunds", "total_taxes"}, {"refund", "tax_amounts"}, id="INV-99"),
        pytest.param("2024-10-01", {"pretax_credit_amounts"}, {"refund"}, id="INV-99-before-pretax-amounts"),
    ],
)
def test_older_versions_show_older_notes(shop: Any, version: str, without: set[str], has: set[str]) -> None:
    invoice = billed(shop)
    [line] = invoice["lines"]["data"]
    made = note(shop, invoice, lines=[by(line, amount=10)], refund_amount=10)
    headers = {"stripe-version": version}
    old = shop.call.ok(f"GET /v1/credit_notes/{made['id']}", headers)
    assert without <= set(made) - set(old)
    assert has <= set(old)
    [row] = old["lines"]["data"]
    assert "metadata" not in row
    assert ("amount_excluding_tax" in row) == ("refund" in old)
    if "refund" in old:
        assert old["refund"] == made["refunds"][0]["refund"]
        assert (row["amount_excluding_tax"], row["tax_amounts"]) == (10, [])
    if version < "2025-10-29" and "refunds" in old:
        assert set(old["refunds"][0]) == {"amount_refunded", "refund"}


def test_an_older_version_links_one_refund(shop: Any) -> None:
    """INV-99: and expands it."""
    invoice = billed(shop)
    charge = shop.call.ok("GET /v1/charges")["data"][0]["id"]
    refund = shop.call.ok("POST /v1/refunds", charge=charge, amount=100)["id"]
    asked = {"invoice": invoice["id"], "amount": 100, "refund": refund, "expand": ["refund"]}
    old = shop.call.ok("POST /v1/credit_notes", {"stripe-version": "2025-02-24.acacia"}, **asked)
    assert old["refund"]["id"] == refund
    assert shop.call("POST /v1/credit_notes", **asked).status == 400
