"""`harness explain`: where the usage went, from a trace alone."""

from __future__ import annotations

import json
from pathlib import Path

from harness.check import check
from harness.diagnose import diagnose
from harness.history.facts import read_facts
from harness.history.log import read
from harness.report import machine
from harness.report.explain import explain_text


def explain_trace(trace: Path, *, event: str | None, invoice: str | None, as_json: bool) -> str:
    """The explanation as text, or as one JSON object.

    Raises:
        UnreadableTrace: the file is missing, foreign or broken.
    """
    facts = read_facts(read(trace))
    checked = check(facts)
    causes = diagnose(facts, checked)
    if as_json:
        return json.dumps(machine.as_json(facts, checked, causes), indent=2)
    return explain_text(facts, checked, causes, event=event, invoice=invoice)
