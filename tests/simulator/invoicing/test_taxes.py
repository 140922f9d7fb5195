"""Taxes on bills: which rates apply, after what they come, whom they spare, what the totals are."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

CLASSIC = {"billing_mode": {"type": "classic"}}
OLD = {"stripe-version": "2024-06-20"}
END = "2026-02-01T02:00:00"


def rate(shop: Any, percentage: object = 20, *, inclusive: bool = False, **params: Any) -> str:
    asked = {"display_name": "VAT", "percentage": percentage, "inclusive": inclusive}
    return shop.call.ok("POST /v1/tax_rates", **asked, **params)["id"]


def coupon(shop: Any, percent: int) -> list[dict[str, str]]:
    made = shop.call.ok("POST /v1/coupons", percent_off=percent, duration="forever")
    return [{"coupon": made["id"]}]


def grant(shop: Any, cents: int) -> None:
    amount = {"type": "monetary", "monetary": {"value": cents, "currency": "usd"}}
    scope = {"scope": {"price_type": "metered"}}
    shop.call.ok(
        "POST /v1/billing/credit_grants", customer=shop.customer, amount=amount, applicability_config=scope
    )


def taxes(thing: dict[str, Any]) -> list[tuple[int, int]]:
    """Amount and taxable amount of each tax of a line, or of an invoice."""
    rows = thing["total_taxes"] if "total_taxes" in thing else thing["taxes"]
    return [(row["amount"], row["taxable_amount"]) for row in rows]


def totals(invoice: dict[str, Any]) -> tuple[int, int, int, int]:
    """Subtotal, the same without tax, total without tax, total."""
    names = ("subtotal", "subtotal_excluding_tax", "total_excluding_tax", "total")
    return tuple(invoice[name] for name in names)  # type: ignore[return-value]


def ids(rates: list[dict[str, Any]]) -> list[str]:
    return [each["id"] for each in rates]


class TestOnACycle:
    def test_usage_is_taxed_as_it_is_finally_billed(self, shop: Any) -> None:
        """INV-20 INV-102 INV-107."""
        vat = rate(shop)
        subscription = shop.subscribe(shop.metered("10"), default_tax_rates=[vat])
        shop.use(100)
        shop.advance("2026-02-01T00:30:00")
        draft = shop.last_invoice(subscription)
        assert (draft["status"], totals(draft)) == ("draft", (1000, 1000, 1000, 1200))
        shop.use(40, at=shop.start + 60)
        shop.advance(END)
        invoice = shop.last_invoice(subscription)
        assert totals(invoice) == (1400, 1400, 1400, 1680)
        assert (invoice["amount_due"], invoice["amount_paid"]) == (1680, 1680)
        shown = {
            "amount": 280,
            "tax_behavior": "exclusive",
            "tax_rate_details": {"tax_rate": vat},
            "taxability_reason": "not_available",
            "taxable_amount": 1400,
            "type": "tax_rate_details",
        }
        [line] = invoice["lines"]["data"]
        assert invoice["total_taxes"] == line["taxes"] == [shown]
        assert (line["amount"], line["subtotal"]) == (1400, 1400)
        [applied] = invoice["default_tax_rates"]
        assert applied == shop.call.ok(f"GET /v1/tax_rates/{vat}")
        assert subscription["default_tax_rates"] == [applied]
        assert shop.call.ok("GET /v1/charges")["data"][0]["amount"] == 1680

    def test_inclusive_tax_leaves_the_total_as_it_is(self, shop: Any) -> None:
        """INV-103."""
        subscription = shop.subscribe(shop.metered("10"), default_tax_rates=[rate(shop, 25, inclusive=True)])
        shop.use(50)
        shop.advance(END)
        invoice = shop.last_invoice(subscription)
        assert (totals(invoice), taxes(invoice)) == ((500, 400, 400, 500), [(100, 400)])
        assert invoice["total_taxes"][0]["tax_behavior"] == "inclusive"

    def test_stripes_example_of_discounts_before_both_kinds_of_tax(self, shop: Any) -> None:
        """INV-103 INV-104: 10 % off, then 5 % inside and 7 % on top, rounded on each line."""
        both = [rate(shop, 5, inclusive=True), rate(shop, 7)]
        prices = [shop.licensed(500), shop.licensed(1000)]
        subscription = shop.subscribe(*prices, discounts=coupon(shop, 10), default_tax_rates=both)
        invoice = shop.last_invoice(subscription)
        assert [taxes(line) for line in invoice["lines"]["data"]] == [
            [(43, 857), (60, 857)],
            [(21, 429), (30, 429)],
        ]
        assert taxes(invoice) == [(64, 1286), (90, 1286)]
        assert (invoice["total_excluding_tax"], invoice["total"]) == (1286, 1440)

    def test_an_items_own_rates_take_the_place_of_the_default(self, shop: Any) -> None:
        """INV-102: Stripe's table of two defaults, a line without rates and two with their own."""
        defaults = [rate(shop, "9.975"), rate(shop, 5)]
        tenth, one, two = rate(shop, 10), rate(shop, 1), rate(shop, 2)
        subscription = shop.subscribe(
            {"price": shop.licensed(10_000)},
            {"price": shop.licensed(10_000), "tax_rates": [tenth]},
            {"price": shop.licensed(10_000), "tax_rates": [one, two]},
            default_tax_rates=defaults,
        )
        invoice = shop.last_invoice(subscription)
        assert [taxes(line) for line in invoice["lines"]["data"]] == [
            [(100, 10_000), (200, 10_000)],
            [(1_000, 10_000)],
            [(998, 10_000), (500, 10_000)],
        ]
        assert [ids(item["tax_rates"]) for item in subscription["items"]["data"]] == [
            [],
            [tenth],
            [one, two],
        ]
        assert ids(invoice["default_tax_rates"]) == defaults
        assert invoice["total"] == 30_000 + 2_798

    def test_discounts_then_credits_then_tax_then_the_balance(self, shop: Any) -> None:
        """INV-74."""
        shop.call.ok(f"POST /v1/customers/{shop.customer}", balance=-100)
        grant(shop, 300)
        subscription = shop.subscribe(
            shop.metered("10"), discounts=coupon(shop, 10), default_tax_rates=[rate(shop)]
        )
        shop.use(100)
        shop.advance("2026-02-01T00:30:00")
        assert (taxes(shop.last_invoice()), shop.last_invoice()["total"]) == ([(180, 900)], 1080)
        shop.advance(END)
        invoice = shop.last_invoice(subscription)
        assert (totals(invoice), taxes(invoice)) == ((1000, 1000, 600, 720), [(120, 600)])
        assert (invoice["amount_due"], invoice["amount_paid"], invoice["ending_balance"]) == (620, 620, 0)

    def test_the_smallest_charge_is_one_with_tax(self, shop: Any) -> None:
        """INV-29: 45 cents would be carried over, 54 are charged."""
        subscription = shop.subscribe(shop.metered("1"), default_tax_rates=[rate(shop)])
        shop.use(45)
        shop.advance(END)
        assert shop.last_invoice(subscription)["amount_paid"] == 54

    def test_a_bill_that_only_tax_makes_payable_needs_a_card(self, new_shop: Any) -> None:
        """SUB-15: the balance pays for the price, not for the tax."""
        shop = new_shop(card=None)
        shop.call.ok(f"POST /v1/customers/{shop.customer}", balance=-1000)
        asked = {"customer": shop.customer, "items": [{"price": shop.licensed(1000)}]}
        asked["payment_behavior"] = "error_if_incomplete"
        taxed = shop.call("POST /v1/subscriptions", **asked, default_tax_rates=[rate(shop)])
        assert taxed.status in {400, 402}
        assert shop.call.ok("POST /v1/subscriptions", **asked)["status"] == "active"

    def test_a_rate_of_zero_is_shown(self, shop: Any) -> None:
        subscription = shop.subscribe(shop.licensed(1000), default_tax_rates=[rate(shop, 0)])
        invoice = shop.last_invoice(subscription)
        assert (totals(invoice), taxes(invoice)) == ((1000,) * 4, [(0, 1000)])


