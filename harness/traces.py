"""The folder of trace files: one for each case of the last run."""

from __future__ import annotations

import re
from pathlib import Path

SUFFIX = ".jsonl"


class TraceFolder:
    """Where a run's traces go.

    Args:
        folder: made when the first trace is written.
        token: the same in every process of a run, and different from run to run.
    """

    def __init__(self, folder: Path, token: str) -> None:
        self.folder = folder
        self._mark = folder / f".run-{re.sub(r'[^A-Za-z0-9-]', '-', token)}"

    def begin(self) -> None:
        """Remove the traces of earlier runs. Of several processes, the one that makes the mark does it."""
        self.folder.mkdir(parents=True, exist_ok=True)
        try:
            self._mark.touch(exist_ok=False)
        except FileExistsError:
            return
        for old in sorted(self.folder.glob(f"*{SUFFIX}")):
            old.unlink(missing_ok=True)
        for mark in sorted(self.folder.glob(".run-*")):
            if mark != self._mark:
                mark.unlink(missing_ok=True)

    def path_for(self, file: str, case: str) -> Path:
        """A readable name that no other case of the tree shares: folders and case joined by `-`."""
        parts = [*Path(file).parent.parts[1:], case.replace("[", "-").replace("]", "")]
        slug = "-".join(re.sub(r"[^A-Za-z0-9_.+-]", "-", part) for part in parts)
        return self.folder / f"{slug}{SUFFIX}"
