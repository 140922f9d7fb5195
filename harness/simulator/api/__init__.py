"""One file for each resource: routes and nothing else. Importing this package fills the route table."""

from __future__ import annotations

# The resources' modules are imported here, one line each, so that their routes are registered.

NOT_MODELLED = {
    "/v1/accounts": "Connect accounts",
    "/v1/balance": "balances",
    "/v1/checkout": "Checkout",
    "/v1/coupons": "coupons and discounts",
    "/v1/credit_notes": "credit notes",
    "/v1/payment_links": "payment links",
    "/v1/promotion_codes": "promotion codes",
    "/v1/quotes": "quotes",
    "/v1/refunds": "refunds",
    "/v1/setup_intents": "setup intents",
    "/v1/subscription_schedules": "subscription schedules",
    "/v1/tax": "tax",
    "/v1/webhook_endpoints": "webhook endpoints",
    "/v1/billing/alerts": "billing alerts",
    "/v1/billing/credit": "billing credits",
    "/v1/billing_portal": "the customer portal",
    "/v2": "this v2 resource",
}
"""Path prefixes that Stripe serves and the simulator does not, with words for the reader."""


def known_to_stripe(path: str) -> str | None:
    """What `path` belongs to when Stripe serves it and the simulator does not, else None."""
    return next((words for prefix, words in NOT_MODELLED.items() if path.startswith(prefix)), None)
