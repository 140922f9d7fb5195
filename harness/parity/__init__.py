"""Where two runs of a story disagree: what each came to, without ids and wall time, field by field."""

from __future__ import annotations

from harness.parity.comparing import Difference, compare
from harness.parity.results import Json, result_of

__all__ = ["Difference", "Json", "compare", "result_of"]
