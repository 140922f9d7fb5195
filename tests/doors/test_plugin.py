"""What pytest shows of scenario files."""

import json
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

WRONG = "scenarios/month.yaml::month[[]wrong[]]"


def rewrite(project: Path, old: str, new: str) -> None:
    path = project / "scenarios" / "month.yaml"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def test_each_case_is_an_item_with_a_stable_id(project: Path, pytester: pytest.Pytester) -> None:
    result = pytester.runpytest_subprocess("--collect-only", "-q", "scenarios")
    result.stdout.fnmatch_lines(["scenarios/month.yaml::month[[]right[]]", WRONG])


def test_a_failure_is_told_in_the_scenario_s_words_and_without_a_traceback(
    project: Path, pytester: pytest.Pytester
) -> None:
    result = pytester.runpytest_subprocess("scenarios")
    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines(["*scenarios/month.yaml:14*", "*quantity*expected 41*actual 40*"])
    result.stdout.no_fnmatch_line("*Traceback*")
    result.stdout.no_fnmatch_line("*CaseFailed*")


def test_the_first_line_of_a_failure_is_the_summary_and_junit_s_message(
    project: Path, pytester: pytest.Pytester
) -> None:
    result = pytester.runpytest_subprocess("scenarios", "--junitxml=junit.xml")
    told = result.stdout.str()
    head = told.split("month[wrong] ___")[1].splitlines()[1]
    assert len(head) <= 80
    result.stdout.fnmatch_lines([f"FAILED {WRONG} - *"])
    [failure] = ET.parse(project / "junit.xml").iter("failure")  # noqa: S314
    assert failure.get("message") == head


def test_xdist_gives_the_same_results_and_the_same_traces(project: Path, pytester: pytest.Pytester) -> None:
    alone = pytester.runpytest_subprocess("scenarios", "--traces", "alone")
    together = pytester.runpytest_subprocess("scenarios", "--traces", "together", "-n", "2")
    alone.assert_outcomes(passed=1, failed=1)
    together.assert_outcomes(passed=1, failed=1)
    together.stdout.fnmatch_lines([f"FAILED {WRONG} - *"])
    traces = {path.name: path.read_bytes() for path in (project / "alone").glob("*.jsonl")}
    assert traces == {path.name: path.read_bytes() for path in (project / "together").glob("*.jsonl")}
    assert sorted(traces) == ["month-right.jsonl", "month-wrong.jsonl"]


def test_tags_are_markers(project: Path, pytester: pytest.Pytester) -> None:
    pytester.runpytest_subprocess("scenarios", "--strict-markers", "-m", "late_usage").assert_outcomes(
        passed=1, failed=1
    )
    pytester.runpytest_subprocess("scenarios", "-m", "not late_usage").assert_outcomes(deselected=2)


def test_problems_of_a_file_are_shown_together_and_stop_the_run(
    project: Path, pytester: pytest.Pytester
) -> None:
    rewrite(project, "meters:", "metres:")
    rewrite(project, "finalized: true", "finalised: true")
    result = pytester.runpytest_subprocess("scenarios")
    assert result.ret == pytest.ExitCode.INTERRUPTED
    result.stdout.fnmatch_lines(
        ["*month.yaml:4:1*", "*metres*", "*meters*", "*month.yaml:14:*", "*finalised*"]
    )
    result.stdout.no_fnmatch_line("*Traceback*")


def test_a_case_for_another_backend_is_skipped_with_its_reason(
    project: Path, pytester: pytest.Pytester
) -> None:
    rewrite(project, "billed: 41}", "billed: 41, only_on: {stripe: it is a race there}}")
    result = pytester.runpytest_subprocess("scenarios", "-rs")
    result.assert_outcomes(passed=1, skipped=1)
    result.stdout.fnmatch_lines(["*only on stripe: it is a race there*"])


def test_an_expected_failure_that_passes_is_a_failure(project: Path, pytester: pytest.Pytester) -> None:
    rewrite(project, "billed: 41}", "billed: 41, xfail: {simulator: known}}")
    rewrite(project, "billed: 40}", "billed: 40, xfail: {simulator: thought to be broken}}")
    pytester.runpytest_subprocess("scenarios").assert_outcomes(xfailed=1, failed=1)


def test_yaml_outside_the_scenario_folders_is_left_alone_unless_it_is_named(
    project: Path, pytester: pytest.Pytester
) -> None:
    other = pytester.mkdir("config")
    (other / "settings.yaml").write_text("not: a scenario", encoding="utf-8")
    (other / "story.yaml").write_bytes((project / "scenarios" / "month.yaml").read_bytes())
    pytester.runpytest_subprocess().assert_outcomes(passed=1, failed=1)
    pytester.runpytest_subprocess("config/story.yaml").assert_outcomes(passed=1, failed=1)


def test_a_run_replaces_the_traces_of_the_run_before(project: Path, pytester: pytest.Pytester) -> None:
    pytester.runpytest_subprocess("scenarios")
    pytester.runpytest_subprocess("scenarios", "-k", "right")
    assert [path.name for path in (project / ".harness" / "last").glob("*.jsonl")] == ["month-right.jsonl"]


def test_a_trace_is_json_lines_that_begin_with_the_case(project: Path, pytester: pytest.Pytester) -> None:
    pytester.runpytest_subprocess("scenarios")
    lines = (project / ".harness" / "last" / "month-wrong.jsonl").read_text(encoding="utf-8").splitlines()
    first, last = json.loads(lines[0]), json.loads(lines[-1])
    assert (first["kind"], first["case"], first["file"]) == ("case", "month[wrong]", "scenarios/month.yaml")
    assert (last["kind"], last["outcome"]) == ("end", "completed")
    assert [json.loads(line)["n"] for line in lines] == list(range(1, len(lines) + 1))


@pytest.mark.parametrize(
    ("arguments", "environment", "said"),
    [
        (
            ["--backend", "stirpe"],
            {},
            "--backend: there is no backend `stirpe`; choose from simulator, stripe",
        ),
        ([], {"HARNESS_BACKEND": "life"}, "HARNESS_BACKEND: there is no backend `life`"),
    ],
)
def test_a_wrong_setting_stops_the_run_and_names_its_place(
    project: Path,
    pytester: pytest.Pytester,
    monkeypatch: pytest.MonkeyPatch,
    arguments: list[str],
    environment: dict[str, str],
    said: str,
) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    result = pytester.runpytest_subprocess("scenarios", *arguments)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines([f"*{said}*"])


def test_without_a_key_the_live_backend_fails_in_one_line(
    project: Path, pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    for variable in ("STRIPE_API_KEY", "HARNESS_STRIPE_KEY"):
        monkeypatch.delenv(variable, raising=False)
    result = pytester.runpytest_subprocess("scenarios", "--backend", "stripe")
    result.assert_outcomes(failed=2)
    result.stdout.fnmatch_lines(["*no key: set STRIPE_API_KEY to a test secret key*"])
    result.stdout.no_fnmatch_line("*Traceback*")
