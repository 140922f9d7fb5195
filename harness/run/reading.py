"""Fresh looks at what a claim is about, and the closing look at everything."""

from __future__ import annotations

from harness.check.usage_claims import item_claimed
from harness.history.shapes import Json, Period
from harness.run.asking import PAGE, pages, read
from harness.run.error_reports import await_error_reports, read_listeners, streamed_at
from harness.run.settling import aligned, read_summary
from harness.run.story import Story, StoryStopped

LAST_WITH_USAGE_RECORDS = "2025-02-24.acacia"  # VER-06, LEG-23
LOOK_BACK_SECONDS = 35 * 86_400  # no accepted usage is older (MTR-50)
LOOK_AHEAD_SECONDS = 5 * 60  # nor further ahead (MTR-52)


def read_invoices(story: Story, **narrowed: str) -> None:
    """Every invoice of a customer or subscription, with all its lines. Other lists hide them (CLK-50)."""
    for page in pages(story, "/v1/invoices", **narrowed):
        for invoice in page["data"]:
            if invoice["lines"]["has_more"]:
                list(pages(story, f"/v1/invoices/{invoice['id']}/lines"))


def read_subscription(story: Story, label: str) -> Json:
    """A subscription as it is now."""
    return read(story, f"/v1/subscriptions/{story.id('subscription', label)}")


def read_schedules(story: Story) -> None:
    """Every subscription schedule that the story has seen, and its subscription if it has no label."""
    for schedule_id in list(story.facts().schedules):
        read(story, f"/v1/subscription_schedules/{schedule_id}")
        subscription = story.facts().schedules[schedule_id].subscription
        if subscription is not None and subscription not in story.ids.values():
            read(story, f"/v1/subscriptions/{subscription}")


def read_usage(story: Story, meter: str, customer: str, period: Period | None) -> None:
    """A meter's total for a customer, over `period` or over all that the story can have reported."""
    start = story.plan.calendar.start
    whole = Period(start - LOOK_BACK_SECONDS, max(start, story.now) + LOOK_AHEAD_SECONDS)
    read_summary(story, story.id("meter", meter), story.id("customer", customer), aligned(period or whole))


def read_for(story: Story, claim: Json) -> None:
    """What an `expect` step needs to see: only what its claims are about."""
    if "invoice" in claim or "invoices" in claim:
        _read_claimed_invoices(story, claim)
    if "total" in claim.get("usage", {}):
        during = claim["usage"].get("during")
        period = Period(during["start"], during["end"]) if during else None
        read_usage(story, claim["usage"]["meter"], claim["usage"]["customer"], period)
    if "subscription" in claim:
        for label in _subscriptions(story, claim["subscription"].get("subscription")):
            read_subscription(story, label)
    if claim.get("usage_summary", {}).get("total") is not None:
        _read_record_summaries(story, claim["usage_summary"])
    if "meter_error" in claim:
        await_error_reports(story)


def _read_record_summaries(story: Story, about: Json) -> None:
    """An item's totals by period, asked for with a version that has them (LEG-02, LEG-23)."""
    item = item_claimed(story.facts(), about)
    if item is None:
        name, price = about["subscription"], about["price"]
        raise StoryStopped(story.line, f"`{name}` has no item with the price `{price}`")
    path = f"/v1/subscription_items/{item}/usage_record_summaries"
    read(story, path, limit=PAGE, stripe_version=version_with_records(story))


def version_with_records(story: Story) -> str:
    """The scenario's own API version, or the last one that has usage records."""
    return story.plan.case.scenario.api_version or LAST_WITH_USAGE_RECORDS


def _read_claimed_invoices(story: Story, claim: Json) -> None:
    about: Json = claim.get("invoice") or claim["invoices"]
    if about.get("subscription"):
        read_invoices(story, subscription=story.id("subscription", about["subscription"]))
    elif about.get("customer"):
        read_invoices(story, customer=story.id("customer", about["customer"]))
    else:
        for label in story.plan.case.scenario.customers:
            read_invoices(story, customer=story.id("customer", label))


def _subscriptions(story: Story, named: str | None) -> list[str]:
    return [named] if named else list(story.plan.case.scenario.subscriptions)


def read_everything(story: Story) -> None:
    """The closing look, from which every reported unit is accounted for."""
    if streamed_at(story):
        await_error_reports(story)
    scenario = story.plan.case.scenario
    for label in scenario.customers:
        if ("customer", label) in story.ids:
            customer_id = story.id("customer", label)
            read_invoices(story, customer=customer_id)
            list(pages(story, "/v1/invoiceitems", customer=customer_id, pending=True))
    for label in scenario.subscriptions:
        if ("subscription", label) in story.ids:
            read_subscription(story, label)
    read_schedules(story)
    facts = story.facts()
    if any(usage.refused_by is not None for usage in facts.usages):
        read_listeners(story)
    reported = {(usage.meter, usage.customer) for usage in facts.usages if usage.accepted}
    for meter, customer in sorted((meter, customer) for meter, customer in reported if meter and customer):
        start = story.plan.calendar.start
        whole = Period(start - LOOK_BACK_SECONDS, story.now + LOOK_AHEAD_SECONDS)
        read_summary(story, meter, customer, aligned(whole))
