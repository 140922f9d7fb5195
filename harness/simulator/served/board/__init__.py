"""The page at `/`: what is in the simulator now, and buttons that advance its clocks."""

from __future__ import annotations

from harness.simulator.served.board.page import ADVANCE, Board

__all__ = ["ADVANCE", "Board"]
