"""(Facts, findings) in, causes out, each with the evidence that can be found in the trace."""

from __future__ import annotations

from harness.diagnose.causes import Cause, Evidence
from harness.diagnose.diagnosis import diagnose

__all__ = ["Cause", "Evidence", "diagnose"]
