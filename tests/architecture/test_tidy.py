"""The style that a reader relies on: small functions, small files, a sentence for each module."""

import ast
import re
from pathlib import Path
from statistics import median

import pytest

import harness

PACKAGE = Path(harness.__file__).parent
ROOT = PACKAGE.parent
LONGEST_FUNCTION = 70
LONGEST_FILE = 400
MEDIAN_FUNCTION = 10
MEDIAN_FILE = 150
ALLOWED_AT_THE_TOP = {
    "CHANGELOG.md",
    "LICENSE",
    "README.md",
    "conftest.py",
    "constraints.txt",
    "harness",
    "pyproject.toml",
    "scenarios",
    "tests",
}
FILES = sorted(PACKAGE.rglob("*.py"))
SHIPPED = [
    path
    for folder in ("harness", "scenarios", "tests")
    for path in sorted((ROOT / folder).rglob("*"))
    if path.is_file() and path.suffix in {".py", ".md", ".yaml", ".yml", ".toml", ".txt", ".json"}
]


def functions(path: Path) -> list[tuple[str, int]]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return [
        (node.name, (node.end_lineno or node.lineno) - node.lineno + 1)
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    ]


def test_no_function_is_longer_than_a_screen() -> None:
    long = [
        f"{path.relative_to(PACKAGE)} {name}: {lines}"
        for path in FILES
        for name, lines in functions(path)
        if lines > LONGEST_FUNCTION
    ]
    assert long == []


def test_no_file_outgrows_its_sentence() -> None:
    long = {str(path.relative_to(PACKAGE)): len(path.read_text().splitlines()) for path in FILES}
    assert {name: lines for name, lines in long.items() if lines > LONGEST_FILE} == {}


def test_functions_and_files_are_small_in_the_middle() -> None:
    assert median(lines for path in FILES for _, lines in functions(path)) <= MEDIAN_FUNCTION
    assert median(len(path.read_text().splitlines()) for path in FILES) <= MEDIAN_FILE


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_a_module_says_in_a_sentence_what_it_is_for(path: Path) -> None:
    said = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))
    assert said
    assert said.splitlines()[0].endswith((".", ")", "`"))


def test_nothing_is_left_for_later() -> None:
    marks = re.compile(r"\b(TODO|FIXME|XXX|HACK|NotImplementedError)\b")
    left = [
        f"{path.relative_to(PACKAGE)}:{number}"
        for path in FILES
        for number, line in enumerate(path.read_text().splitlines(), start=1)
        if marks.search(line)
    ]
    assert left == []


def test_an_exemption_from_a_rule_says_why() -> None:
    bare = [
        f"{path.relative_to(PACKAGE)}:{number}"
        for path in FILES
        for number, line in enumerate(path.read_text().splitlines(), start=1)
        if re.search(r"# (noqa|type: ignore)[^#]*$", line)
    ]
    assert bare == []


def test_the_top_level_stays_small() -> None:
    shown = {path.name for path in ROOT.iterdir() if not path.name.startswith(".")}
    assert shown - {"__pycache__", "build", "dist", "testclock_harness.egg-info"} <= ALLOWED_AT_THE_TOP


def test_no_file_names_a_machine_path_or_a_registry() -> None:
    hints = re.compile(r"(?<![\w.])/(?:work|root|home|Users)/\w|registry\.npmjs|pypi\.org|--index-url")
    wrong = [
        str(path.relative_to(ROOT))
        for path in SHIPPED
        if hints.search(path.read_text(encoding="utf-8", errors="replace"))
    ]
    assert [name for name in wrong if not name.endswith("test_tidy.py")] == []


def test_every_package_and_every_door_is_on_the_map() -> None:
    told = (PACKAGE / "README.md").read_text(encoding="utf-8")
    doors = [path.name for path in PACKAGE.glob("*.py") if not path.name.startswith("__")]
    packages = [f"{path.parent.name}/" for path in PACKAGE.glob("*/__init__.py")]
    assert [name for name in sorted(doors + packages) if f"`{name}`" not in told] == []
