"""What a schedule does to its subscription: makes it, takes it from phase to phase, lets it go."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from harness.simulator.billing.periods import Period, first_boundary_after, period_at
from harness.simulator.flows.announcing.events import emit, emit_update
from harness.simulator.flows.catalogue.inline_prices import INLINE
from harness.simulator.flows.invoicing import managed
from harness.simulator.flows.invoicing.standing import updating
from harness.simulator.flows.subscribing import subscriptions
from harness.simulator.flows.subscribing.changes import ItemChange, resets_anchor
from harness.simulator.flows.subscribing.items import NewItem
from harness.simulator.flows.subscribing.phases import inherited
from harness.simulator.flows.subscribing.renewals import notice_if_near
from harness.simulator.flows.subscribing.updates import Update, carry_out, carry_out_later
from harness.simulator.objects.subscription import interval_of

if TYPE_CHECKING:
    from harness.simulator.flows.invoicing.invoices import Draft
    from harness.simulator.objects.price import Price
    from harness.simulator.objects.schedule import Phase, PhaseItem, PhaseSettings, SubscriptionSchedule
    from harness.simulator.objects.subscription import Subscription, SubscriptionItem
    from harness.simulator.world import World


def go_on(world: World, schedule: SubscriptionSchedule, at: int) -> None:
    """A schedule's instant has come: it starts, enters its next phase, or is over."""
    if schedule.status == "not_started":
        before = schedule.render(world)
        begin(world, schedule, design(world, schedule, at))
        emit_update(world, "subscription_schedule.updated", schedule, before)
    elif schedule.in_last_phase:
        complete(world, schedule, at)
    else:
        enter_next(world, schedule, at)


def announce_end(world: World, schedule: SubscriptionSchedule) -> None:
    """`subscription_schedule.expiring`, a week ahead (SUB-50)."""
    schedule.noticed = schedule.ends_before
    world.agenda.note(schedule.test_clock, schedule)
    emit(world, "subscription_schedule.expiring", schedule)


def design(world: World, schedule: SubscriptionSchedule, at: int) -> tuple[Subscription, Draft]:
    """The subscription that a schedule makes for its first phase, outside the world; nothing is changed.

    Raises:
        StripeError: 501 for a trial together with a start in the past.
    """
    phase = schedule.phase
    customer = world.customers[schedule.customer]
    wanted = [
        NewItem(world.prices[item.price], item.quantity, _kept(item.metadata), item.usage_gte, item.tax_rates)
        for item in phase.items
    ]
    settings = inherited(phase.settings, schedule.defaults)
    params = _settings_params(world, schedule, settings) | {
        "add_invoice_items": [entry | {INLINE: True} for entry in phase.one_offs],  # retired since or not
        "backdate_start_date": phase.starts_at if phase.starts_at < at else None,
        "cancel_at": _planned_end(schedule),
        "currency": phase.currency,
        "default_tax_rates": phase.tax_rates,
        "metadata": phase.metadata,
        "proration_behavior": phase.proration_behavior,
        "trial_end": phase.trial_end,
    }
    mode = {"type": schedule.mode, "proration_discounts": schedule.proration_discounts}
    subscription, draft = subscriptions.design(world, customer, wanted, params, mode)
    subscription.schedule = schedule.id
    return subscription, draft


def begin(world: World, schedule: SubscriptionSchedule, designed: tuple[Subscription, Draft]) -> None:
    """Make the designed subscription: active at once, its first invoice a draft for an hour (SUB-21)."""
    subscription, draft = designed
    schedule.status, schedule.subscription = "active", subscription.id
    world.agenda.note(schedule.test_clock, schedule)
    invoice = subscriptions.place(world, subscription, draft)
    if invoice is not None:
        subscriptions.hold(world, invoice, subscription.created)
    notice_if_near(world, subscription, subscription.created)


def enter_next(world: World, schedule: SubscriptionSchedule, at: int) -> None:
    """The next phase begins: a change of the subscription, billed as the phase asks (CHG-10).

    One that begins with a renewal has come with it (`boundaries`); where it could not, it comes right after
    (CHG-10), so that what was used until then is billed at the old prices in either billing mode.
    """
    before = schedule.render(world)
    schedule.current += 1
    subscription = _subscription(world, schedule)
    carry_out_later(world, subscription, entry_of(world, schedule, subscription, at))
    world.agenda.note(schedule.test_clock, schedule)
    emit_update(world, "subscription_schedule.updated", schedule, before)


