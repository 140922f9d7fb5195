"""Usage record summaries: all that can be read of usage records."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest


def test_the_open_period_comes_first_and_names_no_invoice(legacy: Any, instant: Callable[[str], int]) -> None:
    """LEG-02: newest first."""
    item = legacy.item()
    legacy.advance("2026-01-10")
    legacy.recorded(item, 5)
    legacy.advance("2026-02-10")
    legacy.recorded(item, 8)
    newest, oldest = legacy.summaries(item)
    february, january = instant("2026-02-01"), instant("2026-01-01")
    assert newest == {
        "id": newest["id"],
        "object": "usage_record_summary",
        "invoice": None,
        "livemode": False,
        "period": {"start": february, "end": instant("2026-03-01")},
        "subscription_item": item,
        "total_usage": 8,
    }
    assert oldest["period"] == {"start": january, "end": february}
    assert (oldest["total_usage"], oldest["invoice"]) == (5, legacy.invoices()[-1]["id"])


def test_the_last_second_belongs_to_the_period_that_ends(legacy: Any, instant: Callable[[str], int]) -> None:
    """LEG-03: (start, end]."""
    item = legacy.item()
    end = instant("2026-02-01")
    legacy.advance(end - 1)
    legacy.recorded(item, 3, end)
    legacy.advance(end + 1)
    legacy.recorded(item, 4, end + 1)
    assert legacy.totals(item) == [4, 3]
    assert legacy.billed() == [[(3, 900)]]


def test_twenty_seven_increments_show_as_one_total(legacy: Any) -> None:
    """LEG-02: records cannot be listed, so which of them is wrong cannot be seen."""
    item = legacy.item()
    legacy.advance("2026-01-10")
    for second in range(27):
        legacy.recorded(item, 1, legacy.start + 1 + second)
    (row,) = legacy.summaries(item)
    assert row["total_usage"] == 27
    assert not {"quantity", "records", "data"} & set(row)


@pytest.mark.parametrize(
    ("aggregate", "totals"),
    [
        (None, [0, 12]),
        ("sum", [0, 12]),
        ("max", [0, 9]),
        ("last_during_period", [0, 3]),
        ("last_ever", [3, 3]),
    ],
)
def test_totals_follow_the_price(legacy: Any, aggregate: str | None, totals: list[int]) -> None:
    """LEG-20; that summaries follow it like invoices is assumed."""
    item = legacy.item(aggregate)
    legacy.advance("2026-01-10")
    legacy.recorded(item, 9, "2026-01-05", "set")
    legacy.recorded(item, 3, "2026-01-07", "set")
    legacy.advance("2026-02-02")
    assert legacy.totals(item) == totals


def test_summaries_turn_pages(legacy: Any) -> None:
    """PRO-14"""
    item = legacy.item()
    for month in (2, 3, 4):
        legacy.advance(f"2026-0{month}-02")
    first = legacy.ok(f"GET /v1/subscription_items/{item}/usage_record_summaries", limit=3)
    assert (len(first["data"]), first["has_more"]) == (3, True)
    rest = legacy.summaries(item, starting_after=first["data"][-1]["id"])
    assert [row["period"]["start"] for row in rest] == [legacy.start]


def test_a_trials_usage_is_summed_up_and_never_billed(legacy: Any, instant: Callable[[str], int]) -> None:
    """LEG-02, CHG-29"""
    item = legacy.item(trial_end=instant("2026-01-15"))
    legacy.advance("2026-01-10")
    legacy.recorded(item, 5)
    legacy.advance("2026-01-20")
    legacy.recorded(item, 2)
    assert legacy.totals(item) == [2, 5]
    legacy.advance("2026-02-16")
    assert [line for invoice in legacy.billed() for line in invoice if line[0]] == [(2, 600)]


def test_a_canceled_subscriptions_totals_can_still_be_read(legacy: Any) -> None:
    """LEG-02: what was never billed shows no invoice."""
    subscription = legacy.subscribe()
    item = subscription["items"]["data"][0]["id"]
    legacy.advance("2026-01-10")
    legacy.recorded(item, 5)
    legacy.ok(f"DELETE /v1/subscriptions/{subscription['id']}")
    (row,) = legacy.summaries(item)
    assert (row["total_usage"], row["invoice"]) == (5, None)


def test_a_final_invoice_closes_the_last_period(legacy: Any) -> None:
    """LEG-02: its usage is shown once, with that invoice."""
    subscription = legacy.subscribe()
    item = subscription["items"]["data"][0]["id"]
    legacy.advance("2026-01-10")
    legacy.recorded(item, 5)
    legacy.ok(f"DELETE /v1/subscriptions/{subscription['id']}", invoice_now=True)
    (row,) = legacy.summaries(item)
    assert (row["total_usage"], row["invoice"]) == (5, legacy.invoices()[-1]["id"])
