"""Lost usage, by what explains that no invoice bills it."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from harness.check.accounting import Account, Fate
from harness.diagnose.causes import Evidence
from harness.diagnose.evidence import amount_of, by_time, reports
from harness.diagnose.registry import Fit
from harness.diagnose.story import Story

Explains = Callable[[Story, Account, Fate], Evidence | None]
"""The evidence that it explains why an event is on no invoice, or None when it doesn't."""


def lost(story: Story, explains: Explains, words: str, *, certain: bool = True) -> Iterator[Fit]:
    """One case per account, of events that `explains` has evidence for; `words` go on after the units."""
    for account, rows in story.by_account("lost"):
        found = [(row, shown) for row in rows if (shown := explains(story, account, row)) is not None]
        if found:
            mine = tuple(row for row, _ in found)
            evidence = by_time(*reports(mine), found[0][1])
            yield Fit(f"{amount_of(mine)} {words}", evidence, mine, certain=certain)
