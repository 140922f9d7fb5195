"""Failure texts: the first line tells the whole story, then where, the accounting, why, and what to do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from harness.check import Checked, Finding
from harness.check.accounting import Account, cycle_of
from harness.diagnose import Cause
from harness.diagnose.relevance import causes_of, usage_about
from harness.history import wording
from harness.history.entries import Claimed
from harness.history.facts import Facts
from harness.report.blocks import advice, usage_table, where, why
from harness.report.explain import explain_text
from harness.report.layout import WIDTH, first_line, joined, labelled
from harness.report.machine import as_json

__all__ = ["TextOptions", "as_json", "explain_text", "failure_text", "headline", "pass_line"]

MOST_FINDINGS = 5
MOST_TABLES = 2
MOST_CAUSES = 3


@dataclass(frozen=True)
class TextOptions:
    """What a failure text refers to outside the history.

    Args:
        again: the command that runs just this case again; None leaves the line out.
        look: the report's address for this case; None leaves the line out.
        unreached: how many expectations a stopped story never came to.
    """

    again: str | None = None
    look: str | None = None
    unreached: int = 0


NO_OPTIONS = TextOptions()


def failure_text(
    facts: Facts, checked: Checked, causes: Sequence[Cause], options: TextOptions = NO_OPTIONS
) -> str:
    """The text of a case that did not pass; `checked` has at least one finding."""
    shown = checked.findings[:MOST_FINDINGS]
    relevant = _relevant(facts, checked, shown, causes)
    several = len(relevant) > 1
    blocks = [
        [headline(facts, checked, causes)],
        *(where(facts, finding) for finding in shown),
        _left_out(checked, options),
        *_tables(facts, checked, shown),
        *(why(cause, several=several) for cause in relevant),
        [*advice(relevant), *_shift(facts), *_pointers(options)],
    ]
    return joined(blocks)


def headline(facts: Facts, checked: Checked, causes: Sequence[Cause]) -> str:
    """The whole story in one line of at most eighty columns: what is wrong, and why if there is room."""
    first = checked.findings[0]
    reasons = causes_of(facts, checked, first, causes)
    for reason in reasons[:1]:
        whole = f"{first.summary}; {reason.headline}"
        if len(whole) <= WIDTH:
            return whole
    return first_line(first.summary)


def pass_line(facts: Facts, checked: Checked) -> str:
    """One line for a case that passed: how much was claimed, and how much usage is accounted for."""
    claims = sum(1 for _ in facts.all(Claimed))
    events = sum(len(account.rows) for account in checked.accounts)
    said = wording.plural(claims, "expectation")
    return f"{facts.case.case}: {said} met, {wording.plural(events, 'event')} accounted for"


def _relevant(
    facts: Facts, checked: Checked, findings: Sequence[Finding], causes: Sequence[Cause]
) -> list[Cause]:
    """The causes of the findings shown, each once, in the findings' order."""
    found: list[Cause] = []
    for finding in findings:
        found += [cause for cause in causes_of(facts, checked, finding, causes) if cause not in found]
    return found[:MOST_CAUSES]


def _left_out(checked: Checked, options: TextOptions) -> list[str]:
    lines = []
    if (more := len(checked.findings) - MOST_FINDINGS) > 0:
        lines.append(f"  and {wording.plural(more, 'more finding')}")
    if options.unreached:
        verb = "was" if options.unreached == 1 else "were"
        lines.append(f"  {wording.plural(options.unreached, 'later expectation')} {verb} not reached")
    return lines


def _tables(facts: Facts, checked: Checked, findings: Sequence[Finding]) -> list[list[str]]:
    """The accounting of each account that the findings are about, as the first of them sees it."""
    tables: dict[tuple[str | None, str, str | None], tuple[Finding, Account]] = {}
    for finding in findings:
        for account in usage_about(facts, checked, finding):
            tables.setdefault((account.meter, account.event_name, account.customer), (finding, account))
    named = len(checked.accounts) > 1
    return [
        usage_table(facts, account, _cycle(facts, finding), named=named)
        for finding, account in list(tables.values())[:MOST_TABLES]
    ]


def _cycle(facts: Facts, finding: Finding) -> str | None:
    period = finding.scope.period
    return cycle_of(facts, finding.scope.subscription, period.start) if period else None


def _shift(facts: Facts) -> list[str]:
    """Where the calendar was moved: the text tells the scenario's dates, the account has others."""
    years = facts.case.shift_years
    if not years:
        return []
    return labelled("Dates", f"the scenario's; in the account all is {wording.plural(years, 'year')} later")


def _pointers(options: TextOptions) -> list[str]:
    named = (("Again", options.again), ("Look", options.look))
    return [f"  {label:<8}{text}" for label, text in named if text]
