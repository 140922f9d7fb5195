"""Plan in, history out: the only place with effects and waiting."""

from __future__ import annotations

from harness.run.runner import run_case

__all__ = ["run_case"]
