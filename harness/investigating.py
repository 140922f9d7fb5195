"""`harness explain --invoice` and `harness reproduce`: readings of an account, and what is made of them."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from harness.config import resolve
from harness.history.entries import CaseStarted, Entry
from harness.history.log import read
from harness.outcomes import BackendFailed, CannotInvestigate

if TYPE_CHECKING:
    from harness.backends import Backend
    from harness.investigate.explaining import Explained, Log


@dataclass(frozen=True)
class Wanted:
    """What is to be looked into, and where.

    Args:
        trace: an earlier reading, to be explained without any account.
        invoice: its id; None for the customer's newest.
        events: the application's own log.
        columns: which column holds which field, as `field=column,…`.
        save: where the reading goes, for later.
        fates: where the fate of each row of the log goes.
        personal: keep names, addresses and metadata.
    """

    trace: Path | None = None
    invoice: str | None = None
    customer: str | None = None
    backend: str | None = None
    api_base: str | None = None
    events: Path | None = None
    columns: str = ""
    save: Path | None = None
    fates: Path | None = None
    personal: bool = False


def is_reading(entries: Sequence[Entry]) -> bool:
    """Whether a history is the reading of an account's invoice, not the run of a scenario."""
    from harness.investigate.reading import READING

    return isinstance(entries[0], CaseStarted) and READING in entries[0].settings


def explain_invoice(wanted: Wanted, *, event: str | None = None, as_json: bool = False) -> str:
    """The explanation of an invoice, as text or as one JSON object.

    Raises:
        CannotInvestigate: wrong use, no such invoice, or an unreadable log.
        UnreadableTrace: the trace is none.
        BackendFailed: the account could not be read.
    """
    from harness.investigate.telling import json_of, text_of

    explained = investigated(wanted)
    if wanted.fates is not None and explained.fates is not None:
        _written(wanted.fates, explained.fates.write)
    return json.dumps(json_of(explained), indent=2) if as_json else text_of(explained, event)


def investigated(wanted: Wanted) -> Explained:
    """Read, or take up an earlier reading; account and diagnose. Raises as `explain_invoice` does."""
    from harness.investigate.explaining import explain_reading
    from harness.investigate.reading import WrongInvoice
    from harness.investigate.rows import UnreadableLog

    for option, given in (("--fates", wanted.fates), ("--columns", wanted.columns)):
        if given and wanted.events is None:
            raise CannotInvestigate(f"{option} is about the rows of a log: name it with --events")
    try:
        log = _log(wanted)
        return explain_reading(_entries(wanted), log)
    except (WrongInvoice, UnreadableLog) as error:
        raise CannotInvestigate(str(error)) from error


def _log(wanted: Wanted) -> Log | None:
    from harness.investigate.explaining import Log
    from harness.investigate.rows import parse_columns

    columns = parse_columns(wanted.columns)
    return Log(wanted.events, columns) if wanted.events is not None else None


def _entries(wanted: Wanted) -> Sequence[Entry]:
    if wanted.trace is not None:
        return _kept(wanted, wanted.trace)
    from harness.backends import BackendRefused
    from harness.backends.looking import NotThere
    from harness.investigate.reading import read_invoice

    try:
        history = read_invoice(_opened(wanted), wanted.invoice, wanted.customer, personal=wanted.personal)
    except NotThere as error:
        raise CannotInvestigate(str(error)) from error
    except BackendRefused as error:
        raise BackendFailed(str(error)) from error
    if wanted.save is not None:
        _written(wanted.save, history.write)
    return history.entries


def _kept(wanted: Wanted, trace: Path) -> Sequence[Entry]:
    """An earlier reading, which is asked for nothing that only the account could tell."""
    asked = (("customer", wanted.customer), ("backend", wanted.backend), ("api-base", wanted.api_base))
    for option, given in (*asked, ("save", wanted.save)):
        if given:
            raise CannotInvestigate(f"--{option} goes with an account; {trace} has been read already")
    entries = read(trace)
    if not is_reading(entries):
        raise CannotInvestigate(f"{trace}: is the trace of a scenario, not of an account's invoice")
    first = entries[0]
    if isinstance(first, CaseStarted) and wanted.invoice not in {None, first.case}:
        raise CannotInvestigate(f"{trace}: is a reading of {first.case}, not of {wanted.invoice}")
    return entries


def _opened(wanted: Wanted) -> Backend:
    """An account; the simulator in this process would only ever be empty."""
    from harness.backends import LiveSettings, SimulatorSettings, open_backend

    asked = wanted.backend or os.environ.get("HARNESS_BACKEND") or "stripe"
    settings = resolve({"backend": asked, "api_base": wanted.api_base}, os.environ, Path.cwd())
    if settings.backend != "stripe":
        raise CannotInvestigate(
            "the simulator in this process is empty: name the trace of a run, or look at one that is served "
            "with --backend stripe --api-base URL"
        )
    live = LiveSettings(api_base=settings.api_base, rate_store=settings.rate_store)
    return open_backend("stripe", SimulatorSettings(wall=0), None, live)


def reproduce_invoice(wanted: Wanted, target: Path) -> tuple[str, bool]:
    """Write a scenario of an invoice, run it on the simulator, and say whether the same lines came about.

    Raises: as `explain_invoice`.
    """
    from harness.investigate.reproducing import CannotReproduce, scenario_text

    explained = investigated(wanted)
    try:
        text = scenario_text(explained, personal=wanted.personal)
    except CannotReproduce as error:
        raise CannotInvestigate(str(error)) from error
    _written(target, lambda path: path.write_text(text, encoding="utf-8"))
    return _tried(target)


def _written(target: Path, write: Callable[[Path], object]) -> None:
    """Write a file; where that cannot be done, say so in a line."""
    try:
        write(target)
    except OSError as error:
        raise CannotInvestigate(f"{target}: cannot be written: {error.strerror or error}") from error


def _tried(target: Path) -> tuple[str, bool]:
    """Run the scenario once; a loss that it tells again is no difference."""
    from harness.check import check
    from harness.history.facts import read_facts
    from harness.run import run_case
    from harness.scenario import load_file

    loaded = load_file(target)
    if loaded.problems:
        return f"{target}: is written, but cannot be run: {loaded.problems[0]}", False
    findings = check(read_facts(run_case(loaded.cases[0]).entries)).findings
    other = [each for each in findings if each.code != "unclaimed-loss"]
    if other:
        return f"{target}: the simulator tells it differently: {other[0].summary}", False
    lost = [each.summary for each in findings]
    told = f"; `harness run {target}` explains it: {lost[0]}" if lost else ""
    return f"{target}: the simulator shows the same lines{told}", True
