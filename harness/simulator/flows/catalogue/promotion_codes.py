"""Promotion codes: how they come and change, and who may use them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from harness.simulator.flows.announcing.events import emit, emit_update
from harness.simulator.flows.catalogue import coupons
from harness.simulator.objects.promotion_code import PromotionCode
from harness.simulator.wire.errors import StripeError, invalid, missing_resource, unmodelled
from harness.simulator.wire.params import merge_metadata

if TYPE_CHECKING:
    from harness.simulator.objects.coupon import Coupon
    from harness.simulator.objects.customer import Customer
    from harness.simulator.world import World

_CODE = re.compile(r"[a-zA-Z0-9_-]+")


def get(world: World, code_id: str) -> PromotionCode:
    """The promotion code in a path.

    Raises:
        StripeError: 404.
    """
    found = world.promotion_codes.get(code_id)
    if found is None:
        raise StripeError(
            404,
            f"No such promotion code: '{code_id:.200}'",
            code="resource_missing",
            param="promotion_code",
        )
    return found


def create(world: World, params: dict[str, Any], named: str) -> PromotionCode:
    """A new code for `params["coupon"]`, which the request calls `named`.

    Raises:
        StripeError: 400 for an unknown coupon or customer, a code in use, or limits beyond the coupon's.
    """
    coupon = world.coupons.get(params["coupon"])
    if coupon is None or coupon.deleted:
        raise missing_resource("coupon", params["coupon"], named)
    customer = params.get("customer")
    if customer is not None and (customer not in world.customers or world.customers[customer].deleted):
        raise missing_resource("customer", customer, "customer")
    limits = params.get("restrictions") or {}
    _check_minimum(limits)
    _check_limits(world, coupon, params)
    code = params.get("code")
    if code is not None:
        _check_code(world, code, customer)
    made = PromotionCode(
        id=world.new_id("promo"),
        created=world.wall,
        coupon=coupon,
        code=code or "",
        customer=customer,
        switched_on=params.get("active") is not False,
        expires_at=params.get("expires_at"),
        max_redemptions=params.get("max_redemptions"),
        first_time=bool(limits.get("first_time_transaction")),
        minimums=_minimums(limits),
        metadata=merge_metadata({}, params.get("metadata") or {}),
    )
    made.code = made.code or f"SIM{int(made.id.rpartition('sim')[2]):05d}"
    world.promotion_codes[made.id] = made
    emit(world, "promotion_code.created", made)
    return made


def update(world: World, found: PromotionCode, params: dict[str, Any]) -> None:
    """Switch a code on or off, or change its metadata.

    Raises:
        StripeError: 400 for switching on what can't be redeemed.
    """
    wanted = params.get("active")
    if wanted and not found.coupon.valid(world.wall):
        raise invalid(
            "This promotion code can't be activated: its coupon is no longer valid.", param="active"
        )
    if wanted and not found.switched_on:
        _check_code(world, found.code, found.customer)
    before = found.render(world)
    found.switched_on = found.switched_on if wanted is None else wanted
    if "metadata" in params:
        found.metadata = merge_metadata(found.metadata, params["metadata"])
    emit_update(world, "promotion_code.updated", found, before)


def redeemable(world: World, code_id: str, customer: Customer, param: str) -> PromotionCode:
    """The code that a customer wants to use.

    Raises:
        StripeError: 400 for a code that is unknown, no longer active, for another customer or for those who
            never paid (the texts are unverified); 501 for one with a least amount.
    """
    found = world.promotion_codes.get(code_id)
    if found is None:
        raise missing_resource("promotion code", code_id, param)
    if not found.active(world.wall):
        raise invalid(
            "This promotion code has expired, or it is no longer active.",
            code="coupon_expired",
            param=param,
        )
    if found.customer not in {None, customer.id}:
        raise invalid("This promotion code cannot be redeemed by this customer.", param=param)
    if found.first_time and _has_paid(world, customer):
        raise invalid(
            "This promotion code cannot be redeemed because the associated customer has prior transactions.",
            param=param,
        )
    if found.minimums:
        raise unmodelled("redeeming a promotion code with restrictions[minimum_amount]")
    return found


def _has_paid(world: World, customer: Customer) -> bool:
    return any(invoice.status == "paid" for invoice in world.agenda.invoices_of(customer.id))


def _check_code(world: World, code: str, customer: str | None) -> None:
    if not _CODE.fullmatch(code):
        raise invalid(
            "This value must match the regex pattern. "
            f"(/\\A[a-zA-Z0-9\\-_]+\\z/ does not match for the value {code:.200}).",
            param="code",
        )
    for other in world.promotion_codes.values():
        same = other.code.lower() == code.lower() and (customer is None or other.customer in {None, customer})
        if same and other.active(world.wall):
            raise invalid(f"An active promotion code with `code: {code}` already exists.")


def _check_limits(world: World, coupon: Coupon, params: dict[str, Any]) -> None:
    expires_at, most = params.get("expires_at"), params.get("max_redemptions")
    coupons.check_future(expires_at, world.wall, "expires_at")
    if expires_at is not None and coupon.redeem_by is not None and expires_at > coupon.redeem_by:
        raise invalid("`expires_at` can't be after the coupon's `redeem_by`.", param="expires_at")
    if most is not None and coupon.max_redemptions is not None and most > coupon.max_redemptions:
        raise invalid("`max_redemptions` can't be greater than the coupon's.", param="max_redemptions")


def _check_minimum(limits: dict[str, Any]) -> None:
    amount, currency = limits.get("minimum_amount"), limits.get("minimum_amount_currency")
    if (amount is None) != (currency is None):
        lacking = "minimum_amount_currency" if currency is None else "minimum_amount"
        raise invalid(
            f"Missing required param: restrictions[{lacking}].",
            code="parameter_missing",
            param=f"restrictions[{lacking}]",
        )


def _minimums(limits: dict[str, Any]) -> dict[str, int]:
    if limits.get("minimum_amount") is None:
        return {}
    return {str(limits["minimum_amount_currency"]).lower(): limits["minimum_amount"]}
