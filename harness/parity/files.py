"""Parity files: what a story came to when it was run, kept to be held against later runs."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from harness.history.entries import CaseStarted, Entry
from harness.history.log import UnreadableTrace, read
from harness.parity.results import result_of

Json = dict[str, Any]
FORMAT = 1
SUFFIX = ".json"


def recording_of(entries: Sequence[Entry]) -> Json:
    """A parity file's content.

    Shape: `{format, file, case, backend, host, api_version, sdk, recorded_on, shift_years, result}`.

    Args:
        entries: of one run, told in its scenario's dates as `history.log.read` does.
    """
    first = entries[0]
    if not isinstance(first, CaseStarted):
        raise TypeError("a history begins with its case")
    return {
        "format": FORMAT,
        "file": first.file,
        "case": first.case,
        "backend": first.backend,
        "host": first.host,
        "api_version": first.api_version,
        "sdk": first.sdk,
        "recorded_on": datetime.fromtimestamp(first.wall, UTC).strftime("%Y-%m-%d"),
        "shift_years": first.shift_years,
        "result": result_of(entries),
    }


def write(recording: Json, path: Path) -> None:
    """Write a parity file; equal recordings give equal bytes."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(recording, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def load(path: Path) -> Json:
    """A recording from a parity file, or made from a trace.

    Raises:
        UnreadableTrace: it is neither.
    """
    if path.suffix != SUFFIX:
        return recording_of(read(path))
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise UnreadableTrace(f"{path}: cannot be read as a parity file: {error}") from error
    if not isinstance(found, dict) or found.get("format") != FORMAT or "result" not in found:
        raise UnreadableTrace(f"{path}: not a parity file of format {FORMAT}")
    return found
