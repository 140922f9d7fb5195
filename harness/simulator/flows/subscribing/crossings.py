"""Billing thresholds at work: usage is judged as soon as its meter shows it, and billed when it is enough."""

from __future__ import annotations

import heapq
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from harness.simulator.billing.credits import Claim, spend
from harness.simulator.billing.periods import DAY, Period
from harness.simulator.billing.pricing import ZERO, total_cents
from harness.simulator.billing.taxes import inside_cents
from harness.simulator.flows.invoicing import crediting, discounting, invoices
from harness.simulator.flows.invoicing import lines as lining
from harness.simulator.flows.invoicing.invoices import Draft
from harness.simulator.flows.invoicing.spans import roll
from harness.simulator.flows.invoicing.standing import updating
from harness.simulator.flows.subscribing import renewals
from harness.simulator.objects.invoice import Crossed
from harness.simulator.objects.invoice_line import Line
from harness.simulator.objects.subscription import SettledUsage

if TYPE_CHECKING:
    from decimal import Decimal

    from harness.simulator.objects.invoice_line import Reading
    from harness.simulator.objects.subscription import Subscription, SubscriptionItem
    from harness.simulator.world import World

EXEMPT_SECONDS = DAY
"""How long before its end a subscription's thresholds no longer count (CHG-35)."""
_JUDGED = frozenset({"active", "past_due"})


class _Open(NamedTuple):
    """A metered item's usage that is not invoiced by a cycle yet."""

    item: SubscriptionItem
    reading: Reading
    usage: Decimal
    cents: int

    def line(self, subscription: Subscription) -> Line:
        """As one line, for working out discounts."""
        return Line(
            amount_cents=self.cents,
            currency=subscription.currency,
            description=None,
            period=self.reading.period,
            price=self.item.price,
            item=self.item.id,
        )

    @property
    def units(self) -> Decimal:
        """Those on no invoice at all."""
        return self.usage - (self.reading.billed or ZERO)


def watch(world: World, subscription: Subscription) -> None:
    """Look at the usage of a subscription's customer from now on, if it has thresholds."""
    if subscription.has_thresholds:
        world.watched.add(subscription.customer)


def expect(world: World, meter: str, customer: str, second: int) -> None:
    """Usage was accepted that the meter will show from this second of wall time on.

    It is looked at then for a customer with billing thresholds, and on a meter with alerts.
    """
    if customer in world.watched or meter in world.alerted:
        heapq.heappush(world.awaited_usage, (second, customer, meter))


def visible(world: World, now: int) -> list[tuple[int, str, str]]:
    """When which customer's usage on which meter has come in sight by `now`; it is taken off the list."""
    found: dict[tuple[int, str, str], None] = {}
    held = []
    while world.awaited_usage and world.awaited_usage[0][0] <= now:
        entry = heapq.heappop(world.awaited_usage)
        second, customer, meter = entry
        shown_at = _shown_at(world, second)
        if shown_at <= now:
            found[shown_at, customer, meter] = None
        else:
            held.append(entry)
    for entry in held:
        heapq.heappush(world.awaited_usage, entry)
    return list(found)


def _shown_at(world: World, second: int) -> int:
    """When reads find what would be aggregated at `second`; later while aggregation stands still."""
    stops = world.aggregation_stops
    return second if stops is None or second <= stops[0] else max(second, stops[1])


def judge(world: World, customer: str, _: str) -> None:
    """Make the threshold invoices that a customer's usage calls for, one at most for each subscription.

    All meters are looked at, since an amount may come from several.

    Thresholds are assumed to work on test clocks, at the clock's present: its frozen time, or during an
    advance its target (CLK-75, UNK-33, unverified).
    """
    for subscription in reversed(list(world.agenda.subscriptions_of(customer))):
        at = world.now(subscription.test_clock)
        if _exempt(subscription, at):
            continue
        found = _open_usage(world, subscription)
        amount = _amount_cents(world, subscription, found, at)
        if crossed := _crossed(subscription, found, amount):
            _bill(world, subscription, found, crossed, at)