class TestExempt:
    @pytest.mark.parametrize("status", ["exempt", "reverse"])
    def test_an_exempt_customer_pays_the_price_without_tax(self, shop: Any, status: str) -> None:
        """INV-105: Stripe's table, of 100.00 with 10 % inside and with 10 % on top."""
        shop.call.ok(f"POST /v1/customers/{shop.customer}", tax_exempt=status)
        inside, on_top = rate(shop, 10, inclusive=True), rate(shop, 10)
        for applied, total in ((inside, 9_091), (on_top, 10_000)):
            subscription = shop.subscribe(shop.licensed(10_000), default_tax_rates=[applied])
            invoice = shop.last_invoice(subscription)
            assert (invoice["total"], invoice["amount_paid"], invoice["total_taxes"]) == (total, total, [])
            assert (invoice["total_excluding_tax"], invoice["subtotal"]) == (total, 10_000)
            assert invoice["customer_tax_exempt"] == status
            assert [line["taxes"] for line in invoice["lines"]["data"]] == [[]]

    def test_an_exemption_counts_until_the_invoice_is_final(self, shop: Any) -> None:
        """INV-105: and the invoice then keeps what it was."""
        subscription = shop.subscribe(shop.metered("10"), default_tax_rates=[rate(shop)])
        shop.use(100)
        shop.advance("2026-02-01T00:30:00")
        for status, total in (("exempt", 1000), ("none", 1200), ("reverse", 1000)):
            shop.call.ok(f"POST /v1/customers/{shop.customer}", tax_exempt=status)
            draft = shop.last_invoice(subscription)
            assert (draft["total"], draft["customer_tax_exempt"]) == (total, status)
        shop.advance(END)
        shop.call.ok(f"POST /v1/customers/{shop.customer}", tax_exempt="none")
        invoice = shop.last_invoice(subscription)
        assert (invoice["total"], invoice["customer_tax_exempt"]) == (1000, "reverse")

    def test_a_preview_can_assume_an_exemption(self, shop: Any) -> None:
        """INV-105 INV-76."""
        subscription = shop.subscribe(shop.licensed(1000), default_tax_rates=[rate(shop)])
        spared = shop.preview(subscription, customer_details={"tax_exempt": "exempt"})
        assert (spared["total"], spared["amount_due"], spared["customer_tax_exempt"]) == (
            1000,
            1000,
            "exempt",
        )
        assert shop.preview(subscription)["amount_due"] == 1200


