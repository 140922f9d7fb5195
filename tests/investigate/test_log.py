"""An application's own log beside what the meters counted: each row gets its fate."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from harness.investigate import sent
from harness.investigate.rows import UnreadableLog
from harness.investigate.telling import json_of, text_of

Account = Any
HEADER = "identifier,timestamp,value,customer,event_name,status\n"
BILLED = "".join(f"a{n},2026-01-01T01:00:00Z,5,CUS,api_calls,200\n" for n in range(6))
BILLED += "b,2026-01-20T00:00:00Z,12.5,CUS,api_calls,200\n"
NEXT = "n,2026-02-01T02:00:00Z,7,CUS,api_calls,200\n"
LOST = "l,2026-01-31T23:59:59Z,40,CUS,api_calls,200\n"
COMPLETE = BILLED + LOST + NEXT


@pytest.fixture
def log(tmp_path: Path, late: Account) -> Any:
    """Writes a CSV log; `CUS` stands for the customer's id."""

    def written(rows: str, header: str = HEADER) -> Path:
        path = tmp_path / "sent.csv"
        path.write_text(header + rows.replace("CUS", late.customer), encoding="utf-8")
        return path

    return written


def fates(explained: Any) -> list[tuple[str, tuple[str, ...]]]:
    return [(fate.words, fate.causes) for _, fate in explained.fates.rows()]


def test_a_complete_log_names_the_rows_that_are_lost(late: Account, log: Any) -> None:
    explained = late.explain(log(COMPLETE))
    assert fates(explained) == [("billed", ())] * 7 + [("lost", ("U38", "U39")), ("pending", ())]
    assert "line 9" in text_of(explained)


SENT = "identifier,timestamp,value,sent_at\n"


@pytest.mark.parametrize(
    ("sent_at", "codes"),
    [("2026-02-01T01:59:00Z", ("U38",)), ("2026-01-31T23:59:59Z", ("U39",)), ("", ("U38", "U39"))],
)
def test_when_a_row_was_sent_decides_between_the_causes(
    late: Account, log: Any, sent_at: str, codes: tuple[str, ...]
) -> None:
    rows = "a,2026-01-01T01:00:00Z,30,2026-01-01T01:00:00Z\nb,2026-01-20,12.5,2026-01-20\n"
    rows += f"l,2026-01-31T23:59:59Z,40,{sent_at}\n"
    explained = late.explain(log(rows, SENT))
    assert fates(explained)[2] == ("lost", codes)
    certain = [cause.certainty for cause in explained.causes if "line 4" in cause.events]
    assert certain == (["certain"] if len(codes) == 1 else ["likely", "likely"])


@pytest.mark.parametrize(
    ("row", "words", "codes"),
    [
        ("a1,2026-01-20,9,CUS,api_calls,", "refused: its identifier stands in the log before", ("U13",)),
        ("x,1768867200000,9,CUS,api_calls,400", "not counted: stamped in milliseconds", ("U10",)),
        ("x,1768867200000,9,CUS,api_calls,", "not counted: stamped in milliseconds", ("U10",)),
        ("x,2026-01-20,9,CUS,api_call,400", "not counted: no meter has the event name", ("U01",)),
        ('x,2026-01-20,"1,000",CUS,api_calls,', "not counted: the value is no plain number", ("U07",)),
        ("x,2026-01-20,1234567890123456,CUS,api_calls,400", "not counted: more than 15 digits", ("U08",)),
        ("x,2026-01-20,9,CUS,api_calls,409", "refused with 409", ("U16",)),
        ("x,2026-01-20,9,CUS,api_calls,429", "refused with 429", ("U17",)),
        ("x,2026-01-20,9,CUS,api_calls,401", "refused with 401", ("U18",)),
        ("x,2026-01-20,9,CUS,api_calls,failed", "refused", ()),
        ("b,2026-01-20,9,CUS,api_calls,429", "refused; its identifier was sent again", ()),
        ("x,2026-01-20,9,CUS,api_calls,200", "sent, but the meter does not show it", ()),
        ("x,2026-01-20,9,CUS,api_calls,", "sent, but the meter does not show it", ()),
        ("x,2026-01-20,9,cus_other,api_calls,200", "of another customer, not looked at", ()),
        ("x,2025-06-01,9,CUS,api_calls,200", "stamped outside the time that was looked at", ()),
        ("x,yesterday,9,CUS,api_calls,200", "not readable", ()),
        ("x,,9,CUS,api_calls,200", "not readable", ()),
        ("x,2026-01-20", "not readable", ()),
    ],
)
def test_a_row_that_is_not_billed_says_why(
    late: Account, log: Any, row: str, words: str, codes: tuple[str, ...]
) -> None:
    explained = late.explain(log(f"{COMPLETE}{row}\n"))
    found = fates(explained)
    assert found[-1] == (words, codes)
    assert found[:-1] == [("billed", ())] * 7 + [("lost", ("U38", "U39")), ("pending", ())]


