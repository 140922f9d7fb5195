"""Customers and the cards that pay for them."""

from __future__ import annotations

from typing import Any

import pytest

CUSTOMERS = "/v1/customers"
ATTACH = "POST /v1/payment_methods/{}/attach"


def test_a_customer_with_everything(call: Any, start: int) -> None:
    given = {
        "name": "Ada",
        "email": "ada@example.com",
        "description": "First",
        "phone": "+1 555",
        "preferred_locales": ["en", "de"],
        "address": {"city": "London", "country": "GB"},
        "shipping": {"name": "Ada", "address": {"line1": "1 Street"}},
        "tax_exempt": "reverse",
        "balance": -250,
        "metadata": {"team": "x"},
        "invoice_prefix": "ADA1",
        "next_invoice_sequence": 7,
        "invoice_settings": {"footer": "Bye", "custom_fields": [{"name": "PO", "value": "1"}]},
    }
    customer = call.ok(f"POST {CUSTOMERS}", **given)
    assert customer["created"] == start
    for name in ("name", "email", "phone", "balance", "metadata", "tax_exempt", "preferred_locales"):
        assert customer[name] == given[name]
    assert customer["address"]["city"] == "London"
    assert customer["address"]["line1"] is None
    assert customer["shipping"]["address"]["line1"] == "1 Street"
    assert (customer["invoice_prefix"], customer["next_invoice_sequence"]) == ("ADA1", 7)
    assert customer["invoice_settings"]["custom_fields"] == [{"name": "PO", "value": "1"}]


def test_an_empty_string_unsets(call: Any) -> None:
    """PRO-13"""
    customer = call.ok(f"POST {CUSTOMERS}", name="Ada", address={"city": "London"}, tax_exempt="exempt")
    after = call.ok(f"POST {CUSTOMERS}/{customer['id']}", name="", address="", tax_exempt="")
    assert (after["name"], after["address"], after["tax_exempt"]) == (None, None, "none")


def test_prefixes_have_eight_characters_and_differ(call: Any) -> None:
    """INV-41"""
    prefixes = [call.ok(f"POST {CUSTOMERS}")["invoice_prefix"] for _ in range(3)]
    assert [len(prefix) for prefix in prefixes] == [8, 8, 8]
    assert len(set(prefixes)) == 3


class TestMetadata:
    """PRO-13 PRO-16"""

    def test_keys_merge_and_empty_values_remove(self, call: Any) -> None:
        path = f"POST {CUSTOMERS}/{call.ok(f'POST {CUSTOMERS}', metadata={'a': '1', 'b': '2'})['id']}"
        assert call.ok(path, metadata={"b": "", "c": "3"})["metadata"] == {"a": "1", "c": "3"}
        assert call.ok(path, name="Ada")["metadata"] == {"a": "1", "c": "3"}
        assert call.ok(path, metadata="")["metadata"] == {}

    @pytest.mark.parametrize(
        ("metadata", "fits"),
        [
            ({"k" * 40: "v" * 500}, True),
            ({"k" * 41: "v"}, False),
            ({"k": "v" * 501}, False),
            ({str(number): "v" for number in range(50)}, True),
            ({str(number): "v" for number in range(51)}, False),
            ({"k": {"nested": "v"}}, False),
        ],
        ids=["longest", "long key", "long value", "most", "too many", "nested"],
    )
    def test_limits(self, call: Any, metadata: dict[str, Any], fits: bool) -> None:
        assert (call(f"POST {CUSTOMERS}", metadata=metadata).status == 200) == fits

    def test_fifty_in_all(self, call: Any) -> None:
        first = {str(number): "v" for number in range(49)}
        path = f"POST {CUSTOMERS}/{call.ok(f'POST {CUSTOMERS}', metadata=first)['id']}"
        assert call(path, metadata={"x": "v", "y": "v"}).status == 400
        assert call(path, metadata={"x": "v", "y": "v", "0": ""}).status == 200

    def test_keys_that_look_like_numbers_stay_keys(self, call: Any) -> None:
        assert call.ok(f"POST {CUSTOMERS}", metadata={"0": "a", "1": "b"})["metadata"] == {"0": "a", "1": "b"}
        assert call.ok(f"POST {CUSTOMERS}", metadata={"5": "a", "2": "b"})["metadata"] == {"5": "a", "2": "b"}


