"""What a meter must show for a set of events, by its own rules."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal

from harness.history.facts import Usage
from harness.history.shapes import Meter, Period

ZERO = Decimal(0)
WINDOW_SECONDS = {"hour": 3_600, "day": 86_400}


def expected_total(meter: Meter, usages: Sequence[Usage], period: Period) -> Decimal:
    """What the meter shows for `period` once all these events are aggregated; not clamped at zero.

    Args:
        meter: its formula and window.
        usages: events of one customer on this meter, in order of sending; refused and cancelled ones may be
            among them.
        period: `[start, end)`; only stamps inside it count (INV-12).
    """
    return sum((units(meter, usage) for usage in standing_events(meter, within(usages, period))), ZERO)


def within(usages: Iterable[Usage], period: Period) -> list[Usage]:
    """The accepted events stamped inside `period`, in the order given."""
    return [each for each in usages if each.accepted and each.stamp is not None and period.holds(each.stamp)]


def running_totals(meter: Meter, usages: Iterable[Usage]) -> Iterator[Decimal]:
    """What the meter shows after each event in turn; the events are accepted ones, in order of receipt."""
    standing: dict[int, Usage] = {}
    total = ZERO
    for usage in usages:
        slot = _slot(meter, usage)
        total += units(meter, usage) - (units(meter, standing[slot]) if slot in standing else ZERO)
        standing[slot] = usage
        yield _last(standing.values()) if meter.formula == "last" else total


def standing_events(meter: Meter, usages: Iterable[Usage]) -> list[Usage]:
    """Those of the accepted events that nothing has replaced and nobody has cancelled, in order of receipt.

    In an `hour` or `day` window only the event received last stands (MTR-29). When that one is cancelled, the
    one before does not come back (MTR-32, UNK-20, unverified). With formula `last` only the newest by
    timestamp stands; of equal timestamps the last received (MTR-24, UNK-18, unverified).
    """
    slots = {_slot(meter, usage): usage for usage in usages}
    left = sorted((usage for usage in slots.values() if usage.counts), key=lambda usage: usage.n)
    return _newest(left) if meter.formula == "last" else left


def units(meter: Meter, usage: Usage) -> Decimal:
    """What one event adds: its value, or 1 where events are counted (MTR-21); nothing when cancelled."""
    return reported_units(meter, usage) if usage.cancelled_by is None else ZERO


def reported_units(meter: Meter | None, usage: Usage) -> Decimal:
    """How many units an event speaks of, whatever became of it; an unreadable value speaks of none."""
    if meter is not None and meter.formula == "count":
        return Decimal(usage.events)
    return usage.value if usage.value is not None else ZERO


def _slot(meter: Meter, usage: Usage) -> int:
    """What an event shares with those it replaces: its UTC window, else nothing (its own negative number).

    What summaries and invoices show is only what stands.
    """
    if meter.window is None or usage.stamp is None or usage.found in {"meter", "invoice"}:
        return -usage.n
    return usage.stamp // WINDOW_SECONDS[meter.window]


def _last(usages: Iterable[Usage]) -> Decimal:
    newest = _newest([usage for usage in usages if usage.counts])
    return (newest[0].value or ZERO) if newest else ZERO


def _newest(usages: Sequence[Usage]) -> list[Usage]:
    return [max(usages, key=lambda usage: (usage.stamp or 0, usage.n))] if usages else []
