"""Causes of loss that lie with the subscription: nothing there bills the usage."""

from __future__ import annotations

from collections.abc import Callable

from harness.check.accounting import Account, Fate
from harness.check.coverage import OVER
from harness.diagnose.causes import Evidence
from harness.diagnose.changes import (
    bills_the_rest,
    change_at,
    end_shown,
    ending_call,
    in_trial,
    only_too_early,
    sent_after_end,
    served,
    successor_of,
)
from harness.diagnose.losses import Explains, lost
from harness.diagnose.registry import DOCS, MANAGING, cause
from harness.diagnose.story import Story
from harness.history import wording
from harness.history.entries import Labelled
from harness.history.shapes import Subscription


def loss(code: str, title: str, *, words: str, **known: str) -> Callable[[Explains], Explains]:
    """Register a cause of loss by what has evidence for it; `words` go on after the units."""

    def register(explains: Explains) -> Explains:
        cause(code, title, **known)(lambda story: lost(story, explains, words))
        return explains

    return register


def _at(row: Fate) -> int:
    """When it counts. Accepted events have a stamp."""
    return row.usage.falls_in or 0


def _first_sight(story: Story, subscription: Subscription, text: str, at: int | None = None) -> Evidence:
    """The subscription's first sight, worded after its label."""
    seen = story.facts.subscriptions[subscription.id][0]
    label = story.facts.label_of(subscription.id)
    return Evidence(seen.n, at if at is not None else seen.clock, f"{label} {text}")


def _last_sight(story: Story, subscription: Subscription, text: str) -> Evidence:
    """The subscription's newest sight, worded after its label."""
    seen = story.facts.subscriptions[subscription.id][-1]
    return Evidence(seen.n, seen.clock, f"{story.facts.label_of(subscription.id)} {text}")


@loss(
    "U30",
    "no subscription item is priced on this meter",
    words="counted, but no item is priced on the meter",
    meaning="Usage is billed only through a subscription item whose price names the meter. The meter counts"
    " it all the same.",
    advice="add an item with a price on this meter",
    docs=MANAGING,
)
def _without_meter(story: Story, account: Account, row: Fate) -> Evidence | None:
    """PRC-01."""
    subscriptions = story.subscriptions(account.customer)
    services = story.services(account)
    if services and all(each.removed_at is not None and each.removed_at <= _at(row) for each in services):
        last = max(services, key=lambda each: each.removed_at or 0)
        call = change_at(story, last, last.removed_at or 0)
        text = f"the item of {story.facts.label_of(last.item.price)} is removed"
        return Evidence(call.n if call else 0, last.removed_at, text)
    if not subscriptions or services:
        return None
    first = subscriptions[0]
    prices = wording.listed([str(story.facts.label_of(item.price)) for item in first.items])
    return _last_sight(story, first, f"bills {prices}, none of them on {story.facts.label_of(account.meter)}")


@loss(
    "U31",
    "the customer has no subscription",
    words="counted for a customer without a subscription",
    meaning="A meter counts any customer's usage, but only a subscription's invoice bills it.",
    advice="subscribe the customer before the usage, or report for the subscribed customer",
    docs=MANAGING,
)
def _without_subscription(story: Story, account: Account, _: Fate) -> Evidence | None:
    """INV-11."""
    if account.customer is None or story.subscriptions(account.customer):
        return None
    for labelled in story.facts.all(Labelled):
        if labelled.id == account.customer:
            text = f"{labelled.label} is created, and never subscribed in this story"
            return Evidence(labelled.n, labelled.clock, text)
    return None


@loss(
    "U32",
    "the usage lies before the subscription's start",
    words="stamped before the subscription began",
    meaning="A subscription bills usage from its start on. Earlier usage is billed only when the start is"
    " backdated over it.",
    advice="subscribe before the usage, or create the subscription with `backdate_start_date`",
    docs=MANAGING,
)
def _before_the_start(story: Story, account: Account, row: Fate) -> Evidence | None:
    """SUB-20."""
    services = story.services(account)
    if not services or any(service.subscription.start <= _at(row) for service in services):
        return None
    first = min((service.subscription for service in services), key=lambda each: each.start)
    return _first_sight(story, first, "begins", first.start)


@loss(
    "U33",
    "the usage lies before the item was added",
    words="stamped before the item was added",
    meaning="An item added during a period bills only usage from that moment on.",
    advice="add the item before the usage, or report it again stamped after the change",
    docs=MANAGING,
)
def _before_the_item(story: Story, account: Account, row: Fate) -> Evidence | None:
    """INV-15, CHG-03."""
    services = [each for each in story.services(account) if each.subscription.start <= _at(row)]
    if not services or any(each.switched or each.began_at <= _at(row) for each in services):
        return None
    first = min(services, key=lambda each: each.began_at)
    label = story.facts.label_of(first.item.price)
    call = change_at(story, first, first.began_at)
    seen = next(
        each
        for each in story.facts.subscriptions[first.subscription.id]
        if any(item.id == first.item.id for item in each.view.items)
    )
    return Evidence(call.n if call else seen.n, first.began_at, f"the item of {label} is added")


