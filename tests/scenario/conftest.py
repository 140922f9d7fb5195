"""Helpers for tests of the scenario language."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from harness.scenario import ScenarioFile, load_file

# Examples of faulty files: read by test_problems, never run.
collect_ignore_glob = ["problems/*"]

Load = Callable[..., ScenarioFile]

HEAD = """\
scenario: A month of usage
clock: 2026-01-01
meters: {api_calls: {formula: sum}}
prices: {per-call: {meter: api_calls, unit_amount: 0.02 usd}}
customers: {acme: {payment_method: pm_card_visa}}
subscriptions: {acme-plan: {customer: acme, items: [per-call]}}
"""


@pytest.fixture
def head() -> str:
    """A scenario's declarations, to which a test adds its steps."""
    return HEAD


@pytest.fixture
def load(tmp_path: Path) -> Load:
    """Write a text to a file and load it; `name` and further files by keyword."""

    def write_and_load(text: str | bytes, name: str = "story.yaml", **others: str) -> ScenarioFile:
        for stem, content in others.items():
            (tmp_path / f"{stem}.shared.yaml").write_text(content, encoding="utf-8")
        path = tmp_path / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return load_file(path, tmp_path)

    return write_and_load


@pytest.fixture
def load_steps(load: Load, head: str) -> Load:
    """Load a scenario of which only the steps are given, as YAML list items."""

    def load_given(steps: str, before: str = "") -> ScenarioFile:
        return load(f"{head}{before}steps:\n{steps}")

    return load_given
