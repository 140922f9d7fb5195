"""Questions that probes put to Stripe; each fails, saying what it saw, unless it gets the assumed answer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from harness.run.app_code import Application

DAY = 86_400
LOOKS = 40
"""How often to look for events that a list may still lack."""


class NotRefused(Exception):
    """A call went through that should not have."""


def same(what: str, seen: object, expected: object) -> None:
    """Raise, naming both, unless they are the same."""
    if seen != expected:
        raise ValueError(f"{what}: {seen!r} instead of {expected!r}")


def refused(what: str, call: Callable[[], Any], **expected: Any) -> None:
    """Raise unless the call is refused with this status, type and code; `NotRefused` if it goes through."""
    try:
        call()
    except Exception as error:  # noqa: BLE001  # whatever the client raises is the answer
        body = (getattr(error, "json_body", None) or {}).get("error", {})
        seen = {
            "status": getattr(error, "http_status", None),
            "type": body.get("type"),
            "code": body.get("code"),
        }
        same(what, {name: seen[name] for name in expected}, expected)
        return
    raise NotRefused(f"{what}: it was not refused")


def changing_during_an_advance(application: Application, subscription: str) -> None:
    """UNK-01: what the lock answers to a change, and to a second advance."""
    clocks, clock = application.client.v1.test_helpers.test_clocks, application.id("clock")
    plan = application.id(subscription)
    expected = {"status": 429, "type": "invalid_request_error", "code": "rate_limit"}
    clocks.advance(clock, {"frozen_time": application.now + DAY})
    change = application.client.v1.subscriptions.update
    later: Any = {"frozen_time": application.now + 2 * DAY}
    for what, call in (
        ("a change", lambda: change(plan, {"cancel_at_period_end": True})),
        ("a second advance", lambda: clocks.advance(clock, later)),
    ):
        try:
            refused(what, call, **expected)
        except NotRefused:
            if clocks.retrieve(clock).frozen_time == application.now:  # else the clock was ready already
                raise


def frozen_time_during_an_advance(application: Application) -> None:
    """UNK-04: whether it moves before the clock is ready."""
    clocks, clock = application.client.v1.test_helpers.test_clocks, application.id("clock")
    clocks.advance(clock, {"frozen_time": application.now + 20 * DAY})
    seen = clocks.retrieve(clock)
    if seen.status == "advancing":
        same("frozen_time while advancing", seen.frozen_time, application.now)


def many_clocks(application: Application, number: int) -> None:
    """UNK-06: whether an account takes so many clocks at once."""
    clocks = application.client.v1.test_helpers.test_clocks
    name = clocks.retrieve(application.id("clock")).name or "probe"
    for _ in range(number):
        clocks.create({"frozen_time": application.now, "name": name})


def deleting_a_clock(application: Application) -> None:
    """UNK-07: what a clock's objects are afterwards, and which events tell of it."""
    stripe = application.client.v1
    own = stripe.test_helpers.test_clocks.retrieve(application.id("clock"))
    clock = stripe.test_helpers.test_clocks.create(
        {"frozen_time": application.now, "name": own.name or "probe"}
    )
    card = "pm_card_visa"
    person: Any = {
        "test_clock": clock.id,
        "payment_method": card,
        "invoice_settings": {"default_payment_method": card},
    }
    customer = stripe.customers.create(person)
    items: Any = [{"price": application.id("per-call")}]
    plan = stripe.subscriptions.create({"customer": customer.id, "items": items})
    stripe.test_helpers.test_clocks.delete(clock.id)
    same("the customer is deleted", stripe.customers.retrieve(customer.id).deleted, True)
    same("the subscription", stripe.subscriptions.retrieve(plan.id).status, "canceled")
    ours = {clock.id, customer.id, plan.id}
    wanted = ["customer.subscription.deleted", "customer.deleted", "test_helpers.test_clock.deleted"]
    gone: list[str] = []
    for _ in range(LOOKS):
        events = [each for each in _events(application) if _subject(each) in ours]
        gone = [each["type"] for each in events if each["type"].endswith(".deleted")]
        if len(gone) == len(wanted):
            break
    same("events", gone, wanted)


def _events(application: Application) -> list[dict[str, Any]]:
    """The newest events of the account, oldest first."""
    return list(reversed(application.client.raw_request("get", "/v1/events", limit=100).data["data"]))


def _subject(event: dict[str, Any]) -> Any:
    return event["data"]["object"].get("id")


def default_timestamp(application: Application, customer: str) -> None:
    """UNK-08: the stamp that an event gets which has none."""
    payload = {"stripe_customer_id": application.id(customer), "value": "3"}
    made = application.client.v1.billing.meter_events.create({"event_name": "api_calls", "payload": payload})
    same("the stamp", made.timestamp, application.now)


