"""Billing credits: granted, spent on metered lines when an invoice is finalized, returned, run out."""

from __future__ import annotations

from typing import Any

import pytest

DAY = 86_400
HOUR = 3_600
METERED = {"applicability_config": {"scope": {"price_type": "metered"}}}


def dollars(cents: int, currency: str = "usd") -> dict[str, Any]:
    return {"amount": {"type": "monetary", "monetary": {"value": cents, "currency": currency}}}


def grant(shop: Any, cents: int, **params: Any) -> dict[str, Any]:
    asked = dollars(cents, params.pop("currency", "usd")) | METERED | {"customer": shop.customer} | params
    return shop.call.ok("POST /v1/billing/credit_grants", **asked)


def scoped(*prices: str) -> dict[str, Any]:
    return {"applicability_config": {"scope": {"prices": [{"id": price} for price in prices]}}}


def left(shop: Any, made: dict[str, Any] | None = None) -> int:
    """Cents that are available, of one grant or of all that pay for every metered price."""
    scope = {"type": "applicability_scope", "applicability_scope": {"price_type": "metered"}}
    wanted = scope if made is None else {"type": "credit_grant", "credit_grant": made["id"]}
    found = shop.call.ok("GET /v1/billing/credit_balance_summary", customer=shop.customer, filter=wanted)[
        "balances"
    ]
    assert len(found) == 1
    assert found[0]["available_balance"]["monetary"]["currency"] == "usd"
    return found[0]["available_balance"]["monetary"]["value"]


def moves(shop: Any, made: dict[str, Any]) -> list[tuple[str, int]]:
    """A grant's transactions, oldest first."""
    rows = shop.call.ok(
        "GET /v1/billing/credit_balance_transactions", customer=shop.customer, credit_grant=made["id"]
    )["data"]
    shown = [row["credit"] or row["debit"] for row in rows[::-1]]
    return [(each["type"], each["amount"]["monetary"]["value"]) for each in shown]


def used(shop: Any, units: int, *prices: str, until: str = "2026-02-01T02:00:00") -> dict[str, Any]:
    """The invoice of a January with so much usage."""
    subscription = shop.subscribe(*(prices or (shop.metered("10"),)))
    shop.use(units)
    shop.advance(until)
    return shop.last_invoice(subscription)


def test_a_grant_shows_what_was_asked_for(shop: Any) -> None:
    """CHG-41, CHG-42"""
    made = grant(shop, 500, name="Welcome", expires_at=shop.start + 90 * DAY, metadata={"a": "b"})
    assert made | {"id": "", "metadata": {}} == {
        "id": "",
        "object": "billing.credit_grant",
        **dollars(500),
        **METERED,
        "category": "paid",
        "created": shop.start,
        "customer": shop.customer,
        "customer_account": None,
        "effective_at": shop.start,
        "expires_at": shop.start + 90 * DAY,
        "livemode": False,
        "metadata": {},
        "name": "Welcome",
        "priority": 50,
        "test_clock": shop.clock,
        "updated": shop.start,
        "voided_at": None,
    }
    assert (left(shop), moves(shop, made)) == (500, [("credits_granted", 500)])


def test_credit_pays_metered_lines_when_the_invoice_is_finalized(shop: Any) -> None:
    """CHG-43, CHG-45, INV-74"""
    made = grant(shop, 700)
    draft = used(shop, 100, until="2026-02-01")
    assert (draft["status"], draft["total"], draft["total_pretax_credit_amounts"]) == ("draft", 1_000, [])
    shop.advance("2026-02-01T02:00:00")
    invoice = shop.last_invoice()
    (line,) = invoice["lines"]["data"]
    (credit,) = invoice["total_pretax_credit_amounts"]
    assert (invoice["subtotal"], invoice["total"], invoice["amount_paid"]) == (1_000, 300, 300)
    assert (line["amount"], line["pretax_credit_amounts"]) == (1_000, [credit])
    assert (credit["amount"], credit["type"], credit["discount"]) == (700, "credit_balance_transaction", None)
    assert (left(shop), moves(shop, made)[-1]) == (0, ("credits_applied", 700))
    moved = shop.call.ok(
        f"GET /v1/billing/credit_balance_transactions/{credit['credit_balance_transaction']}"
    )
    assert moved["debit"]["credits_applied"] == {"invoice": invoice["id"], "invoice_line_item": line["id"]}
    assert (moved["type"], moved["credit"], moved["credit_grant"]) == ("debit", None, made["id"])


def test_an_invoice_that_credit_covers_is_paid_without_a_charge(shop: Any) -> None:
    grant(shop, 5_000)
    invoice = used(shop, 100)
    assert (invoice["status"], invoice["total"], invoice["amount_due"]) == ("paid", 0, 0)
    assert (invoice["starting_balance"], invoice["ending_balance"], left(shop)) == (0, 0, 4_000)


