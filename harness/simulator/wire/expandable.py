"""Which members of which object can be expanded, and into what: data for `expand`."""

from __future__ import annotations

from harness.simulator.wire.versions import BASIL, at_least

NOTHING = ""
"""The target of a member that Stripe can expand and the simulator cannot: nearly always it is null there."""

EXPANDABLE: dict[str, dict[str, str]] = {
    "billing.alert": {
        "usage_threshold.filters.customer": "customer",
        "usage_threshold.meter": "billing.meter",
    },
    "billing.credit_balance_summary": {"customer": "customer"},
    "billing.credit_balance_transaction": {
        "credit.credits_application_invoice_voided.invoice": "invoice",
        "credit_grant": "billing.credit_grant",
        "debit.credits_applied.invoice": "invoice",
        "test_clock": "test_helpers.test_clock",
    },
    "billing.credit_grant": {"customer": "customer", "test_clock": "test_helpers.test_clock"},
    "billing.meter": {},
    "billing.meter_event": {},
    "billing.meter_event_adjustment": {},
    "billing.meter_event_summary": {},
    "charge": {
        "application": NOTHING,
        "application_fee": NOTHING,
        "balance_transaction": NOTHING,
        "customer": "customer",
        "failure_balance_transaction": NOTHING,
        "on_behalf_of": NOTHING,
        "payment_intent": "payment_intent",
        "payment_method_details.card.mandate": NOTHING,
        "review": NOTHING,
        "source_transfer": NOTHING,
        "transfer": NOTHING,
        "transfer_data.destination": NOTHING,
    },
    "coupon": {"applies_to": NOTHING, "currency_options": NOTHING},
    "customer": {
        "default_source": NOTHING,
        "discount": "discount",
        "invoice_credit_balance": NOTHING,
        "invoice_settings.default_payment_method": "payment_method",
        "sources": "[source]",
        "subscriptions": "[subscription]",
        "tax": NOTHING,
        "tax_ids": "[tax_id]",
        "test_clock": "test_helpers.test_clock",
    },
    "discount": {"customer": "customer", "promotion_code": "promotion_code", "source.coupon": "coupon"},
    "event": {},
    "invoice": {
        "account_tax_ids": NOTHING,
        "application": NOTHING,
        "automatic_tax.liability.account": NOTHING,
        "confirmation_secret": NOTHING,
        "customer": "customer",
        "default_payment_method": "payment_method",
        "default_source": NOTHING,
        "discounts": "discount",
        "from_invoice.invoice": "invoice",
        "issuer.account": NOTHING,
        "latest_revision": "invoice",
        "lines": "[line_item]",
        "on_behalf_of": NOTHING,
        "parent.subscription_details.subscription": "subscription",
        "payments": "[invoice_payment]",
        "shipping_cost.shipping_rate": NOTHING,
        "test_clock": "test_helpers.test_clock",
        "total_discount_amounts.discount": "discount",
        "total_pretax_credit_amounts.credit_balance_transaction": "billing.credit_balance_transaction",
        "total_pretax_credit_amounts.discount": "discount",
    },
    "invoice_payment": {
        "invoice": "invoice",
        "payment.charge": "charge",
        "payment.payment_intent": "payment_intent",
        "payment.payment_record": NOTHING,
    },
    "invoiceitem": {
        "customer": "customer",
        "discounts": "discount",
        "invoice": "invoice",
        "pricing.price_details.price": "price",
        "proration_details.discount_amounts.discount": "discount",
        "test_clock": "test_helpers.test_clock",
    },
    "line_item": {
        "discount_amounts.discount": "discount",
        "discounts": "discount",
        "pretax_credit_amounts.credit_balance_transaction": "billing.credit_balance_transaction",
        "pretax_credit_amounts.discount": "discount",
        "pricing.price_details.price": "price",
        "subscription": "subscription",
    },
    "payment_intent": {
        "application": NOTHING,
        "customer": "customer",
        "latest_charge": "charge",
        "on_behalf_of": NOTHING,
        "payment_method": "payment_method",
        "payment_record": NOTHING,
        "review": NOTHING,
        "source": NOTHING,
        "transfer_data.destination": NOTHING,
    },
    "payment_method": {
        "card.generated_from.setup_attempt": NOTHING,
        "customer": "customer",
        "sepa_debit.generated_from.charge": NOTHING,
        "sepa_debit.generated_from.setup_attempt": NOTHING,
    },
    "plan": {"product": "product", "tiers": NOTHING},
    "price": {"currency_options": "{tiers}", "product": "product", "tiers": NOTHING},
    "product": {"default_price": "price", "tax_code": NOTHING},
    "promotion_code": {"customer": "customer", "promotion.coupon": "coupon"},
    "source": {},
    "subscription": {
        "application": NOTHING,
        "automatic_tax.liability.account": NOTHING,
        "billing_schedules.applies_to.price": NOTHING,
        "cancellation_details.feedback_option": NOTHING,
        "customer": "customer",
        "default_payment_method": "payment_method",
        "default_source": NOTHING,
        "discounts": "discount",
        "invoice_settings.account_tax_ids": NOTHING,
        "invoice_settings.issuer.account": NOTHING,
        "items": "[subscription_item]",
        "latest_invoice": "invoice",
        "on_behalf_of": NOTHING,
        "pending_setup_intent": NOTHING,
        "pending_update.discounts": NOTHING,
        "schedule": "subscription_schedule",
        "test_clock": "test_helpers.test_clock",
        "transfer_data.destination": NOTHING,
    },
    "subscription_schedule": {
        "application": NOTHING,
        "customer": "customer",
        "default_settings.automatic_tax.liability.account": NOTHING,
        "default_settings.default_payment_method": "payment_method",
        "default_settings.invoice_settings.account_tax_ids": NOTHING,
        "default_settings.invoice_settings.issuer.account": NOTHING,
        "default_settings.on_behalf_of": NOTHING,
        "default_settings.transfer_data.destination": NOTHING,
        "phases.add_invoice_items.discounts.coupon": NOTHING,
        "phases.add_invoice_items.discounts.discount": NOTHING,
        "phases.add_invoice_items.discounts.promotion_code": NOTHING,
        "phases.add_invoice_items.price": "price",
        "phases.automatic_tax.liability.account": NOTHING,
        "phases.default_payment_method": "payment_method",
        "phases.discounts.coupon": NOTHING,
        "phases.discounts.discount": NOTHING,
        "phases.discounts.promotion_code": NOTHING,
        "phases.invoice_settings.account_tax_ids": NOTHING,
        "phases.invoice_settings.issuer.account": NOTHING,
        "phases.items.discounts.coupon": NOTHING,
        "phases.items.discounts.discount": NOTHING,
        "phases.items.discounts.promotion_code": NOTHING,
        "phases.items.plan": NOTHING,
        "phases.items.price": "price",
        "phases.on_behalf_of": NOTHING,
        "phases.transfer_data.destination": NOTHING,
        "subscription": "subscription",
        "test_clock": "test_helpers.test_clock",
    },
    "subscription_item": {"discounts": "discount", "plan": "plan", "price": "price"},
    "tax_id": {},
    "tax_rate": {},
    "test_helpers.test_clock": {},
    "usage_record": {},
    "usage_record_summary": {},
    "webhook_endpoint": {},
}
"""By object name: dotted path of a member to the object it expands to; `[x]` is a list of x, and `{x}` a hash
with free keys, under each of which `x` appears when expanded."""

