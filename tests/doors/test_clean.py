"""`harness clean` at the command line."""

from collections.abc import Callable
from typing import Any

import pytest
from click.testing import CliRunner, Result

from harness import cleaning
from harness.backends import BackendRefused, SimulatorSettings, open_backend
from harness.cli import main
from harness.run.tags import clock_name, tag_of

Run = Callable[..., Result]


@pytest.fixture
def account(monkeypatch: pytest.MonkeyPatch) -> Any:
    backend = open_backend("simulator", SimulatorSettings(wall=1_795_132_800))
    backend.run_id, backend.owner = "run1", "qa"
    monkeypatch.setattr(cleaning, "open_backend", lambda *_, **__: backend)
    name = clock_name(tag_of(backend), "plain-month")
    backend.client.v1.test_helpers.test_clocks.create({"frozen_time": 1_800_000_000, "name": name})
    return backend


def clean(*arguments: str, answer: str = "") -> Result:
    return CliRunner().invoke(main, ["clean", *arguments], input=answer)


def clocks(account: Any) -> int:
    return len(account.client.v1.test_helpers.test_clocks.list().data)


def test_it_shows_what_it_found_and_asks_first(account: Any) -> None:
    result = clean("--older-than", "0s", answer="n\n")
    assert result.exit_code == 0
    assert "clock_sim000001" in result.stdout
    assert "run1" in result.stdout
    assert "2026-11-20T06:00:00Z" in result.stdout
    assert "Delete 1 test clock?" in result.stderr
    assert "nothing was deleted" in result.stdout
    assert clocks(account) == 1


def test_it_deletes_after_a_yes_and_reports(account: Any) -> None:
    result = clean("--older-than", "0s", answer="y\n")
    assert "deleted 1 of 1 test clock" in result.stdout
    assert clocks(account) == 0


def test_yes_does_not_ask(account: Any) -> None:
    assert "Delete" not in clean("--older-than", "0s", "--yes").output
    assert clocks(account) == 0


def test_what_is_still_of_use_is_not_even_shown(account: Any) -> None:
    result = clean("--yes")
    assert result.stdout == "nothing was left behind\n"
    assert clocks(account) == 1


def test_what_cannot_be_deleted_is_said_and_is_a_finding(
    account: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cleaning, "delete", lambda *_: "Test clock advancement underway")
    result = clean("--older-than", "0s", "--yes")
    assert result.exit_code == 1
    assert "clock_sim000001 is still there: Test clock advancement underway" in result.stdout


@pytest.mark.parametrize("wrong", ["soon", "1mo"])
def test_an_age_that_is_none_is_wrong_use(account: Any, wrong: str) -> None:
    result = clean("--older-than", wrong)
    assert result.exit_code == 2
    assert "--older-than" in result.stderr


def test_an_account_that_cannot_be_opened_is_a_backend_s_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any, **__: Any) -> Any:
        raise BackendRefused("no key")

    monkeypatch.setattr(cleaning, "open_backend", refuse)
    result = clean()
    assert result.exit_code == 3
    assert "harness: no key" in result.output
