"""Prices: what their parameters may say together, and the lookup keys that find them."""

from __future__ import annotations

from decimal import Decimal
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Literal

from harness.simulator.billing.pricing import Package, Terms, Tier
from harness.simulator.flows.events import emit, emit_update
from harness.simulator.flows.legacy_prices import NEEDS_METER
from harness.simulator.objects.price import Price, Recurring, whole
from harness.simulator.wire.errors import StripeError, invalid, missing_resource
from harness.simulator.wire.params import merge_metadata, strangers
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
        StripeError: 400 for parameters that don't go together (PRC-02 to PRC-16) or a taken lookup key.
    """
    recurring = params.get("recurring")
    price = Price(
        id="",
        created=world.wall,
        currency=_currency(params["currency"]),
        product="",
        terms=terms_of(params),
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
    """Change what a price may change: never what it costs (PRC-05).

    Raises:
        StripeError: 400 for a taken lookup key or a tax behavior that is set already (PRC-17).
    """
    behavior = params.get("tax_behavior", price.tax_behavior)
    if price.tax_behavior not in {"unspecified", behavior}:
        raise invalid("`tax_behavior` cannot be changed once it is set.", param="tax_behavior")
    key = params.get("lookup_key", price.lookup_key)
    _ensure_key_free(world, key, price, params)
    before = price.render(world)
    _take_key(world, price, key)
    if "metadata" in params:
        price.metadata = merge_metadata(price.metadata, params["metadata"])
    price.active = params.get("active", price.active)
    price.nickname = params.get("nickname", price.nickname)
    price.tax_behavior = behavior
    emit_update(world, "price.updated", price, before)


def terms_of(params: dict[str, Any]) -> Terms:
    """What decides amounts, from a price's parameters.

    Raises:
        StripeError: 400 (PRC-06 to PRC-15).
    """
    if params.get("billing_scheme", "per_unit") == "tiered":
        return _tiered(params)
    for name in ("tiers", "tiers_mode"):
        if name in params:
            raise invalid(f"`{name}` can only be set with `billing_scheme=tiered`.", param=name)
    return Terms("per_unit", unit_amount=_amount(params, "unit_amount"), package=_package(params))


def recurring_of(world: World, given: dict[str, Any], version: str) -> Recurring:
    """How a price recurs.

    Raises:
        StripeError: 400 for a missing, unknown or inactive meter, and an interval beyond three years.
    """
    usage_type, meter_id = given.get("usage_type", "licensed"), given.get("meter")
    if "aggregate_usage" in given and at_least(version, BASIL):
        raise strangers(["recurring[aggregate_usage]"])  # PRC-21
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


def _currency(code: str) -> str:
    lower = code.lower()
    if len(lower) != 3 or not lower.isascii() or not lower.isalpha():
        raise invalid(f"Invalid currency: {code:.20}", param="currency")
    return lower


def _amount(params: dict[str, Any], name: str) -> Decimal:
    """Exactly one of an amount and its decimal twin (PRC-06 to PRC-08)."""
    plain, exact = params.get(name), params.get(f"{name}_decimal")
    if plain is not None and exact is not None:
        raise _both(name, name)
    if plain is None and exact is None:
        raise invalid(f"Prices require an `{name}` or `{name}_decimal` parameter to be set.")
    return Decimal(plain) if plain is not None else Decimal(exact or 0)


def _both(path: str, name: str) -> StripeError:
    return invalid(f"You may only specify one of these parameters: {name}, {name}_decimal.", param=path)


def _package(params: dict[str, Any]) -> Package | None:
    given = params.get("transform_quantity")
    return Package(given["divide_by"], round_up=given["round"] == "up") if given else None


def _tiered(params: dict[str, Any]) -> Terms:
    for name in ("unit_amount", "unit_amount_decimal", "transform_quantity"):  # PRC-15
        if params.get(name) is not None:
            raise invalid(f"`{name}` cannot be set with `billing_scheme=tiered`.", param=name)
    for name in ("tiers", "tiers_mode"):  # PRC-11
        if not params.get(name):
            raise invalid(f"`{name}` must be set with `billing_scheme=tiered`.", param=name)
    tiers = tuple(_tier(each, f"tiers[{index}]") for index, each in enumerate(params["tiers"]))
    _check_bounds(tiers)
    mode: Literal["graduated", "volume"] = "graduated" if params["tiers_mode"] == "graduated" else "volume"
    return Terms("tiered", tiers_mode=mode, tiers=tiers)


def _tier(given: dict[str, Any], path: str) -> Tier:
    unit, flat = _tier_amount(given, "unit_amount", path), _tier_amount(given, "flat_amount", path)
    if unit is None and flat is None:
        raise invalid("Each tier needs a unit amount or a flat amount.", param=path)
    if flat is not None and whole(flat) is None:
        raise invalid(
            "`flat_amount_decimal` must be a whole number of minor units.",
            param=f"{path}[flat_amount_decimal]",
        )
    return Tier(None if given["up_to"] == "inf" else given["up_to"], unit, flat)


def _tier_amount(given: dict[str, Any], name: str, path: str) -> Decimal | None:
    plain, exact = given.get(name), given.get(f"{name}_decimal")
    if plain is not None and exact is not None:
        raise _both(f"{path}[{name}]", name)
    return Decimal(plain) if plain is not None else exact


def _check_bounds(tiers: tuple[Tier, ...]) -> None:
    """Ascending, and only the last without bound (PRC-11, PRC-12); texts unverified."""
    bounds = [tier.up_to for tier in tiers]
    if bounds[-1] is not None:
        raise invalid("The last tier must have `up_to=inf`.", param=f"tiers[{len(tiers) - 1}][up_to]")
    for index, (lower, upper) in enumerate(pairwise(bounds)):
        if lower is None or (upper is not None and upper <= lower):
            raise invalid("Tiers must be in ascending order of `up_to`.", param=f"tiers[{index}][up_to]")


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
