"""`harness run`: the pytest run behind it, its progress display and its exit code."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from harness.outcomes import BROKEN, BROKEN_PROPERTY, FINE, FOUND, MISUSED

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

_CODES = {
    pytest.ExitCode.OK: FINE,
    pytest.ExitCode.TESTS_FAILED: FOUND,
    pytest.ExitCode.INTERRUPTED: MISUSED,
    pytest.ExitCode.USAGE_ERROR: MISUSED,
    pytest.ExitCode.NO_TESTS_COLLECTED: MISUSED,
    pytest.ExitCode.INTERNAL_ERROR: BROKEN,
}


def run_scenarios(paths: Sequence[Path], arguments: Sequence[str]) -> int:
    """Run every scenario among and below `paths` through pytest; the exit code of `harness run`.

    `arguments` are pytest's own options.
    """
    outcome = Outcome()
    plugins: list[Any] = [outcome]
    if sys.stderr.isatty():
        from harness.run.waiting import watchers

        display = ProgressDisplay()
        plugins.append(display)
        watchers.append(display.show_wait)
    folders = " ".join(shlex.quote(str(path)) for path in paths)
    own = ["-p", "harness.plugin", "-o", f"harness_scenarios={folders}", "--no-header", "-q"]
    code = pytest.main([*own, *arguments, *map(str, paths)], plugins=plugins)
    if code == pytest.ExitCode.NO_TESTS_COLLECTED and not outcome.deselected:
        sys.stderr.write(f"harness: no scenarios below {' '.join(map(str, paths))}\n")
    if code == pytest.ExitCode.NO_TESTS_COLLECTED and outcome.deselected and "--shard" in arguments:
        return FINE  # this machine's part of few files may be empty
    if outcome.broken:
        return BROKEN
    return _CODES.get(pytest.ExitCode(code), BROKEN)


class Outcome:
    """Notices what pytest's exit code cannot say."""

    def __init__(self) -> None:
        self.broken = False
        self.deselected = False

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Whether the backend failed, also in an xdist worker."""
        self.broken = self.broken or any(name == BROKEN_PROPERTY for name, _ in report.user_properties)

    def pytest_deselected(self) -> None:
        """Whether `-k` or `-m` left nothing to run."""
        self.deselected = True


class ProgressDisplay:
    """A bar on stderr while cases run, instead of pytest's dots; on a terminal only."""

    def __init__(self) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

        columns = (BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), TextColumn("{task.description}"))
        self._progress: Progress = Progress(*columns, console=Console(stderr=True), transient=True)
        self._task: TaskID | None = None
        self._case = ""

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Start the bar, when the number of cases is known."""
        self._start(len(session.items))

    def pytest_xdist_node_collection_finished(self, ids: Sequence[str]) -> None:
        """Start the bar under xdist, where only workers collect."""
        self._start(len(ids))

    pytest_xdist_node_collection_finished.optionalhook = True  # type: ignore[attr-defined]  # how pluggy marks a hook of xdist

    def pytest_runtest_logstart(self, nodeid: str) -> None:
        """Show which case is running."""
        self._case = nodeid.rpartition("::")[2]
        self.show_wait("")

    def show_wait(self, wait: str) -> None:
        """Show what the running case waits for; the empty text when it goes on."""
        if self._task is not None:
            self._progress.update(self._task, description=f"{self._case}  {wait}".rstrip())

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """One case more is done."""
        if self._task is not None and report.when == "teardown":
            self._progress.advance(self._task)

    @pytest.hookimpl(tryfirst=True)
    def pytest_report_teststatus(self, report: pytest.TestReport) -> tuple[str, str, str] | None:
        """Count passes without a dot; the bar shows them."""
        if report.when == "call" and report.passed and not hasattr(report, "wasxfail"):
            return "passed", "", ""
        return None

    def pytest_sessionfinish(self) -> None:
        """Take the bar away before the summary is printed."""
        self._progress.stop()

    def _start(self, total: int) -> None:
        if self._task is None and total:
            self._task = self._progress.add_task("", total=total)
            self._progress.start()
