"""Requests about billing credits: grants made, changed and ended, and balances asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from harness.simulator.flows.announcing.events import emit, emit_update
from harness.simulator.flows.clocked import ensure_unlocked
from harness.simulator.flows.invoicing import crediting
from harness.simulator.flows.payers import find_customer
from harness.simulator.objects.credit import CreditGrant, amount_form
from harness.simulator.wire.errors import invalid, missing_resource, unmodelled
from harness.simulator.wire.params import merge_metadata

if TYPE_CHECKING:
    from harness.simulator.world import World

MOST_UNUSED = 100  # CHG-47


def grant(world: World, params: dict[str, Any]) -> CreditGrant:
    """Grant credits to a customer (CHG-41).

    Raises:
        StripeError: 400 for a scope that is neither `price_type` nor metered `prices`, times in the wrong
            order, or more than 100 unused grants; 429 on an advancing clock.
    """
    customer = find_customer(world, params.get("customer"))
    ensure_unlocked(world, customer.test_clock)
    now = world.now(customer.test_clock)
    monetary = params["amount"].get("monetary")
    if monetary is None:
        raise invalid(
            "Missing required param: amount[monetary].", code="parameter_missing", param="amount[monetary]"
        )
    prices = read_scope(world, params["applicability_config"]["scope"], "applicability_config[scope]")
    effective_at = now if params.get("effective_at") is None else params["effective_at"]
    _check_expiry(params.get("expires_at"), max(now, effective_at))
    _check_room(world, customer.id)
    made = CreditGrant(
        id=world.new_id("credgr"),
        sequence=world.agenda.next_sequence(),
        customer=customer.id,
        created=now,
        updated=now,
        amount_cents=monetary["value"],
        currency=monetary["currency"].lower(),
        left_cents=monetary["value"],
        effective_at=effective_at,
        test_clock=customer.test_clock,
        prices=prices,
        category=params.get("category") or "paid",
        priority=50 if params.get("priority") is None else params["priority"],
        expires_at=params.get("expires_at"),
        name=params.get("name"),
        metadata=merge_metadata({}, params.get("metadata") or {}),
    )
    world.credit_grants[made.id] = made
    world.agenda.grants.setdefault(customer.id, []).append(made)
    emit(world, "billing.credit_grant.created", made)
    crediting.move(world, made, "credits_granted", made.amount_cents, now)
    return made


def update(world: World, made: CreditGrant, params: dict[str, Any]) -> None:
    """Move a grant's expiry, or change its metadata.

    Raises:
        StripeError: 400 for an expiry in the past, or of a grant that is over (texts unverified).
    """
    ensure_unlocked(world, made.test_clock)
    now = world.now(made.test_clock)
    if "expires_at" in params:
        _check_standing(made, now)
        _check_expiry(params["expires_at"], now)
    before = made.render(world)
    made.updated = now
    made.expires_at = params.get("expires_at", made.expires_at)
    if "metadata" in params:
        made.metadata = merge_metadata(made.metadata, params["metadata"])
    world.agenda.note(made.test_clock, made)
    emit_update(world, "billing.credit_grant.updated", made, before)


def expire(world: World, made: CreditGrant) -> None:
    """End a grant now.

    Raises:
        StripeError: 400 when it is over already (text unverified).
    """
    ensure_unlocked(world, made.test_clock)
    now = world.now(made.test_clock)
    _check_standing(made, now)
    crediting.expire(world, made, now)


def void(world: World, made: CreditGrant) -> None:
    """Take a grant back.

    Raises:
        StripeError: 400 when it is over already (text unverified), 501 when some of it was spent: what Stripe
            does then is not known.
    """
    ensure_unlocked(world, made.test_clock)
    now = world.now(made.test_clock)
    _check_standing(made, now)
    if made.touched:
        raise unmodelled("voiding a credit grant that has been applied to an invoice")
    crediting.void(world, made, now)


def find(world: World, grant_id: str, param: str = "id") -> CreditGrant:
    """The grant with this id.

    Raises:
        StripeError: 404, or 400 where a parameter names it.
    """
    found = world.credit_grants.get(grant_id)
    if found is None:
        raise missing_resource("credit grant", grant_id, param)
    return found


def balances(world: World, customer_id: str | None, wanted: dict[str, Any]) -> dict[str, Any]:
    """The `billing.credit_balance_summary` of a customer: one balance for each currency.

    Both balances are taken to be what is left of the grants in force now (unverified).

    Raises:
        StripeError: 400 for a filter that says nothing.
    """
    customer = find_customer(world, customer_id)
    now = world.now(customer.test_clock)
    sums: dict[str, int] = {}
    for each in world.agenda.grants.get(customer.id, []):
        if _matches(world, each, wanted):
            sums.setdefault(each.currency, 0)
            sums[each.currency] += each.left_cents if each.effective_at <= now else 0
    rows = [
        {"available_balance": amount_form(cents, currency), "ledger_balance": amount_form(cents, currency)}
        for currency, cents in sums.items()
    ]
    return {
        "object": "billing.credit_balance_summary",
        "balances": rows,
        "customer": customer.id,
        "customer_account": None,
        "livemode": False,
    }


def _matches(world: World, made: CreditGrant, wanted: dict[str, Any]) -> bool:
    if wanted["type"] == "credit_grant":
        named = wanted.get("credit_grant")
        if named is None:
            raise _missing("filter[credit_grant]")
        return made is find(world, named, "filter[credit_grant]")
    if wanted.get("applicability_scope") is None:
        raise _missing("filter[applicability_scope]")
    prices = read_scope(world, wanted["applicability_scope"], "filter[applicability_scope]")
    return (
        made.prices is None if prices is None else made.prices is not None and set(prices) <= set(made.prices)
    )


def read_scope(world: World, scope: dict[str, Any], name: str) -> tuple[str, ...] | None:
    """The prices that a scope names, None for all metered ones (CHG-41).

    Raises:
        StripeError: 400 unless it is exactly one of the two, with prices that have a meter (CHG-43).
    """
    listed = scope.get("prices")
    if (scope.get("price_type") is None) == (not listed):
        raise invalid(f"You must pass exactly one of `price_type` and `prices` in `{name}`.", param=name)
    if not listed:
        return None
    for entry in listed:
        price = world.prices.get(entry["id"])
        if price is None:
            raise missing_resource("price", entry["id"], f"{name}[prices]")
        if price.meter is None:
            raise invalid("Credit grants can only apply to prices with a meter.", param=f"{name}[prices]")
    return tuple(entry["id"] for entry in listed)


def _missing(name: str) -> Exception:
    return invalid(f"Missing required param: {name}.", code="parameter_missing", param=name)


def _check_expiry(expires_at: int | None, after: int) -> None:
    if expires_at is not None and expires_at <= after:
        raise invalid("`expires_at` must be in the future and after `effective_at`.", param="expires_at")


def _check_room(world: World, customer: str) -> None:
    unused = sum(each.left_cents > 0 for each in world.agenda.grants.get(customer, []))
    if unused >= MOST_UNUSED:
        raise invalid(f"A customer can have at most {MOST_UNUSED} unused credit grants.", param="customer")


def _check_standing(made: CreditGrant, now: int) -> None:
    if made.voided_at is not None:
        raise invalid("This credit grant has been voided.")
    if made.expires_at is not None and made.expires_at <= now:
        raise invalid("This credit grant has expired.")
