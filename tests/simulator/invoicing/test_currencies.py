"""Billing in one of a price's other currencies: the same as by a price that has only that one."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
import stripe
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

DAY = 86_400
HOUR = 3_600
FEW = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
ONLY_USD = "The price specified only supports `usd`. This doesn't match the expected currency: `eur`."


def both(cents: int, euro: int) -> dict[str, Any]:
    return {"unit_amount": cents, "currency_options": {"eur": {"unit_amount": euro}}}


def tiers(*rows: tuple[int | str, int, int | None]) -> list[dict[str, Any]]:
    return [
        {"up_to": up_to, "unit_amount": unit} | ({} if flat is None else {"flat_amount": flat})
        for up_to, unit, flat in rows
    ]


def usage_price(shop: Any, cents: str = "10", euro: str = "9") -> str:
    made: str = shop.metered(cents, currency_options={"eur": {"unit_amount_decimal": euro}})
    return made


def once(shop: Any, **params: Any) -> str:
    return str(shop.call.ok("POST /v1/prices", product=shop.product, currency="usd", **params)["id"])


def lines(invoice: dict[str, Any]) -> list[tuple[str, str, int]]:
    return [(line["description"], line["currency"], line["amount"]) for line in invoice["lines"]["data"]]


class TestNewSubscriptions:
    def test_the_currency_asked_for_is_billed(self, shop: Any) -> None:
        """PRC-40 INV-66"""
        subscription = shop.subscribe({"price": shop.price(**both(1000, 900)), "quantity": 3}, currency="EUR")
        assert subscription["currency"] == "eur"
        assert subscription["items"]["data"][0]["price"]["currency"] == "usd"
        invoice = shop.last_invoice(subscription)
        assert (invoice["currency"], invoice["total"]) == ("eur", 2700)
        assert lines(invoice) == [("3 × Gold (at €9.00 / month)", "eur", 2700)]
        assert invoice["lines"]["data"][0]["pricing"]["unit_amount_decimal"] == "900"
        assert shop.call.ok(f"GET /v1/customers/{shop.customer}")["currency"] == "eur"
        intents = shop.call.ok("GET /v1/payment_intents", customer=shop.customer)["data"]
        assert [(intent["currency"], intent["amount"]) for intent in intents] == [("eur", 2700)]

    def test_without_it_the_price_s_own_is(self, shop: Any) -> None:
        """PRC-40: also for a customer who paid in another currency before."""
        shop.cancel(shop.subscribe(shop.price(**both(1000, 900)), currency="eur"))
        subscription = shop.subscribe(shop.price(**both(1000, 900)))
        assert (subscription["currency"], shop.last_invoice(subscription)["total"]) == ("usd", 1000)

    def test_a_price_that_lacks_it_is_refused(self, shop: Any) -> None:
        """PRC-41"""
        prices = [shop.price(**both(1000, 900)), shop.licensed(500)]
        items = [{"price": price} for price in prices]
        answer = shop.call("POST /v1/subscriptions", customer=shop.customer, items=items, currency="eur")
        assert (answer.status, answer.message, answer.error["param"]) == (400, ONLY_USD, "items[1][price]")
        answer = shop.call("POST /v1/subscriptions", customer=shop.customer, items=items[:1], currency="gbp")
        assert "only supports `usd`, `eur`." in answer.message
        assert "expected currency: `gbp`" in answer.message

    def test_prices_of_several_currencies_need_it(self, shop: Any) -> None:
        """PRC-41"""
        euro = shop.licensed(700, currency="eur", currency_options={"usd": {"unit_amount": 800}})
        items = [{"price": shop.licensed(1000)}, {"price": euro}]
        answer = shop.call("POST /v1/subscriptions", customer=shop.customer, items=items)
        assert answer.message == (
            "This `price` has `currency=eur`, but other items use `currency=usd`. All items must have "
            "pricing in the same currency. When using multi-currency prices, you can specify `currency` at "
            "the top level, to be used by all items."
        )
        assert answer.error["param"] == "items[1][price]"
        both_usd = shop.call.ok("POST /v1/subscriptions", customer=shop.customer, items=items, currency="usd")
        assert shop.last_invoice(both_usd)["total"] == 1800

    def test_an_unknown_currency(self, shop: Any) -> None:
        """PRC-35"""
        answer = shop.call(
            "POST /v1/subscriptions",
            customer=shop.customer,
            items=[{"price": shop.licensed(1)}],
            currency="xxd",
        )
        assert (answer.status, answer.error["param"]) == (400, "currency")

    def test_the_sdk_takes_it(self, shop: Any, client: stripe.StripeClient) -> None:
        """PRC-40"""
        made = client.v1.subscriptions.create(
            {
                "customer": shop.customer,
                "items": [{"price": shop.price(**both(1000, 900))}],
                "currency": "eur",
                "expand": ["latest_invoice"],
            }
        )
        assert isinstance(made.latest_invoice, stripe.Invoice)
        assert (made.currency, made.latest_invoice.total) == ("eur", 900)

    def test_older_versions_bill_alike(self, shop: Any) -> None:
        """PRC-40"""
        old = {"stripe-version": "2024-06-20"}
        made = shop.subscribe(shop.price(**both(1000, 900)), currency="eur", headers=old)
        invoice = shop.call.ok(f"GET /v1/invoices/{made['latest_invoice']}", old)
        assert (invoice["currency"], invoice["total"]) == ("eur", 900)


class TestOneCurrencyPerCustomer:
    HELD = (
        "You cannot combine currencies on a single customer. This customer has an active subscription, "
        "subscription schedule, discount, quote, or invoice item with currency eur."
    )

    def test_beside_a_running_subscription(self, shop: Any) -> None:
        """PRC-42"""
        shop.subscribe(shop.price(**both(1000, 900)), currency="eur")
        answer = shop.call(
            "POST /v1/subscriptions", customer=shop.customer, items=[{"price": shop.licensed(500)}]
        )
        assert (answer.status, answer.message) == (400, self.HELD)

    def test_beside_a_pending_item(self, shop: Any) -> None:
        """PRC-42"""
        shop.call.ok("POST /v1/invoiceitems", customer=shop.customer, amount=5, currency="eur")
        price = shop.price(**both(1000, 900))
        asked: dict[str, Any] = {"customer": shop.customer, "items": [{"price": price}]}
        assert shop.call("POST /v1/subscriptions", **asked).message == self.HELD
        subscription = shop.call.ok("POST /v1/subscriptions", **asked, currency="eur")
        assert shop.last_invoice(subscription)["total"] == 905

    def test_what_is_over_does_not_hold(self, shop: Any) -> None:
        """PRC-42 PRC-46: each currency keeps its own balance."""
        price = shop.price(**both(3000, 2800))
        first = shop.subscribe(price, currency="eur")
        shop.advance(shop.start + 10 * DAY)
        shop.cancel(first, prorate=True, invoice_now=True)
        shop.advance(shop.start + 10 * DAY + 2 * HOUR)
        credit = shop.last_invoice(first)
        assert credit["currency"] == "eur"
        assert credit["total"] < 0
        second = shop.subscribe(price)
        invoice = shop.last_invoice(second)
        assert (invoice["currency"], invoice["amount_due"], invoice["starting_balance"]) == ("usd", 3000, 0)
        path = f"GET /v1/customers/{shop.customer}"
        customer = shop.call.ok(path, expand=["invoice_credit_balance"])
        assert (customer["currency"], customer["balance"]) == ("usd", 0)
        assert customer["invoice_credit_balance"] == {"eur": -credit["total"]}
        shop.cancel(second)
        third = shop.subscribe(price, currency="eur")
        assert shop.last_invoice(third)["amount_due"] == 2800 + credit["total"]
        assert shop.call.ok(path)["balance"] == 0


class TestChanges:
    @pytest.fixture
    def euro(self, shop: Any) -> Any:
        return shop.subscribe(shop.price(**both(3000, 2700)), currency="eur")

    def test_another_price_must_offer_the_currency(self, shop: Any, euro: Any) -> None:
        """PRC-41"""
        usd = shop.licensed(500)
        item = euro["items"]["data"][0]["id"]
        path = f"POST /v1/subscriptions/{euro['id']}"
        for entry in ({"price": usd}, {"id": item, "price": usd}):
            answer = shop.call(path, items=[entry])
            assert (answer.message, answer.error["param"]) == (ONLY_USD, "items[0][price]")
        for line, params in (
            ("POST /v1/subscription_items", {"subscription": euro["id"]}),
            (f"POST /v1/subscription_items/{item}", {}),
        ):
            answer = shop.call(line, price=usd, **params)
            assert (answer.message, answer.error["param"]) == (ONLY_USD, "price")

    def test_prorations_are_in_it(self, shop: Any, euro: Any) -> None:
        """PRC-40 CHG-54 CHG-55"""
        shop.advance(shop.start + 31 * DAY // 2)
        item = euro["items"]["data"][0]["id"]
        shop.change(euro, items=[{"id": item, "price": shop.price(**both(6000, 5400))}])
        assert [(each["amount"], each["currency"]) for each in shop.pending()] == [
            (-1350, "eur"),
            (2700, "eur"),
        ]
        units = [each["pricing"]["unit_amount_decimal"] for each in shop.pending()]
        assert units == ["-2700", "5400"]

    def test_a_first_part_of_a_period(self, shop: Any) -> None:
        """SUB-36"""
        price = shop.price(**both(3100, 2790))
        anchored = {"billing_cycle_anchor": shop.start + 10 * DAY}
        subscription = shop.subscribe(price, currency="eur", **anchored)
        line = shop.last_invoice(subscription)["lines"]["data"][0]
        assert (line["amount"], line["currency"], line["pricing"]["unit_amount_decimal"]) == (
            900,
            "eur",
            "2790",
        )

    def test_a_cancellation_credits_it(self, shop: Any, euro: Any) -> None:
        """CHG-14"""
        shop.advance(shop.start + 31 * DAY // 2)
        shop.cancel(euro, prorate=True, invoice_now=True)
        invoice = shop.last_invoice(euro)
        assert (invoice["currency"], invoice["total"]) == ("eur", -1350)

    def test_added_items_are_in_it(self, shop: Any, euro: Any) -> None:
        """PRC-45"""
        setup = once(shop, **both(1000, 950))
        shop.change(euro, add_invoice_items=[{"price": setup, "quantity": 2}])
        assert [(each["amount"], each["currency"]) for each in shop.pending()] == [(1900, "eur")]
        plain = once(shop, unit_amount=1)
        answer = shop.call(f"POST /v1/subscriptions/{euro['id']}", add_invoice_items=[{"price": plain}])
        assert (answer.message, answer.error["param"]) == (ONLY_USD, "add_invoice_items[0][price]")

    def test_a_currency_in_use_stays(self, shop: Any, euro: Any) -> None:
        """PRC-44: what Stripe does is not known"""
        price = euro["items"]["data"][0]["price"]["id"]
        assert shop.call(f"POST /v1/prices/{price}", currency_options="").status == 501
        shop.call.ok(f"POST /v1/prices/{price}", currency_options={"gbp": {"unit_amount": 1}})


class TestUsage:
    def test_a_cycle(self, shop: Any) -> None:
        """PRC-40 INV-57"""
        options = {"eur": {"tiers": tiers((5, 9, 200), ("inf", 6, None))}}
        price = shop.metered(
            billing_scheme="tiered",
            tiers_mode="graduated",
            tiers=tiers((5, 10, 250), ("inf", 7, None)),
            currency_options=options,
        )
        subscription = shop.subscribe(price, currency="eur")
        shop.use(8)
        shop.advance_far(shop.start + 31 * DAY + 2 * HOUR)
        assert lines(shop.last_invoice(subscription)) == [
            ("5 × Gold (Tier 1 at €0.09 / month)", "eur", 45),
            ("Gold (Tier 1 at €2.00 / month)", "eur", 200),
            ("3 × Gold (Tier 2 at €0.06 / month)", "eur", 18),
        ]

    def test_a_currency_without_minor_units(self, shop: Any) -> None:
        """PRC-17 INV-66: 12 yen are ¥12"""
        price = shop.metered("10", currency_options={"jpy": {"unit_amount_decimal": "12.5"}})
        subscription = shop.subscribe(price, currency="jpy")
        shop.use(5)
        shop.advance_far(shop.start + 31 * DAY + 2 * HOUR)
        assert lines(shop.last_invoice(subscription)) == [("5 × Gold (at ¥12.5 / month)", "jpy", 63)]

    @pytest.mark.parametrize(
        ("code", "words"),
        [
            ("kwd", "KWD 1.250"),
            ("jpy", "¥1250"),
            ("ugx", "UGX 12.50"),
            ("eur", "€12.50"),
            ("cad", "CA$12.50"),
        ],
    )
    def test_a_sign_for_each(self, shop: Any, code: str, words: str) -> None:
        """INV-66, docs.stripe.com/currencies: decimals are the currency's own"""
        price = shop.licensed(1, currency_options={code: {"unit_amount": 1250}})
        subscription = shop.subscribe(price, currency=code)
        assert lines(shop.last_invoice(subscription))[0][0] == f"1 × Gold (at {words} / month)"

    def test_thresholds_are_in_the_subscription_s_currency(self, shop: Any) -> None:
        """CHG-33: 10 units are 100 in usd, 50 in eur"""
        price = shop.metered("10", currency_options={"eur": {"unit_amount_decimal": "5"}})
        subscription = shop.subscribe(price, currency="eur", billing_thresholds={"amount_gte": 100})
        shop.use(10)
        shop.call.ok("GET /v1/customers")
        assert shop.invoices(subscription) == []
        shop.use(10)
        shop.call.ok("GET /v1/customers")
        invoice = shop.last_invoice(subscription)
        assert (invoice["billing_reason"], invoice["total"]) == ("subscription_threshold", 100)

    def test_a_threshold_exceeds_the_fees_of_its_currency(self, shop: Any) -> None:
        """CHG-34"""
        options = {"eur": {"tiers": tiers(("inf", 9, 200))}}
        tiered = {"billing_scheme": "tiered", "tiers_mode": "volume", "tiers": tiers(("inf", 10, 50))}
        price = shop.metered(**tiered, currency_options=options)
        asked = {"customer": shop.customer, "items": [{"price": price}]}
        limit = {"billing_thresholds": {"amount_gte": 100}}
        assert shop.call("POST /v1/subscriptions", **asked, **limit, currency="eur").status == 400
        shop.call.ok("POST /v1/subscriptions", **asked, **limit)

    def test_a_draft_still_needs_the_currency_of_a_replaced_price(self, shop: Any) -> None:
        """PRC-44 INV-20: its usage is read again"""
        price = usage_price(shop)
        subscription = shop.subscribe(price, currency="eur")
        shop.advance_far(shop.start + 31 * DAY + 60)
        item = subscription["items"]["data"][0]["id"]
        shop.change(subscription, items=[{"id": item, "price": usage_price(shop, "20", "18")}])
        assert shop.call(f"POST /v1/prices/{price}", currency_options="").status == 501
        shop.advance(shop.start + 31 * DAY + 2 * HOUR)
        shop.call.ok(f"POST /v1/prices/{price}", currency_options="")

    def test_only_credits_of_the_currency_pay(self, shop: Any) -> None:
        """CHG-43"""
        for code in ("usd", "eur"):
            shop.call.ok(
                "POST /v1/billing/credit_grants",
                customer=shop.customer,
                amount={"type": "monetary", "monetary": {"value": 30, "currency": code}},
                applicability_config={"scope": {"price_type": "metered"}},
            )
        subscription = shop.subscribe(usage_price(shop), currency="eur")
        shop.use(10)
        shop.advance_far(shop.start + 31 * DAY + 2 * HOUR)
        line = shop.last_invoice(subscription)["lines"]["data"][0]
        assert (line["amount"], [credit["amount"] for credit in line["pretax_credit_amounts"]]) == (90, [30])

    def test_usage_of_a_replaced_price(self, shop: Any) -> None:
        """CHG-01"""
        subscription = shop.subscribe(usage_price(shop), currency="eur", billing_mode={"type": "flexible"})
        shop.advance(shop.start + DAY)
        shop.use(10, shop.start + HOUR)
        item = subscription["items"]["data"][0]["id"]
        shop.change(subscription, items=[{"id": item, "price": usage_price(shop, "20", "18")}])
        assert [(each["amount"], each["currency"]) for each in shop.pending()] == [(90, "eur")]


