"""`harness compare`: where two runs of the same cases disagree, worst first."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness import ledger
from harness.history.log import UnreadableTrace
from harness.parity import Difference, compare
from harness.parity.files import SUFFIX, load
from harness.traces import SUFFIX as TRACE_SUFFIX

JSON_FORMAT = 1
MOST_SHOWN = 40


@dataclass(frozen=True)
class Compared:
    """One case of two runs: where they disagree, or why they cannot be compared."""

    case: str
    differences: tuple[Difference, ...]
    alone: str = ""

    @property
    def weight(self) -> int:
        """Of the worst difference."""
        return max((each.weight for each in self.differences), default=0)


def compare_runs(left: Path, right: Path) -> list[Compared]:
    """Every case that both runs have, worst first; cases of one run alone come last.

    Args:
        left: a trace or a parity file, or a folder of them.
        right: the same of another run.

    Raises:
        UnreadableTrace: a file is neither a trace nor a parity file, or a folder holds none.
    """
    ours, theirs = recordings(left), recordings(right)
    found = [
        Compared(case, tuple(compare(ours[case]["result"], theirs[case]["result"])))
        for case in ours
        if case in theirs
    ]
    alone = [Compared(case, (), f"only in {left}") for case in ours if case not in theirs]
    alone += [Compared(case, (), f"only in {right}") for case in theirs if case not in ours]
    return [*sorted(found, key=lambda each: -each.weight), *alone]


def recordings(place: Path) -> dict[str, dict[str, Any]]:
    """By file and case; stories that were not run are left out."""
    files = (
        sorted([*place.glob(f"*{TRACE_SUFFIX}"), *place.glob(f"*{SUFFIX}")]) if place.is_dir() else [place]
    )
    if not files:
        raise UnreadableTrace(f"{place}: no traces here")
    loaded = [load(file) for file in files]
    told = [each for each in loaded if each["result"]["ended"] not in {"skipped", "broken"}]
    return {f"{each['file']}::{each['case']}": each for each in told}


def differing(compared: Sequence[Compared]) -> list[Compared]:
    """Those that disagree."""
    return [each for each in compared if each.differences]


def by_case(compared: Sequence[Compared]) -> dict[str, list[tuple[str, str, str, str]]]:
    """For the page: of each case its differing fields, as path, both values and the facts concerned."""
    return {
        each.case: [
            (one.path, _short(one.left), _short(one.right), ", ".join(one.facts)) for one in each.differences
        ]
        for each in compared
    }


def as_text(compared: Sequence[Compared]) -> str:
    """For people: each case that differs with its fields, and a line that counts."""
    lines = [line for each in differing(compared) for line in _case_lines(each)]
    alone = [each for each in compared if each.alone]
    lines += [f"{each.case}: {each.alone}" for each in alone]
    both = len(compared) - len(alone)
    noun = "case" if both == 1 else "cases"
    lines.append(f"{both} {noun} compared, {len(differing(compared))} differ, {len(alone)} in one run only")
    return "\n".join(lines)


def _case_lines(compared: Compared) -> Iterator[str]:
    yield compared.case
    for each in compared.differences[:MOST_SHOWN]:
        facts = f"   [{', '.join(each.facts)}]" if each.facts else ""
        yield f"  {each.path}{facts}"
        yield f"      {_short(each.left)}  →  {_short(each.right)}"
    if (more := len(compared.differences) - MOST_SHOWN) > 0:
        yield f"  and {more} more"
    yield ""


def _short(value: Any) -> str:
    if isinstance(value, dict):
        told = {name: value[name] for name in ("quantity", "amount", "total", "status") if name in value}
        return "there: " + ", ".join(f"{name} {member}" for name, member in told.items()) if told else "there"
    return "null" if value is None else str(value)


def as_json(compared: Sequence[Compared]) -> dict[str, Any]:
    """One versioned object; facts come with what they say."""
    cited = sorted({fact for each in compared for one in each.differences for fact in one.facts})
    known = ledger.load()
    return {
        "format": JSON_FORMAT,
        "cases": [
            {
                "case": each.case,
                "alone": each.alone or None,
                "differences": [one.as_json() for one in each.differences],
            }
            for each in compared
        ],
        "facts": {fact: known[fact].says for fact in cited},
    }
