"""The pytest plugin: collect scenario files, run one item for each case, word the failure."""

from __future__ import annotations

import os
import signal
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from harness import config as settings_module
from harness.config import BadSetting, Settings
from harness.outcomes import BROKEN_PROPERTY, KIND_PROPERTY
from harness.scenario import Case, find_files, load_file
from harness.traces import TraceFolder

SETTINGS = pytest.StashKey[Settings]()
TRACES = pytest.StashKey[TraceFolder]()


class CaseFailed(Exception):
    """A case did not go as its scenario says. The message is the whole failure text."""


class BackendFailed(Exception):
    """The backend could not be opened or reached. The message is one line."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add `--backend`, `--traces` and `--report`, and the ini setting `harness_scenarios`."""
    group = parser.getgroup("harness", "test-clock scenarios")
    group.addoption("--backend", default=None, help="where scenarios run: simulator (default) or stripe")
    group.addoption(
        "--traces", default=None, metavar="DIR", help="folder for trace files (default .harness/last)"
    )
    group.addoption("--shard", default=None, metavar="K/N", help="only the Kth of N parts of the cases")
    group.addoption(
        "--record", default=None, metavar="DIR", help="keep what each passing case came to, as parity files"
    )
    group.addoption(
        "--api-base",
        default=None,
        metavar="URL",
        help="for stripe: a server on this machine in Stripe's place",
    )
    group.addoption(
        "--rate-store",
        default=None,
        metavar="STORE",
        help="for stripe: where all who share its rate limit meet: a file, or redis://…",
    )
    group.addoption(
        "--report", default=None, metavar="FILE", help="write an HTML page about the run, from its traces"
    )
    parser.addini(
        "harness_scenarios", "folders whose YAML files are scenarios", type="args", default=["scenarios"]
    )


def pytest_configure(config: pytest.Config) -> None:
    """Resolve settings once, so that a wrong one stops the run before anything happens."""
    flags = {name: config.getoption(f"--{name.replace('_', '-')}") for name in settings_module.KNOWN}
    try:
        settings = settings_module.resolve(flags, os.environ, config.rootpath)
    except BadSetting as error:
        raise pytest.UsageError(str(error)) from error
    from harness.backends import traits_of

    if traits_of(settings.backend).shared_account:
        signal.signal(signal.SIGTERM, signal.default_int_handler)  # clean up as after Ctrl-C
    config.stash[SETTINGS] = settings
    config.stash[TRACES] = TraceFolder(config.rootpath / settings.traces, _run_token(config))


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> ScenarioFileNode | None:
    """Take YAML files in the scenario folders, and those named on the command line."""
    if file_path.suffix not in {".yaml", ".yml"} or not find_files([file_path]):
        return None
    folders = [
        (parent.config.rootpath / folder).resolve() for folder in parent.config.getini("harness_scenarios")
    ]
    if not parent.session.isinitpath(file_path) and not any(
        file_path.resolve().is_relative_to(each) for each in folders
    ):
        return None
    return ScenarioFileNode.from_parent(parent, path=file_path)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Keep this machine's part of the cases; those of a file stay together, wherever it lies."""
    given = config.getoption("--shard")
    if given is None:
        return
    ours, parts = _shard(given)
    others = [item for item in items if isinstance(item, CaseItem) and item.part_of(parts) != ours]
    if others:
        config.hook.pytest_deselected(items=others)
        items[:] = [item for item in items if item not in set(others)]


def _shard(given: str) -> tuple[int, int]:
    """`2/3` as numbers.

    Raises:
        pytest.UsageError: it is no part of a whole.
    """
    ours, _, parts = given.partition("/")
    if not (ours.isdecimal() and parts.isdecimal() and 1 <= int(ours) <= int(parts)):
        raise pytest.UsageError(f"--shard: `{given}` is no part such as 2/3")
    return int(ours), int(parts)


def pytest_collection_finish(session: pytest.Session) -> None:
    """Make room for this run's traces, once, before any worker runs anything."""
    ours = any(isinstance(item, CaseItem) for item in session.items) or session.config.getoption("--shard")
    if ours and not session.config.option.collectonly:
        session.config.stash[TRACES].begin()


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item) -> None:
    """Leave a trace of a case that does not run here: pytest would only skip it."""
    if isinstance(item, CaseItem) and item.elsewhere:
        from harness.verdict import record_untold

        backend = item.config.stash[SETTINGS].backend
        record_untold(item.case, backend, item.path.parent, item.trace, ("skipped", item.elsewhere))


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Write the page when all traces are there: under xdist that is for the controller to do."""
    target = session.config.getoption("--report")
    if target is None or hasattr(session.config, "workerinput"):
        return
    from harness.reporting import write_report

    write_report([session.config.stash[TRACES].folder], session.config.invocation_params.dir / target)


class ScenarioFileNode(pytest.File):
    """A scenario file: one item for each case."""

    def collect(self) -> Iterator[CaseItem]:
        """The cases in the file's order; a file with problems is an error that shows all of them."""
        from harness.backends import traits_of
        from harness.plan.problems import problems_of
        from harness.scenario.problems import render

        loaded = load_file(self.path, self.config.rootpath)
        backend = self.config.stash[SETTINGS].backend
        if problems := problems_of(loaded, backend, traits_of(backend).present()):
            raise self.CollectError("\n\n".join(render(problem) for problem in problems))
        for case in loaded.cases:
            yield CaseItem.from_parent(self, name=case.name, case=case)


