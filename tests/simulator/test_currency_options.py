"""Prices in several currencies: what they take, what they keep, and what they show."""

from __future__ import annotations

from typing import Any

import pytest
import stripe

PRICES = "/v1/prices"
PLAIN: dict[str, Any] = {"currency": "usd", "product_data": {"name": "Calls"}}
MONTHLY = {"interval": "month"}
TIERS = [{"up_to": 5, "unit_amount": 700}, {"up_to": "inf", "unit_amount_decimal": "0.5", "flat_amount": 100}]
EURO_TIERS = [{"up_to": 5, "unit_amount": 650}, {"up_to": "inf", "unit_amount": 0, "flat_amount": 90}]
TIERED: dict[str, Any] = {"billing_scheme": "tiered", "tiers_mode": "graduated", "tiers": TIERS}


def shown(call: Any, price: str) -> Any:
    return call.ok(f"GET {PRICES}/{price}", expand=["currency_options"])["currency_options"]


@pytest.fixture
def price(call: Any) -> str:
    """2 usd, 1.85 eur exclusive of tax, 300 jpy."""
    options = {"eur": {"unit_amount": 185, "tax_behavior": "exclusive"}, "jpy": {"unit_amount": 300}}
    made = call.ok(f"POST {PRICES}", **PLAIN, recurring=MONTHLY, unit_amount=200, currency_options=options)
    assert "currency_options" not in made
    return str(made["id"])


def test_they_appear_when_expanded_with_the_price_s_own(call: Any, price: str) -> None:
    """PRC-17 PRC-36 PRC-38"""
    assert shown(call, price) == {
        "eur": {
            "custom_unit_amount": None,
            "tax_behavior": "exclusive",
            "unit_amount": 185,
            "unit_amount_decimal": "185",
        },
        "jpy": {
            "custom_unit_amount": None,
            "tax_behavior": "unspecified",
            "unit_amount": 300,
            "unit_amount_decimal": "300",
        },
        "usd": {
            "custom_unit_amount": None,
            "tax_behavior": "unspecified",
            "unit_amount": 200,
            "unit_amount_decimal": "200",
        },
    }


def test_a_price_in_one_currency_offers_that_one(call: Any) -> None:
    """PRC-36"""
    price = call.ok(f"POST {PRICES}", **PLAIN, unit_amount_decimal="0.5", expand=["currency_options"])
    assert list(price["currency_options"]) == ["usd"]
    assert price["currency_options"]["usd"]["unit_amount_decimal"] == "0.5"


def test_tiers_of_a_currency_appear_when_it_is_named(call: Any) -> None:
    """PRC-38"""
    made = call.ok(f"POST {PRICES}", **PLAIN, **TIERED, currency_options={"eur": {"tiers": EURO_TIERS}})
    path = f"GET {PRICES}/{made['id']}"
    assert "tiers" not in shown(call, made["id"])["eur"]
    price = call.ok(path, expand=["tiers", "currency_options.eur.tiers"])
    bounds = [(tier["up_to"], tier["unit_amount"]) for tier in price["currency_options"]["eur"]["tiers"]]
    assert bounds == [(5, 650), (None, 0)]
    assert price["tiers"][0]["unit_amount"] == 700
    assert "tiers" not in price["currency_options"]["usd"]
    own = call.ok(path, expand=["currency_options.usd.tiers"])["currency_options"]["usd"]["tiers"]
    assert own == price["tiers"]
    listed = call.ok(f"GET {PRICES}", expand=["data.currency_options.eur.tiers"])["data"][0]
    assert listed["currency_options"]["eur"] == price["currency_options"]["eur"]


@pytest.mark.parametrize(
    "path", ["currency_options.tiers", "currency_options.gbp.tiers", "currency_options.gbp"]
)
def test_what_is_not_there_is_passed_over(call: Any, price: str, path: str) -> None:
    """PRC-38"""
    options = call.ok(f"GET {PRICES}/{price}", expand=[path])["currency_options"]
    assert options == shown(call, price)


@pytest.mark.parametrize(
    "path", ["currency_options.eur.unit_amount", "currency_options.eur.tiers.up_to", "items.data.price.x"]
)
def test_nothing_else_inside_them_expands(call: Any, price: str, path: str) -> None:
    """PRO-15"""
    answer = call(f"GET {PRICES}/{price}", expand=[path])
    assert (answer.status, answer.message) == (400, f"This property cannot be expanded ({path}).")


def test_four_levels_at_most(call: Any) -> None:
    """PRO-15"""
    answer = call("GET /v1/subscriptions", expand=["data.items.data.price.currency_options.eur.tiers"])
    assert "more than 4 levels" in answer.message


