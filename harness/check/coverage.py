"""From when a subscription's items count usage, and whether an invoice can still bill a stamp."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from harness.check.groups import THRESHOLD, Group, source_of
from harness.history.facts import Facts, Seen
from harness.history.shapes import Item, Subscription

OVER = frozenset({"canceled", "incomplete_expired"})


@dataclass(frozen=True)
class Service:
    """An item that was, at some time, priced on a meter.

    Args:
        began_at: when it was created with its subscription, or added, or got its present price.
        switched: whether `began_at` is a change of price (CHG-01).
        removed_at: clock time when it was no longer seen; None while it is there.
    """

    subscription: Subscription
    item: Item
    began_at: int
    switched: bool
    removed_at: int | None


def services(facts: Facts, meter: str, customer: str) -> list[Service]:
    """Every (item, price) of the customer on the meter that any sight of a subscription showed."""
    return [
        service
        for sights in facts.subscriptions.values()
        if sights[-1].view.customer == customer
        for service in _of_subscription(facts, sights)
        if meter_of(facts, service.item) == meter
    ]


def meter_of(facts: Facts, item: Item) -> str | None:
    """The meter of an item's price; the item itself where usage records are billed."""
    return item.meter or source_of(facts, item.price, item.id)


def floors_for(facts: Facts, group: Group) -> list[int]:
    """Instants before which a billed item may not have counted, earliest first."""
    found: set[int] = set()
    for service in services(facts, group.meter, group.customer):
        if service.item.price == group.price and group.item in {None, service.item.id}:
            found.add(service.began_at)
            if service.subscription.trial_end is not None:
                found.add(service.subscription.trial_end)  # CHG-29
    return sorted(floor for floor in found if group.period.start < floor <= group.period.end)


def can_still_be_billed(facts: Facts, groups: Sequence[Group], meter: str, customer: str, stamp: int) -> bool:
    """Whether some invoice to come, or a draft, covers a stamp."""
    own = [group for group in groups if group.meter == meter and group.customer == customer]
    if any(group.closing is None and group.period.holds(stamp) for group in own):
        return True
    return any(_is_open(service, own, stamp) for service in services(facts, meter, customer))


def _is_open(service: Service, groups: Sequence[Group], stamp: int) -> bool:
    subscription, item = service.subscription, service.item
    if subscription.status in OVER or service.removed_at is not None or stamp < service.began_at:
        return False
    if subscription.trial_end is not None and stamp < subscription.trial_end:
        return False
    if subscription.cancel_at is not None and stamp >= subscription.cancel_at:
        return False
    closed = any(
        group.final
        and group.item == item.id
        and group.period.holds(stamp)
        and group.reason != THRESHOLD  # the period's own invoice bills the rest (CHG-40)
        for group in groups
    )
    return not closed and (stamp >= item.period.start or _awaits_the_first_cycle(service, stamp))


def _awaits_the_first_cycle(service: Service, stamp: int) -> bool:
    """Classic mode bills usage that a backdated start covers on the first cycle's invoice (SUB-20)."""
    subscription = service.subscription
    backdated = subscription.mode == "classic" and stamp < subscription.created
    return backdated and service.item.period.start <= subscription.created


def _of_subscription(facts: Facts, sights: Sequence[Seen[Subscription]]) -> Iterator[Service]:
    newest = sights[-1].view
    present = {(item.id, item.price) for item in newest.items}
    for item, seen, before in _items_over_time(sights):
        switched = before is not None
        gone = (item.id, item.price) not in present
        yield Service(
            subscription=newest,
            item=item if gone else next(each for each in newest.items if each.id == item.id),
            began_at=_began(facts, newest, item, seen, switched=switched),
            switched=switched,
            removed_at=_gone(facts, sights, item) if gone else None,
        )


def _items_over_time(
    sights: Sequence[Seen[Subscription]],
) -> Iterator[tuple[Item, Seen[Subscription], str | None]]:
    """Each (item, price) at its first sight, with the price that the item had before."""
    known: dict[str, str] = {}
    for seen in sights:
        for item in seen.view.items:
            if known.get(item.id) != item.price:
                yield item, seen, known.get(item.id)
                known[item.id] = item.price


def _began(
    facts: Facts, subscription: Subscription, item: Item, seen: Seen[Subscription], *, switched: bool
) -> int:
    """From when an item counts at its price.

    Items of the creation count from the start, which may be backdated (SUB-20), others from their own. A
    price that came later counts from the phase that brought it, or else from its first sight.
    """
    phases = [
        start
        for schedule in facts.schedules_of(subscription.id)
        for start in schedule.enters(item.price)
        if seen.clock is None or start <= seen.clock
    ]
    if phases and (switched or max(phases) > subscription.created):
        return max(phases)
    if switched:
        return seen.clock or item.created
    return subscription.start if item.created <= subscription.created else item.created


def _gone(facts: Facts, sights: Sequence[Seen[Subscription]], item: Item) -> int | None:
    """When an item lost its price: when a phase began without it, or else at the first sight without it."""
    seen_at = _first_without(sights, item)
    phases = [
        phase.period.start
        for schedule in facts.schedules_of(sights[-1].view.id)
        for phase in schedule.leaves(item.price)
        if seen_at is not None and phase.period.start <= seen_at
    ]
    return max(phases, default=seen_at)


def _first_without(sights: Sequence[Seen[Subscription]], item: Item) -> int | None:
    had_it = False
    for seen in sights:
        has_it = any((each.id, each.price) == (item.id, item.price) for each in seen.view.items)
        if had_it and not has_it:
            return seen.clock
        had_it = had_it or has_it
    return None
