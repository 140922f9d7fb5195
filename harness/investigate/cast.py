"""The cast of a reproduced invoice: meters, prices, the customer and the subscription, under labels."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from harness.history import wording
from harness.history.facts import Facts
from harness.history.reported import DEFAULT_CUSTOMER_KEY
from harness.history.shapes import Invoice, Json, Line, Meter, Period, Price, Subscription, Tier
from harness.investigate.raw import newest
from harness.investigate.times import Cycle, absolute, cycle_for

CUSTOMER, SUBSCRIPTION = "customer", "subscription"
_LABEL = re.compile(r"[A-Za-z][A-Za-z0-9_-]*")


class CannotReproduce(Exception):
    """A scenario cannot tell this invoice. The message is one line for the user."""


@dataclass
class Cast:
    """Who takes part, by label; `labels` leads from Stripe's ids to labels.

    Args:
        cycle: what the invoice bills, and which cycle of the scenario that is.
        notes: what is not as in the account.
    """

    cycle: Cycle
    labels: dict[str, str] = field(default_factory=dict)
    meters: dict[str, Json] = field(default_factory=dict)
    prices: dict[str, Json] = field(default_factory=dict)
    customer: Json = field(default_factory=dict)
    subscription: Json = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)


def cast_of(facts: Facts, invoice: Invoice, subscription: Subscription, *, personal: bool) -> Cast:
    """The cast of an invoice.

    Raises:
        CannotReproduce: usage records are billed, or a price has a shape that scenarios don't know.
    """
    cast = Cast(_cycle(facts, invoice, subscription))
    for meter in _meters(facts, invoice, subscription):
        _add_meter(cast, meter)
    quantities = _quantities(facts, invoice, subscription)
    for price in quantities:
        _add_price(cast, facts, price, invoice.currency, personal=personal)
    cast.customer = _customer(facts, invoice, personal=personal)
    items = [_item(cast.labels[price], quantity) for price, quantity in quantities.items()]
    cast.subscription = {"customer": CUSTOMER, "items": items, "billing_mode": subscription.mode}
    if any(facts.prices[price].currency != invoice.currency for price in quantities):
        cast.subscription["currency"] = invoice.currency
    cast.subscription |= _terms(facts, cast, subscription)
    cast.labels |= {invoice.customer: CUSTOMER, subscription.id: SUBSCRIPTION}
    return cast


def own_lines(invoice: Invoice) -> list[Line]:
    """Lines of the subscription's items; what was charged once stands beside them."""
    return [line for line in invoice.lines if not line.from_invoice_item and line.price is not None]


def _cycle(facts: Facts, invoice: Invoice, subscription: Subscription) -> Cycle:
    prices = [newest(facts, line.price or "") for line in own_lines(invoice)]
    recurring: Json = next((price["recurring"] for price in prices if price.get("recurring")), {})
    anchor = newest(facts, subscription.id).get("billing_cycle_anchor")
    interval, count = recurring.get("interval", "month"), recurring.get("interval_count", 1)
    return cycle_for(_billed(facts, invoice), anchor, interval, count)


def _billed(facts: Facts, invoice: Invoice) -> Period:
    """The period of the metered lines, else the invoice's own."""
    metered = [line.period for line in own_lines(invoice) if _meter_of(facts, line.price)]
    whole = [period for period in metered if period.end == invoice.period.end]
    return min(whole or metered or [invoice.period], key=lambda period: period.start)


def _meter_of(facts: Facts, price: str | None) -> str | None:
    known = facts.prices.get(price) if price else None
    return known.meter if known else None


def _quantities(facts: Facts, invoice: Invoice, subscription: Subscription) -> dict[str, int | None]:
    """Each price of the subscription then, with its quantity where it is licensed."""
    found: dict[str, int | None] = {}
    for item in subscription.items:
        if item.created < invoice.period.end:
            found[item.price] = None if _meter_of(facts, item.price) else item.quantity
    for line in own_lines(invoice):
        price = line.price or ""
        found[price] = None if _meter_of(facts, price) else int(line.quantity)
    return found


def _item(label: str, quantity: int | None) -> object:
    return label if quantity in {None, 1} else {"price": label, "quantity": quantity}


