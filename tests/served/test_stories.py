"""Every story tells the same through the live backend against `harness serve` as in process."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from math import ceil
from pathlib import Path
from typing import Any

import pytest
from pyrate_limiter import Limiter, Rate

from harness.backends import LiveSettings, live, throttle
from harness.check import check
from harness.history.entries import CaseEnded
from harness.history.facts import read_facts
from harness.run import run_case
from harness.run.runner import simulator_settings
from harness.scenario import Case, find_files, load_file

SCENARIOS = Path(__file__).parents[2] / "scenarios"
FILES = [load_file(path) for path in find_files([SCENARIOS]) if path.parent.name != "probes"]
CASES = [
    case
    for file in FILES
    for case in file.cases
    if (not case.scenario.only_on or "stripe" in case.scenario.only_on) and not case.scenario.xfail
]


READS_A_LIST_AT_ONCE = {"hidden-from-lists", "removed-from-newer-versions"}
"""Stories that look into a list a moment after something was made; lifelike lists run a second behind."""


HOUR = 3_600
LAG_SECONDS = (20, 90)


@pytest.fixture(scope="module", params=["calm", "lifelike"])
def serving(request: pytest.FixtureRequest, start_server: Callable[..., Any]) -> Iterator[Any]:
    running = start_server("--profile", request.param)
    running.profile = request.param
    yield running
    running.stop()


def hurry(monkeypatch: pytest.MonkeyPatch, server: Any, key: str) -> None:
    """No rate to keep, and waiting moves the account's wall time instead of taking any of ours."""

    def sleep(seconds: float) -> None:
        server.control("POST time", key, seconds=ceil(seconds))

    monkeypatch.setenv("STRIPE_API_KEY", key)
    monkeypatch.setattr(throttle, "limiter_for", lambda *_: Limiter(Rate(100_000, 1_000)))
    monkeypatch.setattr(live.time, "sleep", sleep)


def outcome(entries: Any) -> Any:
    """How a story ended, what was found wrong with it, and every bill in it."""
    facts = read_facts(entries)
    bills = []
    for seen in facts.invoices.values():
        invoice = seen[-1].view
        lines = sorted((str(line.quantity), line.amount) for line in invoice.lines)
        bills.append((invoice.status, invoice.total, lines))
    ended = next(entry for entry in entries if isinstance(entry, CaseEnded))
    return ended.outcome, [finding.code for finding in check(facts).findings], sorted(bills)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_story_has_the_same_result_over_http(
    serving: Any, case: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    if serving.profile == "lifelike" and case.name in READS_A_LIST_AT_ONCE:
        pytest.skip("lifelike lists run behind")
    folder = SCENARIOS.parent / Path(case.file).parent
    here = run_case(case, "simulator", folder)
    key = f"sk_test_{case.name}"
    hurry(monkeypatch, serving, key)
    wanted = simulator_settings(case)
    if serving.profile == "calm":
        serving.control("POST settings", key, lag_seconds=list(wanted.lag_seconds or LAG_SECONDS))
    serving.control("POST settings", key, grace_seconds=wanted.grace_seconds or HOUR)
    there = run_case(case, "stripe", folder, LiveSettings(api_base=serving.url))
    assert outcome(there.entries) == outcome(here.entries)