def spellings(application: Application, customer: str, accepted: list[str], others: list[str]) -> None:
    """UNK-13: which texts a meter takes as a number."""
    create = application.client.v1.billing.meter_events.create
    for text in [*accepted, *others]:
        sent: Any = {
            "event_name": "api_calls",
            "payload": {"stripe_customer_id": application.id(customer), "value": text},
        }
        if text in accepted:
            create(sent)
        else:
            refused(f"the value {text!r}", lambda sent=sent: create(sent), status=400)


def usage_during_an_advance(application: Application, customer: str) -> None:
    """UNK-16: whether an event is taken while the clock moves."""
    clocks, clock = application.client.v1.test_helpers.test_clocks, application.id("clock")
    clocks.advance(clock, {"frozen_time": application.now + 20 * DAY})
    payload = {"stripe_customer_id": application.id(customer), "value": "3"}
    sent: Any = {"event_name": "api_calls", "payload": payload, "timestamp": application.now}
    application.client.v1.billing.meter_events.create(sent)


def birthdays(application: Application, customer: str) -> None:
    """UNK-17: whose time `created` is, of a customer on the clock and of a meter event."""
    stripe = application.client.v1
    born = stripe.customers.create({"test_clock": application.id("clock")}).created
    same("the customer's", born, application.now)
    payload = {"stripe_customer_id": application.id(customer), "value": "3"}
    sent: Any = {"event_name": "api_calls", "payload": payload, "timestamp": application.now}
    event = stripe.billing.meter_events.create(sent)
    same("the event's is the clock's", event.created == application.now, False)


def bad_cancellations(application: Application) -> None:
    """UNK-20: how cancelling an event that never was is refused."""
    create = application.client.v1.billing.meter_event_adjustments.create
    sent: Any = {"event_name": "api_calls", "type": "cancel", "cancel": {"identifier": "never-sent"}}
    refused("an unknown identifier", lambda: create(sent), status=400, type="invalid_request_error")


def summaries_off_the_hour(application: Application, customer: str) -> None:
    """UNK-21: whether grouped summaries show empty hours, and what bounds off the minute answer."""
    summaries = application.client.v1.billing.meters.event_summaries
    meter, who = application.id("api_calls"), application.id(customer)
    start = application.now // 3_600 * 3_600 - 6 * 3_600
    asked: Any = {"customer": who, "start_time": start, "end_time": start + 6 * 3_600}
    grouped = summaries.list(meter, asked | {"value_grouping_window": "hour"})
    same("hours shown of six, of which one has usage", len(grouped.data), 1)
    refused(
        "a bound off the minute", lambda: summaries.list(meter, asked | {"start_time": start + 1}), status=400
    )


def the_stream(application: Application, customer: str, times: int) -> None:
    """UNK-22, UNK-23: whether the stream opens with a test key, and takes an identifier twice in silence."""
    raw = application.client.raw_request
    session = raw("post", "/v2/billing/meter_event_session").data
    identifier = f"probe-{application.id('clock')}"
    payload = {"stripe_customer_id": application.id(customer), "value": "3"}
    event = {
        "event_name": "api_calls",
        "identifier": identifier,
        "payload": payload,
        "timestamp": _iso(application.now),
    }
    token = session["authentication_token"]
    raw("post", "/v2/billing/meter_event_stream", base="meter_events", api_key=token, events=[event] * times)


def _iso(unix: int) -> str:
    from datetime import UTC, datetime

    return datetime.fromtimestamp(unix, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def order_of_a_renewal(application: Application, subscription: str) -> None:
    """UNK-36: which of a renewal's events comes first, and whose time events carry."""
    plan = application.id(subscription)
    wanted = {"invoice.created", "customer.subscription.updated"}
    events = [each for each in _events(application) if each["type"] in wanted]
    ours = [each for each in events if _is_about(each["data"]["object"], plan)]
    same(
        "the first two",
        [each["type"] for each in ours][:2],
        ["invoice.created", "customer.subscription.updated"],
    )
    same("an event's time is the clock's", any(each["created"] == application.now for each in ours), False)


def _is_about(subject: dict[str, Any], plan: str) -> bool:
    parent = (subject.get("parent") or {}).get("subscription_details") or {}
    return plan in {subject.get("id"), parent.get("subscription"), subject.get("subscription")}


def retries(application: Application, subscription: str) -> None:
    """UNK-37: whether a failed payment is tried again while the clock goes on."""
    [invoice] = application.client.v1.invoices.list(
        {"subscription": application.id(subscription), "status": "open"}
    ).data
    same("attempts after a month", invoice.attempt_count, ATTEMPTS)


ATTEMPTS = 9
"""The first and eight retries: when they happen on a clock is not known (CLK-93, UNK-37)."""
