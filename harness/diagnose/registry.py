"""The catalogue of causes: each is one function, registered with what is always true of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from decimal import Decimal

from harness.check.accounting import Fate
from harness.diagnose.causes import Evidence
from harness.diagnose.story import Story

DOCS = "docs.stripe.com"
USAGE = f"{DOCS}/billing/subscriptions/usage-based"
GRACE = f"{USAGE}/configure-grace-period"
RECORDING = f"{USAGE}/recording-usage-api"
METERS = f"{USAGE}/meters/configure"
MANAGING = f"{USAGE}/manage-billing"
TIERED = f"{DOCS}/subscriptions/pricing-models/tiered-pricing"
PER_USAGE = f"{DOCS}/subscriptions/pricing-models/usage-based-pricing"
CLOCKS = f"{DOCS}/billing/testing/test-clocks/api-advanced-usage"


@dataclass(frozen=True)
class Fit:
    """One case of a cause in this story.

    Args:
        headline: what happened, short enough for the first line of a failure.
        rows: the events that it explains.
        certain: whether the facts exclude all else; only when no other cause explains the same event either.
        units: how many units it explains; those of `rows` unless given.
        invoice: the id of the invoice that it is about.
        beside: whether it adds to another cause of the same events, instead of being in doubt with it.
    """

    headline: str
    evidence: tuple[Evidence, ...]
    rows: tuple[Fate, ...] = ()
    certain: bool = True
    units: Decimal | None = None
    invoice: str | None = None
    beside: bool = False


Finder = Callable[[Story], Iterable[Fit]]


@dataclass(frozen=True)
class Known:
    """A cause of the catalogue.

    Args:
        code: its id, such as `U38`.
        title: what it is.
        meaning: what Stripe does then.
        advice: what to do.
        docs: where Stripe says so.
        find: yields its cases in a story.
    """

    code: str
    title: str
    meaning: str
    advice: str
    docs: str
    find: Finder


REGISTRY: dict[str, Known] = {}
"""By code."""


def cause(code: str, title: str, *, meaning: str, advice: str, docs: str) -> Callable[[Finder], Finder]:
    """Register a function as the finder of a cause."""

    def register(find: Finder) -> Finder:
        REGISTRY[code] = Known(code, title, meaning, advice, docs, find)
        return find

    return register
