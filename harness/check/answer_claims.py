"""Claims about the answer of a call that the scenario itself makes."""

from __future__ import annotations

import json
from typing import Any

from harness.check.findings import Finding, Row
from harness.history.entries import Called, Claimed
from harness.history.facts import Facts

ABSENT = object()
LONGEST_SHOWN = 60


def check_answer(facts: Facts, claimed: Claimed) -> list[Finding]:
    """`answer`: members of one exchange's answer by dotted path; a list's places are numbers from 0."""
    claim = claimed.claim["answer"]
    call = next(each for each in facts.all(Called) if each.n == claim["call"])
    rows = tuple(
        Row(path, _shown(wanted), _shown(actual))
        for path, wanted in claim["members"].items()
        if not _same(actual := member(call.answer, path), wanted)
    )
    if not rows:
        return []
    title = f"expect the answer of {call.method} {call.path}"
    summary = f"{rows[0].what} is {rows[0].actual}, not {rows[0].expected}"
    return [Finding("answer", claimed.line, claimed.n, None, title, rows, "failed", summary)]


def member(answer: Any, path: str) -> Any:
    """What stands at `path`, or `ABSENT`."""
    found = answer
    for name in path.split("."):
        if isinstance(found, dict):
            found = found.get(name, ABSENT)
        elif isinstance(found, list) and name.isdecimal() and int(name) < len(found):
            found = found[int(name)]
        else:
            return ABSENT
    return found


def _same(actual: Any, wanted: Any) -> bool:
    """Equal as JSON: true is not 1, and 1 is 1.0."""
    return bool(actual == wanted) and isinstance(actual, bool) == isinstance(wanted, bool)


def _shown(value: Any) -> str:
    if value is ABSENT:
        return "absent"
    text = value if isinstance(value, str) and value else json.dumps(value)
    return text if len(text) <= LONGEST_SHOWN else f"{text[:LONGEST_SHOWN]}…"
