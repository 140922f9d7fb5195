"""Discounts on bills: what they take off, which come first, how long they last, what is announced."""

from __future__ import annotations

from typing import Any

import pytest

CLASSIC = {"billing_mode": {"type": "classic"}}
OLD = {"stripe-version": "2024-06-20"}
MONTHS = ["2026-02-01", "2026-03-01", "2026-04-01", "2026-05-01"]


def coupon(shop: Any, **params: Any) -> str:
    """Forever unless told otherwise."""
    return shop.call.ok("POST /v1/coupons", **({"duration": "forever"} | params))["id"]


def off(coupon_id: str) -> list[dict[str, str]]:
    return [{"coupon": coupon_id}]


def finished(shop: Any, day: str) -> None:
    shop.advance(f"{day}T02:00:00")


def taken(invoice: dict[str, Any]) -> list[int]:
    """What came off each line."""
    return [sum(each["amount"] for each in line["discount_amounts"]) for line in invoice["lines"]["data"]]


class TestOnACycle:
    def test_usage_is_discounted_as_it_is_finally_billed(self, shop: Any) -> None:
        """INV-20 INV-55: usage reported into the draft hour is discounted with the rest."""
        subscription = shop.subscribe(shop.metered("10"), discounts=off(coupon(shop, percent_off=25)))
        shop.use(100)
        shop.advance("2026-02-01T00:30:00")
        draft = shop.last_invoice(subscription)
        assert (draft["status"], draft["subtotal"], draft["total"]) == ("draft", 1000, 750)
        shop.use(40, at=shop.start + 60)
        finished(shop, "2026-02-01")
        invoice = shop.last_invoice(subscription)
        [discount] = invoice["discounts"]
        assert (invoice["status"], invoice["subtotal"], invoice["total"], invoice["amount_paid"]) == (
            "paid",
            1400,
            1050,
            1050,
        )
        assert invoice["total_discount_amounts"] == [{"amount": 350, "discount": discount}]
        [line] = invoice["lines"]["data"]
        assert (line["amount"], line["subtotal"], line["discountable"]) == (1400, 1400, True)
        assert line["discount_amounts"] == [{"amount": 350, "discount": discount}]
        shown = {"amount": 350, "credit_balance_transaction": None, "discount": discount, "type": "discount"}
        assert line["pretax_credit_amounts"] == invoice["total_pretax_credit_amounts"] == [shown]
        assert subscription["discounts"] == [discount]

    @pytest.mark.parametrize(
        ("mode", "cut"),
        [
            pytest.param("classic", [250, 250], id="classic spreads evenly"),
            pytest.param("flexible", [83, 417], id="flexible by share"),
        ],
    )
    def test_a_fixed_amount_is_spread_as_the_mode_has_it(self, shop: Any, mode: str, cut: list[int]) -> None:
        """CHG-56: 5.00 off 10.00 and 50.00 takes 2.50 or 4.17 off the dearer."""
        five = off(coupon(shop, amount_off=500, currency="usd"))
        prices = [shop.licensed(5000), shop.licensed(1000)]
        subscription = shop.subscribe(*prices, discounts=five, billing_mode={"type": mode})
        invoice = shop.last_invoice(subscription)
        assert [line["amount"] for line in invoice["lines"]["data"]] == [1000, 5000]
        assert (taken(invoice), invoice["total"]) == (cut, 5500)

    def test_tiers_flat_fees_and_licensed_lines_are_discounted_alike(self, shop: Any) -> None:
        """INV-65: by weight; the leftover cent goes to a later line."""
        tiers = [{"up_to": 10, "unit_amount": 7, "flat_amount": 100}, {"up_to": "inf", "unit_amount": 3}]
        metered = shop.metered(billing_scheme="tiered", tiers_mode="graduated", tiers=tiers)
        ten = off(coupon(shop, percent_off=10))
        subscription = shop.subscribe(shop.licensed(995), metered, discounts=ten)
        shop.use(15)
        finished(shop, "2026-02-01")
        invoice = shop.last_invoice(subscription)
        amounts = [line["amount"] for line in invoice["lines"]["data"]]
        assert amounts == [70, 100, 15, 995]
        assert taken(invoice) == [7, 10, 1, 100]
        assert invoice["total"] == sum(amounts) - 118

    def test_a_bill_is_never_below_zero(self, shop: Any) -> None:
        huge = off(coupon(shop, amount_off=100_000, currency="usd"))
        subscription = shop.subscribe(shop.licensed(1000), discounts=huge)
        invoice = shop.last_invoice(subscription)
        assert (invoice["total"], invoice["amount_due"], invoice["status"]) == (0, 0, "paid")
        assert invoice["total_discount_amounts"][0]["amount"] == 1000

    def test_only_the_coupon_s_products_are_discounted(self, shop: Any) -> None:
        other = shop.call.ok("POST /v1/products", name="Silver")["id"]
        half = off(coupon(shop, percent_off=50, applies_to={"products": [other]}))
        prices = [shop.licensed(1000), shop.licensed(600, product=other)]
        invoice = shop.last_invoice(shop.subscribe(*prices, discounts=half))
        assert [len(line["discount_amounts"]) for line in invoice["lines"]["data"]] == [1, 0]
        assert (taken(invoice), invoice["total"]) == ([300, 0], 1300)

    def test_credits_pay_what_discounts_leave_and_the_balance_comes_last(self, shop: Any) -> None:
        """INV-74 CHG-44"""
        granted = {"type": "monetary", "monetary": {"value": 300, "currency": "usd"}}
        scope = {"scope": {"price_type": "metered"}}
        shop.call.ok(
            "POST /v1/billing/credit_grants",
            customer=shop.customer,
            amount=granted,
            applicability_config=scope,
        )
        shop.call.ok(f"POST /v1/customers/{shop.customer}", balance=-100)
        subscription = shop.subscribe(shop.metered("10"), discounts=off(coupon(shop, percent_off=50)))
        shop.use(100)
        finished(shop, "2026-02-01")
        invoice = shop.last_invoice(subscription)
        assert [each["type"] for each in invoice["total_pretax_credit_amounts"]] == [
            "discount",
            "credit_balance_transaction",
        ]
        assert (invoice["subtotal"], invoice["total"], invoice["amount_due"]) == (1000, 200, 100)

    def test_credits_never_pay_more_than_discounts_leave(self, shop: Any) -> None:
        """INV-74"""
        granted = {"type": "monetary", "monetary": {"value": 5_000, "currency": "usd"}}
        scope = {"scope": {"price_type": "metered"}}
        shop.call.ok(
            "POST /v1/billing/credit_grants",
            customer=shop.customer,
            amount=granted,
            applicability_config=scope,
        )
        subscription = shop.subscribe(shop.metered("10"), discounts=off(coupon(shop, percent_off=75)))
        shop.use(100)
        finished(shop, "2026-02-01")
        invoice = shop.last_invoice(subscription)
        assert [each["amount"] for each in invoice["total_pretax_credit_amounts"]] == [750, 250]
        assert invoice["total"] == 0

    def test_a_threshold_looks_at_what_discounts_leave(self, shop: Any) -> None:
        """CHG-36"""
        half = off(coupon(shop, percent_off=50))
        subscription = shop.subscribe(
            shop.metered("10"), discounts=half, billing_thresholds={"amount_gte": 1000}
        )
        shop.advance("2026-01-02")
        shop.use(199, at=shop.start + 60)
        assert shop.invoices(subscription) == []
        shop.use(1, at=shop.start + 90)
        shop.world.sleep(1)
        shop.call.ok(f"GET /v1/customers/{shop.customer}")
        invoice = shop.last_invoice(subscription)
        assert (invoice["billing_reason"], invoice["subtotal"], invoice["total"]) == (
            "subscription_threshold",
            2000,
            1000,
        )