class TestOtherLines:
    def test_invoice_items_have_their_own_rates_or_the_drafts(self, shop: Any) -> None:
        """INV-102: a credit's tax is negative."""
        vat, low = rate(shop), rate(shop, 5)
        extra = {"customer": shop.customer, "currency": "usd"}
        made = shop.call.ok("POST /v1/invoiceitems", **extra, amount=1000, tax_rates=[low])
        shop.call.ok("POST /v1/invoiceitems", **extra, amount=-300)
        draft = shop.call.ok(
            "POST /v1/invoices",
            customer=shop.customer,
            pending_invoice_items_behavior="include",
            default_tax_rates=[vat],
        )
        assert ids(made["tax_rates"]) == [low]
        assert [taxes(line) for line in draft["lines"]["data"]] == [[(-60, -300)], [(50, 1000)]]
        assert (totals(draft), taxes(draft)) == ((700, 700, 700, 690), [(-60, -300), (50, 1000)])

    def test_rates_can_be_changed_on_a_draft_and_not_after(self, shop: Any) -> None:
        """INV-102 INV-26: the empty string clears them."""
        vat, low = rate(shop), rate(shop, 5)
        draft = shop.call.ok("POST /v1/invoices", customer=shop.customer, default_tax_rates=[vat])["id"]
        item = shop.call.ok("POST /v1/invoiceitems", customer=shop.customer, amount=1000, invoice=draft)["id"]

        def total() -> int:
            return shop.call.ok(f"GET /v1/invoices/{draft}")["total"]

        assert total() == 1200
        shop.call.ok(f"POST /v1/invoiceitems/{item}", tax_rates=[low])
        assert total() == 1050
        shop.call.ok(f"POST /v1/invoices/{draft}", default_tax_rates="")
        assert total() == 1050
        shop.call.ok(f"POST /v1/invoiceitems/{item}", tax_rates="")
        assert total() == 1000
        shop.call.ok(f"POST /v1/invoices/{draft}", default_tax_rates=[vat, low])
        assert total() == 1250
        shop.call.ok(f"POST /v1/invoices/{draft}/finalize")
        late = shop.call(f"POST /v1/invoices/{draft}", default_tax_rates="")
        assert (late.status, late.error["param"]) == (400, "default_tax_rates")

    def test_one_off_items_of_a_subscription_are_taxed(self, shop: Any) -> None:
        """INV-102."""
        once = shop.call.ok("POST /v1/prices", product=shop.product, currency="usd", unit_amount=500)["id"]
        subscription = shop.subscribe(
            shop.licensed(1000),
            add_invoice_items=[{"price": once, "tax_rates": [rate(shop, 10)]}, {"price": once}],
            default_tax_rates=[rate(shop)],
        )
        invoice = shop.last_invoice(subscription)
        assert sorted(taxes(line) for line in invoice["lines"]["data"]) == [
            [(50, 500)],
            [(100, 500)],
            [(200, 1000)],
        ]

    def test_an_invoice_for_a_subscription_inherits_its_rates(self, shop: Any) -> None:
        """INV-102."""
        vat = rate(shop)
        subscription = shop.subscribe(shop.licensed(1000), default_tax_rates=[vat])
        asked = {"customer": shop.customer, "subscription": subscription["id"]}
        assert ids(shop.call.ok("POST /v1/invoices", **asked)["default_tax_rates"]) == [vat]
        own = shop.call.ok("POST /v1/invoices", **asked, default_tax_rates=[rate(shop, 5)])
        assert ids(own["default_tax_rates"]) != [vat]

    @pytest.mark.parametrize("mode", ["flexible", "classic"])
    def test_prorations_are_taxed_as_what_they_correct(self, shop: Any, mode: str) -> None:
        """INV-102: the item's own rates go on its prorations; a credit takes the tax back."""
        low = rate(shop, 10)
        subscription = shop.subscribe(
            {"price": shop.licensed(3100), "tax_rates": [low]},
            default_tax_rates=[rate(shop)],
            billing_mode={"type": mode},
        )
        item = subscription["items"]["data"][0]["id"]
        shop.advance("2026-01-16T12:00:00")
        shop.change(subscription, items=[{"id": item, "price": shop.licensed(6200)}])
        assert [ids(each["tax_rates"]) for each in shop.pending()] == [[low], [low]]
        preview = shop.preview(subscription)
        shop.advance(END)
        invoice = shop.last_invoice(subscription)
        assert [taxes(line) for line in invoice["lines"]["data"]] == [
            [(310, 3100)],
            [(-155, -1550)],
            [(620, 6200)],
        ]
        assert (totals(preview), taxes(preview)) == (totals(invoice), taxes(invoice))

    def test_a_flexible_credit_has_the_rates_that_its_time_was_billed_with(self, shop: Any) -> None:
        """INV-102, as CHG-55 for the price."""
        low, vat = rate(shop, 10), rate(shop)
        subscription = shop.subscribe({"price": shop.licensed(3100), "tax_rates": [low]})
        item = subscription["items"]["data"][0]["id"]
        shop.advance("2026-01-16T12:00:00")
        shop.change(subscription, items=[{"id": item, "tax_rates": [vat]}])
        assert shop.pending() == []
        shop.change(subscription, items=[{"id": item, "quantity": 2}])
        assert sorted((each["amount"], ids(each["tax_rates"])) for each in shop.pending()) == [
            (-1550, [low]),
            (3100, [vat]),
        ]

    def test_new_rates_are_for_the_invoices_to_come(self, shop: Any) -> None:
        """INV-102."""
        subscription = shop.subscribe(shop.metered("10"), default_tax_rates=[rate(shop)])
        shop.use(100)
        shop.advance("2026-02-01T00:30:00")
        changed = shop.change(subscription, default_tax_rates=[rate(shop, 5)])
        assert changed["default_tax_rates"][0]["percentage"] == 5
        shop.advance(END)
        assert shop.last_invoice(subscription)["total"] == 1200
        shop.use(100, at=shop.now())
        shop.advance("2026-03-01T02:00:00")
        assert shop.last_invoice(subscription)["total"] == 1050
        assert shop.change(subscription, default_tax_rates="")["default_tax_rates"] == []

    def test_an_item_can_be_added_and_changed_with_rates(self, shop: Any) -> None:
        """INV-102."""
        low = rate(shop, 10)
        subscription = shop.subscribe(shop.metered("10"))
        asked = {"subscription": subscription["id"], "price": shop.licensed(500), "tax_rates": [low]}
        added = shop.call.ok("POST /v1/subscription_items", **asked, proration_behavior="none")
        assert ids(added["tax_rates"]) == [low]
        cleared = shop.call.ok(f"POST /v1/subscription_items/{added['id']}", tax_rates="")
        assert cleared["tax_rates"] == []

    def test_a_previewed_change_of_rates_is_previewed(self, shop: Any) -> None:
        """INV-76 INV-102."""
        vat, low = rate(shop), rate(shop, 5)
        subscription = shop.subscribe(shop.licensed(1000))
        assert shop.preview(subscription)["total"] == 1000
        assert shop.preview(subscription, subscription_details={"default_tax_rates": [vat]})["total"] == 1200
        items = [{"id": subscription["items"]["data"][0]["id"], "tax_rates": [low]}]
        assert shop.preview(subscription, subscription_details={"items": items})["total"] == 1050
        extra = [{"amount": 100, "tax_rates": [vat]}, {"amount": 100}]
        assert shop.preview(subscription, invoice_items=extra)["total"] == 1220
        old = {"customer": shop.customer, "subscription": subscription["id"]}
        shown = shop.call.ok("GET /v1/invoices/upcoming", OLD, **old, subscription_default_tax_rates=[vat])
        assert (shown["total"], shown["tax"]) == (1200, 200)
        assert shop.preview(subscription)["total"] == 1000