OWN = "currency_options[usd]"
EURO = "currency_options[eur]"


@pytest.mark.parametrize(
    ("base", "options", "param"),
    [
        pytest.param({"unit_amount": 1}, {"usd": {"unit_amount": 1}}, OWN, id="PRC-36"),
        pytest.param({"unit_amount": 1}, {"USD": {"unit_amount": 1}}, "currency_options[USD]", id="own"),
        pytest.param({"unit_amount": 1}, {"xxd": {"unit_amount": 1}}, "currency_options[xxd]", id="PRC-35"),
        pytest.param({"unit_amount": 1}, {"eur": {"tax_behavior": "inclusive"}}, EURO, id="PRC-08"),
        pytest.param(
            {"unit_amount": 1},
            {"eur": {"unit_amount": 1, "unit_amount_decimal": "1"}},
            f"{EURO}[unit_amount]",
            id="PRC-07",
        ),
        pytest.param({"unit_amount": 1}, {"eur": {"unit_amount": -1}}, f"{EURO}[unit_amount]", id="PRC-09"),
        pytest.param(
            {"unit_amount": 1},
            {"eur": {"unit_amount_decimal": "0.0000000000001"}},
            f"{EURO}[unit_amount_decimal]",
            id="PRC-10",
        ),
        pytest.param({"unit_amount": 1}, {"eur": {"tiers": EURO_TIERS}}, f"{EURO}[tiers]", id="PRC-11"),
        pytest.param(
            {"unit_amount": 1}, {"eur": {"tax_behavior": "none"}}, f"{EURO}[tax_behavior]", id="tax"
        ),
        pytest.param({"unit_amount": 1}, {"eur": {"currency": "eur"}}, f"{EURO}[currency]", id="unknown"),
        pytest.param({"unit_amount": 1}, {"eur": ""}, EURO, id="empty"),
        pytest.param(TIERED, {"eur": {"unit_amount": 1}}, f"{EURO}[unit_amount]", id="PRC-15"),
        pytest.param(TIERED, {"eur": {"tax_behavior": "inclusive"}}, f"{EURO}[tiers]", id="no-tiers"),
        pytest.param(TIERED, {"eur": {"tiers": EURO_TIERS[:1]}}, f"{EURO}[tiers][0][up_to]", id="PRC-12"),
        pytest.param(
            TIERED, {"eur": {"tiers": EURO_TIERS[::-1]}}, f"{EURO}[tiers][1][up_to]", id="PRC-12-last"
        ),
        pytest.param(
            TIERED,
            {"eur": {"tiers": [{"up_to": 9, "unit_amount": 1}, *EURO_TIERS]}},
            f"{EURO}[tiers][0][up_to]",
            id="ascending",
        ),
        pytest.param(TIERED, {"eur": {"tiers": [{"up_to": "inf"}]}}, f"{EURO}[tiers][0]", id="PRC-11-none"),
        pytest.param(
            TIERED,
            {"eur": {"tiers": [{"up_to": "inf", "flat_amount_decimal": "1.5"}]}},
            f"{EURO}[tiers][0][flat_amount_decimal]",
            id="PRC-11-whole",
        ),
    ],
)
def test_the_rules_are_those_of_the_price_itself(
    call: Any, base: dict[str, Any], options: dict[str, Any], param: str
) -> None:
    """PRC-17"""
    answer = call(f"POST {PRICES}", **PLAIN, **base, currency_options=options)
    assert (answer.status, answer.error.get("param")) == (400, param)
    assert not call.world.prices
    assert not call.world.products
    described = {"currency": "usd", "currency_options": options} | base
    if base is not TIERED:
        refused = call("POST /v1/products", name="P", default_price_data=described)
        assert refused.status == 400
        assert not call.world.products


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (
            f"POST {PRICES}",
            (
                "You are specifying a currency option that matches the top-level currency for this price. "
                "Please remove this currency option and it will be added automatically on creation."
            ),
        ),
        (
            f"POST {PRICES}/{{price}}",
            (
                "You are specifying an update to a currency option that matches the top-level currency for "
                "this price. Please remove this currency option and update the top-level params instead."
            ),
        ),
    ],
)
def test_the_price_s_own_currency_is_no_option(call: Any, price: str, line: str, message: str) -> None:
    """PRC-36"""
    base = {} if "{" in line else PLAIN | {"unit_amount": 1}
    answer = call(line.format(price=price), **base, currency_options={"usd": {"unit_amount": 1}})
    assert (answer.status, answer.message, answer.error["param"]) == (400, message, OWN)


