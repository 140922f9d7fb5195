"""Coupons: how they come, change and go."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from harness.simulator.billing.periods import DAY
from harness.simulator.flows.announcing.events import emit, emit_update
from harness.simulator.flows.catalogue import products
from harness.simulator.objects.coupon import Coupon
from harness.simulator.wire.errors import StripeError, invalid
from harness.simulator.wire.params import merge_metadata

if TYPE_CHECKING:
    from decimal import Decimal

    from harness.simulator.world import World

FIVE_YEARS_SECONDS = 5 * 365 * DAY


def get(world: World, coupon_id: str) -> Coupon:
    """The coupon in a path.

    Raises:
        StripeError: 404, for a deleted one too.
    """
    coupon = world.coupons.get(coupon_id)
    if coupon is None or coupon.deleted:
        raise StripeError(404, f"No such coupon: '{coupon_id:.200}'", code="resource_missing", param="coupon")
    return coupon


def create(world: World, params: dict[str, Any]) -> Coupon:
    """A new coupon.

    Raises:
        StripeError: 400 for a taken id, a date out of range, an unknown product, or what doesn't go together.
    """
    _check_amount(params)
    _check_duration(params)
    wanted = params.get("id")
    if wanted and wanted in world.coupons and not world.coupons[wanted].deleted:
        raise invalid("Coupon already exists.", code="resource_already_exists")
    check_future(params.get("redeem_by"), world.wall, "redeem_by")
    limited = (params.get("applies_to") or {}).get("products")
    for index, product in enumerate(limited or []):
        products.get(world, product, f"applies_to[products][{index}]")
    coupon = Coupon(
        id=wanted or world.new_id("coupon"),
        created=world.wall,
        percent_off=params.get("percent_off"),
        amounts=_amounts(params),
        duration=params.get("duration", "once"),
        months=params.get("duration_in_months"),
        products=tuple(limited) if limited else None,
        max_redemptions=params.get("max_redemptions"),
        redeem_by=params.get("redeem_by"),
        name=params.get("name"),
        metadata=merge_metadata({}, params.get("metadata") or {}),
    )
    world.coupons[coupon.id] = coupon
    emit(world, "coupon.created", coupon)
    return coupon


def update(world: World, coupon: Coupon, params: dict[str, Any]) -> None:
    """Change a coupon's name or metadata, or add amounts in further currencies.

    Raises:
        StripeError: 400 for currencies of a percentage, or another amount in a currency that it has.
    """
    options = params.get("currency_options") or {}
    if options and not coupon.amounts:
        raise _either("currency_options, percent_off", "currency_options")
    for currency, option in options.items():
        if coupon.amounts.get(currency, option["amount_off"]) != option["amount_off"]:
            raise invalid(
                f"The amount of this coupon in {currency} can't be changed.",
                param=f"currency_options[{currency}][amount_off]",
            )
    before = coupon.render(world)
    coupon.amounts |= {currency: option["amount_off"] for currency, option in options.items()}
    coupon.name = params.get("name", coupon.name)
    if "metadata" in params:
        coupon.metadata = merge_metadata(coupon.metadata, params["metadata"])
    emit_update(world, "coupon.updated", coupon, before)


def delete(world: World, coupon: Coupon) -> dict[str, Any]:
    """Delete a coupon; discounts made from it stay. The event shows it as no longer valid."""
    coupon.deleted = True
    emit(world, "coupon.deleted", coupon)
    return {"id": coupon.id, "object": "coupon", "deleted": True}


def check_future(instant: int | None, now: int, name: str) -> None:
    """Refuse an instant that is past or more than five years away.

    Raises:
        StripeError: 400.
    """
    if instant is None:
        return
    if instant <= now:
        raise invalid(
            f"The parameter `{name}` expects a unix timestamp representing a date and time in the future. "
            f"You specified the value `{instant}` which is in the past.",
            param=name,
        )
    if instant - now > FIVE_YEARS_SECONDS:
        raise invalid("Invalid timestamp: can be no more than five years in the future.", param=name)


def _check_amount(params: dict[str, Any]) -> None:
    """A percentage or an amount with its currency; the texts are those that Stripe was seen to give."""
    percent, amount = params.get("percent_off"), params.get("amount_off")
    if percent is None and amount is None:
        raise invalid("Must provide percent_off or amount_off.", code="parameter_missing")
    if percent is not None and amount is not None:
        raise invalid("Received both percent_off and amount_off parameters. Please pass in only one.")
    if amount is not None and params.get("currency") is None:
        raise invalid("You must pass currency when passing amount_off", param="currency")
    if percent is not None:
        _check_percent(percent)
        if params.get("currency_options"):
            raise _either("currency_options, percent_off", "currency_options")


def _check_percent(percent: Decimal) -> None:
    shown = f"{float(percent)}"
    if not percent:
        raise invalid(
            f"This value must be greater than or equal to 0.01 (it currently is '{shown}').",
            param="percent_off",
        )
    if percent > 100:
        raise invalid(
            f"This value must be less than or equal to 100 (it currently is '{shown}').", param="percent_off"
        )


def _check_duration(params: dict[str, Any]) -> None:
    repeating = params.get("duration") == "repeating"
    if repeating and params.get("duration_in_months") is None:
        raise invalid(
            "The duration_in_months param must be set when creating a coupon with a repeating duration",
            param="duration",
        )
    if not repeating and params.get("duration_in_months") is not None:
        raise invalid(
            "You can only set duration_in_months on a coupon with a repeating duration.",
            param="duration_in_months",
        )


def _either(names: str, param: str) -> StripeError:
    return invalid(f"You may only specify one of these parameters: {names}.", param=param)


def _amounts(params: dict[str, Any]) -> dict[str, int]:
    if params.get("amount_off") is None:
        return {}
    options = params.get("currency_options") or {}
    own = {str(params["currency"]).lower(): params["amount_off"]}
    return own | {
        currency: option["amount_off"] for currency, option in options.items() if currency not in own
    }
