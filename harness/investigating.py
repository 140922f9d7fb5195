"""`harness explain --invoice` and `harness reproduce`: readings of an account, and what is made of them."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
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
        explained.fates.write(wanted.fates)
    return json.dumps(json_of(explained), indent=2) if as_json else text_of(explained, event)


def investigated(wanted: Wanted) -> Explained:
    """Read, or take up an earlier reading; account and diagnose. Raises as `explain_invoice` does."""
    from harness.investigate.explaining import explain_reading
    from harness.investigate.reading import WrongInvoice
    from harness.investigate.rows import UnreadableLog

    if wanted.fates is not None and wanted.events is None:
        raise CannotInvestigate("--fates tells of the rows of a log: name it with --events")
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
        entries = read(wanted.trace)
        if not is_reading(entries):
            raise CannotInvestigate(
                f"{wanted.trace}: is the trace of a scenario, not of an account's invoice"
            )
        return entries
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
        history.write(wanted.save)
    return history.entries


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
    target.write_text(text, encoding="utf-8")
    return _tried(target)


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
