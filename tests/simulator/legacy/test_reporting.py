"""Reporting usage records: what is accepted, and each refusal in its own words."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

TOO_EARLY = (
    "Cannot create the usage record with this timestamp because timestamps must be after the "
    "subscription's last invoice period (or current period start time)."
)
HOUR, DAY = 3_600, 86_400


def test_a_record_is_answered_with_itself(legacy: Any) -> None:
    """LEG-01, MTR-14: a `mbur_` id; `increment` is the default."""
    item = legacy.item()
    legacy.advance("2026-01-10")
    assert legacy.recorded(item, 7, "2026-01-05") == {
        "id": "mbur_sim000001",
        "object": "usage_record",
        "livemode": False,
        "quantity": 7,
        "subscription_item": item,
        "timestamp": legacy.start + 4 * DAY,
    }


@pytest.mark.parametrize("when", [None, "now"])
def test_now_is_the_clocks_now_and_the_default(legacy: Any, when: str | None) -> None:
    """LEG-01"""
    item = legacy.item()
    legacy.advance("2026-01-10")
    assert legacy.recorded(item, 1, when)["timestamp"] == legacy.start + 9 * DAY


def test_without_a_clock_now_is_wall_time(legacy: Any) -> None:
    """LEG-01"""
    customer = legacy.ok("POST /v1/customers", payment_method="pm_card_visa")["id"]
    item = legacy.item(customer=customer)
    legacy.world.sleep(60)
    assert legacy.recorded(item, 1)["timestamp"] == legacy.world.wall


def test_increments_add_up_to_fifteen(legacy: Any) -> None:
    """N-17"""
    item = legacy.item()
    legacy.advance("2026-01-02")
    legacy.recorded(item, 5, "2026-01-02")
    legacy.recorded(item, 10, "2026-01-02")
    assert legacy.totals(item) == [15]


def test_sets_at_different_seconds_add_up(legacy: Any) -> None:
    """N-18: at 300 each, 900 after the second report and 1800 after the third."""
    item = legacy.item()
    legacy.advance("2026-01-02")
    amounts = []
    for quantity in (1, 2, 3):
        legacy.recorded(item, quantity, legacy.start + quantity, "set")
        amounts.append(300 * legacy.totals(item)[0])
    assert amounts[1:] == [900, 1800]


@pytest.mark.parametrize(
    ("records", "total"),
    [
        ([(5, 1, "increment"), (10, 1, "increment")], 15),
        ([(5, 1, "set"), (10, 1, "set")], 10),
        ([(5, 1, "set"), (10, 2, "set")], 15),
        ([(5, 1, "set"), (3, 1, "increment")], 8),
        ([(50, 1, "set"), (0, 1, "set"), (5, 1, "set")], 5),
        ([(5, 1, "increment"), (70, 1, "increment"), (5, 1, "set")], 5),
        ([(5, 1, "increment"), (3, 2, "increment"), (0, 1, "set")], 3),
        ([(0, 1, "increment")], 0),
    ],
    ids=[
        "add",
        "overwrite",
        "two-seconds",
        "add-to-set",
        "mend-a-set",
        "mend-an-increment",
        "one-only",
        "zero",
    ],
)
def test_a_set_overwrites_its_own_second_only(legacy: Any, records: list[Any], total: int) -> None:
    """LEG-04, LEG-05: corrections go through `set` at the very same second."""
    item = legacy.item()
    legacy.advance("2026-01-02")
    for quantity, second, action in records:
        legacy.recorded(item, quantity, legacy.start + second, action)
    assert legacy.totals(item) == [total]


def test_records_cannot_be_deleted_nor_listed(legacy: Any) -> None:
    """LEG-05: no such endpoints; only totals can be read."""
    item = legacy.item()
    legacy.advance("2026-01-02")
    record = legacy.recorded(item, 5)["id"]
    for line in (f"GET /v1/subscription_items/{item}/usage_records", f"DELETE /v1/usage_records/{record}"):
        assert legacy(line).status == 404


@pytest.mark.parametrize("offset", [-40 * DAY, -1, 0])
def test_a_timestamp_up_to_the_periods_start_is_too_early(legacy: Any, offset: int) -> None:
    """LEG-07, LEG-08"""
    item = legacy.item()
    legacy.advance("2026-01-10")
    refused = legacy.record(item, 1, legacy.start + offset)
    assert (refused.status, refused.error["type"], refused.error["param"]) == (
        400,
        "invalid_request_error",
        "timestamp",
    )
    assert refused.message == TOO_EARLY
    assert legacy.totals(item) == [0]


def test_backdated_time_is_no_current_period(legacy: Any) -> None:
    """LEG-07, SUB-19"""
    item = legacy.item(backdate_start_date=legacy.start - 10 * DAY)
    assert legacy.record(item, 1, legacy.start - DAY).message == TOO_EARLY
    legacy.advance("2026-01-10")
    legacy.recorded(item, 1)


def test_an_item_added_later_takes_records_from_then_on(legacy: Any) -> None:
    """LEG-07, INV-15: that a period began before the item doesn't help it; assumed."""
    subscription = legacy.subscribe()
    legacy.advance("2026-01-10")
    added = legacy.ok("POST /v1/subscription_items", subscription=subscription["id"], price=legacy.price())
    legacy.advance("2026-01-11")
    assert legacy.record(added["id"], 1, "2026-01-09").message == TOO_EARLY
    legacy.recorded(added["id"], 2, "2026-01-10T00:00:01")
    legacy.advance("2026-02-02")
    assert sorted(legacy.billed()[0]) == [(0, 0), (2, 600)]