class TestThresholds:
    @pytest.mark.parametrize(("inclusive", "units"), [(False, 100), (True, 120)])
    def test_an_amount_threshold_looks_at_what_is_left_without_tax(
        self, shop: Any, inclusive: bool, units: int
    ) -> None:
        """CHG-36."""
        subscription = shop.subscribe(
            shop.metered("10"),
            billing_thresholds={"amount_gte": 1000},
            default_tax_rates=[rate(shop, 20, inclusive=inclusive)],
        )
        shop.advance("2026-01-05")
        shop.use(units - 1)
        shop.world.sleep(200)
        shop.call.ok("GET /v1/invoices", customer=shop.customer)
        before = len(shop.invoices(subscription))
        shop.use(1)
        shop.world.sleep(200)
        shop.call.ok("GET /v1/invoices", customer=shop.customer)
        after = shop.invoices(subscription)
        assert (len(after) - before, after[-1]["billing_reason"]) == (1, "subscription_threshold")
        assert (after[-1]["total_excluding_tax"], after[-1]["total"]) == (1000, 1200)


class TestSchedules:
    def test_phases_set_the_rates_of_their_time(self, shop: Any) -> None:
        """INV-102: archived in between, a rate goes on where it was applied already (INV-101)."""
        vat, low, own = rate(shop), rate(shop, 5), rate(shop, 1)
        price = shop.metered("10")
        once = shop.call.ok("POST /v1/prices", product=shop.product, currency="usd", unit_amount=500)["id"]
        schedule = shop.schedule(
            {"items": [price], "months": 1, "default_tax_rates": [vat]},
            {
                "items": [{"price": price, "tax_rates": [own]}],
                "months": 1,
                "default_tax_rates": [low],
                "add_invoice_items": [{"price": once, "tax_rates": [vat]}],
            },
            {"items": [price], "months": 1},
        )
        phases = shop.scheduled(schedule)["phases"]
        assert [ids(phase["default_tax_rates"]) for phase in phases] == [[vat], [low], []]
        assert ids(phases[1]["items"][0]["tax_rates"]) == [own]
        assert ids(phases[1]["add_invoice_items"][0]["tax_rates"]) == [vat]
        for each in (vat, low, own):
            shop.call.ok(f"POST /v1/tax_rates/{each}", active=False)
        assert ids(shop.managed(schedule)["default_tax_rates"]) == [vat]
        shop.use(100)
        shop.advance("2026-02-01T03:00:00")
        managed = shop.managed(schedule)
        assert ids(managed["default_tax_rates"]) == [low]
        assert ids(managed["items"]["data"][0]["tax_rates"]) == [own]
        assert taxes(shop.last_invoice()) == [(300, 1500)]
        shop.use(100)
        shop.advance("2026-03-01T03:00:00")
        assert taxes(shop.last_invoice()) == [(10, 1000)]
        managed = shop.managed(schedule)
        assert (managed["default_tax_rates"], managed["items"]["data"][0]["tax_rates"]) == ([], [])

    @pytest.mark.parametrize(
        ("before", "after", "expected"),
        [([], [20], [(100, 500)]), ([20], [], [(200, 1000)]), ([5], [20], [(50, 1000), (100, 500)])],
    )
    def test_a_renewal_taxes_each_phase_by_its_own_rates(
        self, shop: Any, before: list[int], after: list[int], expected: list[tuple[int, int]]
    ) -> None:
        """SUB-52: the usage of the phase that is over, and the fee of the one that begins."""
        items = [shop.metered("10"), shop.licensed(500)]
        made = shop.schedule(
            *(
                {"items": items, "months": 1, "default_tax_rates": [rate(shop, each) for each in rates]}
                for rates in (before, after)
            )
        )
        shop.use(100)
        preview = shop.preview(shop.managed(made))
        shop.advance("2026-02-01T03:00:00")
        invoice = shop.last_invoice()
        assert sorted(taxes(invoice)) == sorted(taxes(preview)) == expected

    def test_a_schedule_made_of_a_subscription_keeps_its_rates(self, shop: Any) -> None:
        """INV-102."""
        vat, own = rate(shop), rate(shop, 1)
        item = {"price": shop.licensed(1000), "tax_rates": [own]}
        subscription = shop.subscribe(item, default_tax_rates=[vat])
        path = "POST /v1/subscription_schedules"
        [phase] = shop.call.ok(path, from_subscription=subscription["id"])["phases"]
        assert (ids(phase["default_tax_rates"]), ids(phase["items"][0]["tax_rates"])) == ([vat], [own])