def entry_of(world: World, schedule: SubscriptionSchedule, subscription: Subscription, at: int) -> Update:
    """What entering the current phase does to the subscription, or to a copy of it."""
    phase, added = schedule.phase, list(schedule.phase.one_offs)
    behavior = phase.proration_behavior
    return change_into(world, schedule, subscription, at, behavior, entering=True, one_offs=added)


def apply_now(
    world: World,
    schedule: SubscriptionSchedule,
    behavior: str,
    at: int,
    *,
    entering: bool,
    one_offs: list[dict[str, Any]],
) -> None:
    """The current phase was changed by a request: so is the subscription (SUB-42)."""
    subscription = _subscription(world, schedule)
    wanted = change_into(world, schedule, subscription, at, behavior, entering=entering, one_offs=one_offs)
    carry_out(world, subscription, wanted)


def complete(world: World, schedule: SubscriptionSchedule, at: int) -> None:
    """The last phase is over: the subscription goes on by itself.

    What is left of the schedule: SUB-53, unverified.
    """
    _let_go(world, schedule)
    managed.close(world, schedule, "completed", at)


def release(world: World, schedule: SubscriptionSchedule, at: int, *, keeps_end: bool) -> None:
    """Take the schedule off its subscription, with the end that it had planned unless kept (SUB-47)."""
    before = schedule.render(world)
    if schedule.subscription is not None:
        _let_go(world, schedule, takes_end_back=not keeps_end)
    schedule.status, schedule.released_at = "released", at
    emit_update(world, "subscription_schedule.updated", schedule, before)
    managed.close(world, schedule, "released", at)


def change_into(
    world: World,
    schedule: SubscriptionSchedule,
    subscription: Subscription,
    at: int,
    behavior: str,
    *,
    entering: bool,
    one_offs: list[dict[str, Any]],
) -> Update:
    """What makes the subscription what the current phase says.

    Args:
        world: read for prices.
        schedule: its current phase is the wanted one.
        subscription: the one that it manages, or a copy.
        at: now.
        behavior: how the change is billed; what changes nothing that is billed makes no invoice.
        entering: whether the phase begins, which may move the anchor.
        one_offs: `add_invoice_items` that are new.
    """
    settings = inherited(schedule.phase.settings, schedule.defaults)
    changes = matched(world, subscription, schedule.phase.items)
    timed = _trial_params(subscription, schedule.phase, at) | _end_params(schedule, subscription)
    starts_trial = timed.get("trial_end") not in {None, "now"}  # which moves the anchor itself (CHG-13)
    moved = entering and settings.anchor == "phase_start" and _moves(world, subscription, at)
    reset = not starts_trial and (moved or resets_anchor(world, subscription, changes))
    bills = reset or bool(timed or one_offs) or any(change.rebills for change in changes)
    params = _settings_params(world, schedule, settings) | timed
    params |= {
        "add_invoice_items": one_offs,
        "default_tax_rates": schedule.phase.tax_rates,
        "metadata": schedule.phase.metadata,
        "proration_behavior": behavior if bills or behavior == "none" else "create_prorations",
    }
    return Update(params, changes, at, reset, timed.get("cancel_at"))


def matched(world: World, subscription: Subscription, wanted: tuple[PhaseItem, ...]) -> list[ItemChange]:
    """The items of a phase as changes of those that are there.

    An item keeps its id where the phase has its price, and else turns into one of the same kind (SUB-54,
    unverified). The money is the same.
    """
    free, left = list(subscription.items), list(wanted)
    pairs: list[tuple[SubscriptionItem | None, PhaseItem]] = []
    for same in (_same_price, _same_kind, _any):
        for entry in list(left):
            found = next((item for item in free if same(world, item, entry)), None)
            if found is not None:
                free.remove(found)
                left.remove(entry)
                pairs.append((found, entry))
    gone = [ItemChange(item.id, world.prices[item.price], item.quantity, {}, deleted=True) for item in free]
    pairs += [(None, entry) for entry in left]
    return [_change(world.prices[entry.price], item, entry) for item, entry in pairs] + gone


