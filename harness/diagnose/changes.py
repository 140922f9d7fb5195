"""Changes of a subscription during a period: what replaced what, when, and by which exchange."""

from __future__ import annotations

from harness.check.accounting import Account, Fate
from harness.check.coverage import Service
from harness.check.groups import changes_subscription
from harness.diagnose.causes import Evidence
from harness.diagnose.story import Story
from harness.history import wording
from harness.history.entries import Called
from harness.history.facts import Usage
from harness.history.shapes import Subscription


def served(service: Service, stamp: int) -> bool:
    """Whether the item was there, at this price, at a stamp, and past its trial (CHG-29)."""
    over = (service.removed_at, service.subscription.ended_at)
    if in_trial(service, stamp) or any(end is not None and stamp >= end for end in over):
        return False
    return service.began_at <= stamp


def in_trial(service: Service, stamp: int) -> bool:
    """Whether a stamp lies in the subscription's trial, as far as it came."""
    subscription = service.subscription
    ends = [end for end in (subscription.trial_end, subscription.ended_at) if end is not None]
    return subscription.trial_end is not None and subscription.start <= stamp < min(ends)


def only_too_early(row: Fate) -> bool:
    """Whether no final invoice covers the stamp, or each only from a later moment on."""
    return all(share == "too early" for _, share in row.missed)


def change_at(story: Story, service: Service, at: int) -> Called | None:
    """The exchange that changed or ended the subscription at this clock time, or scheduled that."""
    for call in story.facts.all(Called):
        concerns = service.subscription.id in call.path or service.item.id in call.path
        if call.clock == at and concerns and changes_subscription(call):
            return call
    planned = [
        schedule for schedule in story.facts.schedules_of(service.subscription.id) if at in schedule.edges()
    ]
    calls = [
        call
        for schedule in planned
        for call in story.calls("POST", "/v1/subscription_schedules")
        if call.answer.get("id") == schedule.id
    ]
    return calls[-1] if calls else None


def successor_of(story: Story, account: Account, row: Fate) -> tuple[Service, Service] | None:
    """The service that an event fell under and the price that replaced it before the period's end."""
    services = story.services(account)
    for old in services:
        for new in services:
            replaced = new.switched and new.item.id == old.item.id and new.item.price != old.item.price
            if replaced and old.began_at <= (row.usage.falls_in or 0) < new.began_at:
                return old, new
    return None


def early_end(story: Story, account: Account, row: Fate) -> tuple[int, Evidence] | None:
    """When, during its period, the service that an event fell under was ended by a change that bills it.

    In flexible mode a switch or a removal with prorations fixes the quantity (CHG-01, CHG-04).
    """
    stamp = row.usage.falls_in or 0
    for service in story.services(account):
        gone_at = service.removed_at
        if service.subscription.mode != "flexible" or gone_at is None:
            continue
        call = change_at(story, service, gone_at)
        bills = call is not None and call.params.get("proration_behavior") != "none"
        bills &= not any(
            phase.period.start == gone_at and not phase.bills
            for schedule in story.facts.schedules_of(service.subscription.id)
            for phase in schedule.leaves(service.item.price)
        )
        if call is not None and bills and service.began_at <= stamp < gone_at:
            label = story.facts.label_of(service.item.price)
            return gone_at, Evidence(
                call.n, gone_at, f"the item stops billing {label}: its usage is billed as of now"
            )
    return None


def backdated_start(story: Story, account: Account, row: Fate) -> tuple[int, Evidence] | None:
    """The creation of the subscription whose backdated start covers an event.

    What is billed of that time is fixed then (SUB-20, INV-19).
    """
    for service in story.services(account):
        subscription = service.subscription
        if subscription.start <= (row.usage.stamp or 0) < subscription.created and not row.missed:
            seen = story.facts.subscriptions[subscription.id][0]
            since = wording.instant(subscription.start)
            text = f"{story.facts.label_of(subscription.id)} is created, backdated to {since}"
            return subscription.created, Evidence(seen.n, subscription.created, text)
    return None


def ending_call(story: Story, subscription: Subscription) -> Called | None:
    """The exchange that ended a subscription at once, or its schedule; None when it ended at its time."""
    ends = [
        f"/v1/subscription_schedules/{each.id}/cancel" for each in story.facts.schedules_of(subscription.id)
    ]
    by_schedule = (call for path in ends for call in story.calls("POST", path))
    return next(story.calls("DELETE", f"/v1/subscriptions/{subscription.id}"), None) or next(
        by_schedule, None
    )


def bills_the_rest(call: Called) -> bool:
    """Whether it asked for a last invoice: false by default, true by default of a schedule (CHG-14)."""
    default = "false" if call.method == "DELETE" else "true"
    return bool(call.params.get("invoice_now", default) == "true")


def sent_after_end(story: Story, subscription: Subscription, usage: Usage) -> bool:
    """Whether an event was sent when its subscription had ended."""
    call = ending_call(story, subscription)
    if call is not None:
        return usage.n > call.n
    return subscription.ended_at is not None and (usage.sent_at or 0) >= subscription.ended_at


def end_shown(story: Story, subscription: Subscription, text: str) -> Evidence:
    """The end of a subscription, as first shown; `text` goes on after its label."""
    sights = story.facts.subscriptions[subscription.id]
    seen = next(each for each in sights if each.view.ended_at is not None)
    return Evidence(seen.n, subscription.ended_at, f"{story.facts.label_of(subscription.id)} {text}")


def unbilled_end(story: Story, account: Account, row: Fate) -> Evidence | None:
    """The end of the subscription that an event fell under, if it billed what was aggregated by then.

    An end makes an invoice only if it finds usage (CLK-81); without `invoice_now` it bills nothing (CHG-15).
    """
    stamp = row.usage.falls_in or 0
    for service in story.services(account):
        subscription = service.subscription
        gone = service.removed_at is not None
        if subscription.ended_at is None or gone or not served(service, stamp):
            continue
        call = ending_call(story, subscription)
        bills = call is None or bills_the_rest(call)
        if bills and not row.missed and not sent_after_end(story, subscription, row.usage):
            return end_shown(story, subscription, "ends: what is aggregated by now is billed")
    return None
