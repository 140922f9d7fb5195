"""What each API version takes: every row of the dated table, at its edges and over the wire."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta
from typing import Any

import pytest

from harness.ledger import cited_in, load
from harness.simulator import api
from harness.simulator.wire.allowed import EVERYWHERE, TABLE, Dated, check
from harness.simulator.wire.errors import StripeError
from harness.simulator.wire.params import Fields
from harness.simulator.wire.routes import all_routes
from harness.simulator.wire.versions import NEWEST, OLDEST

assert api.__all__  # importing the package fills the route table
ROUTES = {route.name: route for route in all_routes()}


def row_id(row: Dated) -> str:
    return f"{row.routes[0]}-{row.name}-{'-'.join(sorted(row.values))}"


def before(day: str) -> str:
    return (date.fromisoformat(day) - timedelta(days=1)).isoformat()


def request(row: Dated) -> dict[str, Any]:
    """A request with nothing but the row's parameter."""
    value: Any = min(row.values) if row.values else "1"
    for key in reversed(row.path):
        value = {"0" if key == "[]" else key: value}
    return value


def answer(row: Dated, version: str, route: str) -> str:
    try:
        check(route, request(row), version)
    except StripeError as error:
        return f"{error.status} {error.code}"
    return "taken"


@pytest.mark.parametrize("row", TABLE, ids=row_id)
def test_a_parameter_is_refused_on_the_day_before_it_came_and_from_the_day_it_went(row: Dated) -> None:
    """PRO-17: by every route that it is dated for."""
    refused = "400 None" if row.values or row.says else "400 parameter_unknown"
    for route in row.routes:
        if row.since:
            assert (answer(row, before(row.since), route), answer(row, row.since, route)) == (
                refused,
                "taken",
            )
        if row.until:
            assert (answer(row, before(row.until), route), answer(row, row.until, route)) == (
                "taken",
                refused,
            )


@pytest.mark.parametrize("row", TABLE, ids=row_id)
def test_a_row_is_about_a_parameter_that_its_routes_have(row: Dated) -> None:
    """Known or named as not modelled."""
    for name in row.routes if row.routes != EVERYWHERE else ["POST /v1/subscriptions"]:
        assert knows(ROUTES[name].takes, row.path), name


def knows(parser: Any, path: tuple[str, ...]) -> bool:
    if not path:
        return True
    hashes = [each for each in inside(parser) if path[0] != "[]"]
    if any(path[0] in each.unmodelled for each in hashes):
        return True
    if path[0] == "[]":
        return knows(parser, path[1:])
    return any(knows(each.known[path[0]], path[1:]) for each in hashes if path[0] in each.known)


def inside(parser: Any) -> list[Fields]:
    """The `Fields` that a parser is, or wraps."""
    if isinstance(parser, Fields):
        return [parser]
    inner = [cell.cell_contents for cell in getattr(parser, "__closure__", None) or ()]
    return [found for each in inner if callable(each) for found in inside(each)]


def test_no_row_stands_in_the_table_twice() -> None:
    told = [(route, row.name, tuple(sorted(row.values)), row.since) for row in TABLE for route in row.routes]
    assert [each for each, times in Counter(told).items() if times > 1] == []


def test_rows_cite_facts_that_date_them_and_lie_in_the_served_versions() -> None:
    for row in TABLE:
        facts = cited_in(row.facts)
        assert any(name.startswith(("VER", "PRC", "CHG")) for name in facts)
        assert facts <= set(load())
        days = [day for day in (row.since, row.until) if day]
        assert days
        assert all(OLDEST < day <= NEWEST[:10] for day in days)


