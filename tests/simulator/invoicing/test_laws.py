"""Laws over generated stories: hops do not matter, units are conserved, previews come true."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

HOUR = 3_600
DAY = 86_400

FEW = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
TERMS = st.sampled_from(
    [
        {"unit": "10"},
        {"unit": "0.37"},
        {"tiers": [(5, 10, 250), ("inf", 7, None)], "mode": "graduated"},
        {"tiers": [(5, 10, 250), (50, 7, None), ("inf", 3, 100)], "mode": "volume"},
    ]
)
INTERVALS = st.sampled_from([("month", 1), ("week", 1), ("day", 10), ("month", 3)])
STARTS = st.sampled_from(["2026-01-31T10:00:00", "2028-01-30", "2026-02-28T23:59:59", "2026-03-15"])


def price_of(shop: Any, terms: dict[str, Any], interval: tuple[str, int]) -> str:
    unit, count = interval
    if "unit" in terms:
        made: str = shop.metered(terms["unit"], interval=unit, count=count)
        return made
    tiers = [
        {"up_to": up_to, "unit_amount": each} | ({} if flat is None else {"flat_amount": flat})
        for up_to, each, flat in terms["tiers"]
    ]
    tiered: str = shop.metered(
        interval=unit, count=count, billing_scheme="tiered", tiers_mode=terms["mode"], tiers=tiers
    )
    return tiered


def story(shop: Any, terms: dict[str, Any], interval: tuple[str, int], mode: str) -> dict[str, Any]:
    """Subscribe to a metered and a licensed price."""
    subscription: dict[str, Any] = shop.subscribe(
        price_of(shop, terms, interval),
        shop.licensed(1999, interval=interval[0], count=interval[1]),
        billing_mode={"type": mode},
    )
    return subscription


def told(shop: Any, subscription: dict[str, Any]) -> list[Any]:
    keys = (
        "status",
        "number",
        "total",
        "created",
        "period_start",
        "period_end",
        "amount_due",
        "status_transitions",
    )
    lines = ("description", "amount", "quantity_decimal", "period")
    return [
        ([invoice[key] for key in keys], [[line[key] for key in lines] for line in invoice["lines"]["data"]])
        for invoice in shop.invoices(subscription)
    ]


@FEW
@given(
    TERMS,
    INTERVALS,
    STARTS,
    st.sampled_from(["classic", "flexible"]),
    st.sets(st.integers(1, 80 * DAY - 1), max_size=6),
)
def test_one_hop_or_many_end_in_the_same_invoices(
    new_shop: Any, terms: dict[str, Any], interval: tuple[str, int], starts: str, mode: str, hops: set[int]
) -> None:
    """CLK-76 CLK-78 CLK-79 CLK-95: with nothing reacting in between."""
    tellings = []
    for stops in (set(), hops):
        shop = new_shop(starts=starts)
        subscription = story(shop, terms, interval, mode)
        shop.use(17, shop.start)
        for stop in sorted({*stops, *range(0, 80 * DAY, 14 * DAY), 80 * DAY} - {0}):
            shop.advance(shop.start + stop)
        tellings.append(told(shop, subscription))
    assert tellings[0] == tellings[1]


@FEW
@given(TERMS, INTERVALS, STARTS, st.lists(st.tuples(st.integers(0, 13), st.integers(0, 60)), max_size=8))
def test_every_unit_reported_in_time_is_on_one_invoice(
    new_shop: Any, terms: dict[str, Any], interval: tuple[str, int], starts: str, uses: list[tuple[int, int]]
) -> None:
    """INV-12 INV-13: lines of consecutive periods tile, so nothing is lost or billed twice."""
    shop = new_shop(starts=starts)
    subscription = story(shop, terms, interval, "flexible")
    metered = subscription["items"]["data"][0]["id"]
    for step in range(14):
        for when, value in uses:
            if when == step:
                shop.use(value, shop.now())
        shop.advance(shop.now() + 7 * DAY)
    shop.advance(shop.now() + 14 * DAY)
    for _ in range(5):
        shop.advance(shop.now() + 14 * DAY)
    lines = [
        line
        for invoice in shop.invoices(subscription)
        for line in invoice["lines"]["data"]
        if line["parent"]["subscription_item_details"]["subscription_item"] == metered
    ]
    end = max((line["period"]["end"] for line in lines), default=shop.start)
    billed = sum(int(line["quantity"]) for line in lines)
    expected = sum(value for when, value in uses if shop.start + when * 7 * DAY < end)
    assert billed == expected
    periods = sorted({(line["period"]["start"], line["period"]["end"]) for line in lines})
    assert all(before[1] == after[0] for before, after in pairwise(periods))


@FEW
@given(
    TERMS,
    INTERVALS,
    st.sampled_from(["classic", "flexible"]),
    st.integers(0, 200),
    st.integers(1, 9),
    st.integers(0, 6),
    st.sampled_from(["create_prorations", "none"]),
    st.lists(st.integers(-2_000, 2_000), max_size=3),
)
def test_a_preview_comes_true(
    new_shop: Any,
    terms: dict[str, Any],
    interval: tuple[str, int],
    mode: str,
    usage: int,
    quantity: int,
    day: int,
    behavior: str,
    extras: list[int],
) -> None:
    """INV-76: the preview of the next cycle is the invoice, when only the items it was asked for come."""
    shop = new_shop()
    subscription = story(shop, terms, interval, mode)
    shop.use(usage, shop.start)
    if day:
        shop.advance(shop.start + day * DAY)
        items = [{"id": subscription["items"]["data"][1]["id"], "quantity": quantity}]
        shop.change(subscription, items=items, proration_behavior=behavior)
    added = [{"amount": amount, "currency": "usd", "description": "Extra"} for amount in extras]
    preview = shop.preview(subscription, invoice_items=added)
    for item in added:
        shop.call.ok("POST /v1/invoiceitems", customer=shop.customer, **item)
    shop.advance(preview["created"] + HOUR)
    final = shop.last_invoice(subscription)
    keys = ("description", "amount", "quantity_decimal", "period")
    assert [[line[key] for key in keys] for line in preview["lines"]["data"]] == [
        [line[key] for key in keys] for line in final["lines"]["data"]
    ]
    assert (preview["total"], preview["amount_due"]) == (final["total"], final["amount_due"])


@FEW
@given(
    st.integers(0, 30 * DAY), st.integers(1, 50), st.integers(1, 50), st.sampled_from(["classic", "flexible"])
)
def test_a_change_and_its_opposite_cancel_out(
    new_shop: Any, after: int, one: int, other: int, mode: str
) -> None:
    """CHG-54 CHG-55: at the same second, in both modes."""
    shop = new_shop()
    subscription = shop.subscribe(
        {"price": shop.licensed(1999), "quantity": one}, billing_mode={"type": mode}
    )
    item = subscription["items"]["data"][0]["id"]
    if after:
        shop.advance(shop.start + after)
    for quantity in (other, one):
        shop.change(subscription, items=[{"id": item, "quantity": quantity}])
    assert sum(entry["amount"] for entry in shop.pending()) == 0


FATES = st.fixed_dictionaries(
    {},
    optional={
        "trial_period_days": st.integers(1, 40),
        "cancel_at": st.integers(1, 80 * DAY).map(lambda offset: {"offset": offset}),
        "cancel_at_period_end": st.just(value=True),
        "payment_behavior": st.just("default_incomplete"),
    },
)


@FEW
@given(
    FATES,
    INTERVALS,
    st.sampled_from(["classic", "flexible"]),
    st.sampled_from(["pm_card_visa", "pm_card_chargeCustomerFail", None]),
    st.sampled_from(["canceled", "unpaid", "past_due"]),
    st.sampled_from([None, "keep_as_draft", "mark_uncollectible", "void"]),
    st.sets(st.integers(1, 80 * DAY - 1), max_size=6),
)
def test_hops_do_not_matter_to_any_fate(
    new_shop: Any,
    fate: dict[str, Any],
    interval: tuple[str, int],
    mode: str,
    card: str | None,
    final: str,
    pause: str | None,
    hops: set[int],
) -> None:
    """CLK-76 CLK-95: trials, planned ends, failing cards, paused collection; events come in one order too."""
    if "cancel_at" in fate and "cancel_at_period_end" in fate:
        del fate["cancel_at_period_end"]
    tellings = []
    for stops in (set(), hops):
        shop = new_shop(card=card, dunning_ends_in=final)
        asked = dict(fate)
        if "cancel_at" in asked:
            asked["cancel_at"] = shop.start + asked["cancel_at"]["offset"]
        unit, count = interval
        licensed = shop.licensed(1999, interval=unit, count=count)
        made = shop.call(
            "POST /v1/subscriptions",
            customer=shop.customer,
            items=[{"price": licensed}, {"price": shop.metered("7", interval=unit, count=count)}],
            billing_mode={"type": mode},
            **asked,
        )
        if made.status != 200:
            assert card is None
            return
        if pause:
            shop.change(made.body, pause_collection={"behavior": pause})
        shop.use(170, shop.start)
        for stop in sorted({*stops, *range(0, 80 * DAY, 14 * DAY), 80 * DAY} - {0}):
            shop.advance(shop.start + stop)
        current = shop.subscription(made.body)
        happened = [kind for kind in shop.events() if not kind.startswith("test_helpers")]
        tellings.append((told(shop, made.body), current["status"], current["ended_at"], happened))
    assert tellings[0] == tellings[1]