def test_licensed_lines_and_manual_items_get_no_credit(shop: Any) -> None:
    """CHG-43"""
    grant(shop, 50_000)
    shop.subscribe(shop.licensed(2_000), shop.metered("10"))
    first = shop.last_invoice()
    shop.call.ok("POST /v1/invoiceitems", customer=shop.customer, amount=400, currency="usd")
    shop.use(10)
    shop.advance("2026-02-01T02:00:00")
    assert (first["total"], shop.last_invoice()["total"], left(shop)) == (2_000, 2_400, 49_900)


@pytest.mark.parametrize(
    ("effective_at", "expires_at", "total"),
    [
        pytest.param("2026-02-01", None, 0, id="effective at the end of the period"),
        pytest.param("2026-02-01T00:00:01", None, 1_000, id="effective a second later"),
        pytest.param(None, "2026-02-01", 1_000, id="expires at the end of the period"),
        pytest.param(None, "2026-02-04", 0, id="expires some days later"),
        pytest.param(None, "2026-02-01T01:00:00", 1_000, id="expires when the invoice is finalized"),
        pytest.param(None, "2026-02-01T01:00:01", 0, id="expires a second later"),
        pytest.param(None, "2026-02-01T00:30:00", 1_000, id="expires before the invoice is finalized"),
    ],
)
def test_the_end_of_the_period_decides_which_grants_pay(
    shop: Any, instant: Any, effective_at: str | None, expires_at: str | None, total: int
) -> None:
    """CHG-43, CHG-46"""
    times = {"effective_at": effective_at, "expires_at": expires_at}
    grant(shop, 5_000, **{name: instant(text) for name, text in times.items() if text})
    assert used(shop, 100)["total"] == total


def test_a_grant_for_later_is_not_available_yet(shop: Any, instant: Any) -> None:
    """CHG-41, CHG-43"""
    later = instant("2026-01-05")
    made = grant(shop, 500, effective_at=later)
    (moved,) = shop.call.ok("GET /v1/billing/credit_balance_transactions", customer=shop.customer)["data"]
    assert (moved["created"], moved["effective_at"], left(shop, made)) == (shop.start, later, 0)
    shop.advance("2026-01-05")
    assert left(shop, made) == 500


def test_a_customer_with_credits_cannot_join_a_clock(call: Any, start: int) -> None:
    """CLK-16: not modelled, as for invoices."""
    customer = call.ok("POST /v1/customers")["id"]
    call.ok("POST /v1/billing/credit_grants", **dollars(5), **METERED, customer=customer)
    asked = {"frozen_time": start, "customer": customer}
    assert call("POST /v1/test_helpers/test_clocks", **asked).status == 501


def test_another_currency_pays_nothing(shop: Any) -> None:
    """CHG-43"""
    grant(shop, 5_000, currency="eur")
    assert used(shop, 100)["total"] == 1_000


def test_a_grant_for_some_prices_pays_only_those(shop: Any) -> None:
    """CHG-41"""
    one, other = shop.metered("10"), shop.metered("3")
    grant(shop, 5_000, **scoped(other))
    invoice = used(shop, 100, one, other)
    paid = {
        line["pricing"]["price_details"]["price"]: len(line["pretax_credit_amounts"])
        for line in invoice["lines"]["data"]
    }
    assert (invoice["total"], paid) == (1_000, {one: 0, other: 1})


@pytest.mark.parametrize(
    ("first", "second"),
    [
        pytest.param({"priority": 1}, {"priority": 0}, id="priority"),
        pytest.param({}, {"expires_at": "2026-05-01"}, id="one that expires at all"),
        pytest.param({"expires_at": "2026-06-01"}, {"expires_at": "2026-05-01"}, id="earlier expiry"),
        pytest.param({"category": "paid"}, {"category": "promotional"}, id="promotional"),
        pytest.param({"effective_at": "2026-01-03"}, {"effective_at": "2026-01-02"}, id="earlier effective"),
    ],
)
def test_the_order_of_grants(shop: Any, instant: Any, first: Any, second: Any) -> None:
    """CHG-44: the second is spent before the first."""
    made = [
        grant(
            shop, 1_000, **{key: instant(each) if key.endswith("_at") else each for key, each in one.items()}
        )
        for one in (first, second)
    ]
    used(shop, 60)
    assert [left(shop, each) for each in made] == [1_000, 400]


def test_of_like_grants_the_older_is_spent_first(shop: Any) -> None:
    """CHG-44"""
    made = [grant(shop, 1_000), grant(shop, 1_000)]
    used(shop, 160)
    assert [left(shop, each) for each in made] == [0, 400]