class TestHowLong:
    def test_once_is_used_up_by_the_first_invoice(self, shop: Any) -> None:
        """As stripe-go issue 944 has it: the answer to the creation shows no discount any more."""
        subscription = shop.subscribe(
            shop.licensed(1000), discounts=off(coupon(shop, percent_off=50, duration="once"))
        )
        assert subscription["discounts"] == []
        finished(shop, "2026-02-01")
        assert [each["total"] for each in shop.invoices(subscription)] == [500, 1000]
        assert [len(each["discounts"]) for each in shop.invoices(subscription)] == [1, 0]

    def test_once_waits_for_an_invoice_that_costs_something(self, shop: Any) -> None:
        """ASSUMED: once. Classic's first invoice over 0 does not use it up."""
        once = off(coupon(shop, percent_off=50, duration="once"))
        subscription = shop.subscribe(shop.metered("10"), discounts=once, **CLASSIC)
        assert len(subscription["discounts"]) == 1
        for day in MONTHS[:2]:
            shop.use(100)
            finished(shop, day)
        assert [each["total"] for each in shop.invoices(subscription)] == [0, 500, 1000]

    def test_once_is_used_up_when_a_draft_at_zero_gets_usage(self, shop: Any) -> None:
        once = off(coupon(shop, percent_off=50, duration="once"))
        subscription = shop.subscribe(shop.metered("10"), discounts=once)
        shop.advance("2026-02-01T00:30:00")
        assert len(shop.subscription(subscription)["discounts"]) == 1
        shop.use(100, at=shop.start + 60)
        finished(shop, "2026-02-01")
        assert shop.subscription(subscription)["discounts"] == []
        assert shop.last_invoice(subscription)["total"] == 500
        assert shop.events()[-1] != "customer.discount.deleted"
        assert "customer.discount.deleted" in shop.events()

    def test_months_are_counted_by_the_clock_and_invoices_by_when_they_are_made(self, shop: Any) -> None:
        """ASSUMED: in arrears. Two months cover the invoice of March 1 neither for its usage nor ahead."""
        two = off(coupon(shop, percent_off=50, duration="repeating", duration_in_months=2))
        subscription = shop.subscribe(shop.metered("10"), shop.licensed(1000), discounts=two)
        discount = shop.world.discounts[subscription["discounts"][0]]
        assert (discount.start, discount.end) == (shop.start, shop.start + 59 * 86_400)
        shop.use(10)
        finished(shop, MONTHS[0])
        shop.use(10)
        assert shop.preview(subscription)["total"] == 1100
        finished(shop, MONTHS[1])
        assert [each["total"] for each in shop.invoices(subscription)] == [500, 550, 1100]
        assert shop.subscription(subscription)["discounts"] == []
        ended = shop.events().index("customer.discount.deleted")
        assert shop.events()[ended + 1] == "customer.subscription.updated"

    def test_a_discount_outlives_its_coupon(self, shop: Any) -> None:
        half = coupon(shop, percent_off=50)
        subscription = shop.subscribe(shop.licensed(1000), discounts=off(half))
        shop.call.ok(f"DELETE /v1/coupons/{half}")
        finished(shop, "2026-02-01")
        assert shop.last_invoice(subscription)["total"] == 500
        shown = shop.call.ok(
            f"GET /v1/subscriptions/{subscription['id']}", expand=["discounts.source.coupon"]
        )
        assert shown["discounts"][0]["source"]["coupon"]["valid"] is False

    @pytest.mark.parametrize("gone", ["customer", "subscription"])
    def test_the_end_of_a_discount_on_what_is_gone(self, shop: Any, gone: str) -> None:
        """A deleted customer is told of nothing more; an ended subscription loses it all the same."""
        two = coupon(shop, percent_off=50, duration="repeating", duration_in_months=2)
        subscription = shop.subscribe(shop.licensed(1000), discounts=off(two))
        shop.call.ok(f"POST /v1/customers/{shop.customer}", OLD, coupon=two)
        if gone == "customer":
            shop.call.ok(f"DELETE /v1/customers/{shop.customer}")
        else:
            shop.cancel(subscription)
        before = len(shop.events())
        shop.advance("2026-06-01")
        told = [each for each in shop.events(after=before) if "discount" in each]
        assert told == ([] if gone == "customer" else ["customer.discount.deleted"] * 2)

    def test_it_goes_on_request(self, shop: Any) -> None:
        subscription = shop.subscribe(shop.licensed(1000), discounts=off(coupon(shop, percent_off=50)))
        [discount] = subscription["discounts"]
        gone = shop.call.ok(f"DELETE /v1/subscriptions/{subscription['id']}/discount")
        assert (gone["id"], gone["object"], gone["deleted"]) == (discount, "discount", True)
        assert shop.events()[-2:] == ["customer.discount.deleted", "customer.subscription.updated"]
        finished(shop, "2026-02-01")
        assert shop.last_invoice(subscription)["total"] == 1000
        again = shop.call(f"DELETE /v1/subscriptions/{subscription['id']}/discount")
        assert (again.status, again.message) == (
            404,
            f"No active discount for subscription: {subscription['id']}",
        )


