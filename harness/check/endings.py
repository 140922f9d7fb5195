"""How the story itself went: refusals nobody asked for, steps that had to fail, and an early end."""

from __future__ import annotations

from collections.abc import Iterator

from harness.check.findings import Finding, Row, Verdict
from harness.history.entries import (
    Called,
    CaseEnded,
    NotRefused,
    RecordReported,
    Refused,
    UsageReported,
    Waited,
)
from harness.history.facts import Facts


def check_endings(facts: Facts) -> list[Finding]:
    """Findings about steps and the end of the story, in order; none where the story could not be told."""
    if any(ended.outcome == "skipped" for ended in facts.all(CaseEnded)):
        return []
    found = [_refused(facts, refusal) for refusal in facts.all(Refused) if not refusal.expected]
    found += [_not_refused(entry) for entry in facts.all(NotRefused)]
    for ended in facts.all(CaseEnded):
        if ended.outcome != "completed" and not any(finding.code == "refused" for finding in found):
            found.append(_stopped(facts, ended))
    return found


def _refused(facts: Facts, refusal: Refused) -> Finding:
    call = facts.entries[refusal.call - 1] if refusal.call else None
    where = f"{call.method} {call.path}" if isinstance(call, Called) else "a call"
    wanted = _wanted(refusal.wanted) if refusal.wanted else "to be accepted"
    rows = [
        Row("answer", wanted, _answer(refusal)),
        Row("call", "", where),
        Row("message", "", refusal.message),
    ]
    summary = f"line {refusal.line}: refused: {refusal.message}"
    title = "the API accepts the step" if refusal.wanted is None else "the API refuses the step in this way"
    return Finding(
        code="refused",
        line=refusal.line,
        entry=refusal.n,
        invoice=None,
        title=title,
        rows=tuple(rows),
        verdict="failed",
        summary=summary,
        events=tuple(sent.label for sent in _reports(facts) if sent.call == refusal.call),
    )


def _reports(facts: Facts) -> Iterator[UsageReported | RecordReported]:
    yield from facts.all(UsageReported)
    yield from facts.all(RecordReported)


def _answer(refusal: Refused) -> str:
    parts = [str(refusal.status or "no answer"), refusal.type, refusal.code]
    param = f"param {refusal.param}" if refusal.param else None
    return ", ".join(part for part in (*parts, param) if part)


def _wanted(wanted: dict[str, object]) -> str:
    return ", ".join(f"{name} {value}" for name, value in wanted.items())


def _not_refused(entry: NotRefused) -> Finding:
    wanted = _wanted(entry.wanted)
    row = Row("step", f"to fail with {wanted}", "it went through")
    summary = f"line {entry.line}: accepted, but had to fail with {wanted}"
    title = "the API refuses the step"
    return Finding("not-refused", entry.line, entry.n, None, title, (row,), "failed", summary)


def _stopped(facts: Facts, ended: CaseEnded) -> Finding:
    given_up = [wait for wait in facts.all(Waited) if not wait.done]
    reason = ended.reason or "no reason was noted"
    rows = [Row("reason", "", reason)]
    if given_up:
        last = given_up[-1]
        looked = f"{last.last}, after {last.slept:.0f} s and {last.looks} looks"
        rows.append(Row(f"wait #{last.n}", "", f"for {last.reason}: {looked}"))
    verdict: Verdict = "unknown" if ended.outcome == "broken" else "failed"
    summary = f"stopped: {reason}"
    title = "the story is told to its end"
    return Finding("stopped", ended.line or 0, ended.n, None, title, tuple(rows), verdict, summary)
