"""Each route knows Stripe's parameters: it implements them or names them as unmodelled, and invents none."""

from __future__ import annotations

import importlib
import re
from collections.abc import Iterator
from typing import Any

import pytest
from stripe import params as sdk

from harness.simulator import api
from harness.simulator.wire.params import Fields
from harness.simulator.wire.routes import Route, all_routes

assert api.__all__  # importing the package fills the route table

REQUEST_OPTIONS = {
    "api_key",
    "content_type",
    "headers",
    "idempotency_key",
    "max_network_retries",
    "stripe_account",
    "stripe_context",
    "stripe_version",
}
"""The SDK's own options, which travel beside the parameters."""

OLD_COUPONS = {"coupon", "promotion_code"}  # before 2025-03-31.basil only (VER-07)
OWN = {
    "POST /v1/credit_notes": {"refund"},  # before 2025-03-31.basil only (INV-99)
    "GET /v1/credit_notes/preview": {"refund"},  # the same
    "GET /v1/credit_notes/preview/lines": {"refund"},  # the same
    "POST /v1/customers": OLD_COUPONS,
    "POST /v1/customers/{id}": OLD_COUPONS,
    "POST /v1/invoices/create_preview": {"coupon"},  # the same
    "POST /v1/promotion_codes": {"coupon"},  # before 2025-09-30.clover only (VER-13)
    "POST /v1/subscriptions": OLD_COUPONS,
    "POST /v1/subscriptions/{id}": OLD_COUPONS,
    "POST /v1/invoiceitems": {"price", "unit_amount"},  # before 2025-03-31.basil only (VER-07)
    "POST /v1/invoiceitems/{id}": {"price", "unit_amount"},  # the same
    "POST /v1/prices": {
        "recurring[aggregate_usage]"
    },  # served to versions before 2025-03-31.basil only (PRC-21)
    "POST /v1/subscription_schedules": {
        "phases[coupon]",  # before 2025-03-31.basil only (VER-07)
        "phases[iterations]",  # before 2025-09-30.clover only (VER-13)
    },
    "POST /v1/subscription_schedules/{id}": {"phases[coupon]", "phases[iterations]"},  # the same
    "GET /v2/core/events": {"page"},  # in `next_page_url`, which the SDK follows as it is (PRO-14)
}
"""Parameters that the newest SDK lacks, with the reason."""

NAMES = {
    "/v1/test_helpers/test_clocks": "test_helpers.TestClock",
    "/v1/billing/alerts": "billing.Alert",
    "/v1/billing/credit_balance_transactions": "billing.CreditBalanceTransaction",
    "/v1/billing/credit_grants": "billing.CreditGrant",
    "/v1/billing/meters": "billing.Meter",
    "/v1/billing/meter_events": "billing.MeterEvent",
    "/v1/billing/meter_event_adjustments": "billing.MeterEventAdjustment",
    "/v1/billing/meters/{id}/event_summaries": "billing.MeterEventSummary",
    "/v1/charges": "Charge",
    "/v1/coupons": "Coupon",
    "/v1/credit_notes": "CreditNote",
    "/v1/credit_notes/{id}/lines": "CreditNoteLineItem",
    "/v1/customers": "Customer",
    "/v1/customers/{id}/payment_methods": "CustomerPaymentMethod",
    "/v1/events": "Event",
    "/v1/invoice_payments": "InvoicePayment",
    "/v1/invoiceitems": "InvoiceItem",
    "/v1/invoices": "Invoice",
    "/v1/invoices/{id}/lines": "InvoiceLineItem",
    "/v1/payment_intents": "PaymentIntent",
    "/v1/payment_methods": "PaymentMethod",
    "/v1/prices": "Price",
    "/v1/products": "Product",
    "/v1/promotion_codes": "PromotionCode",
    "/v1/refunds": "Refund",
    "/v1/subscription_items": "SubscriptionItem",
    "/v1/subscription_schedules": "SubscriptionSchedule",
    "/v1/subscriptions": "Subscription",
    "/v1/tax_rates": "TaxRate",
    "/v1/webhook_endpoints": "WebhookEndpoint",
    "/v2/billing/meter_event_adjustments": "v2.billing.MeterEventAdjustment",
    "/v2/billing/meter_event_session": "v2.billing.MeterEventSession",
    "/v2/billing/meter_event_stream": "v2.billing.MeterEventStream",
    "/v2/billing/meter_events": "v2.billing.MeterEvent",
    "/v2/core/event_destinations": "v2.core.EventDestination",
    "/v2/core/events": "v2.core.Event",
}
ACTION_NAMES = {
    "GET /v1/billing/credit_balance_summary": "billing.CreditBalanceSummaryRetrieve",
    "POST /v1/billing/credit_grants/{id}/void": "billing.CreditGrantVoidGrant",
    "GET /v1/credit_notes/preview": "CreditNotePreview",
    "GET /v1/credit_notes/preview/lines": "CreditNotePreviewLinesList",
    "POST /v1/credit_notes/{id}/void": "CreditNoteVoidCreditNote",
    "DELETE /v1/customers/{id}/discount": "CustomerDeleteDiscount",
    "DELETE /v1/subscriptions/{id}": "SubscriptionCancel",
    "DELETE /v1/subscriptions/{id}/discount": "SubscriptionDeleteDiscount",
    "POST /v1/invoices/{id}/finalize": "InvoiceFinalizeInvoice",
    "POST /v1/invoices/{id}/send": "InvoiceSendInvoice",
    "POST /v1/invoices/{id}/void": "InvoiceVoidInvoice",
}
LEGACY = {
    "GET /v1/invoices/upcoming",
    "GET /v1/invoices/upcoming/lines",
    "GET /v1/subscription_items/{id}/usage_record_summaries",
    "POST /v1/subscription_items/{id}/usage_records",
}
"""Routes of versions before 2025-03-31.basil; the newest SDK has lost them (LEG-24)."""


