"""Parameters by API version: the one dated table of what came, what went and what came back (PRO-17)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

from harness.simulator.wire.errors import invalid
from harness.simulator.wire.params import strangers
from harness.simulator.wire.versions import BASIL, CLOVER, FLEXIBLE, at_least


@dataclass(frozen=True)
class Dated:
    """A parameter that only some versions take.

    Args:
        routes: the routes that have it, by name; `*` stands for all.
        name: in wire notation, `[]` for any index: `items[][billing_thresholds]`.
        facts: ids of the facts that date it.
        since: date of the first version that takes it; None is from the beginning.
        until: date of the first version that no longer takes it; it may come back with `since`.
        values: only these values of it are dated; the parameter itself is not.
        says: the refusal, where it isn't that of an unknown parameter.
    """

    routes: tuple[str, ...]
    name: str
    facts: str
    since: str | None = None
    until: str | None = None
    values: frozenset[str] = frozenset()
    says: str | None = None

    @cached_property
    def path(self) -> tuple[str, ...]:
        """The keys that lead to it, from the outside in."""
        return tuple(re.findall(r"\[\]|\w+", self.name))

    def concerns(self, route: str) -> bool:
        """Whether it is about a route."""
        return route in self.routes or self.routes == EVERYWHERE

    def takes(self, version: str) -> bool:
        """Whether a version takes it."""
        came = self.since is not None and at_least(version, self.since)
        stays = self.until is not None and not at_least(version, self.until)
        return came or stays

    def covers(self, value: Any) -> bool:
        """Whether a value is dated; to unset what has a refusal of its own is not."""
        if self.values:
            return isinstance(value, str) and value in self.values
        return self.says is None or value != ""


EVERYWHERE = ("*",)
_SUBSCRIPTION = ("POST /v1/subscriptions", "POST /v1/subscriptions/{id}")
_SCHEDULE = ("POST /v1/subscription_schedules", "POST /v1/subscription_schedules/{id}")
_PREVIEW = ("POST /v1/invoices/create_preview",)
_UPCOMING = ("GET /v1/invoices/upcoming", "GET /v1/invoices/upcoming/lines")
_ITEM = ("POST /v1/subscription_items", "POST /v1/subscription_items/{id}")
_INVOICE = ("POST /v1/invoices", "POST /v1/invoices/{id}")
_INVOICE_ITEM = ("POST /v1/invoiceitems", "POST /v1/invoiceitems/{id}")
_CUSTOMER = ("POST /v1/customers", "POST /v1/customers/{id}")
_GRANT = ("POST /v1/billing/credit_grants",)
_NOTE = ("POST /v1/credit_notes", "GET /v1/credit_notes/preview", "GET /v1/credit_notes/preview/lines")
_ENDPOINT = ("POST /v1/webhook_endpoints", "POST /v1/webhook_endpoints/{id}")

_AWAY = (
    "Starting with Stripe version `2025-03-31.basil`, subscriptions do not support the parameter "
    "billing_thresholds."
)
"""CHG-32; how Stripe's text goes on after the parameter's name is unverified."""


def _thresholds(routes: tuple[str, ...], name: str) -> Dated:
    return Dated(routes, name, "CHG-32 VER-07 VER-09", since="2025-05-28", until=BASIL, says=_AWAY)


def _cancel_at(value: str, facts: str, since: str) -> Iterator[Dated]:
    places = (
        (_SUBSCRIPTION, "cancel_at"),
        (_PREVIEW, "subscription_details[cancel_at]"),
        (_UPCOMING, "subscription_cancel_at"),
    )
    for routes, name in places:
        yield Dated(routes, name, facts, since=since, values=frozenset(value.split()))


def _event(kind: str, facts: str, since: str) -> Dated:
    return Dated(_ENDPOINT, "enabled_events[]", facts, since=since, values=frozenset({kind}))


def _replaced(routes: tuple[str, ...], name: str) -> Dated:
    """What `discounts` took the place of, with 2025-03-31.basil."""
    return Dated(routes, name, "VER-07", until=BASIL)


TABLE: tuple[Dated, ...] = (
    Dated(
        ("GET /v1/billing/meters/{id}/event_summaries",),
        "value_grouping_window",
        "VER-03",
        since="2024-06-27",
        values=frozenset({"day"}),
    ),
    Dated(_NOTE, "email_type", "INV-99 VER-04", since="2024-09-30"),
    Dated(_INVOICE, "automatically_finalizes_at", "INV-26 VER-05", since="2024-10-28"),
    Dated(_GRANT, "priority", "VER-06", since="2025-02-24"),
    Dated(_GRANT, "applicability_config[scope][prices]", "VER-06", since="2025-02-24"),
    Dated(
        ("GET /v1/billing/credit_balance_summary",),
        "filter[applicability_scope][prices]",
        "VER-06",
        since="2025-02-24",
    ),
    Dated(_NOTE, "refund", "INV-99 VER-07", until=BASIL),
    Dated(_NOTE, "refunds", "INV-99 VER-07", since=BASIL),
    Dated(("POST /v1/prices",), "recurring[aggregate_usage]", "PRC-21 VER-07", until=BASIL),
    Dated(
        ("POST /v1/billing/meters",),
        "default_aggregation[formula]",
        "MTR-23 VER-07",
        since=BASIL,
        values=frozenset({"last"}),
    ),
    Dated(_INVOICE_ITEM, "price", "VER-07", until=BASIL),
    Dated(_INVOICE_ITEM, "unit_amount", "VER-07", until=BASIL),
    Dated(_INVOICE_ITEM, "pricing", "VER-07", since=BASIL),
    *(_replaced((*_CUSTOMER, *_SUBSCRIPTION), name) for name in ("coupon", "promotion_code")),
    _replaced(_PREVIEW, "coupon"),
    _replaced(_SCHEDULE, "phases[][coupon]"),
    _thresholds((*_SUBSCRIPTION, *_ITEM), "billing_thresholds"),
    _thresholds(_SUBSCRIPTION, "items[][billing_thresholds]"),
    *(
        _thresholds(_SCHEDULE, f"{place}[billing_thresholds]")
        for place in ("default_settings", "phases[]", "phases[][items][]")
    ),
    _thresholds(_PREVIEW, "subscription_details[items][][billing_thresholds]"),
    _event("invoice.payment_paid", "PRO-26 VER-09", "2025-05-28"),
    Dated((*_SUBSCRIPTION[:1], *_SCHEDULE[:1]), "billing_mode", "SUB-02 VER-10", since=FLEXIBLE),
    Dated(_PREVIEW, "subscription_details[billing_mode]", "SUB-02 VER-10", since=FLEXIBLE),
    Dated(_SCHEDULE, "phases[][duration]", "VER-11", since="2025-07-30"),
    *_cancel_at("min_period_end max_period_end", "CHG-21 VER-11", "2025-07-30"),
    Dated(_SUBSCRIPTION, "add_invoice_items[][metadata]", "VER-12", since="2025-08-27"),
    Dated(_SUBSCRIPTION, "add_invoice_items[][period]", "VER-12", since="2025-08-27"),
    Dated(("POST /v1/promotion_codes",), "coupon", "VER-13", until=CLOVER),
    Dated(("POST /v1/promotion_codes",), "promotion", "VER-13", since=CLOVER),
    Dated(_SCHEDULE, "phases[][iterations]", "VER-13", until=CLOVER),
    *(
        Dated(_SCHEDULE, f"phases[][add_invoice_items][][{name}]", "VER-12", since="2025-08-27")
        for name in ("metadata", "period")
    ),
    Dated((*_SUBSCRIPTION[:1], *_SCHEDULE[:1]), "billing_mode[flexible]", "VER-13", since=CLOVER),
    Dated(_PREVIEW, "subscription_details[billing_mode][flexible]", "VER-13", since=CLOVER),
    Dated(("POST /v1/subscriptions/{id}/migrate",), "billing_mode[flexible]", "VER-13", since=CLOVER),
    *(
        Dated(_NOTE, f"refunds[][{name}]", "INV-100 VER-14", since="2025-10-29")
        for name in ("payment_record_refund", "type")
    ),
    _event("invoice.payment_attempt_required", "PRO-26 VER-14", "2025-10-29"),
    Dated(EVERYWHERE, "customer_account", "VER-16", since="2025-12-15"),
    Dated(("DELETE /v1/subscription_items/{id}",), "payment_behavior", "VER-17", since="2026-02-25"),
    Dated(_NOTE, "lines[][metadata]", "INV-100 VER-18", since="2026-03-25"),
    Dated(_INVOICE_ITEM, "quantity_decimal", "INV-50 VER-18", since="2026-03-25"),
    Dated(("POST /v1/test_helpers/test_clocks",), "customer", "CLK-16 CLK-18 VER-20", since="2026-05-27"),
    Dated(_SUBSCRIPTION, "billing_schedules", "VER-20", since="2026-05-27"),
    Dated(_PREVIEW, "subscription_details[billing_schedules]", "VER-20", since="2026-05-27"),
    *_cancel_at("max_billed_until", "CHG-21 VER-20", "2026-05-27"),
    *(
        Dated(_SUBSCRIPTION, f"invoice_settings[{name}]", "VER-21", since="2026-06-24")
        for name in ("custom_fields", "description", "footer")
    ),
    *(
        Dated(_SCHEDULE, f"{place}[invoice_settings][{name}]", "VER-22", since="2026-07-29")
        for place in ("default_settings", "phases[]")
        for name in ("custom_fields", "description", "footer")
    ),
    Dated(
        ("POST /v1/subscriptions/{id}", "DELETE /v1/subscriptions/{id}"),
        "cancellation_details[feedback_option]",
        "VER-23",
        since="2026-08-26",
    ),
)
"""Oldest first. Dates and places were compared with the changelogs of Stripe's SDKs."""


