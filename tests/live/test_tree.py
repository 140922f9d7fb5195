"""Many stories at once against a served simulator: the rate is kept, and nothing stays behind."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
STORIES = ("plain-month.yaml", "package-price.yaml", "refused-meter-events.yaml", "meters", "cycles")
CLOCKS = "/v1/test_helpers/test_clocks"


def command(traces: Path, *stories: str) -> list[str]:
    paths = [str(ROOT / "scenarios" / story) for story in stories]
    return [
        sys.executable,
        "-m",
        "harness",
        "run",
        *paths,
        "--backend",
        "stripe",
        "-n",
        "2",
        "--traces",
        str(traces),
    ]


def statuses(traces: Path) -> list[int]:
    texts = (file.read_text(encoding="utf-8") for file in traces.glob("*.jsonl"))
    lines = (json.loads(line) for text in texts for line in text.splitlines())
    return [line["status"] for line in lines if line["kind"] == "call"]


def test_two_workers_keep_the_rate_and_leave_no_clock_behind(account: Any, tmp_path: Path) -> None:
    done = subprocess.run(
        command(tmp_path / "traces", *STORIES), cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    seen = statuses(tmp_path / "traces")
    assert len(seen) > 300
    assert seen.count(429) == 0
    assert account.all(CLOCKS) == []
    assert account.all("/v1/customers") == []


def clean(*arguments: str) -> subprocess.CompletedProcess[str]:
    said = [sys.executable, "-m", "harness", "clean", *arguments]
    return subprocess.run(said, capture_output=True, text=True, check=False)


def start_and_wait_for_a_clock(account: Any, traces: Path) -> "subprocess.Popen[str]":
    process = subprocess.Popen(
        command(traces, *STORIES), cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, text=True,
        start_new_session=True,
    )  # fmt: skip
    for _ in range(3_000):  # a minute and more: on a loaded machine workers take long to start
        if len(account.all(CLOCKS)) == 2:
            return process
        time.sleep(0.02)  # noqa: TID251  # another process is at work
    os.killpg(process.pid, signal.SIGKILL)
    process.wait(timeout=20)
    raise AssertionError("no worker made a clock")


def test_what_killed_workers_leave_behind_is_cleaned_up(account: Any, tmp_path: Path) -> None:
    process = start_and_wait_for_a_clock(account, tmp_path / "traces")
    os.killpg(process.pid, signal.SIGKILL)
    process.wait(timeout=20)
    left = account.all(CLOCKS)
    assert left
    done = clean("--older-than", "0s", "--yes")
    assert done.returncode == 0, done.stderr
    assert all(clock["id"] in done.stdout for clock in left)
    assert account.all(CLOCKS) == []


@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM], ids=["ctrl-c", "terminate"])
def test_an_interrupted_run_cleans_up_by_itself(sent: signal.Signals, account: Any, tmp_path: Path) -> None:
    process = start_and_wait_for_a_clock(account, tmp_path / "traces")
    os.killpg(process.pid, sent)
    process.wait(timeout=60)
    for _ in range(250):
        if not account.all(CLOCKS):
            return
        time.sleep(0.02)  # noqa: TID251  # another process is at work
    assert account.all(CLOCKS) == []
