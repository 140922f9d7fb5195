"""Taking away what a story made: its clocks, with all that lives on them, and customers without a clock."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import stripe

from harness.history.entries import Called, Noted
from harness.history.shapes import Json
from harness.run.advancing import wait_until_ready
from harness.run.story import Story, StoryStopped
from harness.run.waiting import CLOCK_TO_DELETE, patiently

CLOCKS = "/v1/test_helpers/test_clocks"
CUSTOMERS = "/v1/customers"


def clean_up(story: Story) -> None:
    """Delete the clock, and with it its customers and subscriptions (CLK-66), once it is still (CLK-69).

    On a shared account everything else that would stay is deleted too, whoever made it: a step or the
    application's code. What cannot be deleted is noted; `harness clean` finds it by its tag.
    """
    clocks = [story.clock] if story.clock is not None else []
    if story.backend.traits.shared_account:
        clocks += [made for made in _made(story, CLOCKS) if made not in clocks]
        for customer in _made(story, CUSTOMERS, lambda answer: answer.get("test_clock") is None):
            _delete(story, "customer", customer, story.client.v1.customers.delete)
    for clock in clocks:
        _delete(story, "clock", clock, story.client.v1.test_helpers.test_clocks.delete)


def _made(story: Story, path: str, wanted: Callable[[Json], bool] = lambda _: True) -> Iterator[str]:
    """Ids that the story created under `path`, in that order."""
    called = [entry for entry in story.history.entries if isinstance(entry, Called)]
    gone = {entry.path for entry in called if entry.method == "DELETE" and entry.status < 300}
    for entry in called:
        if entry.method != "POST" or entry.path != path or entry.status >= 300 or not wanted(entry.answer):
            continue
        if f"{path}/{entry.answer['id']}" not in gone:
            yield entry.answer["id"]


def _delete(story: Story, what: str, made: str, delete: Callable[[str], Any]) -> None:
    try:
        if made == story.clock:
            wait_until_ready(story, CLOCK_TO_DELETE)
        patiently(story, lambda: delete(made))
    except (stripe.StripeError, StoryStopped) as error:
        story.history.append(Noted, text=f"{what} {made} was left behind: {error}")
