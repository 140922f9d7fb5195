"""Running one step: its verb, and the refusal it must or must not meet."""

from __future__ import annotations

from typing import Any

import stripe

from harness.history.entries import Called, NotRefused, Refused, StepStarted
from harness.plan.calendar import UnresolvedInstant
from harness.plan.planner import PlannedStep, advance_hops, steps_for
from harness.run.advancing import advance, bare_advance
from harness.run.expecting import expect, expect_answer
from harness.run.reactions import react
from harness.run.settling import settle
from harness.run.story import Story, StoryStopped
from harness.run.usage import note_turned_away
from harness.run.verbs import VERBS
from harness.scenario import (
    AdvanceStep,
    CallStep,
    CancelSubscriptionStep,
    ExpectStep,
    FailsWith,
    FinalizeInvoiceStep,
    Step,
    UpdateSubscriptionStep,
)

Wanted = dict[str, Any]
CROWDED = 429  # also what an advancing clock answers (CLK-34)
READS_THE_METER = (UpdateSubscriptionStep, CancelSubscriptionStep, FinalizeInvoiceStep)
"""Steps that can make Stripe bill usage at once (CHG-01, CHG-14, INV-24), as it is aggregated by then."""


def perform_planned(story: Story, planned: PlannedStep) -> None:
    """One step of the plan, and then whatever reactions it set off."""
    perform(story, planned.step)
    if story.plan.case.scenario.reactions and not isinstance(planned.step, ExpectStep):
        react(story, perform)


def perform(story: Story, step: Step) -> None:
    """One step, top-level or inside a reaction.

    Raises:
        StoryStopped: Stripe refused what it had to accept, or accepted what it had to refuse; or an instant
            has no meaning at this point of the story.
    """
    if not list(steps_for((step,), story.plan.backend)):
        return
    note_turned_away(story)
    story.line = step.line
    story.history.append(StepStarted, line=step.line, verb=step.verb, name=step.name, reaction=story.reaction)
    outer, story.crowd_wanted = (
        story.crowd_wanted,
        step.fails_with is not None and step.fails_with.status == CROWDED,
    )
    try:
        _do(story, step)
    except stripe.StripeError as error:
        _refused(story, step, error)
        return
    except UnresolvedInstant as error:
        raise StoryStopped(step.line, str(error)) from error
    finally:
        story.crowd_wanted = outer
    if step.fails_with is not None:
        story.history.append(NotRefused, line=step.line, wanted=_wanted(step.fails_with))


def _do(story: Story, step: Step) -> None:
    if _reads_the_meter(step):
        settle(story)
    match step:
        case ExpectStep():
            expect(story, step)
        case AdvanceStep():
            _advance(story, step)
        case CallStep() if step.call.returns:
            expect_answer(story, step)
        case _:
            VERBS[type(step)](story, step)


def _reads_the_meter(step: Step) -> bool:
    """Whether a step may bill what a meter shows at this moment."""
    if isinstance(step, CallStep):
        return step.call.method != "GET" and step.call.path.startswith("/v1/subscription")
    return isinstance(step, READS_THE_METER)


def _advance(story: Story, step: AdvanceStep) -> None:
    wanted = step.advance
    target = story.resolve(wanted.to)
    if step.fails_with is not None:
        bare_advance(story, target)
        return
    if story.passed is not None and target <= story.passed:  # the clock had to go on past a held draft
        return
    hops = advance_hops(step, story.plan.case, story.plan.calendar, story.now)
    advance(story, hops, perform, settled=wanted.settle, pausing=wanted.pause == "auto")


def _refused(story: Story, step: Step, error: stripe.StripeError) -> None:
    wanted = _wanted(step.fails_with) if step.fails_with is not None else None
    expected = wanted is not None and _agrees(wanted, error)
    note_refusal(story, step.line, error, wanted=wanted, expected=expected)
    if not expected:
        raise StoryStopped(step.line, f"{step.verb} was refused: {_message(error)}") from error


def note_refusal(
    story: Story,
    line: int,
    error: stripe.StripeError,
    *,
    wanted: Wanted | None = None,
    expected: bool = False,
) -> None:
    """Put a refusal into the history, with the exchange that carried it."""
    calls = (entry for entry in reversed(story.history.entries) if isinstance(entry, Called))
    newest = next(calls, None)
    body = _body(error)
    story.history.append(
        Refused,
        line=line,
        call=newest.n if newest else None,
        expected=expected,
        wanted=wanted,
        status=error.http_status,
        type=body.get("type"),
        code=body.get("code"),
        param=body.get("param"),
        message=_message(error),
    )


def _agrees(wanted: Wanted, error: stripe.StripeError) -> bool:
    body = _body(error) | {"status": error.http_status}
    message = wanted.get("message")
    if message is not None and message not in _message(error):
        return False
    return all(body.get(name) == value for name, value in wanted.items() if name != "message")


def _body(error: stripe.StripeError) -> dict[str, Any]:
    decoded = error.json_body
    found = decoded.get("error") if isinstance(decoded, dict) else None
    return found if isinstance(found, dict) else {}


def _message(error: stripe.StripeError) -> str:
    return str(_body(error).get("message") or error.user_message or type(error).__name__)


def _wanted(fails_with: FailsWith) -> Wanted:
    return fails_with.model_dump(exclude_none=True)
