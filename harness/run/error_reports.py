"""Error reports about meter events: what the stream took and Stripe refused later."""

from __future__ import annotations

from harness.history.error_reports import ERROR_TYPES, THIN_EVENTS
from harness.run.asking import PAGE, read
from harness.run.story import Story

REPORT_SECONDS = 15  # a window of ten seconds, and two until the report comes (MTR-95); unverified


def read_error_reports(story: Story) -> None:
    """The reports that came since the last look, each with its data, which lists leave out (MTR-92)."""
    page = read(story, THIN_EVENTS, limit=PAGE)
    for event in page["data"]:
        known = event["id"] in story.read_reports or not _is_ours(story, event.get("related_object"))
        if event.get("type") in ERROR_TYPES and not known:
            story.read_reports.add(event["id"])
            read(story, f"{THIN_EVENTS}/{event['id']}")


def await_error_reports(story: Story) -> None:
    """Read the reports once those about all streamed events must be there."""
    due = max((wall + REPORT_SECONDS for wall in streamed_at(story)), default=story.backend.wall())
    story.backend.sleep(max(0, due - story.backend.wall()))
    read_error_reports(story)


def read_listeners(story: Story) -> None:
    """Who would have got the reports: event destinations, and webhook endpoints, which don't (MTR-91)."""
    read(story, "/v2/core/event_destinations", limit=PAGE)
    read(story, "/v1/webhook_endpoints", limit=PAGE)


def streamed_at(story: Story) -> list[int]:
    """When events were streamed, in wall time."""
    return [usage.sent_wall for usage in story.facts().usages if usage.streamed]


def _is_ours(story: Story, about: dict[str, str] | None) -> bool:
    """Reports are account-wide. One without a meter names an event that may be this story's."""
    return about is None or about["id"] in story.ids.values()
