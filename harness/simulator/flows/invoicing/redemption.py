"""Redeeming coupons and promotion codes: from what a request names to discounts on an object."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from harness.simulator.billing.periods import months_after
from harness.simulator.flows.announcing.events import emit_update
from harness.simulator.flows.catalogue import promotion_codes
from harness.simulator.flows.clocked import ensure_unlocked
from harness.simulator.flows.invoicing import discounting
from harness.simulator.flows.invoicing.standing import updating
from harness.simulator.objects.discount import Discount
from harness.simulator.wire.errors import StripeError, invalid, missing_resource, unmodelled

if TYPE_CHECKING:
    from harness.simulator.objects.coupon import Coupon
    from harness.simulator.objects.customer import Customer
    from harness.simulator.objects.invoice_item import InvoiceItem
    from harness.simulator.objects.subscription import Subscription
    from harness.simulator.world import World

_KEYS = ("coupon", "discount", "promotion_code")


@dataclass(frozen=True)
class Wanted:
    """One entry of `discounts`, checked: a coupon to redeem, or a discount to use again."""

    coupon: Coupon
    kept: Discount | None = None
    promotion_code: str | None = None


@dataclass(frozen=True)
class Place:
    """Where new discounts go, and from when: the ids of the one object that they are on."""

    customer: Customer
    at: int
    subscription: str | None = None
    subscription_item: str | None = None
    invoice: str | None = None
    invoice_item: str | None = None


def asked(params: dict[str, Any]) -> tuple[list[dict[str, Any]] | None, str]:
    """The entries that a request wants, and the name they go by; None when it leaves them as they are.

    An empty array leaves them, the empty string clears them. `coupon` and `promotion_code` are the older
    words (VER-07).
    """
    for key in ("coupon", "promotion_code"):
        if key in params:
            return ([] if params[key] is None else [{key: params[key]}]), ""
    if "discounts" in params and params["discounts"] is None:
        return [], "discounts"
    return params.get("discounts") or None, "discounts"


def read(
    world: World,
    entries: Iterable[dict[str, Any]],
    name: str,
    customer: Customer,
    *,
    currency: str | None = None,
    present: Sequence[Discount] = (),
) -> list[Wanted]:
    """Resolve and check entries of `discounts`.

    Args:
        world: the account.
        entries: as parsed, each with one key.
        name: of the array on the wire; empty for the older parameters.
        customer: who redeems them.
        currency: of the bill, where it is known.
        present: discounts on the object and its ancestors, which may be used again.

    Raises:
        StripeError: 400 for what is unknown, no longer valid, for others, or in another currency.
    """
    found = []
    for index, entry in enumerate(entries):
        given = [key for key in _KEYS if entry.get(key) is not None]
        path = f"{name}[{index}]" if name else ""
        if len(given) != 1:
            raise _not_one(path)
        [key] = given
        param = f"{path}[{key}]" if path else key
        wanted = _resolve(world, key, entry[key], param, customer, present)
        if currency is not None and wanted.coupon.cut(currency) is None:
            raise invalid(
                f"The coupon {wanted.coupon.id} takes nothing off what is billed in {currency}.",
                param=param,
            )
        found.append(wanted)
    return found


def _not_one(path: str) -> StripeError:
    names = ", ".join(_KEYS)
    return invalid(
        f"You must specify one of these parameters: {names}.", code="parameters_exclusive", param=path or None
    )


def _resolve(
    world: World, key: str, value: str, param: str, customer: Customer, present: Sequence[Discount]
) -> Wanted:
    if key == "discount":
        kept = next((each for each in present if each.id == value and not each.over), None)
        if kept is None:
            raise missing_resource("discount", value, param)
        return Wanted(kept.coupon, kept=kept)
    if key == "promotion_code":
        code = promotion_codes.redeemable(world, value, customer, param)
        return Wanted(code.coupon, promotion_code=code.id)
    coupon = world.coupons.get(value)
    if coupon is None or coupon.deleted:
        raise missing_resource("coupon", value, param)
    check_valid(world, coupon, param)
    return Wanted(coupon)


def check_valid(world: World, coupon: Coupon, param: str) -> None:
    """Refuse a coupon that has run out (ASSUMED: redeem_by; the text is unverified).

    Raises:
        StripeError: 400 `coupon_expired`.
    """
    if not coupon.valid(world.wall):
        raise invalid(f"Coupon expired: {coupon.id}", code="coupon_expired", param=param)


def make(world: World, wanted: Iterable[Wanted], place: Place) -> tuple[Discount, ...]:
    """The discounts that were asked for: new ones are not registered, so that a preview can have them too."""
    return tuple(each.kept or _new(world, each, place) for each in wanted)


def _new(world: World, wanted: Wanted, place: Place) -> Discount:
    months = wanted.coupon.months
    return Discount(
        id=world.new_id("di"),
        sequence=world.agenda.next_sequence(),
        coupon=wanted.coupon,
        start=place.at,
        end=None if months is None else months_after(place.at, months),
        customer=place.customer.id,
        subscription=place.subscription,
        subscription_item=place.subscription_item,
        invoice=place.invoice,
        invoice_item=place.invoice_item,
        promotion_code=wanted.promotion_code,
        test_clock=place.customer.test_clock,
    )


def register_new(world: World, discounts: Iterable[Discount]) -> None:
    """Take those that are new into the account."""
    for each in discounts:
        if each.id not in world.discounts:
            discounting.registered(world, each)


def place_own(world: World, entry: InvoiceItem) -> None:
    """An invoice item has got its id: its new discounts are on it from now on."""
    for each in entry.own:
        if each.id not in world.discounts:
            each.invoice_item = entry.id
            discounting.registered(world, each)


def give(world: World, customer: Customer, wanted: Wanted | None) -> None:
    """Put a discount on a customer in place of the one that is there, or take that away."""
    before = customer.discount
    if wanted is None:
        if before is not None:
            discounting.retire(world, before)
        return
    [customer.discount] = make(world, [wanted], Place(customer, world.now(customer.test_clock)))
    if before is None:
        discounting.registered(world, customer.discount)
        return
    shown = before.render(world)
    before.over = True
    discounting.registered(world, customer.discount, quietly=True)
    emit_update(world, "customer.discount.updated", customer.discount, shown)


def remove_from_customer(world: World, customer: Customer) -> dict[str, Any]:
    """`DELETE /v1/customers/{id}/discount`.

    Raises:
        StripeError: 404 when there is none, 429 on an advancing clock.
    """
    ensure_unlocked(world, customer.test_clock)
    discount = customer.discount
    if discount is None:
        raise _none_active("customer", customer.id)
    before = customer.render(world)
    discounting.retire(world, discount)
    emit_update(world, "customer.updated", customer, before)
    return _removed(world, discount)


def remove_from_subscription(world: World, subscription: Subscription) -> dict[str, Any]:
    """`DELETE /v1/subscriptions/{id}/discount`.

    Raises:
        StripeError: 404 when there is none, 429 on an advancing clock, 501 when there are several.
    """
    ensure_unlocked(world, subscription.test_clock)
    if not subscription.discounts:
        raise _none_active("subscription", subscription.id)
    if len(subscription.discounts) > 1:
        raise unmodelled("removing a subscription's discount when it has several; pass `discounts` instead")
    [discount] = subscription.discounts
    with updating(world, subscription):
        discounting.retire(world, discount)
    return _removed(world, discount)


def _none_active(kind: str, object_id: str) -> StripeError:
    return StripeError(404, f"No active discount for {kind}: {object_id}", code="resource_missing")


def _removed(world: World, discount: Discount) -> dict[str, Any]:
    form = discount.render(world) | {"deleted": True}
    del form["end"]
    return form
