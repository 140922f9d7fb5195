"""`/v1/subscriptions`."""

from __future__ import annotations

from typing import Any

from harness.simulator.api.coupons import DISCOUNTS
from harness.simulator.api.shapes import (
    INVOICE_SETTINGS,
    NO_AUTOMATIC_TAX,
    ONE_TIME_DATA,
    PENDING_INTERVAL,
    RECURRING_DATA,
    SUBSCRIPTION_PAYMENT,
    TAX_RATES,
    planned,
)
from harness.simulator.flows.catalogue import legacy_prices
from harness.simulator.flows.invoicing import redemption
from harness.simulator.flows.subscribing import cancellations, migration, resumption, subscriptions, updates
from harness.simulator.objects.subscription import Subscription
from harness.simulator.wire.errors import missing_resource
from harness.simulator.wire.lists import PAGING, created, created_within, page
from harness.simulator.wire.params import (
    choice,
    either,
    fields,
    flag,
    integer,
    limited,
    listing,
    metadata,
    nullable,
    text,
)
from harness.simulator.wire.routes import Call, route
from harness.simulator.wire.versions import FLEXIBLE

URL = "/v1/subscriptions"


ITEM_LACKS = "current_trial"
ITEM_THRESHOLDS = nullable(fields(required=["usage_gte"], usage_gte=integer(1, unset=False)))
_NEW_ITEM = fields(
    billing_thresholds=ITEM_THRESHOLDS,
    discounts=DISCOUNTS,
    metadata=metadata(),
    plan=text(),
    price=text(),
    price_data=RECURRING_DATA,
    quantity=integer(0, 999_999_999),
    tax_rates=TAX_RATES,
    unmodelled=ITEM_LACKS,
)
_CHANGED_ITEM = fields(
    billing_thresholds=ITEM_THRESHOLDS,
    clear_usage=flag(),
    deleted=flag(),
    discounts=DISCOUNTS,
    id=text(),
    metadata=metadata(),
    plan=text(),
    price=text(),
    price_data=RECURRING_DATA,
    quantity=integer(0, 999_999_999),
    tax_rates=TAX_RATES,
    unmodelled=ITEM_LACKS,
)
NEW_ITEM, CHANGED_ITEM = planned(_NEW_ITEM), planned(_CHANGED_ITEM)
BEHAVIOR = choice("always_invoice", "create_prorations", "none")
PAYMENT_BEHAVIOR = choice(
    "allow_incomplete", "default_incomplete", "error_if_incomplete", "pending_if_incomplete"
)
MODE = fields(
    required=["type"],
    type=choice("classic", "flexible"),
    flexible=fields(proration_discounts=choice("included", "itemized")),
)
CANCEL_AT = nullable(either(integer(0), choice("max_billed_until", "max_period_end", "min_period_end")))
TRIAL_END = either(integer(0), choice("now"))
_END_BEHAVIOR = fields(
    missing_payment_method=choice("cancel", "create_invoice", "pause"), unmodelled="billing_cycle_anchor"
)
_DETAILS = fields(
    comment=text(5_000),
    feedback=nullable(
        choice(
            "customer_service",
            "low_quality",
            "missing_features",
            "other",
            "switched_service",
            "too_complex",
            "too_expensive",
            "unused",
        )
    ),
    unmodelled="feedback_option",
)
_ONE_OFF = fields(
    discountable=flag(),
    discounts=DISCOUNTS,
    metadata=metadata(),
    period=fields(
        required=["end", "start"],
        end=fields(required=["type"], timestamp=integer(0), type=choice("min_item_period_end", "timestamp")),
        start=fields(
            required=["type"],
            timestamp=integer(0),
            type=choice("max_item_period_start", "now", "timestamp"),
        ),
    ),
    price=text(),
    price_data=ONE_TIME_DATA,
    quantity=integer(0, 999_999_999),
    tax_rates=TAX_RATES,
)
THRESHOLDS = nullable(
    fields(amount_gte=integer(50, unset=False), reset_billing_cycle_anchor=flag())  # CHG-33
)
_COMMON: dict[str, Any] = {
    "add_invoice_items": listing(_ONE_OFF, at_most=20),
    "automatic_tax": NO_AUTOMATIC_TAX,
    "billing_thresholds": THRESHOLDS,
    "cancel_at": CANCEL_AT,
    "cancel_at_period_end": flag(),
    "collection_method": choice("charge_automatically", "send_invoice"),
    "coupon": text(),
    "days_until_due": integer(0, 3_650),
    "default_payment_method": text(),
    "default_tax_rates": TAX_RATES,
    "description": text(500),
    "discounts": DISCOUNTS,
    "invoice_settings": INVOICE_SETTINGS,
    "metadata": metadata(),
    "off_session": flag(),
    "payment_behavior": PAYMENT_BEHAVIOR,
    "payment_settings": SUBSCRIPTION_PAYMENT,
    "pending_invoice_item_interval": PENDING_INTERVAL,
    "promotion_code": text(),
    "proration_behavior": BEHAVIOR,
    "trial_end": TRIAL_END,
    "trial_from_plan": limited(flag(), None, False),
    "trial_settings": fields(end_behavior=_END_BEHAVIOR),
}
_COMMON_LACKS = "application_fee_percent billing_schedules default_source on_behalf_of transfer_data"


