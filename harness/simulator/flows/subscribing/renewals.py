"""What happens to a subscription by itself: renewals, ends of trials, planned cancellations."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from harness.simulator.agenda import Rank
from harness.simulator.billing.periods import Period
from harness.simulator.flows.announcing.events import emit
from harness.simulator.flows.invoicing import invoices
from harness.simulator.flows.invoicing import lines as lining
from harness.simulator.flows.invoicing.invoices import Draft
from harness.simulator.flows.invoicing.spans import remember_billed, roll, usage_until
from harness.simulator.flows.invoicing.standing import end, expire, updating

if TYPE_CHECKING:
    from harness.simulator.objects.invoice_line import Line
    from harness.simulator.objects.subscription import Subscription, SubscriptionItem
    from harness.simulator.world import World


def renew(world: World, subscription: Subscription, at: int) -> None:
    """Roll the items whose period ends at `at`, and draft the invoice (CLK-84, CLK-85, SUB-06)."""
    due = [item for item in subscription.items if item.period.ends_before <= at]
    with updating(world, subscription):
        issue(world, subscription, turn(world, subscription, due, at), at)


def end_trial(world: World, subscription: Subscription, at: int) -> None:
    """The trial is over: paid time begins, or what `missing_payment_method` asks for (CLK-80, CHG-30)."""
    if subscription.missing_payment_method != "create_invoice" and _without_method(world, subscription):
        _end_trial_unpaid(world, subscription, at)
        return
    with updating(world, subscription):
        subscription.status = "active"
        draft = turn(world, subscription, subscription.items, at, after_trial=True)
        if draft.lines or draft.pending:
            issue(world, subscription, draft, at)


def cancel_on_time(world: World, subscription: Subscription, at: int) -> None:
    """A planned cancellation: usage left, if any, goes on a cycle-type invoice (CLK-81, CHG-19, CHG-22)."""
    draft = final_draft(world, subscription, at, reason="subscription_cycle")
    if draft.worth_sending:
        issue(world, subscription, draft, at)
    end(world, subscription, at)


def notice_trial_end(world: World, subscription: Subscription) -> None:
    """`customer.subscription.trial_will_end`, three days before (CLK-83)."""
    subscription.trial_noticed = True
    world.agenda.note(subscription.test_clock, subscription)
    emit(world, "customer.subscription.trial_will_end", subscription)


def notice_if_near(world: World, subscription: Subscription, now: int) -> None:
    """Announce at once the end of a trial that is less than three days away (CLK-83)."""
    plan = subscription.plan()
    if plan is not None and plan.rank is Rank.TRIAL_NOTICE and plan.at <= now:
        notice_trial_end(world, subscription)


def lapse(world: World, subscription: Subscription, at: int) -> None:
    """An incomplete subscription runs out: it expires and its invoice is voided (SUB-24)."""
    invoice = world.invoices[subscription.latest_invoice] if subscription.latest_invoice else None
    expire(world, subscription)
    if invoice is not None and invoice.status == "open":
        invoices.void(world, invoice, at)


def expire_update(world: World, subscription: Subscription, at: int) -> None:
    """A pending update was not paid in time: its invoice is voided, the change is given up."""
    if drop_update(world, subscription, at):
        emit(world, "customer.subscription.pending_update_expired", subscription)


def drop_update(world: World, subscription: Subscription, at: int) -> bool:
    """Void the invoice of a pending update, which takes the update away; whether there was one."""
    pending = subscription.pending_update
    if pending is None:
        return False
    invoices.void(world, world.invoices[pending.invoice], at)
    return True


def resume_collection(world: World, subscription: Subscription) -> None:
    """`pause_collection[resumes_at]` has come (SUB-27)."""
    with updating(world, subscription):
        subscription.pause_behavior = subscription.resumes_at = None


def turn(
    world: World,
    subscription: Subscription,
    due: list[SubscriptionItem],
    at: int,
    *,
    after_trial: bool = False,
    change: Callable[[list[Line]], None] | None = None,
) -> Draft:
    """Start the next period of `due` at `at`: bills the usage of the ended one, and licensed prices ahead.

    The invoice's period is the ended one (INV-01, INV-07).
    Usage of a trial is not billed (CHG-29): a metered item whose period was the trial gives no line in
    flexible mode and a free one in classic mode (UNK-31: unverified).

    `change` is what happens between the two periods (SUB-52); it is told the lines of usage.
    """
    since = min((item.period.starts_at for item in due), default=at)
    used = {item.id: _used(world, subscription, item, at, after_trial=after_trial) for item in due}
    known = {item.id for item in subscription.items}
    if change is not None:
        change([line for found in used.values() for line in found])
    there = {item.id for item in subscription.items}
    lines: list[Line] = []
    for item in lining.in_order([*due, *(item for item in subscription.items if item.id not in known)]):
        lines += used.get(item.id, [])
        lines += roll(world, subscription, item, at) if item.id in there else []
    return Draft(
        reason="subscription_cycle",
        period=Period(since, at),
        lines=lines,
        pending=invoices.pending_for(world, subscription.customer, subscription, subscription.currency),
        refreshes=True,
    )


def _used(
    world: World, subscription: Subscription, item: SubscriptionItem, at: int, *, after_trial: bool
) -> list[Line]:
    """The lines of an item for its ended period."""
    if not world.prices[item.price].metered:
        return []
    if not after_trial:
        return usage_until(world, subscription, item, at)
    if subscription.flexible:
        return []
    return [lining.free_line(world, subscription, item, Period(item.period.starts_at, at))]


def final_draft(world: World, subscription: Subscription, at: int, *, reason: str) -> Draft:
    """What is left to bill when a subscription ends at `at`: pending items, and open usage.

    Usage of a trial is free (CHG-29), and so is that of a pause (SUB-26; K, unverified).
    """
    lines: list[Line] = []
    for item in lining.in_order(subscription.items if subscription.charges else []):
        if world.prices[item.price].metered and item.usage_since < at:
            lines += usage_until(world, subscription, item, at)
    return Draft(
        reason=reason,
        period=Period(min((item.period.starts_at for item in subscription.items), default=at), at),
        lines=lines,
        pending=invoices.pending_for(world, subscription.customer, subscription, subscription.currency),
        refreshes=reason == "subscription_cycle",
    )


def issue(world: World, subscription: Subscription, draft: Draft, at: int) -> None:
    """Register, schedule and announce a cycle-type draft."""
    invoice = invoices.subscription_invoice(world, subscription, draft, at)
    remember_billed(subscription, invoice)
    invoices.schedule(world, invoice, at, draft.period)
    emit(world, "invoice.created", invoice)


def _without_method(world: World, subscription: Subscription) -> bool:
    default = world.customers[subscription.customer].default_payment_method
    return subscription.default_payment_method is None and default is None


def _end_trial_unpaid(world: World, subscription: Subscription, at: int) -> None:
    if subscription.missing_payment_method == "cancel":
        end(world, subscription, at)
        return
    with updating(world, subscription):
        subscription.status = "paused"  # SUB-26
    emit(world, "customer.subscription.paused", subscription)