class TestRefusals:
    @pytest.mark.parametrize(
        ("where", "param"),
        [
            ("default_tax_rates", "default_tax_rates[0]"),
            ("items", "items[0][tax_rates][0]"),
            ("add_invoice_items", "add_invoice_items[0][tax_rates][0]"),
        ],
    )
    def test_an_unknown_or_archived_rate_is_refused(self, shop: Any, where: str, param: str) -> None:
        """INV-101 INV-106."""
        once = shop.call.ok("POST /v1/prices", product=shop.product, currency="usd", unit_amount=500)["id"]
        price = shop.licensed(1000)
        archived = rate(shop, active=False)
        for wanted, words in (("txr_nope", "No such tax rate: 'txr_nope'"), (archived, "is archived")):
            asked: dict[str, Any] = {"customer": shop.customer, "items": [{"price": price}]}
            entry = {"price": once if where == "add_invoice_items" else price, "tax_rates": [wanted]}
            asked[where] = [wanted] if where == "default_tax_rates" else [entry]
            answer = shop.call("POST /v1/subscriptions", **asked)
            assert (answer.status, answer.error["param"]) == (400, param)
            assert words in answer.error["message"]
        assert shop.call.ok("GET /v1/subscriptions", customer=shop.customer)["data"] == []

    def test_a_line_has_ten_rates_at_most_and_each_once(self, shop: Any) -> None:
        """INV-102."""
        many = [rate(shop, 1) for _ in range(11)]
        path = "POST /v1/invoices"
        for wrong in (many, [many[0], many[0]]):
            answer = shop.call(path, customer=shop.customer, default_tax_rates=wrong)
            assert (answer.status, answer.error["param"]) == (400, "default_tax_rates")
        made = shop.call.ok(path, customer=shop.customer, default_tax_rates=many[:10])
        assert len(made["default_tax_rates"]) == 10

    def test_an_archived_rate_stays_where_it_is(self, shop: Any) -> None:
        """INV-101: it can even be sent again."""
        vat = rate(shop)
        subscription = shop.subscribe(shop.metered("10"), default_tax_rates=[vat])
        shop.call.ok(f"POST /v1/tax_rates/{vat}", active=False)
        shop.use(100)
        shop.advance(END)
        assert shop.last_invoice(subscription)["total"] == 1200
        assert ids(shop.change(subscription, default_tax_rates=[vat])["default_tax_rates"]) == [vat]
        other = shop.subscribe(shop.licensed(100))
        assert shop.call(f"POST /v1/subscriptions/{other['id']}", default_tax_rates=[vat]).status == 400

    def test_stripe_tax_is_refused_by_name(self, shop: Any) -> None:
        answer = shop.call("POST /v1/invoices", customer=shop.customer, automatic_tax={"enabled": True})
        assert (answer.status, "automatic_tax[enabled]=true" in answer.error["message"]) == (501, True)