class TestOverTheWire:
    """The same through the front door, with the refusals as Stripe words them."""

    @pytest.mark.parametrize(
        ("line", "version", "params", "name"),
        [
            pytest.param(
                "POST /v1/subscriptions",
                "2025-05-28.basil",
                {"billing_mode": {"type": "flexible"}},
                "billing_mode",
                id="SUB-02-VER-10",
            ),
            pytest.param(
                "POST /v1/subscriptions",
                "2025-07-30.basil",
                {"add_invoice_items": [{"price": "p"}, {"price": "p", "metadata": {"a": "b"}}]},
                "add_invoice_items[1][metadata]",
                id="VER-12",
            ),
            pytest.param(
                "POST /v1/invoices",
                "2024-09-30.acacia",
                {"automatically_finalizes_at": 1},
                "automatically_finalizes_at",
                id="INV-26-VER-05",
            ),
            pytest.param(
                "POST /v1/test_helpers/test_clocks",
                "2026-04-22.dahlia",
                {"frozen_time": 1, "customer": "cus_1"},
                "customer",
                id="CLK-18-VER-20",
            ),
            pytest.param(
                "POST /v1/invoiceitems",
                "2025-02-24.acacia",
                {"customer": "cus_1", "pricing": {"price": "p"}},
                "pricing",
                id="VER-07-came",
            ),
            pytest.param(
                "POST /v1/invoiceitems",
                "2025-03-31.basil",
                {"customer": "cus_1", "unit_amount": 1},
                "unit_amount",
                id="VER-07-went",
            ),
            pytest.param(
                "POST /v1/customers",
                NEWEST,
                {"promotion_code": "promo_1"},
                "promotion_code",
                id="VER-07-coupon",
            ),
            pytest.param(
                "POST /v1/billing/credit_grants",
                "2025-01-27.acacia",
                {"priority": 1},
                "priority",
                id="VER-06",
            ),
            pytest.param(
                "DELETE /v1/subscription_items/si_1",
                "2026-01-28.clover",
                {"payment_behavior": "allow_incomplete"},
                "payment_behavior",
                id="VER-17",
            ),
        ],
    )
    def test_a_version_does_not_know_a_parameter(
        self, call: Any, line: str, version: str, params: dict[str, Any], name: str
    ) -> None:
        refused = call(line, {"stripe-version": version}, **params)
        assert (refused.status, refused.error["code"], refused.error["param"]) == (
            400,
            "parameter_unknown",
            name,
        )
        assert refused.message == f"Received unknown parameter: {name}"

    def test_all_that_a_version_does_not_know_is_named_at_once(self, call: Any) -> None:
        refused = call("POST /v1/invoiceitems", customer="cus_1", price="p", unit_amount=1)
        assert refused.message == "Received unknown parameters: price, unit_amount"

    @pytest.mark.parametrize(
        ("line", "params", "version", "later"),
        [
            pytest.param(
                "POST /v1/subscriptions",
                {"cancel_at": "min_period_end"},
                "2025-06-30.basil",
                "2025-07-30.basil",
                id="CHG-21-VER-11",
            ),
            pytest.param(
                "POST /v1/subscriptions",
                {"cancel_at": "max_billed_until"},
                "2026-04-22.dahlia",
                "2026-05-27.dahlia",
                id="CHG-21-VER-20",
            ),
            pytest.param(
                "POST /v1/billing/meters",
                {"default_aggregation": {"formula": "last"}},
                "2025-02-24.acacia",
                "2025-03-31.basil",
                id="MTR-23-VER-07",
            ),
            pytest.param(
                "GET /v1/billing/meters/mtr_1/event_summaries",
                {"value_grouping_window": "day"},
                "2024-06-20",
                "2024-09-30.acacia",
                id="VER-03",
            ),
            pytest.param(
                "POST /v1/webhook_endpoints",
                {"enabled_events": ["invoice.paid", "invoice.payment_attempt_required"]},
                "2025-09-30.clover",
                "2025-10-29.clover",
                id="PRO-26-VER-14",
            ),
            pytest.param(
                "POST /v1/webhook_endpoints",
                {"enabled_events": ["invoice.payment_paid"]},
                "2025-04-30.basil",
                "2025-05-28.basil",
                id="PRO-26-VER-09",
            ),
        ],
    )
    def test_a_version_does_not_know_a_value(
        self, call: Any, line: str, params: dict[str, Any], version: str, later: str
    ) -> None:
        """The parameter itself is older: with another value it passes."""
        refused = call(line, {"stripe-version": version}, **params)
        assert refused.status == 400
        assert refused.message.endswith(f"not with Stripe-Version {version}")
        assert "Stripe-Version" not in call(line, {"stripe-version": later}, **params).message

    @pytest.mark.parametrize("name", ["coupon", "promotion_code"])
    def test_what_only_old_versions_take_is_read_there(self, call: Any, name: str) -> None:
        """VER-07"""
        unknown = call("POST /v1/customers", {"stripe-version": "2025-02-24.acacia"}, **{name: "x"})
        assert (unknown.status, unknown.error["code"], unknown.error["param"]) == (
            400,
            "resource_missing",
            name,
        )
        assert not call.world.customers

    def test_thresholds_were_away_for_two_versions(self, call: Any) -> None:
        """CHG-32 VER-07 VER-09: and unsetting them never hurt."""
        away = {"stripe-version": "2025-04-30.basil"}
        for params in (
            {"billing_thresholds": {"amount_gte": 5000}},
            {"items": [{"price": "p", "billing_thresholds": {"usage_gte": 5}}]},
        ):
            assert (
                "do not support the parameter billing_thresholds"
                in call("POST /v1/subscriptions", away, **params).message
            )
        assert "billing_thresholds" not in call("POST /v1/subscriptions", away, billing_thresholds="").message

    def test_an_alert_needs_a_meter_since_may_2025(self, call: Any) -> None:
        """CHG-49 VER-09"""
        asked = {
            "alert_type": "usage_threshold",
            "title": "High",
            "usage_threshold": {"gte": 5, "recurrence": "one_time"},
        }
        refused = call("POST /v1/billing/alerts", {"stripe-version": "2025-05-28.basil"}, **asked)
        assert (refused.status, refused.error["param"]) == (400, "usage_threshold[meter]")
        assert call("POST /v1/billing/alerts", {"stripe-version": "2025-04-30.basil"}, **asked).status == 501