def anchor_change(value: Any, name: str) -> str:
    """`now` or `unchanged`: a bare word before 2026-10-28.endive, `{type: …}` since."""
    word = choice("now", "unchanged")
    return str(
        fields(required=["type"], type=word)(value, name)["type"]
        if isinstance(value, dict)
        else word(value, name)
    )


@route(
    f"POST {URL}",
    takes=fields(
        **_COMMON,
        backdate_start_date=integer(0),
        billing_cycle_anchor=integer(0),
        billing_cycle_anchor_config=fields(
            day_of_month=integer(1, 31),
            hour=integer(0, 23),
            minute=integer(0, 59),
            month=integer(1, 12),
            second=integer(0, 59),
        ),
        billing_mode=MODE,
        currency=text(),
        customer=text(),
        items=listing(NEW_ITEM),
        trial_period_days=integer(0, 730),
        unmodelled=f"{_COMMON_LACKS} customer_account",
    ),
    facts="SUB-01 SUB-08 SUB-09 SUB-10 SUB-11 SUB-12 SUB-15 SUB-16 SUB-19 SUB-34 SUB-36 CLK-62 INV-19 INV-39 "
    "PRC-40 PRC-41 PRC-42",
)
def create(call: Call) -> dict[str, Any]:
    """A new subscription with its first invoice."""
    _check_version(call)
    return subscriptions.create(call.world, call.params, call.version).render(call.world)


@route(
    f"GET {URL}",
    takes=fields(
        **PAGING,
        collection_method=choice("charge_automatically", "send_invoice"),
        created=created,
        current_period_end=created,
        current_period_start=created,
        customer=text(),
        price=text(),
        status=text(),
        test_clock=text(),
        plan=text(),
        unmodelled="automatic_tax customer_account",
    ),
    facts="CLK-49 PRO-14",
)
def index(call: Call) -> dict[str, Any]:
    """Subscriptions, newest first; those on clocks only under a clock or a customer (CLK-49)."""
    world, params = call.world, call.params
    customer, clock = params.get("customer"), params.get("test_clock")
    if customer is not None:
        rows = list(world.agenda.subscriptions_of(customer))
    else:
        rows = [each for each in reversed(world.subscriptions.values()) if each.test_clock == clock]
    wanted = [each for each in rows if clock in {None, each.test_clock} and _matches(each, params)]
    return page(wanted, params, URL, lambda each: each.render(world))


@route(f"GET {URL}/{{id}}", facts="CLK-51")
def retrieve(call: Call) -> dict[str, Any]:
    """One subscription, ended or not."""
    return find(call).render(call.world)


