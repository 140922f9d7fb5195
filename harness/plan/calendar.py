"""When a story's cycles begin and end, and what its instants mean (SUB-29 to SUB-33)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from harness.scenario import (
    At,
    CycleEdge,
    CycleRef,
    Duration,
    Instant,
    InvoiceEdge,
    Now,
    PeriodClaim,
    Price,
    Scenario,
    Start,
    Subscription,
)

MOST_CYCLES = 5_000


class UnresolvedInstant(ValueError):
    """An instant has no meaning where it stands. The message says why and what to write instead."""


@dataclass(frozen=True)
class Cycles:
    """A subscription's cycles: from `start`, renewing at `anchor` + k × `step`, never chained (SUB-31).

    A start before the anchor (a trial, a stub period) makes cycle 1 end at the anchor.
    """

    start: int
    anchor: int
    step: Duration

    def boundary(self, number: int) -> int:
        """The end of cycle `number`, which is the start of the next; boundary 0 is the start of cycle 1."""
        if number > MOST_CYCLES:
            raise UnresolvedInstant(
                f"cycle{number} is further away than the {MOST_CYCLES} cycles that are planned"
            )
        if number == 0:
            return self.start
        early = 1 if self.anchor > self.start else 0
        return self.step.add_to(self.anchor, times=number - early)

    def until(self, instant: int) -> list[int]:
        """Boundaries from the start up to the first that lies after `instant`."""
        found = [self.start]
        while found[-1] <= instant:
            found.append(self.boundary(len(found)))
        return found


@dataclass(frozen=True)
class InvoiceTimes:
    """The times of the invoice that a reaction is about."""

    created: int
    period_start: int
    period_end: int


@dataclass(frozen=True)
class Calendar:
    """The story's start and its subscriptions' cycles, by label.

    Args:
        shift_seconds: how far all dates of the scenario are moved; `start` and `cycles` are moved already.
    """

    start: int
    cycles: Mapping[str, Cycles]
    shift_seconds: int = 0

    def resolve(self, instant: Instant, now: int, invoice: InvoiceTimes | None = None) -> int:
        """Unix seconds of `instant`.

        Args:
            instant: as parsed from the scenario.
            now: the test clock's present.
            invoice: the invoice that a reaction is about; None outside reactions.

        Raises:
            UnresolvedInstant: the instant names a cycle or an invoice that isn't there.
        """
        moment = self._anchor(instant, now, invoice)
        for sign, duration in instant.offsets:
            moment = duration.add_to(moment, sign)
        return moment

    def period(
        self, claim: CycleRef | PeriodClaim, now: int, invoice: InvoiceTimes | None = None
    ) -> tuple[int, int]:
        """`[start, end)` of a cycle or of an explicit period."""
        if isinstance(claim, CycleRef):
            cycles = self.of(claim.subscription)
            ends_before = cycles.boundary(claim.number)  # first, so that a refusal names the cycle itself
            return cycles.boundary(claim.number - 1), ends_before
        return self.resolve(claim.start, now, invoice), self.resolve(claim.end, now, invoice)

    def of(self, subscription: str | None) -> Cycles:
        """The cycles of the subscription with this label, which may be left out when there is only one."""
        if subscription is None:
            if len(self.cycles) != 1:
                known = (
                    ", ".join(f"{label}.cycle1" for label in self.cycles)
                    or "none, as there is no subscription"
                )
                raise UnresolvedInstant(f"a cycle needs its subscription's name here: {known}")
            return next(iter(self.cycles.values()))
        if subscription not in self.cycles:
            raise UnresolvedInstant(
                f"there is no subscription `{subscription}` with planned cycles; "
                "those declared under `subscriptions` have them"
            )
        return self.cycles[subscription]

    def _anchor(self, instant: Instant, now: int, invoice: InvoiceTimes | None) -> int:
        match instant.anchor:
            case At(unix=unix):
                return unix + self.shift_seconds
            case Start():
                return self.start
            case Now():
                return now
            case CycleEdge(subscription=subscription, number=number, edge=edge):
                return self.of(subscription).boundary(number if edge == "end" else number - 1)
            case InvoiceEdge(field=name):
                if invoice is None:
                    raise UnresolvedInstant(
                        f"`invoice.{name}` has a meaning only in a reaction to an invoice event"
                    )
                return {
                    "created": invoice.created,
                    "period.start": invoice.period_start,
                    "period.end": invoice.period_end,
                }[name]


def calendar_of(scenario: Scenario, shift_seconds: int = 0) -> Calendar:
    """The calendar of a case, all of it moved by `shift_seconds`."""
    bare = Calendar(scenario.clock.at + shift_seconds, {}, shift_seconds)
    cycles = {label: _cycles(entry, scenario, bare) for label, entry in scenario.subscriptions.items()}
    return Calendar(bare.start, cycles, shift_seconds)


def _cycles(subscription: Subscription, scenario: Scenario, bare: Calendar) -> Cycles:
    start = bare.start
    anchor = start
    if subscription.trial_end is not None:
        anchor = bare.resolve(subscription.trial_end, start)
    elif subscription.trial_period_days is not None:
        anchor = start + subscription.trial_period_days * 86_400
    elif subscription.billing_cycle_anchor is not None:
        anchor = bare.resolve(subscription.billing_cycle_anchor, start)
    prices = [scenario.prices[item.price] for item in subscription.items]
    return Cycles(start, anchor, min((step_of(price) for price in prices), key=_length))


def step_of(price: Price) -> Duration:
    """The length of a price's interval."""
    count = price.interval_count
    match price.interval:
        case "day":
            return Duration(0, count, 0)
        case "week":
            return Duration(0, 7 * count, 0)
        case "month":
            return Duration(count, 0, 0)
        case "year":
            return Duration(12 * count, 0, 0)


def _length(step: Duration) -> float:
    return step.months * 30.44 + step.days
