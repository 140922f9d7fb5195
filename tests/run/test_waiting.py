"""Waiting: in the backend's time, with a ceiling, and noted in the history."""

from pathlib import Path

import pytest
import stripe
from freezegun import freeze_time

from harness.backends import SimulatorSettings, open_backend
from harness.history.entries import Waited
from harness.plan.planner import plan_case
from harness.run import waiting
from harness.run.story import Story
from harness.run.waiting import CROWD, Look, Patience, patiently, wait_until
from harness.scenario import load_file

PATIENCE = Patience(first=1, longest=4, ceiling=20)
SCENARIO = Path(__file__).parents[2] / "scenarios" / "plain-month.yaml"


@pytest.fixture
def story() -> Story:
    [case] = load_file(SCENARIO).cases
    return Story(
        plan_case(case), open_backend("simulator", SimulatorSettings(wall=1_000_000)), SCENARIO.parent
    )


def looks(*seen: Look) -> list[Look]:
    return list(reversed(seen))


def test_a_wait_sleeps_in_the_backend_s_time_and_says_what_it_saw(story: Story) -> None:
    answers = looks(
        Look(done=False, seen="0 of 5"), Look(done=False, seen="3 of 5"), Look(done=True, seen="5 of 5")
    )
    last = wait_until(story, "the meter", answers.pop, PATIENCE)
    assert last.seen == "5 of 5"
    [noted] = [entry for entry in story.history.entries if isinstance(entry, Waited)]
    assert (noted.looks, noted.done, noted.last) == (3, True, "5 of 5")
    assert noted.slept <= story.backend.wall() - 1_000_000 <= noted.slept + noted.looks


def test_whoever_watches_is_told_what_is_waited_for_and_how_long_it_takes(
    story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[str] = []
    monkeypatch.setattr(waiting, "watchers", [told.append])
    answers = looks(Look(done=False, seen="0 of 5"), Look(done=True, seen="5 of 5"))
    wait_until(story, "the meter", answers.pop, Patience(first=1, longest=4, ceiling=20, usual="1 to 3 min"))
    assert told == ["waiting for the meter (1 s, usually 1 to 3 min)", ""]


def test_what_is_there_at_once_is_no_wait(story: Story) -> None:
    wait_until(story, "nothing", lambda: Look(done=True, seen="there"), PATIENCE)
    assert list(story.history.entries) == []


def test_a_wait_ends_at_its_ceiling_and_shows_the_last_look(story: Story) -> None:
    last = wait_until(story, "never", lambda: Look(done=False, seen="still advancing"), PATIENCE)
    [noted] = [entry for entry in story.history.entries if isinstance(entry, Waited)]
    assert not last.done
    assert not noted.done
    assert PATIENCE.ceiling <= noted.slept <= PATIENCE.ceiling + PATIENCE.longest


def test_a_wait_ends_even_where_time_is_frozen(story: Story) -> None:
    with freeze_time("2026-01-01"):
        assert not wait_until(story, "never", lambda: Look(done=False, seen="no"), PATIENCE).done


def test_a_crowded_account_is_tried_again_until_patience_ends(story: Story) -> None:
    tries = []

    def crowded() -> None:
        tries.append(story.backend.wall())
        raise stripe.RateLimitError("slow down")

    with pytest.raises(stripe.RateLimitError):
        patiently(story, crowded)
    assert len(tries) > 3
    assert tries[-1] - tries[0] >= CROWD.ceiling - CROWD.longest


def test_any_other_refusal_is_not_tried_again(story: Story) -> None:
    tries = []

    def refused() -> None:
        tries.append(1)
        raise stripe.InvalidRequestError("no", param=None)

    with pytest.raises(stripe.InvalidRequestError):
        patiently(story, refused)
    assert len(tries) == 1
