"""Every member that the SDK promises is in the simulator's answers, or named in one place with a reason."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from stripe._object_classes import OBJECT_CLASSES, V2_OBJECT_CLASSES, get_object_class

from harness.simulator.objects.left_out import ADDED, LEFT_OUT

START = 1_767_225_600  # 2026-01-01T00:00:00Z
MONTH = 31 * 86_400
HOUR = 3_600


def objects_in(value: Any) -> Iterator[dict[str, Any]]:
    """Every Stripe object inside a JSON value."""
    if isinstance(value, list):
        for member in value:
            yield from objects_in(member)
    elif isinstance(value, dict):
        if isinstance(value.get("object"), str) and not value.get("deleted"):
            yield value
        for member in value.values():
            yield from objects_in(member)


def sdk_class(name: str) -> type:
    return get_object_class("V1" if name in OBJECT_CLASSES else "V2", name)


def members(cls: type, form: dict[str, Any], prefix: str = "") -> Iterator[tuple[str, dict[str, Any], str]]:
    """`(dotted path, hash that should hold it, key)` for each annotation, also in hashes that are there."""
    inner = getattr(cls, "_inner_class_types", {})
    for key in cls.__annotations__:
        if key.startswith("_") or key == "OBJECT_NAME":
            continue
        yield f"{prefix}{key}", form, key
        nested = form.get(key)
        for part in nested if isinstance(nested, list) else [nested]:
            if key in inner and isinstance(part, dict):
                yield from members(inner[key], part, f"{prefix}{key}.")


def covered(name: str, path: str) -> bool:
    """Whether the path, or one above it, is named as left out."""
    known = LEFT_OUT.get(name, {})
    parts = path.split(".")
    return any(".".join(parts[: length + 1]) in known for length in range(len(parts)))


@pytest.fixture(scope="module")
def answers(new_caller: Callable[[], Any]) -> list[Any]:
    """A tour: what each kind of object looks like at every stage of its life."""
    call = new_caller()
    clock = call.ok("POST /v1/test_helpers/test_clocks", frozen_time=START)
    meter = call.ok(
        "POST /v1/billing/meters",
        display_name="Calls",
        event_name="calls",
        default_aggregation={"formula": "sum"},
    )
    usage = {"interval": "month", "usage_type": "metered", "meter": meter["id"]}
    priced = {"currency": "usd", "product_data": {"name": "Plan"}}
    tiers = [
        {"up_to": 5, "unit_amount": 10},
        {"up_to": "inf", "unit_amount_decimal": "2.5", "flat_amount": 7},
    ]
    prices = [
        call.ok("POST /v1/prices", **priced, recurring=usage, unit_amount_decimal="0.05"),
        call.ok(
            "POST /v1/prices",
            **priced,
            recurring=usage,
            billing_scheme="tiered",
            tiers_mode="graduated",
            tiers=tiers,
            expand=["tiers", "currency_options"],
        ),
        call.ok(
            "POST /v1/prices",
            **priced,
            recurring={"interval": "month"},
            unit_amount=900,
            transform_quantity={"divide_by": 2, "round": "up"},
        ),
    ]
    seen: list[Any] = [clock, meter, prices]
    for card in ("pm_card_visa", "pm_card_chargeCustomerFail"):
        settings = {"default_payment_method": card}
        customer = call.ok(
            "POST /v1/customers", test_clock=clock["id"], payment_method=card, invoice_settings=settings
        )["id"]
        items = [{"price": price["id"]} for price in prices]
        off = call.ok("POST /v1/coupons", percent_off=10, duration="forever")["id"]
        seen.append(
            call.ok(
                "POST /v1/subscriptions",
                customer=customer,
                items=items,
                discounts=[{"coupon": off}] if card == "pm_card_visa" else "",
                expand=["discounts.source.coupon"],
            )
        )
        payload = {"stripe_customer_id": customer, "value": "9"}
        seen.append(
            call.ok(
                "POST /v1/billing/meter_events",
                event_name="calls",
                identifier=card,
                payload=payload,
                timestamp=START,
            )
        )
        seen.append(
            call.ok(
                "POST /v1/invoiceitems", customer=customer, amount=300, currency="usd", description="Extra"
            )
        )
        span = {"start_time": START, "end_time": START + HOUR}
        seen.append(
            call.ok(f"GET /v1/billing/meters/{meter['id']}/event_summaries", customer=customer, **span)
        )
        seen.append(call.ok("POST /v1/invoices/create_preview", customer=customer))
    seen.append(
        call.ok(
            "POST /v1/billing/meter_event_adjustments",
            event_name="calls",
            type="cancel",
            cancel={"identifier": "pm_card_visa"},
        )
    )
    seen += second_version(call, customer)
    seen += credits_of(call, customer, prices[1]["id"])
    seen += schedules_of(call, customer, prices[2]["id"])
    seen += alerts_of(call, meter["id"])
    seen += coupons_of(call)
    seen.append(call.ok("POST /v1/tax_rates", display_name="VAT", percentage=20, inclusive=True))
    seen += notes_of(call, customer)
    for target in (START + MONTH, START + MONTH + 2 * HOUR):
        seen.append(call.ok(f"POST /v1/test_helpers/test_clocks/{clock['id']}/advance", frozen_time=target))
        seen.append(call.ok(f"GET /v1/test_helpers/test_clocks/{clock['id']}"))
        seen += everything(call)
    return seen


def second_version(call: Any, customer: str) -> list[Any]:
    """The v2 objects, error reports of both kinds among them."""
    event = {
        "event_name": "calls",
        "identifier": "v2",
        "payload": {"stripe_customer_id": customer, "value": "1"},
    }
    session = call.ok("POST /v2/billing/meter_event_session")
    key = {"authorization": f"Bearer {session['authentication_token']}"}
    faulty = [{"event_name": name, "payload": {"value": "1"}} for name in ("calls", "nothing")]
    call.ok("POST /v2/billing/meter_event_stream", key, events=faulty)
    seen = [
        session,
        call.ok("POST /v2/billing/meter_events", **event),
        call.ok(
            "POST /v2/billing/meter_event_adjustments",
            event_name="calls",
            type="cancel",
            cancel={"identifier": "v2"},
        ),
    ]
    call.world.sleep(12)
    thin = call.ok("GET /v2/core/events")["data"]
    return [*seen, *thin, *(call.ok(f"GET /v2/core/events/{row['id']}") for row in thin)]


def credits_of(call: Any, customer: str, price: str) -> list[Any]:
    """Billing credits for every metered price and for one."""
    seen = []
    for scope in ({"price_type": "metered"}, {"prices": [{"id": price}]}):
        amount = {"type": "monetary", "monetary": {"value": 20, "currency": "usd"}}
        asked = {"customer": customer, "amount": amount, "applicability_config": {"scope": scope}}
        seen.append(call.ok("POST /v1/billing/credit_grants", **asked))
    named = {"type": "credit_grant", "credit_grant": seen[0]["id"]}
    seen.append(call.ok("GET /v1/billing/credit_balance_summary", customer=customer, filter=named))
    return seen


def coupons_of(call: Any) -> list[Any]:
    """A percentage for one product, an amount in two currencies."""
    product = call.ok("GET /v1/products")["data"][0]["id"]
    limited = call.ok(
        "POST /v1/coupons", percent_off=25, applies_to={"products": [product]}, expand=["applies_to"]
    )
    options = {"eur": {"amount_off": 450}}
    asked = {"amount_off": 500, "currency": "usd", "currency_options": options}
    made = call.ok("POST /v1/coupons", **asked, expand=["currency_options"])
    code = call.ok("POST /v1/promotion_codes", promotion={"type": "coupon", "coupon": made["id"]})
    return [limited, made, code]


def notes_of(call: Any, customer: str) -> list[Any]:
    """Credit notes with all that they may lead to, and a refund that no note knows."""
    item = call.ok("POST /v1/invoiceitems", customer=customer, amount=900, currency="usd")
    draft = call.ok("POST /v1/invoices", customer=customer, pending_invoice_items_behavior="include")
    invoice = call.ok(f"POST /v1/invoices/{draft['id']}/pay", payment_method=card_of(call, customer))
    line = {"type": "invoice_line_item", "invoice_line_item": invoice["lines"]["data"][0]["id"], "amount": 90}
    custom = {"type": "custom_line_item", "description": "Sorry", "quantity": 2, "unit_amount": 30}
    asked = {"invoice": invoice["id"], "lines": [line, custom], "refund_amount": 100, "credit_amount": 50}
    expand = ["customer_balance_transaction", "refunds.refund"]
    note = call.ok("POST /v1/credit_notes", **asked, expand=expand)
    charge = call.ok("GET /v1/charges", customer=customer)["data"][0]["id"]
    call.ok("POST /v1/refunds", charge=charge, amount=10)
    return [item, note, call.ok(f"GET /v1/charges/{charge}", expand=["refunds"])]


def card_of(call: Any, customer: str) -> str:
    return str(call.ok("POST /v1/payment_methods/pm_card_visa/attach", customer=customer)["id"])


def schedules_of(call: Any, customer: str, price: str) -> list[Any]:
    """A schedule with all that a phase can have, waiting, and one that manages a subscription."""
    once = call.ok("POST /v1/prices", currency="usd", product_data={"name": "Set-up"}, unit_amount=900)["id"]
    phase = {
        "items": [{"price": price}],
        "add_invoice_items": [{"price": once}],
        "billing_thresholds": {"amount_gte": 5_000},
        "collection_method": "send_invoice",
        "invoice_settings": {"days_until_due": 5},
    }
    asked = {"customer": customer, "start_date": START + 90 * HOUR * 24, "phases": [phase]}
    made = call.ok("POST /v1/subscription_schedules", **asked)
    [subscription] = call.ok("GET /v1/subscriptions", customer=customer)["data"]
    managing = call.ok("POST /v1/subscription_schedules", from_subscription=subscription["id"])
    return [made, managing, call.ok("GET /v1/subscription_schedules", customer=customer)]


def alerts_of(call: Any, meter: str) -> list[Any]:
    """An alert that a customer on wall time sets off."""
    customer = call.ok("POST /v1/customers")["id"]
    watched = {"meter": meter, "gte": 1, "recurrence": "one_time"}
    watched["filters"] = [{"type": "customer", "customer": customer}]
    asked = {"alert_type": "usage_threshold", "title": "Some", "usage_threshold": watched}
    made = call.ok("POST /v1/billing/alerts", **asked)
    payload = {"stripe_customer_id": customer, "value": "9"}
    call.ok("POST /v1/billing/meter_events", event_name="calls", payload=payload)
    return [made, call.ok("GET /v1/events", type="billing.alert.triggered")]


def everything(call: Any) -> list[Any]:
    """All that can be listed, with what can be expanded."""
    customers = [row.render(call.world)["id"] for row in call.world.customers.values()]
    lists = [
        call.ok("GET /v1/billing/meters"),
        call.ok("GET /v1/charges", expand=["data.customer", "data.payment_intent"]),
        [call.ok(f"GET /v1/events/{event}") for event in call.world.events],
        call.ok("GET /v1/payment_intents", expand=["data.latest_charge", "data.payment_method"]),
        call.ok("GET /v1/prices", expand=["data.tiers", "data.product"]),
        call.ok("GET /v1/products"),
        call.ok("GET /v1/test_helpers/test_clocks"),
    ]
    for customer in customers:
        paid = ["data.payments", "data.default_payment_method", "data.test_clock"]
        invoices = call.ok("GET /v1/invoices", customer=customer, expand=paid)
        lists += [
            call.ok(f"GET /v1/customers/{customer}", expand=["sources", "subscriptions", "tax_ids", "tax"]),
            call.ok(f"GET /v1/customers/{customer}/payment_methods"),
            call.ok("GET /v1/billing/credit_balance_transactions", customer=customer),
            call.ok("GET /v1/invoiceitems", customer=customer),
            call.ok("GET /v1/subscriptions", customer=customer, expand=["data.items.data.price"]),
            invoices,
        ]
        lists += [call.ok(f"GET /v1/invoices/{invoice['id']}/lines") for invoice in invoices["data"]]
    return lists


@pytest.fixture(scope="module")
def shown(answers: list[Any]) -> dict[str, list[dict[str, Any]]]:
    """By object name, every object of that name in the answers of a tour through the API."""
    found: dict[str, list[dict[str, Any]]] = {}
    for each in objects_in(answers):
        if each["object"] == "invoice" and "id" not in each:
            continue  # that of `invoice.upcoming` (CLK-82)
        found.setdefault(each["object"], []).append(each)
    return found


EXPECTED = [
    *("billing.alert", "billing.alert_triggered"),
    *("billing.credit_balance_summary", "billing.credit_balance_transaction", "billing.credit_grant"),
    *(
        "billing.meter",
        "billing.meter_event",
        "billing.meter_event_adjustment",
        "billing.meter_event_summary",
    ),
    *(
        "charge",
        "coupon",
        "credit_note",
        "credit_note_line_item",
        "customer_balance_transaction",
        "discount",
        "customer",
        "event",
        "invoice",
        "invoice_payment",
        "invoiceitem",
        "line_item",
        "list",
    ),
    *(
        "payment_intent",
        "payment_method",
        "plan",
        "price",
        "product",
        "promotion_code",
        "refund",
        "subscription",
        "subscription_item",
        "tax_rate",
    ),
    "subscription_schedule",
    *("test_helpers.test_clock", "v2.billing.meter_event", "v2.billing.meter_event_adjustment"),
    *("v2.billing.meter_event_session", "v2.core.event"),
]


def test_the_tour_shows_every_object(shown: dict[str, Any]) -> None:
    assert sorted(set(EXPECTED) - set(shown)) == []
    assert sorted(set(shown) - set(EXPECTED)) == []


@pytest.mark.parametrize("name", [name for name in EXPECTED if name != "list"])
def test_every_member_of_the_sdk_type_is_present(name: str, shown: dict[str, Any]) -> None:
    """MTR-09 MTR-37 MTR-122 INV-32 INV-47 CLK-09: the shapes are the SDK's."""
    missing = {
        path
        for form in shown[name]
        for path, holder, key in members(sdk_class(name), form)
        if key not in holder and not covered(name, path)
    }
    assert sorted(missing) == []


@pytest.mark.parametrize("name", [name for name in EXPECTED if name != "list"])
def test_nothing_is_present_that_the_sdk_type_lacks(name: str, shown: dict[str, Any]) -> None:
    cls = sdk_class(name)
    strangers = {key for form in shown[name] for key in form if key not in cls.__annotations__}
    assert sorted(strangers - set(ADDED.get(name, {}))) == []


def test_what_is_named_as_left_out_is_a_member_that_some_answer_lacks(shown: dict[str, Any]) -> None:
    stale = []
    for name, paths in LEFT_OUT.items():
        lacking = {
            path
            for form in shown[name]
            for path, holder, key in members(sdk_class(name), form)
            if key not in holder
        }
        stale += [f"{name}: {path}" for path in paths if path not in lacking]
    assert stale == []


def test_every_left_out_member_has_a_reason() -> None:
    reasons = [reason for paths in LEFT_OUT.values() for reason in paths.values()]
    assert all(len(reason) > 10 for reason in reasons)
    assert set(LEFT_OUT) <= set(OBJECT_CLASSES) | set(V2_OBJECT_CLASSES)