class TestWhoseDiscount:
    def test_an_item_s_own_comes_before_the_subscription_s(self, shop: Any) -> None:
        """10.00, less 10 % of the item's, less 2.00 of the subscription's: 7.00."""
        ten, two = coupon(shop, percent_off=10), coupon(shop, amount_off=200, currency="usd")
        item = {"price": shop.licensed(1000), "discounts": off(ten)}
        subscription = shop.subscribe(item, discounts=off(two))
        invoice = shop.last_invoice(subscription)
        [line] = invoice["lines"]["data"]
        own, whole = subscription["items"]["data"][0]["discounts"][0], subscription["discounts"][0]
        assert line["discount_amounts"] == [
            {"amount": 100, "discount": own},
            {"amount": 200, "discount": whole},
        ]
        assert (line["discounts"], invoice["discounts"]) == ([own], [whole])
        assert (line["amount"], invoice["subtotal"], invoice["total"]) == (1000, 900, 700)

    def test_several_apply_in_their_order_each_to_what_is_left(self, shop: Any) -> None:
        """ASSUMED: stacking"""
        half, two = coupon(shop, percent_off=50), coupon(shop, amount_off=200, currency="usd")
        for order, total in (([half, two], 300), ([two, half], 400)):
            discounts = [{"coupon": each} for each in order]
            invoice = shop.last_invoice(shop.subscribe(shop.licensed(1000), discounts=discounts))
            assert invoice["total"] == total

    def test_a_customer_s_applies_where_the_subscription_has_none(self, shop: Any) -> None:
        """ASSUMED: customer; VER-07: since basil only older versions can give a customer one."""
        half, tenth = coupon(shop, percent_off=50), coupon(shop, percent_off=10)
        customer = shop.call.ok(f"POST /v1/customers/{shop.customer}", OLD, coupon=half)
        assert customer["discount"]["coupon"]["id"] == half
        plain = shop.subscribe(shop.licensed(1000))
        own = shop.subscribe(shop.licensed(1000), discounts=off(tenth))
        assert plain["discounts"] == []
        assert [shop.last_invoice(each)["total"] for each in (plain, own)] == [500, 900]

    def test_a_customer_s_discount_is_switched_and_removed(self, shop: Any) -> None:
        half = coupon(shop, percent_off=50, duration="repeating", duration_in_months=1)
        tenth = coupon(shop, percent_off=10)
        path = f"/v1/customers/{shop.customer}"
        shop.call.ok(f"POST {path}", OLD, coupon=half)
        shop.advance("2026-01-10")
        switched = shop.call.ok(f"POST {path}", OLD, coupon=tenth)["discount"]
        assert (switched["start"], switched["end"]) == (shop.now(), None)
        shop.advance("2026-03-01")
        told = [each for each in shop.events() if "discount" in each]
        assert told == ["customer.discount.created", "customer.discount.updated"]
        gone = shop.call.ok(f"DELETE {path}/discount")
        assert (gone["deleted"], gone["source"]["coupon"]) == (True, tenth)
        assert shop.call.ok(f"GET {path}")["discount"] is None
        assert shop.call(f"DELETE {path}/discount").status == 404
        assert shop.call(f"POST {path}", coupon=half).error["code"] == "parameter_unknown"
        assert shop.events()[-2:] == ["customer.discount.deleted", "customer.updated"]

    def test_an_update_replaces_keeps_or_clears(self, shop: Any) -> None:
        half, tenth = coupon(shop, percent_off=50), coupon(shop, percent_off=10)
        subscription = shop.subscribe(shop.licensed(1000), discounts=off(half))
        [first] = subscription["discounts"]
        path = f"POST /v1/subscriptions/{subscription['id']}"
        both = shop.call.ok(path, discounts=[{"discount": first}, {"coupon": tenth}])["discounts"]
        assert (both[0], len(both)) == (first, 2)
        assert shop.call.ok(path, description="x")["discounts"] == both
        [third] = shop.call.ok(path, discounts=off(half))["discounts"]
        assert third not in both
        assert shop.call.ok(path, discounts="")["discounts"] == []
        told = [each.rpartition(".")[2] for each in shop.events() if "discount" in each]
        assert told == ["created", "created", "deleted", "deleted", "created", "deleted"]
        stale = shop.call(path, discounts=[{"discount": first}])
        assert (stale.status, stale.message) == (400, f"No such discount: '{first}'")

    def test_an_item_gets_a_discount_later(self, shop: Any) -> None:
        subscription = shop.subscribe(shop.metered("10"), shop.licensed(1000))
        item = subscription["items"]["data"][0]["id"]
        half = off(coupon(shop, percent_off=50))
        assert len(shop.call.ok(f"POST /v1/subscription_items/{item}", discounts=half)["discounts"]) == 1
        shop.use(100)
        finished(shop, "2026-02-01")
        invoice = shop.last_invoice(subscription)
        assert (taken(invoice), invoice["subtotal"], invoice["total"]) == ([0, 500], 1500, 1500)

    def test_redemptions_are_counted_and_limited(self, shop: Any) -> None:
        twice = coupon(shop, percent_off=50, max_redemptions=2)
        for _ in range(2):
            shop.subscribe(shop.licensed(1000), discounts=off(twice))
        shown = shop.call.ok(f"GET /v1/coupons/{twice}")
        assert (shown["times_redeemed"], shown["valid"]) == (2, False)
        items = [{"price": shop.licensed(1000)}]
        refused = shop.call(
            "POST /v1/subscriptions", customer=shop.customer, items=items, discounts=off(twice)
        )
        assert (refused.status, refused.error["code"]) == (400, "coupon_expired")
        assert refused.error["param"] == "discounts[0][coupon]"

    @pytest.mark.parametrize(
        ("entry", "param"),
        [
            ({"coupon": "NOPE"}, "discounts[0][coupon]"),
            ({"promotion_code": "promo_no"}, "discounts[0][promotion_code]"),
            ({"discount": "di_no"}, "discounts[0][discount]"),
            ({}, "discounts[0]"),
            ({"coupon": "a", "discount": "b"}, "discounts[0]"),
            ({"coupon": "euros"}, "discounts[0][coupon]"),
        ],
    )
    def test_what_cannot_be_redeemed_changes_nothing(
        self, shop: Any, entry: dict[str, str], param: str
    ) -> None:
        coupon(shop, amount_off=100, currency="eur", id="euros")
        items = [{"price": shop.licensed(1000)}]
        discounts = {"0": entry} if entry else {"0": {"coupon": ""}}
        refused = shop.call(
            "POST /v1/subscriptions", customer=shop.customer, items=items, discounts=discounts
        )
        assert refused.status == 400
        assert refused.error["param"].startswith(param)
        assert shop.world.subscriptions == {}
        assert shop.world.discounts == {}


