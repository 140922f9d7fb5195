"""Phases that begin with a renewal, and those that only begin at the same instant (SUB-52, unverified)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

HOUR = 3_600
BOUNDARY = "2026-02-01"
MODES = pytest.mark.parametrize("mode", ["classic", "flexible"])
BEHAVIORS = ["create_prorations", "always_invoice", "none"]
FEW = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])

Rows = Callable[[dict[str, Any]], list[tuple[str, str | None, int]]]


def billed(invoice: dict[str, Any]) -> list[tuple[str, str, int]]:
    """(price, units, cents) of the lines that bill something."""
    return [
        (line["pricing"]["price_details"]["price"], line["quantity_decimal"], line["amount"])
        for line in invoice["lines"]["data"]
        if line["amount"]
    ]


def one_time(shop: Any, unit: int) -> str:
    return shop.call.ok("POST /v1/prices", currency="usd", product=shop.product, unit_amount=unit)["id"]


@MODES
@pytest.mark.parametrize("behavior", BEHAVIORS)
def test_one_invoice_bills_the_old_usage_and_the_new_plan(shop: Any, mode: str, behavior: str) -> None:
    """SUB-52 INV-21: new price and quantity, what is added, not what is gone; late usage at the old price."""
    old, new, gone, added = (shop.licensed(unit) for unit in (1000, 3000, 500, 800))
    cheap, dear, once = shop.metered("10"), shop.metered("25"), one_time(shop, 700)
    made = shop.schedule(
        {"items": [gone, {"price": old, "quantity": 1}, cheap], "months": 1},
        {
            "items": [{"price": new, "quantity": 2}, added, dear],
            "months": 2,
            "proration_behavior": behavior,
            "add_invoice_items": [{"price": once}],
        },
        billing_mode={"type": mode},
    )
    shop.use(7)
    shop.advance(BOUNDARY)
    shop.use(2, shop.now() - 60)
    shop.use(4)
    shop.advance("2026-02-01T01:00:00")
    [_, invoice] = shop.invoices()
    assert (invoice["status"], invoice["billing_reason"], shop.pending()) == (
        "paid",
        "subscription_cycle",
        [],
    )
    assert sorted(billed(invoice)) == sorted(
        [(once, "1", 700), (cheap, "9", 90), (added, "1", 800), (new, "2", 6000)]
    )
    shop.advance("2026-03-01T01:00:00")
    [*_, last] = shop.invoices(shop.managed(made))
    assert sorted(billed(last)) == sorted([(dear, "4", 100), (added, "1", 800), (new, "2", 6000)])


def test_one_off_prices_of_the_phase_cover_its_first_period(shop: Any, instant: Any) -> None:
    """VER-12"""
    price, once = shop.licensed(1000), one_time(shop, 700)
    phase = {"items": [price], "months": 1}
    shop.schedule(phase, phase | {"add_invoice_items": [{"price": once}]})
    shop.advance(BOUNDARY)
    spans = [line["period"] for line in shop.last_invoice()["lines"]["data"]]
    assert spans == [{"start": instant(BOUNDARY), "end": instant("2026-03-01")}] * 2


def test_the_invoice_is_collected_as_the_new_phase_says(shop: Any) -> None:
    """SUB-39 SUB-52"""
    sent = {"collection_method": "send_invoice", "invoice_settings": {"days_until_due": 9}}
    phase = {"items": [shop.licensed(1000)], "months": 1}
    shop.schedule(phase, phase | sent)
    shop.advance(BOUNDARY)
    invoice = shop.last_invoice()
    assert invoice["collection_method"] == "send_invoice"


def test_the_renewal_is_announced_once(shop: Any) -> None:
    """CLK-84"""
    shop.schedule(
        {"items": [shop.licensed(1000)], "months": 1}, {"items": [shop.licensed(3000)], "months": 2}
    )
    shop.advance("2026-01-31")
    before = len(shop.events())
    shop.advance(BOUNDARY)
    told = [kind for kind in shop.events(after=before) if not kind.startswith("test_helpers")]
    assert told == ["invoice.created", "customer.subscription.updated", "subscription_schedule.updated"]


@FEW
@given(
    st.sampled_from(["classic", "flexible"]),
    st.sampled_from(BEHAVIORS),
    st.sampled_from(["automatic", "phase_start"]),
    st.tuples(st.sampled_from([0, 999, 2000]), st.integers(1, 3)),
    st.tuples(st.sampled_from([0, 1999, 500]), st.integers(1, 3)),
    st.integers(0, 300),
)
def test_it_renews_like_a_subscription_that_had_the_new_licensed_price_all_along(
    new_shop: Any,
    rows: Rows,
    mode: str,
    behavior: str,
    anchor: str,
    old: tuple[int, int],
    new: tuple[int, int],
    usage: int,
) -> None:
    """SUB-52: with usage at the old metered price; so does the next renewal, which finds no usage."""
    keys = ("total", "period_start", "period_end", "billing_reason", "status", "created")
    seen = []
    for planned in (True, False):
        shop = new_shop()
        before, after = ({"price": shop.licensed(unit), "quantity": count} for unit, count in (old, new))
        cheap, dear = shop.metered("12"), shop.metered("37")
        if planned:
            then = {"months": 2, "proration_behavior": behavior, "billing_cycle_anchor": anchor}
            phases = [{"items": [before, cheap], "months": 1}, {"items": [after, dear], **then}]
            shop.schedule(*phases, billing_mode={"type": mode})
        else:
            shop.subscribe(after, cheap, billing_mode={"type": mode})
        shop.use(usage)
        shop.advance("2026-02-01T01:00:00")
        renewal = shop.last_invoice()
        told = [rows(renewal), [renewal[key] for key in keys], len(shop.invoices()), shop.pending()]
        shop.advance("2026-03-01T01:00:00")
        seen.append([*told, shop.last_invoice()["total"], len(shop.invoices()), shop.pending()])
    assert seen[0] == seen[1]


@MODES
def test_a_previewed_and_an_announced_renewal_come_true(shop: Any, rows: Rows, mode: str) -> None:
    """INV-76 CLK-82"""
    made = shop.schedule(
        {"items": [shop.licensed(1000), shop.metered("10")], "months": 1},
        {
            "items": [{"price": shop.licensed(3000), "quantity": 2}, shop.licensed(50), shop.metered("25")],
            "months": 2,
            "add_invoice_items": [{"price": one_time(shop, 700)}],
        },
        billing_mode={"type": mode},
    )
    shop.use(7)
    before = (shop.scheduled(made), shop.managed(made))
    preview = shop.preview(shop.managed(made))
    assert (shop.scheduled(made), shop.managed(made)) == before
    shop.advance("2026-01-31")
    announced = next(e for e in shop.world.events.values() if e.type == "invoice.upcoming")
    shop.advance("2026-02-01T01:00:00")
    told = [[line["amount"] for line in announced.snapshot["lines"]["data"]], announced.snapshot["total"]]
    invoice = shop.last_invoice()
    assert rows(invoice) == rows(preview)
    assert told == [[amount for _, _, amount in rows(invoice)], invoice["total"]]
    assert invoice["total"] == preview["total"] == 700 + 70 + 6000 + 50


def test_a_last_phase_that_is_shorter_than_a_period_bills_its_part(shop: Any, instant: Any) -> None:
    """CHG-22 SUB-41: like any renewal of a subscription that is to end inside the coming period."""
    shop.schedule(
        {"items": [shop.licensed(1000)], "months": 1},
        {"items": [shop.licensed(2800)], "end_date": instant("2026-02-11")},
        end_behavior="cancel",
    )
    shop.advance("2026-02-12")
    assert [invoice["total"] for invoice in shop.invoices()] == [1000, 1000]
    assert shop.pending() == []


def test_the_last_usage_of_an_item_that_goes_keeps_its_discount(shop: Any) -> None:
    half = shop.call.ok("POST /v1/coupons", percent_off=50, duration="forever")["id"]
    cheap, fee = shop.metered("10"), shop.licensed(1000)
    made = shop.schedule({"items": [fee, cheap], "months": 1}, {"items": [fee], "months": 1})
    item = shop.managed(made)["items"]["data"][1]["id"]
    shop.call.ok(f"POST /v1/subscription_items/{item}", discounts=[{"coupon": half}])
    shop.use(8)
    shop.advance("2026-02-01T01:00:00")
    assert shop.last_invoice()["total"] == 40 + 1000


LICENSED, OTHER = {"unit": 1000}, {"unit": 3000}


@pytest.mark.parametrize(
    ("start", "first", "second", "more", "totals", "pending"),
    [
        pytest.param(
            "2026-01-01",
            [LICENSED],
            [OTHER | {"interval": "week"}],
            {},
            [1000, 1000, 2000],
            [],
            id="another interval starts a new cycle (CHG-12)",
        ),
        pytest.param(
            "2026-01-01",
            [LICENSED],
            [LICENSED, OTHER | {"interval": "year"}],
            {},
            [1000, 1000],
            [2745],
            id="an added price whose period does not begin",
        ),
        pytest.param(
            "2026-01-01",
            [LICENSED, OTHER | {"interval": "year"}],
            [OTHER, OTHER | {"interval": "year"}],
            {},
            [4000, 1000],
            [-1000, 3000],
            id="a boundary where not all items renew (CHG-10)",
        ),
        pytest.param(
            "2026-01-01",
            [LICENSED, OTHER | {"interval": "year"}],
            [LICENSED],
            {},
            [4000, 1000],
            [-2745],
            id="an item that goes inside its own period",
        ),
        pytest.param(
            "2026-01-31",
            [LICENSED],
            [OTHER],
            {"billing_cycle_anchor": "phase_start"},
            [1000, 1000, 2000],
            [],
            id="an anchor that would move",
        ),
        pytest.param(
            "2026-01-01",
            [LICENSED],
            [OTHER],
            {"trial": True},
            [1000, 1000],
            [-1000, 3000, -3000],
            id="a trial",
        ),
    ],
)
def test_where_they_are_not_one_the_renewal_comes_first(
    new_shop: Any,
    start: str,
    first: list[dict[str, Any]],
    second: list[dict[str, Any]],
    more: dict[str, Any],
    totals: list[int],
    pending: list[int],
) -> None:
    shop = new_shop(starts=start)
    known: dict[str, str] = {}

    def items(asked: list[dict[str, Any]]) -> list[str]:
        return [known.setdefault(str(each), shop.licensed(**each)) for each in asked]

    made = shop.schedule(
        {"items": items(first), "months": 1},
        {"items": items(second), "months": 1, **more},
        billing_mode={"type": "flexible"},
    )
    shop.advance(made["phases"][0]["end_date"])
    assert [invoice["total"] for invoice in shop.invoices()] == totals
    assert [entry["amount"] for entry in shop.pending()] == pending
