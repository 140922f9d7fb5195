"""Reported usage, noted from the exchanges themselves, whether a step sent it or the application's code."""

from __future__ import annotations

import re

from harness.history.entries import Called, RecordReported, UsageCancelled, UsageReported
from harness.run.story import Story
from harness.scenario import Meter

EVENTS = "/v1/billing/meter_events"
ADJUSTMENTS = "/v1/billing/meter_event_adjustments"
RECORDS = re.compile(r"/v1/subscription_items/([^/]+)/usage_records")
TRIED_AGAIN = (409, 429)
CUSTOMER_KEY = "stripe_customer_id"  # the default keys of a meter's payload (MTR-06, MTR-07)
VALUE_KEY = "value"


def watch_usage(story: Story) -> None:
    """Record every exchange of the story's client from now on, and the usage in it."""
    story.backend.recorders.append(lambda exchange: note_usage(story, story.record(exchange)))


def note_usage(story: Story, called: Called) -> None:
    """Add a `usage`, `record` or `cancel` entry when `called` carried one.

    Answers after which the SDK or the runner tries again report nothing (PRO-32, PRO-33).
    """
    if called.method != "POST" or called.status in TRIED_AGAIN or called.status >= 500:
        return
    if called.path == EVENTS:
        _note_event(story, called)
    elif called.path == ADJUSTMENTS:
        story.history.append(
            UsageCancelled,
            call=called.n,
            line=story.line,
            event_name=called.params.get("event_name", ""),
            identifier=called.params.get("cancel[identifier]", ""),
            accepted=called.status < 400,
        )
    elif about := RECORDS.fullmatch(called.path):
        _note_record(story, called, about[1])


def _note_record(story: Story, called: Called, item: str) -> None:
    stamp = called.params.get("timestamp", "")
    story.history.append(
        RecordReported,
        label=_label(story),
        call=called.n,
        line=story.line,
        item=item,
        quantity=called.params.get("quantity"),
        stamp=int(stamp) if stamp.isdecimal() else None,
        action=called.params.get("action", "increment"),
        accepted=called.status < 400,
    )


def _note_event(story: Story, called: Called) -> None:
    sent = called.params
    event_name = sent.get("event_name", "")
    meter = meter_called(story, event_name)
    customer_key, value_key = payload_keys(story, meter)
    customer = _customer(story, sent.get(f"payload[{customer_key}]"))
    stamp = sent.get("timestamp", "")
    accepted = called.status < 400
    story.history.append(
        UsageReported,
        label=_label(story),
        call=called.n,
        line=story.line,
        meter=meter,
        event_name=event_name,
        customer=customer,
        value=sent.get(f"payload[{value_key}]"),
        stamp=int(stamp) if stamp.isdecimal() else None,
        identifier=sent.get("identifier"),
        accepted=accepted,
    )
    if accepted and meter is not None and customer is not None:
        story.unsettled.add((meter, customer))


def _label(story: Story) -> str:
    """The label that the step gave, or the next number."""
    label, story.next_usage_label = story.next_usage_label, None
    story.usage_count += 1
    return label or f"usage-{story.usage_count}"


def meter_called(story: Story, event_name: str) -> str | None:
    """The label of the scenario's meter with this event name."""
    for label, meter in story.plan.case.scenario.meters.items():
        if (meter.event_name or label) == event_name:
            return label
    return None


def payload_keys(story: Story, meter: str | None) -> tuple[str, str]:
    """The customer key and the value key of a meter; Stripe's defaults without one."""
    rules: Meter | None = story.plan.case.scenario.meters[meter] if meter else None
    if rules is None:
        return CUSTOMER_KEY, VALUE_KEY
    return rules.customer_key or CUSTOMER_KEY, rules.value_key or VALUE_KEY


def _customer(story: Story, stripe_id: str | None) -> str | None:
    for (what, label), known in story.ids.items():
        if what == "customer" and known == stripe_id:
            return label
    return None
