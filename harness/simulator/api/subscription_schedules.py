"""`/v1/subscription_schedules`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from harness.simulator.api.shapes import NO_AUTOMATIC_TAX, ONE_TIME_DATA, RECURRING_DATA, TAX_RATES
from harness.simulator.api.subscriptions import BEHAVIOR, ITEM_THRESHOLDS, MODE, THRESHOLDS
from harness.simulator.flows.subscribing import schedules
from harness.simulator.objects.schedule import SubscriptionSchedule
from harness.simulator.wire.errors import missing_resource, unmodelled
from harness.simulator.wire.lists import PAGING, created, created_within, page
from harness.simulator.wire.params import (
    Fields,
    choice,
    either_word,
    fields,
    flag,
    integer,
    listing,
    metadata,
    text,
)
from harness.simulator.wire.routes import Call, route

URL = "/v1/subscription_schedules"

_INSTANT = either_word("now", integer(0, unset=False))
_FILTERS: dict[str, Any] = dict.fromkeys(("canceled_at", "completed_at", "created", "released_at"), created)
_ITEM = fields(
    billing_thresholds=ITEM_THRESHOLDS,
    metadata=metadata(),
    price=text(),
    price_data=RECURRING_DATA,
    quantity=integer(0, 999_999_999),
    tax_rates=TAX_RATES,
    unmodelled="discounts plan",
)
_ONE_OFF = fields(
    discountable=flag(),
    metadata=metadata(),
    price=text(),
    price_data=ONE_TIME_DATA,
    quantity=integer(0, 999_999_999),
    tax_rates=TAX_RATES,
    unmodelled="discounts period",
)
_SETTINGS: dict[str, Any] = {
    "automatic_tax": NO_AUTOMATIC_TAX,
    "billing_cycle_anchor": choice("automatic", "phase_start"),
    "billing_thresholds": THRESHOLDS,
    "collection_method": choice("charge_automatically", "send_invoice"),
    "default_payment_method": text(),
    "description": text(500),
    "invoice_settings": fields(
        days_until_due=integer(0, 3_650), unmodelled="account_tax_ids custom_fields description footer issuer"
    ),
}
_SETTINGS_LACK = "application_fee_percent on_behalf_of transfer_data"
_PHASE: dict[str, Any] = {
    **_SETTINGS,
    "add_invoice_items": listing(_ONE_OFF, at_most=20),
    "currency": text(3),
    "default_tax_rates": TAX_RATES,
    "duration": fields(
        required=["interval"],
        interval=choice("day", "month", "week", "year"),
        interval_count=integer(1, unset=False),
    ),
    "items": listing(_ITEM),
    "iterations": integer(1, unset=False),
    "metadata": metadata(),
    "proration_behavior": BEHAVIOR,
    "trial": flag(),
}
_PHASE_LACKS = f"{_SETTINGS_LACK} coupon discounts"


def _end_behavior(value: Any, name: str) -> str:
    word = str(choice("cancel", "none", "release", "renew")(value, name))
    if word in {"none", "renew"}:
        raise unmodelled(f"end_behavior={word}")
    return word


def _phase(**more: Any) -> Fields:
    return fields(required=["items"], **_PHASE, **more, unmodelled=_PHASE_LACKS)


_COMMON: dict[str, Any] = {
    "default_settings": fields(**_SETTINGS, unmodelled=_SETTINGS_LACK),
    "end_behavior": _end_behavior,
    "metadata": metadata(),
}


@route(
    f"POST {URL}",
    takes=fields(
        **_COMMON,
        billing_mode=MODE,
        customer=text(),
        from_subscription=text(),
        phases=listing(_phase(end_date=integer(0, unset=False), trial_end=integer(0))),
        start_date=_INSTANT,
        unmodelled="customer_account pause_schedules",
    ),
    facts="SUB-21 SUB-22 SUB-38 SUB-39 SUB-40 SUB-41 SUB-49 SUB-51 SUB-52 CLK-45 CLK-62 CHG-10 VER-11 VER-13",
)
def create(call: Call) -> dict[str, Any]:
    """A schedule for a subscription to come, or for one that is there."""
    return schedules.create(call.world, call.params, call.version).render(call.world)


@route(
    f"GET {URL}",
    takes=fields(
        **PAGING,
        **_FILTERS,
        customer=text(),
        scheduled=flag(),
        unmodelled="customer_account",
    ),
    facts="CLK-50 PRO-14",
)
def index(call: Call) -> dict[str, Any]:
    """Schedules, newest first; those on clocks only under their customer (CLK-50)."""
    rows = (each for each in _listed(call) if _matches(each, call.params))
    return page(rows, call.params, URL, lambda each: each.render(call.world))


@route(f"GET {URL}/{{id}}", facts="CLK-51")
def retrieve(call: Call) -> dict[str, Any]:
    """One schedule, over or not."""
    return _find(call).render(call.world)


@route(
    f"POST {URL}/{{id}}",
    takes=fields(
        **_COMMON,
        phases=listing(_phase(end_date=_INSTANT, start_date=_INSTANT, trial_end=_INSTANT)),
        proration_behavior=BEHAVIOR,
        unmodelled="pause_schedules",
    ),
    facts="CHG-01 CHG-57 SUB-42 SUB-43 SUB-44 SUB-48 VER-11 VER-13",
)
def update(call: Call) -> dict[str, Any]:
    """Change the current phase and those to come."""
    schedule = _find(call)
    schedules.update(call.world, schedule, call.params, call.version)
    return schedule.render(call.world)


@route(f"POST {URL}/{{id}}/cancel", takes=fields(invoice_now=flag(), prorate=flag()), facts="CHG-14 SUB-48")
def cancel(call: Call) -> dict[str, Any]:
    """End a schedule together with its subscription."""
    schedule = _find(call)
    schedules.cancel(call.world, schedule, call.params)
    return schedule.render(call.world)


@route(f"POST {URL}/{{id}}/release", takes=fields(preserve_cancel_date=flag()), facts="CLK-35 SUB-47 SUB-48")
def release(call: Call) -> dict[str, Any]:
    """Take a schedule off its subscription."""
    schedule = _find(call)
    schedules.release(call.world, schedule, call.params)
    return schedule.render(call.world)


def _find(call: Call) -> SubscriptionSchedule:
    schedule = call.world.schedules.get(call.path["id"])
    if schedule is None:
        raise missing_resource("subscription_schedule", call.path["id"])
    return schedule


def _listed(call: Call) -> Iterator[SubscriptionSchedule]:
    customer = call.params.get("customer")
    if customer is not None:
        return call.world.agenda.schedules_of(customer)
    return (each for each in reversed(call.world.schedules.values()) if each.test_clock is None)


def _matches(schedule: SubscriptionSchedule, params: dict[str, Any]) -> bool:
    if params.get("scheduled") and schedule.status != "not_started":
        return False
    return all(
        (instant := getattr(schedule, name)) is not None and created_within(instant, params[name])
        for name in _FILTERS
        if params.get(name) is not None
    )