class CaseItem(pytest.Item):
    """One case of a scenario."""

    def __init__(self, *, case: Case, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.case = case
        backend = self.config.stash[SETTINGS].backend
        scenario = case.scenario
        for marker in scenario.markers:
            self.config.addinivalue_line("markers", f"{marker}: a scenario's tag")
            self.add_marker(marker)
        self.elsewhere = ""
        if scenario.only_on and backend not in scenario.only_on:
            self.elsewhere = "; ".join(f"only on {name}: {why}" for name, why in scenario.only_on.items())
            self.add_marker(pytest.mark.skip(reason=self.elsewhere))
        if not self.elsewhere and (why := self._obstacle(backend)):
            self.elsewhere = why
            self.add_marker(pytest.mark.skip(reason=why))
        for name, reason in scenario.xfail.items():
            if name == backend:
                self.add_marker(pytest.mark.xfail(reason=reason, strict=True))

    def _obstacle(self, backend: str) -> str:
        """Why a shared account would not get through this case."""
        from harness.backends import traits_of
        from harness.plan.limits import obstacles
        from harness.plan.planner import plan_case

        traits = traits_of(backend)
        if not traits.shared_account:
            return ""
        return "; ".join(each.message for each in obstacles(plan_case(self.case, backend, traits.present())))

    def part_of(self, parts: int) -> int:
        """Which of so many parts its file belongs to, counted from 1."""
        return zlib.crc32(self.case.file.encode()) % parts + 1

    @property
    def trace(self) -> Path:
        """Where its trace goes."""
        return self.config.stash[TRACES].path_for(self.case.file, self.case.name)

    def runtest(self) -> None:
        """Run the case, write its trace, check it.

        Raises:
            CaseFailed: it did not go as the scenario says.
            BackendFailed: the backend could not be opened or reached.
        """
        from harness.backends import LiveSettings
        from harness.verdict import Place, run_and_judge

        settings = self.config.stash[SETTINGS]
        again = f'pytest "{self.nodeid}"'
        report = self.config.getoption("--report")
        place = Place(
            settings.backend,
            self.path.parent,
            LiveSettings(settings.api_base, settings.rate_store),
            look=f"{report}#{self.trace.stem}" if report else None,
        )
        verdict = run_and_judge(self.case, place, self.trace, again)
        self.user_properties.append((KIND_PROPERTY, verdict.kind))
        if verdict.skipped:
            pytest.skip(verdict.skipped)
        if verdict.broken:
            self.user_properties.append((BROKEN_PROPERTY, True))
            raise BackendFailed(verdict.text)
        if verdict.text:
            raise CaseFailed(verdict.text)
        self._record()

    def _record(self) -> None:
        """Keep what the case came to, where that was asked for."""
        if folder := self.config.getoption("--record"):
            from harness.parity import files

            kept = self.config.invocation_params.dir / folder / f"{self.trace.stem}{files.SUFFIX}"
            files.write(files.load(self.trace), kept)

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """Our own failures are told in our own words; anything else is a bug of ours and shows where."""
        if not isinstance(excinfo.value, CaseFailed | BackendFailed):
            return super().repr_failure(excinfo, style or "short")
        text = str(excinfo.value)
        told = excinfo.getrepr(style="value")
        told.reprtraceback.reprentries[0].lines = text.splitlines()
        if told.reprcrash is not None:  # its message is what the summary line and JUnit's `message` show
            told.reprcrash.message = text.partition("\n")[0]
        return told

    def reportinfo(self) -> tuple[Path, int, str]:
        """The scenario's file and line."""
        return self.path, max(self.case.line() - 1, 0), self.name


def _run_token(config: pytest.Config) -> str:
    """The same in every xdist worker of a run, and different from run to run."""
    workerinput = getattr(config, "workerinput", None)
    return str(workerinput["testrunuid"]) if workerinput else f"pid-{os.getpid()}"
