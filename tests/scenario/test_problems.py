"""Every kind of problem has an example, and what is printed for it is an interface.

After a deliberate change of wording, run these tests with REWRITE_EXAMPLES=1 and read the difference.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from harness.scenario import Problem, ScenarioFile, load_file, render, render_terse
from harness.scenario.codes import Code
from harness.scenario.reader import MOST_BYTES

FOLDER = Path(__file__).parent / "problems"
EXAMPLES = sorted(path for path in FOLDER.glob("*.yaml") if not path.name.endswith(".shared.yaml"))
# These are about files that can't or shouldn't be stored; they have tests of their own.
NOT_STORED = {Code.UNREADABLE, Code.TOO_BIG, Code.MORE}


def loaded(name: str) -> ScenarioFile:
    return load_file(FOLDER / f"{name}.yaml", FOLDER)


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_an_example_prints_what_is_stored(path: Path) -> None:
    expected = path.with_suffix(".txt")
    text = "\n\n".join(render(problem) for problem in load_file(path, FOLDER).problems) + "\n"
    if os.environ.get("REWRITE_EXAMPLES"):
        expected.write_text(text, encoding="utf-8")
    assert text == expected.read_text(encoding="utf-8")


@pytest.mark.parametrize("code", Code)
def test_every_code_has_an_example_that_shows_it(code: Code) -> None:
    if code not in NOT_STORED:
        assert code in {problem.code for problem in loaded(code).problems}


def test_codes_are_numbered_once_and_named_in_words() -> None:
    assert all(re.fullmatch(r"SCN[0-9]{3}-[a-z0-9]+(-[a-z0-9]+)*", code) for code in Code)
    numbers = [code[:6] for code in Code]
    assert len(numbers) == len(set(numbers))


def test_five_mistakes_give_five_problems_each_in_its_place() -> None:
    found = [(p.line, p.column, p.code[7:], p.hint) for p in loaded("five-mistakes").problems]
    assert found == [
        (5, 15, "unknown-key", "did you mean `formula`?"),
        (7, 21, "unknown-label", "did you mean `api_calls`?"),
        (11, 5, "no-verb", "did you mean `advance`?"),
        (14, 14, "bad-money", "write it with its currency: 0.84 usd"),
        (16, 39, "not-a-choice", None),
    ]


def test_a_file_with_a_problem_has_no_cases() -> None:
    assert loaded("SCN404-circular-variable").cases == []
    assert loaded("SCN104-duplicate-key").cases == []


def test_a_faulty_file_still_has_its_title() -> None:
    assert loaded("five-mistakes").title == "What a tired author writes"


def test_a_problem_of_one_case_names_the_case() -> None:
    (_, problem) = loaded("SCN402-unknown-variable").problems
    assert problem.message == "`$stamp` has no value (in case `forgotten`)"


def test_a_problem_of_all_cases_is_told_once(load: Callable[..., ScenarioFile], head: str) -> None:
    found = load(
        f"{head}matrix: {{n: [1, 2, 3]}}\nsteps:\n  - advance: cycle$n.end\n  - expect: {{invoices: $n}}\n"
    )
    assert [problem.message for problem in found.problems] == ["`cycle$n.end` isn't an instant"]


def test_a_problem_of_some_cases_counts_them(load: Callable[..., ScenarioFile], head: str) -> None:
    found = load(
        f"{head}matrix: {{n: [0, -1, -2]}}\nsteps:\n  - advance: cycle1.end\n  - expect: {{invoices: $n}}\n"
    )
    assert [problem.message for problem in found.problems] == [
        "`invoices` should be at least 0; line 10 uses it (in case `-1`)",
        "`invoices` should be at least 0; line 10 uses it (in case `-2`)",
    ]


def test_a_problem_of_several_cases_tells_how_many(load: Callable[..., ScenarioFile], head: str) -> None:
    steps = "steps:\n  - advance: cycle1.end\n  - advnce: cycle2.end\n    when: {n: [2, 3]}\n"
    (problem,) = load(f"{head}matrix: {{n: [1, 2, 3]}}\n{steps}").problems
    assert problem.message == "`advnce` isn't a verb (in 2 of 3 cases, first `2`)"


def test_an_alias_of_itself_is_told_from_one_of_nothing(load: Callable[..., ScenarioFile]) -> None:
    assert load("a: &a [*a]\n").problems[0].message == "`*a` contains itself"
    assert load("a: *b\n").problems[0].message == "no `&b` stands before this alias"


def test_a_missing_entry_is_told_as_such(load: Callable[..., ScenarioFile], head: str) -> None:
    found = load(f"{head}steps:\n  - advance: cycle1.end\n  -\n  - expect: {{events: [~, invoice.paid]}}\n")
    assert [(problem.line, problem.message) for problem in found.problems] == [
        (9, "this entry has no value"),
        (10, "this entry has no value"),
    ]


def test_a_variables_value_is_shown_where_it_is_given(load: Callable[..., ScenarioFile], head: str) -> None:
    (problem,) = load(f"{head}vars: {{when_: soon}}\nsteps:\n  - advance: $when_\n").problems
    assert (problem.line, problem.column) == (7, 15)
    assert problem.message == "`soon` isn't an instant; line 9 uses it"


def test_problems_in_a_shared_file_name_that_file(load: Callable[..., ScenarioFile], head: str) -> None:
    found = load(
        f"{head}uses: [a.shared.yaml]\nsteps:\n  - advance: cycle1.end\n",
        a="meters: {calls: {formla: sum}}\nsteps: []\n",
    )
    assert [(p.file, p.line, p.code) for p in found.problems] == [
        ("a.shared.yaml", 1, Code.UNKNOWN_KEY),
        ("a.shared.yaml", 2, Code.UNKNOWN_KEY),
    ]


def test_a_missing_file_is_a_problem(tmp_path: Path) -> None:
    (problem,) = load_file(tmp_path / "nowhere.yaml", tmp_path).problems
    assert (problem.code, problem.file) == (Code.UNREADABLE, "nowhere.yaml")
    assert render(problem) == "error[SCN001-unreadable]: there is no such file\n  --> nowhere.yaml:1:1"


def test_a_folder_is_not_read_as_a_file(tmp_path: Path) -> None:
    assert [problem.message for problem in load_file(tmp_path).problems] == ["this isn't a file"]


def test_a_file_above_ten_megabytes_is_refused_by_its_size(load: Callable[..., ScenarioFile]) -> None:
    (problem,) = load(b"#" * (MOST_BYTES + 1)).problems
    assert problem.code == Code.TOO_BIG


def test_only_the_first_hundred_problems_are_told(load: Callable[..., ScenarioFile], head: str) -> None:
    steps = "".join("  - advnce: $n\n" for _ in range(150))
    found = load(f"{head}matrix: {{n: [1, 2]}}\nsteps:\n{steps}").problems
    assert [problem.code for problem in found] == [Code.NO_VERB] * 100 + [Code.MORE]
    assert found[0].message == "`advnce` isn't a verb"


def test_the_terse_form_is_one_line() -> None:
    shown = [render_terse(problem) for problem in loaded("five-mistakes").problems]
    assert shown[0] == (
        "five-mistakes.yaml:5:15: SCN201-unknown-key: "
        "`formla` isn't a key of a meter (did you mean `formula`?)"
    )
    assert not any("\n" in line for line in shown)


def test_the_json_form_has_every_part() -> None:
    assert loaded("five-mistakes").problems[0].as_json() == {
        "code": "SCN201-unknown-key",
        "message": "`formla` isn't a key of a meter",
        "file": "five-mistakes.yaml",
        "line": 5,
        "column": 15,
        "source_line": "  api_calls: {formla: sum}",
        "hint": "did you mean `formula`?",
        "severity": "error",
        "width": 6,
    }


def problem_at(source_line: str, column: int, width: int = 1) -> Problem:
    return Problem("SCN211-rule", "so", "x.yaml", 7, column, source_line, width=width)


@pytest.mark.parametrize(
    ("source_line", "column", "width", "shown", "caret"),
    [
        ("  total: 5", 10, 1, " 7 |   total: 5", "   |          ^"),
        ("\ta: 5", 5, 1, " 7 |  a: 5", "   |     ^"),
        ("日本: x", 5, 1, " 7 | 日本: x", "   |       ^"),
        ("é: x", 4, 1, " 7 | é: x", "   |    ^"),
        ("a: \x1b[31mx", 4, 1, " 7 | a: \ufffd[31mx", "   |    ^"),
    ],
)
def test_the_caret_stands_under_the_fault(
    source_line: str, column: int, width: int, shown: str, caret: str
) -> None:
    lines = render(problem_at(source_line, column, width)).splitlines()
    assert lines[3:5] == [shown, caret]


def test_a_very_long_line_is_cut_around_the_fault() -> None:
    lines = render(problem_at("x" * 5000 + "FAULT" + "y" * 5000, 5001, 5)).splitlines()
    assert all(len(line) < 120 for line in lines)
    assert lines[3][lines[4].index("^") :].startswith("FAULT")
