"""Prices: what their parameters may say together, and the lookup keys that find them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from harness.simulator.flows.announcing.events import changed, emit, emit_update
from harness.simulator.flows.catalogue import currency_options
from harness.simulator.flows.catalogue.currencies import read_code
from harness.simulator.flows.catalogue.legacy_prices import NEEDS_METER
from harness.simulator.flows.catalogue.price_terms import terms_of
from harness.simulator.objects.price import Price, Recurring
from harness.simulator.wire.errors import invalid, missing_resource
from harness.simulator.wire.params import merge_metadata
from harness.simulator.wire.versions import BASIL, at_least

if TYPE_CHECKING:
    from harness.simulator.world import World

LONGEST_INTERVAL = {"day": 1_095, "week": 156, "month": 36, "year": 3}  # PRC-16
_ADVERB = {"day": "daily", "week": "weekly", "month": "monthly", "year": "yearly"}


def get(world: World, price_id: str, param: str = "id") -> Price:
    """The price, which must exist.

    Raises:
        StripeError: `resource_missing`.
    """
    price = world.prices.get(price_id)
    if price is None:
        raise missing_resource("price", price_id, param)
    return price


def build(world: World, params: dict[str, Any], version: str) -> Price:
    """A price that isn't in the account yet and names no product yet.

    Raises:
        StripeError: 400 for parameters that don't go together (PRC-02 to PRC-17) or a taken lookup key.
    """
    recurring = params.get("recurring")
    currency_options.refuse_custom_amount(params, recurs=bool(recurring))
    currency, terms = read_code(params["currency"]), terms_of(params)
    given = params.get("currency_options") or {}
    price = Price(
        id="",
        created=world.wall,
        currency=currency,
        product="",
        terms=terms,
        options=currency_options.read(currency, terms, given, recurs=bool(recurring)),
        recurring=recurring_of(world, recurring, version) if recurring else None,
        active=params.get("active", True),
        lookup_key=params.get("lookup_key"),
        nickname=params.get("nickname"),
        tax_behavior=params.get("tax_behavior", "unspecified"),
    )
    price.metadata = merge_metadata({}, params.get("metadata") or {})
    _ensure_key_free(world, price.lookup_key, price, params)
    return price


def add(world: World, price: Price, product_id: str) -> None:
    """Take a built price into the account, with its lookup key."""
    price.id, price.product = world.new_id("price"), product_id
    world.prices[price.id] = price
    world.priced_products.add(product_id)
    _take_key(world, price, price.lookup_key)
    emit(world, "price.created", price)


def update(world: World, price: Price, params: dict[str, Any]) -> None:
    """Change what a price may change: never what it costs (PRC-05), but it may cost it in more currencies.

    Raises:
        StripeError: 400 for a taken lookup key, a tax behavior that is set already (PRC-17), or amounts in a
            currency that it has (PRC-37).
    """
    behavior = params.get("tax_behavior", price.tax_behavior)
    if price.tax_behavior not in {"unspecified", behavior}:
        raise invalid("`tax_behavior` cannot be changed once it is set.", param="tax_behavior")
    key = params.get("lookup_key", price.lookup_key)
    _ensure_key_free(world, key, price, params)
    options = kept = price.options
    if "currency_options" in params:
        options = currency_options.changed(world, price, params["currency_options"])
    before = price.render(world)
    _take_key(world, price, key)
    price.options = options
    if "metadata" in params:
        price.metadata = merge_metadata(price.metadata, params["metadata"])
    price.active = params.get("active", price.active)
    price.nickname = params.get("nickname", price.nickname)
    price.tax_behavior = behavior
    previous = changed(before, price.render(world))
    if previous or options != kept:
        emit(world, "price.updated", price, previous)


def recurring_of(world: World, given: dict[str, Any], version: str) -> Recurring:
    """How a price recurs.

    Raises:
        StripeError: 400 for a missing, unknown or inactive meter, and an interval beyond three years.
    """
    usage_type, meter_id = given.get("usage_type", "licensed"), given.get("meter")
    if meter_id is not None:
        _check_meter(world, meter_id, usage_type)
    elif usage_type == "metered" and at_least(version, BASIL):  # PRC-02
        raise invalid(NEEDS_METER)
    return Recurring(
        given["interval"],
        _interval_count(given),
        usage_type,
        meter_id,
        given.get("trial_period_days"),
        _legacy_aggregation(given, usage_type, meter_id),
    )


def _legacy_aggregation(given: dict[str, Any], usage_type: str, meter_id: str | None) -> str | None:
    return (given.get("aggregate_usage") or "sum") if usage_type == "metered" and meter_id is None else None


def _check_meter(world: World, meter_id: str, usage_type: str) -> None:
    meter = world.meters.get(meter_id)
    if meter is None:
        raise missing_resource("meter", meter_id, "recurring[meter]")
    if not meter.active:  # PRC-03, MTR-11; text unverified
        raise invalid("The meter is inactive: reactivate it to use it on a price.", param="recurring[meter]")
    if usage_type != "metered":  # PRC-04; text unverified
        raise invalid("`recurring[meter]` needs `recurring[usage_type]=metered`.", param="recurring[meter]")


def _interval_count(given: dict[str, Any]) -> int:
    count = given.get("interval_count") or 1
    most = LONGEST_INTERVAL[given["interval"]]
    if count > most:
        raise invalid(
            f"The interval_count for {_ADVERB[given['interval']]} prices can't be greater than {most}",
            param="recurring[interval_count]",
        )
    return int(count)


def _ensure_key_free(world: World, key: str | None, price: Price, params: dict[str, Any]) -> None:
    holder = world.lookup_keys.get(key or "")
    if holder is not None and holder != price.id and not params.get("transfer_lookup_key"):
        raise invalid(f"A price (`{holder}`) already uses that lookup key.", param="lookup_key")


def _take_key(world: World, price: Price, key: str | None) -> None:
    """Give `key` to `price`, from whoever had it."""
    if price.lookup_key and world.lookup_keys.get(price.lookup_key) == price.id:
        del world.lookup_keys[price.lookup_key]
    price.lookup_key = key
    if key is None:
        return
    holder = world.prices.get(world.lookup_keys.get(key, ""))
    if holder is not None and holder is not price:
        before = holder.render(world)
        holder.lookup_key = None
        emit_update(world, "price.updated", holder, before)
    world.lookup_keys[key] = price.id