class TestPreviews:
    def test_of_a_subscription_that_does_not_exist_yet(self, shop: Any) -> None:
        """PRC-47"""
        details = {"items": [{"price": shop.price(**both(1000, 900))}]}

        def previewed(**params: Any) -> tuple[str, int]:
            invoice = shop.call.ok(
                "POST /v1/invoices/create_preview",
                customer=shop.customer,
                subscription_details=details,
                **params,
            )
            return invoice["currency"], invoice["total"]

        assert previewed() == ("usd", 1000)
        assert previewed(currency="eur") == ("eur", 900)
        shop.cancel(shop.subscribe(shop.price(**both(1000, 900)), currency="eur"))
        assert previewed() == ("eur", 900)
        details["items"] = [{"price": shop.licensed(500)}]
        assert previewed() == ("usd", 500)

    def test_of_one_that_does(self, shop: Any) -> None:
        """PRC-47"""
        subscription = shop.subscribe(shop.price(**both(1000, 900)), currency="eur")
        for params in ({}, {"currency": "eur"}):
            preview = shop.preview(subscription, **params)
            assert (preview["currency"], preview["total"]) == ("eur", 900)
        for asked in ({"subscription": subscription["id"]}, {"customer": shop.customer}):
            answer = shop.call("POST /v1/invoices/create_preview", **asked, currency="usd")
            assert (answer.status, answer.error["param"]) == (400, "currency")

    @pytest.mark.parametrize(
        ("items", "total"),
        [
            ([{"amount": 5}], 905),
            ([{"amount": 5, "currency": "eur"}], 905),
            ([{"amount": 5}, {"amount": 5, "currency": "usd"}], None),
            ([{"price": "setup"}], None),
            ([{"price": "setup", "currency": "eur"}], 1850),
        ],
    )
    def test_items_asked_for_are_in_it(
        self, shop: Any, items: list[dict[str, Any]], total: int | None
    ) -> None:
        """PRC-45 PRC-46"""
        subscription = shop.subscribe(shop.price(**both(1000, 900)), currency="eur")
        setup = once(shop, **both(1000, 950))
        asked = [entry | ({"price": setup} if "price" in entry else {}) for entry in items]
        answer = shop.call(
            "POST /v1/invoices/create_preview", subscription=subscription["id"], invoice_items=asked
        )
        assert answer.status == (400 if total is None else 200), answer.body
        if total is None:
            assert answer.error["param"] == f"invoice_items[{len(items) - 1}][currency]"
        else:
            assert answer["total"] == total

    def test_items_alone_are_in_the_currency_asked_for(self, shop: Any) -> None:
        """PRC-47"""
        asked = {"customer": shop.customer, "invoice_items": [{"amount": 700}]}
        shown = shop.call.ok("POST /v1/invoices/create_preview", **asked, currency="eur")
        assert (shown["currency"], shown["total"]) == ("eur", 700)

    def test_in_older_versions(self, shop: Any) -> None:
        """PRC-47 VER-07"""
        old = {"stripe-version": "2024-06-20"}
        price = shop.price(**both(1000, 900))
        asked = {"customer": shop.customer, "subscription_items": [{"price": price}], "currency": "eur"}
        assert shop.call.ok("GET /v1/invoices/upcoming", old, **asked)["total"] == 900