class TestNotes:
    """Credit notes of taxed invoices."""

    def invoice(self, shop: Any, **params: Any) -> dict[str, Any]:
        subscription = shop.subscribe(shop.metered("10"), **params)
        shop.use(100)
        shop.advance(END)
        return shop.last_invoice(subscription)

    def note(self, shop: Any, invoice: dict[str, Any], cents: int) -> dict[str, Any]:
        line = invoice["lines"]["data"][0]["id"]
        asked = [{"type": "invoice_line_item", "invoice_line_item": line, "amount": cents}]
        shown = shop.call.ok("GET /v1/credit_notes/preview", invoice=invoice["id"], lines=asked)
        return shop.call.ok(
            "POST /v1/credit_notes", invoice=invoice["id"], lines=asked, refund_amount=shown["total"]
        )

    def test_a_note_takes_back_the_tax_of_what_it_credits(self, shop: Any) -> None:
        """INV-90 INV-107: after discounts, before the note's total."""
        vat = rate(shop)
        invoice = self.invoice(shop, discounts=coupon(shop, 10), default_tax_rates=[vat])
        made = self.note(shop, invoice, 500)
        assert (totals(made), taxes(made)) == ((500, 500, 450, 540), [(90, 450)])
        [line] = made["lines"]["data"]
        assert (line["amount"], taxes(line), ids(line["tax_rates"])) == (500, [(90, 450)], [vat])

    @pytest.mark.parametrize("inclusive", [True, False])
    def test_notes_of_all_of_a_line_take_back_all_of_its_tax(self, shop: Any, inclusive: bool) -> None:
        """INV-104: rounded over all of them."""
        invoice = self.invoice(shop, default_tax_rates=[rate(shop, "9.975", inclusive=inclusive)])
        made = [self.note(shop, invoice, cents) for cents in (333, 333, 334)]
        assert sum(note["total"] for note in made) == invoice["total"]
        for place in (0, 1):
            whole = taxes(invoice)[0][place]
            assert sum(taxes(note)[0][place] for note in made) == whole

    def test_a_note_for_an_exempt_customer_leaves_out_what_was_backed_out(self, shop: Any) -> None:
        """INV-105."""
        shop.call.ok(f"POST /v1/customers/{shop.customer}", tax_exempt="reverse")
        invoice = self.invoice(shop, default_tax_rates=[rate(shop, 10, inclusive=True)])
        made = [self.note(shop, invoice, 500) for _ in range(2)]
        assert (invoice["total"], [note["total"] for note in made]) == (909, [454, 455])


