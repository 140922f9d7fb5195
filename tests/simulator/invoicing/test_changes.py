"""Changing a subscription mid-period: metered prices, licensed prices, anchors, intervals."""

from __future__ import annotations

from typing import Any

import pytest

HOUR = 3_600
DAY = 86_400
MONTH = 31 * DAY
MODES = ["classic", "flexible"]


def item_id(subscription: dict[str, Any], index: int = 0) -> str:
    return subscription["items"]["data"][index]["id"]


def switched(shop: Any, mode: str, **params: Any) -> dict[str, Any]:
    """Price A (10) with 5 units, then price B (3) from 16 January with 7 units."""
    subscription = shop.subscribe(shop.metered("10"), billing_mode={"type": mode})
    shop.use(5, shop.start + 5)
    shop.advance("2026-01-16")
    shop.change(subscription, items=[{"id": item_id(subscription), "price": shop.metered("3")}], **params)
    shop.use(7, shop.now())
    return subscription


def test_flexible_bills_a_replaced_metered_price_as_an_invoice_item(
    shop: Any, instant: Any, rows: Any
) -> None:
    """CHG-01: pending at once, on the renewal beside the new price's usage."""
    subscription = switched(shop, "flexible")
    (pending,) = shop.pending()
    assert (pending["amount"], pending["quantity"], pending["proration"]) == (50, 5, True)
    assert pending["period"] == {"start": shop.start, "end": instant("2026-01-16")}
    shop.advance("2026-02-01T01:00:00")
    invoice = shop.last_invoice(subscription)
    assert [amount for _, _, amount in rows(invoice)] == [50, 21]
    assert invoice["lines"]["data"][1]["period"] == {
        "start": instant("2026-01-16"),
        "end": instant("2026-02-01"),
    }


def test_classic_loses_the_usage_of_a_replaced_metered_price(shop: Any, instant: Any) -> None:
    """CHG-01 N-16: on 1 February only 16 to 31 January, at B."""
    subscription = switched(shop, "classic")
    assert shop.pending() == []
    shop.advance("2026-02-01T01:00:00")
    (line,) = shop.last_invoice(subscription)["lines"]["data"]
    assert (line["amount"], line["quantity"]) == (21, 7)
    assert line["period"]["start"] == instant("2026-01-16")


@pytest.mark.parametrize("mode", MODES)
def test_without_prorations_the_replaced_price_bills_nothing(shop: Any, mode: str) -> None:
    """CHG-02."""
    subscription = switched(shop, mode, proration_behavior="none")
    shop.advance("2026-02-01T01:00:00")
    assert shop.last_invoice(subscription)["total"] == 21


def test_always_invoice_bills_the_replaced_price_at_once(shop: Any) -> None:
    """CHG-01 CHG-57."""
    subscription = switched(shop, "flexible", proration_behavior="always_invoice")
    invoice = shop.last_invoice(subscription)
    assert (invoice["billing_reason"], invoice["total"], invoice["status"]) == (
        "subscription_update",
        50,
        "paid",
    )
    assert invoice["period_start"] == invoice["period_end"] == shop.now()  # INV-06: nothing ends (unverified)
    assert shop.pending() == []


@pytest.mark.parametrize(("units", "pending"), [(5, [(0, 5)]), (0, [])])
def test_free_usage_of_a_replaced_price_is_shown_and_no_usage_is_not(
    shop: Any, units: int, pending: list[tuple[int, int]]
) -> None:
    """CHG-01."""
    subscription = shop.subscribe(shop.metered("0"))
    if units:
        shop.use(units, shop.start)
    shop.advance("2026-01-16")
    shop.change(subscription, items=[{"id": item_id(subscription), "price": shop.metered("3")}])
    assert [(item["amount"], item["quantity"]) for item in shop.pending()] == pending


def test_late_usage_of_a_replaced_price_is_lost(shop: Any) -> None:
    """INV-23 CHG-07: stamped before the switch, reported after it; the stamp decides."""
    subscription = switched(shop, "flexible")
    shop.use(100, shop.start + 2 * DAY)
    shop.advance("2026-02-01T01:00:00")
    assert shop.last_invoice(subscription)["total"] == 71