@pytest.mark.parametrize("code", ["xxd", "euro", "", "e1r"])
def test_a_currency_is_one_that_stripe_knows(call: Any, code: str) -> None:
    """PRC-35"""
    answer = call(f"POST {PRICES}", currency=code, unit_amount=1, product_data={"name": "P"})
    assert (answer.status, answer.error["param"]) == (400, "currency")
    if code:
        known = (
            f"Invalid currency: {code}. Stripe currently supports these currencies: usd, aed, afn, all, amd"
        )
        assert answer.message.startswith(known)


def test_codes_are_kept_in_lower_case(call: Any) -> None:
    price = call.ok(
        f"POST {PRICES}",
        currency="USD",
        unit_amount=1,
        product_data={"name": "P"},
        currency_options={"EUR": {"unit_amount": 2}},
    )
    assert price["currency"] == "usd"
    assert list(shown(call, price["id"])) == ["eur", "usd"]


class TestUpdates:
    def test_a_currency_joins(self, call: Any, price: str) -> None:
        """PRC-37"""
        added = {"gbp": {"unit_amount_decimal": "150.5", "tax_behavior": "inclusive"}}
        call.ok(f"POST {PRICES}/{price}", currency_options=added)
        after = shown(call, price)
        assert list(after) == ["eur", "gbp", "jpy", "usd"]
        assert (after["gbp"]["unit_amount"], after["gbp"]["unit_amount_decimal"]) == (None, "150.5")
        event = call.ok("GET /v1/events", type="price.updated")["data"][0]
        assert "currency_options" not in event["data"]["object"]

    def test_what_it_costs_is_final(self, call: Any, price: str) -> None:
        """PRC-37"""
        before = shown(call, price)
        answer = call(
            f"POST {PRICES}/{price}",
            nickname="new",
            currency_options={"gbp": {"unit_amount": 1}, "eur": {"unit_amount": 186}},
        )
        assert (answer.status, answer.message) == (
            400,
            "You are attempting to update an immutable field for an existing currency in currency_options.",
        )
        assert answer.error["param"] == "currency_options[eur][unit_amount]"
        assert shown(call, price) == before
        assert call.ok(f"GET {PRICES}/{price}")["nickname"] is None

    def test_tiers_are_final_too(self, call: Any) -> None:
        """PRC-37"""
        made = call.ok(f"POST {PRICES}", **PLAIN, **TIERED, currency_options={"eur": {"tiers": EURO_TIERS}})
        path = f"POST {PRICES}/{made['id']}"
        call.ok(path, currency_options={"eur": {"tiers": EURO_TIERS}})
        answer = call(path, currency_options={"eur": {"tiers": TIERS}})
        assert answer.error["param"] == "currency_options[eur][tiers]"
        call.ok(path, currency_options={"gbp": {"tiers": TIERS}})
        assert list(shown(call, made["id"])) == ["eur", "gbp", "usd"]

    def test_the_same_amounts_may_be_named(self, call: Any, price: str) -> None:
        """PRC-44"""
        before = shown(call, price)
        events = len(call.world.events)
        call.ok(f"POST {PRICES}/{price}", currency_options={"eur": {"unit_amount_decimal": "185.0"}})
        assert shown(call, price) == before
        assert len(call.world.events) == events

    def test_a_tax_behavior_is_set_once(self, call: Any, price: str) -> None:
        """PRC-17"""
        path = f"POST {PRICES}/{price}"
        call.ok(path, currency_options={"jpy": {"tax_behavior": "inclusive"}})
        assert shown(call, price)["jpy"]["tax_behavior"] == "inclusive"
        for code in ("eur", "jpy"):
            answer = call(path, currency_options={code: {"tax_behavior": "unspecified"}})
            assert answer.error["param"] == f"currency_options[{code}][tax_behavior]"

    def test_a_new_currency_is_held_to_the_rules(self, call: Any, price: str) -> None:
        answer = call(f"POST {PRICES}/{price}", currency_options={"gbp": {"tiers": TIERS}})
        assert answer.error["param"] == "currency_options[gbp][tiers]"
        answer = call(f"POST {PRICES}/{price}", currency_options={"gbp": {"tax_behavior": "inclusive"}})
        assert answer.error["param"] == "currency_options[gbp]"
        assert list(shown(call, price)) == ["eur", "jpy", "usd"]

    def test_the_empty_string_takes_all_away(self, call: Any, price: str) -> None:
        """PRC-44"""
        call.ok(f"POST {PRICES}/{price}", currency_options="")
        assert list(shown(call, price)) == ["usd"]


