"""Previews: the next invoice, or that of a change, worked out on a copy."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from harness.simulator.billing.periods import Period
from harness.simulator.flows.announcing.events import emit
from harness.simulator.flows.catalogue import currencies, legacy_prices
from harness.simulator.flows.catalogue.inline_prices import drawn_up
from harness.simulator.flows.invoicing import discounting, prorations, redemption
from harness.simulator.flows.invoicing.invoice_items import sketch
from harness.simulator.flows.invoicing.invoices import (
    Draft,
    due_after_balance,
    own_pending,
    pending_for,
    take_settings,
)
from harness.simulator.flows.payers import find_customer
from harness.simulator.flows.subscribing import (
    boundaries,
    preview_details,
    resumption,
    subscriptions,
    transitions,
    updates,
)
from harness.simulator.flows.subscribing.changes import Bill
from harness.simulator.flows.subscribing.renewals import final_draft, turn
from harness.simulator.objects.invoice import Invoice
from harness.simulator.wire.errors import StripeError, invalid, missing_resource, unmodelled

if TYPE_CHECKING:
    from harness.simulator.objects.customer import Customer
    from harness.simulator.objects.invoice_item import InvoiceItem
    from harness.simulator.objects.schedule import SubscriptionSchedule
    from harness.simulator.objects.subscription import Subscription
    from harness.simulator.world import World


DETAILS = "subscription_details"


@dataclass(frozen=True)
class Foreseen:
    """An invoice that would come.

    Args:
        customer: who gets it.
        subscription: the copy that it was worked out on, None for one without a subscription.
        draft: what it is made of.
        at: when it comes.
    """

    customer: Customer
    subscription: Subscription | None
    draft: Draft
    at: int


@contextmanager
def preview(world: World, params: dict[str, Any], version: str) -> Iterator[Invoice]:
    """The invoice that would come next (INV-76); nothing in the world changes.

    Prices that the request describes (`price_data`) exist as long as the context; Stripe is assumed to show
    an id for them all the same (unverified).

    Raises:
        StripeError: 404 `invoice_upcoming_none` when nothing is to be billed (INV-77), or what a previewed
            change would be refused with.
    """
    details = params.get("subscription_details") or {}
    with drawn_up(world, details, DETAILS) as changed, drawn_up(world, params) as own:
        with _named_in(details):
            legacy_prices.refuse_on_new_versions(world, details.get("items") or [], version)
            foreseen = _foresee(world, own.params, changed.params, version)
        asked = sketch(world, foreseen.customer, _in_currency(foreseen, own.params))
        currencies.ensure_alike(foreseen.subscription, asked)
        invoice = _shown(world, _joined(foreseen, asked))
        invoice.customer_details = params.get("customer_details") or {}
        _try_discounts(world, invoice, own.params)
        _settled(world, invoice)
        yield invoice


@contextmanager
def _named_in(details: dict[str, Any]) -> Iterator[None]:
    """Refusals name what stands in `details` as it was sent: `items[0][price]` is a member of them here."""
    try:
        yield
    except StripeError as error:
        head, opening, rest = (error.param or "").partition("[")
        if head in details:
            error.param = f"{DETAILS}[{head}]{opening}{rest}"
        raise


def _in_currency(foreseen: Foreseen, params: dict[str, Any]) -> list[dict[str, Any]]:
    """The items that a preview asks for; amounts without a currency are in the preview's."""
    subscription = foreseen.subscription
    usual = params.get("currency") if subscription is None else subscription.currency
    entries = params.get("invoice_items") or []
    if usual is None:
        return list(entries)
    return [entry if entry.get("price") else {"currency": usual} | entry for entry in entries]


def _joined(foreseen: Foreseen, asked: list[InvoiceItem]) -> Foreseen:
    """With the items that a preview asks for: changed ones in their places, new ones in front (INV-56)."""
    changed = {item.id: item for item in asked if item.id}
    draft = foreseen.draft
    pending = [item for item in reversed(asked) if not item.id]
    pending += [changed.get(item.id, item) if item.id else item for item in draft.pending]
    return replace(foreseen, draft=replace(draft, pending=pending))


def _foresee(world: World, params: dict[str, Any], details: dict[str, Any], version: str) -> Foreseen:
    if params.get("schedule") is not None:
        return _of_schedule(world, params, details)
    if params.get("subscription") is None:
        return _of_new(world, params, details, version)
    known = world.subscriptions.get(params["subscription"])
    if known is None:
        raise missing_resource("subscription", params["subscription"], "subscription")
    preview_details.check(details)
    currencies.ensure_own(known, params.get("currency"))
    subscription = known.copy()
    if not subscription.live:
        raise nothing_upcoming()
    at = world.now(subscription.test_clock)
    if details.get("resume_at"):
        resumption.check(world, subscription, details, at)
        return _of(world, subscription, resumption.begin(world, subscription, details, at), at)
    if details.get("cancel_now"):
        return _of_ending(world, subscription, details, at)
    left = None
    if details:
        wanted = updates.read(world, subscription, details)
        left = updates.apply(world, subscription, wanted)
        if wanted.invoices_now or left.lines:
            return _of(world, subscription, updates.immediate_draft(world, subscription, wanted, left), at)
    return _next(world, subscription, left)