@pytest.mark.parametrize("mode", MODES)
def test_an_added_metered_item_counts_from_its_addition(shop: Any, instant: Any, mode: str) -> None:
    """CHG-03 INV-15."""
    subscription = shop.subscribe(shop.licensed(1000), billing_mode={"type": mode})
    shop.use(5, shop.start + 5)
    shop.advance("2026-01-16")
    shop.change(subscription, items=[{"price": shop.metered("10")}])
    shop.use(2, shop.now())
    shop.advance("2026-02-01T01:00:00")
    lines = shop.last_invoice(subscription)["lines"]["data"]
    assert [(line["amount"], line["period"]["start"]) for line in lines] == [
        (20, instant("2026-01-16")),
        (1000, instant("2026-02-01")),
    ]


@pytest.mark.parametrize(
    ("mode", "behavior", "total"),
    [
        ("flexible", "create_prorations", 1050),
        ("flexible", "none", 1000),
        ("classic", "create_prorations", 1000),
    ],
)
def test_a_deleted_metered_item(shop: Any, mode: str, behavior: str, total: int) -> None:
    """CHG-04 CHG-05: flexible bills its usage as an invoice item, classic loses it."""
    subscription = shop.subscribe(shop.licensed(1000), shop.metered("10"), billing_mode={"type": mode})
    shop.use(5, shop.start + 5)
    shop.advance("2026-01-16")
    shop.change(
        subscription, items=[{"id": item_id(subscription, 1), "deleted": True}], proration_behavior=behavior
    )
    shop.advance("2026-02-01T01:00:00")
    assert shop.last_invoice(subscription)["total"] == total


def test_licensed_beside_metered_is_prorated_and_metered_is_not(shop: Any) -> None:
    """CHG-09 PRC-33 INV-71 CHG-58: a quantity change leaves usage alone."""
    subscription = shop.subscribe(shop.licensed(3100), shop.metered("10"))
    shop.use(5, shop.start + 5)
    shop.advance("2026-01-16")
    shop.change(subscription, items=[{"id": item_id(subscription), "quantity": 2}])
    credit, debit = shop.pending()
    assert (credit["amount"], debit["amount"]) == (-1600, 3200)
    assert credit["description"] == "Unused time on Gold after 16 Jan 2026"
    assert debit["description"] == "Remaining time on 2 × Gold after 16 Jan 2026"
    assert (credit["proration"], credit["discountable"], credit["net_amount"]) == (True, False, -1600)
    shop.advance("2026-02-01T01:00:00")
    assert shop.last_invoice(subscription)["total"] == 50 + 6200 + 3200 - 1600


def test_documented_proration_numbers(shop: Any) -> None:
    """CHG-54: 20.00 to 10.00 with a third of a 30-day month left."""
    price = shop.licensed(2000, interval="day", count=30)
    subscription = shop.subscribe(price)
    shop.advance(shop.start + 20 * DAY)
    shop.change(
        subscription,
        items=[{"id": item_id(subscription), "price": shop.licensed(1000, interval="day", count=30)}],
    )
    assert [item["amount"] for item in shop.pending()] == [-667, 333]


