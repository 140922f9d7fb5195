"""Settling: before an invoice can become final, the meters must show all that was accepted (LIV-27)."""

from __future__ import annotations

from decimal import Decimal
from functools import partial

from harness.check.metering import expected_total
from harness.history.facts import Facts, Usage
from harness.history.schedules import Schedule
from harness.history.shapes import Json, Period, Subscription
from harness.run.asking import read
from harness.run.error_reports import read_error_reports
from harness.run.story import Story
from harness.run.waiting import METER, Look, give_up, wait_until

MINUTE = 60
SHORTEST_GRACE = 3_600  # a draft stays open for an hour at least (INV-18)


def settle_before(story: Story, instant: int) -> None:
    """Settle if an invoice may become final by `instant`."""
    if story.unsettled and _may_finalize(story.facts(), instant):
        settle(story)


def settle(story: Story) -> None:
    """Wait until each meter's summary shows what was accepted.

    Raises:
        StoryStopped: the ceiling was reached. The story would only go on to lose usage.
    """
    for meter, customer in sorted(story.unsettled):
        reason = f"{meter} to count what {customer} used"
        last = wait_until(story, reason, partial(_look, story, meter, customer), METER)
        if not last.done:
            raise give_up(story, reason, last, METER)
        story.unsettled.discard((meter, customer))


def _look(story: Story, meter: str, customer: str) -> Look:
    meter_id, customer_id = story.id("meter", meter), story.id("customer", customer)
    facts = story.facts()
    if any(usage.streamed for usage in _accepted(facts, meter_id, customer_id)):
        read_error_reports(story)
        facts = story.facts()
    usages, rules = _accepted(facts, meter_id, customer_id), facts.meter(meter_id)
    if not usages:  # all that was streamed has been refused meanwhile
        return Look(done=True, seen="nothing to count", value=Decimal(0))
    period = _minutes_around(usages)
    wanted = expected_total(rules, usages, period) if rules else Decimal(0)
    shown = read_summary(story, meter_id, customer_id, period)
    return Look(shown == wanted, f"{shown:f} of {wanted:f}", shown)


def _accepted(facts: Facts, meter: str, customer: str) -> list[Usage]:
    about = (meter, customer)
    return [usage for usage in facts.usages if usage.accepted and (usage.meter, usage.customer) == about]


def read_summary(story: Story, meter_id: str, customer_id: str, period: Period) -> Decimal:
    """One ungrouped summary; none means no usage (MTR-120, MTR-125)."""
    path = f"/v1/billing/meters/{meter_id}/event_summaries"
    answer = read(story, path, customer=customer_id, start_time=period.start, end_time=period.end)
    return sum((_value(row) for row in answer["data"]), Decimal(0))


def _value(row: Json) -> Decimal:
    return Decimal(str(row["aggregated_value"]))


def aligned(period: Period) -> Period:
    """The period with its ends moved outward to whole minutes, as summaries demand (MTR-119)."""
    return Period(period.start // MINUTE * MINUTE, -(-period.end // MINUTE) * MINUTE)


def _minutes_around(usages: list[Usage]) -> Period:
    stamps = [usage.stamp for usage in usages if usage.stamp is not None]
    return aligned(Period(min(stamps), max(stamps) + 1))


def _may_finalize(facts: Facts, instant: int) -> bool:
    """Whether a draft, or the cycle that some subscription is in, may reach its finalization by `instant`."""
    drafts = (seen.view for seen in facts.last_invoices() if seen.view.status == "draft")
    if any(draft.finalizes_at is not None and draft.finalizes_at <= instant for draft in drafts):
        return True
    if any(_changes(facts, schedule, instant) for schedule in facts.schedules.values()):
        return True
    return any(_may_bill(seen[-1].view, instant) for seen in facts.subscriptions.values())


def _changes(facts: Facts, schedule: Schedule, instant: int) -> bool:
    """Whether a schedule's phase may change by then, or bills a subscription that nobody has looked at.

    What a phase leaves behind is billed as the meter shows it at that moment (CHG-01).
    """
    first, *later = schedule.edges()
    unseen = schedule.subscription not in facts.subscriptions
    return schedule.open and first <= instant and (unseen or min(later) <= instant)


def _may_bill(subscription: Subscription, instant: int) -> bool:
    """Whether its invoice may be final by then, or it ends: without usage that makes no invoice (CLK-81)."""
    if subscription.cancel_at is not None and subscription.cancel_at <= instant:
        return True
    return any(item.period.end + SHORTEST_GRACE <= instant for item in subscription.items)