class TestWhatNeedsNoPayment:
    @pytest.fixture
    def poor(self, new_shop: Any) -> Any:
        return new_shop(card=None)

    @pytest.mark.parametrize("behavior", ["allow_incomplete", "error_if_incomplete"])
    def test_what_a_coupon_makes_free_needs_no_card(self, poor: Any, behavior: str) -> None:
        """SUB-15"""
        free = off(coupon(poor, percent_off=100))
        subscription = poor.subscribe(poor.licensed(1000), discounts=free, payment_behavior=behavior)
        assert (subscription["status"], poor.last_invoice(subscription)["status"]) == ("active", "paid")
        item = subscription["items"]["data"][0]["id"]
        asked = {"proration_behavior": "always_invoice", "payment_behavior": behavior}
        dearer = {"id": item, "price": poor.licensed(2000)}
        assert poor.change(subscription, items=[dearer], **asked)["status"] == "active"
        assert poor.change(subscription, billing_cycle_anchor="now", **asked)["status"] == "active"


class TestOneOffInvoices:
    def test_a_discount_on_a_draft(self, shop: Any) -> None:
        call = shop.call
        item = {"customer": shop.customer, "currency": "usd"}
        draft = call.ok("POST /v1/invoices", customer=shop.customer, auto_advance=False)["id"]
        call.ok("POST /v1/invoiceitems", **item, amount=1000, invoice=draft)
        half, tenth = coupon(shop, percent_off=50, duration="once"), coupon(shop, percent_off=10)
        own = call.ok("POST /v1/invoiceitems", **item, amount=2000, invoice=draft, discounts=off(tenth))
        assert (len(own["discounts"]), own["net_amount"]) == (1, None)
        call.ok("POST /v1/invoiceitems", **item, amount=-300, invoice=draft)
        changed = call.ok(f"POST /v1/invoices/{draft}", discounts=off(half), expand=["discounts"])
        assert changed["discounts"][0]["invoice"] == draft
        assert (changed["subtotal"], changed["total"]) == (2500, 1100)
        by_amount = {line["amount"]: line for line in changed["lines"]["data"]}
        assert by_amount[-300]["discountable"] is False
        assert [each["amount"] for each in by_amount[2000]["discount_amounts"]] == [200, 900]
        assert [each["amount"] for each in by_amount[1000]["discount_amounts"]] == [500]
        cleared = call.ok(f"POST /v1/invoices/{draft}", discounts="")
        assert (cleared["total"], cleared["discounts"]) == (2500, [])
        call.ok(f"POST /v1/invoices/{draft}", discounts=off(half))
        final = call.ok(f"POST /v1/invoices/{draft}/finalize")
        assert final["total"] == 1100
        late = call(f"POST /v1/invoices/{draft}", discounts=off(half))
        assert late.error["code"] == "invoice_not_editable"
        assert [each for each in shop.events() if "discount" in each] == []

    def test_a_customer_s_discount_is_inherited_unless_it_is_not_wanted(self, shop: Any) -> None:
        call, half = shop.call, coupon(shop, percent_off=50)
        call.ok(f"POST /v1/customers/{shop.customer}", OLD, coupon=half)
        totals = []
        for asked in ({}, {"discounts": ""}):
            call.ok("POST /v1/invoiceitems", customer=shop.customer, amount=1000, currency="usd")
            made = call.ok(
                "POST /v1/invoices",
                customer=shop.customer,
                pending_invoice_items_behavior="include",
                auto_advance=False,
                **asked,
            )
            totals.append(made["total"])
        assert totals == [500, 1000]

    def test_an_added_item_brings_its_own(self, shop: Any) -> None:
        price = shop.call.ok("POST /v1/prices", product=shop.product, currency="usd", unit_amount=2000)["id"]
        half = off(coupon(shop, percent_off=50))
        extra = [{"price": price, "discounts": half}]
        subscription = shop.subscribe(shop.licensed(1000), add_invoice_items=extra)
        invoice = shop.last_invoice(subscription)
        assert (taken(invoice), invoice["total"]) == ([1000, 0], 2000)
        [item] = shop.call.ok("GET /v1/invoiceitems", invoice=invoice["id"], expand=["data.discounts"])[
            "data"
        ]
        assert item["discounts"][0]["invoice_item"] == item["id"]