@loss(
    "U34",
    "the price was switched during the period, in classic billing mode",
    words="stamped before a classic price switch",
    meaning="Classic mode bills, at the period's end, only usage reported since the change, at the new"
    " price. What came before is not billed at all.",
    advice="use flexible billing mode, or switch with `billing_cycle_anchor: now`, which bills the old price",
    docs=MANAGING,
)
def _unbilled_switch(story: Story, account: Account, row: Fate) -> Evidence | None:
    """CHG-01, CHG-06."""
    pair = successor_of(story, account, row)
    if pair is None or pair[0].subscription.mode != "classic" or not only_too_early(row):
        return None
    old, new = pair
    names = [str(story.facts.label_of(each.item.price)) for each in pair]
    call = change_at(story, old, new.began_at)
    text = f"the price changes from {names[0]} to {names[1]}, in classic billing mode"
    return Evidence(call.n if call else 0, new.began_at, text, None)


@loss(
    "U35",
    "the item was removed without billing its usage",
    words="unbilled when the item was removed",
    meaning="Flexible mode turns an ended item's unbilled usage into an invoice item, unless"
    " `proration_behavior` is `none`; classic mode drops it.",
    advice="let prorations be created, or remove the item at the period's end",
    docs=MANAGING,
)
def _removed(story: Story, account: Account, row: Fate) -> Evidence | None:
    """An item that was taken away, or whose price was replaced without prorations. CHG-02, CHG-04."""
    for service in story.services(account):
        gone_at = service.removed_at
        if gone_at is None or not served(service, _at(row)) or not only_too_early(row):
            continue
        call = change_at(story, service, gone_at)
        unprorated = call is not None and call.params.get("proration_behavior") == "none"
        deleted = successor_of(story, account, row) is None
        classic = service.subscription.mode == "classic"
        if (unprorated and not classic) or (deleted and classic):
            label = story.facts.label_of(service.item.price)
            how = "with `proration_behavior=none`" if unprorated else "in classic billing mode"
            text = f"the item of {label} is {'removed' if deleted else 'switched'} {how}"
            return Evidence(call.n if call else 0, gone_at, text)
    return None


@loss(
    "U42",
    "the usage lies in the trial",
    words="stamped during the trial",
    meaning="Usage stamped during a trial is not billed; metering for the invoice starts when it ends.",
    advice="expect no charge for it, or end the trial before the usage",
    docs=f"{DOCS}/billing/subscriptions/trials",
)
def _in_trial(story: Story, account: Account, row: Fate) -> Evidence | None:
    """CHG-29."""
    for service in story.services(account):
        subscription = service.subscription
        there = service.removed_at is None or _at(row) < service.removed_at
        if there and subscription.trial_end is not None and in_trial(service, _at(row)):
            until = wording.instant(subscription.trial_end)
            return _first_sight(story, subscription, f"is on trial until {until}")
    return None


@loss(
    "U43",
    "the subscription was canceled without a last invoice",
    words="dropped: canceled without `invoice_now`",
    meaning="Canceling at once bills the open period's usage only when `invoice_now` is true; by default it"
    " is dropped.",
    advice="cancel with `invoice_now: true`, or at the period's end",
    docs=f"{DOCS}/api/subscriptions/cancel",
)
def _cancelled_at_once(story: Story, account: Account, row: Fate) -> Evidence | None:
    """CHG-14, CHG-15."""
    for service in story.services(account):
        subscription = service.subscription
        ended_at = subscription.ended_at
        over = subscription.status in OVER and ended_at is not None and service.removed_at is None
        if not over or not served(service, _at(row)):
            continue
        call = ending_call(story, subscription)
        if call is None and row.usage.found and not row.missed:
            return end_shown(story, subscription, "ends; whether with `invoice_now` is not shown")
        dropped = call is not None and not bills_the_rest(call) and not row.missed
        if call is not None and dropped and not sent_after_end(story, subscription, row.usage):
            label = story.facts.label_of(subscription.id)
            return Evidence(call.n, ended_at, f"{label} is canceled without `invoice_now`")
    return None


@loss(
    "U44",
    "the usage came after the subscription's end",
    words="came after the subscription's end",
    meaning="Once a subscription has ended no further invoice comes, so nothing bills later usage. The meter"
    " counts it all the same.",
    advice="report the last usage before the end, or keep the subscription until it is in",
    docs=f"{DOCS}/billing/subscriptions/cancel",
)
def _after_the_end(story: Story, account: Account, row: Fate) -> Evidence | None:
    """Stamped after every end, or sent after it when no invoice had been made. CHG-26."""
    services = [each for each in story.services(account) if each.removed_at is None]
    ends = [service.subscription.ended_at for service in services]
    if not ends or None in ends or row.missed:
        return None
    last = max((service.subscription for service in services), key=lambda each: each.ended_at or 0)
    stamped_after = _at(row) >= (last.ended_at or 0)
    sent_after = sent_after_end(story, last, row.usage) and _at(row) >= min(
        each.began_at for each in services
    )
    return end_shown(story, last, "ends") if stamped_after or sent_after else None
