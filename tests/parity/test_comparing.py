"""Two results held against each other, and `harness compare`."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from harness import ledger
from harness.cli import main
from harness.history.log import read
from harness.parity import compare, result_of
from harness.parity.files import load, recording_of, write
from harness.parity.known import RULES
from harness.parity.plain import Plain


def test_equal_results_have_no_difference() -> None:
    assert compare({"a": [1, {"b": None}]}, {"a": [1, {"b": None}]}) == []


def test_a_member_that_is_missing_says_what_a_null_one_says() -> None:
    assert compare({"a": None}, {}) == []


@pytest.mark.parametrize(
    ("left", "right", "path"),
    [
        ({"a": 1}, {"a": 2}, "a"),
        ({"a": {"b": 1}}, {"a": {"b": 2}}, "a/b"),
        ({"a": {"b": 1}}, {}, "a"),
        ({}, {"a": {"b": 1}}, "a"),
        ({"a": [1, 2]}, {"a": [1]}, "a/1"),
        ({"a": 0}, {"a": False}, "a"),
        ({"a": "1"}, {"a": 1}, "a"),
    ],
)
def test_each_field_that_differs_is_named(left: Any, right: Any, path: str) -> None:
    assert [each.path for each in compare(left, right)] == [path]


def test_the_worst_difference_comes_first() -> None:
    left = {"events": {"invoice.paid": 1}, "invoices": {"x": {"total": 5, "lines": {"y": {"quantity": 1}}}}}
    right = {"events": {"invoice.paid": 2}, "invoices": {"x": {"total": 6, "lines": {"y": {"quantity": 2}}}}}
    assert [each.path for each in compare(left, right)] == [
        "invoices/x/lines/y/quantity",
        "invoices/x/total",
        "events/invoice.paid",
    ]


def test_every_fact_of_the_rules_is_in_the_ledger() -> None:
    assert {fact for rule in RULES for fact in rule.facts} <= ledger.load().keys()


def test_ids_become_labels_or_numbers_and_equal_ids_stay_equal() -> None:
    plain = Plain({"cus_1AbC": "acme"})
    assert plain.of({"customer": "cus_1AbC", "a": "in_1Zz9", "b": "in_9Yy1", "c": "in_1Zz9", "d": "usd"}) == {
        "a": "(in 1)",
        "b": "(in 2)",
        "c": "(in 1)",
        "customer": "acme",
        "d": "usd",
    }
    assert (
        plain.within("No such price: 'price_1Qx'; clock_sim000001") == "No such price: '(price 1)'; (clock 1)"
    )


def test_words_are_no_ids() -> None:
    words = {"billing_reason": "subscription_cycle", "status": "past_due", "mode": "charge_automatically"}
    assert Plain({}).of(words) == words


@pytest.fixture
def trace(telling: Any, tmp_path: Path) -> Path:
    tell = telling()
    tell.cast()
    tell.at("2026-02-01 02:00:00").invoice([tell.line("per-call", 40)])
    tell.end().history.write(tmp_path / "one" / "story.jsonl")
    return tmp_path / "one" / "story.jsonl"


@pytest.fixture
def other(telling: Any, tmp_path: Path) -> Path:
    tell = telling()
    tell.cast()
    tell.at("2026-02-01 02:00:00").invoice([tell.line("per-call", 41)])
    tell.end().history.write(tmp_path / "two" / "story.jsonl")
    return tmp_path / "two" / "story.jsonl"


def run(*arguments: str | Path) -> Any:
    return CliRunner().invoke(main, ["compare", *map(str, arguments)])


def test_a_run_agrees_with_itself(trace: Path) -> None:
    result = run(trace, trace)
    assert result.exit_code == 0
    assert result.stdout == "1 case compared, 0 differ, 0 in one run only\n"


def test_a_difference_is_told_with_both_values_and_its_facts(trace: Path, other: Path) -> None:
    result = run(trace.parent, other.parent)
    assert result.exit_code == 1
    first, path, values, *_ = result.stdout.splitlines()
    assert first == "scenarios/story.yaml::story"
    assert path.endswith("/quantity   [INV-12, INV-28, MTR-43]")
    assert values.strip() == "40  →  41"


def test_json_is_one_versioned_object_with_what_the_facts_say(trace: Path, other: Path) -> None:
    told = json.loads(run(trace, other, "--json").stdout)
    assert told["format"] == 1
    [case] = told["cases"]
    assert case["differences"][0]["facts"] == ["INV-12", "INV-28", "MTR-43"]
    assert "exclude their end" in told["facts"]["INV-12"]


def test_a_parity_file_stands_for_its_trace(trace: Path, other: Path, tmp_path: Path) -> None:
    kept = tmp_path / "kept" / "story.json"
    write(recording_of(read(trace)), kept)
    assert load(kept)["result"] == result_of(read(trace))
    assert run(kept, trace).exit_code == 0
    assert run(kept.parent, other.parent).exit_code == 1


def test_cases_of_one_run_alone_are_told(trace: Path, other: Path) -> None:
    text = other.read_text().replace('"case":"story"', '"case":"another"')
    other.write_text(text)
    result = run(trace, other)
    assert "scenarios/story.yaml::story: only in" in result.stdout
    assert "0 cases compared, 0 differ, 2 in one run only" in result.stdout


@pytest.mark.parametrize("content", ["", "[]", '{"format": 99, "result": {}}'])
def test_what_is_no_parity_file_is_wrong_use(content: str, trace: Path, tmp_path: Path) -> None:
    (tmp_path / "bad.json").write_text(content)
    result = run(tmp_path / "bad.json", trace)
    assert result.exit_code == 2
    assert "parity file" in result.stderr


def test_a_folder_without_traces_is_wrong_use(trace: Path, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    assert run(tmp_path / "empty", trace).exit_code == 2
