"""`/v1/payment_methods`: cards, by the names of Stripe's test cards."""

from __future__ import annotations

from typing import Any

from harness.simulator.api.customers import ADDRESS
from harness.simulator.flows import customers
from harness.simulator.flows import payment_methods as flow
from harness.simulator.flows.announcing.events import emit_update
from harness.simulator.flows.clocked import ensure_unlocked
from harness.simulator.objects.payment_method import PaymentMethod
from harness.simulator.wire.errors import invalid, missing_resource, unmodelled
from harness.simulator.wire.lists import PAGING, page
from harness.simulator.wire.params import choice, fields, merge_metadata, metadata, text
from harness.simulator.wire.routes import Call, route

URL = "/v1/payment_methods"

OTHER_TYPES = """
    acss_debit affirm afterpay_clearpay alipay alma amazon_pay au_becs_debit bacs_debit bancontact
    billie bizum blik boleto cashapp crypto custom customer_balance eps fpx giropay grabpay ideal
    interac_present kakao_pay klarna konbini kr_card link mb_way mobilepay multibanco naver_pay
    nz_bank_account oxxo p24 pay_by_bank payco paynow paypal paypay payto pix promptpay revolut_pay
    samsung_pay satispay scalapay sepa_debit sequra sofort sunbit swish twint upi us_bank_account
    wechat_pay zip
"""
"""Payment method types of Stripe that the simulator lacks."""

_BILLING = fields(address=ADDRESS, email=text(), name=text(), phone=text(), unmodelled="tax_id")
_CARD = fields(
    required=["token"], token=text(unset=False), unmodelled="cvc exp_month exp_year networks number"
)
_REDISPLAY = choice("always", "limited", "unspecified")


@route(
    f"POST {URL}",
    takes=fields(
        required=["type"],
        type=text(unset=False),
        allow_redisplay=_REDISPLAY,
        billing_details=_BILLING,
        card=_CARD,
        metadata=metadata(),
        unmodelled=f"customer payment_method radar_options {OTHER_TYPES}",
    ),
)
def create(call: Call) -> dict[str, Any]:
    """A card from a test token such as `tok_visa`; it belongs to nobody yet."""
    params = call.params
    if params["type"] != "card":
        raise unmodelled(f"payment methods of type {params['type']:.100}")
    token = (params.get("card") or {}).get("token")
    if token is None:
        raise invalid("Missing required param: card.", code="parameter_missing", param="card")
    if not token.startswith("tok_"):
        raise missing_resource("token", token, "card[token]")
    card = flow.card_named(token.removeprefix("tok_"))
    method = PaymentMethod(call.world.new_id("pm"), call.world.wall, card)
    method.billing_details = params.get("billing_details") or {}
    method.metadata = merge_metadata({}, params.get("metadata") or {})
    method.allow_redisplay = params.get("allow_redisplay", "unspecified")
    call.world.payment_methods[method.id] = method
    return method.render(call.world)


@route(
    f"GET {URL}",
    takes=fields(
        **PAGING, customer=text(), type=text(), allow_redisplay=_REDISPLAY, unmodelled="customer_account"
    ),
    facts="PRO-14",
)
def index(call: Call) -> dict[str, Any]:
    """A customer's payment methods."""
    if not call.params.get("customer"):
        raise unmodelled("a list of payment methods without `customer`")
    customer = customers.get(call.world, call.params["customer"], "customer")
    rows = flow.listed(call.world, customer, call.params)
    return page(rows, call.params, URL, lambda each: each.render(call.world))


@route(f"GET {URL}/{{id}}")
def retrieve(call: Call) -> dict[str, Any]:
    """One payment method."""
    return _method(call).render(call.world)


@route(
    f"POST {URL}/{{id}}",
    takes=fields(
        allow_redisplay=_REDISPLAY,
        billing_details=_BILLING,
        metadata=metadata(),
        unmodelled="card us_bank_account",
    ),
    facts="CLK-34",
)
def update(call: Call) -> dict[str, Any]:
    """Change what is known about a card."""
    method = _method(call)
    if method.customer is None:
        raise invalid("You must save this PaymentMethod to a customer before you can update it.")
    ensure_unlocked(call.world, call.world.customers[method.customer].test_clock)
    before = method.render(call.world)
    if "metadata" in call.params:
        method.metadata = merge_metadata(method.metadata, call.params["metadata"])
    method.billing_details = method.billing_details | call.params.get("billing_details", {})
    method.allow_redisplay = call.params.get("allow_redisplay", method.allow_redisplay)
    emit_update(call.world, "payment_method.updated", method, before)
    return method.render(call.world)


@route(
    f"POST {URL}/{{id}}/attach",
    takes=fields(required=["customer"], customer=text(unset=False), unmodelled="customer_account"),
    facts="CLK-35",
)
def attach(call: Call) -> dict[str, Any]:
    """Give a payment method to a customer; `pm_card_visa` and its like become a new one each time."""
    customer = customers.get(call.world, call.params["customer"], "customer")
    return flow.attach(call.world, call.path["id"], customer).render(call.world)


@route(f"POST {URL}/{{id}}/detach", facts="CLK-35")
def detach(call: Call) -> dict[str, Any]:
    """Take a payment method from its customer."""
    method = _method(call)
    flow.detach(call.world, method)
    return method.render(call.world)


def _method(call: Call) -> PaymentMethod:
    method = call.world.payment_methods.get(call.path["id"])
    if method is None:
        raise missing_resource("PaymentMethod", call.path["id"])
    return method