@route(
    f"POST {URL}/{{id}}",
    takes=fields(
        **_COMMON,
        billing_cycle_anchor=anchor_change,
        cancellation_details=nullable(_DETAILS),
        items=listing(CHANGED_ITEM, at_most=40),
        pause_collection=nullable(
            fields(
                required=["behavior"],
                behavior=choice("keep_as_draft", "mark_uncollectible", "void"),
                resumes_at=integer(0),
            )
        ),
        proration_date=integer(0),
        unmodelled=_COMMON_LACKS,
    ),
    facts="CHG-01 CHG-02 CHG-03 CHG-04 CHG-11 CHG-12 CHG-13 CHG-19 CHG-21 CHG-22 CHG-53 CHG-57 SUB-27",
)
def update(call: Call) -> dict[str, Any]:
    """Change a subscription."""
    _check_version(call)
    subscription = find(call)
    updates.update(call.world, subscription, call.params)
    return subscription.render(call.world)


@route(
    f"DELETE {URL}/{{id}}",
    takes=fields(cancellation_details=_DETAILS, invoice_now=flag(), prorate=flag()),
    facts="CHG-14 CHG-15 CHG-16 CHG-17 CHG-18 CHG-23",
)
def cancel(call: Call) -> dict[str, Any]:
    """End a subscription at once."""
    subscription = find(call)
    cancellations.cancel_now(call.world, subscription, call.params)
    return subscription.render(call.world)


@route(
    f"POST {URL}/{{id}}/migrate",
    takes=fields(required=["billing_mode"], billing_mode=MODE),
    facts="SUB-04 VER-10",
    since=FLEXIBLE,
)
def migrate(call: Call) -> dict[str, Any]:
    """From classic to flexible billing mode."""
    subscription = find(call)
    migration.migrate(call.world, subscription, call.params["billing_mode"])
    return subscription.render(call.world)


def _check_version(call: Call) -> None:
    """Refuse what this API version lacks."""
    legacy_prices.refuse_on_new_versions(call.world, call.params.get("items") or [], call.version)


@route(
    f"POST {URL}/{{id}}/resume",
    takes=fields(
        billing_cycle_anchor=anchor_change,
        payment_behavior=limited(
            choice("resume_on_payment_attempt", "resume_on_payment_success"), "resume_on_payment_attempt"
        ),
        proration_behavior=BEHAVIOR,
        proration_date=integer(0, unset=False),
    ),
    facts="SUB-26",
)
def resume(call: Call) -> dict[str, Any]:
    """Take up a paused subscription again."""
    subscription = find(call)
    resumption.resume(call.world, subscription, call.params)
    return subscription.render(call.world)


@route(f"DELETE {URL}/{{id}}/discount", facts="CLK-34")
def delete_discount(call: Call) -> dict[str, Any]:
    """Take a subscription's discount away."""
    return redemption.remove_from_subscription(call.world, find(call))


def find(call: Call) -> Subscription:
    """The subscription in the path."""
    subscription = call.world.subscriptions.get(call.path["id"])
    if subscription is None:
        raise missing_resource("subscription", call.path["id"])
    return subscription


def _matches(subscription: Subscription, params: dict[str, Any]) -> bool:
    """The list's filters; ended subscriptions appear only when `status` asks for them (K)."""
    status = params.get("status")
    shown = {
        None: subscription.status not in {"canceled", "incomplete_expired"},
        "all": True,
        "ended": subscription.status in {"canceled", "incomplete_expired"},
    }.get(status, subscription.status == status)
    return (
        shown
        and params.get("collection_method") in {None, subscription.collection_method}
        and all(
            params.get(name) is None or any(item.price == params[name] for item in subscription.items)
            for name in ("plan", "price")
        )
        and created_within(subscription.created, params.get("created"))
        and _any_within(subscription, params)
    )


def _any_within(subscription: Subscription, params: dict[str, Any]) -> bool:
    """Whether one of its items' current periods passes the filters on their edges."""
    return any(
        created_within(item.period.starts_at, params.get("current_period_start"))
        and created_within(item.period.ends_before, params.get("current_period_end"))
        for item in subscription.items
    )