def test_what_is_left_expires_by_itself(shop: Any, instant: Any) -> None:
    """CHG-48"""
    made = grant(shop, 500, expires_at=instant("2026-01-10"))
    shop.advance("2026-01-09T23:59:59")
    assert left(shop, made) == 500
    shop.advance("2026-01-10")
    assert left(shop, made) == 0
    assert moves(shop, made) == [("credits_granted", 500), ("credits_expired", 500)]


def test_an_expiry_can_be_moved_and_taken_away(shop: Any, instant: Any) -> None:
    """CHG-41"""
    made = grant(shop, 500, expires_at=instant("2026-01-10"))
    path = f"POST /v1/billing/credit_grants/{made['id']}"
    assert shop.call(path, expires_at=shop.start).status == 400
    changed = shop.call.ok(path, expires_at="", metadata={"kind": "trial"})
    assert (changed["expires_at"], changed["metadata"]) == (None, {"kind": "trial"})
    shop.advance("2026-01-20")
    assert left(shop, made) == 500


@pytest.mark.parametrize(
    ("verb", "kind", "stamp"),
    [("expire", "credits_expired", "expires_at"), ("void", "credits_voided", "voided_at")],
)
def test_a_grant_can_be_ended(shop: Any, verb: str, kind: str, stamp: str) -> None:
    """CHG-41, CHG-48: once."""
    made = grant(shop, 500)
    path = f"POST /v1/billing/credit_grants/{made['id']}"
    shop.advance("2026-01-05")
    ended = shop.call.ok(f"{path}/{verb}")
    assert (ended[stamp], left(shop, made), moves(shop, made)[-1]) == (shop.now(), 0, (kind, 500))
    for again in ("expire", "void"):
        assert shop.call(f"{path}/{again}").status == 400
    assert shop.call(path, expires_at=shop.now() + DAY).status == 400


def test_what_takes_a_grant_away_early_counts_from_then(shop: Any) -> None:
    """CHG-42 CHG-48: the grant itself counts from its date on, its voiding from now (unverified)."""
    made = grant(shop, 500, effective_at=shop.start + DAY)
    shop.call.ok(f"POST /v1/billing/credit_grants/{made['id']}/void")
    rows = shop.call.ok(
        "GET /v1/billing/credit_balance_transactions", customer=shop.customer, credit_grant=made["id"]
    )["data"]
    assert [row["effective_at"] for row in rows] == [shop.start, shop.start + DAY]


def test_voiding_a_grant_that_was_spent_is_not_modelled(shop: Any) -> None:
    """CHG-41"""
    made = grant(shop, 1_500)
    used(shop, 100)
    assert shop.call(f"POST /v1/billing/credit_grants/{made['id']}/void").status == 501


@pytest.mark.parametrize(
    ("expires_at", "balance", "last"),
    [
        (None, 700, [("credits_application_invoice_voided", 700)]),
        ("2026-02-06", 0, [("credits_application_invoice_voided", 700), ("credits_expired", 700)]),
        ("2026-02-05", 0, [("credits_application_invoice_voided", 700), ("credits_expired", 700)]),
    ],
)
def test_a_voided_invoice_gives_its_credit_back(
    new_shop: Any, instant: Any, expires_at: str | None, balance: int, last: Any
) -> None:
    """CHG-47: what has expired by then expires at once."""
    shop = new_shop(card="pm_card_chargeCustomerFail")
    made = grant(shop, 700, **({"expires_at": instant(expires_at)} if expires_at else {}))
    invoice = used(shop, 100)
    assert (invoice["status"], invoice["amount_due"], left(shop, made)) == ("open", 300, 0)
    shop.advance("2026-02-06")
    shop.call.ok(f"POST /v1/invoices/{invoice['id']}/void")
    assert left(shop, made) == balance
    assert moves(shop, made)[2:] == last


def test_whichever_invoice_is_final_first_takes_the_credit(shop: Any) -> None:
    """CHG-44"""
    grant(shop, 700)
    first = shop.subscribe(shop.metered("10"))
    shop.advance("2026-01-02")
    second = shop.subscribe(shop.metered("10"))
    shop.use(100)
    shop.advance("2026-02-02T02:00:00")
    assert [shop.last_invoice(each)["total"] for each in (first, second)] == [300, 1_000]


def test_a_threshold_looks_at_the_amount_after_credit(shop: Any) -> None:
    """CHG-36"""
    grant(shop, 1_000)
    shop.subscribe(shop.metered("10"), billing_thresholds={"amount_gte": 500})
    shop.use(149)
    assert shop.invoices() == []
    shop.use(1)
    assert [each["total"] for each in shop.invoices()] == [1_500]
    shop.advance(shop.start + HOUR)
    assert [each["total"] for each in shop.invoices()] == [500]


