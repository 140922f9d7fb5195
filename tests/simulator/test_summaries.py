"""Event summaries: alignment, windows, order, paging, formulas."""

from __future__ import annotations

from typing import Any

import pytest

HOUR, DAY = 3_600, 86_400


@pytest.fixture
def read(call: Any, meter: Any, customer: Any, start: int) -> Any:
    """Rows as `(hours since the start, hours, value)`."""

    def go(first: int = 0, last: int = 3 * DAY, meter_id: str | None = None, **more: Any) -> list[Any]:
        rows = call.ok(
            f"GET /v1/billing/meters/{meter_id or meter['id']}/event_summaries",
            customer=customer["id"],
            start_time=start + first,
            end_time=start + last,
            **more,
        )["data"]
        return [
            (
                (row["start_time"] - start) // HOUR,
                (row["end_time"] - row["start_time"]) // HOUR,
                row["aggregated_value"],
            )
            for row in rows
        ]

    return go


@pytest.fixture
def used(customer: Any, meter: Any, send: Any, advance: Any, start: int) -> None:
    """Values 1, 2, 4, … at hours 0, 0.5, 1, 25, 26, 49 after the start."""
    advance(customer["test_clock"], start + 3 * DAY)
    for power, hours in enumerate((0, 0.5, 1, 25, 26, 49)):
        assert send(customer["id"], 2**power, at=start + int(hours * HOUR)).status == 200


def test_an_item(call: Any, meter: Any, customer: Any, send: Any, start: int) -> None:
    """MTR-122: no customer in it; a number, not a string."""
    send(customer["id"], "2.5")
    path = f"/v1/billing/meters/{meter['id']}/event_summaries"
    body = call.ok(f"GET {path}", customer=customer["id"], start_time=start, end_time=start + 60)
    assert body["url"] == path
    assert body["data"] == [
        {
            "id": body["data"][0]["id"],
            "object": "billing.meter_event_summary",
            "aggregated_value": 2.5,
            "end_time": start + 60,
            "livemode": False,
            "meter": meter["id"],
            "start_time": start,
        }
    ]
    assert body["data"][0]["id"].startswith("mtrusg_test_")  # MTR-14


def test_one_for_the_range_without_grouping(used: None, read: Any) -> None:
    """MTR-26 MTR-119 MTR-120 MTR-124 MTR-129 CON-18: start included, end not."""
    assert read() == [(0, 72, 63)]
    assert read(0, 25 * HOUR) == [(0, 25, 7)]
    assert read(25 * HOUR, 49 * HOUR) == [(25, 24, 24)]
    assert read(60, HOUR) == [(0, 0, 2)]


def test_by_hour(used: None, read: Any) -> None:
    """MTR-120 MTR-123 MTR-126: newest first, no item for an empty hour."""
    rows = [(49, 1, 32), (26, 1, 16), (25, 1, 8), (1, 1, 4), (0, 1, 3)]
    assert read(value_grouping_window="hour") == rows


def test_by_day(used: None, read: Any) -> None:
    """MTR-120 MTR-123 MTR-126"""
    assert read(value_grouping_window="day") == [(48, 24, 32), (24, 24, 24), (0, 24, 7)]


def test_pages(call: Any, meter: Any, customer: Any, send: Any, advance: Any, start: int) -> None:
    """MTR-121: ten by default, so a day of hours is truncated."""
    advance(customer["test_clock"], start + DAY)
    for hour in range(24):
        send(customer["id"], hour, at=start + hour * HOUR)
    query = {
        "customer": customer["id"],
        "start_time": start,
        "end_time": start + DAY,
        "value_grouping_window": "hour",
    }
    path = f"GET /v1/billing/meters/{meter['id']}/event_summaries"
    first = call.ok(path, **query)
    assert ([row["aggregated_value"] for row in first["data"]], first["has_more"]) == (
        [*range(23, 13, -1)],
        True,
    )
    second = call.ok(path, **query, limit=100, starting_after=first["data"][-1]["id"])
    assert ([row["aggregated_value"] for row in second["data"]], second["has_more"]) == (
        [*range(13, -1, -1)],
        False,
    )
    back = call.ok(path, **query, limit=3, ending_before=second["data"][0]["id"])
    assert [row["aggregated_value"] for row in back["data"]] == [16, 15, 14]
    assert call(path, **query, limit=101).error["param"] == "limit"


def test_no_usage_is_an_empty_list(call: Any, read: Any, customer: Any, send: Any, start: int) -> None:
    """MTR-125"""
    assert read() == []
    send(customer["id"], 5, at=start, identifier="a")
    assert read() == [(0, 72, 5)]
    call.ok(
        "POST /v1/billing/meter_event_adjustments",
        event_name="api_calls",
        type="cancel",
        cancel={"identifier": "a"},
    )
    assert read() == []


def test_usage_that_adds_up_to_nothing_is_usage(read: Any, customer: Any, meter: Any, send: Any) -> None:
    """MTR-45 MTR-46 MTR-125"""
    for value in (5, -5, 0):
        send(customer["id"], value)
    assert read() == [(0, 72, 0)]