def test_now_is_too_early_right_after_the_creation(legacy: Any) -> None:
    """LEG-09: one second later it is not."""
    item = legacy.item()
    assert legacy.record(item, 1, "now").message == TOO_EARLY
    legacy.advance(legacy.start + 1)
    legacy.recorded(item, 1, "now")


@pytest.mark.parametrize(("ahead", "status"), [(60, 200), (300, 200), (301, 400), (DAY, 400)])
def test_some_minutes_ahead_are_accepted(legacy: Any, ahead: int, status: int) -> None:
    """LEG-07, LEG-11: the limit of five minutes is assumed."""
    item = legacy.item()
    answer = legacy.record(item, 1, legacy.start + ahead)
    assert answer.status == status
    if status == 400:
        assert answer.error["param"] == "timestamp"
        assert "future" in answer.message


def test_a_record_ahead_may_not_leave_the_period(legacy: Any, instant: Callable[[str], int]) -> None:
    """LEG-03, LEG-07: the last second belongs to the period, the next does not."""
    item = legacy.item()
    end = instant("2026-02-01")
    legacy.advance(end - 60)
    assert legacy.record(item, 1, end).status == 200
    assert legacy.record(item, 1, end + 1).status == 400


def test_a_canceled_subscription_takes_no_records(legacy: Any) -> None:
    """LEG-13"""
    subscription = legacy.subscribe()
    legacy.advance("2026-01-10")
    legacy.ok(f"DELETE /v1/subscriptions/{subscription['id']}")
    refused = legacy.record(subscription["items"]["data"][0]["id"], 1)
    assert refused.status == 400
    assert refused.message == "Cannot create the usage record because the subscription has been canceled."


def test_an_item_on_a_meter_takes_no_records(legacy: Any, meter: dict[str, Any]) -> None:
    """LEG-14, LEG-15"""
    recurring = {"interval": "month", "usage_type": "metered", "meter": meter["id"]}
    item = legacy.subscribe(legacy.price(recurring=recurring))["items"]["data"][0]["id"]
    legacy.advance("2026-01-10")
    refused = legacy.record(item, 1)
    assert refused.status == 400
    assert refused.message == (
        f"Cannot create a usage record for `{item}` because it is not on the legacy metered billing system. "
        "Call /v1/billing/meter_events instead."
    )
    unlisted = legacy(f"GET /v1/subscription_items/{item}/usage_record_summaries")
    assert unlisted.status == 400
    assert unlisted.message == (
        f"Cannot list usage record summaries for `{item}` because it is not on the legacy metered billing "
        "system. Call /v1/billing/meters/:id/event_summaries instead."
    )


def test_a_licensed_item_takes_no_records(legacy: Any) -> None:
    """LEG-16: the text is the simulator's own."""
    item = legacy.subscribe(legacy.price(recurring={"interval": "month"}))["items"]["data"][0]["id"]
    legacy.advance("2026-01-10")
    refused = legacy.record(item, 1)
    assert (refused.status, refused.error["type"]) == (400, "invalid_request_error")
    assert "licensed" in refused.message
    assert legacy(f"GET /v1/subscription_items/{item}/usage_record_summaries").status == 400


@pytest.mark.parametrize("quantity", [-1, "1.5", "many", ""])
def test_quantities_are_whole_numbers_from_zero(legacy: Any, quantity: Any) -> None:
    """LEG-17"""
    item = legacy.item()
    legacy.advance("2026-01-10")
    refused = legacy.record(item, quantity)
    assert (refused.status, refused.error["param"]) == (400, "quantity")


def test_a_quantity_is_required_and_the_action_is_one_of_two(legacy: Any) -> None:
    """LEG-01"""
    item = legacy.item()
    path = f"POST /v1/subscription_items/{item}/usage_records"
    assert legacy(path).error["code"] == "parameter_missing"
    assert legacy(path, quantity=1, action="add").error["param"] == "action"
    assert legacy(path, quantity=1, timestamp="soon").error["param"] == "timestamp"
    assert legacy(path, quantity=1, usage=2).error["code"] == "parameter_unknown"


@pytest.mark.parametrize("item", ["si_none", "sub_sim000001"])
def test_an_unknown_item_is_named(legacy: Any, item: str) -> None:
    """PRO-05; a subscription's id in place of its item's is a common slip."""
    legacy.subscribe()
    refused = legacy.record(item, 1)
    assert (refused.status, refused.error["code"]) == (404, "resource_missing")
    assert refused.message == f"No such subscription item: '{item}'"


def test_an_advancing_clock_locks_records_out(legacy: Any) -> None:
    """CLK-34: that it holds for records too is assumed."""
    item = legacy.item()
    legacy.ok(f"POST /v1/test_helpers/test_clocks/{legacy.clock}/advance", frozen_time=legacy.start + HOUR)
    assert legacy.record(item, 1).status == 429


def test_a_key_sent_twice_counts_once(legacy: Any, call: Any, versions: tuple[str, str, str]) -> None:
    """LEG-32: the idempotency key is all there is against sending twice."""
    item = legacy.item()
    legacy.advance("2026-01-10")
    headers = {"stripe-version": versions[0], "idempotency-key": "once"}
    first, again = (
        call(
            f"POST /v1/subscription_items/{item}/usage_records",
            headers,
            quantity=4,
            timestamp=legacy.start + 5,
        )
        for _ in range(2)
    )
    assert first.body == again.body
    assert legacy.totals(item) == [4]
