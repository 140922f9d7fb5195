"""Reading from Stripe: raw JSON through the SDK, page by page where there are pages."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from harness.history.shapes import Json
from harness.run.story import Story
from harness.run.waiting import patiently

PAGE = 100


def read(story: Story, path: str, **params: Any) -> Json:
    """The JSON of a GET. Looking needs no typed objects, and is done often."""
    patiently(story, lambda: story.client.raw_request("get", path, **params))
    return story.last_answer


def pages(story: Story, path: str, **params: Any) -> Iterator[Json]:
    """Every page of a list, newest objects first (PRO-14)."""
    page = read(story, path, limit=PAGE, **params)
    yield page
    while page["has_more"]:
        page = read(story, path, limit=PAGE, starting_after=page["data"][-1]["id"], **params)
        yield page
