"""Previews of what a schedule will bill."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

HOUR = 3_600
DAY = 86_400
PREVIEW = "POST /v1/invoices/create_preview"
KEYS = ("description", "amount", "quantity_decimal", "period")


def rows(invoice: dict[str, Any]) -> list[list[Any]]:
    return [[line[key] for key in KEYS] for line in invoice["lines"]["data"]]


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.tuples(
            st.one_of(st.integers(3, 40), st.sampled_from([7, 28, 31])),
            st.sampled_from(["none", "create_prorations", "always_invoice"]),
            st.sampled_from(["automatic", "phase_start"]),
            st.integers(1, 3),
            st.sampled_from(["month", "week"]),
        ),
        min_size=2,
        max_size=4,
    ),
    st.sampled_from(["classic", "flexible"]),
    st.sampled_from(["release", "cancel"]),
    st.integers(0, 2),
    st.integers(0, 200),
)
def test_a_preview_comes_true(
    new_shop: Any, phases: list[tuple[int, str, str, int, str]], mode: str, end: str, day: int, usage: int
) -> None:
    """INV-76: through all phases up to the next invoice, when nothing happens in between."""
    shop = new_shop()
    edge, asked = shop.start, []
    for days, behavior, anchor, quantity, interval in phases:
        edge += days * DAY
        items = [
            {"price": shop.metered(str(quantity), interval=interval)},
            {"price": shop.licensed(700 * quantity, interval=interval), "quantity": quantity},
        ]
        asked.append({"items": items, "end_date": edge, "proration_behavior": behavior})
        asked[-1]["billing_cycle_anchor"] = anchor
    made = shop.schedule(*asked, billing_mode={"type": mode}, end_behavior=end)
    shop.use(usage, shop.start)
    if day:
        shop.advance(shop.start + day * DAY)
    answer = shop.call(PREVIEW, schedule=made["id"])
    before = len(shop.invoices())
    if answer.status == 404:  # an end that bills nothing makes no invoice (CLK-81)
        shop.advance_far(edge, 14)
        assert (end, len(shop.invoices())) == ("cancel", before)
        return
    preview = answer.body
    assert rows(shop.preview({"id": made["subscription"]})) == rows(preview)
    shop.advance(preview["created"])
    assert rows(shop.invoices()[before]) == rows(preview)
    assert shop.invoices()[before]["total"] == preview["total"]


def test_an_end_that_bills_nothing_is_not_announced(shop: Any, instant: Any) -> None:
    """CLK-82 CLK-81: a week before the period ends, the schedule is known to end the subscription first."""
    price = shop.metered("10")
    days = [{"items": [price], "end_date": instant(day)} for day in ("2026-01-25", "2026-01-28")]
    made = shop.schedule(*days, end_behavior="cancel")
    shop.advance("2026-02-02")
    assert "invoice.upcoming" not in shop.events()
    assert shop.managed(made)["status"] == "canceled"


@pytest.mark.parametrize(
    ("behavior", "amounts", "comes"),
    [
        ("create_prorations", [387, -774, 1419, -710, 1000], "2026-02-01"),
        ("always_invoice", [387, -774, 1419, -710], "2026-01-20"),
    ],
)
def test_a_preview_goes_through_the_phases_before_it_and_changes_nothing(
    shop: Any, behavior: str, amounts: list[int], comes: str, instant: Any
) -> None:
    """CHG-10 SUB-42: what phases leave pending joins the next invoice, of a renewal or of a phase."""
    price = shop.licensed(1000)
    made = shop.schedule(
        {"items": [price], "end_date": instant("2026-01-10")},
        {"items": [{"price": price, "quantity": 2}], "end_date": instant("2026-01-20")},
        {"items": [price], "months": 1, "proration_behavior": behavior},
    )
    before = (shop.scheduled(made), shop.managed(made), shop.pending(), shop.events())
    preview = shop.call.ok(PREVIEW, schedule=made["id"])
    assert [line["amount"] for line in preview["lines"]["data"]] == amounts
    assert preview["created"] == instant(comes)
    assert (shop.scheduled(made), shop.managed(made), shop.pending(), shop.events()) == before


@pytest.mark.parametrize(
    ("asked", "status", "word"),
    [
        ({"schedule": "sub_sched_none"}, 400, "No such subscription_schedule"),
        ({"schedule": "waiting"}, 501, "not started"),
        ({"schedule": "running", "subscription": "sub_sim000001"}, 400, "cannot be used with"),
        ({"schedule": "over"}, 404, "No upcoming invoices"),
        ({"schedule_details": {"end_behavior": "cancel"}}, 501, "schedule_details"),
    ],
)
def test_what_cannot_be_previewed_is_refused(
    shop: Any, asked: dict[str, Any], status: int, word: str
) -> None:
    """INV-77"""
    price = shop.metered("10")
    known = {
        "running": shop.schedule({"items": [price]})["id"],
        "over": shop.schedule({"items": [price]})["id"],
        "waiting": shop.schedule({"items": [price]}, start_date=shop.start + DAY)["id"],
    }
    shop.call.ok(f"POST /v1/subscription_schedules/{known['over']}/release")
    answer = shop.call(
        PREVIEW, **asked | {key: known[value] for key, value in asked.items() if str(value) in known}
    )
    assert answer.status == status
    assert word in answer.message