class TestSchedules:
    def phase(self, price: str, **params: Any) -> dict[str, Any]:
        return {"items": [{"price": price}], "duration": {"interval": "month", "interval_count": 1}} | params

    def test_a_phase_names_its_currency(self, shop: Any) -> None:
        """PRC-40"""
        price = shop.price(**both(1000, 900))
        path = "POST /v1/subscription_schedules"
        asked: dict[str, Any] = {"customer": shop.customer, "start_date": "now"}
        made = shop.call.ok(path, **asked, phases=[self.phase(price, currency="EUR")])
        subscription = shop.call.ok(f"GET /v1/subscriptions/{made['subscription']}")
        assert subscription["currency"] == made["phases"][0]["currency"] == "eur"
        assert shop.last_invoice()["total"] == 900

    def test_a_price_that_lacks_it(self, shop: Any) -> None:
        """PRC-41"""
        answer = shop.call(
            "POST /v1/subscription_schedules",
            customer=shop.customer,
            start_date="now",
            phases=[self.phase(shop.licensed(500), currency="eur")],
        )
        assert (answer.message, answer.error["param"]) == (ONLY_USD, "phases[0][items][0][price]")

    def test_one_that_has_not_begun_holds_the_customer(self, shop: Any) -> None:
        """PRC-42"""
        price = shop.price(**both(1000, 900))
        made = shop.call.ok(
            "POST /v1/subscription_schedules",
            customer=shop.customer,
            start_date=shop.start + DAY,
            phases=[self.phase(price, currency="eur")],
        )
        items = [{"price": price}]
        answer = shop.call("POST /v1/subscriptions", customer=shop.customer, items=items)
        assert answer.message == TestOneCurrencyPerCustomer.HELD
        assert shop.call(f"POST /v1/prices/{price}", currency_options="").status == 501
        path = f"POST /v1/subscription_schedules/{made['id']}"
        changed = shop.call.ok(path, phases=[self.phase(price, start_date=shop.start + DAY)])
        assert changed["phases"][0]["currency"] == "usd"
        shop.call.ok("POST /v1/invoiceitems", customer=shop.customer, amount=5, currency="eur")
        shop.advance(shop.start + 2 * DAY)
        assert (shop.last_invoice()["currency"], shop.last_invoice()["total"]) == ("usd", 1000)

    def test_one_that_has_keeps_its_currency(self, shop: Any) -> None:
        """PRC-40"""
        price = shop.price(**both(1000, 900))
        begun = shop.call.ok(
            "POST /v1/subscription_schedules",
            customer=shop.customer,
            start_date="now",
            phases=[self.phase(price, currency="eur")],
        )
        phases = [self.phase(price, start_date=shop.start)]
        answer = shop.call(f"POST /v1/subscription_schedules/{begun['id']}", phases=phases)
        assert answer.status == 400


