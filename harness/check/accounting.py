"""What became of every reported unit: reported = billed + cancelled + refused + pending + … + lost."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from harness.check.attribution import Share
from harness.check.coverage import can_still_be_billed, floors_for
from harness.check.groups import THRESHOLD, Group, groups_of
from harness.check.metering import ZERO, reported_units, standing_events
from harness.check.records import carried_over, record_shares, replaced_records
from harness.check.thresholds import in_total, settled, told_apart
from harness.history.facts import Facts, Usage
from harness.history.shapes import Meter

FateName = Literal["billed", "cancelled", "refused", "pending", "superseded", "below zero", "lost", "unknown"]


@dataclass(frozen=True)
class Fate:
    """Where one event's units went.

    Args:
        invoice: the id of the invoice that bills them; the first of them when `times_billed` is above 1.
        cycle: the billed cycle's name, such as `cycle1`.
        missed: final invoices whose period holds the stamp but which lack the event: id and reason.
    """

    usage: Usage
    units: Decimal
    fate: FateName
    invoice: str | None = None
    cycle: str | None = None
    times_billed: int = 0
    missed: tuple[tuple[str, Share], ...] = ()


@dataclass(frozen=True)
class Account:
    """All events of one customer on one meter; ids, or None where a refused event named none that exists.

    Of usage records, all of one subscription item: its id stands for the meter's then.
    """

    meter: str | None
    event_name: str
    customer: str | None
    rows: tuple[Fate, ...]

    def total(self, *fates: FateName) -> Decimal:
        """The units with one of these fates."""
        return sum((row.units for row in self.rows if row.fate in fates), ZERO)

    @property
    def reported(self) -> Decimal:
        """All units that were sent, accepted or not."""
        return sum((row.units for row in self.rows), ZERO)


@dataclass(frozen=True)
class Accounting:
    """All accounts, and the quantities on invoices that no events explain."""

    accounts: tuple[Account, ...]
    groups: tuple[Group, ...]
    unexplained: tuple[Group, ...]


def account_for(facts: Facts) -> Accounting:
    """The fate of every event in the history, judged from the newest sight of each invoice."""
    groups = groups_of(facts)
    accounts: list[Account] = []
    explained: list[Group] = []
    for (meter_id, event_name, customer), usages in _by_account(facts.usages).items():
        own = [group for group in groups if (group.meter, group.customer) == (meter_id, customer)]
        judge = _Judge(facts, meter_id, own, usages)
        accounts.append(Account(meter_id, event_name, customer, judge.fates()))
        explained += [group for group in own if judge.explains(group)]
    left = [group for group in groups if group.final and group not in explained and group.quantity != 0]
    return Accounting(tuple(accounts), tuple(groups), tuple(left))


def cycle_name(facts: Facts, group: Group) -> str | None:
    """The cycle that a group bills: `cycle1`, or `acme-plan.cycle1` where there are several subscriptions."""
    return cycle_of(facts, group.subscription, group.period.start)


def cycle_of(facts: Facts, subscription: str | None, instant: int) -> str | None:
    """The name of the subscription's planned cycle that holds `instant`."""
    label = facts.label_of(subscription)
    number = facts.cycle_of(label, instant) if label else None
    if number is None:
        return None
    return f"cycle{number}" if len(facts.cycles) == 1 else f"{label}.cycle{number}"


def _by_account(usages: Iterable[Usage]) -> dict[tuple[str | None, str, str | None], list[Usage]]:
    found: dict[tuple[str | None, str, str | None], list[Usage]] = {}
    for usage in usages:
        found.setdefault((usage.meter, usage.event_name, usage.customer), []).append(usage)
    return found


def _replaced(facts: Facts, meter: Meter, usages: Sequence[Usage]) -> set[int]:
    """Events whose place a later one took: in their hour or day, or, for `last`, in their planned cycle."""
    cycles = next(iter(facts.cycles), "")
    accepted = [usage for usage in usages if usage.accepted and usage.stamp is not None]
    together: dict[int | None, list[Usage]] = {}
    for usage in accepted:
        cycle = facts.cycle_of(cycles, usage.stamp or 0) if meter.formula == "last" else None
        together.setdefault(cycle, []).append(usage)
    standing = {each.n for some in together.values() for each in standing_events(meter, some)}
    return {usage.n for usage in accepted} - standing