class TestPreviews:
    @pytest.mark.parametrize("mode", ["classic", "flexible"])
    def test_a_preview_is_what_comes(self, shop: Any, mode: str) -> None:
        """INV-76"""
        three = off(coupon(shop, amount_off=333, currency="usd", duration="once"))
        item = {"price": shop.metered("10"), "discounts": off(coupon(shop, percent_off=20))}
        subscription = shop.subscribe(item, shop.licensed(1000), billing_mode={"type": mode})
        shop.change(subscription, discounts=three)
        shop.use(123)
        shown = shop.preview(subscription)
        finished(shop, "2026-02-01")
        came = shop.last_invoice(subscription)
        assert taken(shown) == taken(came)
        same = ("subtotal", "total", "total_discount_amounts", "discounts", "amount_due")
        assert {key: shown[key] for key in same} == {key: came[key] for key in same}

    @pytest.mark.parametrize("months", [1, 2])
    def test_a_last_part_of_a_period_is_previewed_with_what_lasts_until_then(
        self, shop: Any, months: int, instant: Any
    ) -> None:
        some = coupon(shop, percent_off=50, duration="repeating", duration_in_months=months)
        subscription = shop.subscribe(
            shop.licensed(1000), discounts=off(some), cancel_at=instant("2026-02-15")
        )
        shown = shop.preview(subscription)
        finished(shop, "2026-02-01")
        assert shown["total"] == shop.last_invoice(subscription)["total"] == {1: 500, 2: 250}[months]

    def test_discounts_can_be_tried(self, shop: Any) -> None:
        subscription = shop.subscribe(shop.licensed(1000), discounts=off(coupon(shop, percent_off=10)))
        half = coupon(shop, percent_off=50)
        tried = shop.preview(subscription, discounts=off(half), expand=["discounts.source.coupon"])
        assert (tried["total"], tried["discounts"][0]["source"]["coupon"]["id"]) == (500, half)
        assert shop.preview(subscription, discounts="")["total"] == 1000
        assert shop.preview(subscription)["total"] == 900
        assert shop.call.ok(f"GET /v1/coupons/{half}")["times_redeemed"] == 0
        assert list(shop.world.discounts) == subscription["discounts"]

    def test_items_that_are_asked_for_bring_their_own(self, shop: Any) -> None:
        subscription = shop.subscribe(shop.licensed(1000))
        waiting = shop.call.ok("POST /v1/invoiceitems", customer=shop.customer, amount=400, currency="usd")
        half = off(coupon(shop, percent_off=50))
        asked = [
            {"amount": 300, "currency": "usd", "discounts": half},
            {"invoiceitem": waiting["id"], "discounts": half},
        ]
        shown = shop.preview(subscription, invoice_items=asked)
        assert (taken(shown), shown["total"]) == ([150, 200, 0], 1350)
        assert shop.preview(subscription)["total"] == 1400
        assert shop.world.discounts == {}
        entry = {"amount": 300, "currency": "usd", "discounts": [{"coupon": "NOPE"}]}
        refused = shop.call(
            "POST /v1/invoices/create_preview", subscription=subscription["id"], invoice_items=[entry]
        )
        assert refused.error["param"] == "invoice_items[0][discounts][0][coupon]"

    def test_a_subscription_that_is_not_there_yet(self, shop: Any) -> None:
        half = off(coupon(shop, percent_off=50))
        details = {"items": [{"price": shop.licensed(1000), "discounts": half}]}
        tenth = off(coupon(shop, percent_off=10))
        shown = shop.call.ok(
            "POST /v1/invoices/create_preview",
            customer=shop.customer,
            subscription_details=details,
            discounts=tenth,
        )
        assert (shown["subtotal"], shown["total"]) == (500, 450)
        assert shop.world.discounts == {}


