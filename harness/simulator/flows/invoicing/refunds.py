"""Refunds: which charges can be refunded, and what a refund sets off."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from harness.simulator.billing.wording import money
from harness.simulator.flows.announcing.events import changed, emit, emit_update
from harness.simulator.objects.refund import Refund
from harness.simulator.wire.errors import StripeError, invalid, missing_resource
from harness.simulator.wire.params import merge_metadata

if TYPE_CHECKING:
    from harness.simulator.objects.payment import Charge
    from harness.simulator.world import World

ASSUMED = {
    "events": "A refund sends `refund.created` before `charge.refunded`, and its changes"
    " `charge.refund.updated` before `refund.updated`.",
    "intent": "Stripe's words for a request with neither a charge nor a payment intent, and for a failed"
    " charge.",
    "cancel": "Stripe's words for a refund that can't be canceled.",
}
"""What Stripe's documentation leaves open here: all of it unverified."""


def get(world: World, refund_id: str, param: str = "id") -> Refund:
    """The refund, which must exist.

    Raises:
        StripeError: `resource_missing`.
    """
    refund = world.refunds.get(refund_id)
    if refund is None:
        raise missing_resource("refund", refund_id, param)
    return refund


def create(world: World, params: dict[str, Any]) -> Refund:
    """A refund of a charge, or of a payment intent's: `amount`, or all that is left.

    Raises:
        StripeError: 400 for a charge that can't be refunded, or not so much of it (INV-97).
    """
    charge = _charge(world, params)
    metadata = merge_metadata({}, params.get("metadata") or {})
    cents = params.get("amount") or charge.amount_cents - charge.refunded_cents
    check(charge, cents)
    return make(world, charge, cents, reason=params.get("reason"), metadata=metadata)


def check(charge: Charge, cents: int, param: str = "amount") -> None:
    """Refuse to refund what isn't there (INV-97).

    Raises:
        StripeError: 400.
    """
    left = charge.amount_cents - charge.refunded_cents
    if not charge.paid:
        raise invalid(f"Charge {charge.id} has failed and can't be refunded.")
    if left == 0:
        raise invalid(f"Charge {charge.id} has already been refunded.", code="charge_already_refunded")
    if cents > left:
        asked, there = (money(Decimal(each), charge.currency) for each in (cents, left))
        text = f"Refund amount ({asked}) is greater than unrefunded amount on charge ({there})"
        raise invalid(text, param=param)


def make(world: World, charge: Charge, cents: int, *, reason: str | None, metadata: dict[str, str]) -> Refund:
    """Give money back: the charge counts it, and is `refunded` once all of it is (INV-96)."""
    refund = Refund(
        id=world.new_id("re"),
        created=world.wall,  # CLK-46
        amount_cents=cents,
        currency=charge.currency,
        charge=charge.id,
        payment_intent=charge.payment_intent,
        customer=charge.customer,
        payment_method=None if charge.payment_method is None else charge.payment_method.id,
        reason=reason,
        metadata=metadata,
    )
    before = charge.render(world)
    world.refunds[refund.id] = refund
    charge.refunded_cents += cents
    emit(world, "refund.created", refund)
    emit(world, "charge.refunded", charge, changed(before, charge.render(world)))
    return refund


def update(world: World, refund: Refund, params: dict[str, Any]) -> None:
    """Change a refund's metadata, which is all that can be changed."""
    if "metadata" not in params:
        return
    merged = merge_metadata(refund.metadata, params["metadata"])
    before = refund.render(world)
    refund.metadata = merged
    for kind in ("charge.refund.updated", "refund.updated"):
        emit_update(world, kind, refund, before)


def _charge(world: World, params: dict[str, Any]) -> Charge:
    charge_id, intent_id = params.get("charge"), params.get("payment_intent")
    if charge_id is None and intent_id is None:
        raise invalid(
            "One of the following params should be provided for this request: payment_intent or charge."
        )
    if charge_id is not None and charge_id not in world.charges:
        raise missing_resource("charge", charge_id, "charge")
    if intent_id is None:
        return world.charges[str(charge_id)]
    charge = _paid_by(world, intent_id)
    if charge_id not in {None, charge.id}:
        raise invalid(f"Charge {charge_id} doesn't belong to {intent_id}.", param="charge")
    return charge


def _paid_by(world: World, intent_id: str) -> Charge:
    intent = world.payment_intents.get(intent_id)
    if intent is None:
        raise missing_resource("payment_intent", intent_id, "payment_intent")
    charge = world.charges.get(intent.latest_charge or "")
    if charge is None or not charge.paid:
        raise no_charge(intent_id)
    return charge


def no_charge(intent_id: str) -> StripeError:
    """The refusal to refund what was never paid (INV-97)."""
    return invalid(f"This PaymentIntent ({intent_id}) does not have a successful charge to refund.")
