"""(Claims, facts) in, findings out: expectations, matching, and what became of every reported unit."""

from __future__ import annotations

from harness.check.checking import Checked, check
from harness.check.findings import Finding, Row

__all__ = ["Checked", "Finding", "Row", "check"]
