"""What a check found: only failures and what could not be decided; no finding means pass."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from harness.history.shapes import Period

Verdict = Literal["failed", "unknown"]


@dataclass(frozen=True)
class Row:
    """One difference: what was looked at, what was expected, what was there."""

    what: str
    expected: str
    actual: str


@dataclass(frozen=True)
class Scope:
    """What usage a finding is about; None leaves a side open. `period` is the claim's, `[start, end)`."""

    meter: str | None = None
    customer: str | None = None
    subscription: str | None = None
    period: Period | None = None


@dataclass(frozen=True)
class Finding:
    """Something that is not as the story says, or that nobody can tell.

    Args:
        code: what kind of finding, such as `line` or `unclaimed-loss`; stable, for machines.
        line: the scenario's line that claims it, 0 where the rule is the harness's own.
        entry: the number of the history's entry that it is about, such as the claim.
        invoice: the id of the invoice that it is about.
        title: what was expected, such as `expect invoice cycle1, line 1 (per-call)`.
        rows: the differences.
        verdict: `failed`, or `unknown` where the facts don't suffice; never a pass.
        summary: the whole finding in a few words, such as `cycle1: 0 of 40 units billed`.
        scope: the usage that it is about.
        events: labels of the events that it is about, where it names some.
    """

    code: str
    line: int
    entry: int | None
    invoice: str | None
    title: str
    rows: tuple[Row, ...]
    verdict: Verdict
    summary: str
    scope: Scope = Scope()
    events: tuple[str, ...] = ()
