"""Usage that another invoice of the same period has billed already."""

from __future__ import annotations

from collections.abc import Iterator

from harness.check.groups import THRESHOLD, Group
from harness.check.metering import ZERO
from harness.diagnose.causes import Evidence
from harness.diagnose.registry import USAGE, Fit, cause
from harness.diagnose.story import Story
from harness.history import wording


@cause(
    "U45",
    "an invoice that a billing threshold made had billed a part of it",
    meaning="When usage reaches a billing threshold, an invoice is made at once; the invoice at the end of"
    " the period bills only what is left.",
    advice="look for the rest on the period's `subscription_threshold` invoices, or claim both quantities",
    docs=f"{USAGE}/thresholds",
)
def billed_at_a_threshold(story: Story) -> Iterator[Fit]:
    """CHG-38, CHG-40."""
    for shortfall in story.shortfalls():
        earlier = _earlier(story, shortfall.finding.invoice)
        if not earlier or sum((group.quantity for group in earlier), ZERO) != shortfall.missing:
            continue
        names = wording.listed([group.invoice or "" for group in earlier])
        evidence = tuple(_shown(story, group) for group in earlier)
        headline = f"{wording.number(shortfall.missing)} billed by {names} at a threshold"
        yield Fit(headline, evidence, units=shortfall.missing, invoice=shortfall.finding.invoice)


def _earlier(story: Story, invoice: str | None) -> list[Group]:
    """The threshold invoices' shares of what a period's own invoice bills."""
    groups = story.checked.accounting.groups
    periods = {
        (each.item, each.period.start)
        for each in groups
        if each.invoice == invoice and each.reason != THRESHOLD
    }
    return [each for each in groups if each.reason == THRESHOLD and (each.item, each.period.start) in periods]


def _shown(story: Story, group: Group) -> Evidence:
    closing = group.closing
    n, at = (closing.by or 0, closing.at) if closing is not None else (0, None)
    label = story.facts.label_of(group.price)
    text = f"{group.invoice} bills {wording.number(group.quantity)} {label}: a threshold is reached"
    return Evidence(n, at, text)