class TestOlderVersions:
    def test_tax_stood_elsewhere_before_basil(self, shop: Any) -> None:
        """INV-46 INV-107 VER-07."""
        inside, on_top = rate(shop, 25, inclusive=True), rate(shop, 10)
        subscription = shop.subscribe(shop.metered("10"), default_tax_rates=[inside, on_top])
        shop.use(50)
        shop.advance(END)
        path = f"GET /v1/invoices/{shop.last_invoice(subscription)['id']}"
        old = shop.call.ok(path, OLD)
        amounts = [
            {"amount": 100, "inclusive": True, "tax_rate": inside, "taxable_amount": 400},
            {"amount": 40, "inclusive": False, "tax_rate": on_top, "taxable_amount": 400},
        ]
        wanted = [{"taxability_reason": None} | each for each in amounts]
        [line] = old["lines"]["data"]
        assert (old["tax"], old["total_tax_amounts"], line["tax_amounts"]) == (140, wanted, wanted)
        assert (old["subtotal_excluding_tax"], old["total_excluding_tax"], old["total"]) == (400, 400, 540)
        assert (line["amount_excluding_tax"], line["unit_amount_excluding_tax"]) == (400, "8")
        assert ids(line["tax_rates"]) == [inside, on_top]
        assert {"taxes", "total_taxes"} & (old.keys() | line.keys()) == set()
        expanded = shop.call.ok(path, OLD, expand=["total_tax_amounts.tax_rate"])["total_tax_amounts"]
        assert [each["tax_rate"]["percentage"] for each in expanded] == [25, 10]
        rows = shop.call.ok(f"{path}/lines", OLD, expand=["data.tax_amounts.tax_rate"])["data"]
        assert rows[0]["tax_amounts"][1]["tax_rate"]["id"] == on_top
        refused = shop.call(path, expand=["total_taxes.tax_rate_details.tax_rate"])
        assert refused.status == 400

    def test_no_tax_was_null(self, shop: Any) -> None:
        shop.subscribe(shop.licensed(500))
        old = shop.call.ok(f"GET /v1/invoices/{shop.last_invoice()['id']}", OLD)
        assert (old["tax"], old["total_tax_amounts"]) == (None, [])


