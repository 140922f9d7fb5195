"""Causes of refusals that say nothing about the event: too many requests, and sessions that ran out.

A scenario's own steps are tried again for a while, so these show in an application's log, or where its code
or a step gives up.
"""

from __future__ import annotations

from collections.abc import Iterator

from harness.diagnose.evidence import amount_of, reports
from harness.diagnose.registry import DOCS, RECORDING, Fit, cause
from harness.diagnose.story import Story


def _answered(story: Story, status: int, words: str) -> Iterator[Fit]:
    """One case per account, of refused events that were answered so."""
    for _, rows in story.by_account("refused"):
        mine = tuple(row for row in rows if (row.usage.refusal or {}).get("status") == status)
        if mine:
            yield Fit(f"{amount_of(mine)} refused with {status}: {words}", tuple(reports(mine)), mine)


@cause(
    "U16",
    "several events of one customer and meter were sent at the same moment",
    meaning="Events of one customer on one meter are taken one after the other; a second one at the same"
    " moment gets a 409 and is not counted.",
    advice="send it again under the same identifier, or send one customer's events in turn",
    docs=RECORDING,
)
def sent_at_once(story: Story) -> Iterator[Fit]:
    """MTR-69."""
    yield from _answered(story, 409, "sent at the same moment as another")


@cause(
    "U17",
    "the event was refused for the number of requests, and not sent again",
    meaning="Beyond the account's rate a request gets a 429 and does nothing. Stripe's SDKs never try a 429"
    " again unless the answer tells them to.",
    advice="wait and send it again under the same identifier; for many events use the meter event stream",
    docs=f"{DOCS}/rate-limits",
)
def rate_limited(story: Story) -> Iterator[Fit]:
    """MTR-84, PRO-33."""
    yield from _answered(story, 429, "too many requests")


@cause(
    "U18",
    "the key, or the stream's session, was not valid",
    meaning="A meter event stream's session lasts 15 minutes; after that each request is answered with 401"
    " and counts nothing.",
    advice="make a new session before the old one ends, and send the event again",
    docs=RECORDING,
)
def session_expired(story: Story) -> Iterator[Fit]:
    """MTR-107."""
    yield from _answered(story, 401, "the session had expired")
