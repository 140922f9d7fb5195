"""The log and its file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.history import entries as kinds
from harness.history.entries import from_line, to_line
from harness.history.log import UnreadableTrace, read

Tell = Any


def test_a_trace_reads_back_as_it_was_written(tell: Tell, tmp_path: Path) -> None:
    tell.cast().at("2026-01-10").report("40.5", label="ünïcode")
    tell.end()
    path = tmp_path / "deep" / "trace.jsonl"
    tell.history.write(path)
    assert read(path) == list(tell.history.entries)


def test_equal_stories_give_equal_bytes(telling: Any, tmp_path: Path) -> None:
    paths = [tmp_path / name for name in ("one", "two")]
    for path in paths:
        telling().cast().history.write(path)
    assert paths[0].read_bytes() == paths[1].read_bytes()


@given(text=st.text(), number=st.integers())
def test_any_text_survives_a_line(text: str, number: int) -> None:
    note = kinds.Noted(n=1, clock=number, wall=0, text=text)
    line = to_line(note)
    assert "\n" not in line
    assert from_line(line) == note


BROKEN = {
    "empty": ("", "its first line is no `case` entry"),
    "not-json": ("hello\n", ":1: not a trace line"),
    "foreign": ('{"a": 1}\n', "no known kind of entry"),
    "no-object": ("[1]\n", "is not a JSON object"),
    "incomplete": ('{"kind": "note", "n": 1}\n', "is not a complete `note` entry"),
    "too-deep": ("[" * 100_000 + "\n", "not a trace line"),
}


@pytest.mark.parametrize(("text", "said"), BROKEN.values(), ids=BROKEN.keys())
def test_a_file_that_is_no_trace_is_refused_in_one_line(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "x.jsonl"
    path.write_text(text)
    with pytest.raises(UnreadableTrace) as refused:
        read(path)
    assert said in str(refused.value)
    assert "\n" not in str(refused.value)


def test_another_format_is_refused_by_its_number(tell: Tell, tmp_path: Path) -> None:
    path = tmp_path / "x.jsonl"
    tell.history.write(path)
    path.write_text(path.read_text().replace('"format":1', '"format":9'))
    with pytest.raises(UnreadableTrace, match="trace format 9"):
        read(path)


def test_a_missing_or_binary_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(b"\xff\xfe\x00")
    for path in (tmp_path / "x", tmp_path / "nowhere"):
        with pytest.raises(UnreadableTrace):
            read(path)
