"""An `expect` step: look at what it claims, again where waiting is built in, then note the claim."""

from __future__ import annotations

from collections.abc import Callable

from harness.check.expectations import evaluate
from harness.history.entries import Called, Claimed
from harness.history.shapes import Json
from harness.plan.claims import resolve_claim
from harness.run.events import see_events
from harness.run.reading import read_for
from harness.run.standins import filled, is_time
from harness.run.story import Story
from harness.run.verbs import call_api
from harness.run.waiting import INVOICE, METER, Look, Patience, wait_until
from harness.scenario import CallStep, ExpectStep, Step

AT_ONCE = Patience(first=1, longest=1, ceiling=0)


def expect(story: Story, step: ExpectStep) -> None:
    """Read what the claims are about until they hold or patience ends; the verdict comes from the history."""
    claim = resolve_claim(step.expect, story.plan.calendar, story.now, story.invoice_times)
    _wait_and_claim(story, step, lambda: _look(story, step, claim), _patience(story, step, claim))


def expect_answer(story: Story, step: CallStep) -> None:
    """A `call` with `returns`: once, or with `within` a GET again until its answer is as claimed."""
    again = step.within is not None and step.call.method == "GET"
    patience = _patience(story, step, {}) if again else AT_ONCE
    _wait_and_claim(story, step, lambda: _look_at_answer(story, step), patience)


def _wait_and_claim(story: Story, step: Step, look: Callable[[], Look], patience: Patience) -> None:
    since, claim = wait_until(story, f"line {step.line} to hold", look, patience).value
    story.history.append(Claimed, line=step.line, name=step.name, since=since, claim=claim)


def _look(story: Story, step: ExpectStep, claim: Json) -> Look:
    since = story.history.last
    if "events" in claim:
        see_events(story)
    read_for(story, claim)
    return _judged(story, step, claim, since)


def _look_at_answer(story: Story, step: CallStep) -> Look:
    since = story.history.last
    call_api(story, step)
    call = next(entry for entry in reversed(story.history.entries) if isinstance(entry, Called))
    wanted = step.call.returns
    times = [path for path, value in wanted.items() if is_time(value)]
    claim: Json = {"answer": {"call": call.n, "members": filled(story, wanted), "times": times}}
    return _judged(story, step, claim, since)


def _judged(story: Story, step: Step, claim: Json, since: int) -> Look:
    """Whether the claim holds by now; the value says what it rests on, and the claim itself."""
    findings = evaluate(story.facts(), _provisional(story, step, claim, since))
    return Look(not findings, findings[0].summary if findings else "as expected", (since, claim))


def _provisional(story: Story, step: Step, claim: Json, since: int) -> Claimed:
    return Claimed(
        n=story.history.last + 1,
        clock=story.position,
        wall=story.backend.wall(),
        line=step.line,
        name=step.name,
        since=since,
        claim=claim,
    )


def _patience(story: Story, step: Step, claim: Json) -> Patience:
    if step.within is not None:
        return Patience(first=2, longest=15, ceiling=step.within.total_seconds)
    if "total" in claim.get("usage", {}):
        return METER
    unstable = claim.get("usage_summary", {}).get("total") is not None  # the open period's summary (LEG-02)
    behind = story.backend.quiet_polls > 0
    return INVOICE if claim.get("finalized") or unstable or behind else AT_ONCE
