"""The commands: what they print where, and how they exit."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from harness.outcomes import BROKEN, FINE, FOUND, MISUSED

ROOT = Path(__file__).parents[2]


def harness(*arguments: str, cwd: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    clean = {
        name: value for name, value in os.environ.items() if not name.startswith(("HARNESS_", "STRIPE_"))
    }
    return subprocess.run(
        [sys.executable, "-m", "harness", *arguments],
        cwd=cwd,
        env=clean | {"PYTHONPATH": str(ROOT), **environment},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_run_passes_with_0_and_fails_with_1(project: Path) -> None:
    assert harness("run", "-k", "right", cwd=project).returncode == FINE
    failed = harness("run", cwd=project)
    assert failed.returncode == FOUND
    assert "month[wrong]" in failed.stdout


def test_run_takes_files_and_folders_without_a_conftest(project: Path) -> None:
    (project / "conftest.py").unlink()
    (project / "scenarios").rename(project / "stories")
    assert harness("run", "stories", cwd=project).returncode == FOUND
    assert harness("run", "stories/month.yaml", "-k", "right", cwd=project).returncode == FINE


@pytest.mark.parametrize("command", ["run", "check", "plan"])
def test_a_path_that_is_not_there_is_misuse(project: Path, command: str) -> None:
    result = harness(command, "nowhere.yaml", cwd=project)
    assert (result.returncode, result.stdout) == (MISUSED, "")
    assert result.stderr == "harness: nowhere.yaml does not exist\n"


def test_without_a_scenarios_folder_the_default_says_so(tmp_path: Path) -> None:
    result = harness("run", cwd=tmp_path)
    assert result.returncode == MISUSED
    assert "no folder `scenarios`" in result.stderr


def test_a_folder_without_scenarios_is_misuse_not_success(tmp_path: Path) -> None:
    (tmp_path / "scenarios").mkdir()
    result = harness("run", cwd=tmp_path)
    assert result.returncode == MISUSED
    assert "no scenarios below scenarios" in result.stderr


def test_a_backend_that_will_not_have_us_is_exit_3(project: Path) -> None:
    for arguments in ([], ["-n", "2"]):
        result = harness(
            "run", "--backend", "stripe", *arguments, cwd=project, STRIPE_API_KEY="sk_live_neverprinted"
        )
        assert result.returncode == BROKEN
        assert "live key" in result.stdout
        assert "neverprinted" not in result.stdout + result.stderr


def test_an_unreadable_file_is_exit_2(project: Path) -> None:
    (project / "scenarios" / "bad.yaml").write_text("scenario: [", encoding="utf-8")
    assert harness("run", cwd=project).returncode == MISUSED


def test_check_counts_files_cases_and_problems(project: Path) -> None:
    result = harness("check", cwd=project)
    assert result.returncode == FINE
    assert result.stdout.startswith("scenarios/  1 file, 2 cases, 0 problems")


def test_check_shows_every_problem_and_exits_with_1(project: Path) -> None:
    (project / "scenarios" / "bad.yaml").write_text("scenario: x\nclok: 2026-01-01\n", encoding="utf-8")
    told = harness("check", cwd=project)
    assert told.returncode == FOUND
    assert "scenarios/bad.yaml:2:1" in told.stdout
    assert "clock" in told.stdout
    terse = harness("check", "--terse", cwd=project)
    assert all(line.startswith(("scenarios/bad.yaml:", "scenarios/ ")) for line in terse.stdout.splitlines())


def test_check_json_is_one_versioned_object(project: Path) -> None:
    report = json.loads(harness("check", "--json", cwd=project).stdout)
    assert report == {"format": 1, "files": 1, "cases": 2, "problems": []}


def test_plan_shows_only_the_cases_asked_for(project: Path) -> None:
    result = harness("plan", "scenarios/month.yaml", "-k", "wrong", cwd=project)
    assert result.returncode == FINE
    assert "month[wrong]" in result.stdout
    assert "month[right]" not in result.stdout


def test_schema_is_the_stored_one(project: Path) -> None:
    stored = (ROOT / "harness" / "scenario" / "schema.json").read_text(encoding="utf-8")
    assert json.loads(harness("schema", cwd=project).stdout) == json.loads(stored)


def test_explain_works_from_the_trace_alone(project: Path, tmp_path: Path) -> None:
    harness("run", cwd=project)
    trace = tmp_path / "copied.jsonl"
    trace.write_bytes((project / ".harness" / "last" / "month-wrong.jsonl").read_bytes())
    result = harness("explain", str(trace), cwd=tmp_path)
    assert result.returncode == FINE
    assert "40" in result.stdout
    assert json.loads(harness("explain", str(trace), "--json", cwd=tmp_path).stdout)["format"] == 1


@pytest.mark.parametrize("content", ["", "garbage", "{}\n", '{"kind":"case","n":1}\n', "\x00\x01", "[1]\n"])
def test_what_is_no_trace_is_one_line_and_exit_2(tmp_path: Path, content: str) -> None:
    trace = tmp_path / "foreign.jsonl"
    trace.write_text(content, encoding="utf-8")
    result = harness("explain", str(trace), cwd=tmp_path)
    assert result.returncode == MISUSED
    assert len(result.stderr.splitlines()) == 1
    assert "foreign.jsonl" in result.stderr


def test_help_leads_with_examples() -> None:
    told = harness("--help", cwd=ROOT).stdout
    assert "\n  harness run scenarios/x.yaml     run one file\n" in told
    assert "\\b" not in told


def test_no_color_is_honoured(project: Path) -> None:
    result = harness("run", cwd=project, NO_COLOR="1", FORCE_COLOR="")
    assert "\x1b" not in result.stdout + result.stderr