@pytest.mark.parametrize(
    ("params", "status", "param"),
    [
        ({"nmae": "Ada"}, 400, "nmae"),
        ({"address": {"town": "x"}}, 400, "address[town]"),
        ({"balance": "lots"}, 400, "balance"),
        ({"tax_exempt": "yes"}, 400, "tax_exempt"),
        ({"name": "x" * 257}, 400, "name"),
        ({"name": {"first": "Ada"}}, 400, "name"),
        ({"invoice_prefix": "no"}, 400, "invoice_prefix"),
        ({"test_clock": "clock_none"}, 400, "test_clock"),
        ({"payment_method": "pm_none"}, 400, "payment_method"),
        ({"invoice_settings": {"default_payment_method": "pm_card_visa"}}, 400, None),
        ({"source": "tok_visa"}, 501, None),
        ({"tax": {"ip_address": "1.1.1.1"}}, 501, None),
        ({"invoice_settings": {"rendering_options": {}, "footer": "x"}}, 200, None),
        ({"invoice_settings": {"rendering_options": {"template": "x"}}}, 501, None),
        ({"payment_method": "pm_card_authenticationRequired"}, 501, None),
    ],
)
def test_refusals_leave_nothing(call: Any, params: dict[str, Any], status: int, param: str | None) -> None:
    answer = call(f"POST {CUSTOMERS}", **params)
    assert answer.status == status
    if param:
        assert answer.error["param"] == param
    if status != 200:
        assert not call.world.customers
        assert not call.world.payment_methods
        assert not call.world.events


def test_an_update_says_what_changed(call: Any) -> None:
    customer = call.ok(f"POST {CUSTOMERS}", name="Ada", address={"city": "London"})["id"]
    call.ok(f"POST {CUSTOMERS}/{customer}", name="Eve", address={"city": "Paris"})
    event = list(call.world.events.values())[-1]
    assert event.type == "customer.updated"
    assert event.previous == {"name": "Ada", "address": {"city": "London"}}
    call.ok(f"POST {CUSTOMERS}/{customer}", name="Eve")
    assert list(call.world.events.values())[-1] is event


