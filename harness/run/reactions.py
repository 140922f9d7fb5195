"""Reactions that have fallen due: steps, the application's own code, or a delivery."""

from __future__ import annotations

from collections.abc import Callable

from harness.history.entries import Reacted
from harness.run.app_code import call_application
from harness.run.delivery import deliver
from harness.run.events import see_events
from harness.run.story import Due, Story
from harness.scenario import Step

Perform = Callable[[Story, Step], None]


def react(story: Story, perform: Perform) -> None:
    """See what has happened and run every reaction due by now, until nothing new falls due."""
    see_events(story)
    while story.waiting and story.waiting[0].at <= story.now:
        _run(story, story.waiting.pop(0), perform)
        see_events(story)


def next_due(story: Story) -> int | None:
    """The clock time at which the next waiting reaction falls due."""
    return story.waiting[0].at if story.waiting else None


def _run(story: Story, due: Due, perform: Perform) -> None:
    reaction = due.reaction
    story.line = reaction.line
    entry = story.history.append(Reacted, line=reaction.line, event=due.event["id"], due=due.at)
    outer = story.event, story.reaction
    story.event, story.reaction = due.event, entry.n
    try:
        for step in reaction.do:
            perform(story, step)
        if reaction.run is not None:
            call_application(story, reaction.run)
        if reaction.post is not None:
            deliver(story, reaction.post, due.event)
    finally:
        story.event, story.reaction = outer
