"""What each verb does: one function for each, from a step's model to calls of the SDK."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from functools import partial
from typing import Any

from harness.history.facts import Facts
from harness.history.shapes import Subscription
from harness.run.app_code import call_application
from harness.run.reading import version_with_records
from harness.run.sdk import Params, built
from harness.run.setup import plain_number
from harness.run.standins import any_id, filled, invoice_id
from harness.run.story import Story, StoryStopped
from harness.run.usage import payload_keys
from harness.run.waiting import patiently
from harness.scenario import (
    CallStep,
    CancelMeterEventStep,
    CancelSubscriptionStep,
    FinalizeInvoiceStep,
    Instant,
    ItemChange,
    MeterEvents,
    MeterEventsStep,
    RunStep,
    UpdateSubscription,
    UpdateSubscriptionStep,
    UsageRecordStep,
)

LONGEST_LABEL = 70  # an identifier has at most 100 characters (MTR-36)


def report_usage(story: Story, step: MeterEventsStep) -> None:
    """`meter_events`: one call for each event, one after the other (MTR-72)."""
    for batch in step.meter_events:
        for index in range(batch.times):
            _report(story, batch, index)


def _report(story: Story, batch: MeterEvents, index: int) -> None:
    label = batch.id or f"usage-{story.usage_count + 1}"
    if batch.id and batch.times > 1:
        label = f"{batch.id}-{index + 1}"
    params: Params = {
        "event_name": batch.event_name or _event_name(story, batch.meter),
        "payload": _payload(story, batch),
        "identifier": own(story, batch.identifier) or identifier_for(story, label),
    }
    if isinstance(batch.at, Instant):
        stamp = story.resolve(batch.at)
        params["timestamp"] = stamp if batch.every is None else batch.every.add_to(stamp, times=index)
    story.next_usage_label = label
    events = story.client.v1.billing.meter_events
    patiently(story, lambda: events.create(built(params | filled(story, batch.params))))


def identifier_for(story: Story, label: str) -> str:
    """An identifier that no other case or run uses: they stay taken for a day of wall time (LIV-37)."""
    case = hashlib.sha256(story.plan.case.name.encode()).hexdigest()[:8]
    return "-".join(part for part in (story.backend.run_id, case, label[:LONGEST_LABEL]) if part)


def own(story: Story, identifier: str | None) -> str | None:
    """An identifier that the scenario chose; on a shared account with the run before it (LIV-37)."""
    return "-".join(part for part in (story.backend.run_id, identifier) if part) if identifier else None


def _event_name(story: Story, meter: str | None) -> str:
    if meter is None:  # the model makes sure that one of the two is there
        raise StoryStopped(story.line, "a meter event needs a meter or an event name")
    return story.plan.case.scenario.meters[meter].event_name or meter


def _payload(story: Story, batch: MeterEvents) -> dict[str, str]:
    customer_key, value_key = payload_keys(story, batch.meter)
    payload: dict[str, str | None] = {}
    if batch.customer is not None:
        payload[customer_key] = story.id("customer", batch.customer)
    if batch.value is not None:
        payload[value_key] = batch.value if isinstance(batch.value, str) else plain_number(batch.value)
    payload |= batch.payload
    return {key: value for key, value in payload.items() if value is not None}


def cancel_usage(story: Story, step: CancelMeterEventStep) -> None:
    """`cancel_meter_event`: an adjustment of type cancel (MTR-113)."""
    wanted = step.cancel_meter_event
    usage = next((known for known in story.facts().usages if known.label == wanted.event), None)
    if wanted.event is not None and usage is None:
        raise StoryStopped(story.line, f"no event `{wanted.event}` has been reported yet")
    event_name = usage.event_name if usage else wanted.event_name or _event_name(story, wanted.meter)
    identifier = usage.identifier if usage else own(story, wanted.identifier)
    params: Params = {"event_name": event_name, "type": "cancel", "cancel": {"identifier": identifier}}
    patiently(story, lambda: story.client.v1.billing.meter_event_adjustments.create(built(params)))


def report_usage_record(story: Story, step: UsageRecordStep) -> None:
    """`usage_record`: the endpoint that Basil removed, asked for with an older version (LEG-23)."""
    record = step.usage_record
    path = f"/v1/subscription_items/{_item(story, record.subscription, record.price)}/usage_records"
    for index in range(record.times):
        stamp = story.resolve(record.at)
        params: Params = {"quantity": record.quantity, "stripe_version": version_with_records(story)}
        params["timestamp"] = stamp if record.every is None else record.every.add_to(stamp, times=index)
        if record.action is not None:
            params["action"] = record.action
        several = record.id is not None and record.times > 1
        story.next_usage_label = f"{record.id}-{index + 1}" if several else record.id
        patiently(story, partial(story.client.raw_request, "post", path, **params))


def update_subscription(story: Story, step: UpdateSubscriptionStep) -> None:
    """`update_subscription`: `POST /v1/subscriptions/{id}`."""
    change = step.update_subscription
    params = _changes(story, change) | filled(story, change.params)
    stripe_id = story.id("subscription", change.subscription)
    patiently(story, lambda: story.client.v1.subscriptions.update(stripe_id, built(params)))


def _changes(story: Story, change: UpdateSubscription) -> Params:
    params: Params = {}
    if change.items:
        params["items"] = [_item_change(story, change.subscription, item) for item in change.items]
    for name in ("proration_behavior", "billing_cycle_anchor", "cancel_at_period_end", "payment_behavior"):
        if (value := getattr(change, name)) is not None:
            params[name] = value
    for name in ("cancel_at", "trial_end"):
        if (instant := getattr(change, name)) is not None:
            params[name] = story.resolve(instant) if isinstance(instant, Instant) else instant
    return params


def _item_change(story: Story, subscription: str, change: ItemChange) -> Params:
    params: Params = {}
    if change.item is not None:
        params["id"] = _item(story, subscription, change.item)
    if change.price is not None:
        params["price"] = story.id("price", change.price)
    if change.quantity is not None:
        params["quantity"] = change.quantity
    if change.deleted:
        params["deleted"] = True
    if change.clear_usage is not None:
        params["clear_usage"] = change.clear_usage
    return params


def _item(story: Story, subscription: str, price: str) -> str:
    """The id of a subscription's item, found by its price's label in the newest sight of the subscription."""
    view = _subscription(story.facts(), story.id("subscription", subscription))
    price_id = story.id("price", price)
    for item in view.items if view else ():
        if item.price == price_id:
            return item.id
    raise StoryStopped(story.line, f"`{subscription}` has no item with the price `{price}`")


def _subscription(facts: Facts, stripe_id: str) -> Subscription | None:
    seen = facts.subscription(stripe_id)
    return seen.view if seen else None


def cancel_subscription(story: Story, step: CancelSubscriptionStep) -> None:
    """`cancel_subscription`: `DELETE /v1/subscriptions/{id}` (CHG-14)."""
    wanted = step.cancel_subscription
    params: Params = {
        name: value
        for name, value in (("invoice_now", wanted.invoice_now), ("prorate", wanted.prorate))
        if value is not None
    }
    stripe_id = story.id("subscription", wanted.subscription)
    patiently(story, lambda: story.client.v1.subscriptions.cancel(stripe_id, built(params)))


def finalize_invoice(story: Story, step: FinalizeInvoiceStep) -> None:
    """`finalize_invoice`: `POST /v1/invoices/{id}/finalize` (INV-24)."""
    invoice = invoice_id(story, step.finalize_invoice.invoice)
    patiently(story, lambda: story.client.v1.invoices.finalize_invoice(invoice))


def call_api(story: Story, step: CallStep) -> None:
    """`call`: any request; `:label` segments stand for ids, `{id_of: …}` and `{time_of: …}` for values."""
    call = step.call
    path = "/".join(
        any_id(story, segment[1:]) if segment.startswith(":") else segment for segment in call.path.split("/")
    )
    params = filled(story, call.params)
    patiently(story, lambda: story.client.raw_request(call.method.lower(), path, **params))
    answer = story.last_answer
    if call.id is not None:
        story.label(str(answer.get("object", "object")), call.id, str(answer.get("id")))


def run_code(story: Story, step: RunStep) -> None:
    """`run`: the application's own Python in frozen time."""
    call_application(story, step.run)


VERBS: dict[type, Callable[[Story, Any], None]] = {
    MeterEventsStep: report_usage,
    CancelMeterEventStep: cancel_usage,
    UsageRecordStep: report_usage_record,
    UpdateSubscriptionStep: update_subscription,
    CancelSubscriptionStep: cancel_subscription,
    FinalizeInvoiceStep: finalize_invoice,
    CallStep: call_api,
    RunStep: run_code,
}
"""Verbs that are a matter of calls alone; `advance` and `expect` need the runner."""