class TestItemsAndInvoices:
    def test_an_item_names_its_currency(self, shop: Any) -> None:
        """PRC-45: also where it is the customer's"""
        price = once(shop, **both(1000, 950))
        asked: dict[str, Any] = {"customer": shop.customer, "pricing": {"price": price}, "quantity": 2}
        euro = shop.call.ok("POST /v1/invoiceitems", **asked, currency="eur")
        assert (euro["currency"], euro["amount"]) == ("eur", 1900)
        assert euro["pricing"]["unit_amount_decimal"] == "950"
        assert shop.call.ok(f"GET /v1/customers/{shop.customer}")["currency"] == "eur"
        own = shop.call.ok("POST /v1/invoiceitems", **asked)
        assert (own["currency"], own["amount"]) == ("usd", 2000)
        answer = shop.call("POST /v1/invoiceitems", **asked, currency="gbp")
        assert answer.error["param"] == "pricing[price]"
        changed = shop.call.ok(f"POST /v1/invoiceitems/{euro['id']}", quantity=3, pricing={"price": price})
        assert (changed["currency"], changed["amount"]) == ("eur", 2850)
        other = once(shop, unit_amount=1)
        assert shop.call(f"POST /v1/invoiceitems/{euro['id']}", pricing={"price": other}).message == ONLY_USD

    def test_invoices_gather_the_items_of_their_currency(self, shop: Any) -> None:
        """PRC-46"""
        for amount, code in ((500, "usd"), (700, "eur"), (900, "usd")):
            shop.call.ok("POST /v1/invoiceitems", customer=shop.customer, amount=amount, currency=code)
        included = {"customer": shop.customer, "pending_invoice_items_behavior": "include"}
        euro = shop.call.ok("POST /v1/invoices", **included, currency="EUR")
        assert (euro["currency"], euro["total"]) == ("eur", 700)
        usual = shop.call.ok("POST /v1/invoices", **included)
        assert (usual["currency"], usual["total"]) == ("usd", 1400)

    def test_a_draft_takes_its_own_currency_only(self, shop: Any) -> None:
        """PRC-41"""
        draft = shop.call.ok("POST /v1/invoices", customer=shop.customer, currency="eur")["id"]
        price = once(shop, **both(1000, 950))
        asked: dict[str, Any] = {"customer": shop.customer, "invoice": draft}
        answer = shop.call("POST /v1/invoiceitems", **asked, pricing={"price": once(shop, unit_amount=1)})
        assert answer.message == (
            "The price specified only supports `usd`. This doesn't match the invoice's currency: `eur`."
        )
        assert shop.call("POST /v1/invoiceitems", **asked, pricing={"price": price}).status == 400
        assert shop.call("POST /v1/invoiceitems", **asked, amount=5, currency="usd").status == 400
        shop.call.ok("POST /v1/invoiceitems", **asked, pricing={"price": price}, currency="eur")
        shop.call.ok("POST /v1/invoiceitems", **asked, amount=5)
        assert shop.call.ok(f"GET /v1/invoices/{draft}")["total"] == 955

    def test_a_balance_pays_its_own_currency_only(self, shop: Any) -> None:
        """PRC-46"""
        shop.subscribe(shop.licensed(1000))
        shop.call.ok(f"POST /v1/customers/{shop.customer}", balance=-400)
        shop.call.ok("POST /v1/invoiceitems", customer=shop.customer, amount=700, currency="eur")
        draft = shop.call.ok(
            "POST /v1/invoices",
            customer=shop.customer,
            currency="eur",
            pending_invoice_items_behavior="include",
        )
        paid = shop.call.ok(f"POST /v1/invoices/{draft['id']}/pay")
        assert (paid["amount_due"], paid["starting_balance"], paid["ending_balance"]) == (700, 0, 0)
        assert shop.call.ok(f"GET /v1/customers/{shop.customer}")["balance"] == -400


