"""Refunds: of a charge, in parts, and what they leave untouched."""

from __future__ import annotations

from typing import Any

import pytest


@pytest.fixture
def charge(shop: Any) -> dict[str, Any]:
    """10 dollars, paid by an invoice."""
    shop.subscribe(shop.licensed(1000))
    return shop.call.ok("GET /v1/charges")["data"][0]


def test_a_charge_is_refunded_in_parts_until_all_of_it_is(shop: Any, charge: dict[str, Any]) -> None:
    """INV-96"""
    path = f"GET /v1/charges/{charge['id']}"
    first = shop.call.ok("POST /v1/refunds", charge=charge["id"], amount=300)
    partly = shop.call.ok(path)
    rest = shop.call.ok("POST /v1/refunds", payment_intent=charge["payment_intent"])
    wholly = shop.call.ok(path, expand=["refunds"])
    assert (first["amount"], first["status"], rest["amount"]) == (300, "succeeded", 700)
    assert (partly["amount_refunded"], partly["refunded"]) == (300, False)
    assert (wholly["amount_refunded"], wholly["refunded"]) == (1000, True)
    assert [row["id"] for row in wholly["refunds"]["data"]] == [rest["id"], first["id"]]
    assert (rest["charge"], first["payment_intent"]) == (charge["id"], charge["payment_intent"])


def test_a_refund_tells_of_itself_and_of_its_charge(shop: Any, charge: dict[str, Any]) -> None:
    """INV-96: also when it is partial."""
    known = len(shop.world.events)
    shop.call.ok("POST /v1/refunds", charge=charge["id"], amount=300)
    assert shop.events(after=known) == ["refund.created", "charge.refunded"]
    told = shop.call.ok("GET /v1/events", type="charge.refunded")["data"][0]["data"]
    assert (told["object"]["amount_refunded"], told["previous_attributes"]) == (300, {"amount_refunded": 0})


@pytest.mark.parametrize(
    ("asked", "message", "code"),
    [
        pytest.param(
            {"amount": 2500},
            "Refund amount ($25.00) is greater than unrefunded amount on charge ($10.00)",
            None,
            id="INV-97-too-much",
        ),
        pytest.param({"amount": 0}, None, "parameter_invalid_integer", id="nothing"),
        pytest.param({"reason": "expired_uncaptured_charge"}, None, None, id="a-reason-of-Stripes-own"),
    ],
)
def test_what_a_refund_may_not_ask_for(
    shop: Any, charge: dict[str, Any], asked: dict[str, Any], message: str | None, code: str | None
) -> None:
    answer = shop.call("POST /v1/refunds", charge=charge["id"], **asked)
    assert (answer.status, answer.error.get("code")) == (400, code)
    assert message in {None, answer.message}


def test_what_was_refunded_is_not_refunded_again(shop: Any, charge: dict[str, Any]) -> None:
    """INV-97"""
    shop.call.ok("POST /v1/refunds", charge=charge["id"])
    answer = shop.call("POST /v1/refunds", charge=charge["id"], amount=1)
    assert (answer.status, answer.error["code"]) == (400, "charge_already_refunded")
    assert answer.message == f"Charge {charge['id']} has already been refunded."


def test_what_was_never_paid_is_not_refunded(new_shop: Any) -> None:
    """INV-97: neither by its intent nor by its failed charge."""
    shop = new_shop(card="pm_card_chargeCustomerFail")
    shop.subscribe(shop.licensed(1000))
    [charge] = shop.call.ok("GET /v1/charges")["data"]
    intent = charge["payment_intent"]
    answer = shop.call("POST /v1/refunds", payment_intent=intent)
    assert answer.message == f"This PaymentIntent ({intent}) does not have a successful charge to refund."
    assert shop.call("POST /v1/refunds", charge=charge["id"]).status == 400


@pytest.mark.parametrize(
    "asked",
    [{}, {"charge": "ch_none"}, {"payment_intent": "pi_none"}],
    ids=["nothing", "no-such-charge", "no-such-intent"],
)
def test_a_refund_names_what_was_charged(shop: Any, asked: dict[str, str]) -> None:
    assert shop.call("POST /v1/refunds", **asked).status == 400


def test_a_charge_of_another_intent_is_refused(shop: Any, charge: dict[str, Any]) -> None:
    shop.subscribe(shop.licensed(700))
    other = shop.call.ok("GET /v1/charges")["data"][0]
    answer = shop.call("POST /v1/refunds", charge=charge["id"], payment_intent=other["payment_intent"])
    assert (answer.status, answer.error["param"]) == (400, "charge")


def test_a_refund_alone_changes_nothing_about_its_invoice(shop: Any, charge: dict[str, Any]) -> None:
    """Only a credit note does."""
    before = shop.last_invoice()
    shop.call.ok("POST /v1/refunds", charge=charge["id"])
    assert shop.last_invoice() == before


def test_refunds_live_in_wall_time(shop: Any, charge: dict[str, Any]) -> None:
    """CLK-46: their charge's clock neither dates nor hides them, nor does its advance lock them."""
    shop.world.sleep(86_400)
    shop.call.ok(f"POST /v1/test_helpers/test_clocks/{shop.clock}/advance", frozen_time=shop.start + 3_600)
    refund = shop.call.ok("POST /v1/refunds", charge=charge["id"], amount=1)
    assert refund["created"] == shop.world.wall
    assert [row["id"] for row in shop.call.ok("GET /v1/refunds")["data"]] == [refund["id"]]


def test_refunds_are_found_by_charge_and_intent(shop: Any, charge: dict[str, Any]) -> None:
    refund = shop.call.ok("POST /v1/refunds", charge=charge["id"], amount=1)
    for wanted in ({"charge": charge["id"]}, {"payment_intent": charge["payment_intent"]}):
        assert [row["id"] for row in shop.call.ok("GET /v1/refunds", **wanted)["data"]] == [refund["id"]]
    assert shop.call.ok("GET /v1/refunds", charge="ch_other")["data"] == []


def test_a_refunds_metadata_can_be_changed(shop: Any, charge: dict[str, Any]) -> None:
    refund = shop.call.ok("POST /v1/refunds", charge=charge["id"], metadata={"ticket": "6"})
    known = len(shop.world.events)
    changed = shop.call.ok(f"POST /v1/refunds/{refund['id']}", metadata={"ticket": "7"})
    assert changed["metadata"] == {"ticket": "7"}
    assert shop.events(after=known) == ["charge.refund.updated", "refund.updated"]


def test_a_cards_refund_is_never_canceled(shop: Any, charge: dict[str, Any]) -> None:
    """INV-98"""
    refund = shop.call.ok("POST /v1/refunds", charge=charge["id"])
    assert shop.call(f"POST /v1/refunds/{refund['id']}/cancel").status == 400
    assert shop.call("POST /v1/refunds/re_none/cancel").status == 404
