"""Finding scenario files."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.scenario import find_files


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in (
        "b.yaml",
        "a.yml",
        "base.shared.yaml",
        "notes.md",
        ".hidden.yaml",
        "deep/c.yaml",
        ".git/d.yaml",
    ):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text("scenario: x\n", encoding="utf-8")
    return tmp_path


def test_a_folder_gives_its_scenarios_sorted(folder: Path) -> None:
    assert [path.relative_to(folder).as_posix() for path in find_files([folder])] == [
        "a.yml",
        "b.yaml",
        "deep/c.yaml",
    ]


def test_a_file_named_twice_is_found_once(folder: Path) -> None:
    assert find_files([folder / "b.yaml", folder, folder / "b.yaml"]) == find_files([folder])


def test_a_shared_file_is_not_a_scenario(folder: Path) -> None:
    assert find_files([folder / "base.shared.yaml"]) == []


def test_a_hidden_folder_is_searched_when_it_is_named(folder: Path) -> None:
    assert find_files([folder / ".git"]) == [folder / ".git" / "d.yaml"]


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("nowhere.yaml", "there is no such file or folder"),
        ("nowhere.shared.yaml", "there is no such file or folder"),
        ("notes.md", "a scenario file ends in .yaml or .yml"),
    ],
)
def test_what_cant_be_a_scenario_is_refused(folder: Path, name: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        find_files([folder / name])