AMOUNTS = st.decimals(min_value=0, max_value=500, places=3)
CENTS = st.integers(0, 900)


def tier_rows(draw: Any, bounds: list[int]) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    for bound in [*bounds, "inf"]:
        row: dict[str, Any] = {"up_to": bound, "unit_amount_decimal": str(draw(AMOUNTS))}
        rows.append(row | ({"flat_amount": draw(CENTS)} if draw(st.booleans()) else {}))
    return rows


@st.composite
def schemes(draw: Any) -> tuple[dict[str, Any], dict[str, Any], dict[str, Any]]:
    """A price's shared terms, its amounts in usd, and those in eur."""
    kind = draw(st.sampled_from(["plain", "package", "graduated", "volume"]))
    if kind in {"plain", "package"}:
        rounding = draw(st.sampled_from(["up", "down"]))
        package = {"transform_quantity": {"divide_by": draw(st.integers(1, 7)), "round": rounding}}
        own, euro = ({"unit_amount_decimal": str(draw(AMOUNTS))} for _ in range(2))
        return (package if kind == "package" else {}), own, euro
    bounds = sorted(draw(st.sets(st.integers(1, 60), max_size=3)))
    shared = {"billing_scheme": "tiered", "tiers_mode": kind}
    return shared, {"tiers": tier_rows(draw, bounds)}, {"tiers": tier_rows(draw, bounds)}


