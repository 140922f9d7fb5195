"""The state file: every change is appended before it is answered, and redone when the server starts again."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import json
import os
import zlib
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from harness.simulator.faults import Faults
from harness.simulator.served import pickles
from harness.simulator.served.account import MOST_LOGGED, Account
from harness.simulator.served.entry import Entry

FORMAT = "harness simulator state"
VERSION = 1
COMPACT_AFTER = 200_000
"""Entries since the last picture after which a new one is worth its time."""
OTHER_VERSION = "it was written by another version of the simulator. Move it away to begin anew."


class StateUnusable(Exception):
    """The state file cannot be used. The message is one line that says why and what to do."""


class JournalMismatch(StateUnusable):
    """Redoing an entry gave another answer than the one that was given."""

    def __init__(self, path: Path, number: int, entry: Entry) -> None:
        what = f"{entry.args.get('m', '')} {entry.args.get('t', entry.op)}".strip()
        super().__init__(
            f"{path}: entry {number} ({what:.80}) no longer gives the answer that it gave; {OTHER_VERSION}"
        )


class Journal:
    """A state file, open and locked.

    Lines of JSON, each behind its checksum: a header, pictures of accounts, then entries. A last line that
    was not written to its end was never answered, and is cut off.

    Args:
        path: the file; made when there is none.

    Raises:
        StateUnusable: the file is damaged, is something else, or another server uses it.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.picture: list[Account] = []
        self.entries: list[Entry] = []
        self.since_picture = 0
        self._file = _open(path)
        self._written = self._synced = 0
        self._retired: list[int] = []
        """Files that a visit to the disk may still be under way for."""
        self._syncing: asyncio.Task[None] | None = None
        self._read()

    def append(self, entry: Entry) -> None:
        """Write an entry. It outlives this process from now on, and the machine's power after `committed`.

        Raises:
            StateUnusable: the disk did not take it; the file is as it was before.
        """
        self._write(_line(entry.as_json()))
        self.since_picture += 1

    async def committed(self) -> None:
        """Wait until everything appended so far is on the disk. Many waiters share one visit to it."""
        wanted = self._written
        while self._synced < wanted:
            if self._syncing is None:
                self._syncing = asyncio.create_task(self._sync())
            await asyncio.shield(self._syncing)

    def compact(self, accounts: Sequence[Account]) -> None:
        """Replace the file by a picture of `accounts`."""
        new = self.path.with_name(self.path.name + ".new")
        file = _open(new)
        os.ftruncate(file, 0)
        old, self._file = self._file, file
        self._write(b"".join(_line(part) for part in (_header(), *map(_portrait, accounts))))
        os.fsync(file)
        new.replace(self.path)
        _sync_folder(self.path.parent)
        self._retired.append(old)
        self._close_retired()
        self.since_picture = 0
        self._synced = self._written

    def close(self) -> None:
        """Write out and unlock the file."""
        os.fsync(self._file)
        os.close(self._file)

    async def _sync(self) -> None:
        upto = self._written
        await asyncio.to_thread(_sync_data, self._file)
        self._synced = max(self._synced, upto)
        self._syncing = None
        self._close_retired()

    def _close_retired(self) -> None:
        while self._retired and self._syncing is None:
            os.close(self._retired.pop())

    def _write(self, data: bytes) -> None:
        begun_at = os.lseek(self._file, 0, os.SEEK_END)
        view = memoryview(data)
        try:
            while view:
                view = view[os.write(self._file, view) :]
        except OSError as error:
            os.ftruncate(self._file, begun_at)
            raise StateUnusable(f"{self.path} cannot be written: {error}") from error
        self._written += len(data)

    def _read(self) -> None:
        lines = _lines(self.path, self._file)
        header = next(lines, None)
        if header is None:
            self._write(_line(_header()))
            return
        if header.get("format") != FORMAT or header.get("version") != VERSION:
            raise StateUnusable(f"{self.path} is no state file of this version")
        same = header.get("simulator") == fingerprint()
        for line in lines:
            if "picture" not in line:
                self.entries.append(Entry.from_json(line))
            elif same:
                self.picture.append(pickles.load(zlib.decompress(base64.b64decode(line["picture"]))))
            else:
                raise StateUnusable(f"{self.path}: {OTHER_VERSION}")
        self.since_picture = len(self.entries)


def fingerprint() -> str:
    """A digest of the simulator's own source: pictures are read only by the version that made them."""
    root = Path(__file__).parent.parent
    total = hashlib.sha256()
    for path in sorted(root.rglob("*.py")):
        total.update(str(path.relative_to(root)).encode() + b"\0" + path.read_bytes())
    return total.hexdigest()[:16]


def _open(path: Path) -> int:
    try:
        file = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise StateUnusable(f"{path} cannot be opened: {error.strerror}") from error
    import fcntl  # not on every system, and only a state file needs it

    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        os.close(file)
        raise StateUnusable(f"{path} is in use by another server") from error
    return file


def _lines(path: Path, file: int) -> Iterator[dict[str, Any]]:
    """The decoded lines; a torn last one is cut off the file."""
    good = 0
    with path.open("rb") as reader:
        for number, raw in enumerate(reader, start=1):
            decoded = _decode(raw)
            if decoded is None:
                if number == 1 and not _line(_header()).startswith(raw):
                    raise StateUnusable(f"{path} is no state file of the simulator")
                if reader.read(1):
                    raise StateUnusable(f"{path} is damaged in line {number}. Move it away to begin anew.")
                os.ftruncate(file, good)
                return
            good += len(raw)
            yield decoded


def _decode(raw: bytes) -> dict[str, Any] | None:
    crc, _, text = raw.removesuffix(b"\n").partition(b" ")
    if not raw.endswith(b"\n") or crc != b"%08x" % zlib.crc32(text):
        return None
    decoded = json.loads(text)
    return decoded if isinstance(decoded, dict) else None


def _line(text: str) -> bytes:
    data = text.encode()
    return b"%08x %s\n" % (zlib.crc32(data), data)


def _header() -> str:
    return json.dumps({"format": FORMAT, "version": VERSION, "simulator": fingerprint()})


def _portrait(account: Account) -> str:
    kept = replace(account, faults=Faults(), log=deque(maxlen=MOST_LOGGED))
    return json.dumps({"picture": base64.b64encode(zlib.compress(pickles.dump(kept), 1)).decode()})


_sync_data = getattr(os, "fdatasync", os.fsync)  # macOS has only the latter


def _sync_folder(folder: Path) -> None:
    file = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(file)
    finally:
        os.close(file)
