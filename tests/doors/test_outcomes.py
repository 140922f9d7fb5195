"""`harness outcomes`: telling a wrong integration from a changed Stripe and a bad night."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from harness.cli import main
from harness.history import entries as kinds
from harness.nightly import ORDER, outcomes
from harness.plugin import _shard


def story(telling: Any, folder: Path, *, claimed: str = "40", billed: int = 40) -> Any:
    tell = telling()
    tell.cast()
    tell.at("2026-01-20").report(billed)
    tell.advance("2026-02-01 02:00:00")
    tell.invoice([tell.line("per-call", billed)])
    tell.expect_lines({"price": "per-call", "quantity": claimed})
    return tell


def refusal(tell: Any, status: int) -> None:
    tell.history.append(
        kinds.Refused, line=43, call=None, expected=False, wanted=None, status=status,
        type="invalid_request_error", code=None, param=None, message="No.",
    )  # fmt: skip


def passed(telling: Any, folder: Path) -> Any:
    return story(telling, folder).end()


def wrong(telling: Any, folder: Path) -> Any:
    return story(telling, folder, claimed="41").end()


def refused(telling: Any, folder: Path) -> Any:
    tell = story(telling, folder)
    refusal(tell, 400)
    return tell.end("stopped", 43, "advance was refused: No.")


def crowded(telling: Any, folder: Path) -> Any:
    tell = story(telling, folder)
    refusal(tell, 429)
    return tell.end("stopped", 43, "advance was refused: Too many requests")


def failing(telling: Any, folder: Path) -> Any:
    tell = story(telling, folder)
    refusal(tell, 500)
    return tell.end("stopped", 43, "advance was refused: Sorry")


def unreachable(telling: Any, folder: Path) -> Any:
    return story(telling, folder).end("broken", 43, "APIConnectionError: nobody there")


def stuck(telling: Any, folder: Path) -> Any:
    tell = story(telling, folder)
    tell.history.append(
        kinds.Waited, reason="the test clock to be ready", looks=60, slept=301.0, done=False, last="advancing"
    )
    return tell.end(
        "stopped", 43, "the test clock being ready did not happen within 300 s; last seen: advancing"
    )


def skipped(telling: Any, folder: Path) -> Any:
    return story(telling, folder).end("skipped", None, "only on simulator: a race")


@pytest.mark.parametrize(
    ("tell", "kind", "alarming"),
    [
        (passed, "passed", False),
        (wrong, "failed expectation", True),
        (refused, "refused by Stripe", True),
        (crowded, "infrastructure", False),
        (failing, "infrastructure", False),
        (unreachable, "infrastructure", False),
        (stuck, "infrastructure", False),
        (skipped, "skipped", False),
    ],
)
def test_what_became_of_a_case_is_told_apart(
    tell: Callable[[Any, Path], Any], kind: str, alarming: bool, telling: Any, tmp_path: Path
) -> None:
    tell(telling, tmp_path).history.write(tmp_path / "a.jsonl")
    [found] = outcomes([tmp_path])
    assert (found.kind, found.alarming) == (kind, alarming)


def other_run(telling: Any, folder: Path, billed: int) -> Path:
    place = folder / "simulator"
    story(telling, folder, claimed=str(billed), billed=billed).end().history.write(place / "a.jsonl")
    return place


def test_a_case_that_passes_but_is_told_otherwise_is_drift(telling: Any, tmp_path: Path) -> None:
    passed(telling, tmp_path).history.write(tmp_path / "stripe" / "a.jsonl")
    [found] = outcomes([tmp_path / "stripe"], other_run(telling, tmp_path, 41))
    assert (found.kind, found.alarming) == ("drift", True)
    assert "/quantity: 41 there, 40 here [INV-12" in found.detail


def test_two_runs_that_agree_are_no_drift(telling: Any, tmp_path: Path) -> None:
    passed(telling, tmp_path).history.write(tmp_path / "stripe" / "a.jsonl")
    [found] = outcomes([tmp_path / "stripe"], other_run(telling, tmp_path, 40))
    assert found.kind == "passed"


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(main, ["outcomes", *map(str, arguments)])


@pytest.mark.parametrize(("tell", "code"), [(passed, 0), (crowded, 0), (wrong, 1), (refused, 1)])
def test_only_a_real_failure_fails_the_command(
    tell: Callable[[Any, Path], Any], code: int, telling: Any, tmp_path: Path
) -> None:
    tell(telling, tmp_path).history.write(tmp_path / "a.jsonl")
    assert run(tmp_path).exit_code == code


def test_the_summary_is_a_table_of_what_did_not_pass(telling: Any, tmp_path: Path) -> None:
    wrong(telling, tmp_path).history.write(tmp_path / "traces" / "a.jsonl")
    passed(telling, tmp_path).history.write(tmp_path / "traces" / "b.jsonl")
    run(tmp_path / "traces", "--summary", tmp_path / "summary.md")
    page = (tmp_path / "summary.md").read_text(encoding="utf-8")
    assert "1 failed expectation, 1 passed" in page
    assert page.count("\n| ❌ | failed expectation | `scenarios/story.yaml::story` |") == 1


def test_a_failure_that_was_expected_is_no_alarm(telling: Any, tmp_path: Path) -> None:
    file = tmp_path / "a.jsonl"
    wrong(telling, tmp_path).history.write(file)
    file.write_text(
        file.read_text(encoding="utf-8").replace('"known":null', '"known":"a bug"'), encoding="utf-8"
    )
    [found] = outcomes([file])
    assert (found.kind, found.detail, found.alarming) == ("expected failure", "a bug", False)


def test_the_worst_comes_first(telling: Any, tmp_path: Path) -> None:
    for name, tell in enumerate((passed, skipped, crowded, refused, wrong)):
        tell(telling, tmp_path).history.write(tmp_path / f"{name}.jsonl")
    found = [each.kind for each in outcomes([tmp_path])]
    assert found == sorted(found, key=ORDER.index)
    assert found[0] == "failed expectation"


def test_no_trace_is_wrong_use(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text("{}\n")
    assert run(tmp_path).exit_code == 2


def test_shards_share_all_cases(pytester: pytest.Pytester, project: Path) -> None:
    text = (project / "scenarios" / "month.yaml").read_text(encoding="utf-8")
    for number in range(6):
        (project / "scenarios" / f"month-{number}.yaml").write_text(text, encoding="utf-8")
    seen: list[str] = []
    for part in ("1/3", "2/3", "3/3"):
        result = pytester.runpytest_subprocess("--collect-only", "-q", "scenarios", "--shard", part)
        seen += [line for line in result.outlines if "::" in line]
    assert len(seen) == len(set(seen)) == 14


@pytest.mark.parametrize("given", ["0/3", "4/3", "1", "a/b", "1/0", "-1/3"])
def test_a_part_that_is_none_is_wrong_use(given: str) -> None:
    with pytest.raises(pytest.UsageError, match="is no part such as 2/3"):
        _shard(given)