def told(shop: Any, subscription: dict[str, Any]) -> list[Any]:
    keys = ("description", "currency", "amount", "quantity_decimal", "period")
    return [
        (
            invoice["currency"],
            invoice["total"],
            invoice["amount_due"],
            [
                [line[key] for key in keys] + [line["pricing"]["unit_amount_decimal"]]
                for line in invoice["lines"]["data"]
            ],
        )
        for invoice in shop.invoices(subscription)
    ]


@FEW
@given(
    scheme=schemes(),
    usage=st.lists(st.integers(0, 90), min_size=1, max_size=4),
    seats=st.integers(1, 5),
    mode=st.sampled_from(["flexible", "classic"]),
)
def test_an_option_bills_like_a_price_in_that_currency(
    new_shop: Any,
    scheme: tuple[dict[str, Any], dict[str, Any], dict[str, Any]],
    usage: list[int],
    seats: int,
    mode: str,
) -> None:
    """PRC-17 PRC-40: line for line, for every scheme, through a change and a cancellation."""
    shared, own, euro = scheme
    stories = []
    for by_option in (True, False):
        shop = new_shop()
        amounts = own | {"currency_options": {"eur": euro}} if by_option else euro | {"currency": "eur"}
        seat = both(1999, 1799) if by_option else {"unit_amount": 1799, "currency": "eur"}
        metered, licensed = shop.price(metered=True, **shared, **amounts), shop.price(**seat)
        asked = {"currency": "eur"} if by_option else {}
        subscription = shop.subscribe(
            metered, {"price": licensed, "quantity": seats}, billing_mode={"type": mode}, **asked
        )
        for value in usage:
            shop.use(value)
        shop.advance(shop.start + 10 * DAY)
        item = subscription["items"]["data"][1]["id"]
        shop.change(subscription, items=[{"id": item, "quantity": seats + 1}])
        shop.advance_far(shop.start + 32 * DAY)
        shop.use(sum(usage))
        shop.advance(shop.start + 40 * DAY)
        shop.cancel(subscription, prorate=True, invoice_now=True)
        shop.advance(shop.start + 41 * DAY)
        stories.append(told(shop, subscription))
    assert stories[0] == stories[1]
    assert {invoice[0] for invoice in stories[0]} == {"eur"}
    assert sum(Decimal(invoice[1]) for invoice in stories[0]) > 0
