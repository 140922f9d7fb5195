"""One `expect` step against what was visible when it was made."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from harness.check.answer_claims import check_answer
from harness.check.event_claims import check_events, check_meter_error
from harness.check.findings import Finding, Row
from harness.check.invoice_claims import check_invoice, check_invoice_count
from harness.check.subscription_claims import check_subscription
from harness.check.usage_claims import check_usage_summary, check_usage_total
from harness.history.entries import Claimed
from harness.history.facts import Facts

Checker = Callable[[Facts, Claimed], Sequence[Finding]]

CHECKERS: dict[str, Checker] = {
    "invoice": check_invoice,
    "invoices": check_invoice_count,
    "usage": check_usage_total,
    "events": check_events,
    "subscription": check_subscription,
    "meter_error": check_meter_error,
    "usage_summary": check_usage_summary,
    "answer": check_answer,
}
"""By the claim's key; `usage.never_billed` is judged at the end of the story, by `losses`."""


def evaluate(facts: Facts, claimed: Claimed) -> tuple[Finding, ...]:
    """The findings of one claim, from what the entries before it showed."""
    found: list[Finding] = []
    for name, checker in CHECKERS.items():
        if name in claimed.claim:
            found += guarded(checker, facts, claimed)
    return tuple(found)


def guarded(checker: Checker, facts: Facts, claimed: Claimed) -> Sequence[Finding]:
    """The checker's findings; one that crashes has decided nothing, so its claim is unknown, never a pass."""
    try:
        return checker(facts, claimed)
    except Exception as error:  # noqa: BLE001  # whatever went wrong, the claim is undecided
        text = f"{type(error).__name__}: {error}"
        row = Row("check", "to decide it", text)
        summary = f"line {claimed.line} could not be checked: {text}"
        return [Finding("crashed", claimed.line, claimed.n, None, "expect", (row,), "unknown", summary)]
