"""What runs left behind: found by our tags alone, and deleted."""

from dataclasses import replace
from typing import Any

import pytest

from harness.backends import Backend, SimulatorSettings, open_backend
from harness.run.cleaning import delete, find_left
from harness.run.tags import LIFE_SECONDS, clock_name, metadata, tag_of

DAY = 86_400


@pytest.fixture
def backend() -> Backend:
    return replace(
        open_backend("simulator", SimulatorSettings(wall=1_795_132_800)), run_id="run1", owner="qa"
    )


def clock(backend: Backend, name: str) -> str:
    made = backend.client.v1.test_helpers.test_clocks.create({"frozen_time": 1_800_000_000, "name": name})
    return made.id


def left_by_a_run(backend: Backend) -> list[str]:
    tag = tag_of(backend)
    on_clock = clock(backend, clock_name(tag, "plain-month"))
    backend.client.v1.customers.create({"test_clock": on_clock, "metadata": metadata(tag)})
    loose: Any = {"name": "acme", "metadata": metadata(tag)}
    return [on_clock, backend.client.v1.customers.create(loose).id]


def belongs_to_others(backend: Backend) -> None:
    clock(backend, "harness for horses")
    clock(backend, "demo")
    backend.client.v1.customers.create({"name": "harness", "metadata": {"harness_run": "not ours"}})


def test_only_what_has_our_tag_is_found(backend: Backend) -> None:
    belongs_to_others(backend)
    ours = left_by_a_run(backend)
    belongs_to_others(backend)
    assert [left.id for left in find_left(backend, 0)] == ours


@pytest.mark.parametrize(
    ("slept", "older_than", "found"),
    [
        (0, None, 0),
        (LIFE_SECONDS - 60, None, 0),
        (LIFE_SECONDS, None, 2),
        (DAY - 60, DAY, 0),
        (DAY, DAY, 2),
        (0, 0, 2),
    ],
)
def test_what_a_running_case_still_needs_is_left_alone(
    backend: Backend, slept: int, older_than: int | None, found: int
) -> None:
    left_by_a_run(backend)
    backend.sleep(slept)
    assert len(find_left(backend, older_than)) == found


def test_what_one_run_made_is_found_whatever_its_age(backend: Backend) -> None:
    backend.run_id = "night-1a"
    left_by_a_run(backend)
    backend.run_id = "night2-1b"
    left_by_a_run(backend)
    assert {left.tag.run_id for left in find_left(backend, run="night")} == {"night-1a"}


def test_all_of_many_pages_is_found(backend: Backend) -> None:
    for _ in range(120):
        clock(backend, clock_name(tag_of(backend), "case"))
    assert len(find_left(backend, 0)) == 120


def test_what_was_found_is_deleted_and_nothing_else(backend: Backend) -> None:
    belongs_to_others(backend)
    left_by_a_run(backend)
    for left in find_left(backend, 0):
        assert delete(backend, left) is None
    assert find_left(backend, 0) == []
    assert len(backend.client.v1.test_helpers.test_clocks.list().data) == 2
    assert len(backend.client.v1.customers.list().data) == 1


def test_what_another_run_has_deleted_meanwhile_counts_as_gone(backend: Backend) -> None:
    left_by_a_run(backend)
    found = find_left(backend, 0)
    for left in found:
        delete(backend, left)
    assert [delete(backend, left) for left in found if left.what == "test clock"] == [None]


def test_a_clock_that_is_still_advancing_is_waited_for() -> None:
    backend = open_backend("simulator", SimulatorSettings(wall=1_795_132_800, clock_polls=2))
    backend = replace(backend, run_id="run1", owner="qa")
    made = clock(backend, clock_name(tag_of(backend), "case"))
    clocks = backend.client.v1.test_helpers.test_clocks
    clocks.advance(made, {"frozen_time": 1_800_000_100})
    [left] = find_left(backend, 0)
    slept = []

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        clocks.retrieve(made)

    assert delete(replace(backend, sleep=sleep), left) is None
    assert slept


def test_a_clock_that_never_stands_still_is_given_up(backend: Backend) -> None:
    made = clock(backend, clock_name(tag_of(backend), "case"))
    backend.client.v1.test_helpers.test_clocks.advance(made, {"frozen_time": 1_800_000_100})
    began = backend.wall()
    [left] = find_left(backend, 0)
    problem = delete(backend, left)
    assert problem is not None
    assert "Test clock advancement underway" in problem
    assert backend.wall() - began < 120
