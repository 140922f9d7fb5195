"""The currencies that Stripe knows: their codes, signs, decimals and smallest charges."""

from __future__ import annotations

SUPPORTED = tuple(
    """
    usd aed afn all amd ang aoa ars aud awg azn bam bbd bdt bgn bhd bif bmd bnd bob brl bsd bwp byn bzd
    cad cdf chf clp cny cop crc cve czk djf dkk dop dzd egp etb eur fjd fkp gbp gel gip gmd gnf gtq gyd
    hkd hnl hrk htg huf idr ils inr isk jmd jod jpy kes kgs khr kmf krw kwd kyd kzt lak lbp lkr lrd lsl
    mad mdl mga mkd mmk mnt mop mur mvr mwk mxn myr mzn nad ngn nio nok npr nzd omr pab pen pgk php pkr
    pln pyg qar ron rsd rub rwf sar sbd scr sek sgd shp sle sos srd std szl thb tjs tnd top try ttd twd
    tzs uah ugx uyu uzs vnd vuv wst xaf xcd xof xpf yer zar zmw usdc btn ghs eek lvl svc vef ltl sll mro
    """.split()  # noqa: SIM905  # a list of a hundred and fifty lines says less
)
"""In the order in which a refusal lists them (PRC-35)."""

SIGNS = {"usd": "$", "eur": "€", "gbp": "£", "jpy": "¥", "inr": "₹", "cad": "CA$", "aud": "A$", "nzd": "NZ$"}

_WITHOUT_MINOR_UNIT = {
    "bif", "clp", "djf", "gnf", "jpy", "kmf", "krw", "mga", "pyg", "rwf", "vnd", "vuv", "xaf", "xof", "xpf",
}  # fmt: skip
"""docs.stripe.com/currencies. Amounts in isk and ugx keep two decimals, for compatibility."""
_THREE_DECIMALS = {"bhd", "jod", "kwd", "omr", "tnd"}
_SMALLEST_CHARGE = {
    "aed": 200, "bgn": 100, "czk": 1_500, "dkk": 250, "gbp": 30, "hkd": 400, "huf": 17_500,
    "mxn": 1_000, "myr": 200, "nok": 300, "pln": 200, "ron": 200, "sek": 300, "thb": 1_000,
}  # fmt: skip


def decimals_of(currency: str) -> int:
    """How many decimals the major unit has: 0, 2 or 3."""
    if currency in _WITHOUT_MINOR_UNIT:
        return 0
    return 3 if currency in _THREE_DECIMALS else 2


def smallest_charge_cents(currency: str) -> int:
    """The least that can be charged, in minor units (INV-29)."""
    return _SMALLEST_CHARGE.get(currency, 50)


def to_pay(total_cents: int, balance_cents: int, currency: str) -> int:
    """What is due of an invoice's total for a customer with this balance, which is owed when positive.

    0 when credit covers it, when it is too small to charge (INV-29), or when the total is not above 0: what
    is owed by balance waits for an invoice with something to pay (INV-30).
    """
    due = total_cents + balance_cents
    return due if total_cents > 0 and due >= smallest_charge_cents(currency) else 0
