"""When a new subscription starts, is anchored, and leaves its trial."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from harness.simulator.billing.periods import (
    DAY,
    Interval,
    Period,
    boundary,
    months_after,
    next_occurrence,
    period_at,
)
from harness.simulator.wire.errors import StripeError, invalid, unmodelled

LONGEST_TRIAL_MONTHS = 24  # CHG-31


@dataclass(frozen=True)
class Timing:
    """A subscription's fixed points.

    Args:
        now: when it is created.
        start: when service began; earlier than `now` when backdated (SUB-19).
        anchor: what its calendar counts from (SUB-29).
        trial_end: None without a trial.
        config: the `billing_cycle_anchor_config` that was asked for.
    """

    now: int
    start: int
    anchor: int
    trial_end: int | None = None
    config: dict[str, int | None] | None = None

    def first_period(self, interval: Interval) -> Period:
        """The period at creation: the trial, the rest of a natural period (SUB-36), or a whole one."""
        if self.trial_end is not None:
            return Period(self.now, self.trial_end)
        natural = self.natural(interval)
        return Period(max(natural.starts_at, self.start), natural.ends_before)

    def natural(self, interval: Interval) -> Period:
        """The calendar's own period around the creation."""
        return period_at(self.anchor, interval, self.now)


def read_timing(params: dict[str, Any], now: int, intervals: Sequence[Interval]) -> Timing:
    """The timing that a create request asks for.

    Raises:
        StripeError: 400 for points in the wrong order or parameters that exclude each other.
    """
    trial_end = _trial_end(params, now)
    start = _start(params, now)
    config = params.get("billing_cycle_anchor_config")
    asked = params.get("billing_cycle_anchor")
    if config is not None and asked is not None:
        raise _exclusive("billing_cycle_anchor", "billing_cycle_anchor_config")  # SUB-34
    if trial_end is not None and start < now:
        raise unmodelled("a trial together with a backdated start")
    if trial_end is not None and (config or asked) and params.get("proration_behavior") == "none":
        raise unmodelled("a trial together with a billing cycle anchor and proration_behavior=none")
    if config is not None:
        return Timing(now, start, _configured(config, now, trial_end, intervals), trial_end, config)
    if asked is not None:
        _check_anchor(asked, now, trial_end, intervals)
        return Timing(now, start, asked, trial_end)
    return Timing(now, start, trial_end or now, trial_end)


def check_trial_end(trial_end: int, now: int) -> None:
    """Refuse a trial's end in the past or more than two years ahead (CHG-31)."""
    if trial_end <= now:
        raise invalid(
            "Invalid timestamp: must be an integer Unix timestamp in the future.", param="trial_end"
        )
    if trial_end > months_after(now, LONGEST_TRIAL_MONTHS):
        raise invalid("Invalid trial_end: it can be at most two years ahead.", param="trial_end")


def _trial_end(params: dict[str, Any], now: int) -> int | None:
    days, asked = params.get("trial_period_days"), params.get("trial_end")
    if days is not None and asked is not None:
        raise _exclusive("trial_end", "trial_period_days")
    trial_end = now + days * DAY if days else asked
    if trial_end is None or trial_end == "now":
        return None
    check_trial_end(trial_end, now)
    return int(trial_end)


def _start(params: dict[str, Any], now: int) -> int:
    start = params.get("backdate_start_date")
    if start is None:
        return now
    if start >= now:
        raise invalid("`backdate_start_date` must be in the past.", param="backdate_start_date")
    return int(start)


def _configured(
    config: dict[str, int | None], now: int, trial_end: int | None, intervals: Sequence[Interval]
) -> int:
    """The next occurrence; with a trial the first from its end on, when the first full invoice is due."""
    if any(interval.unit not in {"month", "year"} for interval in intervals):
        raise invalid(
            "`billing_cycle_anchor_config` can only be used with monthly and yearly prices.",
            param="billing_cycle_anchor_config",
        )
    if config.get("day_of_month") is None:
        name = "billing_cycle_anchor_config[day_of_month]"
        raise invalid(f"Missing required param: {name}.", code="parameter_missing", param=name)
    if trial_end is None:
        return next_occurrence(config, now)
    created = datetime.fromtimestamp(now, UTC)
    time: dict[str, int | None] = {
        "hour": created.hour,
        "minute": created.minute,
        "second": created.second,
    }
    return next_occurrence(
        time | {key: value for key, value in config.items() if value is not None}, trial_end - 1
    )


def _check_anchor(anchor: int, now: int, trial_end: int | None, intervals: Sequence[Interval]) -> None:
    """Refuse an anchor in the past, or later than a whole interval would end.

    With a trial, which is followed by a prorated period until the anchor
    (docs.stripe.com/billing/subscriptions/billing-cycle), the interval is assumed to count from its end, and
    an anchor inside the trial to set the calendar all the same (unverified).
    """
    if anchor <= now:
        raise invalid("`billing_cycle_anchor` must be in the future.", param="billing_cycle_anchor")
    latest = min(boundary(trial_end or now, interval, 1) for interval in intervals)
    if anchor > latest:
        raise invalid(
            f"billing_cycle_anchor cannot be later than next natural billing date ({latest}) for plan",
            param="billing_cycle_anchor",
        )


def _exclusive(one: str, other: str) -> StripeError:
    return invalid(
        f"You may only specify one of these parameters: {one}, {other}.", code="parameters_exclusive"
    )