class TestLists:
    def test_the_filter_finds_what_supports_a_currency(self, call: Any, price: str) -> None:
        """PRC-39"""
        plain = call.ok(f"POST {PRICES}", **PLAIN, unit_amount=1)["id"]
        euro = call.ok(f"POST {PRICES}", **PLAIN | {"currency": "eur"}, unit_amount=1)["id"]

        def listed(currency: str) -> list[tuple[str, str]]:
            rows = call.ok(f"GET {PRICES}", currency=currency)["data"]
            return [(row["id"], row["currency"]) for row in rows]

        assert listed("usd") == [(plain, "usd"), (price, "usd")]
        assert listed("eur") == [(euro, "eur"), (price, "usd")]
        assert listed("jpy") == [(price, "usd")]
        assert listed("gbp") == []


CUSTOM: dict[str, Any] = {"enabled": True, "minimum": 500}


class TestCustomAmounts:
    @pytest.mark.parametrize(
        ("given", "status", "named"),
        [
            ({"custom_unit_amount": CUSTOM}, 501, "custom_unit_amount"),
            ({"custom_unit_amount": CUSTOM, "recurring": MONTHLY}, 400, "custom_unit_amount"),
            ({"custom_unit_amount": CUSTOM, "unit_amount": 1}, 400, "custom_unit_amount"),
            ({"custom_unit_amount": {"minimum": 1}}, 400, "custom_unit_amount[enabled]"),
            (
                {"unit_amount": 1, "currency_options": {"eur": {"custom_unit_amount": CUSTOM}}},
                501,
                f"{EURO}[custom",
            ),
            (
                {
                    "unit_amount": 1,
                    "recurring": MONTHLY,
                    "currency_options": {"eur": {"custom_unit_amount": CUSTOM}},
                },
                400,
                f"{EURO}[custom_unit_amount]",
            ),
        ],
    )
    def test_only_for_one_time_prices_where_they_are_not_modelled(
        self, call: Any, given: dict[str, Any], status: int, named: str
    ) -> None:
        """PRC-43"""
        answer = call(f"POST {PRICES}", **PLAIN, **given)
        assert answer.status == status
        assert named in (answer.error["param"] if status == 400 else answer.message)
        assert not call.world.prices

    def test_not_enabled_is_not_there(self, call: Any) -> None:
        call.ok(f"POST {PRICES}", **PLAIN, unit_amount=1, custom_unit_amount={"enabled": False})

    def test_not_by_update_either(self, call: Any, price: str) -> None:
        """PRC-43"""
        for code in ("eur", "gbp"):
            answer = call(f"POST {PRICES}/{price}", currency_options={code: {"custom_unit_amount": CUSTOM}})
            assert answer.error["param"] == f"currency_options[{code}][custom_unit_amount]"


def test_a_product_s_default_price_has_them(call: Any) -> None:
    """PRC-17"""
    described = {"currency": "usd", "unit_amount": 500, "currency_options": {"eur": {"unit_amount": 450}}}
    product = call.ok(
        "POST /v1/products",
        name="Plan",
        default_price_data=described,
        expand=["default_price.currency_options"],
    )
    assert product["default_price"]["currency_options"]["eur"]["unit_amount"] == 450


def test_the_sdk_reads_them(client: stripe.StripeClient) -> None:
    """PRC-17 PRC-38"""
    price = client.v1.prices.create(
        {
            "currency": "usd",
            "product_data": {"name": "Calls"},
            "billing_scheme": "tiered",
            "tiers_mode": "volume",
            "tiers": [{"up_to": "inf", "unit_amount": 100}],
            "currency_options": {"eur": {"tiers": [{"up_to": "inf", "unit_amount": 90}]}},
            "expand": ["currency_options.eur.tiers"],
        }
    )
    assert price.currency_options is not None
    option = price.currency_options["eur"]
    assert option.tiers is not None
    assert (option.tiers[0].unit_amount, option.unit_amount) == (90, None)
    updated = client.v1.prices.update(
        price.id, {"currency_options": {"gbp": {"tiers": [{"up_to": "inf", "unit_amount": 80}]}}}
    )
    assert updated.id == price.id


def test_older_versions_show_them_alike(call: Any, price: str) -> None:
    """PRC-38"""
    old = {"stripe-version": "2024-06-20"}
    options = call.ok(f"GET {PRICES}/{price}", old, expand=["currency_options"])["currency_options"]
    assert options == shown(call, price)
