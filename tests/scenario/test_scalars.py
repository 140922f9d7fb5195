"""Durations, instants, money, references and quantities: what is read, what is refused, what is written."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.scenario import (
    At,
    CycleEdge,
    CycleRef,
    Duration,
    Instant,
    InvoiceEdge,
    InvoiceRef,
    Money,
    Now,
    Start,
    parse_cycle_ref,
    parse_duration,
    parse_instant,
    parse_invoice_ref,
    parse_money,
    parse_unix,
)
from harness.scenario.errors import GrammarError
from harness.scenario.quantities import event_value, exact, parse_quantity
from harness.scenario.refs import split_line


def unix(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp())


@pytest.mark.parametrize(
    ("text", "duration"),
    [
        ("0s", Duration()),
        ("7s", Duration(seconds=7)),
        ("1h 30m", Duration(seconds=5400)),
        ("2w", Duration(days=14)),
        ("1y 2mo", Duration(months=14)),
        ("1mo2d", Duration(months=1, days=2)),
        ("1y 2mo 3w 4d 5h 6m 7s", Duration(months=14, days=25, seconds=18367)),
        ("90m", Duration(seconds=5400)),
        (" 3h ", Duration(seconds=10800)),
    ],
)
def test_a_duration_is_the_sum_of_its_parts(text: str, duration: Duration) -> None:
    assert parse_duration(text) == duration


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "`` isn't a duration"),
        ("90", "`90` isn't a duration"),
        ("-1s", "`-1s` isn't a duration"),
        ("1 h", "`1 h` isn't a duration"),
        ("1.5h", "`1.5h` isn't a duration"),
        ("1h 2d", "`1h 2d` has its units out of order"),
        ("1h 2h", "`1h 2h` names a unit twice"),
        ("1m 2mo", "`1m 2mo` has its units out of order"),
        ("99999999999s", "`99999999999` has too many digits for a duration"),
        ("2000y", "`2000y` is longer than 1000 years"),
        ("١s", "`١s` isn't a duration"),
    ],
)
def test_what_isnt_a_duration_is_refused(text: str, message: str) -> None:
    with pytest.raises(GrammarError) as caught:
        parse_duration(text)
    assert str(caught.value) == message


@pytest.mark.parametrize(
    ("duration", "text"),
    [
        (Duration(), "0s"),
        (Duration(months=26), "2y 2mo"),
        (Duration(days=14), "14d"),
        (Duration(seconds=90061), "25h 1m 1s"),
    ],
)
def test_a_duration_is_written_in_canonical_parts(duration: Duration, text: str) -> None:
    assert str(duration) == text


DURATIONS = st.builds(Duration, st.integers(0, 1200), st.integers(0, 3650), st.integers(0, 10_000_000))


@given(DURATIONS)
def test_a_written_duration_reads_as_itself(duration: Duration) -> None:
    assert parse_duration(str(duration)) == duration


@pytest.mark.parametrize(
    ("start", "length", "times", "end"),
    [
        ("2026-01-31", "1mo", 1, "2026-02-28"),
        ("2026-01-31", "1mo", 2, "2026-03-31"),
        ("2028-01-31", "1mo", 1, "2028-02-29"),
        ("2028-02-29", "1y", 1, "2029-02-28"),
        ("2028-02-29", "1y", 4, "2032-02-29"),
        ("2026-01-31", "1mo 1d", 1, "2026-03-01"),
        ("2026-01-31T23:30", "1h", 1, "2026-02-01T00:30"),
        ("2026-03-31", "1mo", -1, "2026-02-28"),
    ],
)
def test_months_are_added_first_and_clamp_to_the_months_end(
    start: str, length: str, times: int, end: str
) -> None:
    sign = 1 if times > 0 else -1
    assert parse_duration(length).add_to(unix(start), sign, abs(times)) == unix(end)


def test_a_duration_is_added_once_and_forwards_unless_told_otherwise() -> None:
    assert parse_duration("1mo 1s").add_to(unix("2026-01-15")) == unix("2026-02-15") + 1


def test_a_duration_out_of_the_calendar_is_refused() -> None:
    with pytest.raises(ValueError, match="out of the calendar"):
        parse_duration("999y").add_to(unix("9500-01-01"))


def test_only_a_duration_without_months_has_a_number_of_seconds() -> None:
    assert parse_duration("1d 1s").total_seconds == 86401
    with pytest.raises(ValueError, match="months differ in length"):
        _ = parse_duration("1mo").total_seconds


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("2026-01-31", Instant(At(unix("2026-01-31")))),
        ("2026-01-31T12:00:00Z", Instant(At(unix("2026-01-31T12:00")))),
        ("2026-01-31T12:00Z", Instant(At(unix("2026-01-31T12:00")))),
        ("start", Instant(Start())),
        ("now + 1d", Instant(Now(), ((1, Duration(days=1)),))),
        ("cycle1.end - 1s", Instant(CycleEdge(None, 1, "end"), ((-1, Duration(seconds=1)),))),
        ("cycle1.end-1s", Instant(CycleEdge(None, 1, "end"), ((-1, Duration(seconds=1)),))),
        ("acme-plan.cycle12.start", Instant(CycleEdge("acme-plan", 12, "start"))),
        ("start.cycle1.end", Instant(CycleEdge("start", 1, "end"))),
        ("now-and-then.cycle1.end", Instant(CycleEdge("now-and-then", 1, "end"))),
        ("invoice.cycle1.end", Instant(CycleEdge("invoice", 1, "end"))),
        ("invoice.period.end - 1s", Instant(InvoiceEdge("period.end"), ((-1, Duration(seconds=1)),))),
        ("invoice.created", Instant(InvoiceEdge("created"))),
        ("2026-01-31-1d", Instant(At(unix("2026-01-31")), ((-1, Duration(days=1)),))),
        (
            "start + 1mo 2d - 3h",
            Instant(Start(), ((1, Duration(months=1, days=2)), (-1, Duration(seconds=10800)))),
        ),
    ],
)
def test_an_instant_is_an_anchor_and_offsets(text: str, instant: Instant) -> None:
    assert parse_instant(text) == instant


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        ("", "`` isn't an instant", "write a date"),
        ("yesterday", "`yesterday` isn't an instant", "write a date"),
        ("cycle0.end", "`cycle0.end` isn't an instant", "counted from 1"),
        ("cycle1", "`cycle1` isn't an instant", "cycle1.start or cycle1.end"),
        ("3h", "`3h` isn't an instant", "now + 3h"),
        ("2026-02-30", "`2026-02-30` isn't in the calendar", None),
        ("2026-01-01T25:00Z", "`2026-01-01T25:00Z` isn't in the calendar", None),
        ("1969-12-31", "`1969-12-31` lies before 1970", None),
        ("2026-01-31T12:00:00", "`T12:00:00` can't follow `2026-01-31`", "end in Z"),
        ("2026-01-31 12:00", "`12:00` can't follow `2026-01-31`", "end in Z"),
        ("2026-01-31T12:00:00+01:00", "`T12:00:00+01:00` can't follow `2026-01-31`", "end in Z"),
        ("start + soon", "`+ soon` can't follow `start`", "durations may follow"),
        ("start +", "`+` can't follow `start`", "durations may follow"),
        ("start 1d", "`1d` can't follow `start`", "durations may follow"),
        ("start + 1h 2d", "`1h 2d` has its units out of order", "in that order"),
    ],
)
def test_what_isnt_an_instant_is_refused_with_help(text: str, message: str, hint: str | None) -> None:
    with pytest.raises(GrammarError) as caught:
        parse_instant(text)
    assert caught.value.message == message
    assert caught.value.hint is None if hint is None else hint in (caught.value.hint or "")


LABELS = st.from_regex(r"[A-Za-z][A-Za-z0-9_-]{0,8}", fullmatch=True)
ANCHORS = st.one_of(
    st.builds(At, st.integers(0, 253_402_300_799)),
    st.just(Start()),
    st.just(Now()),
    st.builds(CycleEdge, st.none() | LABELS, st.integers(1, 99_999), st.sampled_from(["start", "end"])),
    st.builds(InvoiceEdge, st.sampled_from(["period.start", "period.end", "created"])),
)
OFFSETS = st.lists(st.tuples(st.sampled_from([1, -1]), DURATIONS), max_size=3).map(tuple)


@given(st.builds(Instant, ANCHORS, OFFSETS))
def test_a_written_instant_reads_as_itself(instant: Instant) -> None:
    assert parse_instant(str(instant)) == instant


def test_a_clock_takes_only_absolute_times() -> None:
    assert parse_unix("2026-01-01") == unix("2026-01-01")
    for text in ("start", "cycle1.end", "2026-01-01 + 1d"):
        with pytest.raises(GrammarError, match="isn't a date"):
            parse_unix(text)


@pytest.mark.parametrize(
    ("text", "amount", "currency", "minor"),
    [
        ("0.84 usd", "0.84", "usd", "84"),
        ("0.0002 usd", "0.0002", "usd", "0.02"),
        ("84 jpy", "84", "jpy", "84"),
        ("1.234 kwd", "1.234", "kwd", "1234"),
        ("-5 EUR", "-5", "eur", "-500"),
        ("5usd", "5", "usd", "500"),
    ],
)
def test_money_knows_its_minor_units(text: str, amount: str, currency: str, minor: str) -> None:
    money = parse_money(text)
    assert money == Money(Decimal(amount), currency)
    assert money.minor == Decimal(minor)


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("0.84", "write it with its currency: 0.84 usd"),
        ("usd 0.84", "the amount comes first: 0.84 usd"),
        ("1,000 usd", "without separators"),
        ("1_000 usd", "without separators"),
        ("$5", "0.84 usd"),
        ("five usd", "0.84 usd"),
        (".5 usd", "0.84 usd"),
        ("1e3 usd", "0.84 usd"),
        ("", "0.84 usd"),
    ],
)
def test_what_isnt_money_is_refused_with_help(text: str, hint: str) -> None:
    with pytest.raises(GrammarError) as caught:
        parse_money(text)
    assert hint in (caught.value.hint or "")


@given(st.decimals(min_value=-(10**9), max_value=10**9, places=4), st.sampled_from(["usd", "jpy", "kwd"]))
def test_written_money_reads_as_itself(amount: Decimal, currency: str) -> None:
    assert parse_money(str(Money(amount, currency))) == Money(amount, currency)


@pytest.mark.parametrize(
    ("text", "ref"),
    [
        ("cycle1", InvoiceRef(None, "cycle", 1)),
        ("acme-plan.cycle12", InvoiceRef("acme-plan", "cycle", 12)),
        ("first", InvoiceRef(None, "first")),
        ("acme.latest", InvoiceRef("acme", "latest")),
        ("latest.cycle1", InvoiceRef("latest", "cycle", 1)),
    ],
)
def test_an_invoice_is_named_and_written_alike(text: str, ref: InvoiceRef) -> None:
    assert parse_invoice_ref(text) == ref
    assert str(ref) == text


@pytest.mark.parametrize(
    "text", ["cycle0", "cycle", "january", "last", "a.b.cycle1", "", "cycle1.end", "cycle-1"]
)
def test_what_isnt_an_invoice_or_cycle_is_refused(text: str) -> None:
    with pytest.raises(GrammarError):
        parse_invoice_ref(text)
    with pytest.raises(GrammarError):
        parse_cycle_ref(text)


def test_a_cycle_is_named_and_written_alike() -> None:
    assert parse_cycle_ref("acme.cycle3") == CycleRef("acme", 3)
    assert str(CycleRef("acme", 3)) == "acme.cycle3"
    assert str(CycleRef(None, 1)) == "cycle1"


def test_a_quantity_is_read_exactly() -> None:
    assert parse_quantity("0.1") + parse_quantity("0.2") == Decimal("0.3")
    assert str(exact(Decimal("1e3"))) == "1000"


@pytest.mark.parametrize("text", ["", "1e3", "1,5", "+5", ".5", "0x10", "9" * 40, "forty", "Infinity", "NaN"])
def test_what_isnt_a_quantity_is_refused(text: str) -> None:
    with pytest.raises(GrammarError):
        parse_quantity(text)


def test_a_number_with_too_many_digits_is_refused() -> None:
    with pytest.raises(GrammarError):
        exact(Decimal("1e99"))


def test_an_events_value_stays_text_where_it_isnt_a_number() -> None:
    assert event_value("40") == Decimal(40)
    assert event_value("4e1") == "4e1"
    assert event_value("") == ""


@pytest.mark.parametrize(
    ("name", "invoice", "place"),
    [
        ("cycle1", "cycle1", None),
        ("cycle1.line1", "cycle1", 1),
        ("acme-plan.latest.line12", "acme-plan.latest", 12),
        ("cycle1.line0", "cycle1.line0", None),
        ("acme", "acme", None),
    ],
)
def test_a_line_stands_behind_its_invoice(name: str, invoice: str, place: int | None) -> None:
    assert split_line(name) == (invoice, place)
