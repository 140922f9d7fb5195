"""What the README says about accounts, tried on this machine."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
README = ROOT / "README.md"
SECTIONS = ("## Run it against your account", "## Commands")
COMMAND = re.compile(r"`(harness [^`]+)`")
BY_HAND = {"harness serve --profile lifelike --speed 60"}  # what `account` has done
NEEDS_THE_REST = {
    "harness run … --traces live": "harness run scenarios --backend stripe --traces live",
    "harness run … --traces here": "harness run scenarios --traces here",
}


def commands() -> list[str]:
    """In the order of the text, each once, with `…` filled in."""
    told = README.read_text(encoding="utf-8")
    begin, end = (told.index(heading) for heading in SECTIONS)
    said = [NEEDS_THE_REST.get(each, each) for each in COMMAND.findall(told[begin:end])]
    return [each for each in dict.fromkeys(said) if each not in BY_HAND]


@pytest.fixture
def checkout(account: Any, tmp_path: Path) -> Path:
    """A small tree of stories."""
    (tmp_path / "scenarios" / "probes").mkdir(parents=True)
    shutil.copy(ROOT / "scenarios" / "plain-month.yaml", tmp_path / "scenarios")
    shutil.copy(
        ROOT / "scenarios" / "probes" / "UNK-27-cycle-without-usage.yaml", tmp_path / "scenarios" / "probes"
    )
    (tmp_path / "bin").mkdir()
    script = tmp_path / "bin" / "harness"
    script.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m harness "$@"\n', encoding="utf-8")
    script.chmod(0o755)
    return tmp_path


def test_every_command_works_in_its_order(checkout: Path) -> None:
    path = {**os.environ, "PATH": f"{checkout / 'bin'}:{os.environ['PATH']}"}
    tried = []
    for command in commands():
        if command == "harness outcomes":  # the night's; tests/workflows runs it
            continue
        done = subprocess.run(
            ["bash", "-c", command], cwd=checkout, env=path, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
        tried.append(command)
    assert len(tried) >= 9
    assert list((checkout / "tests" / "parity" / "recorded").glob("*.json"))