def test_rows_that_the_meter_does_not_show_come_with_what_to_look_at(late: Account, log: Any) -> None:
    text = " ".join(text_of(late.explain(log(f"{COMPLETE}x,2026-01-20,9,CUS,api_calls,200\n"))).split())
    assert "1 row of the log is not shown by the meter, and the log does not tell why." in text
    assert "not shown" not in text_of(late.explain(log(COMPLETE)))


def test_milliseconds_of_the_log_alone_count_where_the_meter_shows_them(late: Account, log: Any) -> None:
    rows = "a,1767229200000,30,CUS,api_calls,\nb,1768867200000,12.5,CUS,api_calls,\n"
    assert fates(late.explain(log(rows + LOST + NEXT)))[:2] == [("billed", ())] * 2


def test_what_the_log_lacks_is_told_beside_it(late: Account, log: Any) -> None:
    explained = late.explain(log(LOST + NEXT))
    labels = {row.usage.label: row.fate for account in explained.checked.accounts for row in account.rows}
    assert labels["2026-01-01 01:00, not in the log"] == "billed"
    assert labels["2026-01-20 00:00, not in the log"] == "billed"


def test_rows_need_no_customer_and_no_event_name_where_the_invoice_has_one_of_each(
    late: Account, log: Any
) -> None:
    explained = late.explain(log("1768867200,12.5\n", "timestamp,value\n"))
    assert fates(explained) == [("billed", ())]


def test_bad_rows_are_counted_and_named_by_line(late: Account, log: Any) -> None:
    explained = late.explain(log(COMPLETE + "x,yesterday,1,CUS,api_calls,200\ny\n"))
    assert explained.fates.sent.bad_count == 2
    text = text_of(explained)
    assert "line 11: `yesterday` is no time" in text
    assert "line 12: has 1 cells, not 6" in text
    assert json_of(explained)["log"]["bad"] == [
        {"line": 11, "problem": "`yesterday` is no time"},
        {"line": 12, "problem": "has 1 cells, not 6"},
    ]


def test_a_log_without_any_readable_row_is_told_in_one_line(late: Account, tmp_path: Path) -> None:
    path = tmp_path / "sent.jsonl"
    path.write_text("garbage\nmore\n", encoding="utf-8")
    with pytest.raises(UnreadableLog, match="none of its 2 rows can be read; line 1 is no JSON"):
        late.explain(path)


