"""Every route of the table answers a right request with 200."""

from typing import Any

import pytest

from harness.simulator.wire.routes import all_routes, find

MONTH = 31 * 86_400
OLD = {"stripe-version": "2024-06-20"}
REFUSING = {"POST /v1/refunds/{id}/cancel"}
"""Routes without a right request: no card's refund can be canceled (INV-98)."""


class Visitor:
    """Calls that must succeed, and the routes they took."""

    def __init__(self, call: Any) -> None:
        self.call = call
        self.seen: set[str] = set()

    def __call__(self, line: str, headers: dict[str, str] | None = None, **params: Any) -> dict[str, Any]:
        found = find(*line.split(" ", 1))
        assert found is not None, line
        answer = self.call.ok(line, headers, **params)
        self.seen.add(found[0].name)
        return answer

    def resource(
        self, path: str, object_id: str, *, change: dict[str, Any] | None = None, delete: bool = False
    ) -> None:
        """The list, the object itself, a change to it, and its end."""
        self(f"GET {path}")
        self(f"GET {path}/{object_id}")
        if change is not None:
            self(f"POST {path}/{object_id}", **change)
        if delete:
            self(f"DELETE {path}/{object_id}")


@pytest.fixture
def visit(call: Any) -> Visitor:
    return Visitor(call)


def catalogue(visit: Visitor) -> dict[str, str]:
    meter = visit(
        "POST /v1/billing/meters",
        display_name="Calls",
        event_name="calls",
        default_aggregation={"formula": "sum"},
    )["id"]
    visit.resource("/v1/billing/meters", meter, change={"display_name": "API calls"})
    visit(f"POST /v1/billing/meters/{meter}/deactivate")
    visit(f"POST /v1/billing/meters/{meter}/reactivate")
    product = visit("POST /v1/products", name="API")["id"]
    visit.resource("/v1/products", product, change={"name": "The API"})
    visit(f"DELETE /v1/products/{visit('POST /v1/products', name='Gone')['id']}")
    usage = {"interval": "month", "usage_type": "metered", "meter": meter}
    metered = visit("POST /v1/prices", currency="usd", product=product, recurring=usage, unit_amount=5)["id"]
    visit.resource("/v1/prices", metered, change={"nickname": "per call"})
    monthly = {"currency": "usd", "product": product, "recurring": {"interval": "month"}}
    return {
        "meter": meter,
        "metered": metered,
        "base": visit("POST /v1/prices", **monthly, unit_amount=1000)["id"],
        "extra": visit("POST /v1/prices", **monthly, unit_amount=700)["id"],
        "legacy": visit(
            "POST /v1/prices",
            OLD,
            currency="usd",
            product=product,
            recurring={"interval": "month", "usage_type": "metered"},
            unit_amount=3,
        )["id"],
    }


def people(visit: Visitor, clock: str) -> str:
    default = {"default_payment_method": "pm_card_visa"}
    customer = visit(
        "POST /v1/customers", test_clock=clock, payment_method="pm_card_visa", invoice_settings=default
    )["id"]
    visit.resource("/v1/customers", customer, change={"name": "Acme"})
    visit(f"DELETE /v1/customers/{visit('POST /v1/customers')['id']}")
    card = visit("POST /v1/payment_methods", type="card", card={"token": "tok_visa"})["id"]
    visit(f"POST /v1/payment_methods/{card}/attach", customer=customer)
    visit(f"GET /v1/payment_methods/{card}")
    visit(f"POST /v1/payment_methods/{card}", metadata={"kind": "spare"})
    visit("GET /v1/payment_methods", customer=customer)
    visit(f"GET /v1/customers/{customer}/payment_methods")
    visit(f"GET /v1/customers/{customer}/payment_methods/{card}")
    visit(f"POST /v1/payment_methods/{card}/detach")
    return str(customer)


def subscribing(visit: Visitor, customer: str, prices: dict[str, str]) -> str:
    items = [{"price": prices["metered"]}, {"price": prices["base"]}]
    classic = {"billing_mode": {"type": "classic"}}
    subscription = visit("POST /v1/subscriptions", customer=customer, items=items, **classic)["id"]
    visit.resource("/v1/subscriptions", subscription, change={"metadata": {"plan": "gold"}})
    visit(f"POST /v1/subscriptions/{subscription}/migrate", billing_mode={"type": "flexible"})
    item = visit("POST /v1/subscription_items", subscription=subscription, price=prices["extra"])["id"]
    visit("GET /v1/subscription_items", subscription=subscription)
    visit(f"GET /v1/subscription_items/{item}")
    visit(f"POST /v1/subscription_items/{item}", quantity=2)
    visit(f"DELETE /v1/subscription_items/{item}")
    return str(subscription)


def scheduling(visit: Visitor, price: str) -> None:
    customer = visit("POST /v1/customers")["id"]
    path = "/v1/subscription_schedules"
    asked = {"customer": customer, "start_date": visit.call.world.wall + MONTH}
    phases = [{"items": [{"price": price}]}]
    made = [visit(f"POST {path}", **asked, phases=phases)["id"] for _ in range(2)]
    visit.resource(path, made[0], change={"metadata": {"plan": "gold"}})
    visit(f"POST {path}/{made[0]}/cancel")
    visit(f"POST {path}/{made[1]}/release")