def sdk_name(route: Route) -> str:
    """Name of the TypedDict with a route's parameters, such as `test_helpers.TestClockAdvanceParams`."""
    if named := ACTION_NAMES.get(route.name):
        return f"{named}Params"
    base = max((path for path in NAMES if (route.template + "/").startswith(path + "/")), key=len)
    rest = re.sub(r"\{\w+\}", "*", route.template.removeprefix(base)).strip("/").split("/")
    match (route.method, rest):
        case ("GET", [""]):
            action = "List"
        case ("GET", ["*"]):
            action = "Retrieve"
        case ("POST", [""]):
            action = "Create"
        case ("POST", ["*"]):
            action = "Update"
        case ("DELETE", _):
            action = "Delete"
        case (_, [*_, verb]):
            action = "".join(part.capitalize() for part in verb.split("_"))
    return f"{NAMES[base]}{action}Params"


def hashes(parser: Any) -> list[Fields]:
    """The `Fields` that a parser is, or wraps."""
    if isinstance(parser, Fields):
        return [parser]
    inner = [cell.cell_contents for cell in getattr(parser, "__closure__", None) or ()]
    return [found for each in inner if callable(each) for found in hashes(each)]


def mentioned(annotation: Any, module: Any) -> list[Any]:
    """The TypedDicts that an annotation names."""
    words = re.findall(r"\w+Params\w+", str(annotation))
    return [getattr(module, word) for word in dict.fromkeys(words) if hasattr(module, word)]


def differences(takes: Fields, theirs: Any, path: str = "") -> Iterator[str]:
    """How the hashes inside a route's parameters differ from the SDK's."""
    module = importlib.import_module(theirs.__module__)
    for key, parser in takes.known.items():
        wanted = mentioned(theirs.__annotations__.get(key, ""), module)
        for inner in hashes(parser) if wanted else []:
            names = {name for each in wanted for name in each.__annotations__}
            ours = set(inner.known) | set(inner.unmodelled)
            yield from (f"lacks {path}{key}[{name}]" for name in sorted(names - ours))
            yield from (f"invents {path}{key}[{name}]" for name in sorted(ours - names))
            yield from (line for each in wanted for line in differences(inner, each, f"{path}{key}."))


def typed_dict(name: str) -> Any:
    module: Any = sdk
    *path, last = name.split(".")
    for part in path:
        module = importlib.import_module(f"{module.__name__}.{part}")
    return getattr(module, last)


ROUTES = [route for route in all_routes() if route.name not in LEGACY]


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.name)
def test_a_route_knows_every_parameter_of_the_sdk_and_no_other(route: Route) -> None:
    theirs = set(typed_dict(sdk_name(route)).__annotations__) - REQUEST_OPTIONS - {"expand"}
    ours = set(route.takes.known) | set(route.takes.unmodelled)
    assert sorted(theirs - ours) == [], "unknown to the simulator"
    assert sorted(ours - theirs - OWN.get(route.name, set())) == [], "invented by the simulator"


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.name)
def test_the_hashes_inside_a_routes_parameters_are_the_sdks(route: Route) -> None:
    found = set(differences(route.takes, typed_dict(sdk_name(route))))
    assert sorted(found - {f"invents {path}" for path in OWN.get(route.name, ())}) == []


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.name)
def test_a_route_requires_what_the_sdk_requires(route: Route) -> None:
    theirs = set(typed_dict(sdk_name(route)).__required_keys__)
    assert sorted(set(route.takes.required) - theirs - RELAXED.get(route.name, set())) == []
    assert sorted(theirs - set(route.takes.required) - NOT_ALWAYS.get(route.name, set())) == []


NOT_ALWAYS = {"POST /v1/promotion_codes": {"promotion"}}
"""Required since some version only."""
RELAXED = {
    "POST /v1/payment_methods": {"type"},  # the SDK also allows a Connect clone, which needs no type
    "POST /v1/payment_methods/{id}/attach": {"customer"},  # the other way is `customer_account`
}


@pytest.mark.parametrize("route", list(all_routes()), ids=lambda route: route.name)
def test_a_route_says_which_object_it_answers_with(route: Route) -> None:
    """PRO-15: expansion is checked against it before anything changes; v2 has no expansion."""
    from harness.simulator.wire.expand import kind_of

    assert bool(kind_of(route)) == route.template.startswith("/v1/")
