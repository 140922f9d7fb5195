"""Billing credits at work: granted, spent when an invoice is finalized, given back, taken away."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.simulator.billing.credits import Claim, Purse, spend
from harness.simulator.flows.announcing.events import emit, emit_update
from harness.simulator.objects.credit import CREDITS, CreditTransaction, Spot
from harness.simulator.objects.invoice_line import AppliedCredit

if TYPE_CHECKING:
    from harness.simulator.objects.credit import CreditGrant
    from harness.simulator.objects.invoice import Invoice
    from harness.simulator.objects.invoice_line import Line
    from harness.simulator.world import World


def usable(world: World, customer: str, currency: str, period_end: int) -> list[CreditGrant]:
    """The grants that may pay an invoice whose period ends then, in the order of use (CHG-43, CHG-44)."""
    grants = world.agenda.grants.get(customer, [])
    return sorted((each for each in grants if each.pays(period_end, currency)), key=lambda each: each.rank())


def purses(grants: list[CreditGrant]) -> list[Purse]:
    """What is left in grants, as the pure rule takes it."""
    return [
        Purse(grant.left_cents, None if grant.prices is None else frozenset(grant.prices)) for grant in grants
    ]


def apply(world: World, invoice: Invoice, at: int) -> None:
    """Spend a customer's credits on the metered lines of an invoice that is being finalized (CHG-44, CHG-45).

    After discounts, before tax and the customer's balance (INV-74). Drafts and previews show none of
    it; that Stripe's provisional amounts are none either is unverified.
    """
    grants = usable(world, invoice.customer, invoice.currency, invoice.period.ends_before)
    lines = [line for line in invoice.lines if grants and _is_metered(world, line)]
    claims = [Claim(line.price or "", line.item or "", line.net_cents) for line in lines]
    for number, place, cents in spend(purses(grants), claims):
        grant, line = grants[number], lines[place]
        moved = move(world, grant, "credits_applied", cents, at, Spot(invoice.id, line.id))
        line.credits = (*line.credits, AppliedCredit(grant.id, moved.id, cents))


def _is_metered(world: World, line: Line) -> bool:
    """A subscription's usage on a meter: no licensed line, manual item or usage record (CHG-43)."""
    return line.item is not None and line.price is not None and world.prices[line.price].meter is not None


def give_back(world: World, invoice: Invoice, at: int) -> None:
    """A voided invoice returns its credits; what has expired meanwhile expires at once (CHG-47)."""
    for line in invoice.lines:
        for applied in line.credits:
            grant = world.credit_grants[applied.grant]
            spot = Spot(invoice.id, line.id)
            move(world, grant, "credits_application_invoice_voided", applied.amount_cents, at, spot)
            if grant.expires_at is not None and grant.expires_at <= at:
                lapse(world, grant, at)


def lapse(world: World, grant: CreditGrant, at: int) -> None:
    """What is left of a grant expires; nothing of it pays an invoice finalized later (CHG-43, unverified)."""
    if grant.left_cents:
        move(world, grant, "credits_expired", grant.left_cents, at)


def expire(world: World, grant: CreditGrant, at: int) -> None:
    """Expire a grant now: that is when it expires from now on."""
    before = grant.render(world)
    grant.expires_at = grant.updated = at
    lapse(world, grant, at)
    emit_update(world, "billing.credit_grant.updated", grant, before)


def void(world: World, grant: CreditGrant, at: int) -> None:
    """Take a grant back as if it had not been made."""
    before = grant.render(world)
    grant.voided_at = grant.updated = at
    if grant.left_cents:
        move(world, grant, "credits_voided", grant.left_cents, at)
    emit_update(world, "billing.credit_grant.updated", grant, before)


def move(
    world: World, grant: CreditGrant, kind: str, cents: int, at: int, spot: Spot | None = None
) -> CreditTransaction:
    """Note a movement of a grant's balance, and make it; a grant's first adds nothing (CHG-48)."""
    if kind != "credits_granted":
        grant.left_cents += cents if kind in CREDITS else -cents
    moved = CreditTransaction(
        id=world.new_id("cbtxn"),
        grant=grant.id,
        customer=grant.customer,
        kind=kind,
        amount_cents=cents,
        currency=grant.currency,
        created=at,
        effective_at=max(at, grant.effective_at) if kind == "credits_granted" else at,
        test_clock=grant.test_clock,
        spot=spot,
    )
    world.credit_transactions[moved.id] = moved
    world.agenda.note(grant.test_clock, grant)
    emit(world, "billing.credit_balance_transaction.created", moved)
    return moved
