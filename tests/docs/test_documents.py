"""Every command and output in the documents is run, and is as printed.

After a change of output on purpose, `UPDATE_DOCUMENTS=1 pytest tests/docs` rewrites them; read the diff.
"""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DOCUMENTS = ["README.md", "scenarios/README.md", "scenarios/missing-usage/README.md", "harness/README.md"]
BLOCK = re.compile(r"```console\n(.*?)```", re.DOTALL)
ELSEWHERE = ("python3 -m venv", "STRIPE_API_KEY=")
"""Set-up commands, which `.ci/run` runs in a clean environment, and commands that need a Stripe account."""

CHANGING = [
    (re.compile(r"\b\d+\.\d+ ?s\b"), "N s"),
    (re.compile(r"\{\d+(\.\d+)?s\}"), "{N s}"),
    (re.compile(r"(?<=\d) +N s"), " N s"),
]
"""What differs from run to run: durations, and the blanks that align them."""


@dataclass(frozen=True)
class Shown:
    """A command in a document and the output printed under it."""

    command: str
    output: str


def blocks(document: str) -> list[str]:
    return BLOCK.findall((ROOT / document).read_text(encoding="utf-8"))


def shown_in(block: str) -> Iterator[Shown]:
    for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
        command, _, output = part.partition("\n")
        while command.endswith("\\"):
            more, _, output = output.partition("\n")
            command = f"{command[:-1].rstrip()} {more.strip()}"
        yield Shown(command, output)


def steady(text: str) -> str:
    for pattern, instead in CHANGING:
        text = pattern.sub(instead, text)
    return "\n".join(line.rstrip() for line in text.strip().splitlines())


def run(command: str, project: Path) -> str:
    """What a terminal would show, with `harness` and `pytest` those of this interpreter."""
    bin_folder = project / ".bin"
    bin_folder.mkdir(exist_ok=True)
    for name in ("harness", "pytest"):
        script = bin_folder / name
        script.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m {name} "$@"\n', encoding="utf-8")
        script.chmod(0o755)
    hidden = ("HARNESS_", "STRIPE_", "PYTEST_", "COV_", "CI", "BUILD_NUMBER")  # on CI pytest cuts no line
    environment = {name: value for name, value in os.environ.items() if not name.startswith(hidden)}
    environment |= {"PATH": f"{bin_folder}:{os.environ['PATH']}", "PYTHONPATH": str(project), "COLUMNS": "80"}
    done = subprocess.run(
        ["bash", "-c", command],
        cwd=project,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=120,
        check=False,
    )
    return done.stdout


def agrees(output: str, printed: str) -> bool:
    """Whether the output is as printed; a line of `...` stands for any lines."""
    pattern = r"\n".join(".*?" if line == "..." else re.escape(line) for line in steady(printed).split("\n"))
    return re.fullmatch(pattern, steady(output), re.DOTALL) is not None


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A copy of what a clone has, so that a document's commands may change files."""
    for name in ("harness", "scenarios", "conftest.py", "pyproject.toml", "README.md"):
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, tmp_path / name)
    return tmp_path


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_command_gives_the_output_printed_under_it(document: str, checkout: Path) -> None:
    wrong = []
    updated = (ROOT / document).read_text(encoding="utf-8")
    for block in blocks(document):
        fresh = []
        for shown in shown_in(block):
            output = shown.output if shown.command.startswith(ELSEWHERE) else run(shown.command, checkout)
            if not shown.command.startswith(ELSEWHERE) and not agrees(output, shown.output):
                wrong.append(f"$ {shown.command}\n{output}")
            kept = shown.output if agrees(output, shown.output) else output
            fresh.append(f"$ {shown.command}\n{kept.rstrip()}".rstrip() + "\n")
        updated = updated.replace(block, "".join(fresh))
    if os.environ.get("UPDATE_DOCUMENTS"):
        (ROOT / document).write_text(updated, encoding="utf-8")
        return
    assert "\n".join(wrong) == ""


def test_the_set_up_commands_of_the_readme_are_what_ci_runs() -> None:
    script = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    commands = [
        shown.command
        for block in blocks("README.md")
        for shown in shown_in(block)
        if shown.command.startswith("python3 -m venv")
    ]
    assert len(commands) == 2
    assert [command for command in commands if command not in script] == []


@pytest.mark.parametrize("document", [*DOCUMENTS, "CHANGELOG.md"])
def test_links_inside_the_repository_lead_somewhere(document: str) -> None:
    text = (ROOT / document).read_text(encoding="utf-8")
    targets = re.findall(r"\]\((?!https?://|#)([^)#]+)", text)
    missing = [target for target in targets if not (ROOT / document).parent.joinpath(target).exists()]
    assert missing == []
