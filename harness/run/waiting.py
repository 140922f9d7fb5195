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
    """How to wait: first pause, longest pause, ceiling of all pauses together; in seconds of wall time.

    Args:
        usual: how long it usually takes, for whoever watches a wait.
    """

    first: float
    longest: float
    ceiling: float
    usual: str = ""


# a small clock takes about 6 s; 180 s have been seen (LIV-13, LIV-14)
CLOCK = Patience(first=1, longest=5, ceiling=300, usual="6 s")
CLOCK_TO_DELETE = Patience(first=1, longest=5, ceiling=60, usual="6 s")
# lag observed: 54 s to 200 s (MTR-88); ceilings of 200 s are in use
METER = Patience(first=5, longest=20, ceiling=600, usual="1 to 3 min")
# 429: the SDK never retries it (PRO-33)
CROWD = Patience(first=1, longest=30, ceiling=120)
# a final invoice shows 30 s after the clock is ready at the latest (LIV-17)
INVOICE = Patience(first=2, longest=5, ceiling=30, usual="5 s")
CROWDED = "Stripe to take a request (429)"
# events run behind by seconds, in parallel runs by up to 80 s (LIV-15)
EVENTS = Patience(first=2, longest=5, ceiling=90, usual="5 s")

watchers: list[Callable[[str], None]] = []
"""Told, in words, what is being waited for, and the empty text when a wait is over."""


def wait_until(story: Story, reason: str, look: Callable[[], Look], patience: Patience) -> Look:
    """Look again and again until `look` is done, and note the wait in the history.

    Returns:
        The last look, done or not: the caller decides what giving up means.
    """
    retrying = Retrying(
        sleep=story.backend.sleep,
        wait=_spread(story, wait_exponential(multiplier=patience.first, max=patience.longest, exp_base=1.5)),
        stop=_slept(patience.ceiling),
        retry=retry_if_result(lambda seen: not seen.done),
        retry_error_callback=_last_result,
        before_sleep=lambda state: _announce(reason, patience, state),
    )
    last: Look = retrying(look)
    _hush()
    looks, slept = retrying.statistics["attempt_number"], retrying.statistics["idle_for"]
    if looks > 1 or not last.done:
        story.history.append(
            Waited, reason=reason, looks=looks, slept=round(slept, 3), done=last.done, last=last.seen
        )
    return last


def patiently(story: Story, call: Callable[[], Any]) -> Any:
    """Make a call, again and again while the account is crowded or its clock moves (429: LIV-06, LIV-08)."""
    if story.crowd_wanted:
        return call()
    retrying = Retrying(
        sleep=story.backend.sleep,
        wait=_spread(story, wait_exponential(multiplier=CROWD.first, max=CROWD.longest)),
        stop=_slept(CROWD.ceiling),
        retry=retry_if_exception(lambda error: isinstance(error, stripe.RateLimitError)),
        before_sleep=lambda state: _announce(CROWDED, CROWD, state),
        reraise=True,
    )
    done = False
    try:
        answer = retrying(call)
        done = True
    finally:
        _note_crowd(story, retrying.statistics, done=done)
    return answer


def _note_crowd(story: Story, statistics: dict[str, Any], *, done: bool) -> None:
    """A call that had to be made more than once leaves a wait in the history."""
    if statistics["attempt_number"] < 2:
        return
    _hush()
    story.history.append(
        Waited,
        reason=CROWDED,
        looks=statistics["attempt_number"],
        slept=round(statistics["idle_for"], 3),
        done=done,
        last="taken" if done else "still 429",
    )


def give_up(story: Story, waited_for: str, last: Look, patience: Patience) -> StoryStopped:
    """The exception for a wait that must not fail."""
    return StoryStopped(
        story.line, f"{waited_for} did not happen within {patience.ceiling:.0f} s; last seen: {last.seen}"
    )


def _spread(story: Story, base: wait_exponential) -> Callable[[RetryCallState], float]:
    """The pauses of `base`, each made longer by up to half, so that workers do not all come back at once."""
    return lambda state: float(base(state)) * (1 + story.backend.jitter() / 2)


def _announce(reason: str, patience: Patience, state: RetryCallState) -> None:
    """Tell whoever watches what is being waited for, for how long already, and how long it usually takes."""
    usual = f", usually {patience.usual}" if patience.usual else ""
    for watcher in watchers:
        watcher(f"waiting for {reason} ({state.idle_for:.0f} s{usual})")


def _hush() -> None:
    for watcher in watchers:
        watcher("")


def _slept(ceiling: float) -> Callable[[RetryCallState], bool]:
    """Stop by time slept: tenacity's `stop_after_delay` reads the real clock, which may be frozen."""
    return lambda state: state.idle_for >= ceiling


def _last_result(state: RetryCallState) -> Any:
    if state.outcome is None:  # tenacity calls back only after an attempt
        raise RuntimeError("tenacity gave up before its first attempt")
    return state.outcome.result()
