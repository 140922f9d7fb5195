"""Steps in a few words each."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from harness.plan.calendar import InvoiceTimes, UnresolvedInstant
from harness.plan.planner import Plan, stamp
from harness.scenario import (
    AdvanceStep,
    CallStep,
    CancelMeterEventStep,
    CancelSubscriptionStep,
    Expect,
    ExpectStep,
    FinalizeInvoiceStep,
    Instant,
    ItemChange,
    MeterEvents,
    MeterEventsStep,
    RunStep,
    Step,
    UpdateSubscription,
    UpdateSubscriptionStep,
    UsageClaim,
    UsageRecord,
    UsageRecordStep,
)


def describe(step: Step, plan: Plan, now: int, invoice: InvoiceTimes | None = None) -> str:
    """A step in a few words, with its instants resolved where they can be."""
    words = _words(step, plan, now, invoice)
    named = f"{step.name}: {words}" if step.name else words
    return f"{named}  (must fail)" if step.fails_with is not None else named


def _words(step: Step, plan: Plan, now: int, invoice: InvoiceTimes | None) -> str:
    if isinstance(step, MeterEventsStep):
        return "; ".join(_usage(batch, plan, now, invoice) for batch in step.meter_events)
    if isinstance(step, UsageRecordStep):
        return _usage_record(step.usage_record, plan, now, invoice)
    return _WORDS[type(step)](step)


def _cancel_event(step: CancelMeterEventStep) -> str:
    return f"cancel the meter event {step.cancel_meter_event.event or step.cancel_meter_event.identifier}"


def _usage_record(record: UsageRecord, plan: Plan, now: int, invoice: InvoiceTimes | None) -> str:
    series = f"{record.times} times " if record.times > 1 else ""
    action = f"{series}{record.action or 'increment'} {record.quantity}"
    stamped = _stamped(record.at, plan, now, invoice)
    return f"usage record: {action} {record.price} on {record.subscription}, stamped {stamped}"


def _update(step: UpdateSubscriptionStep) -> str:
    return f"update {step.update_subscription.subscription}: {', '.join(_changes(step.update_subscription))}"


def _usage(batch: MeterEvents, plan: Plan, now: int, invoice: InvoiceTimes | None) -> str:
    series = f"{batch.times} times " if batch.times > 1 else ""
    what = batch.meter or batch.event_name
    value = "" if batch.value is None else f"{batch.value} "
    stamped = _stamped(batch.at, plan, now, invoice)
    return f"report {series}{value}{what} for {batch.customer or 'nobody'}, stamped {stamped}"


def _stamped(at: Instant | str, plan: Plan, now: int, invoice: InvoiceTimes | None) -> str:
    if not isinstance(at, Instant):
        return "with nothing"
    try:
        return f"`{at}` = {stamp(plan.calendar.resolve(at, now, invoice))}"
    except UnresolvedInstant:
        return f"`{at}`"


def _claims(expect: Expect) -> Iterator[str]:
    if expect.invoice is not None:
        yield f"invoice {expect.invoice}: {', '.join(_invoice_claims(expect))}"
    if expect.invoices is not None:
        count = expect.invoices if isinstance(expect.invoices, int) else expect.invoices.count
        yield f"{count} invoices"
    if expect.usage is not None:
        yield _usage_claim(expect.usage)
    if expect.events is not None:
        yield f"events {', '.join(expect.events)}"
    if expect.subscription is not None:
        yield f"subscription {expect.subscription.status or 'as claimed'}"
    if expect.meter_error is not None:
        yield f"meter error {expect.meter_error.code}"
    if expect.usage_summary is not None:
        yield f"usage summary of {expect.usage_summary.price}: {expect.usage_summary.total}"


def _invoice_claims(expect: Expect) -> Iterator[str]:
    if expect.status is not None:
        yield expect.status
    if expect.finalized is not None:
        yield "finalized" if expect.finalized else "not finalized"
    for word, money in (("total", expect.total), ("due", expect.amount_due)):
        if money is not None:
            yield f"{word} {money}"
    if expect.lines is not None:
        number = len(expect.lines.claims)
        yield f"{'' if expect.lines.exact else 'at least '}{number} line{'' if number == 1 else 's'}"


def _usage_claim(claim: UsageClaim) -> str:
    during = f" in {claim.during}" if claim.during is not None else ""
    claims = []
    if claim.total is not None:
        claims.append(f"total {claim.total}")
    if claim.never_billed is not None:
        lost = claim.never_billed
        claims.append(f"never billed {', '.join(lost) if isinstance(lost, tuple) else lost}")
    return f"usage of {claim.meter} by {claim.customer}{during}: {', '.join(claims)}"


def _changes(change: UpdateSubscription) -> Iterator[str]:
    yield from (_item(item) for item in change.items)
    for name in (
        "proration_behavior",
        "billing_cycle_anchor",
        "cancel_at_period_end",
        "cancel_at",
        "trial_end",
    ):
        if (value := getattr(change, name)) is not None:
            yield f"{name} {value}"
    yield from change.params


def _item(item: ItemChange) -> str:
    if item.deleted:
        return f"remove {item.item}"
    quantity = f" × {item.quantity}" if item.quantity is not None else ""
    if item.item is None:
        return f"add {item.price}{quantity}"
    return f"{item.item} becomes {item.price or item.item}{quantity}"


def _returning(returns: Mapping[str, Any]) -> str:
    return f", expect {', '.join(returns)}" if returns else ""


_WORDS: dict[type, Callable[[Any], str]] = {
    AdvanceStep: lambda step: f"advance to {step.advance.to}",
    ExpectStep: lambda step: f"expect {'; '.join(_claims(step.expect))}",
    UpdateSubscriptionStep: _update,
    CancelSubscriptionStep: lambda step: f"cancel {step.cancel_subscription.subscription}",
    FinalizeInvoiceStep: lambda step: f"finalize invoice {step.finalize_invoice.invoice}",
    CancelMeterEventStep: _cancel_event,
    CallStep: lambda step: f"call {step.call.method} {step.call.path}{_returning(step.call.returns)}",
    RunStep: lambda step: f"run {step.run.function}",
}
