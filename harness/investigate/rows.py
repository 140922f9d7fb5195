"""An application's own log of the usage it sent: rows from CSV, JSON Lines or Parquet, one at a time."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

FIELDS = ("identifier", "timestamp", "value", "customer", "event_name", "status", "sent_at")
REQUIRED = ("timestamp", "value")
DELIMITERS = (",", ";", "\t", "|")
BATCH = 16_384
LONGEST_CELL = 1_000_000
PARQUET_MARK = b"PAR1"


class UnreadableLog(Exception):
    """The file as a whole cannot be read. The message is one line for the user."""


class Row(NamedTuple):
    """One row as text; None where the file has no such column, or nothing in it."""

    identifier: str | None
    timestamp: str | None
    value: str | None
    customer: str | None
    event_name: str | None
    status: str | None
    sent_at: str | None


class Bad(NamedTuple):
    """A row that cannot be read, and why."""

    problem: str


Numbered = tuple[int, Row | Bad]


def parse_columns(text: str) -> dict[str, str]:
    """The columns' names by field, from `identifier=id,timestamp=ts`.

    Raises:
        UnreadableLog: a part is no `field=column`, or there is no such field.
    """
    found: dict[str, str] = {}
    for part in filter(None, (each.strip() for each in text.split(","))):
        field, equals, column = (each.strip() for each in part.partition("="))
        if not equals or not column or field not in FIELDS:
            raise UnreadableLog(f"--columns: `{part}` is no field=column; the fields are {', '.join(FIELDS)}")
        found[field] = column
    return found


def read_rows(path: Path, columns: Mapping[str, str]) -> Iterator[Numbered]:
    """Every row with the number of its line (of its record, in Parquet); nothing is kept.

    Args:
        path: the kind of file is told by its name, else by its beginning.
        columns: which column holds which field; a field that isn't named is looked for under its own name. In
            JSON a dotted name leads into objects.

    Raises:
        UnreadableLog: the file is missing, of no known kind, or lacks a column.
    """
    try:
        return _reader_for(path)(path, columns)
    except OSError as error:
        raise UnreadableLog(f"{path}: cannot be read: {error.strerror or error}") from error


def _reader_for(path: Path) -> Callable[[Path, Mapping[str, str]], Iterator[Numbered]]:
    suffix = path.suffix.lower()
    with path.open("rb") as file:
        beginning = file.read(4_096)
    if suffix in {".parquet", ".pq"} or beginning.startswith(PARQUET_MARK):
        return _parquet
    if suffix in {".jsonl", ".ndjson", ".json"} or beginning.lstrip().startswith(b"{"):
        return _json_lines
    return _csv


def _csv(path: Path, columns: Mapping[str, str]) -> Iterator[Numbered]:
    with path.open(encoding="utf-8-sig", errors="replace", newline="") as file:
        delimiter = _delimiter(file.readline())
        file.seek(0)
        csv.field_size_limit(LONGEST_CELL)
        reader = csv.reader(file, delimiter=delimiter)
        header = [name.strip() for name in next(reader, [])]
        places = _places(path, header, columns)
        while True:
            try:
                cells = next(reader)
            except StopIteration:
                return
            except csv.Error as error:
                yield reader.line_num, Bad(str(error))
                continue
            if len(cells) == len(header):
                yield reader.line_num, Row(*[None if at is None else cells[at] or None for at in places])
            elif cells:
                yield reader.line_num, Bad(f"has {len(cells)} cells, not {len(header)}")


def _delimiter(header: str) -> str:
    return max(DELIMITERS, key=header.count)


def _places(path: Path, header: Sequence[str], columns: Mapping[str, str]) -> list[int | None]:
    """Where each field stands in a row."""
    found = _columns(path, header, columns)
    return [None if name is None else header.index(name) for name in found]


def _columns(path: Path, present: Sequence[str], columns: Mapping[str, str]) -> list[str | None]:
    """The column of each field, None for one that the file doesn't have."""
    found: list[str | None] = []
    for field in FIELDS:
        name = columns.get(field, field)
        if name not in present:
            if field in columns or field in REQUIRED:
                listed = ", ".join(f"`{each[:40]}`" for each in present[:20]) or "none"
                raise UnreadableLog(
                    f"{path}: there is no column `{name}` for {field}; it has {listed} (see --columns)"
                )
            found.append(None)
        else:
            found.append(name)
    return found


def _json_lines(path: Path, columns: Mapping[str, str]) -> Iterator[Numbered]:
    paths = [tuple(columns.get(field, field).split(".")) for field in FIELDS]
    decode = json.JSONDecoder(parse_float=str, parse_int=str).decode
    with path.open(encoding="utf-8-sig", errors="replace") as file:
        for number, line in enumerate(file, start=1):
            if line.isspace():
                continue
            try:
                members = decode(line.strip())
            except (ValueError, RecursionError):
                yield number, Bad("is no JSON")
                continue
            if isinstance(members, dict):
                yield number, Row(*[_reached(members, names) for names in paths])
            else:
                yield number, Bad("is no JSON object")


def _reached(members: Any, names: Sequence[str]) -> str | None:
    for name in names:
        members = members.get(name) if isinstance(members, dict) else None
    return _text(members)


def _text(value: Any) -> str | None:
    """A cell as text; times as ISO 8601."""
    if value is None or isinstance(value, str):
        return value or None
    return value.isoformat() if hasattr(value, "isoformat") else str(value)


def _parquet(path: Path, columns: Mapping[str, str]) -> Iterator[Numbered]:
    try:
        import pyarrow as pa
        from pyarrow.parquet import ParquetFile
    except ImportError as error:
        wanted = "pip install 'testclock-harness[parquet]'"
        raise UnreadableLog(f"{path}: reading Parquet needs the extra `parquet`: {wanted}") from error
    try:
        file = ParquetFile(path)
        names = _columns(path, file.schema_arrow.names, columns)
        number = 0
        for batch in file.iter_batches(batch_size=BATCH, columns=[name for name in names if name]):
            cells = {name: batch.column(name).to_pylist() for name in batch.schema.names}
            for row in range(batch.num_rows):
                number += 1
                yield number, Row(*[_text(cells[name][row]) if name else None for name in names])
    except (pa.ArrowException, OSError) as error:
        raise UnreadableLog(
            f"{path}: cannot be read as Parquet: {str(error).splitlines()[0][:200]}"
        ) from error