@pytest.mark.parametrize(
    ("change", "param"),
    [
        ({"start_time": 30}, "start_time"),
        ({"end_time": 30}, "end_time"),
        ({"start_time": 60, "value_grouping_window": "hour"}, "start_time"),
        ({"end_time": 60, "value_grouping_window": "hour"}, "end_time"),
        ({"start_time": HOUR, "value_grouping_window": "day"}, "start_time"),
        ({"end_time": HOUR, "value_grouping_window": "day"}, "end_time"),
        ({"end_time": -3 * DAY}, "end_time"),
        ({"value_grouping_window": "month"}, "value_grouping_window"),
    ],
)
def test_misaligned_ranges(
    call: Any, meter: Any, customer: Any, start: int, change: dict[str, Any], param: str
) -> None:
    """MTR-119 MTR-120 MTR-127"""
    moved = {name: start + value if isinstance(value, int) else value for name, value in change.items()}
    if "end_time" in moved:
        moved["end_time"] += 3 * DAY
    query = {"customer": customer["id"], "start_time": start, "end_time": start + 3 * DAY} | moved
    answer = call(f"GET /v1/billing/meters/{meter['id']}/event_summaries", **query)
    assert (answer.status, answer.error["param"]) == (400, param)


@pytest.mark.parametrize("missing", ["customer", "start_time", "end_time"])
def test_what_is_required(call: Any, meter: Any, customer: Any, start: int, missing: str) -> None:
    """MTR-119"""
    query = {"customer": customer["id"], "start_time": start, "end_time": start + 60}
    del query[missing]
    answer = call(f"GET /v1/billing/meters/{meter['id']}/event_summaries", **query)
    assert (answer.error["code"], answer.error["param"]) == ("parameter_missing", missing)


def test_years_ago_is_allowed(read: Any, meter: Any) -> None:
    """MTR-128"""
    assert read(-4000 * DAY, -3999 * DAY) == []


class TestFormulasAndWindows:
    def of(self, call: Any, customer: Any, formula: str, window: str | None) -> str:
        more = {"event_time_window": window} if window else {}
        made = call.ok(
            "POST /v1/billing/meters",
            display_name="x",
            event_name="api_calls",
            default_aggregation={"formula": formula},
            **more,
        )
        return str(made["id"])

    @pytest.fixture
    def meter(self) -> dict[str, Any]:
        """None of its own: each test makes the one it needs."""
        return {"id": ""}

    @pytest.mark.parametrize(
        ("formula", "window", "expected"),
        [
            ("sum", None, 1 + 2 + 4 + 8),
            ("count", None, 4),
            ("last", None, 4),
            ("sum", "hour", 2 + 4 + 8),
            ("count", "hour", 3),
            ("last", "hour", 4),
            ("sum", "day", 4 + 8),
            ("count", "day", 2),
            ("last", "day", 4),
        ],
    )
    def test_together(
        self,
        call: Any,
        customer: Any,
        send: Any,
        advance: Any,
        read: Any,
        start: int,
        formula: str,
        window: str | None,
        expected: int,
    ) -> None:
        """MTR-20 MTR-21 MTR-23 MTR-28 MTR-29 MTR-30 MTR-31: the last by arrival stands for its window."""
        meter = self.of(call, customer, formula, window)
        advance(customer["test_clock"], start + 2 * DAY)
        for value, hours in ((1, 0.6), (2, 0.2), (8, 1.5), (4, 30)):
            send(customer["id"], value, at=start + int(hours * HOUR))
        assert read(meter_id=meter) == [(0, 72, expected)]

    def test_last_goes_by_time_and_ties_by_arrival(
        self, call: Any, customer: Any, send: Any, advance: Any, read: Any, start: int
    ) -> None:
        """MTR-23 MTR-24"""
        meter = self.of(call, customer, "last", None)
        advance(customer["test_clock"], start + DAY)
        for value, at in ((1, 500), (2, 500), (3, 100)):
            send(customer["id"], value, at=start + at)
        assert read(meter_id=meter) == [(0, 72, 2)]

    def test_equal_times_add_up_without_a_window(
        self, call: Any, customer: Any, send: Any, read: Any
    ) -> None:
        """MTR-28"""
        meter = self.of(call, customer, "sum", None)
        for value in (1, 2, 4):
            send(customer["id"], value)
        assert read(meter_id=meter) == [(0, 72, 7)]

    def test_what_a_cancelled_event_displaced_stays_away(
        self, call: Any, customer: Any, send: Any, read: Any
    ) -> None:
        """MTR-32: assumed"""
        meter = self.of(call, customer, "sum", "hour")
        send(customer["id"], 1, identifier="a")
        send(customer["id"], 2, identifier="b")
        call.ok(
            "POST /v1/billing/meter_event_adjustments",
            event_name="api_calls",
            type="cancel",
            cancel={"identifier": "b"},
        )
        assert read(meter_id=meter) == []

    def test_decimals_add_up_exactly(self, call: Any, customer: Any, send: Any, read: Any) -> None:
        """MTR-27: ten times 0.1 is 1, not a little less."""
        meter = self.of(call, customer, "sum", None)
        for _ in range(10):
            send(customer["id"], "0.1")
        assert read(meter_id=meter) == [(0, 72, 1)]
