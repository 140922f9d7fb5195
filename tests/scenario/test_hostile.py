"""Whatever a file holds, reading it ends soon, with problems instead of exceptions."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path
from time import perf_counter
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from harness.scenario import ScenarioFile, load_file, render, render_terse
from harness.scenario.codes import Code
from harness.scenario.composer import compose
from harness.scenario.source import Source

LATE_USAGE = Path(__file__).parents[2] / "scenarios" / "usage-from-invoice-created.yaml"
MOST_SECONDS = 5.0

ALIAS_BOMB = "a0: &a0 [x, x]\n" + "".join(
    f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}, *a{n - 1}, *a{n - 1}]\n" for n in range(1, 40)
)
USE_BOMB = (
    "scenario: x\nclock: 2026-01-01\nvars: {v: [" + "1, " * 300 + "1]}\n"
    "matrix: {a: ["
    + ", ".join(map(str, range(999)))
    + "]}\nsteps:\n"
    + "  - call: {method: GET, path: /v1/x, params: {a: $a, b: $v, c: $v, d: $v, e: $v}}\n" * 10
)
HOSTILE: dict[str, tuple[str | bytes, str]] = {
    "an alias bomb": (ALIAS_BOMB, Code.TOO_LARGE),
    "a deep list": ("a: " + "[" * 50_000, Code.TOO_DEEP),
    "a deep mapping": ("a: " + "{a: " * 50_000, Code.TOO_DEEP),
    "deep indentation": ("".join(" " * n + "- \n" for n in range(2000)), Code.TOO_DEEP),
    "deep dashes": ("- " * 5000 + "x", Code.TOO_DEEP),
    "deep question marks": ("? " * 5000 + "x", Code.BAD_KEY),
    "ten million characters in one text": ("scenario: " + "x" * 10_000_000, Code.MISSING_KEY),
    "ten million characters on one line of a list": ("a: [" + "x, " * 3_300_000, Code.TOO_LARGE),
    "ten million characters of comments": ("# " + "#\n" * 5_000_000, Code.EMPTY),
    "many unknown keys": ("".join(f"k{n}: 1\n" for n in range(40_000)), Code.UNKNOWN_KEY),
    "one long unknown key": ("k" * 1000 + ": 1\n", Code.UNKNOWN_KEY),
    "many cases that use much": (USE_BOMB, Code.TOO_LARGE),
    "an alias of itself": ("a: &a [*a]\n", Code.BAD_ALIAS),
    "bad UTF-8": (b"scenario: \xff\xfe\n", Code.NOT_UTF8),
    "UTF-16": ("scenario: x\n".encode("utf-16"), Code.NOT_UTF8),
    "a null byte": (b"scenario: \x00\n", Code.SYNTAX),
    "an escape code": (b"scenario: \x1b[31m\n", Code.SYNTAX),
    "a tab": ("steps:\n\t- a\n", Code.TAB),
    "a Python tag": ("a: !!python/object/apply:os.system ['true']\n", Code.TAG),
    "a local tag": ("a: !include x.yaml\n", Code.TAG),
    "a tagged root": ("!!set {a, b}\n", Code.TAG),
    "a duplicate key": ("a: 1\na: 2\n", Code.DUPLICATE_KEY),
    "a list": ("- a\n", Code.WRONG_TYPE),
    "a text": ("hello\n", Code.WRONG_TYPE),
    "an unfinished document": ("---\n...\n---\n", Code.SEVERAL_DOCUMENTS),
    "a huge number": ("clock: 1" + "0" * 5000, Code.BAD_INSTANT),
    "a huge exponent": ("clock: 1e999999999", Code.BAD_INSTANT),
    "a chain of variables": (
        "vars: {v0: x" + "".join(f", v{n}: $v{n - 1}" for n in range(1, 5000)) + "}\nsteps: [$v4999]\n",
        Code.CIRCULAR_VARIABLE,
    ),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_is_refused_soon(load: Callable[..., ScenarioFile], name: str) -> None:
    text, code = HOSTILE[name]
    started = perf_counter()
    found = load(text)
    told = [render(problem) + render_terse(problem) for problem in found.problems]
    assert perf_counter() - started < MOST_SECONDS
    assert code in {problem.code for problem in found.problems}
    assert found.cases == []
    assert len(told) <= 101
    assert all(len(text) < 2000 for text in told)


def test_a_python_tag_runs_nothing(load: Callable[..., ScenarioFile], tmp_path: Path) -> None:
    load(f"a: !!python/object/apply:pathlib.Path.touch [{tmp_path}/touched]\n")
    assert not (tmp_path / "touched").exists()


def test_a_byte_order_mark_is_accepted(load: Callable[..., ScenarioFile]) -> None:
    assert load(b"\xef\xbb\xbf" + LATE_USAGE.read_bytes()).problems == []


def test_windows_line_ends_keep_their_places(load: Callable[..., ScenarioFile]) -> None:
    found = load(LATE_USAGE.read_bytes().replace(b"\n", b"\r\n"))
    assert found.problems == []
    assert found.cases[0].scenario.steps[1].line == 28


def test_pyyaml_itself_is_left_alone(load: Callable[..., ScenarioFile]) -> None:
    load("a: yes\n")
    assert yaml.safe_load("[yes, 010, 2026-01-01]") == [True, 8, date(2026, 1, 1)]


def test_the_parser_in_python_reads_the_same(
    monkeypatch: pytest.MonkeyPatch, load: Callable[..., ScenarioFile]
) -> None:
    fast = load_file(LATE_USAGE)
    monkeypatch.setattr("harness.scenario.composer._Parser", yaml.SafeLoader)
    slow = load_file(LATE_USAGE)
    assert [case.scenario for case in slow.cases] == [case.scenario for case in fast.cases]
    assert load("a: [1\nb: 2\n").problems[0].code == Code.SYNTAX
    assert load("a: @b\n").problems[0].message == "an unquoted value can't begin with `@`"
    assert load("a:\n\t- b\n").problems[0].code == Code.TAB


@pytest.mark.parametrize("sign", ["[", "{", "*", "&", "!", "%", "@", "`"])
def test_a_plain_text_that_begins_with_a_sign_is_explained(
    load: Callable[..., ScenarioFile], sign: str
) -> None:
    (problem, *_) = load(f"scenario: {sign} sale\nclock: 2026-01-01\nsteps: []\n").problems
    assert problem.line in (1, 2)
    assert problem.hint


@pytest.mark.parametrize(
    ("text", "message", "place"),
    [
        ("a: b: c\n", "a `:` makes a key of what stands before it, and no key can stand here", (1, 5)),
        ("a: [1, 2\nb: 3\n", "the list that begins with `[` on line 1 isn't closed here", (2, 2)),
        ('a: "b\nc: d\n', "this quote is never closed", (1, 4)),
        ("a: 1\nbc\nd: 2\n", "this looks like a key, but no `:` follows it", (2, 1)),
        ("a:\n  b: 1\n c: 2\n", "this doesn't fit what begins on line 1", (3, 2)),
        ('a: "b" c\n', "this doesn't fit what begins on line 1", (1, 8)),
        ("- a\nb: 1\n", "this doesn't fit what begins on line 1", (2, 1)),
        ("a: *\n", "`*` and `&` begin the name of an alias, and no name follows", (1, 4)),
        ("a: - b\n", "a list can't begin on the line of its key", (1, 4)),
        ('a: "\\q"\n', "this isn't an escape that YAML knows", (1, 5)),
        ("a: |b\n  c\n", "`|` and `>` begin a text on the following lines", (1, 5)),
        ("{a: b}}\n", "nothing can follow here", (1, 7)),
        ("a: ]\n", "a value should stand here", (1, 4)),
        ("%YAML 3.0\n---\na: 1\n", "a line that begins with `%` is a directive to the parser", (1, 1)),
        ("a: 1\nb: \x07\n", "the character U+0007 can't stand in YAML", (2, 4)),
    ],
)
def test_a_syntax_error_is_told_in_plain_words(
    load: Callable[..., ScenarioFile], text: str, message: str, place: tuple[int, int]
) -> None:
    (problem,) = load(text).problems
    assert (problem.code, problem.message) == (Code.SYNTAX, message)
    assert (problem.line, problem.column) == place


# Characters that mean something to YAML or to the language come up often, the rest now and then.
TEXTS = st.lists(
    st.sampled_from(
        [
            "\n",
            "  ",
            "- ",
            ": ",
            "{",
            "}",
            "[",
            "]",
            "$",
            "*a",
            "&a ",
            "steps",
            "scenario",
            "expect",
            "x",
            '"',
        ]
    )
    | st.text(max_size=5),
    max_size=40,
).map("".join)


@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(TEXTS)
def test_no_text_makes_reading_raise(load: Callable[..., ScenarioFile], text: str) -> None:
    for problem in load(text.encode("utf-8", errors="replace")).problems:
        render(problem)


JUNK = st.sampled_from(
    [
        None,
        True,
        0,
        -1,
        2.5,
        "",
        "x",
        "$x",
        "$5",
        "now",
        "5 usd",
        "cycle1",
        [],
        {},
        ["x"],
        {"x": 1},
        [None],
        {"advance": 1},
    ]
)


def replaced(node: Any, path: Any, junk: Any) -> Any:
    """The data with one value, chosen at random, replaced; or with a key renamed."""
    if not isinstance(node, dict | list) or not node or path.random() < 0.1:
        return junk
    if isinstance(node, list):
        index = path.randrange(len(node))
        return [replaced(item, path, junk) if index == n else item for n, item in enumerate(node)]
    chosen = path.choice(list(node))
    if path.random() < 0.1:
        return {(key if key != chosen else f"{key}x"): value for key, value in node.items()}
    return {key: replaced(value, path, junk) if key == chosen else value for key, value in node.items()}


def plain(node: Any) -> Any:
    """The data without its marks."""
    if isinstance(node, dict):
        return {key: plain(value) for key, value in node.items()}
    return [plain(item) for item in node] if isinstance(node, list) else node


EVERYTHING = Path(__file__).parent / "everything.yaml"
FULL = plain(compose(Source("everything.yaml", EVERYTHING.read_text(encoding="utf-8")))[0])


def test_a_file_with_every_key_is_read() -> None:
    found = load_file(EVERYTHING)
    assert [render(problem) for problem in found.problems] == []
    assert [len(case.scenario.steps) for case in found.cases] == [24, 23]


@settings(max_examples=400, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.randoms(use_true_random=False), JUNK)
def test_no_mistake_is_left_in_pydantics_words(
    load: Callable[..., ScenarioFile], path: Any, junk: Any
) -> None:
    text = yaml.safe_dump(replaced(FULL, path, junk), sort_keys=False)
    found = load(text)
    for problem in found.problems:
        assert "isn't accepted here" not in problem.message, text
        assert "Input should" not in problem.message, text
        assert problem.line > 0
        assert problem.column > 0
    assert bool(found.problems) != bool(found.cases), text