def legacy(visit: Visitor, customer: str, price: str) -> None:
    subscription = visit("POST /v1/subscriptions", OLD, customer=customer, items=[{"price": price}])
    item = subscription["items"]["data"][0]["id"]
    now = visit(f"GET /v1/test_helpers/test_clocks/{subscription['test_clock']}")["frozen_time"]
    visit(f"POST /v1/test_helpers/test_clocks/{subscription['test_clock']}/advance", frozen_time=now + 60)
    visit(f"GET /v1/test_helpers/test_clocks/{subscription['test_clock']}")
    visit(f"POST /v1/subscription_items/{item}/usage_records", OLD, quantity=3, timestamp=now + 60)
    visit(f"GET /v1/subscription_items/{item}/usage_record_summaries", OLD)
    visit("GET /v1/invoices/upcoming", OLD, customer=customer, subscription=subscription["id"])
    visit("GET /v1/invoices/upcoming/lines", OLD, customer=customer, subscription=subscription["id"])
    visit(f"DELETE /v1/subscriptions/{subscription['id']}")


def usage(visit: Visitor, customer: str, meter: str, start: int) -> None:
    payload = {"stripe_customer_id": customer, "value": "7"}
    event = {"event_name": "calls", "payload": payload}
    visit("POST /v1/billing/meter_events", **event, identifier="one", timestamp=start)
    cancelled = {"event_name": "calls", "type": "cancel"}
    visit("POST /v1/billing/meter_event_adjustments", **cancelled, cancel={"identifier": "one"})
    span = {"start_time": start, "end_time": start + 3_600}
    visit(f"GET /v1/billing/meters/{meter}/event_summaries", customer=customer, **span)
    visit("POST /v2/billing/meter_events", **event, identifier="two")
    visit("POST /v2/billing/meter_event_adjustments", **cancelled, cancel={"identifier": "two"})
    token = visit("POST /v2/billing/meter_event_session")["authentication_token"]
    stream = {"events": [{"event_name": "nothing", "payload": payload}]}
    visit("POST /v2/billing/meter_event_stream", {"authorization": f"Bearer {token}"}, **stream)
    visit.call.world.sleep(15)
    report = visit("GET /v2/core/events")["data"][0]
    visit(f"GET /v2/core/events/{report['id']}")


def invoicing(visit: Visitor, customer: str, subscription: str) -> None:
    extra = {"customer": customer, "amount": 500, "currency": "usd"}
    item = visit("POST /v1/invoiceitems", **extra)["id"]
    visit.resource("/v1/invoiceitems", item, change={"description": "Set-up"}, delete=True)
    visit("POST /v1/invoices/create_preview", subscription=subscription)
    drafts = [visit("POST /v1/invoices", customer=customer, auto_advance=False)["id"] for _ in range(4)]
    for draft in drafts:
        visit("POST /v1/invoiceitems", **extra, invoice=draft)
    visit.resource("/v1/invoices", drafts[0], change={"description": "By hand"}, delete=True)
    for draft, end in zip(drafts[1:], ("pay", "void", "mark_uncollectible"), strict=True):
        visit(f"GET /v1/invoices/{draft}/lines")
        visit(f"POST /v1/invoices/{draft}/finalize")
        visit(f"POST /v1/invoices/{draft}/{end}")
    sent = visit("POST /v1/invoices", customer=customer, collection_method="send_invoice", days_until_due=3)
    visit(f"POST /v1/invoices/{sent['id']}/send")
    paid = visit("GET /v1/invoice_payments")["data"][0]["id"]
    visit(f"GET /v1/invoice_payments/{paid}")
    for path in ("/v1/payment_intents", "/v1/charges", "/v1/events"):
        visit.resource(path, visit(f"GET {path}")["data"][0]["id"])


def correcting(visit: Visitor, customer: str) -> None:
    """Credit notes on an open invoice and on a paid one, and a refund without one."""
    made = []
    for _ in range(2):
        made.append(visit("POST /v1/invoices", customer=customer, auto_advance=False)["id"])
        visit("POST /v1/invoiceitems", customer=customer, amount=500, currency="usd", invoice=made[-1])
        visit(f"POST /v1/invoices/{made[-1]}/finalize")
    visit(f"POST /v1/invoices/{made[0]}/pay")
    path = "/v1/credit_notes"
    asked = {"invoice": made[1], "amount": 200}
    visit(f"GET {path}/preview", **asked)
    visit(f"GET {path}/preview/lines", **asked)
    note = visit(f"POST {path}", **asked)["id"]
    visit.resource(path, note, change={"memo": "Sorry"})
    visit(f"GET {path}/{note}/lines")
    visit(f"POST {path}/{note}/void")
    visit(f"POST {path}", invoice=made[0], amount=200, refund_amount=200)
    charge = visit("GET /v1/charges")["data"][0]["id"]
    refund = visit("POST /v1/refunds", charge=charge, amount=100)["id"]
    visit.resource("/v1/refunds", refund, change={"metadata": {"ticket": "7"}})


