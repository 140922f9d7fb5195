"""Seeing Stripe's events by polling, and the reactions that they set off."""

from __future__ import annotations

from bisect import insort
from typing import Any

from harness.history import entries as kinds
from harness.history import shapes
from harness.history.shapes import Json
from harness.run.asking import PAGE, read
from harness.run.story import Due, Story
from harness.run.waiting import EVENTS, Look, wait_until

OWNERS = ("id", "invoice", "subscription", "payment_intent")
"""Where an object without a customer names what it belongs to."""
OVERLAP_SECONDS = 60
"""Where events come late they may come out of order too: the last minute is looked at again each time."""


def start_watching(story: Story) -> None:
    """Remember the newest event of the account, so that only this story's events are seen from here on."""
    newest = read(story, "/v1/events", limit=1)
    if newest["data"]:
        story.event_cursor = newest["data"][0]["id"]


def see_events(story: Story, *, last: bool = False) -> None:
    """Poll for events since the last look, oldest first, and schedule the reactions they set off.

    Where events run behind and something waits for them, poll until several looks in a row show nothing new;
    so does the `last` look of a story.
    """
    _poll(story)
    quiet = story.backend.quiet_polls
    if quiet and (last or story.plan.case.scenario.reactions):
        looks = _Quiet(story, quiet)
        wait_until(story, "events to be complete", looks.look, EVENTS)


class _Quiet:
    """Counts looks in a row that showed no new event."""

    def __init__(self, story: Story, wanted: int) -> None:
        self._story = story
        self._wanted = wanted
        self._found = 0

    def look(self) -> Look:
        """Poll once more; done when it was quiet often enough."""
        self._found = 0 if _poll(self._story) else self._found + 1
        return Look(self._found >= self._wanted, f"{self._found} of {self._wanted} looks without a new event")


def _poll(story: Story) -> int:
    """How many new events of this story one look showed."""
    found, more, after = 0, True, story.event_cursor
    passed: list[Json] = []
    while more:
        cursor = {} if after is None else {"ending_before": after}
        page = read(story, "/v1/events", limit=PAGE, **cursor)
        call = story.history.last
        for event in reversed(page["data"]):
            after = event["id"]
            passed.append(event)
            found += _take(story, event, call)
        more = page["has_more"] and bool(cursor)
    _move_cursor(story, passed)
    return found


def _move_cursor(story: Story, passed: list[Json]) -> None:
    """Go on from the newest event that is old enough for none to come in before it."""
    overlap = OVERLAP_SECONDS if story.backend.quiet_polls else 0
    newest = max((event["created"] for event in passed), default=0)
    for event in passed:
        if event["created"] <= newest - overlap:
            story.event_cursor = event["id"]


def _take(story: Story, event: Json, call: int) -> bool:
    """Whether the event is this story's and new."""
    if event["id"] in story.seen_events or not _is_ours(story, event):
        return False
    story.seen_events.add(event["id"])
    story.subjects.add(event["data"]["object"].get("id"))
    _see(story, event, call)
    return True


def _is_ours(story: Story, event: Json) -> bool:
    """Lists of events are account-wide; on a shared account others' stories run beside this one."""
    customer = shapes.belongs_to(event)
    if customer is not None or not story.backend.traits.shared_account:
        return customer is None or customer in story.ids.values()
    subject = event["data"]["object"]
    named = {subject[name] for name in OWNERS if isinstance(subject.get(name), str)}
    return not named.isdisjoint({*story.ids.values(), *story.subjects})


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
