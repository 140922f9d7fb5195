"""What of an account's answers is about persons, and is left out unless asked for."""

from __future__ import annotations

from typing import Any

PERSONAL = frozenset(
    (
        *("name", "email", "phone", "address", "shipping", "tax_ids", "preferred_locales", "metadata"),
        *("customer_name", "customer_email", "customer_phone", "customer_address", "customer_shipping"),
        *(
            "customer_tax_ids",
            "account_name",
            "account_tax_ids",
            "nickname",
            "billing_details",
            "individual_name",
        ),
        *(
            "business_name",
            "invoice_prefix",
            "receipt_email",
            "statement_descriptor",
            "footer",
            "custom_fields",
        ),
        *("hosted_invoice_url", "invoice_pdf", "receipt_url", "client_secret", "confirmation_secret"),
    )
)
"""Members that hold names, addresses, free text, or links that open without a key."""


def without_personal_data(value: Any) -> Any:
    """JSON without those members, wherever they stand; a customer's `description` goes as well."""
    if isinstance(value, dict):
        left_out = PERSONAL | {"description"} if value.get("object") == "customer" else PERSONAL
        return {key: without_personal_data(each) for key, each in value.items() if key not in left_out}
    if isinstance(value, list):
        return [without_personal_data(each) for each in value]
    return value