@pytest.mark.parametrize(
    ("line", "last_without", "first_with"),
    [
        pytest.param("GET /v1/invoice_payments", "2025-02-24.acacia", "2025-03-31.basil", id="VER-07"),
        pytest.param(
            "POST /v1/subscriptions/sub_1/migrate", "2025-05-28.basil", "2025-06-30.basil", id="VER-10"
        ),
        pytest.param("POST /v2/billing/meter_event_session", "2024-06-20", "2024-09-30.acacia", id="VER-04"),
    ],
)
def test_routes_come_with_their_version(call: Any, line: str, last_without: str, first_with: str) -> None:
    without, with_it = (call(line, {"stripe-version": each}) for each in (last_without, first_with))
    assert without.status in {400, 404}
    assert "version" in without.message.lower() or "Unrecognized request URL" in without.message
    assert "Unrecognized" not in with_it.body.get("error", {}).get("message", "")


@pytest.mark.parametrize(
    ("line", "last_with", "first_without"),
    [
        pytest.param(
            "GET /v1/invoices/upcoming", "2025-02-24.acacia", "2025-03-31.basil", id="INV-76-VER-07"
        ),
        pytest.param(
            "POST /v1/subscription_items/si_1/usage_records",
            "2025-02-24.acacia",
            "2025-03-31.basil",
            id="LEG-23-VER-06",
        ),
    ],
)
def test_routes_go_with_their_version(call: Any, line: str, last_with: str, first_without: str) -> None:
    assert "Unrecognized" not in call(line, {"stripe-version": last_with}).message
    assert "Unrecognized" in call(line, {"stripe-version": first_without}).message


@pytest.mark.parametrize(
    ("version", "served"),
    [
        pytest.param("2023-08-16", False, id="VER-01-oldest-known"),
        pytest.param("2024-03-28", False, id="VER-02-meters-still-moving"),
        pytest.param("2024-04-10", False, id="VER-01"),
        pytest.param("2024-06-20", True, id="VER-01-last-of-the-old-names"),
        pytest.param("2026-10-28.endive", True, id="VER-24"),
        pytest.param("2026-11-25.endive", False, id="VER-24-later"),
    ],
)
def test_the_served_versions_begin_where_meters_had_settled(call: Any, version: str, served: bool) -> None:
    assert (call("GET /v1/customers", {"stripe-version": version}).status == 200) == served


def test_meters_and_their_prices_work_on_the_oldest_version_served(call: Any, customer: Any) -> None:
    """VER-02: they had settled by then, and an event may leave out its timestamp."""
    oldest = {"stripe-version": OLDEST}
    meter = call.ok(
        "POST /v1/billing/meters",
        oldest,
        display_name="Calls",
        event_name="calls",
        default_aggregation={"formula": "sum"},
    )
    recurring = {"interval": "month", "usage_type": "metered", "meter": meter["id"]}
    price = call.ok(
        "POST /v1/prices",
        oldest,
        currency="usd",
        unit_amount=1,
        product_data={"name": "Calls"},
        recurring=recurring,
    )
    assert price["recurring"]["meter"] == meter["id"]
    payload = {"stripe_customer_id": customer["id"], "value": "3"}
    assert call.ok("POST /v1/billing/meter_events", oldest, event_name="calls", payload=payload)["timestamp"]
