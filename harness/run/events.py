"""Seeing Stripe's events by polling, and the reactions that they set off."""

from __future__ import annotations

from bisect import insort
from typing import Any

from harness.history import entries as kinds
from harness.history import shapes
from harness.history.shapes import Json
from harness.run.asking import PAGE, read
from harness.run.story import Due, Story


def start_watching(story: Story) -> None:
    """Remember the newest event of the account, so that only this story's events are seen from here on."""
    newest = read(story, "/v1/events", limit=1)
    if newest["data"]:
        story.event_cursor = newest["data"][0]["id"]


def see_events(story: Story) -> None:
    """Poll for events since the last look, oldest first, and schedule the reactions they set off."""
    more = True
    while more:
        cursor = {} if story.event_cursor is None else {"ending_before": story.event_cursor}
        page = read(story, "/v1/events", limit=PAGE, **cursor)
        call = story.history.last
        for event in reversed(page["data"]):
            story.event_cursor = event["id"]
            if _is_ours(story, event):
                _see(story, event, call)
        more = page["has_more"] and bool(cursor)


def _is_ours(story: Story, event: Json) -> bool:
    """Lists of events are account-wide; on a shared account others' stories run beside this one."""
    customer = shapes.belongs_to(event)
    return customer is None or customer in story.ids.values()


def _see(story: Story, event: Json, call: int) -> None:
    subject = event["data"]["object"]
    story.history.append(
        kinds.EventSeen, call=call, id=event["id"], type=event["type"], about=subject.get("id")
    )
    for index, reaction in enumerate(story.plan.case.scenario.reactions):
        if reaction.on != event["type"] or not _matches(subject, reaction.where):
            continue
        if reaction.times is not None and story.fired.get(index, 0) >= reaction.times:
            continue
        story.fired[index] = story.fired.get(index, 0) + 1
        happened = shapes.happened_at(event)
        at = story.now if happened is None else happened
        due = reaction.after.add_to(at) if reaction.after else at
        order = story.history.last
        insort(story.waiting, Due(due, order, reaction, event))


def _matches(subject: Json, where: dict[str, Any]) -> bool:
    return all(_dig(subject, path) == wanted for path, wanted in where.items())


def _dig(subject: Any, path: str) -> Any:
    for part in path.split("."):
        if not isinstance(subject, dict):
            return None
        subject = subject.get(part)
    return subject