def _change(price: Price, item: SubscriptionItem | None, entry: PhaseItem) -> ItemChange:
    rebills = item is None or (item.price, item.quantity) != (entry.price, entry.quantity)
    return ItemChange(
        None if item is None else item.id,
        price,
        entry.quantity,
        dict(entry.metadata),
        rebills=rebills,
        usage_gte=entry.usage_gte,
        tax_rates=entry.tax_rates,
    )


def _same_price(_: World, item: SubscriptionItem, entry: PhaseItem) -> bool:
    return item.price == entry.price


def _same_kind(world: World, item: SubscriptionItem, entry: PhaseItem) -> bool:
    old, new = world.prices[item.price], world.prices[entry.price]
    return (old.metered, interval_of(old)) == (new.metered, interval_of(new))


def _any(_: World, item: SubscriptionItem, entry: PhaseItem) -> bool:
    return (item.quantity is None) == (entry.quantity is None)


def _moves(world: World, subscription: Subscription, at: int) -> bool:
    """Whether an anchor at `at` changes a period: not where all begin then anyway (SUB-52, unverified)."""
    return any(
        _current(world, subscription, item, at)
        != Period(at, first_boundary_after(at, interval_of(world.prices[item.price]), at))
        for item in subscription.items
    )


def _current(world: World, subscription: Subscription, item: SubscriptionItem, at: int) -> Period:
    """An item's period at `at`: the next one where it renews just then."""
    ended = item.period.ends_before <= at
    return period_at(subscription.anchor, subscription.interval(world, item), at) if ended else item.period


def _settings_params(world: World, schedule: SubscriptionSchedule, settings: PhaseSettings) -> dict[str, Any]:
    """The settings as parameters of a subscription; a payment method that was detached since is left out."""
    method = world.payment_methods.get(settings.default_payment_method or "")
    usable = method is not None and method.customer == schedule.customer
    threshold = {"amount_gte": settings.amount_gte, "reset_billing_cycle_anchor": settings.resets_anchor}
    described = {} if settings.description is None else {"description": settings.description}
    return described | {
        "billing_thresholds": None if settings.amount_gte is None else threshold,
        "collection_method": settings.collection_method,
        "days_until_due": settings.days_until_due,
        "default_payment_method": settings.default_payment_method if usable else None,
    }


def _trial_params(subscription: Subscription, phase: Phase, at: int) -> dict[str, Any]:
    """A trial that begins, moves or ends: an update has to say again that there is one (SUB-43)."""
    trialing = subscription.status == "trialing"
    wanted = phase.trial_end if phase.trial_end is not None and phase.trial_end > at else None
    if wanted is None:
        return {"trial_end": "now"} if trialing else {}
    return {} if trialing and wanted == subscription.trial_end else {"trial_end": wanted}


def _end_params(schedule: SubscriptionSchedule, subscription: Subscription) -> dict[str, Any]:
    planned = _planned_end(schedule)
    return {} if planned == subscription.cancel_at else {"cancel_at": planned}


def _planned_end(schedule: SubscriptionSchedule) -> int | None:
    """`cancel_at`, which stands on the subscription from the last phase on (SUB-41)."""
    ends = schedule.end_behavior == "cancel" and schedule.in_last_phase
    return schedule.ends_before if ends else None


def _let_go(world: World, schedule: SubscriptionSchedule, *, takes_end_back: bool = False) -> None:
    subscription = _subscription(world, schedule)
    if takes_end_back and subscription.cancel_at is not None:
        now = world.now(subscription.test_clock)
        carry_out(world, subscription, Update({"cancel_at": None}, [], now, reset=False, cancel_at=None))
    with updating(world, subscription):
        subscription.schedule = None
    schedule.subscription, schedule.released_subscription = None, subscription.id


def _subscription(world: World, schedule: SubscriptionSchedule) -> Subscription:
    """The subscription of an active schedule.

    Raises:
        ValueError: it has none.
    """
    if schedule.subscription is None:
        raise ValueError(f"{schedule.id} has no subscription")
    return world.subscriptions[schedule.subscription]


def _kept(metadata: dict[str, str | None]) -> dict[str, str]:
    return {key: value for key, value in metadata.items() if value is not None}