def _of_schedule(world: World, params: dict[str, Any], details: dict[str, Any]) -> Foreseen:
    """The next invoice of a schedule's subscription.

    Raises:
        StripeError: 400 for a subscription beside it (text unverified), 501 for a schedule that waits.
    """
    if details or params.get("subscription") is not None:
        raise invalid("`schedule` cannot be used with `subscription`.", param="schedule")
    schedule = world.schedules.get(params["schedule"])
    if schedule is None:
        raise missing_resource("subscription_schedule", params["schedule"], "schedule")
    if schedule.status == "not_started":
        raise unmodelled("the preview of a schedule that has not started")
    if schedule.status != "active" or schedule.subscription is None:
        raise nothing_upcoming()
    subscription = world.subscriptions[schedule.subscription].copy()
    currencies.ensure_own(subscription, params.get("currency"))
    return _next(world, subscription, None)


def announce(world: World, subscription: Subscription) -> None:
    """`invoice.upcoming`: the preview without an id, some days before the renewal (CLK-82).

    None is sent where a schedule ends the subscription before, with nothing to bill.
    """
    subscription.upcoming_noticed = subscription.period_end
    world.agenda.note(subscription.test_clock, subscription)
    if (foreseen := _coming(world, subscription.copy(), None)) is not None:
        emit(world, "invoice.upcoming", Upcoming(_shown(world, foreseen)))


@dataclass(frozen=True)
class Upcoming:
    """A previewed invoice as it is announced."""

    invoice: Invoice

    def render(self, world: World) -> dict[str, Any]:
        """The wire form, which has no id."""
        return {key: value for key, value in self.invoice.render(world).items() if key != "id"}


def nothing_upcoming() -> StripeError:
    """INV-77."""
    return StripeError(404, "No upcoming invoices for customer", code="invoice_upcoming_none")


def _of(world: World, subscription: Subscription, draft: Draft, at: int) -> Foreseen:
    return Foreseen(world.customers[subscription.customer], subscription, draft, at)


def _of_ending(world: World, subscription: Subscription, details: dict[str, Any], at: int) -> Foreseen:
    """The invoice of a cancellation now with `invoice_now` (CHG-14); credits unless prorations are off."""
    draft = final_draft(world, subscription, at, reason="subscription_update")
    credited: list[InvoiceItem] = []
    if details.get("proration_behavior") != "none" and subscription.charges:
        for item in subscription.items:
            if not world.prices[item.price].metered:
                credited += prorations.credit(world, subscription, item, at)
    if not draft.worth_sending and not credited:
        raise nothing_upcoming()
    pending = credited[::-1] + draft.pending
    return _of(world, subscription, Draft(draft.reason, draft.period, draft.lines, pending), at)


def _of_new(world: World, params: dict[str, Any], details: dict[str, Any], version: str) -> Foreseen:
    """A subscription that does not exist yet, the customer's present one, or the asked items alone.

    That items of a customer without a subscription can be previewed is unverified.
    """
    if params.get("customer") is None and params.get("customer_details"):
        raise unmodelled("customer_details of a preview without `customer`")
    customer = find_customer(world, params.get("customer"))
    if details.get("items"):
        currency = currencies.of_preview(world, customer, details["items"], params.get("currency"))
        wanted = preview_details.as_created(details, customer.id) | {"currency": currency}
        planned, draft = subscriptions.plan(world, wanted, version)
        return _of(world, planned, draft, planned.created) if draft.all_lines else _next(world, planned, None)
    current = next((each for each in world.agenda.subscriptions_of(customer.id) if each.live), None)
    if current is not None:
        currencies.ensure_own(current, params.get("currency"))
        return _next(world, current.copy(), None)
    if not params.get("invoice_items"):
        raise nothing_upcoming()
    now = world.now(customer.test_clock)
    return Foreseen(customer, None, Draft("upcoming", Period(now, now), [], []), now)


def _next(world: World, subscription: Subscription, left: Bill | None) -> Foreseen:
    """The invoice at the end of the current period, with the prorations that a change would leave.

    Raises:
        StripeError: 404 when there is none (INV-77).
    """
    if (foreseen := _coming(world, subscription, left)) is None:
        raise nothing_upcoming()
    return foreseen