def test_a_big_log_in_bundles_tells_the_same_as_row_by_row(
    late: Account, log: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    odd = "ms,1768867200000,9,CUS,api_calls,400\nrl,2026-01-20,9,CUS,api_calls,429\nx,bad,1,CUS,api_calls,\n"
    path = log(COMPLETE + odd)
    alone = late.explain(path)
    monkeypatch.setattr(sent, "FEW", 0)
    together = late.explain(path)
    assert fates(together) == fates(alone)
    assert together.fates.counts() == alone.fates.counts()
    assert len(together.fates.sent.bundles) < len(alone.fates.sent.bundles)


def test_every_row_has_its_fate_in_the_file_of_fates(late: Account, log: Any, tmp_path: Path) -> None:
    late.explain(log(LOST + "x,,1,CUS,api_calls,\n")).fates.write(tmp_path / "fates.csv")
    assert (tmp_path / "fates.csv").read_text(encoding="utf-8").splitlines() == [
        "line,fate,invoice,causes",
        f"2,lost,{late.invoice},U38 U39",
        "3,not readable,,",
    ]


def test_the_accounting_agrees_with_the_log_and_the_meter(late: Account, log: Any) -> None:
    explained = late.explain(log(COMPLETE + "x,2026-01-20,9,CUS,api_calls,200\n"))
    [account] = explained.checked.accounts
    assert account.reported == Decimal("98.5")
    assert account.total("billed") == Decimal("42.5")
    assert account.total("lost") == Decimal(40)
    assert account.total("refused") == Decimal(9)
    assert account.total("pending") == Decimal(7)


@pytest.mark.parametrize(
    ("rows", "uncounted"),
    [
        ("ms,1768867200000,9,CUS,api_calls,\nx,2026-01-20,9,CUS,api_calls,\n", "ms"),
        ("x,2026-01-20,9,CUS,api_calls,\nok,2026-01-20,9,CUS,api_calls,200\n", "x"),
        ("x,2026-01-20,9,CUS,api_calls,\ny,2026-01-20,4,CUS,api_calls,\n", "x"),
    ],
)
def test_of_rows_that_may_be_the_uncounted_one_the_least_believable_is(
    account: Any, tmp_path: Path, rows: str, uncounted: str
) -> None:
    counted = 9 if "9,CUS,api_calls,\ny" not in rows else 4
    told = account(
        f"""\
  - advance: 2026-01-20
  - meter_events: {{meter: api_calls, customer: acme, value: {counted}}}
  - advance: cycle1.end + 2h
"""
    )
    path = tmp_path / "sent.csv"
    path.write_text(HEADER + rows.replace("CUS", told.customer), encoding="utf-8")
    explained = told.explain(path)
    names = [line.partition(",")[0] for line in rows.splitlines()]
    lost = [name for name, (words, _) in zip(names, fates(explained), strict=True) if words != "billed"]
    assert lost == [uncounted]


def test_an_identifier_that_was_taken_twice_counts_twice(account: Any, tmp_path: Path) -> None:
    told = account(
        """\
  - advance: 2026-01-20
  - meter_events: {meter: api_calls, customer: acme, value: 5, times: 2}
  - advance: cycle1.end + 2h
"""
    )
    path = tmp_path / "sent.csv"
    path.write_text(
        "identifier,timestamp,value,status\na,2026-01-20,5,200\na,2026-01-20,5,200\n", encoding="utf-8"
    )
    assert fates(told.explain(path)) == [("billed", ())] * 2


def test_a_refusal_that_was_sent_again_is_not_reported_twice(late: Account, log: Any) -> None:
    explained = late.explain(log(COMPLETE + "b,2026-01-20,12.5,CUS,api_calls,429\n"))
    assert sum(account.reported for account in explained.checked.accounts) == Decimal("89.5")


LAST_CAST = """\
scenario: A story
clock: 2026-01-01
meters: {seats: METER}
prices: {per-seat: {meter: seats, unit_amount: 1 usd}}
customers: {acme: {payment_method: pm_card_visa}}
subscriptions: {plan: {customer: acme, items: [per-seat]}}
"""


@pytest.mark.parametrize(
    ("meter", "words"),
    [
        ("{formula: last}", ["superseded", "superseded", "billed"]),
        ("{formula: sum, event_time_window: day}", ["superseded", "billed", "billed"]),
        ("{formula: count}", ["billed", "billed", "billed"]),
    ],
)
def test_rows_are_judged_by_the_meters_own_rules(
    account: Any, tmp_path: Path, meter: str, words: list[str]
) -> None:
    told = account(
        """\
  - advance: start + 10d
  - meter_events:
      - {meter: seats, customer: acme, value: 7, at: start + 1d}
      - {meter: seats, customer: acme, value: 3, at: start + 1d 2h}
      - {meter: seats, customer: acme, value: 2, at: start + 3d}
  - advance: cycle1.end + 2h
""",
        LAST_CAST.replace("METER", meter),
    )
    path = tmp_path / "sent.csv"
    path.write_text("timestamp,value\n2026-01-02,7\n2026-01-02T02:00:00Z,3\n2026-01-04,2\n", encoding="utf-8")
    assert [found for found, _ in fates(told.explain(path))] == words


ONE_IN_TIME_AND_ONE_LATE = """\
  - advance: cycle1.end - 1h
  - meter_events: {meter: api_calls, customer: acme, value: 5}
  - advance: cycle1.end + 2h
  - meter_events: {meter: api_calls, customer: acme, value: 3, at: cycle1.end - 1h}
  - advance: cycle1.end + 3h
"""


def test_rows_in_bundles_are_told_apart_by_when_they_were_sent(
    account: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sent, "FEW", 0)
    told = account(ONE_IN_TIME_AND_ONE_LATE)
    path = tmp_path / "sent.csv"
    rows = ["2026-01-31T23:00:00Z,3,2026-02-01T02:00:00Z", "2026-01-31T23:00:00Z,5,2026-01-31T23:00:00Z"]
    path.write_text("timestamp,value,sent_at\n" + "\n".join(rows) + "\n", encoding="utf-8")
    assert fates(told.explain(path)) == [("lost", ("U38",)), ("billed", ())]


def test_a_bundle_that_is_lost_in_part_says_so_of_its_rows(
    account: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sent, "FEW", 0)
    told = account(ONE_IN_TIME_AND_ONE_LATE)
    path = tmp_path / "sent.csv"
    path.write_text("timestamp,value\n2026-01-31T23:00:00Z,3\n2026-01-31T23:00:00Z,5\n", encoding="utf-8")
    assert fates(told.explain(path)) == [("counted or billed in part", ("U38", "U39"))] * 2
