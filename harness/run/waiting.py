"""Waiting for the asynchronous: tenacity, sleeping in the backend's time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import stripe
from tenacity import RetryCallState, Retrying, retry_if_exception, retry_if_result, wait_exponential

from harness.history.entries import Waited
from harness.run.story import Story, StoryStopped


@dataclass(frozen=True)
class Look:
    """What one look showed: `done`, and in words what was seen."""

    done: bool
    seen: str
    value: Any = None


@dataclass(frozen=True)
class Patience:
    """How to wait: first pause, longest pause, ceiling of all pauses together; in seconds of wall time."""

    first: float
    longest: float
    ceiling: float


CLOCK = Patience(
    first=1, longest=5, ceiling=300
)  # a small clock takes about 6 s; 180 s have been seen (LIV-13, LIV-14)
METER = Patience(
    first=5, longest=20, ceiling=600
)  # lag observed: 54 s to 200 s (MTR-88); ceilings of 200 s are in use
CROWD = Patience(first=1, longest=30, ceiling=120)  # 429: the SDK never retries it (PRO-33)


def wait_until(story: Story, reason: str, look: Callable[[], Look], patience: Patience) -> Look:
    """Look again and again until `look` is done, and note the wait in the history.

    Returns:
        The last look, done or not: the caller decides what giving up means.
    """
    retrying = Retrying(
        sleep=story.backend.sleep,
        wait=wait_exponential(multiplier=patience.first, max=patience.longest, exp_base=1.5),
        stop=_slept(patience.ceiling),
        retry=retry_if_result(lambda seen: not seen.done),
        retry_error_callback=_last_result,
    )
    last: Look = retrying(look)
    looks, slept = retrying.statistics["attempt_number"], retrying.statistics["idle_for"]
    if looks > 1 or not last.done:
        story.history.append(
            Waited, reason=reason, looks=looks, slept=round(slept, 3), done=last.done, last=last.seen
        )
    return last


def patiently(story: Story, call: Callable[[], Any]) -> Any:
    """Make a call, again and again while the account is crowded or its clock moves (429: LIV-06, LIV-08)."""
    retrying = Retrying(
        sleep=story.backend.sleep,
        wait=wait_exponential(multiplier=CROWD.first, max=CROWD.longest),
        stop=_slept(CROWD.ceiling),
        retry=retry_if_exception(lambda error: isinstance(error, stripe.RateLimitError)),
        reraise=True,
    )
    return retrying(call)


def give_up(story: Story, waited_for: str, last: Look, patience: Patience) -> StoryStopped:
    """The exception for a wait that must not fail."""
    return StoryStopped(
        story.line, f"{waited_for} did not happen within {patience.ceiling:.0f} s; last seen: {last.seen}"
    )


def _slept(ceiling: float) -> Callable[[RetryCallState], bool]:
    """Stop by time slept: tenacity's `stop_after_delay` reads the real clock, which may be frozen."""
    return lambda state: state.idle_for >= ceiling


def _last_result(state: RetryCallState) -> Any:
    if state.outcome is None:  # tenacity calls back only after an attempt
        raise RuntimeError("tenacity gave up before its first attempt")
    return state.outcome.result()
