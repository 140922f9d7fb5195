"""Phases of a schedule as a caller asks for them: read, dated and checked."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from harness.simulator.billing.periods import (
    Interval,
    boundary,
    first_boundary_after,
    months_after,
    period_at,
)
from harness.simulator.flows.catalogue import tax_rates
from harness.simulator.flows.catalogue.currencies import ensure_combines, of_new_subscription
from harness.simulator.flows.invoicing.one_off import check_entries
from harness.simulator.flows.payers import check_collection, check_method
from harness.simulator.flows.subscribing import thresholds
from harness.simulator.flows.subscribing.items import NewItem, check_together, read_one
from harness.simulator.flows.subscribing.timing import LONGEST_TRIAL_MONTHS
from harness.simulator.objects.schedule import Phase, PhaseItem, PhaseSettings
from harness.simulator.objects.subscription import interval_of
from harness.simulator.wire.errors import StripeError, invalid, unmodelled
from harness.simulator.wire.versions import CLOVER, at_least

if TYPE_CHECKING:
    from harness.simulator.objects.customer import Customer
    from harness.simulator.world import World

MOST_PHASES = 10
"""Current and future ones (SUB-38)."""
_OWN_SETTINGS = frozenset({"collection_method", "default_payment_method", "description"})


@dataclass(frozen=True)
class Frame:
    """What the phases of one schedule have in common.

    Args:
        customer: who is billed.
        flexible: the billing mode.
        defaults: `default_settings`.
        version: of the request.
        now: the clock's present, which `now` stands for.
        anchor: of the subscription that is there already; None for one that is to come.
        currency: of that subscription.
        schedule: that is changed; None for a new one.
    """

    customer: Customer
    flexible: bool
    defaults: PhaseSettings
    version: str
    now: int
    anchor: int | None = None
    currency: str | None = None
    schedule: str | None = None


def read_settings(params: dict[str, Any]) -> PhaseSettings:
    """The members that phases and `default_settings` share."""
    threshold = params.get("billing_thresholds") or {}
    return PhaseSettings(
        anchor=params.get("billing_cycle_anchor"),
        days_until_due=(params.get("invoice_settings") or {}).get("days_until_due"),
        amount_gte=threshold.get("amount_gte"),
        resets_anchor=threshold.get("reset_billing_cycle_anchor"),
        **{name: params[name] for name in _OWN_SETTINGS if name in params},
    )


def inherited(settings: PhaseSettings, defaults: PhaseSettings) -> PhaseSettings:
    """A phase's settings over the schedule's (SUB-39)."""
    anchor = settings.anchor or defaults.anchor
    method = settings.collection_method or defaults.collection_method or "charge_automatically"
    due = defaults.days_until_due if settings.days_until_due is None else settings.days_until_due
    limited = defaults if settings.amount_gte is None else settings
    return PhaseSettings(
        anchor=anchor,
        collection_method=method,
        days_until_due=due if method == "send_invoice" else None,
        default_payment_method=settings.default_payment_method or defaults.default_payment_method,
        description=settings.description or defaults.description,
        amount_gte=limited.amount_gte,
        resets_anchor=limited.resets_anchor,
    )


def read_phases(world: World, frame: Frame, entries: list[dict[str, Any]], start: int) -> list[Phase]:
    """The wanted phases, each beginning where the one before ends; the first at `start`.

    Raises:
        StripeError: 400 for what cannot be a phase, 501 for what is not modelled.
    """
    if not entries:
        raise invalid("Missing required param: phases.", code="parameter_missing", param="phases")
    if len(entries) > MOST_PHASES:
        raise invalid(f"A schedule can have at most {MOST_PHASES} current or future phases.", param="phases")
    _check_settings(world, frame, frame.defaults, "default_settings")
    found: list[Phase] = []
    anchor = frame.anchor
    for index, entry in enumerate(entries):
        phase, anchor = _read(world, frame, entry, f"phases[{index}]", start, anchor)
        _check_currency(world, frame, found, phase)
        found.append(phase)
        start = phase.ends_before
    return found


def _read(
    world: World, frame: Frame, entry: dict[str, Any], name: str, start: int, anchor: int | None
) -> tuple[Phase, int]:
    """One phase, and the anchor of the billing cycle when it ends."""
    items = _read_items(world, entry, name)
    if _instant(entry.get("start_date", start), frame.now) != start:
        raise invalid(
            "The start date of a phase has to be the end date of the one before.", param=f"{name}[start_date]"
        )
    settings = read_settings(entry)
    _check_settings(world, frame, settings, name)
    prices = [item.price for item in items]
    currency = of_new_subscription(prices, entry.get("currency"), name)
    check_together(prices, flexible=frame.flexible)
    check_entries(world, entry.get("add_invoice_items") or [], currency, frame.customer)
    within = inherited(settings, frame.defaults)
    thresholds.check(
        world,
        prices,
        currency,
        amount_gte=within.amount_gte,
        resets=within.resets_anchor,
        usage_limits=[item.usage_gte for item in items],
    )
    anchor = start if anchor is None or within.anchor == "phase_start" else anchor
    end = _end(frame, entry, name, start, items, anchor)
    phase = Phase(
        starts_at=start,
        ends_before=end,
        items=tuple(
            PhaseItem(
                item.price.id, item.quantity, given.get("metadata") or {}, item.usage_gte, item.tax_rates
            )
            for item, given in zip(items, entry["items"], strict=True)
        ),
        currency=currency,
        settings=settings,
        proration_behavior=entry.get("proration_behavior") or "create_prorations",
        trial=entry.get("trial"),
        metadata=entry.get("metadata") or {},
        one_offs=tuple(_one_off(world, given) for given in entry.get("add_invoice_items") or []),
        tax_rates=tax_rates.named(world, entry, f"{name}[default_tax_rates]"),
    )
    phase = replace(phase, trial_end=_trial_end(frame, entry, name, phase))
    _refuse_anchored_trial(within, phase, name)
    return phase, phase.trial_end or anchor


def _one_off(world: World, given: dict[str, Any]) -> dict[str, Any]:
    """Its tax rates are looked up now: they go on where they are applied, archived or not (INV-101)."""
    return given | {"tax_rates": tax_rates.named(world, given, "tax_rates")}


def _read_items(world: World, entry: dict[str, Any], name: str) -> list[NewItem]:
    if not entry["items"]:
        raise invalid(
            f"Missing required param: {name}[items].", code="parameter_missing", param=f"{name}[items]"
        )
    items = [read_one(world, given, f"{name}[items][{index}]") for index, given in enumerate(entry["items"])]
    if any(item.price.legacy for item in items):
        raise unmodelled("subscription schedules with prices on usage records")
    return items


def _check_settings(world: World, frame: Frame, settings: PhaseSettings, name: str) -> None:
    check_method(world, frame.customer.id, settings.default_payment_method)
    within = inherited(settings, frame.defaults)
    wants = settings.days_until_due if within.collection_method != "send_invoice" else within.days_until_due
    if name != "default_settings" or settings.collection_method is not None:
        check_collection(within.collection_method, wants)


def _check_currency(world: World, frame: Frame, before: list[Phase], phase: Phase) -> None:
    ensure_combines(world, frame.customer, phase.currency, besides=frame.schedule)
    first = before[0].currency if before else phase.currency
    if phase.currency != (frame.currency or first):
        raise invalid(
            "All phases of a subscription schedule must have the same currency.",
            param=f"phases[{len(before)}][currency]",
        )


def _end(
    frame: Frame, entry: dict[str, Any], name: str, start: int, items: list[NewItem], anchor: int
) -> int:
    """`end_date`, or as long as `duration` or `iterations` say; a single period of its price without any."""
    _check_lengths(entry, name)
    if (asked := entry.get("end_date")) is not None:
        end = _instant(asked, frame.now)
        if end <= start:
            raise invalid("A phase has to end after its start.", param=f"{name}[end_date]")
        return end
    natural = interval_of(items[0].price)
    wanted = entry.get("duration")
    if wanted is not None:
        unit, count = wanted["interval"], wanted.get("interval_count") or 1
    else:
        unit, count = natural.unit, natural.count * (entry.get("iterations") or 1)
    return _after(anchor if at_least(frame.version, CLOVER) else start, Interval(unit), start, count)


def _after(anchor: int, unit: Interval, start: int, count: int) -> int:
    """`count` units after `start`, along the billing cycle where `start` is one of its boundaries.

    Since 2025-09-30.clover; before, the anchor was the phase's own start (SUB-51).
    """
    if period_at(anchor, unit, start).starts_at != start:
        return boundary(start, unit, count)
    edge = start
    for _ in range(count):
        edge = first_boundary_after(anchor, unit, edge)
    return edge


def _check_lengths(entry: dict[str, Any], name: str) -> None:
    """One of the ways to say how long."""
    given = [key for key in ("duration", "end_date", "iterations") if entry.get(key) is not None]
    if len(given) > 1:
        raise _exclusive(*(f"{name}[{key}]" for key in given[:2]))


def _trial_end(frame: Frame, entry: dict[str, Any], name: str, phase: Phase) -> int | None:
    """The end of the phase's trial, within it (CHG-31)."""
    asked = entry.get("trial_end")
    if asked is None:
        return phase.ends_before if phase.trial else None
    trial_end = _instant(asked, frame.now)
    if phase.trial and trial_end != phase.ends_before:
        raise _exclusive(f"{name}[trial]", f"{name}[trial_end]")
    if trial_end <= phase.starts_at:
        return None
    latest = months_after(phase.starts_at, LONGEST_TRIAL_MONTHS)
    if trial_end > min(phase.ends_before, latest):
        raise invalid(
            "A trial has to end within its phase, and within two years.", param=f"{name}[trial_end]"
        )
    return trial_end


def _refuse_anchored_trial(within: PhaseSettings, phase: Phase, name: str) -> None:
    if within.anchor == "phase_start" and phase.trial_end is not None:
        raise invalid(
            "`billing_cycle_anchor` cannot be `phase_start` in a phase with a trial.",
            param=f"{name}[billing_cycle_anchor]",
        )


def _instant(value: Any, now: int) -> int:
    return now if value == "now" else int(value)


def _exclusive(*names: str) -> StripeError:
    return invalid(
        f"You may only specify one of these parameters: {', '.join(names)}.", code="parameters_exclusive"
    )