def test_events_tell_of_grants_and_movements(shop: Any) -> None:
    """CHG-48"""
    before = len(shop.world.events)
    made = grant(shop, 500)
    shop.call.ok(f"POST /v1/billing/credit_grants/{made['id']}/expire")
    assert shop.events(after=before) == [
        "billing.credit_grant.created",
        "billing.credit_balance_transaction.created",
        "billing.credit_balance_transaction.created",
        "billing.credit_grant.updated",
    ]


@pytest.mark.parametrize(
    ("params", "param"),
    [
        ({"applicability_config": {"scope": {"currency": "usd"}}}, "applicability_config[scope][currency]"),
        ({"applicability_config": {"scope": {"prices": [{"id": "price_x"}]}}}, "prices"),
        (dollars(0), "amount[monetary][value]"),
        ({"priority": 101}, "priority"),
        ({"expires_at": 1}, "expires_at"),
        ({"customer": "cus_none"}, "customer"),
        ({"category": "free"}, "category"),
    ],
)
def test_a_wrong_grant_is_refused(shop: Any, params: dict[str, Any], param: str) -> None:
    """CHG-41"""
    asked = dollars(500) | METERED | {"customer": shop.customer} | params
    refused = shop.call("POST /v1/billing/credit_grants", **asked)
    assert refused.status == 400
    assert param in str(refused.error)


def test_a_scope_names_one_thing_and_metered_prices_only(shop: Any) -> None:
    """CHG-41, CHG-43"""
    licensed, metered = shop.licensed(), shop.metered()
    both = {"scope": {"price_type": "metered", "prices": [{"id": metered}]}}
    for scope in (scoped(licensed), {"applicability_config": both}, scoped(*[metered] * 21)):
        asked = dollars(500) | {"customer": shop.customer} | scope
        assert shop.call("POST /v1/billing/credit_grants", **asked).status == 400


def test_a_hundred_unused_grants_are_enough(shop: Any) -> None:
    """CHG-47"""
    made = [grant(shop, 100) for _ in range(100)]
    asked = dollars(100) | METERED | {"customer": shop.customer}
    assert shop.call("POST /v1/billing/credit_grants", **asked).status == 400
    shop.call.ok(f"POST /v1/billing/credit_grants/{made[0]['id']}/expire")
    grant(shop, 100)


def test_grants_are_locked_with_their_clock(shop: Any) -> None:
    """CHG-42, CLK-34"""
    made = grant(shop, 500)
    target = shop.start + DAY
    shop.call.ok(f"POST /v1/test_helpers/test_clocks/{shop.clock}/advance", frozen_time=target)
    for path in ("", f"/{made['id']}", f"/{made['id']}/expire", f"/{made['id']}/void"):
        params = dollars(1) | METERED | {"customer": shop.customer} if not path else {}
        assert shop.call(f"POST /v1/billing/credit_grants{path}", **params).status == 429


def test_lists_hide_grants_on_clocks_unless_a_customer_is_named(shop: Any, call: Any) -> None:
    """CLK-49"""
    clocked = grant(shop, 500)
    other = call.ok("POST /v1/customers")["id"]
    free = call.ok("POST /v1/billing/credit_grants", **dollars(5), **METERED, customer=other)
    path = "GET /v1/billing/credit_grants"
    assert [row["id"] for row in call.ok(path)["data"]] == [free["id"]]
    assert [row["id"] for row in call.ok(path, customer=shop.customer)["data"]] == [clocked["id"]]


def test_the_sdk_grants_and_expands(shop: Any, client: Any) -> None:
    """CHG-41, PRO-15"""
    made = client.v1.billing.credit_grants.create(
        {"customer": shop.customer, **dollars(700), **METERED, "expand": ["customer", "test_clock"]}
    )
    assert (made.customer.id, made.test_clock.id) == (shop.customer, shop.clock)
    last = used(shop, 100)["id"]
    paths = ["total_pretax_credit_amounts", "lines.data.pretax_credit_amounts"]
    wanted = [f"{path}.credit_balance_transaction" for path in paths]
    invoice = client.v1.invoices.retrieve(last, {"expand": wanted})
    for credit in (invoice.total_pretax_credit_amounts[0], invoice.lines.data[0].pretax_credit_amounts[0]):
        assert credit.credit_balance_transaction.debit.credits_applied.invoice == invoice.id
    other = client.v1.billing.credit_grants.create({"customer": shop.customer, **dollars(9), **METERED})
    assert client.v1.billing.credit_grants.void_grant(other.id).voided_at == shop.now()
