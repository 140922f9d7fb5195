"""The JSON Schema and the README are made from the model and agree with the reader."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from harness.scenario import ScenarioFile, find_files
from harness.scenario.composer import compose
from harness.scenario.schema import SCHEMA_FILE, json_schema, reference_markdown, schema_text
from harness.scenario.source import Source

ROOT = Path(__file__).parents[2]
HERE = Path(__file__).parent
README = ROOT / "scenarios" / "README.md"
GOOD = [HERE / "everything.yaml", *find_files([ROOT / "scenarios"])]


def errors(data: Any) -> list[str]:
    return [error.message for error in jsonschema.Draft7Validator(json_schema()).iter_errors(data)]


def data_of(text: str) -> Any:
    return compose(Source("x.yaml", text))[0]


def test_the_stored_schema_is_fresh() -> None:
    assert SCHEMA_FILE.read_text(encoding="utf-8") == schema_text(), (
        "run `harness schema` and store its output"
    )


def test_the_readme_holds_the_fresh_reference() -> None:
    begin, end = "<!-- keys:begin -->", "<!-- keys:end -->"
    text = README.read_text(encoding="utf-8")
    assert text.count(begin) == text.count(end) == 1
    assert text.split(begin)[1].split(end)[0].strip() == reference_markdown()


def test_it_is_a_draft_07_schema() -> None:
    jsonschema.Draft7Validator.check_schema(json_schema())


@pytest.mark.parametrize("path", GOOD, ids=lambda path: path.stem)
def test_it_accepts_what_the_reader_accepts(path: Path) -> None:
    assert errors(data_of(path.read_text(encoding="utf-8"))) == []


# What an editor can see of the examples of problems; the rest takes reading the whole file.
STRUCTURAL = [
    "unknown-key",
    "missing-key",
    "wrong-type",
    "not-a-choice",
    "out-of-range",
    "bad-form",
    "empty-list",
]
STRUCTURAL += ["no-value", "no-verb", "several-verbs", "bad-duration", "bad-money", "bad-reference"]


@pytest.mark.parametrize("code", STRUCTURAL)
def test_it_refuses_what_is_wrong_by_shape(code: str) -> None:
    (path,) = (HERE / "problems").glob(f"SCN???-{code}.yaml")
    assert errors(data_of(path.read_text(encoding="utf-8")))


@pytest.mark.parametrize(
    "change",
    [
        "prices: {p: {meter: m, unit_amount: $amount}}",
        "prices: {p: {meter: m, tiers: [{up_to: $n, flat_amount: $amount}]}}",
        "customers: {c: {clock: $flag}}",
        "customers: {c: $customer}",
        "subscriptions: {s: {customer: c, items: [$item], billing_mode: $mode}}",
        "reactions: $reactions",
        "clock: $day",
        "simulator: {aggregation_lag: $lag, seed: $seed}",
    ],
)
def test_it_accepts_a_name_wherever_a_value_is(change: str) -> None:
    base = {"scenario": "x", "clock": "2026-01-01", "steps": ["$step", {"advance": "$to", "when": "$flag"}]}
    assert errors({**base, **data_of(change)}) == []


def test_a_shared_file_has_a_schema_too() -> None:
    shared = {**json_schema(), "$ref": "#/definitions/Shared"}
    validator = jsonschema.Draft7Validator(
        {"$ref": "#/definitions/Shared", "definitions": shared["definitions"]}
    )
    assert list(validator.iter_errors(data_of("vars: {a: 1}\nmeters: {m: {formula: sum}}\n"))) == []
    assert list(validator.iter_errors(data_of("steps: []\n")))


def properties(schema: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(schema, dict):
        yield from schema.get("properties", {}).items()
        for value in schema.values():
            yield from properties(value)
    elif isinstance(schema, list):
        for item in schema:
            yield from properties(item)


def test_every_key_has_a_description_to_hover_over() -> None:
    found = list(properties(json_schema()))
    assert len(found) > 150
    assert [name for name, schema in found if not schema.get("description", "").endswith((".", "}."))] == []


def test_every_key_stands_in_the_reference() -> None:
    told = set(re.findall(r"^\| `(\w+)` \|", reference_markdown(), re.MULTILINE))
    verbs = set(re.findall(r"^### `(\w+)`$", reference_markdown(), re.MULTILINE))
    assert {name for name, _ in properties(json_schema())} - told - verbs == set()


def blocks(text: str) -> list[str]:
    return re.findall(r"```yaml\n(.*?)```", text, re.DOTALL)


def test_the_readmes_first_scenario_is_read(load: Callable[..., ScenarioFile]) -> None:
    first = blocks(README.read_text(encoding="utf-8"))[0]
    assert load(first).problems == []


@pytest.mark.parametrize("number", [1, 2])
def test_the_readmes_other_examples_are_read(
    load: Callable[..., ScenarioFile], head: str, number: int
) -> None:
    block = blocks(README.read_text(encoding="utf-8"))[number]
    uses = "" if "steps:" in block else "steps:\n  - advance: cycle1.end + 2h\n"
    quantity = "  - expect: {invoice: cycle1, lines: [{quantity: $quantity}]}\n" if "$" in block else ""
    assert [problem.message for problem in load(f"{head}{block}{quantity}{uses}").problems] == []


def test_the_readmes_message_is_what_is_printed(load: Callable[..., ScenarioFile], head: str) -> None:
    from harness.scenario import render

    found = load(
        head.replace("formula", "formla").replace("\nmeters", "\n\nmeters") + "steps: [{advance: start}]\n"
    )
    shown = render(found.problems[0]).replace("story.yaml", "scenarios/month.yaml")
    assert shown in README.read_text(encoding="utf-8")
