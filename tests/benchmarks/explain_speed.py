"""Seconds of `harness explain` on a trace, start included: `python tests/benchmarks/explain_speed.py`."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median
from time import perf_counter

from harness.run import run_case
from harness.scenario import load_file

TARGET_SECONDS = 0.5
ROUNDS = 7
STORY = Path(__file__).parents[2] / "scenarios" / "usage-from-invoice-created.yaml"


def main() -> None:
    """Print the median over some rounds; the first one, which may compile modules, is left out."""
    with tempfile.TemporaryDirectory() as folder:
        trace = Path(folder) / "story.jsonl"
        run_case(load_file(STORY).cases[-1]).write(trace)
        taken = [explained(trace) for _ in range(ROUNDS + 1)][1:]
    print(f"explain  {median(taken):.2f} s, slowest {max(taken):.2f} s (target {TARGET_SECONDS} s)")


def explained(trace: Path) -> float:
    """Seconds of one run in a process of its own, without any key."""
    began = perf_counter()
    subprocess.run([sys.executable, "-m", "harness", "explain", str(trace)], check=True, capture_output=True)
    return perf_counter() - began


if __name__ == "__main__":
    main()
