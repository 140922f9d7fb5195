"""`kill -9` in the middle of load: a few rounds here, a hundred by `tests/benchmarks/crash_rounds.py`."""

import os
import re
import subprocess
import sys
from pathlib import Path

SCRIPT = Path(__file__).parents[1] / "benchmarks" / "crash_rounds.py"
ROUNDS = os.environ.get("HARNESS_CRASH_ROUNDS", "3")


def test_what_was_answered_is_there_after_kill_9_and_nothing_twice() -> None:
    told = subprocess.run(
        [sys.executable, str(SCRIPT), "--rounds", ROUNDS],
        capture_output=True,
        text=True,
        timeout=900,
        check=False,
    )
    assert told.returncode == 0, told.stdout + told.stderr
    figures = dict(re.findall(r"([a-z][a-z _]*) (\d+)", told.stdout))
    assert (figures["lost"], figures["doubled"]) == ("0", "0")
    assert int(figures["answered"]) > 20