class TestCards:
    def test_a_test_cards_name_makes_a_new_one_each_time(self, call: Any, start: int) -> None:
        customer = call.ok(f"POST {CUSTOMERS}")["id"]
        first, second = (call.ok(ATTACH.format("pm_card_visa"), customer=customer) for _ in range(2))
        assert first["id"] != second["id"]
        assert (first["customer"], first["card"]["brand"], first["card"]["last4"]) == (
            customer,
            "visa",
            "4242",
        )
        assert first["created"] == start

    def test_one_can_be_default_from_the_start(self, call: Any) -> None:
        settings = {"default_payment_method": "pm_card_visa"}
        customer = call.ok(f"POST {CUSTOMERS}", payment_method="pm_card_visa", invoice_settings=settings)
        default = customer["invoice_settings"]["default_payment_method"]
        rows = call.ok(f"GET {CUSTOMERS}/{customer['id']}/payment_methods")["data"]
        assert [row["id"] for row in rows] == [default]

    def test_the_default_must_be_attached(self, call: Any) -> None:
        customer, other = (call.ok(f"POST {CUSTOMERS}")["id"] for _ in range(2))
        method = call.ok(ATTACH.format("pm_card_visa"), customer=other)["id"]
        path = f"POST {CUSTOMERS}/{customer}"
        for wrong in (method, "pm_card_visa", "pm_none"):
            answer = call(path, invoice_settings={"default_payment_method": wrong})
            assert (answer.status, answer.error["code"]) == (400, "resource_missing")
        own = call.ok(ATTACH.format("pm_card_amex"), customer=customer)["id"]
        after = call.ok(path, invoice_settings={"default_payment_method": own})
        assert after["invoice_settings"]["default_payment_method"] == own
        cleared = call.ok(path, invoice_settings={"default_payment_method": ""})
        assert cleared["invoice_settings"]["default_payment_method"] is None

    @pytest.mark.parametrize(
        ("card", "code", "decline"),
        [
            ("chargeDeclined", "card_declined", "generic_decline"),
            ("chargeDeclinedInsufficientFunds", "card_declined", "insufficient_funds"),
            ("chargeDeclinedExpiredCard", "expired_card", "expired_card"),
            ("chargeDeclinedIncorrectCvc", "incorrect_cvc", "incorrect_cvc"),
            ("chargeDeclinedProcessingError", "processing_error", "processing_error"),
        ],
    )
    def test_some_are_declined_when_attached(self, call: Any, card: str, code: str, decline: str) -> None:
        """PRO-01 PRO-02"""
        customer = call.ok(f"POST {CUSTOMERS}")["id"]
        answer = call(ATTACH.format(f"pm_card_{card}"), customer=customer)
        assert (answer.status, answer.error["type"]) == (402, "card_error")
        assert (answer.error["code"], answer.error["decline_code"]) == (code, decline)
        assert not call.world.payment_methods

    def test_one_is_declined_only_when_charged(self, call: Any) -> None:
        """CLK-72 CON-03"""
        customer = call.ok(f"POST {CUSTOMERS}")["id"]
        method = call.ok(ATTACH.format("pm_card_chargeCustomerFail"), customer=customer)["id"]
        assert call.world.payment_methods[method].card.decline == "generic_decline"

    def test_detaching(self, call: Any) -> None:
        settings = {"default_payment_method": "pm_card_visa"}
        customer = call.ok(f"POST {CUSTOMERS}", payment_method="pm_card_visa", invoice_settings=settings)
        method = customer["invoice_settings"]["default_payment_method"]
        assert call.ok(f"POST /v1/payment_methods/{method}/detach")["customer"] is None
        path = f"{CUSTOMERS}/{customer['id']}"
        assert call.ok(f"GET {path}")["invoice_settings"]["default_payment_method"] is None
        assert call.ok(f"GET {path}/payment_methods")["data"] == []
        assert call(f"POST /v1/payment_methods/{method}/detach").status == 400

    def test_tokens_make_cards_without_an_owner(self, call: Any) -> None:
        method = call.ok("POST /v1/payment_methods", type="card", card={"token": "tok_mastercard"})
        assert (method["customer"], method["card"]["brand"]) == (None, "mastercard")
        customer = call.ok(f"POST {CUSTOMERS}", payment_method=method["id"])["id"]
        assert call.ok(f"GET /v1/payment_methods/{method['id']}")["customer"] == customer
        other = call.ok(f"POST {CUSTOMERS}")["id"]
        assert call(ATTACH.format(method["id"]), customer=other).status == 400
        assert call(ATTACH.format(method["id"]), customer=customer).status == 200

    def test_other_types_are_not_modelled(self, call: Any) -> None:
        """CLK-71"""
        answer = call(
            "POST /v1/payment_methods", type="us_bank_account", us_bank_account={"routing_number": "1"}
        )
        assert answer.status == 501
        assert "us_bank_account" in answer.message

    def test_lists(self, call: Any) -> None:
        customer = call.ok(f"POST {CUSTOMERS}")["id"]
        made = [call.ok(ATTACH.format("pm_card_visa"), customer=customer)["id"] for _ in range(3)]
        for line in ("GET /v1/payment_methods", f"GET {CUSTOMERS}/{customer}/payment_methods"):
            more = {"customer": customer} if line.endswith("/v1/payment_methods") else {}
            assert [row["id"] for row in call.ok(line, **more)["data"]] == made[::-1]
            assert call.ok(line, **more, type="us_bank_account")["data"] == []
            assert [row["id"] for row in call.ok(line, **more, type="card", limit=1)["data"]] == made[2:]
        assert call("GET /v1/payment_methods").status == 501

    def test_changes(self, call: Any) -> None:
        customer = call.ok(f"POST {CUSTOMERS}")["id"]
        method = call.ok(ATTACH.format("pm_card_visa"), customer=customer)["id"]
        path = f"POST /v1/payment_methods/{method}"
        call.ok(path, billing_details={"name": "Ada"}, metadata={"a": "1"})
        after = call.ok(path, billing_details={"email": "a@example.com"})
        assert (after["billing_details"]["name"], after["billing_details"]["email"]) == (
            "Ada",
            "a@example.com",
        )
        assert after["metadata"] == {"a": "1"}

    def test_a_deleted_customer_has_none(self, call: Any) -> None:
        customer = call.ok(f"POST {CUSTOMERS}", payment_method="pm_card_visa")["id"]
        call.ok(f"DELETE {CUSTOMERS}/{customer}")
        assert [each.customer for each in call.world.payment_methods.values()] == [None]