class TestOlderVersions:
    def test_before_clover_a_discount_held_its_coupon(self, shop: Any) -> None:
        """VER-13"""
        half = coupon(shop, percent_off=50)
        subscription = shop.subscribe(shop.licensed(1000), discounts=off(half))
        path = f"GET /v1/subscriptions/{subscription['id']}"
        basil = {"stripe-version": "2025-08-27.basil"}
        [discount] = shop.call.ok(path, basil, expand=["discounts"])["discounts"]
        assert (discount["coupon"]["percent_off"], "source" in discount) == (50, False)
        assert shop.call(path, basil, expand=["discounts.source.coupon"]).status == 400
        gone = shop.call.ok(f"DELETE /v1/subscriptions/{subscription['id']}/discount", basil)
        assert (gone["coupon"]["id"], gone["deleted"]) == (half, True)

    def test_before_basil_coupons_were_named_outright(self, shop: Any) -> None:
        """VER-07: `coupon` going in, `discount` coming out."""
        half, tenth = coupon(shop, percent_off=50), coupon(shop, percent_off=10)
        subscription = shop.subscribe(shop.licensed(1000), headers=OLD, coupon=half)
        assert subscription["discount"]["coupon"]["id"] == half
        invoice = shop.call.ok(f"GET /v1/invoices/{subscription['latest_invoice']}", OLD)
        assert invoice["discount"]["id"] == subscription["discount"]["id"]
        assert (invoice["total"], invoice["total_discount_amounts"][0]["amount"]) == (500, 500)
        path = f"POST /v1/subscriptions/{subscription['id']}"
        assert shop.call.ok(path, OLD, discounts=[{"coupon": half}, {"coupon": tenth}])["discount"] is None
        assert shop.call.ok(path, OLD, coupon="")["discounts"] == []
        code = shop.call.ok("POST /v1/promotion_codes", promotion={"type": "coupon", "coupon": tenth})["id"]
        assert shop.call.ok(path, OLD, promotion_code=code)["discount"]["promotion_code"] == code
        asked = {"customer": shop.customer, "subscription": subscription["id"]}
        assert shop.call.ok("GET /v1/invoices/upcoming", OLD, **asked)["total"] == 900
        tried = shop.call.ok("GET /v1/invoices/upcoming", OLD, **asked, coupon=half)
        assert (tried["total"], tried["discount"]["coupon"]["id"]) == (500, half)
        assert shop.call(path, coupon=half).error["code"] == "parameter_unknown"

    def test_an_event_shows_the_coupon_as_its_version_has_it(self, shop: Any) -> None:
        """PRO-28 VER-13"""
        shop.subscribe(shop.licensed(1000), headers=OLD, coupon=coupon(shop, percent_off=50))
        told = shop.call.ok("GET /v1/events", OLD, type="customer.discount.created")["data"][0]
        assert told["data"]["object"]["object"] == "discount"