def check(route: str, params: dict[str, Any], version: str) -> None:
    """Refuse what `version` does not take, before anything is parsed.

    Older versions are known to refuse `billing_mode`, `customer` on clocks and thresholds (SUB-02, CLK-18,
    CHG-32); that they refuse the rest, and how Stripe words a value that came later, is unverified.

    Args:
        route: its name, such as `POST /v1/subscriptions`.
        params: as they came, not yet parsed.
        version: the request's.

    Raises:
        StripeError: 400 for what the version lacks.
    """
    unknown = []
    for row, name in _met(_refused(route, version), params):
        if row.says is not None:
            raise invalid(row.says, param=name)
        if row.values:
            raise invalid(f"Invalid {name}: not with Stripe-Version {version}", param=name)
        unknown.append(name)
    if unknown:
        raise strangers(unknown)


@lru_cache(maxsize=4_096)
def _refused(route: str, version: str) -> tuple[Dated, ...]:
    return tuple(row for row in TABLE if row.concerns(route) and not row.takes(version))


def _met(rows: tuple[Dated, ...], params: dict[str, Any]) -> Iterator[tuple[Dated, str]]:
    """The rows that a request meets, each with the wire name of what it met."""
    for row in rows:
        yield from ((row, name) for name, value in _places(params, row.path) if row.covers(value))


def _places(value: Any, path: tuple[str, ...], name: str = "") -> Iterator[tuple[str, Any]]:
    """Where in a request `path` leads: each wire name with its value."""
    if not path:
        yield name, value
        return
    key, rest = path[0], path[1:]
    if key == "[]" and isinstance(value, dict | list):
        members = value.items() if isinstance(value, dict) else enumerate(value)
        for index, member in members:
            yield from _places(member, rest, f"{name}[{index}]")
    elif isinstance(value, dict) and key in value:
        yield from _places(value[key], rest, f"{name}[{key}]" if name else key)
