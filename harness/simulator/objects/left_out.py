"""Which members of Stripe's objects the simulator leaves out of its answers, and why."""

from __future__ import annotations

CONNECT = "only for Connect platforms"
DELETED = "only on deleted objects, in their short form"
EXPANDED = "only when expanded"
OTHER_METHOD = "only for another type of payment method"
PERMITTED = "only for accounts with a special permission"
SOMETIMES = "only where it applies"
UNMODELLED = "only with a feature that the simulator doesn't model"

OTHER_METHODS = tuple(
    """
    ach_credit_transfer ach_debit acss_debit affirm afterpay_clearpay alipay alma amazon_pay au_becs_debit
    bacs_debit bancontact billie bizum blik boleto card_present cashapp crypto custom customer_balance eps fpx
    giropay grabpay ideal interac_present kakao_pay klarna konbini kr_card link mb_way mobilepay multibanco
    naver_pay nz_bank_account oxxo p24 pay_by_bank payco paynow paypal paypay payto pix promptpay revolut_pay
    samsung_pay satispay scalapay sepa_credit_transfer sepa_debit sequra sofort stripe_account sunbit swish
    twint upi us_bank_account wechat wechat_pay zip
    """.split()  # noqa: SIM905  # a list of sixty lines says less
)


def _each(reason: str, names: str, inside: str = "") -> dict[str, str]:
    return {f"{inside}{name}": reason for name in names.split()}


def _other_methods(inside: str, without: str = "") -> dict[str, str]:
    lacking = without.split()
    return {f"{inside}{name}": OTHER_METHOD for name in OTHER_METHODS if name not in lacking}


LEFT_OUT: dict[str, dict[str, str]] = {
    "billing.credit_grant": _each(SOMETIMES, "price_type prices", "applicability_config.scope."),
    "charge": {
        **_other_methods("payment_method_details.", without="custom"),
        **_each(UNMODELLED, "authorization_code level3 transfer"),
        **_each(UNMODELLED, "stripe_report user_report", "fraud_details."),
        **_each(UNMODELLED, "capture_before moto", "payment_method_details.card."),
        **_each(PERMITTED, "description iin issuer", "payment_method_details.card."),
        **_each(
            UNMODELLED,
            "electronic_commerce_indicator setup_credential_usage stored_credential_usage "
            "transaction_link_id",
            "payment_method_details.card.",
        ),
        "outcome.rule": EXPANDED,
        "radar_options.session": SOMETIMES,
        "refunds": EXPANDED,
    },
    "coupon": {"deleted": DELETED, **_each(EXPANDED, "applies_to currency_options")},
    "customer": {
        "deleted": DELETED,
        **_each(EXPANDED, "cash_balance invoice_credit_balance sources subscriptions tax tax_ids"),
    },
    "discount": {"deleted": DELETED},
    "event": {"data.previous_attributes": SOMETIMES},
    "invoice": {
        "deleted": DELETED,
        **_each(EXPANDED, "confirmation_secret payments"),
        "issuer.account": CONNECT,
        "parent.subscription_details.subscription_proration_date": SOMETIMES,
    },
    "invoice_payment": {"payment.charge": SOMETIMES, "payment.payment_record": SOMETIMES},
    "invoiceitem": {"deleted": DELETED},
    "promotion_code": {"restrictions.currency_options": UNMODELLED},
    "payment_intent": {
        **_each(UNMODELLED, "hooks managed_payments payment_record"),
        **_each(UNMODELLED, "discount_amount error line_items shipping tax tip.amount", "amount_details."),
        **_each(
            SOMETIMES,
            "advice_code network_advice_code network_decline_code param payment_intent payment_method_type "
            "request_log_url setup_intent source",
            "last_payment_error.",
        ),
        **_each(
            UNMODELLED,
            "capture_method request_extended_authorization request_incremental_authorization "
            "request_multicapture request_overcapture require_cvc_recollection setup_credential_usage "
            "setup_future_usage statement_descriptor_suffix_kana statement_descriptor_suffix_kanji "
            "stored_credential_usage",
            "payment_method_options.card.",
        ),
        **_other_methods(
            "payment_method_options.",
            without="ach_credit_transfer ach_debit custom sepa_credit_transfer stripe_account wechat",
        ),
    },
    "payment_method": {
        **_other_methods(
            "", without="ach_credit_transfer ach_debit sepa_credit_transfer stripe_account wechat"
        ),
        **_each(PERMITTED, "description iin issuer", "card."),
    },
    "plan": {"deleted": DELETED, "tiers": EXPANDED},
    "price": {"deleted": DELETED, "currency_options": EXPANDED, "tiers": EXPANDED},
    "product": {"deleted": DELETED},
    "refund": {
        **_each(OTHER_METHOD, "description instructions_email next_action"),
        **_each(UNMODELLED, "failure_balance_transaction failure_reason presentment_details"),
        "destination_details.card.reference": SOMETIMES,
        **_each(
            OTHER_METHOD,
            "affirm afterpay_clearpay alipay alma amazon_pay au_bank_transfer blik br_bank_transfer "
            "cashapp crypto customer_cash_balance eps eu_bank_transfer gb_bank_transfer giropay grabpay "
            "jp_bank_transfer klarna mb_way multibanco mx_bank_transfer nz_bank_transfer p24 paynow "
            "paypal pix revolut scalapay sofort swish th_bank_transfer twint us_bank_transfer "
            "wechat_pay zip",
            "destination_details.",
        ),
    },
    "subscription": {
        "cancellation_details.feedback_option": UNMODELLED,
        "invoice_settings.issuer.account": CONNECT,
        **_each(UNMODELLED, "presentment_details status_details"),
        "trial_settings.end_behavior.billing_cycle_anchor": UNMODELLED,
    },
    "subscription_item": {"deleted": DELETED},
    "subscription_schedule": {
        "default_settings.invoice_settings.issuer.account": CONNECT,
        "phases.invoice_settings.issuer.account": CONNECT,
    },
    "test_helpers.test_clock": {"deleted": DELETED, "status_details.advancing": SOMETIMES},
}
"""By object name: dotted path of an SDK annotation to the reason why an answer may lack it."""

ADDED: dict[str, dict[str, str]] = {
    "v2.core.event": {
        "data": "declared by the type of each kind of event",
        "related_object": "declared by the type of each kind of event",
    },
}
"""By object name: a member that the SDK's type lacks to the reason why answers have it."""
