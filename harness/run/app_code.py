"""The application's own Python, called in time frozen at the test clock."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import stripe
from freezegun import freeze_time

from harness.history.shapes import Json
from harness.run.standins import filled
from harness.run.story import Story, StoryStopped
from harness.scenario import RunCall

# Waiting and transport must never see frozen time: under it tenacity would wait for ever, and pytest would
# report a test of sixty years.
UNFROZEN = [
    "tenacity",
    "_pytest.timing",
    "_pytest.runner",
    "requests",
    "urllib3",
    "pyrate_limiter",
    "filelock",
    "redis",
    "harness.run",
    "harness.backends",
]


@dataclass(frozen=True)
class Application:
    """What the application's function is given as its first argument.

    Args:
        client: the SDK client of the story's backend. Use it instead of one of your own.
        event: the Stripe event that the reaction is about, as JSON; None in a `run` step.
        now: the test clock's time, unix seconds; `datetime.now(UTC)` says the same.
    """

    client: stripe.StripeClient
    event: Json | None
    now: int
    _story: Story

    def id(self, label: str) -> str:
        """The Stripe id of anything that the scenario labels."""
        return self._story.any_id(label)


def call_application(story: Story, call: RunCall) -> None:
    """Call `module:function` with an `Application` and the step's arguments.

    Raises:
        StoryStopped: the function cannot be found, or it raised.
        stripe.StripeError: Stripe refused a call that the function made.
    """
    function = _find(story, call.function)
    application = Application(story.client, story.event, story.now, story)
    arguments = filled(story, call.arguments)
    with freeze_time(datetime.fromtimestamp(story.now, UTC), ignore=UNFROZEN):
        try:
            function(application, **arguments)
        except stripe.StripeError:
            raise
        except Exception as error:
            reason = f"{call.function} raised {type(error).__name__}: {error}"
            raise StoryStopped(story.line, reason) from error


def _find(story: Story, name: str) -> Callable[..., object]:
    module_name, _, attribute = name.partition(":")
    with _importable(str(story.folder.resolve())):
        try:
            found: Any = importlib.import_module(module_name)
            for part in attribute.split("."):
                found = getattr(found, part)
        except (ImportError, AttributeError) as error:
            raise StoryStopped(story.line, f"cannot find `{name}`: {error}") from error
    if not callable(found):
        raise StoryStopped(story.line, f"`{name}` is not a function")
    return found  # type: ignore[no-any-return]  # callable() has just checked it


@contextmanager
def _importable(folder: str) -> Iterator[None]:
    """Let modules beside the scenario be imported, after those that are installed."""
    sys.path.append(folder)
    try:
        yield
    finally:
        sys.path.remove(folder)