_BEFORE_BASIL: dict[str, dict[str, str]] = {
    "charge": {"invoice": "invoice"},
    "invoice": {
        "charge": "charge",
        "discount": "discount",
        "payment_intent": "payment_intent",
        "quote": NOTHING,
        "subscription": "subscription",
    },
    "invoiceitem": {"subscription": "subscription"},
    "line_item": {"invoice_item": "invoiceitem"},
    "payment_intent": {"invoice": "invoice"},
    "subscription": {"discount": "discount"},
}
"""What could be expanded besides, before 2025-03-31.basil (INV-46)."""

_NOT_YET = (
    ("2025-12-15", "pricing.price_details.price"),
    ("2025-09-30", "source.coupon"),
    ("2025-09-30", "promotion.coupon"),
)
"""What a version made expandable, with its date (INV-49, VER-13, VER-16); it is that in every object
that has it."""


def expandable(kind: str, version: str) -> dict[str, str]:
    """The members of an object that a `Stripe-Version` can expand, with what each leads to."""
    members = EXPANDABLE.get(kind, {})
    for since, path in _NOT_YET:
        if not at_least(version, since):
            members = {key: target for key, target in members.items() if key != path}
    return members if at_least(version, BASIL) else members | _BEFORE_BASIL.get(kind, {})


OBJECT_OF_PATH: dict[str, str] = {
    "/v1/billing/alerts": "billing.alert",
    "/v1/billing/credit_balance_summary": "billing.credit_balance_summary",
    "/v1/billing/credit_balance_transactions": "billing.credit_balance_transaction",
    "/v1/billing/credit_grants": "billing.credit_grant",
    "/v1/billing/meter_event_adjustments": "billing.meter_event_adjustment",
    "/v1/billing/meter_events": "billing.meter_event",
    "/v1/billing/meters": "billing.meter",
    "/v1/billing/meters/{id}/event_summaries": "billing.meter_event_summary",
    "/v1/charges": "charge",
    "/v1/coupons": "coupon",
    "/v1/customers": "customer",
    "/v1/customers/{id}/discount": "discount",
    "/v1/customers/{id}/payment_methods": "payment_method",
    "/v1/events": "event",
    "/v1/invoice_payments": "invoice_payment",
    "/v1/invoiceitems": "invoiceitem",
    "/v1/invoices": "invoice",
    "/v1/invoices/{id}/lines": "line_item",
    "/v1/payment_intents": "payment_intent",
    "/v1/payment_methods": "payment_method",
    "/v1/prices": "price",
    "/v1/products": "product",
    "/v1/promotion_codes": "promotion_code",
    "/v1/subscription_items": "subscription_item",
    "/v1/subscription_items/{id}/usage_record_summaries": "usage_record_summary",
    "/v1/subscription_items/{id}/usage_records": "usage_record",
    "/v1/subscription_schedules": "subscription_schedule",
    "/v1/subscriptions": "subscription",
    "/v1/subscriptions/{id}/discount": "discount",
    "/v1/tax_rates": "tax_rate",
    "/v1/test_helpers/test_clocks": "test_helpers.test_clock",
    "/v1/webhook_endpoints": "webhook_endpoint",
}
"""What a route answers with, by the longest of these that its template starts with; a GET on it lists."""

SINGLE = frozenset({"/v1/billing/credit_balance_summary"})
"""Paths of which there is one object, so that a GET does not list."""
