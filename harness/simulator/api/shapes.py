"""Parameters that several routes share: settings for payment, for invoices, for taxes."""

from __future__ import annotations

from typing import Any

from harness.simulator.api.prices import AMOUNTS
from harness.simulator.wire.errors import invalid, unmodelled
from harness.simulator.wire.params import (
    Fields,
    Parser,
    choice,
    fields,
    flag,
    integer,
    limited,
    listing,
    nullable,
    text,
)

METHOD_TYPES = tuple(
    """
    ach_credit_transfer ach_debit acss_debit affirm alipay amazon_pay au_becs_debit bacs_debit bancontact
    billie blik boleto card cashapp crypto custom customer_balance eps fpx giropay grabpay ideal
    jp_credit_transfer kakao_pay klarna konbini kr_card link mb_way multibanco naver_pay nz_bank_account p24
    pay_by_bank payco paynow paypal payto pix promptpay revolut_pay satispay sepa_credit_transfer sepa_debit
    sequra sofort swish twint upi us_bank_account wechat_pay
    """.split()  # noqa: SIM905  # a list of sixty lines says less
)
_OTHER_OPTIONS = (
    "acss_debit bancontact billie blik customer_balance konbini payto pix sepa_debit upi us_bank_account"
)
_NETWORK = choice(
    "amex",
    "cartes_bancaires",
    "diners",
    "discover",
    "eftpos_au",
    "girocard",
    "interac",
    "jcb",
    "link",
    "mastercard",
    "unionpay",
    "unknown",
    "visa",
)
_INTERVAL = choice("day", "month", "week", "year")
_SECURE = limited(choice("any", "automatic", "challenge"), "automatic")
"""The simulator's cards never ask for authentication, so nothing but the default is modelled."""


def _method_types(value: Any, name: str) -> list[str]:
    """Types to pay with. The simulator has cards only: a list without them is not modelled."""
    found: list[str] = listing(choice(*METHOD_TYPES))(value, name)
    if found and "card" not in found:
        raise unmodelled(f"{name} without card")
    return found


SUBSCRIPTION_PAYMENT = fields(
    payment_method_options=fields(
        card=nullable(fields(network=_NETWORK, request_three_d_secure=_SECURE, unmodelled="mandate_options")),
        unmodelled=_OTHER_OPTIONS,
    ),
    payment_method_types=_method_types,
    save_default_payment_method=choice("off", "on_subscription"),
)
INVOICE_PAYMENT = fields(
    payment_method_options=fields(
        card=nullable(fields(request_three_d_secure=_SECURE, unmodelled="installments")),
        unmodelled=_OTHER_OPTIONS,
    ),
    payment_method_types=_method_types,
    unmodelled="default_mandate",
)
CUSTOM_FIELDS = nullable(
    listing(fields(required=["name", "value"], name=text(40), value=text(140)), at_most=4)
)
ISSUER = fields(required=["type"], type=limited(choice("account", "self"), "self"), unmodelled="account")
NO_TAX_IDS: Parser = limited(listing(text()), [])
INVOICE_SETTINGS = fields(
    account_tax_ids=NO_TAX_IDS,
    custom_fields=CUSTOM_FIELDS,
    description=text(1_500),
    footer=text(5_000),
    issuer=ISSUER,
)
RENDERING = fields(
    amount_tax_display=nullable(choice("exclude_tax", "include_inclusive_tax")),
    pdf=fields(page_size=choice("a4", "auto", "letter")),
    unmodelled="template template_version",
)
NO_AUTOMATIC_TAX = fields(required=["enabled"], enabled=limited(flag(), False), liability=ISSUER)
"""Stripe Tax is not modelled: rates are applied by hand."""
TAX_RATES: Parser = listing(text(unset=False))
"""Ids of tax rates; the empty string clears them."""
_PRICED: dict[str, Any] = {
    **AMOUNTS,
    "currency": text(unset=False),
    "product": text(unset=False),
    "tax_behavior": choice("exclusive", "inclusive", "unspecified"),
}
ONE_TIME_DATA = fields(required=["currency", "product"], **_PRICED)
"""`price_data` of an invoice item."""
RECURRING_DATA = fields(
    required=["currency", "product", "recurring"],
    **_PRICED,
    recurring=fields(required=["interval"], interval=_INTERVAL, interval_count=integer(1)),
)
"""`price_data` of a subscription item."""
PENDING_INTERVAL = nullable(
    fields(
        required=["interval"],
        interval=_INTERVAL,
        interval_count=integer(1),
    )
)


def planned(item: Fields) -> Parser:
    """A subscription item's entry, with `plan`, the older word for a price, read as `price`."""

    def parse(value: Any, name: str) -> dict[str, Any]:
        return with_plan(item(value, name))

    return parse


def with_plan(entry: dict[str, Any]) -> dict[str, Any]:
    """`entry` with its `plan` as its price; a plan's id is that of its price.

    Raises:
        StripeError: 400 when it names a price as well.
    """
    given = [name for name in ("plan", "price", "price_data") if entry.get(name) is not None]
    if "plan" not in given:
        return {key: value for key, value in entry.items() if key != "plan"}
    if len(given) > 1:
        raise invalid(
            f"You may only specify one of these parameters: {', '.join(given)}.", code="parameters_exclusive"
        )
    rest = {key: value for key, value in entry.items() if key not in given}
    return rest | {"price": entry["plan"]}
