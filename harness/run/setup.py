"""The story's cast: clock, meters, prices, customers and subscriptions, created in that order."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from typing import Any, TypeVar

from harness.run import finding
from harness.run.sdk import Params, built
from harness.run.standins import filled
from harness.run.story import Story
from harness.run.tags import MOST_NAME, clock_name, metadata, tag_of
from harness.run.waiting import patiently
from harness.scenario import Customer, Meter, Money, Price, Subscription, Tier

T = TypeVar("T")


def set_up(story: Story) -> None:
    """Create everything the scenario declares. Labels get their ids in order of declaration.

    On a shared account meters and prices are found again, and the rest is tagged.
    """
    scenario, client = story.plan.case.scenario, story.client.v1
    _create_clock(story)
    for label, meter in _lines(story, "meters", scenario.meters):
        story.label("meter", label, _meter(story, label, filled(story, meter_params(label, meter))))
    for label, price in _lines(story, "prices", scenario.prices):
        sold = filled(story, price_params(story, label, price))
        story.label("price", label, _price(story, label, sold))
    for label, customer in _lines(story, "customers", scenario.customers):
        person = filled(story, customer_params(story, label, customer))
        story.label("customer", label, _made(story, client.customers.create, person))
    for label, subscription in _lines(story, "subscriptions", scenario.subscriptions):
        taken = filled(story, subscription_params(story, subscription))
        story.label("subscription", label, _made(story, client.subscriptions.create, taken))


def _lines(story: Story, kind: str, members: Mapping[str, T]) -> Iterator[tuple[str, T]]:
    """The members of one kind, each with the story's line set to where it stands."""
    for label, member in members.items():
        story.line = story.plan.case.line(kind, label)
        yield label, member


def _made(story: Story, create: Callable[[Any], Any], params: Params) -> str:
    """The id of a new object."""
    return str(patiently(story, lambda: create(built(params))).id)


def _create_clock(story: Story) -> None:
    case = story.plan.case
    title = case.scenario.clock.name or f"harness {case.name}"
    if story.backend.traits.shared_account:
        title = clock_name(tag_of(story.backend), case.scenario.clock.name or case.name)
    params: Params = {"frozen_time": story.plan.calendar.start, "name": title[:MOST_NAME]}
    made = patiently(story, lambda: story.client.v1.test_helpers.test_clocks.create(built(params)))
    story.clock = made.id
    story.position = made.frozen_time
    story.label("clock", "clock", made.id)


def _meter(story: Story, label: str, params: Params) -> str:
    if story.backend.traits.shared_account:
        return str(finding.meter(story, label, params)["id"])
    return _made(story, story.client.v1.billing.meters.create, params)


def _price(story: Story, label: str, params: Params) -> str:
    if story.backend.traits.shared_account:
        return str(finding.price(story, label, params)["id"])
    return _made(story, story.client.v1.prices.create, params)


def meter_params(label: str, meter: Meter) -> Params:
    """Parameters of `POST /v1/billing/meters`; the event name is the label unless given (MTR-04)."""
    params: Params = {
        "display_name": label,
        "event_name": meter.event_name or label,
        "default_aggregation": {"formula": meter.formula},
    }
    if meter.customer_key is not None:
        params["customer_mapping"] = {"type": "by_id", "event_payload_key": meter.customer_key}
    if meter.value_key is not None:
        params["value_settings"] = {"event_payload_key": meter.value_key}
    if meter.event_time_window is not None:
        params["event_time_window"] = meter.event_time_window
    return params | meter.params


def price_params(story: Story, label: str, price: Price) -> Params:
    """Parameters of `POST /v1/prices`; the product is made along with it."""
    recurring: Params = {
        "interval": price.interval,
        "interval_count": price.interval_count,
        "usage_type": price.usage_type,
    }
    if price.meter is not None:
        recurring["meter"] = story.id("meter", price.meter)
    if price.aggregate_usage is not None:
        recurring["aggregate_usage"] = price.aggregate_usage
    params: Params = {
        "currency": price.currency,
        "recurring": recurring,
        "product_data": {"name": price.product or label},
        "expand": ["tiers"],
    }
    if price.unit_amount is not None:
        params["unit_amount_decimal"] = minor(price.unit_amount)
    if price.billing_scheme is not None:
        params["billing_scheme"] = price.billing_scheme
    if price.tiers:
        params |= {
            "billing_scheme": "tiered",
            "tiers_mode": price.tiers_mode,
            "tiers": [_tier(tier) for tier in price.tiers],
        }
    if price.currency_options:
        params |= _options(price)
    if price.transform_quantity is not None:
        package = price.transform_quantity
        params["transform_quantity"] = {"divide_by": package.divide_by, "round": package.round}
    return params | price.params


def _options(price: Price) -> Params:
    """`currency_options`, shown in the answer with their tiers (PRC-17, PRC-38)."""
    given: Params = {}
    shown = ["tiers", "currency_options"]
    for code, option in price.currency_options.items():
        if option.unit_amount is not None:
            given[code] = {"unit_amount_decimal": minor(option.unit_amount)}
        else:
            given[code] = {"tiers": [_tier(tier) for tier in option.tiers]}
            shown.append(f"currency_options.{code}.tiers")
    return {"currency_options": given, "expand": shown}


def _tier(tier: Tier) -> Params:
    params: Params = {"up_to": tier.up_to}
    if tier.unit_amount is not None:
        params["unit_amount_decimal"] = minor(tier.unit_amount)
    if tier.flat_amount is not None:
        params["flat_amount_decimal"] = minor(tier.flat_amount)
    return params


def customer_params(story: Story, label: str, customer: Customer) -> Params:
    """Parameters of `POST /v1/customers`: attached to the clock, with its card as the default."""
    params: Params = {"name": customer.name or label}
    if customer.clock:
        params["test_clock"] = story.clock
    if customer.email is not None:
        params["email"] = customer.email
    if customer.payment_method is not None:
        params["payment_method"] = customer.payment_method
        params["invoice_settings"] = {"default_payment_method": customer.payment_method}
    if story.backend.traits.shared_account:
        given = customer.params.get("metadata", {})
        return params | customer.params | {"metadata": given | metadata(tag_of(story.backend))}
    return params | customer.params


def subscription_params(story: Story, subscription: Subscription) -> Params:
    """Parameters of `POST /v1/subscriptions`."""
    params: Params = {
        "customer": story.id("customer", subscription.customer),
        "items": [
            _present({"price": story.id("price", item.price), "quantity": item.quantity}) | item.params
            for item in subscription.items
        ],
    }
    if subscription.billing_mode is not None:
        params["billing_mode"] = {"type": subscription.billing_mode}
    for name in ("trial_end", "billing_cycle_anchor", "backdate_start_date", "cancel_at"):
        if (instant := getattr(subscription, name)) is not None:
            params[name] = story.resolve(instant)
    plain = ("currency", "trial_period_days", "cancel_at_period_end", "collection_method", "days_until_due")
    params |= _present({name: getattr(subscription, name) for name in plain})
    return params | subscription.params


def minor(money: Money) -> str:
    """An amount for a `*_decimal` parameter: minor units, written without an exponent (PRC-10)."""
    return plain_number(money.minor)


def plain_number(number: Decimal) -> str:
    """A decimal without exponent and without trailing zeros."""
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _present(params: Params) -> Params:
    return {name: value for name, value in params.items() if value is not None}
