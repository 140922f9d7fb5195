"""Drafts that are held for longer than their hour: the clock goes on until Stripe lets go of them."""

from __future__ import annotations

from collections.abc import Callable

from harness.history.entries import Noted
from harness.history.shapes import Invoice
from harness.run.reading import read_invoices
from harness.run.story import Story
from harness.run.waiting import INVOICE, Look, wait_until

HOUR = 3_600  # how long a draft stays open when nothing holds it (INV-18)
LONGEST_HOLD = 72 * HOUR  # INV-27, LIV-21
MARGIN = 5 * 60  # LIV-30


def step_on(story: Story, move: Callable[[int, str], None]) -> None:
    """After an advance: wait for drafts whose hour has passed, and move on past those that are held.

    Nothing is done where drafts cannot be held, nor for drafts that nobody will finalize.

    Args:
        story: the run in progress.
        move: takes the clock to an instant, for a reason.
    """
    if not story.backend.traits.holds_drafts or not _look(story).value:
        return
    last = wait_until(story, "overdue drafts to become final", lambda: _look(story), INVOICE)
    if last.done:
        return
    held = _overdue(story)
    until = max(_finalizes_at(draft) for draft in held) + MARGIN
    if until > story.now:
        names = ", ".join(draft.id for draft in held)
        story.history.append(
            Noted, text=f"held as a draft for longer than an hour, so the clock goes on: {names}"
        )
        move(until, "a draft is held")
        story.passed = until


def _look(story: Story) -> Look:
    for label in story.plan.case.scenario.customers:
        read_invoices(story, customer=story.id("customer", label))
    overdue = _overdue(story)
    return Look(not overdue, f"{len(overdue)} still draft", overdue)


def _overdue(story: Story) -> list[Invoice]:
    """Cycle drafts, as last seen, that should be final by now were they not held."""
    return [
        seen.view
        for seen in story.facts().last_invoices()
        if seen.view.status == "draft" and seen.view.auto_advance and seen.view.created + HOUR <= story.now
    ]


def _finalizes_at(draft: Invoice) -> int:
    """What Stripe says, or where it says nothing, the end of the longest hold (LIV-24)."""
    latest = draft.created + LONGEST_HOLD
    return latest if draft.finalizes_at is None else min(draft.finalizes_at, latest)
