"""One file for each resource: routes and nothing else. Importing this package fills the route table."""

from __future__ import annotations

import re

from harness.simulator.api import (
    alerts,
    charges,
    coupons,
    credit_balances,
    credit_grants,
    customers,
    event_summaries,
    events,
    invoice_payments,
    invoiceitems,
    invoices,
    meter_event_adjustments,
    meter_events,
    meters,
    payment_intents,
    payment_methods,
    previews,
    prices,
    products,
    promotion_codes,
    subscription_items,
    subscription_schedules,
    subscriptions,
    tax_rates,
    test_clocks,
    usage_records,
    v2_billing,
    v2_destinations,
    v2_events,
    webhook_endpoints,
)

__all__ = [
    "alerts",
    "charges",
    "coupons",
    "credit_balances",
    "credit_grants",
    "customers",
    "event_summaries",
    "events",
    "invoice_payments",
    "invoiceitems",
    "invoices",
    "meter_event_adjustments",
    "meter_events",
    "meters",
    "payment_intents",
    "payment_methods",
    "previews",
    "prices",
    "products",
    "promotion_codes",
    "subscription_items",
    "subscription_schedules",
    "subscriptions",
    "tax_rates",
    "test_clocks",
    "usage_records",
    "v2_billing",
    "v2_destinations",
    "v2_events",
    "webhook_endpoints",
]

NOT_MODELLED = {
    "/v1/(account|account_links|account_sessions|accounts|apple_pay)": "Connect accounts",
    "/v1/(balance|balance_settings|balance_transactions|payouts|topups|transfers)": "balances and payouts",
    "/v1/billing_portal": "the customer portal",
    "/v1/checkout": "Checkout",
    "/v1/credit_notes": "credit notes",
    "/v1/customers/[^/]+/(balance_transactions|cash_balance|cash_balance_transactions)": "customer balances",
    "/v1/customers/[^/]+/(bank_accounts|cards|sources)": "sources",
    "/v1/customers/[^/]+/(funding_instructions|subscriptions|tax_ids)": "this part of customers",
    "/v1/(customers|charges|invoices|payment_intents|prices|products|subscriptions)/search": "search",
    "/v1/(charges|disputes|payment_intents|refunds|reviews|tokens|sources)": "payments beside invoices",
    "/v1/(files|file_links|reporting|sigma)": "files and reports",
    "/v1/invoice_rendering_templates": "invoice templates",
    "/v1/invoices/[^/]+/(add_lines|attach_payment|remove_lines|update_lines)": "this change of invoices",
    "/v1/invoices/[^/]+/lines/[^/]+": "changes of invoice lines",
    "/v1/subscriptions/[^/]+/pause": "this change of subscriptions",
    "/v1/payment_links": "payment links",
    "/v1/payment_method_(configurations|domains)": "payment method settings",
    "/v1/plans": "plans; use prices",
    "/v1/products/[^/]+/features": "product features",
    "/v1/quotes": "quotes",
    "/v1/(setup_attempts|setup_intents)": "setup intents",
    "/v1/(shipping_rates|tax|tax_codes|tax_ids)": "Stripe Tax and shipping",
    "/v1/(climate|entitlements|financial_connections|forwarding|identity)": "this product",
    "/v1/(issuing|radar|terminal|treasury)": "this product",
    "/v1/test_helpers/(?!test_clocks)[^/]+": "these test helpers",
    "/v2": "this v2 resource",
}
"""What Stripe serves and the simulator does not: patterns of how a path begins, with words for the reader."""


def known_to_stripe(path: str) -> str | None:
    """What `path` belongs to when Stripe serves it and the simulator does not, else None."""
    found = (words for pattern, words in NOT_MODELLED.items() if re.match(rf"{pattern}(/|$)", path))
    return next(found, None)