RATES = st.tuples(st.sampled_from(["0", "0.0001", "5", "7.25", "9.975", "20", "100"]), st.booleans())


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    defaults=st.lists(RATES, max_size=3),
    own=st.lists(RATES, max_size=3),
    units=st.integers(0, 5_000),
    extras=st.lists(st.integers(-400, 900), max_size=3),
    percent=st.integers(0, 100),
    credit=st.integers(0, 3_000),
    status=st.sampled_from(["none", "exempt"]),
)
def test_the_totals_of_an_invoice_add_up(
    new_shop: Any,
    defaults: list[tuple[str, bool]],
    own: list[tuple[str, bool]],
    units: int,
    extras: list[int],
    percent: int,
    credit: int,
    status: str,
) -> None:
    """INV-74 INV-103 INV-104 INV-105: whatever the rates, discounts and credits are."""
    shop = new_shop()
    shop.call.ok(f"POST /v1/customers/{shop.customer}", tax_exempt=status)
    if credit:
        grant(shop, credit)
    applied = [rate(shop, percentage, inclusive=inclusive) for percentage, inclusive in defaults]
    others = [rate(shop, percentage, inclusive=inclusive) for percentage, inclusive in own]
    subscription = shop.subscribe(
        {"price": shop.metered("7"), "tax_rates": others},
        discounts=coupon(shop, percent) if percent else "",
        default_tax_rates=applied,
    )
    for cents in extras:
        shop.call.ok("POST /v1/invoiceitems", customer=shop.customer, currency="usd", amount=cents)
    shop.use(units)
    shop.advance("2026-02-01T00:30:00")
    preview, draft = shop.preview(subscription), shop.last_invoice(subscription)
    shop.advance(END)
    invoice = shop.last_invoice(subscription)
    for shown in (preview, draft, invoice):
        check_totals(shown, spared=status == "exempt")
    if not credit:
        assert (totals(draft), taxes(draft)) == (totals(invoice), taxes(invoice))


def check_totals(invoice: dict[str, Any], *, spared: bool) -> None:
    lines = invoice["lines"]["data"]
    rows = [tax for line in lines for tax in line["taxes"]]
    sums: dict[str, int] = {}
    for tax in rows:
        known = tax["tax_rate_details"]["tax_rate"]
        sums[known] = sums.get(known, 0) + tax["amount"]
    assert {tax["tax_rate_details"]["tax_rate"]: tax["amount"] for tax in invoice["total_taxes"]} == sums
    on_top = sum(tax["amount"] for tax in rows if tax["tax_behavior"] == "exclusive")
    off = sum(each["amount"] for each in invoice["total_pretax_credit_amounts"])
    untaxed = invoice["subtotal"] - off
    if spared:
        assert rows == []
        assert invoice["total"] == invoice["total_excluding_tax"]
    else:
        assert invoice["total"] == untaxed + on_top
        assert invoice["total_excluding_tax"] == invoice["total"] - sum(tax["amount"] for tax in rows)
    for line in lines:
        assert {tax["taxable_amount"] for tax in line["taxes"]} == {
            line["amount"]
            - sum(each["amount"] for each in line["pretax_credit_amounts"])
            - sum(tax["amount"] for tax in line["taxes"] if tax["tax_behavior"] == "inclusive")
            for _ in line["taxes"][:1]
        }
