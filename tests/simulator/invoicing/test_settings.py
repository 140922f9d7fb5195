"""Settings for payment, invoices and taxes: kept, shown, passed on to invoices, or refused by name."""

from __future__ import annotations

from typing import Any

import pytest

MONTH = 31 * 86_400
HOUR = 3_600
BEFORE_TEXTS = {"stripe-version": "2026-05-27.dahlia"}


def test_payment_settings_are_kept_and_passed_on_to_invoices(shop: Any) -> None:
    """`payment_settings` of the API reference: what the subscription's invoices get."""
    asked = {
        "payment_method_types": ["card", "link"],
        "payment_method_options": {"card": {"network": "visa"}},
        "save_default_payment_method": "on_subscription",
    }
    shown = shop.subscribe(shop.licensed(), payment_settings=asked)
    settings = shown["payment_settings"]
    assert settings["payment_method_types"] == ["card", "link"]
    assert settings["payment_method_options"]["card"]["network"] == "visa"
    assert settings["payment_method_options"]["us_bank_account"] is None
    assert settings["save_default_payment_method"] == "on_subscription"
    assert shop.last_invoice()["payment_settings"]["payment_method_types"] == ["card", "link"]


def test_an_update_of_settings_leaves_what_it_does_not_name(shop: Any) -> None:
    subscription = shop.subscribe(shop.licensed(), payment_settings={"payment_method_types": ["card"]})
    shop.change(subscription, payment_settings={"save_default_payment_method": "on_subscription"})
    shown = shop.change(subscription, invoice_settings={"footer": "Thanks"})
    assert shown["payment_settings"]["payment_method_types"] == ["card"]
    assert shown["payment_settings"]["save_default_payment_method"] == "on_subscription"
    shown = shop.change(subscription, payment_settings={"payment_method_types": ""})
    assert shown["payment_settings"]["payment_method_types"] is None
    assert shown["invoice_settings"]["footer"] == "Thanks"


@pytest.mark.parametrize(("setting", "kept"), [("on_subscription", True), ("off", False)])
def test_the_method_that_pays_becomes_the_subscriptions_own(
    new_shop: Any, setting: str, *, kept: bool
) -> None:
    """`save_default_payment_method` of the API reference, in one update with the status."""
    shop = new_shop(card=None)
    subscription = shop.subscribe(
        shop.licensed(),
        payment_behavior="default_incomplete",
        payment_settings={"save_default_payment_method": setting},
    )
    assert (subscription["status"], subscription["default_payment_method"]) == ("incomplete", None)
    method = shop.call.ok("POST /v1/payment_methods/pm_card_visa/attach", customer=shop.customer)["id"]
    before = len(shop.events())
    shop.call.ok(f"POST /v1/invoices/{subscription['latest_invoice']}/pay", payment_method=method)
    shown = shop.subscription(subscription)
    assert (shown["status"], shown["default_payment_method"]) == ("active", method if kept else None)
    assert shop.events(after=before).count("customer.subscription.updated") == 1


def test_a_free_invoice_saves_no_method(shop: Any) -> None:
    shown = shop.subscribe(
        shop.licensed(0), payment_settings={"save_default_payment_method": "on_subscription"}
    )
    assert shown["default_payment_method"] is None


def test_invoice_texts_of_a_subscription_stand_on_its_invoices_and_previews(shop: Any) -> None:
    """VER-21; the customer's own footer and fields stand where the subscription has none."""
    own = [{"name": "PO", "value": "7"}]
    shop.call.ok(
        f"POST /v1/customers/{shop.customer}",
        invoice_settings={"footer": "Customer's footer", "custom_fields": own},
    )
    texts = {"description": "Gold plan", "footer": "Footer"}
    subscription = shop.subscribe(shop.licensed(), invoice_settings=texts | {"issuer": {"type": "self"}})
    assert {key: subscription["invoice_settings"][key] for key in texts} == texts
    preview = shop.preview(subscription)
    shop.advance(shop.start + MONTH + HOUR)
    for invoice in [preview, *shop.invoices(subscription)]:
        assert {key: invoice[key] for key in texts} == texts
        assert invoice["custom_fields"] == own


def test_invoice_texts_are_unknown_to_older_versions(shop: Any) -> None:
    """VER-21."""
    answer = shop.call(
        "POST /v1/subscriptions",
        BEFORE_TEXTS,
        customer=shop.customer,
        items=[{"price": shop.licensed()}],
        invoice_settings={"footer": "Thanks"},
    )
    assert (answer.status, answer.error["code"]) == (400, "parameter_unknown")
    assert answer.error["param"] == "invoice_settings[footer]"
    shown = shop.subscribe(
        shop.licensed(), headers=BEFORE_TEXTS, invoice_settings={"issuer": {"type": "self"}}
    )
    assert shown["invoice_settings"] == {"account_tax_ids": None, "issuer": {"type": "self"}}


@pytest.mark.parametrize(
    "params",
    [
        {"automatic_tax": {"enabled": False}},
        {"automatic_tax": {"enabled": False, "liability": {"type": "self"}}},
        {"default_tax_rates": ""},
        {"trial_from_plan": False},
        {"invoice_settings": {"account_tax_ids": ""}},
    ],
)
def test_asking_for_no_tax_changes_nothing(shop: Any, params: dict[str, Any]) -> None:
    assert shop.subscribe(shop.licensed(500), **params)["status"] == "active"
    assert shop.last_invoice()["total"] == 500


REFUSED = [
    ({"automatic_tax": {"enabled": True}}, "automatic_tax[enabled]=true"),
    ({"on_behalf_of": "acct_1"}, "on_behalf_of"),
    ({"transfer_data": {"destination": "acct_1"}}, "transfer_data"),
    ({"trial_from_plan": True}, "trial_from_plan=true"),
    ({"invoice_settings": {"issuer": {"type": "account"}}}, "invoice_settings[issuer][type]=account"),
    ({"invoice_settings": {"account_tax_ids": ["txi_1"]}}, "invoice_settings[account_tax_ids]"),
    ({"payment_settings": {"payment_method_types": ["us_bank_account"]}}, "payment_method_types] without"),
    (
        {"payment_settings": {"payment_method_options": {"card": {"request_three_d_secure": "any"}}}},
        "request_three_d_secure]=any",
    ),
]


@pytest.mark.parametrize(("params", "named"), REFUSED, ids=[named for _, named in REFUSED])
def test_what_would_change_billing_or_payment_is_refused_by_name(
    shop: Any, params: dict[str, Any], named: str
) -> None:
    answer = shop.call(
        "POST /v1/subscriptions", customer=shop.customer, items=[{"price": shop.licensed()}], **params
    )
    assert answer.status == 501
    assert named in answer.message


def test_an_invoice_has_payment_settings_of_its_own(shop: Any) -> None:
    asked = {"payment_method_types": ["card"], "payment_method_options": {"card": ""}}
    draft = shop.call.ok("POST /v1/invoices", customer=shop.customer, payment_settings=asked)
    assert draft["payment_settings"] == {
        "default_mandate": None,
        "payment_method_options": None,
        "payment_method_types": ["card"],
    }
    options = {"card": {"request_three_d_secure": "automatic"}}
    shown = shop.call.ok(
        f"POST /v1/invoices/{draft['id']}", payment_settings={"payment_method_options": options}
    )
    card = {"installments": {"enabled": False}, "request_three_d_secure": "automatic"}
    assert shown["payment_settings"]["payment_method_options"]["card"] == card
