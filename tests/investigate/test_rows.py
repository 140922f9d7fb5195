"""Rows of an application's log."""

import json
from pathlib import Path

import pytest

from harness.investigate.rows import Bad, Row, UnreadableLog, parse_columns, read_rows

FULL = Row("a", "1769903999", "40", "cus_1", "api_calls", "200", None)
NAMES = {
    "identifier": "id",
    "timestamp": "ts",
    "value": "qty",
    "customer": "cus",
    "event_name": "name",
    "status": "code",
}


def rows(path: Path, columns: dict[str, str] | None = None) -> list[tuple[int, Row | Bad]]:
    return list(read_rows(path, columns or {}))


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_csv_columns_are_found_by_the_names_given(tmp_path: Path, delimiter: str) -> None:
    path = tmp_path / "sent.csv"
    lines = ["code,cus,id,name,qty,ts,extra", "200,cus_1,a,api_calls,40,1769903999,x"]
    path.write_text("\ufeff" + "\n".join(lines).replace(",", delimiter), encoding="utf-8")
    assert rows(path, NAMES) == [(2, FULL)]


def test_a_quoted_cell_may_hold_lines_and_rows_keep_their_line(tmp_path: Path) -> None:
    path = tmp_path / "sent.csv"
    path.write_text('timestamp,value\n1,"1,000"\n2,"a\nb"\n3,4\n', encoding="utf-8")
    assert [(line, row.value) for line, row in rows(path) if isinstance(row, Row)] == [
        (2, "1,000"),
        (4, "a\nb"),
        (5, "4"),
    ]


def test_a_row_of_another_length_is_bad_and_an_empty_line_is_none(tmp_path: Path) -> None:
    path = tmp_path / "sent.csv"
    path.write_text("timestamp,value\n1\n\n2,3\n", encoding="utf-8")
    found = rows(path)
    assert found[0] == (2, Bad("has 1 cells, not 2"))
    assert [line for line, _ in found] == [2, 4]


def test_json_lines_lead_into_objects_and_keep_numbers_exact(tmp_path: Path) -> None:
    path = tmp_path / "sent.jsonl"
    sent = {"id": "a", "at": 1769903999, "payload": {"value": 0.1, "who": "cus_1"}}
    broken = '{"id": '
    path.write_text(f"{json.dumps(sent)}\n\n{broken}\n[1]\n", encoding="utf-8")
    columns = {"identifier": "id", "timestamp": "at", "value": "payload.value", "customer": "payload.who"}
    assert rows(path, columns) == [
        (1, Row("a", "1769903999", "0.1", "cus_1", None, None, None)),
        (3, Bad("is no JSON")),
        (4, Bad("is no JSON object")),
    ]


def test_parquet_is_read_in_batches_with_times_as_iso(tmp_path: Path) -> None:
    arrow = pytest.importorskip("pyarrow")
    from datetime import UTC, datetime

    from pyarrow.parquet import write_table

    path = tmp_path / "sent.parquet"
    stamps = [datetime(2026, 1, 31, 23, 59, 59, tzinfo=UTC), None]
    write_table(arrow.table({"ts": stamps, "qty": [40, 2], "id": ["a", None]}), path)
    assert rows(path, {"timestamp": "ts", "value": "qty", "identifier": "id"}) == [
        (1, Row("a", "2026-01-31T23:59:59+00:00", "40", None, None, None, None)),
        (2, Row(None, None, "2", None, None, None, None)),
    ]


def test_without_pyarrow_parquet_names_the_extra(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "sent.parquet"
    path.write_bytes(b"PAR1")
    monkeypatch.setitem(__import__("sys").modules, "pyarrow", None)
    with pytest.raises(UnreadableLog, match=r"pip install 'testclock-harness\[parquet\]'"):
        rows(path)


@pytest.mark.parametrize(
    ("content", "columns", "said"),
    [
        ("timestamp,qty\n1,2\n", {}, "no column `value` for value; it has `timestamp`, `qty`"),
        ("timestamp,value\n1,2\n", {"customer": "cus"}, "no column `cus` for customer"),
        ("", {}, "no column `timestamp`"),
        ("\x00\x01\x02", {}, "no column"),
    ],
)
def test_a_file_without_its_columns_is_told_in_one_line(
    tmp_path: Path, content: str, columns: dict[str, str], said: str
) -> None:
    path = tmp_path / "sent.csv"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(UnreadableLog, match=said) as told:
        rows(path, columns)
    assert "\n" not in str(told.value)


def test_a_missing_file_is_told_in_one_line(tmp_path: Path) -> None:
    with pytest.raises(UnreadableLog, match="No such file"):
        rows(tmp_path / "nowhere.csv")


def test_columns_are_pairs_of_known_fields() -> None:
    assert parse_columns("identifier=id, timestamp = ts,") == {"identifier": "id", "timestamp": "ts"}
    for wrong in ("timestamp", "when=ts", "value="):
        with pytest.raises(UnreadableLog, match="the fields are identifier, timestamp"):
            parse_columns(wrong)