class _Judge:
    """Decides the fates of one account's events, or records."""

    def __init__(
        self, facts: Facts, source: str | None, groups: Sequence[Group], usages: Sequence[Usage]
    ) -> None:
        self._facts = facts
        self._source = source
        self._meter = meter = facts.meter(source) if source else None
        self._usages = usages
        self._groups = groups
        self._thresholds = any(group.reason == THRESHOLD for group in groups)
        self._totals = totals = [in_total(facts, group, groups) for group in groups]
        self._records = any(usage.action for usage in usages)
        self._shares: list[dict[int, Share]] = [{} for _ in groups]
        self._replaced: set[int] = set()
        if self._records and source:
            self._shares = [record_shares(facts, each, floors_for(facts, each), usages) for each in totals]
            self._replaced = replaced_records(facts, source, usages)
        elif meter:
            self._shares = [
                told_apart(facts, meter, each, floors_for(facts, each), usages) for each in totals
            ]
            self._replaced = _replaced(facts, meter, usages)

    def fates(self) -> tuple[Fate, ...]:
        """One row for each event, in order of sending."""
        return tuple(self._fate(usage) for usage in self._usages)

    def explains(self, group: Group) -> bool:
        """Whether events are known that make up the group's quantity."""
        place = self._groups.index(group)
        mine, total = self._shares[place], self._totals[place].quantity
        billed = sum((self._units(each) for each in self._usages if mine.get(each.n) == "billed"), ZERO)
        carried = self._records and carried_over(self._facts, group, self._usages)
        return billed == total or "unknown" in mine.values() or carried

    def _units(self, usage: Usage) -> Decimal:
        return reported_units(self._meter, usage)

    def _fate(self, usage: Usage) -> Fate:
        judged = zip(self._groups, self._shares, strict=True)
        found = [(group, mine[usage.n]) for group, mine in judged if usage.n in mine]
        found = settled(found, self._groups) if self._thresholds else found
        found = [(group, _unless_void(group, share)) for group, share in found]
        billed = [group for group, share in found if share == "billed" and group.final]
        missed = tuple(
            (group.invoice, share)
            for group, share in found
            if group.final and group.invoice and share != "billed"
        )
        name = self._name(usage, [(group, share) for group, share in found], billed=bool(billed))
        first = billed[0] if billed else None
        return Fate(
            usage=usage,
            units=self._units(usage),
            fate=name,
            invoice=first.invoice if first else None,
            cycle=cycle_name(self._facts, first) if first else None,
            times_billed=len(billed),
            missed=missed,
        )

    def _name(self, usage: Usage, found: Sequence[tuple[Group, Share]], *, billed: bool) -> FateName:
        said = {share for group, share in found if group.final}
        decided: list[tuple[FateName, bool]] = [
            ("refused", not usage.accepted),
            ("billed", billed),
            ("unknown", "unknown" in said),
            ("cancelled", usage.cancelled_by is not None),
            ("below zero", "below zero" in said),
            ("superseded", "superseded" in said or (usage.n in self._replaced and not said)),
            ("pending", self._is_pending(usage, found)),
            ("lost", True),
        ]
        return next(name for name, holds in decided if holds)

    def _is_pending(self, usage: Usage, found: Sequence[tuple[Group, Share]]) -> bool:
        if any(share == "billed" for group, share in found if not group.final):
            return True
        known = self._meter is not None or self._records
        if not known or self._source is None or usage.customer is None or usage.falls_in is None:
            return False
        return can_still_be_billed(self._facts, self._groups, self._source, usage.customer, usage.falls_in)


def _unless_void(group: Group, share: Share) -> Share:
    """What a void invoice billed is billed nowhere (INV-82)."""
    return "voided" if group.void and share == "billed" else share
