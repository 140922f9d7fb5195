"""Reported usage, noted from the exchanges themselves, whether a step sent it or the application's code."""

from __future__ import annotations

import re

from harness.backends import Exchange
from harness.history.entries import Called, RecordReported, UsageCancelled, UsageReported
from harness.history.reported import TURNED_AWAY
from harness.history.sent import ADJUSTMENTS, STREAM, SentEvent, cancellation_in, events_in
from harness.run.story import Story, TurnedAway
from harness.scenario import Meter

RECORDS = re.compile(r"/v1/subscription_items/([^/]+)/usage_records")
CUSTOMER_KEY = "stripe_customer_id"  # the default keys of a meter's payload (MTR-06, MTR-07)
VALUE_KEY = "value"


def watch_usage(story: Story) -> None:
    """Record every exchange of the story's client from now on, and the usage in it."""
    story.backend.recorders.append(lambda exchange: _note(story, exchange))


def _note(story: Story, exchange: Exchange) -> None:
    held = story.turned_away
    if held is not None and not held.is_tried_again(exchange):
        note_turned_away(story)
    note_usage(story, story.record(exchange))


def note_usage(story: Story, called: Called) -> None:
    """Add a `usage`, `record` or `cancel` entry for each that `called` carried.

    An answer after which the SDK or the runner tries again reports nothing, unless the try does not come
    (PRO-32, PRO-33).
    """
    if called.method != "POST" or called.status >= 500:
        return
    if called.status in TURNED_AWAY:
        story.turned_away = TurnedAway(called, story.line, story.next_usage_label)
    else:
        story.turned_away = None
        _note_at(story, called, story.line)


def note_turned_away(story: Story) -> None:
    """Note the usage of a report that was turned away (409, 429) and not sent again."""
    held, story.turned_away = story.turned_away, None
    if held is not None:
        story.next_usage_label = held.label
        _note_at(story, held.called, held.line)
        story.next_usage_label = None


def _note_at(story: Story, called: Called, line: int) -> None:
    for place, sent in enumerate(events_in(called.path, called.params)):
        _note_event(story, called, line, sent, place if called.path == STREAM else None)
    if called.path in ADJUSTMENTS:
        _note_cancellation(story, called, line)
    elif about := RECORDS.fullmatch(called.path):
        _note_record(story, called, line, about[1])


def _note_cancellation(story: Story, called: Called, line: int) -> None:
    event_name, identifier = cancellation_in(called.params)
    story.history.append(
        UsageCancelled,
        call=called.n,
        line=line,
        event_name=event_name,
        identifier=identifier,
        accepted=called.status < 400,
    )


def _note_record(story: Story, called: Called, line: int, item: str) -> None:
    stamp = called.params.get("timestamp", "")
    story.history.append(
        RecordReported,
        label=_label(story),
        call=called.n,
        line=line,
        item=item,
        quantity=called.params.get("quantity"),
        stamp=int(stamp) if stamp.isdecimal() else None,
        action=called.params.get("action", "increment"),
        accepted=called.status < 400,
    )


def _note_event(story: Story, called: Called, line: int, sent: SentEvent, place: int | None) -> None:
    meter = meter_called(story, sent.event_name)
    customer_key, value_key = payload_keys(story, meter)
    customer = _customer(story, sent.payload.get(customer_key))
    accepted = called.status < 400
    story.history.append(
        UsageReported,
        label=_label(story),
        call=called.n,
        line=line,
        meter=meter,
        event_name=sent.event_name,
        customer=customer,
        value=sent.payload.get(value_key),
        stamp=sent.stamp,
        identifier=sent.identifier,
        accepted=accepted,
        place=place,
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