def _exempt(subscription: Subscription, at: int) -> bool:
    """Trials and the last day are exempt (CHG-35), and what is unpaid, paused or over."""
    ending = subscription.cancel_at is not None and at >= subscription.cancel_at - EXEMPT_SECONDS
    return ending or subscription.status not in _JUDGED or not subscription.has_thresholds


def _open_usage(world: World, subscription: Subscription) -> list[_Open]:
    """All that the meters show for the current periods: also what is stamped at this second or just ahead."""
    found = []
    for item in lining.in_order(subscription.items):
        price = world.prices[item.price]
        if price.meter is None:
            continue
        reading = item.reading(item.period.ends_before)
        usage = lining.read_usage(world, subscription.customer, reading)
        terms = price.terms_in(subscription.currency)
        before = 0 if reading.billed is None else total_cents(terms, reading.billed)
        found.append(_Open(item, reading, usage, total_cents(terms, usage) - before))
    return found


def _amount_cents(world: World, subscription: Subscription, found: list[_Open], at: int) -> int:
    """What is looked at: after discounts and billing credits, without tax (CHG-36)."""
    lines = [each.line(subscription) for each in found]
    discounting.due_cents(world, subscription, lines, at)
    left = _less_credits(world, subscription, [line.net_cents for line in lines], found, at)
    rates = [[each.rate for each in line.applied] for line in lines]
    return sum(left) - sum(map(inside_cents, left, rates))


def _less_credits(
    world: World, subscription: Subscription, net: list[int], found: list[_Open], at: int
) -> list[int]:
    """What billing credits would leave of each amount."""
    grants = crediting.usable(world, subscription.customer, subscription.currency, at)
    claims = [Claim(each.item.price, each.item.id, cents) for each, cents in zip(found, net, strict=True)]
    left = list(net)
    for payment in spend(crediting.purses(grants), claims):
        left[payment.claim] -= payment.cents
    return left


def _crossed(subscription: Subscription, found: list[_Open], amount: int) -> Crossed | None:
    """The thresholds that are reached: greater or equal (CHG-33), without tax and discounts (CHG-36)."""
    limit = subscription.amount_gte
    by_amount = limit is not None and amount >= limit
    items = tuple(
        (each.item.id, each.item.usage_gte)
        for each in found
        if each.item.usage_gte is not None and each.units >= each.item.usage_gte
    )
    return Crossed(limit if by_amount else None, items) if by_amount or items else None


def _bill(world: World, subscription: Subscription, found: list[_Open], crossed: Crossed, at: int) -> None:
    """A draft of all that is open, never read again (CHG-38); the cycle goes on, or starts anew (CHG-39).

    That its lines show the whole current period, that pending invoice items join it (INV-83), and that it
    waits like a cycle's draft (INV-18) is unverified.
    """
    lines: list[Line] = []
    for each in found:
        billed = lining.usage_lines(
            world, subscription.customer, subscription.id, each.reading, subscription.currency
        )
        lines += [line for line in billed if line.quantity or line.amount_cents]
    draft = Draft(
        reason="subscription_threshold",
        period=Period(min(each.reading.period.starts_at for each in found), at),
        lines=lines,
        pending=invoices.pending_for(world, subscription.customer, subscription, subscription.currency),
        crossed=crossed,
    )
    with updating(world, subscription):
        if subscription.threshold_resets_anchor:
            _start_over(world, subscription, found, draft, at)
        else:
            for each in found:
                since = each.reading.period.starts_at
                each.item.settled = SettledUsage(since, each.usage, each.reading.base)
        renewals.issue(world, subscription, draft, at)


def _start_over(world: World, subscription: Subscription, found: list[_Open], draft: Draft, at: int) -> None:
    """The reset: new periods and tiers from this second on (CHG-39, N-11).

    What the meters show of the new periods already is billed, since it is stamped at this second or just
    ahead, and does not count in them; that the ended ones' lines end here all the same is unverified.
    """
    for line in draft.lines:
        line.period = Period(line.period.starts_at, at)
    subscription.anchor, subscription.anchor_config = at, None
    for item in subscription.items:
        roll(world, subscription, item, at)
    for each in found:
        fresh = replace(each.reading, period=each.item.period, billed=None, base=ZERO)
        shown = lining.read_usage(world, subscription.customer, fresh)
        each.item.settled = SettledUsage(at, None, shown)
