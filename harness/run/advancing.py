"""Moving the test clock: in legal hops, pausing for reactions, settled before anything becomes final."""

from __future__ import annotations

from collections.abc import Sequence

from harness.history.entries import Advanced
from harness.plan.planner import Hop
from harness.run.asking import read
from harness.run.drafts import step_on
from harness.run.events import see_events
from harness.run.reactions import Perform, next_due, react
from harness.run.settling import settle_before
from harness.run.story import Story, StoryStopped
from harness.run.waiting import CLOCK, Look, Patience, give_up, patiently, wait_until


def advance(story: Story, hops: Sequence[Hop], perform: Perform, *, settled: bool, pausing: bool) -> None:
    """Take every hop, stopping between them wherever a reaction falls due.

    Args:
        story: the run in progress.
        hops: the legs, in order.
        perform: runs a step, for reactions.
        settled: wait for the meters before an invoice can become final.
        pausing: stop for reactions; otherwise the clock jumps and they run afterwards.
    """
    for hop in hops:
        while story.now < hop.to:
            due = next_due(story) if pausing else None
            stop = hop.to if due is None else min(hop.to, max(due, story.now + 1))
            if settled:
                settle_before(story, stop)
            _move(story, stop, hop.because if stop == hop.to else "a reaction falls due")
            react(story, perform)
    if settled:
        step_on(story, lambda to, because: _move(story, to, because))
        react(story, perform)


def bare_advance(story: Story, to: int) -> None:
    """One call, with no looking ahead: for steps that expect a refusal."""
    _move(story, to, "target")
    see_events(story)


def _move(story: Story, to: int, because: str) -> None:
    clock = story.id("clock", "clock")
    wait_until_ready(story)
    story.history.append(Advanced, line=story.line, since=story.now, to=to, because=because)
    clocks = story.client.v1.test_helpers.test_clocks
    patiently(story, lambda: clocks.advance(clock, {"frozen_time": to}))
    wait_until_ready(story)
    story.position = story.last_answer["frozen_time"]


def wait_until_ready(story: Story, patience: Patience = CLOCK) -> None:
    """Poll the clock until it is `ready` (CLK-32, LIV-08).

    Raises:
        StoryStopped: the advance failed, or the ceiling was reached.
    """
    last = wait_until(story, "the test clock to be ready", lambda: _look(story), patience)
    if not last.done:
        raise give_up(story, "the test clock being ready", last, patience)


def _look(story: Story) -> Look:
    answer = read(story, f"/v1/test_helpers/test_clocks/{story.id('clock', 'clock')}")
    status = answer["status"]
    if status == "internal_failure":  # terminal: later advances fail too (CLK-07)
        raise StoryStopped(story.line, "Stripe could not advance the test clock: status internal_failure")
    return Look(status == "ready", status)