def test_a_flexible_subscription_can_begin_to_itemize(shop: Any) -> None:
    """VER-13: and there is no way back."""
    path = f"POST /v1/subscriptions/{shop.subscribe(shop.licensed(1000))['id']}/migrate"
    wanted = {"type": "flexible", "flexible": {"proration_discounts": "itemized"}}
    moved = shop.call.ok(path, billing_mode=wanted)
    assert moved["billing_mode"]["flexible"] == {"proration_discounts": "itemized"}
    back = {"type": "flexible", "flexible": {"proration_discounts": "included"}}
    assert shop.call(path, billing_mode=back).status == 400


class TestWhatIsNotModelled:
    def test_a_schedule_of_a_discounted_subscription(self, shop: Any) -> None:
        """Its phases would repeat the discounts."""
        subscription = shop.subscribe(shop.licensed(1000), discounts=off(coupon(shop, percent_off=50)))
        refused = shop.call("POST /v1/subscription_schedules", from_subscription=subscription["id"])
        assert (refused.status, shop.world.schedules) == (501, {})

    def test_discounts_of_an_update_that_waits_for_its_payment(self, shop: Any) -> None:
        subscription = shop.subscribe(shop.licensed(1000))
        refused = shop.call(
            f"POST /v1/subscriptions/{subscription['id']}",
            discounts=off(coupon(shop, percent_off=50)),
            payment_behavior="pending_if_incomplete",
        )
        assert refused.status == 501

    def test_removing_one_of_several(self, shop: Any) -> None:
        """ASSUMED: several"""
        both = [{"coupon": coupon(shop, percent_off=each)} for each in (50, 10)]
        subscription = shop.subscribe(shop.licensed(1000), discounts=both)
        assert shop.call(f"DELETE /v1/subscriptions/{subscription['id']}/discount").status == 501