def _meters(facts: Facts, invoice: Invoice, subscription: Subscription) -> list[Meter]:
    """Those that are billed, and those that the customer used all the same."""
    ids = [_meter_of(facts, price) for price in _quantities(facts, invoice, subscription)]
    ids += [usage.meter for usage in facts.usages if usage.customer == invoice.customer]
    return [meter for each in dict.fromkeys(ids) if each and (meter := facts.meter(each))]


def _add_meter(cast: Cast, meter: Meter) -> None:
    fits = _LABEL.fullmatch(meter.event_name) is not None
    label = meter.event_name if fits else f"meter-{len(cast.meters) + 1}"
    told: Json = {"formula": meter.formula}
    told |= {} if fits else {"event_name": meter.event_name}
    told |= {} if meter.customer_key == DEFAULT_CUSTOMER_KEY else {"customer_key": meter.customer_key}
    told |= {} if meter.value_key == "value" else {"value_key": meter.value_key}
    told |= {} if meter.window is None else {"event_time_window": meter.window}
    cast.meters[label] = told
    cast.labels[meter.id] = label


def _add_price(cast: Cast, facts: Facts, price_id: str, currency: str, *, personal: bool) -> None:
    price, raw = facts.prices[price_id], newest(facts, price_id)
    if price.records:
        raise CannotReproduce(f"{price_id} bills usage records, which the API does not list")
    label = f"{'metered' if price.meter else 'licensed'}-{len(cast.prices) + 1}"
    told: Json = {"meter": cast.labels[price.meter]} if price.meter in cast.labels else {}
    told |= {"product": raw["nickname"]} if personal and raw.get("nickname") else {}
    recurring = raw.get("recurring") or {}
    told["interval"] = recurring.get("interval", "month")
    told |= {"interval_count": each} if (each := recurring.get("interval_count", 1)) != 1 else {}
    told |= _amounts(price)
    if price.currency != currency:
        told["currency_options"] = {currency: _option(price.in_currency(currency))}
    cast.prices[label] = told
    cast.labels[price_id] = label


def _amounts(price: Price) -> Json:
    told: Json = {}
    if price.tiers:
        tiers = [_tier(each, price.currency) for each in price.tiers]
        return {"billing_scheme": "tiered", "tiers_mode": price.tiers_mode, "tiers": tiers}
    if price.unit_amount is None:
        raise CannotReproduce(f"{price.id} shows no amount: it may be shown to other keys only")
    told["unit_amount"] = wording.money(price.unit_amount, price.currency)
    if price.divide_by is not None:
        rounding = "up" if price.round_up else "down"
        told["transform_quantity"] = {"divide_by": price.divide_by, "round": rounding}
    return told


def _option(price: Price) -> Json:
    """The amounts of the currency that it is billed in (PRC-17)."""
    return {name: each for name, each in _amounts(price).items() if name in {"unit_amount", "tiers"}}


def _tier(tier: Tier, currency: str) -> Json:
    told: Json = {"up_to": "inf" if tier.up_to is None else tier.up_to}
    for name in ("unit_amount", "flat_amount"):
        if (amount := getattr(tier, name)) is not None:
            told[name] = wording.money(amount, currency)
    return told


def _customer(facts: Facts, invoice: Invoice, *, personal: bool) -> Json:
    told: Json = {"payment_method": "pm_card_visa"}
    raw = newest(facts, invoice.customer) if personal else {}
    told |= {name: raw[name] for name in ("name", "email") if raw.get(name)}
    return told | ({"params": {"metadata": raw["metadata"]}} if raw.get("metadata") else {})


def _terms(facts: Facts, cast: Cast, subscription: Subscription) -> Json:
    """The anchor, a trial, an end with the cycle, and how it is paid."""
    cycle, raw = cast.cycle, newest(facts, subscription.id)
    told: Json = {}
    if cycle.anchor is not None:
        told["billing_cycle_anchor"] = absolute(cycle.anchor)
    if subscription.trial_end is not None and subscription.trial_end > cycle.start:
        told["trial_end"] = cycle.relative(min(subscription.trial_end, cycle.end))
    if cycle.end in {subscription.ended_at, subscription.cancel_at}:
        told["cancel_at_period_end"] = True
    if raw.get("collection_method") == "send_invoice":
        told |= {"collection_method": "send_invoice", "days_until_due": raw.get("days_until_due") or 30}
    return told