def _coming(world: World, subscription: Subscription, left: Bill | None) -> Foreseen | None:
    """The same, or None where nothing is to be billed."""
    changes = [] if left is None else [entry for entry in left.items if not entry.id]
    schedule = boundaries.schedule_ahead(world, subscription)
    if schedule and (billed := _through_phases(world, subscription, schedule, changes)):
        return billed
    at = _renewal(subscription)
    if at is None or subscription.status == "paused":  # SUB-26
        return None
    unplaced = changes[::-1]
    if (gathered := _gathered(world, subscription, unplaced, at)) is not None:
        return gathered
    if subscription.cancel_at is not None and subscription.cancel_at <= at:
        draft = final_draft(world, subscription, subscription.cancel_at, reason="subscription_cycle")
        if not draft.worth_sending and not unplaced:
            return None
    elif (entry := boundaries.joining(world, subscription, schedule, at)) is not None:
        draft, added = boundaries.turn_into(world, subscription, entry, at)
        unplaced = added[::-1] + unplaced
    else:
        due = [item for item in subscription.items if item.period.ends_before <= at]
        trialing = subscription.status == "trialing"
        subscription.status = "active" if trialing else subscription.status
        draft = turn(world, subscription, due, at, after_trial=trialing)
    pending = unplaced + pending_for(world, subscription.customer, subscription, subscription.currency)
    prorated_at = left.prorate_at if left is not None and left.items else None
    foreseen = Draft(draft.reason, draft.period, draft.lines, pending, proration_date=prorated_at)
    return _of(world, subscription, foreseen, at) if foreseen.all_lines else None


def _renewal(subscription: Subscription) -> int | None:
    return subscription.trial_end if subscription.status == "trialing" else subscription.period_end


def _through_phases(
    world: World, subscription: Subscription, ahead: SubscriptionSchedule, changes: list[InvoiceItem]
) -> Foreseen | None:
    """Take the subscription, and `ahead`, through the phases that begin before its renewal.

    What they leave pending joins `changes`; the invoice of one that makes its own is what comes next.
    """
    while not ahead.in_last_phase and (at := ahead.phase.ends_before) < (_renewal(subscription) or at):
        ahead.current += 1
        wanted = transitions.entry_of(world, ahead, subscription, at)
        left = updates.apply(world, subscription, wanted)
        changes += left.items
        if wanted.invoices_now or left.lines:
            left.items = changes
            draft = updates.immediate_draft(world, subscription, wanted, left)
            if draft.all_lines:
                return _of(world, subscription, draft, at)
    return None


def _gathered(
    world: World, subscription: Subscription, unplaced: list[InvoiceItem], renewal: int
) -> Foreseen | None:
    """The invoice of pending items that comes before the renewal, if there is one."""
    ends = min(renewal, subscription.cancel_at or renewal)
    if subscription.gathering is None or (at := subscription.gathering.next_at) >= ends:
        return None
    draft = own_pending(world, subscription, at)
    pending = unplaced + draft.pending
    if not pending:
        return None
    return _of(world, subscription, Draft(draft.reason, draft.period, [], pending), at)


def _shown(world: World, foreseen: Foreseen) -> Invoice:
    """An invoice outside the world (INV-45)."""
    customer, subscription, draft = foreseen.customer, foreseen.subscription, foreseen.draft
    if not draft.all_lines:
        raise nothing_upcoming()
    invoice = Invoice(
        id=world.new_id("upcoming_in"),
        sequence=0,
        customer=customer.id,
        currency=draft.all_lines[0].currency if subscription is None else subscription.currency,
        created=foreseen.at,
        period=draft.period,
        billing_reason="upcoming",
        test_clock=customer.test_clock,
        proration_date=draft.proration_date,
        lines=draft.all_lines,
        discounts=discounting.group_of(customer, subscription, foreseen.at),
        spreads_evenly=subscription is not None and not subscription.flexible,
        tax_rates=() if subscription is None else subscription.tax_rates,
    )
    if subscription is not None:
        invoice.subscription = subscription.id
        invoice.subscription_metadata = dict(subscription.metadata)
        invoice.collection_method = subscription.collection_method
    invoice.starting_balance_cents = customer.balance_in(invoice.currency)
    take_settings(world, invoice, subscription)
    for line in invoice.lines:
        line.id = world.new_id("il_tmp")
    if subscription is not None:
        discounting.claim(subscription, invoice.lines, foreseen.at)
    return _settled(world, invoice)


def _try_discounts(world: World, invoice: Invoice, params: dict[str, Any]) -> None:
    """The discounts that a preview asks for, in place of those there are."""
    entries, name = redemption.asked(params)
    if entries is None:
        return
    customer = world.customers[invoice.customer]
    wanted = redemption.read(
        world, entries, name, customer, currency=invoice.currency, present=invoice.discounts
    )
    place = redemption.Place(customer, invoice.created, subscription=invoice.subscription)
    invoice.discounts = redemption.make(world, wanted, place)


def _settled(world: World, invoice: Invoice) -> Invoice:
    """The same invoice with what discounts leave of it, with tax, and what is due."""
    used = [*invoice.discounts, *(each for line in invoice.lines for each in line.own)]
    world.previewed = {each.id: each for each in used if each.id not in world.discounts}
    discounting.apply(world, invoice)
    customer = world.customers[invoice.customer]
    invoice.amount_due_cents = due_after_balance(customer, invoice.total_cents, invoice.currency)
    kept = invoice.total_cents - invoice.amount_due_cents
    invoice.ending_balance_cents = invoice.starting_balance_cents + kept
    return invoice