def crediting(visit: Visitor, customer: str) -> None:
    asked = {
        "customer": customer,
        "amount": {"type": "monetary", "monetary": {"value": 500, "currency": "usd"}},
        "applicability_config": {"scope": {"price_type": "metered"}},
    }
    path = "/v1/billing/credit_grants"
    made = [visit(f"POST {path}", **asked)["id"] for _ in range(2)]
    visit.resource(path, made[0], change={"metadata": {"kind": "welcome"}})
    visit(f"POST {path}/{made[0]}/expire")
    visit(f"POST {path}/{made[1]}/void")
    named = {"type": "credit_grant", "credit_grant": made[0]}
    visit("GET /v1/billing/credit_balance_summary", customer=customer, filter=named)
    moved = visit("GET /v1/billing/credit_balance_transactions", customer=customer)["data"][0]["id"]
    visit(f"GET /v1/billing/credit_balance_transactions/{moved}")


def discounting(visit: Visitor, price: str) -> None:
    half = visit("POST /v1/coupons", percent_off=50, id="half")["id"]
    code = visit("POST /v1/promotion_codes", promotion={"type": "coupon", "coupon": half})["id"]
    visit.resource("/v1/promotion_codes", code, change={"metadata": {"kind": "spring"}})
    customer = visit("POST /v1/customers", OLD, coupon=half)["id"]
    visit(f"DELETE /v1/customers/{customer}/discount")
    asked = {"items": [{"price": price}], "discounts": [{"promotion_code": code}]}
    subscription = visit("POST /v1/subscriptions", customer=customer, **asked)["id"]
    visit(f"DELETE /v1/subscriptions/{subscription}/discount")
    visit.resource("/v1/coupons", half, change={"name": "Half price"}, delete=True)


def taxing(visit: Visitor) -> None:
    made = visit("POST /v1/tax_rates", display_name="VAT", percentage=20, inclusive=True)["id"]
    visit.resource("/v1/tax_rates", made, change={"active": False})


def alerting(visit: Visitor, meter: str) -> None:
    watched = {"meter": meter, "gte": 100, "recurrence": "one_time"}
    path = "/v1/billing/alerts"
    made = visit(f"POST {path}", alert_type="usage_threshold", title="Much", usage_threshold=watched)["id"]
    visit.resource(path, made)
    for verb in ("deactivate", "activate", "archive"):
        visit(f"POST {path}/{made}/{verb}")


def pausing(visit: Visitor, price: str) -> None:
    """A trial that ends without a payment method, on wall time."""
    customer = visit("POST /v1/customers")["id"]
    ending = {"end_behavior": {"missing_payment_method": "pause"}}
    trial = {"trial_period_days": 1, "trial_settings": ending}
    made = visit("POST /v1/subscriptions", customer=customer, items=[{"price": price}], **trial)
    visit.call.world.sleep(86_401)
    visit(f"POST /v1/subscriptions/{made['id']}/resume")


def listening(visit: Visitor) -> None:
    url = "http://127.0.0.1:9/hook"
    hook = visit("POST /v1/webhook_endpoints", url=url, enabled_events=["*"])["id"]
    visit.resource("/v1/webhook_endpoints", hook, change={"disabled": True}, delete=True)
    destination = visit(
        "POST /v2/core/event_destinations",
        name="reports",
        type="webhook_endpoint",
        event_payload="thin",
        enabled_events=["v1.billing.meter.no_meter_found"],
        webhook_endpoint={"url": url},
    )["id"]
    path = "/v2/core/event_destinations"
    visit(f"GET {path}")
    visit(f"GET {path}/{destination}")
    visit(f"POST {path}/{destination}", name="error reports")
    visit(f"POST {path}/{destination}/disable")
    visit(f"POST {path}/{destination}/enable")
    visit(f"DELETE {path}/{destination}")


def test_every_route_answers_a_right_request(visit: Visitor, start: int) -> None:
    clock = visit("POST /v1/test_helpers/test_clocks", frozen_time=start)["id"]
    visit.resource("/v1/test_helpers/test_clocks", clock)
    prices = catalogue(visit)
    customer = people(visit, clock)
    subscription = subscribing(visit, customer, prices)
    scheduling(visit, prices["metered"])
    legacy(visit, customer, prices["legacy"])
    usage(visit, customer, prices["meter"], start)
    invoicing(visit, customer, subscription)
    correcting(visit, customer)
    crediting(visit, customer)
    discounting(visit, prices["metered"])
    taxing(visit)
    alerting(visit, prices["meter"])
    listening(visit)
    pausing(visit, prices["metered"])
    visit(f"DELETE /v1/subscriptions/{subscription}")
    visit(f"DELETE /v1/test_helpers/test_clocks/{clock}")
    assert sorted({route.name for route in all_routes()} - visit.seen - REFUSING) == []
