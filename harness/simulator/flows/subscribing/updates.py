"""`POST /v1/subscriptions/{id}` and the items endpoints: one change of a subscription, billed as it asks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from harness.simulator.billing.periods import Period
from harness.simulator.flows.announcing.events import emit
from harness.simulator.flows.catalogue import tax_rates
from harness.simulator.flows.catalogue.inline_prices import drawn_up
from harness.simulator.flows.clocked import ensure_unlocked
from harness.simulator.flows.invoicing import discounting, invoices, managed, payments, prorations, redemption
from harness.simulator.flows.invoicing.invoices import Draft
from harness.simulator.flows.invoicing.one_off import check_entries, check_periods, items_for
from harness.simulator.flows.invoicing.spans import remember_billed
from harness.simulator.flows.invoicing.standing import updating
from harness.simulator.flows.payers import check_collection, check_method
from harness.simulator.flows.subscribing import crossings, ending, gathering, pending_updates, thresholds
from harness.simulator.flows.subscribing.cancellations import note_details, planned_instant
from harness.simulator.flows.subscribing.changes import (
    Bill,
    ItemChange,
    apply_items,
    read_changes,
    resets_anchor,
)
from harness.simulator.flows.subscribing.renewals import drop_update, issue, notice_if_near
from harness.simulator.flows.subscribing.timing import check_trial_end
from harness.simulator.flows.subscribing.trials import end_now, start_over
from harness.simulator.objects.pending_update import PENDING_SECONDS, PendingUpdate
from harness.simulator.wire.errors import invalid, unmodelled
from harness.simulator.wire.params import merge_metadata

if TYPE_CHECKING:
    from harness.simulator.objects.discount import Discount
    from harness.simulator.objects.invoice_item import InvoiceItem
    from harness.simulator.objects.subscription import Subscription
    from harness.simulator.world import World


@dataclass(frozen=True)
class Update:
    """A request to change a subscription, resolved and checked: applying it cannot be refused any more.

    In `params` the default tax rates are no longer ids, but the rates.
    """

    params: dict[str, Any]
    changes: list[ItemChange]
    at: int
    reset: bool
    cancel_at: int | None
    discounts: list[redemption.Wanted] | None = None

    @property
    def behavior(self) -> str:
        """How prorations are billed (CHG-57)."""
        return self.params.get("proration_behavior") or "create_prorations"

    @property
    def invoices_now(self) -> bool:
        """Whether the change makes an invoice of its own."""
        return self.reset or self.behavior == "always_invoice"


def read(world: World, subscription: Subscription, params: dict[str, Any]) -> Update:
    """Resolve and check a request.

    Raises:
        StripeError: 400 for anything that cannot be done.
    """
    _check_living(subscription, params)
    pending_updates.check(subscription, params)
    now = world.now(subscription.test_clock)
    changes = read_changes(world, subscription, params.get("items") or [])
    _check_thresholds(world, subscription, params, changes)
    customer = world.customers[subscription.customer]
    check_entries(world, params.get("add_invoice_items") or [], subscription.currency, customer)
    check_periods(params.get("add_invoice_items") or [], subscription.items, now)
    gathering.check(params.get("pending_invoice_item_interval"))
    discounts = _read_discounts(world, subscription, params)
    if "default_tax_rates" in params:
        rates = tax_rates.named(world, params, "default_tax_rates", subscription.tax_rates)
        params = params | {"default_tax_rates": rates}
    check_method(world, subscription.customer, params.get("default_payment_method"))
    _check_collection(subscription, params)
    _check_dates(subscription, params, now)
    ends_trial = params.get("trial_end") == "now" and subscription.status == "trialing"
    asked = params.get("billing_cycle_anchor") == "now" and not ends_trial  # the trial's end is the anchor
    if asked and not subscription.charges:
        raise unmodelled("a reset of the billing cycle anchor in a trial or while paused")
    reset = asked or resets_anchor(world, subscription, changes)
    if params.get("trial_end") is not None and reset:
        raise unmodelled("trial_end together with a reset of the billing cycle anchor")
    return Update(params, changes, now, reset, planned_instant(subscription, params, now), discounts)


def update(world: World, subscription: Subscription, params: dict[str, Any]) -> None:
    """Change `subscription`, and bill the change as `proration_behavior` asks (CHG-01 to CHG-13, CHG-57).

    Raises:
        StripeError: as `read`; 402 when payment fails under `error_if_incomplete`, 429 on an advancing clock.
    """
    ensure_unlocked(world, subscription.test_clock)
    managed.refuse_endings(subscription, params)
    with drawn_up(world, params) as drawn:
        wanted = read(world, subscription, drawn.params)
        _check_payable(world, subscription, wanted)
        held = _must_wait(world, subscription, wanted)
        drawn.keep(world)
    if pending_updates.replaces(params):
        drop_update(world, subscription, wanted.at)
    if held:
        _hold(world, subscription, wanted)
        return
    carry_out(world, subscription, wanted)
    managed.follow(world, subscription, params, wanted.at)


def carry_out(world: World, subscription: Subscription, wanted: Update) -> None:
    """Make a checked change, announced; the invoice that it makes is finalized at once."""
    invoice = None
    with updating(world, subscription):
        if (draft := _change(world, subscription, wanted)) is not None:
            invoice = invoices.subscription_invoice(world, subscription, draft, wanted.at)
            remember_billed(subscription, invoice)
            emit(world, "invoice.created", invoice)
    notice_if_near(world, subscription, wanted.at)
    if invoice is not None:
        waits = wanted.params.get("payment_behavior") == "default_incomplete"
        invoices.bill_now(world, invoice, wanted.at, waits=waits)


def carry_out_later(world: World, subscription: Subscription, wanted: Update) -> None:
    """The same as a schedule does it: the invoice is a draft at first, and reads usage again (INV-21)."""
    with updating(world, subscription):
        if (draft := _change(world, subscription, wanted)) is not None:
            issue(world, subscription, replace(draft, refreshes=True), wanted.at)
    notice_if_near(world, subscription, wanted.at)


def _change(world: World, subscription: Subscription, wanted: Update) -> Draft | None:
    """Apply a change and place what it leaves pending; the draft that it makes, if any."""
    before = discounting.held_by(subscription)
    left = apply(world, subscription, wanted)
    take_in(world, subscription, before, left.items)
    if not (wanted.invoices_now or left.lines):
        return None
    draft = immediate_draft(world, subscription, wanted, left)
    return draft if draft.all_lines else None


def take_in(
    world: World, subscription: Subscription, before: Sequence[Discount], items: list[InvoiceItem]
) -> None:
    """Make the world know what a change made: items, discounts beside those `before`, what is pending."""
    world.agenda.items |= {item.id: subscription for item in subscription.items}
    crossings.watch(world, subscription)
    discounting.settle(world, before, subscription)
    prorations.place(world, subscription, items)


def apply(world: World, subscription: Subscription, wanted: Update) -> Bill:
    """Make the change on `subscription`, or on a copy of it for a preview; what it leaves to bill."""
    params, at = wanted.params, wanted.at
    _set_plain(subscription, params)
    gathering.begin(subscription, params, at)
    if wanted.discounts is not None:
        place = redemption.Place(world.customers[subscription.customer], at, subscription=subscription.id)
        subscription.discounts = redemption.make(world, wanted.discounts, place)
    left = apply_items(
        world,
        subscription,
        wanted.changes,
        at,
        bill=wanted.behavior != "none",
        reset=wanted.reset,
        prorate_at=params.get("proration_date"),
    )
    if params.get("trial_end") == "now":
        end_now(world, subscription, left)
    elif params.get("trial_end") is not None:
        start_over(world, subscription, left, params["trial_end"], bill=wanted.behavior != "none")
    _set_ending(world, subscription, wanted, left)
    left.items += items_for(world, subscription, params.get("add_invoice_items") or [], at)
    return left


def immediate_draft(world: World, subscription: Subscription, wanted: Update, left: Bill) -> Draft:
    """The draft of the invoice that a change makes at once, with prorations placed or not."""
    pending = invoices.pending_for(world, subscription.customer, subscription, subscription.currency)
    unplaced = [entry for entry in reversed(left.items) if not entry.id]
    since = left.since if left.lines else wanted.at
    return Draft(
        reason="subscription_update",
        period=Period(since, wanted.at),
        lines=left.lines,
        pending=unplaced + pending,
        proration_date=left.prorate_at if left.items else None,
    )


def _read_discounts(
    world: World, subscription: Subscription, params: dict[str, Any]
) -> list[redemption.Wanted] | None:
    entries, name = redemption.asked(params)
    if entries is None:
        return None
    customer = world.customers[subscription.customer]
    present = [*subscription.discounts, *([customer.discount] if customer.discount else [])]
    currency = subscription.currency
    return redemption.read(world, entries, name, customer, currency=currency, present=present)


def _check_living(subscription: Subscription, params: dict[str, Any]) -> None:
    if not subscription.live and params.keys() - {"metadata", "cancellation_details"}:
        raise invalid("A canceled subscription can only update its cancellation_details and metadata.")


def _check_thresholds(
    world: World, subscription: Subscription, params: dict[str, Any], changes: list[ItemChange]
) -> None:
    changed = {change.item for change in changes}
    kept = [item for item in subscription.items if item.id not in changed]
    changes = [change for change in changes if not change.deleted]
    prices = [world.prices[item.price] for item in kept] + [change.price for change in changes]
    present = {
        "amount_gte": subscription.amount_gte,
        "reset_billing_cycle_anchor": subscription.threshold_resets_anchor,
    }
    threshold = params.get("billing_thresholds", present) or {}
    thresholds.check(
        world,
        prices,
        subscription.currency,
        amount_gte=threshold.get("amount_gte"),
        resets=threshold.get("reset_billing_cycle_anchor"),
        usage_limits=[item.usage_gte for item in kept] + [change.usage_gte for change in changes],
    )


def _check_collection(subscription: Subscription, params: dict[str, Any]) -> None:
    if "collection_method" in params or "days_until_due" in params:
        method = params.get("collection_method") or subscription.collection_method
        kept = subscription.days_until_due if method == "send_invoice" else None
        check_collection(method, params.get("days_until_due", kept))


def _check_dates(subscription: Subscription, params: dict[str, Any], now: int) -> None:
    trial_end = params.get("trial_end")
    if trial_end not in {None, "now"}:
        check_trial_end(trial_end, now)
    moment = params.get("proration_date")
    since = min((item.period.starts_at for item in subscription.items), default=now)
    if moment is not None and not since <= moment <= subscription.period_end:
        raise invalid(
            "Cannot specify a proration_date outside of the current billing period.", param="proration_date"
        )


def _check_payable(world: World, subscription: Subscription, wanted: Update) -> None:
    """`payment_behavior` of an update that bills at once (SUB-15)."""
    behavior = wanted.params.get("payment_behavior")
    if behavior != "error_if_incomplete" or subscription.collection_method == "send_invoice":
        return
    due, payer = _due_at_once(world, subscription, wanted)
    if due:
        payments.ensure_pays(world, payer)


def _must_wait(world: World, subscription: Subscription, wanted: Update) -> bool:
    """Whether an update with `pending_if_incomplete` has to wait, since its invoice would not be paid."""
    if wanted.params.get("payment_behavior") != "pending_if_incomplete":
        return False
    due, payer = _due_at_once(world, subscription, wanted)
    return due and (payer is None or world.payment_methods[payer].card.decline is not None)


def _due_at_once(world: World, subscription: Subscription, wanted: Update) -> tuple[bool, str | None]:
    """Whether the change asks for a payment at once, and which method would pay."""
    trial_run = subscription.copy()
    left = apply(world, trial_run, wanted)
    customer = world.customers[subscription.customer]
    payer = trial_run.default_payment_method or customer.default_payment_method
    if not (wanted.invoices_now or left.lines):
        return False, payer
    draft = immediate_draft(world, trial_run, wanted, left)
    total = discounting.due_cents(world, trial_run, draft.all_lines, wanted.at)
    return invoices.due_after_balance(customer, total, subscription.currency) > 0, payer


def _hold(world: World, subscription: Subscription, wanted: Update) -> None:
    """Invoice the change, and let it wait for the payment; the subscription stays as it is until then."""
    changed = subscription.copy()
    ends = min(changed.period_end, changed.trial_end or changed.period_end)
    left = apply(world, changed, wanted)
    prorations.place(world, changed, left.items)
    with updating(world, subscription):
        draft = immediate_draft(world, changed, wanted, left)
        invoice = invoices.subscription_invoice(world, changed, draft, wanted.at)
        remember_billed(changed, invoice)
        emit(world, "invoice.created", invoice)
        subscription.latest_invoice = invoice.id
        subscription.pending_update = PendingUpdate(
            invoice=invoice.id,
            expires_at=min(wanted.at + PENDING_SECONDS, ends),
            changed=changed,
            moves_anchor=changed.anchor != subscription.anchor,
            moves_trial=wanted.params.get("trial_end") is not None,
        )
    invoices.bill_now(world, invoice, wanted.at)


def _set_plain(subscription: Subscription, params: dict[str, Any]) -> None:
    """The members that change nothing else."""
    subscription.settings.take(params)
    for name in ("description", "default_payment_method"):
        if name in params:
            setattr(subscription, name, params[name])
    if params.get("collection_method") is not None:
        subscription.collection_method = params["collection_method"]
    if subscription.collection_method == "charge_automatically":
        subscription.days_until_due = None
    elif params.get("days_until_due") is not None:
        subscription.days_until_due = params["days_until_due"]
    if "metadata" in params:
        subscription.metadata = merge_metadata(subscription.metadata, params["metadata"])
    if "default_tax_rates" in params:
        subscription.tax_rates = tuple(params["default_tax_rates"])
    if "billing_thresholds" in params:
        threshold = params["billing_thresholds"] or {}
        subscription.amount_gte = threshold.get("amount_gte")
        subscription.threshold_resets_anchor = threshold.get("reset_billing_cycle_anchor")
    if "pause_collection" in params:
        pause = params["pause_collection"] or {}
        subscription.pause_behavior, subscription.resumes_at = pause.get("behavior"), pause.get("resumes_at")
    behavior = (params.get("trial_settings") or {}).get("end_behavior", {}).get("missing_payment_method")
    subscription.missing_payment_method = behavior or subscription.missing_payment_method
    note_details(subscription, params.get("cancellation_details") or {})


def _set_ending(world: World, subscription: Subscription, wanted: Update, left: Bill) -> None:
    """Plan, move or take back the end of the subscription (CHG-19, CHG-21, CHG-22)."""
    params = wanted.params
    taken_back = "cancel_at" in params and params["cancel_at"] is None
    taken_back |= params.get("cancel_at_period_end") is False and subscription.cancel_at_period_end
    if wanted.cancel_at is None and not taken_back:
        return
    prorate = wanted.behavior != "none" and subscription.charges
    left.items += ending.stretch(world, subscription, prorate=prorate)
    subscription.cancel_at = wanted.cancel_at
    subscription.cancel_at_period_end = bool(params.get("cancel_at_period_end"))
    subscription.canceled_at = None if wanted.cancel_at is None else wanted.at
    subscription.reason = None if wanted.cancel_at is None else "cancellation_requested"
    left.items += ending.shorten(world, subscription, prorate=prorate)
