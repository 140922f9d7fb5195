"""The table "usage is missing: look here", made from the registry of causes, the ledger and the scenarios."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from os.path import relpath
from pathlib import Path

from harness import ledger
from harness.diagnose.diagnosis import catalogue
from harness.diagnose.registry import Known
from harness.diagnose.unseen import ONLY_LIKELY, UNSEEN
from harness.scenario import find_files, load_file

PARTS = (
    ("The event never counted", range(30)),
    ("Counted, but not on this invoice", range(30, 60)),
    ("Counted, but the number is off", range(60, 100)),
)
DOUBTFUL = "Causes that are never more than likely"
_CODE = re.compile(r"u\d\d")


def causes_markdown(scenarios: Path, beside: Path) -> str:
    """The tables of causes, and lists of those that nothing shows, or nothing proves.

    Args:
        scenarios: the folder whose files teach causes: their tags name them, such as `u38`.
        beside: the folder of the document that links lead from.
    """
    taught = taught_by(scenarios)
    parts = [part for title, numbers in PARTS for part in _part(title, numbers, taught, beside)]
    unseen = _listed("Causes that no diagnosis names", UNSEEN)
    return "\n\n".join([*parts, *unseen, *_listed(DOUBTFUL, ONLY_LIKELY)])


def taught_by(scenarios: Path) -> dict[str, Path]:
    """The scenario that teaches each cause, the first by name."""
    found: dict[str, Path] = {}
    for path in find_files([scenarios]):
        for case in load_file(path).cases[:1]:
            for tag in case.scenario.tags:
                if _CODE.fullmatch(tag):
                    found.setdefault(tag.upper(), path)
    return found


def _part(title: str, numbers: range, taught: Mapping[str, Path], beside: Path) -> Iterator[str]:
    known = [each for each in catalogue() if int(each.code[1:]) in numbers]
    rows = ["| cause | how it shows | what to do | scenario |", "| --- | --- | --- | --- |"]
    rows += [_row(each, taught.get(each.code), beside) for each in known]
    yield f"### {title}"
    yield "\n".join(rows)


def _row(known: Known, scenario: Path | None, beside: Path) -> str:
    fact = ledger.load()[known.code]
    link = f"[{scenario.stem}]({relpath(scenario, beside)})" if scenario else ""
    return f"| {known.code} {known.title} | {fact.says} | {known.advice} | {link} |"


def _listed(title: str, reasons: Mapping[str, str]) -> Iterator[str]:
    """A list of causes with the reason for each; nothing where there are none."""
    if reasons:
        yield f"### {title}"
        yield "\n".join(f"- {code}: {ledger.load()[code].says} Why: {why}." for code, why in reasons.items())
