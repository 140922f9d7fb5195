"""The page at both doors: `--report`, and `harness report` from traces."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from harness.cli import main
from harness.reporting import write_comparison

SKIPPED = "  - {id: elsewhere, used: 40, billed: 40, only_on: {stripe: it needs a real card network}}\n"
KNOWN = "  - {id: excused, used: 40, billed: 42, xfail: {simulator: counted otherwise here}}\n"


@pytest.fixture
def mixed(project: Path) -> Path:
    """The project with a skipped case and a known difference besides."""
    path = project / "scenarios" / "month.yaml"
    path.write_text(
        path.read_text(encoding="utf-8").replace("steps:\n", f"{SKIPPED}{KNOWN}steps:\n"), encoding="utf-8"
    )
    return project


def test_pytest_writes_a_page_about_every_case_also_those_that_did_not_run(
    mixed: Path, pytester: pytest.Pytester
) -> None:
    pytester.runpytest_subprocess("scenarios", "--report", "out/page.html")
    page = (mixed / "out" / "page.html").read_text(encoding="utf-8")
    assert "<title>1 failed, 1 known difference, 1 skipped, 1 passed" in page
    assert "only on stripe: it needs a real card network" in page
    assert "counted otherwise here" in page


def test_xdist_gives_the_same_page_byte_for_byte(mixed: Path, pytester: pytest.Pytester) -> None:
    pytester.runpytest_subprocess("scenarios", "--report", "page.html")
    alone = (mixed / "page.html").read_bytes()
    pytester.runpytest_subprocess("scenarios", "--report", "page.html", "-n", "2")
    assert (mixed / "page.html").read_bytes() == alone


def test_the_traces_alone_give_the_same_page(mixed: Path, pytester: pytest.Pytester) -> None:
    pytester.runpytest_subprocess("scenarios", "--report", "first.html")
    for scenario in (mixed / "scenarios").iterdir():
        scenario.unlink()
    result = CliRunner().invoke(main, ["report", "-o", "second.html"])
    assert (result.exit_code, result.output) == (0, "second.html  4 cases\n")
    assert (mixed / "second.html").read_bytes() == (mixed / "first.html").read_bytes()


def test_a_page_tells_nothing_of_the_machine(
    mixed: Path, pytester: pytest.Pytester, tmp_path_factory: pytest.TempPathFactory
) -> None:
    pytester.runpytest_subprocess("scenarios")
    elsewhere = tmp_path_factory.mktemp("elsewhere") / "deep" / "page.html"
    CliRunner().invoke(main, ["report", ".harness/last", "-o", str(elsewhere)])
    page = elsewhere.read_text(encoding="utf-8")
    assert str(mixed) not in page
    assert mixed.name not in page
    assert f"{Path.home()}/" not in page


def test_a_trace_near_the_page_is_linked(mixed: Path, pytester: pytest.Pytester) -> None:
    pytester.runpytest_subprocess("scenarios", "--report", "page.html")
    page = (mixed / "page.html").read_text(encoding="utf-8")
    assert 'href=".harness/last/month-wrong.jsonl"' in page
    assert (mixed / ".harness" / "last" / "month-wrong.jsonl").is_file()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["report", "nowhere"], "nowhere does not exist"),
        (["report", "scenarios"], "there are no traces in scenarios"),
        (["report", "scenarios/month.yaml"], "not a trace"),
    ],
)
def test_what_is_no_trace_is_wrong_use(project: Path, arguments: list[str], said: str) -> None:
    result = CliRunner().invoke(main, arguments)
    assert result.exit_code == 2
    assert said in result.stderr
    assert not (project / "report.html").exists()


def test_collecting_alone_writes_no_page(project: Path, pytester: pytest.Pytester) -> None:
    pytester.runpytest_subprocess("scenarios", "--collect-only", "--report", "page.html")
    assert not (project / "page.html").exists()


def test_numbers_of_past_runs_become_a_chart(mixed: Path, pytester: pytest.Pytester) -> None:
    pytester.runpytest_subprocess("scenarios")
    for night in ("2026-11-19", "2026-11-20"):
        arguments = ["report", "-o", "page.html", "--summary", f"nights/{night}.json", "--past", "nights"]
        result = CliRunner().invoke(main, arguments)
        assert result.exit_code == 0
    page = (mixed / "page.html").read_text(encoding="utf-8")
    assert "2026-11-19 (simulator): 1 failed: month[wrong]" in page
    assert "2026-11-20 (simulator): 1 known difference" in page


def test_a_file_that_is_no_summary_is_wrong_use(mixed: Path, pytester: pytest.Pytester) -> None:
    pytester.runpytest_subprocess("scenarios")
    (mixed / "nights").mkdir()
    (mixed / "nights" / "x.json").write_text("[]", encoding="utf-8")
    result = CliRunner().invoke(main, ["report", "--past", "nights"])
    assert result.exit_code == 2
    assert "x: not a summary" in result.stderr


def test_two_runs_can_be_written_side_by_side(mixed: Path, pytester: pytest.Pytester) -> None:
    pytester.runpytest_subprocess("scenarios", "--traces", "one")
    pytester.runpytest_subprocess("scenarios", "--traces", "two", "-k", "right or wrong")
    assert write_comparison([mixed / "one"], [mixed / "two"], mixed / "both.html") == 4
    page = (mixed / "both.html").read_text(encoding="utf-8")
    assert "the same outcome, invoices and accounting: passed" in page
    assert "only the first run has it" in page


def test_a_failure_says_where_in_the_page_it_is(mixed: Path, pytester: pytest.Pytester) -> None:
    result = pytester.runpytest_subprocess("scenarios", "--report", "page.html")
    result.stdout.fnmatch_lines(["  Look    page.html#month-wrong"])
    assert 'id="month-wrong"' in (mixed / "page.html").read_text(encoding="utf-8")


def test_compare_writes_both_runs_side_by_side(mixed: Path, pytester: pytest.Pytester) -> None:
    pytester.runpytest_subprocess("scenarios", "--traces", "one")
    path = mixed / "scenarios" / "month.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("0.02 usd", "0.03 usd"), encoding="utf-8")
    pytester.runpytest_subprocess("scenarios", "--traces", "two")
    result = CliRunner().invoke(main, ["compare", "one", "two", "--html", "both.html"])
    assert result.exit_code == 1
    page = (mixed / "both.html").read_text(encoding="utf-8")
    assert "40 for 0.80 usd" in page
    assert "40 for 1.20 usd" in page
    assert "Field by field" in page
