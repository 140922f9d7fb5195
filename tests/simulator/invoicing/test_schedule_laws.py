"""Laws over generated schedules: hops do not matter, and units stay units from phase to phase."""

from __future__ import annotations

from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

DAY = 86_400
DAYS = 80
FEW = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
PHASES = st.lists(
    st.fixed_dictionaries(
        {
            "days": st.sampled_from([7, 10, 28, 31]),
            "unit": st.sampled_from(["10", "0.37", "25"]),
            "fee": st.sampled_from([None, 1999, 500]),
            "interval": st.sampled_from(["month", "week"]),
        },
        optional={
            "months": st.integers(1, 2),
            "proration_behavior": st.sampled_from(["none", "create_prorations", "always_invoice"]),
            "billing_cycle_anchor": st.sampled_from(["automatic", "phase_start"]),
            "quantity": st.integers(1, 3),
            "trial": st.just(value=True),
        },
    ),
    min_size=1,
    max_size=4,
)
MODES = st.sampled_from(["classic", "flexible"])
STARTS = st.sampled_from([0, 5, -3])


def scheduled(
    shop: Any, phases: list[dict[str, Any]], mode: str, start: int, end: str
) -> dict[str, Any] | None:
    """A schedule of the generated phases; None where it is not modelled or cannot be."""
    asked = []
    edge = max(shop.start + start * DAY, shop.start) if start else shop.start
    for phase in phases:
        every = {"interval": phase["interval"]}
        items: list[dict[str, Any]] = [{"price": shop.metered(phase["unit"], **every)}]
        if phase["fee"]:
            fee = shop.licensed(phase["fee"], **every)
            items.append({"price": fee, "quantity": phase.get("quantity", 1)})
        made = {key: phase[key] for key in ("proration_behavior",) if key in phase} | {"items": items}
        if "trial" in phase:
            made["trial"] = True
        elif "billing_cycle_anchor" in phase:
            made["billing_cycle_anchor"] = phase["billing_cycle_anchor"]
        if "months" in phase:
            made["duration"] = {"interval": "month", "interval_count": phase["months"]}
        elif not asked or "end_date" in asked[-1]:
            edge += phase["days"] * DAY
            made["end_date"] = edge
        asked.append(made)
    answer = shop.call(
        "POST /v1/subscription_schedules",
        customer=shop.customer,
        start_date=shop.start + start * DAY,
        phases=asked,
        end_behavior=end,
        billing_mode={"type": mode},
    )
    assert answer.status in {200, 501}, answer.body
    return answer.body if answer.status == 200 else None


def told(shop: Any) -> list[Any]:
    """The customer's invoices, what waits for one, and what was announced."""
    keys = ("status", "billing_reason", "total", "created", "period_start", "period_end", "amount_due")
    lines = ("description", "amount", "quantity_decimal", "period")
    invoices = [
        ([invoice[key] for key in keys], [[line[key] for key in lines] for line in invoice["lines"]["data"]])
        for invoice in shop.invoices()
    ]
    waiting = [(entry["amount"], entry["quantity"]) for entry in shop.pending()]
    return [invoices, waiting, [kind for kind in shop.events() if not kind.startswith("test_helpers")]]


@FEW
@given(
    PHASES,
    MODES,
    STARTS,
    st.sampled_from(["release", "cancel"]),
    st.sampled_from(["pm_card_visa", "pm_card_chargeCustomerFail"]),
    st.sets(st.integers(1, DAYS * DAY - 1), max_size=6),
)
def test_one_hop_or_many_end_in_the_same_invoices(
    new_shop: Any,
    phases: list[dict[str, Any]],
    mode: str,
    start: int,
    end: str,
    card: str,
    hops: set[int],
) -> None:
    """CLK-76 CLK-95: phases, and events, come in one order however the clock gets there."""
    tellings = []
    for stops in (set(), hops):
        shop = new_shop(card=card)
        made = scheduled(shop, phases, mode, start, end)
        if made is None:
            return
        shop.use(17, shop.start)
        for stop in sorted({*stops, *range(0, DAYS * DAY, 14 * DAY), DAYS * DAY} - {0}):
            shop.advance(shop.start + stop)
        over = shop.scheduled(made)
        tellings.append((told(shop), over["status"], over["completed_at"], over["phases"]))
    assert tellings[0] == tellings[1]


@FEW
@given(
    st.lists(st.tuples(st.sampled_from(["10", "3", "25"]), st.integers(3, 40)), min_size=2, max_size=4),
    st.lists(st.tuples(st.integers(0, 11), st.integers(1, 60)), max_size=8),
)
def test_flexible_mode_bills_every_unit_once_at_the_price_of_its_phase(
    new_shop: Any, phases: list[tuple[str, int]], uses: list[tuple[int, int]]
) -> None:
    """CHG-01 CHG-10: on a boundary or inside a period, at the price that held when it was used."""
    shop = new_shop()
    edge, asked = shop.start, []
    for unit, days in phases:
        edge += days * DAY
        asked.append({"items": [shop.metered(unit)], "end_date": edge})
    made = shop.schedule(*asked, billing_mode={"type": "flexible"})
    used: dict[str, int] = {}
    for step in range(12):
        now = shop.scheduled(made)
        current = shop.managed(made)["items"]["data"][0]["price"]["id"]
        assert now["status"] in {"active", "completed"}
        for value in [value for when, value in uses if when == step]:
            shop.use(value, shop.now())
            used[current] = used.get(current, 0) + value
        shop.advance(shop.now() + 7 * DAY)
    for _ in range(4):
        shop.advance(shop.now() + 14 * DAY)
    billed: dict[str, int] = {}
    for invoice in shop.invoices():
        for line in invoice["lines"]["data"]:
            price = line["pricing"]["price_details"]["price"]
            billed[price] = billed.get(price, 0) + int(line["quantity"])
    assert {price: units for price, units in billed.items() if units} == used


@FEW
@given(
    st.lists(st.integers(1, 2), min_size=2, max_size=3),
    MODES,
    st.sampled_from(["none", "create_prorations", "always_invoice"]),
    st.lists(st.integers(1, 60), min_size=6, max_size=6),
)
def test_on_boundaries_both_modes_bill_every_unit(
    new_shop: Any, months: list[int], mode: str, behavior: str, uses: list[int]
) -> None:
    """CHG-10"""
    shop = new_shop()
    phases = [
        {"items": [shop.metered(str(unit))], "months": count, "proration_behavior": behavior}
        for unit, count in enumerate(months, start=1)
    ]
    made = shop.schedule(*phases, billing_mode={"type": mode})
    expected = 0
    for value in uses:
        period = shop.managed(made)["items"]["data"][0]
        shop.use(value)
        expected += value * int(period["price"]["unit_amount"])
        shop.advance(period["current_period_end"])
    shop.advance(shop.now() + 3_600)
    assert sum(invoice["total"] for invoice in shop.invoices()) == expected
