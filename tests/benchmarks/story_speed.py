"""Milliseconds for a one-month story in process: `python tests/benchmarks/story_speed.py` (target: 20)."""

import gc
from pathlib import Path
from statistics import median
from time import perf_counter

from harness.check import check
from harness.history.facts import read_facts
from harness.run import run_case
from harness.scenario import load_file

STORY = Path(__file__).parents[2] / "scenarios" / "plain-month.yaml"
ROUNDS = 40


def main() -> None:
    [case] = load_file(STORY).cases
    assert not check(read_facts(run_case(case).entries)).findings
    gc.collect()
    run_times, check_times = [], []
    for _ in range(ROUNDS):
        began = perf_counter()
        history = run_case(case)
        ran = perf_counter()
        check(read_facts(history.entries))
        run_times.append(1000 * (ran - began))
        check_times.append(1000 * (perf_counter() - ran))
    calls = sum(entry.kind == "call" for entry in history.entries)
    run_ms, check_ms = median(run_times), median(check_times)
    figures = f"run {run_ms:.1f} ms, check {check_ms:.1f} ms"
    print(f"one-month story, {calls} calls: {figures} (median of {ROUNDS}; target 20 ms)")


if __name__ == "__main__":
    main()
