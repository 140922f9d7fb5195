"""The same as the texts, for machines: one versioned JSON object."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from harness.check import Checked, Finding
from harness.check.accounting import Account, Fate
from harness.diagnose import Cause, Evidence
from harness.history import wording
from harness.history.facts import Facts

FORMAT = 1
"""Raised when a member changes its meaning or goes away."""

Json = dict[str, Any]


def as_json(facts: Facts, checked: Checked, causes: Sequence[Cause]) -> Json:
    """Findings, accounts and causes of a story. Units are text, so that no reader makes them inexact."""
    return {
        "format": FORMAT,
        "kind": "explanation",
        "file": facts.case.file,
        "case": facts.case.case,
        "backend": facts.case.backend,
        "passed": checked.passed,
        "findings": [_finding(finding) for finding in checked.findings],
        "accounts": [_account(facts, account) for account in checked.accounts],
        "causes": [_cause(cause) for cause in causes],
    }


def _finding(finding: Finding) -> Json:
    return {
        "code": finding.code,
        "verdict": finding.verdict,
        "line": finding.line or None,
        "entry": finding.entry,
        "invoice": finding.invoice,
        "title": finding.title,
        "summary": finding.summary,
        "differences": [
            {"what": row.what, "expected": row.expected, "actual": row.actual} for row in finding.rows
        ],
    }


def _account(facts: Facts, account: Account) -> Json:
    return {
        "meter": facts.label_of(account.meter),
        "event_name": account.event_name,
        "customer": facts.label_of(account.customer),
        "reported": _units(account.reported),
        "billed": _units(account.total("billed")),
        "lost": _units(account.total("lost")),
        "events": [_event(row) for row in account.rows],
    }


def _event(row: Fate) -> Json:
    return {
        "label": row.usage.label,
        "entry": row.usage.n,
        "line": row.usage.line,
        "identifier": row.usage.identifier,
        "stamp": row.usage.stamp,
        "sent_at": row.usage.sent_at,
        "units": _units(row.units),
        "fate": row.fate,
        "invoice": row.invoice,
        "cycle": row.cycle,
        "times_billed": row.times_billed,
        "missed": [{"invoice": invoice, "reason": reason} for invoice, reason in row.missed],
    }


def _cause(cause: Cause) -> Json:
    return {
        "code": cause.code,
        "certainty": cause.certainty,
        "title": cause.title,
        "headline": cause.headline,
        "units": _units(cause.units),
        "events": list(cause.events),
        "invoice": cause.invoice,
        "evidence": [
            {"entry": each.n, "clock": each.at, "text": each.text, "line": each.line}
            for each in cause.evidence
        ],
        "meaning": cause.meaning,
        "advice": cause.advice,
        "docs": f"https://{cause.docs}",
    }


def _evidence(evidence: Evidence) -> Json:
    return {"entry": evidence.n, "clock": evidence.at, "text": evidence.text, "line": evidence.line}


def _units(units: Decimal) -> str:
    return wording.number(units)