@pytest.mark.parametrize(
    ("mode", "units", "counts", "credit"),
    [
        pytest.param("classic", (600, 2000, 300), (1, 1, 1), (-1000, "Gold"), id="CHG-55-current-price"),
        pytest.param("flexible", (600, 2000, 300), (1, 1, 1), (-300, "Gold"), id="CHG-55-last-billed"),
        pytest.param("flexible", (600, 2000, 600), (1, 1, 1), (-300, "Gold"), id="CHG-55-nets-0"),
        pytest.param("classic", (600, 600, 600), (1, 3, 2), (-900, "3 × Gold"), id="CHG-55-current-count"),
        pytest.param("flexible", (600, 600, 600), (3, 1, 2), (-900, "3 × Gold"), id="CHG-55-billed-count"),
    ],
)
def test_credits_by_mode(
    shop: Any, mode: str, units: list[int], counts: list[int], credit: tuple[int, str]
) -> None:
    """CHG-55: what was taken over without proration was never billed for this period."""
    prices = [shop.licensed(unit, interval="day", count=30) for unit in units]
    entries = [{"price": price, "quantity": count} for price, count in zip(prices, counts, strict=True)]
    subscription = shop.subscribe(entries[0], billing_mode={"type": mode})
    first = {"id": item_id(subscription)}
    shop.change(subscription, items=[first | entries[1]], proration_behavior="none")
    shop.advance(shop.start + 15 * DAY)
    shop.change(subscription, items=[first | entries[2]])
    back, debit = shop.pending()
    assert (back["amount"], debit["amount"]) == (credit[0], units[2] * counts[2] // 2)
    assert back["description"] == f"Unused time on {credit[1]} after 16 Jan 2026"


@pytest.mark.parametrize(
    ("change", "returned"),
    [
        pytest.param({"proration_behavior": "none"}, [-300], id="CHG-55-none-then-prorated"),
        pytest.param({}, [-500], id="CHG-55-credited-once"),
        pytest.param({"billing_cycle_anchor": "now"}, [-1000], id="CHG-11-a-new-period"),
    ],
)
def test_what_was_credited_is_not_credited_again(shop: Any, change: Any, returned: list[int]) -> None:
    """CHG-55: on half of a period, after a first change a quarter into it."""
    cheap, dear = (shop.licensed(unit, interval="day", count=20) for unit in (600, 1000))
    subscription = shop.subscribe(cheap, billing_mode={"type": "flexible"})
    shop.advance(shop.start + 5 * DAY)
    shop.change(subscription, items=[{"id": item_id(subscription), "price": dear}], **change)
    if "billing_cycle_anchor" not in change:
        shop.advance(shop.start + 10 * DAY)
    before = len(shop.pending())
    shop.call.ok(f"DELETE /v1/subscriptions/{subscription['id']}", prorate=True)
    assert [item["amount"] for item in shop.pending()[before:]] == returned


@pytest.mark.parametrize("periods", [0, 1])
def test_flexible_credits_name_what_they_take_back(shop: Any, periods: int) -> None:
    """CHG-55 INV-48: the credited invoice and line, the subscription's first or a cycle's."""
    subscription = shop.subscribe(shop.licensed(3000, interval="day", count=30))
    shop.advance(shop.start + 30 * periods * DAY + 15 * DAY)
    first = shop.last_invoice(subscription)
    assert len(shop.invoices()) == periods + 1
    shop.change(
        subscription,
        items=[{"id": item_id(subscription), "quantity": 2}],
        proration_behavior="always_invoice",
    )
    lines = {line["amount"]: line for line in shop.last_invoice(subscription)["lines"]["data"]}
    details = lines[-1500]["parent"]["subscription_item_details"]
    credited = {"invoice": first["id"], "invoice_line_items": [first["lines"]["data"][0]["id"]]}
    assert details["proration_details"]["credited_items"] == credited
    assert details["invoice_item"].startswith("ii_")
    assert lines[3000]["parent"]["subscription_item_details"]["proration_details"] == {"credited_items": None}


def test_a_proration_date_repeats_a_preview(shop: Any) -> None:
    """CHG-53: the same prorations an hour later."""
    subscription = shop.subscribe(shop.licensed(3100))
    shop.advance("2026-01-16")
    moment, items = shop.now(), [{"id": item_id(subscription), "quantity": 2}]
    preview = shop.preview(subscription, subscription_details={"items": items, "proration_date": moment})
    shop.advance(moment + HOUR)
    shop.change(subscription, items=items, proration_date=moment)
    assert sorted(item["amount"] for item in shop.pending()) == [-1600, 3200]
    details = [
        (line["parent"]["subscription_item_details"], line["amount"]) for line in preview["lines"]["data"]
    ]
    assert sorted(amount for detail, amount in details if detail["proration"]) == [-1600, 3200]


@pytest.mark.parametrize("mode", MODES)
def test_an_anchor_reset_bills_usage_now_and_starts_a_period(shop: Any, instant: Any, mode: str) -> None:
    """CHG-11 CHG-06: at the price of this moment, in both modes."""
    subscription = shop.subscribe(shop.metered("10"), billing_mode={"type": mode})
    shop.use(5, shop.start + 5)
    shop.advance("2026-01-16")
    changed = shop.change(subscription, billing_cycle_anchor={"type": "now"})
    invoice = shop.last_invoice(subscription)
    assert (invoice["total"], invoice["status"], invoice["billing_reason"]) == (
        50,
        "paid",
        "subscription_update",
    )
    assert changed["billing_cycle_anchor"] == instant("2026-01-16")
    assert changed["items"]["data"][0]["current_period_end"] == instant("2026-02-16")
    assert (invoice["period_start"], invoice["period_end"]) == (shop.start, shop.now())  # INV-07


def test_a_reset_keeps_old_usage_when_the_price_changes_too(shop: Any) -> None:
    """CHG-06: classic, price and anchor at once: the old price bills its usage."""
    subscription = shop.subscribe(shop.metered("10"), billing_mode={"type": "classic"})
    shop.use(5, shop.start + 5)
    shop.advance("2026-01-16")
    items = [{"id": item_id(subscription), "price": shop.metered("3")}]
    shop.change(subscription, items=items, billing_cycle_anchor={"type": "now"})
    assert shop.last_invoice(subscription)["total"] == 50


def test_the_anchor_word_of_older_versions(shop: Any, instant: Any) -> None:
    """CHG-11: a bare `now`."""
    subscription = shop.subscribe(shop.licensed())
    shop.advance("2026-01-16")
    assert shop.change(subscription, billing_cycle_anchor="now")["billing_cycle_anchor"] == instant(
        "2026-01-16"
    )


def test_a_changed_interval_resets_the_anchor_and_invoices(shop: Any, instant: Any) -> None:
    """CHG-12: credit for the rest of the month, the year in advance."""
    subscription = shop.subscribe(shop.licensed(3100))
    shop.advance("2026-01-16")
    yearly = shop.licensed(20_000, interval="year")
    changed = shop.change(subscription, items=[{"id": item_id(subscription), "price": yearly}])
    invoice = shop.last_invoice(subscription)
    assert sorted(line["amount"] for line in invoice["lines"]["data"]) == [-1600, 20_000]
    assert (invoice["status"], invoice["total"]) == ("paid", 18_400)
    assert changed["billing_cycle_anchor"] == instant("2026-01-16")
    assert changed["items"]["data"][0]["current_period_end"] == instant("2027-01-16")


def test_a_moved_trial_end_moves_the_anchor(shop: Any, instant: Any) -> None:
    """CHG-13."""
    subscription = shop.subscribe(shop.licensed(), trial_period_days=7)
    changed = shop.change(subscription, trial_end=instant("2026-01-20"))
    assert changed["billing_cycle_anchor"] == changed["trial_end"] == instant("2026-01-20")
    assert changed["items"]["data"][0]["current_period_end"] == instant("2026-01-20")


def test_a_trial_ends_on_request(shop: Any) -> None:
    """CHG-13 CLK-80."""
    subscription = shop.subscribe(shop.licensed(1000), trial_period_days=7)
    shop.advance(shop.start + DAY)
    changed = shop.change(subscription, trial_end="now")
    assert (changed["status"], changed["billing_cycle_anchor"]) == ("active", shop.start + DAY)
    assert shop.last_invoice(subscription)["total"] == 1000


def test_an_update_announces_what_changed(shop: Any) -> None:
    """CLK-84: previous attributes."""
    subscription = shop.subscribe(shop.licensed(), metadata={"plan": "gold"})
    shop.change(subscription, metadata={"plan": "silver", "seat": "1"})
    event = list(shop.world.events.values())[-1]
    assert event.type == "customer.subscription.updated"
    assert event.previous == {"metadata": {"plan": "gold", "seat": None}}


def test_migration_goes_one_way(shop: Any) -> None:
    """SUB-04."""
    subscription = shop.subscribe(shop.metered("10"), billing_mode={"type": "classic"})
    shop.advance(shop.start + DAY)
    path = f"POST /v1/subscriptions/{subscription['id']}/migrate"
    migrated = shop.call.ok(path, billing_mode={"type": "flexible"})
    assert migrated["billing_mode"]["type"] == "flexible"
    assert migrated["billing_mode"]["updated_at"] == shop.start + DAY
    assert shop.call(path, billing_mode={"type": "classic"}).status == 400
    assert shop.call(path, billing_mode={"type": "flexible"}).status == 400


@pytest.mark.parametrize(
    ("params", "param"),
    [
        ({"items": [{"id": "si_none"}]}, "items[0][id]"),
        ({"items": [{"price": "price_none"}]}, "items[0][price]"),
        ({"cancel_at": 5}, "cancel_at"),
        ({"proration_date": 5}, "proration_date"),
        ({"days_until_due": 5}, "days_until_due"),
    ],
)
def test_an_impossible_change_is_refused_and_changes_nothing(
    shop: Any, params: dict[str, Any], param: str
) -> None:
    subscription = shop.subscribe(shop.licensed())
    before = shop.subscription(subscription)
    answer = shop.call(f"POST /v1/subscriptions/{subscription['id']}", metadata={"a": "b"}, **params)
    assert (answer.status, answer.error["param"]) == (400, param)
    assert shop.subscription(subscription) == before


@pytest.mark.parametrize(
    ("params", "param"),
    [
        ({"price": "price_none"}, "price"),
        ({"quantity": 3}, "quantity"),  # PRC-19
        ({"price": "legacy"}, "price"),  # LEG-22
    ],
)
def test_a_refused_item_names_its_own_parameter(shop: Any, params: dict[str, Any], param: str) -> None:
    """PRO-04: the route has no `items`."""
    if params.get("price") == "legacy":
        old = {"stripe-version": "2025-02-24.acacia"}
        usage = {"interval": "month", "usage_type": "metered"}
        made = shop.call.ok(
            "POST /v1/prices", old, currency="usd", unit_amount=1, product=shop.product, recurring=usage
        )
        params = {"price": made["id"]}
    subscription = shop.subscribe(shop.metered())
    answer = shop.call(f"POST /v1/subscription_items/{item_id(subscription)}", **params)
    assert (answer.status, answer.error["param"]) == (400, param)


def test_an_added_item_keeps_only_metadata_with_a_value(shop: Any) -> None:
    """An empty value takes a key away, also one that is not there yet."""
    subscription = shop.subscribe(shop.licensed())
    changed = shop.change(subscription, items=[{"price": shop.metered(), "metadata": {"a": "", "b": "1"}}])
    assert changed["items"]["data"][1]["metadata"] == {"b": "1"}


def test_the_last_item_cannot_go(shop: Any) -> None:
    subscription = shop.subscribe(shop.licensed())
    answer = shop.call(
        f"POST /v1/subscriptions/{subscription['id']}", items=[{"id": item_id(subscription), "deleted": True}]
    )
    assert answer.status == 400


def test_items_have_endpoints_of_their_own(shop: Any) -> None:
    """CHG-03 CHG-04 CHG-08: add, read, change, list, delete."""
    subscription = shop.subscribe(shop.licensed(3100))
    shop.advance("2026-01-16")
    added = shop.call.ok(
        "POST /v1/subscription_items", subscription=subscription["id"], price=shop.metered("10")
    )
    assert shop.call.ok(f"GET /v1/subscription_items/{added['id']}") == added
    shop.use(5, shop.now())
    listed = shop.call.ok("GET /v1/subscription_items", subscription=subscription["id"])["data"]
    assert [row["id"] for row in listed] == [item_id(subscription), added["id"]]
    path = f"POST /v1/subscription_items/{item_id(subscription)}"
    assert shop.call.ok(path, quantity=3, proration_behavior="none")["quantity"] == 3
    shop.advance("2026-01-17")
    deleted = shop.call.ok(f"DELETE /v1/subscription_items/{added['id']}", clear_usage=True)
    assert deleted == {"id": added["id"], "object": "subscription_item", "deleted": True}
    assert [item["amount"] for item in shop.pending()] == [50]
    assert shop.call(f"GET /v1/subscription_items/{added['id']}").status == 404


def test_a_credit_of_a_pending_debit_names_the_invoice_item(shop: Any) -> None:
    """CHG-55: what was debited a moment ago is not on an invoice yet."""
    subscription = shop.subscribe(shop.licensed(3000, interval="day", count=30))
    shop.advance(shop.start + 15 * DAY)
    for quantity in (2, 3):
        shop.change(subscription, items=[{"id": item_id(subscription), "quantity": quantity}])
    _, debit, credit, _ = shop.pending()
    assert credit["proration_details"]["credited_items"] == {
        "invoice_item": debit["id"],
        "invoice_line_item_details": None,
        "type": "invoice_item",
    }


def test_of_two_debits_on_one_invoice_a_credit_names_the_newer(shop: Any) -> None:
    """CHG-55: for the same time, of which the older one was credited already."""
    subscription = shop.subscribe(shop.licensed(3000, interval="day", count=30))
    shop.advance(shop.start + 15 * DAY)
    for quantity, behavior in ((2, "create_prorations"), (3, "always_invoice"), (4, "create_prorations")):
        items = [{"id": item_id(subscription), "quantity": quantity}]
        shop.change(subscription, items=items, proration_behavior=behavior)
    lines = {line["amount"]: line["id"] for line in shop.last_invoice()["lines"]["data"]}
    assert sorted(lines) == [-3000, -1500, 3000, 4500]
    credited = shop.pending()[0]["proration_details"]["credited_items"]["invoice_line_item_details"]
    assert credited["invoice_line_items"] == [lines[4500]]


def test_an_update_may_leave_its_invoice_to_the_payer(shop: Any) -> None:
    """SUB-15: default_incomplete."""
    subscription = shop.subscribe(shop.licensed(3100))
    shop.change(
        subscription,
        items=[{"id": item_id(subscription), "quantity": 2}],
        proration_behavior="always_invoice",
        payment_behavior="default_incomplete",
    )
    invoice = shop.last_invoice(subscription)
    assert (invoice["status"], invoice["attempted"], invoice["total"]) == ("open", False, 3100)
