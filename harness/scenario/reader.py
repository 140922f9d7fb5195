"""Bytes in, text out: size, encoding and whatever keeps a file from being read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.scenario.codes import Code
from harness.scenario.findings import Finding, RefusedError
from harness.scenario.source import Source, Span

if TYPE_CHECKING:
    from pathlib import Path

MOST_BYTES = 10 * 1024 * 1024


def read_source(path: Path, root: Path | None) -> Source:
    """Read a file as UTF-8, with or without a byte order mark.

    Args:
        path: the file.
        root: the folder that shown paths are relative to; paths outside it are shown in full.

    Raises:
        RefusedError: when it can't be read, is too big or isn't UTF-8.
    """
    shown = path.relative_to(root).as_posix() if root and path.is_relative_to(root) else path.as_posix()
    try:
        if not path.is_file():
            message = "this isn't a file" if path.exists() else "there is no such file"
            raise RefusedError(_finding(shown, Code.UNREADABLE, message))
        size = path.stat().st_size
        if size > MOST_BYTES:
            message = f"the file has {size:,} bytes; a scenario may have {MOST_BYTES:,}"
            raise RefusedError(_finding(shown, Code.TOO_BIG, message, "spread it over several files"))
        content = path.read_bytes()
    except OSError as error:
        message = f"the file can't be read: {error.strerror or type(error).__name__}"
        raise RefusedError(_finding(shown, Code.UNREADABLE, message)) from error
    return Source(shown, _decoded(shown, content))


def _decoded(shown: str, content: bytes) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = content[: error.start].decode("utf-8-sig", errors="replace")
        line, column = before.count("\n") + 1, len(before) - before.rfind("\n")
        readable = Source(shown, content.decode("utf-8-sig", errors="replace"))
        message = f"byte {content[error.start]:#04x} isn't UTF-8"
        finding = Finding(Code.NOT_UTF8, message, Span(readable, line, column, 1), "save the file as UTF-8")
        raise RefusedError(finding) from error


def _finding(shown: str, code: Code, message: str, hint: str | None = None) -> Finding:
    return Finding(code, message, Span(Source(shown, ""), 1, 1, 1), hint)
