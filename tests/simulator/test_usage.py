"""The ledger against a naive model: whatever the order of sending, cancelling, waiting and reading."""

from __future__ import annotations

from array import array
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.simulator import usage
from harness.simulator.billing.metering import (
    Reading,
    combine,
    count_digits,
    exact_sum,
    parse_value,
    survivors,
)
from harness.simulator.identifiers import Names, Texts
from harness.simulator.objects.meter import Meter
from harness.simulator.series import CHUNK, Arrivals, Column, RawSeries, Run, WindowSeries
from harness.simulator.served import pickles
from harness.simulator.usage import UsageLedger
from harness.simulator.values import Values

SPAN = 4 * 3_600
CUSTOMER = "cus_1"

values = st.one_of(
    st.integers(-(10**15), 10**15), st.decimals(-1_000, 1_000, places=6, allow_nan=False), st.integers(-3, 3)
)
instants = st.integers(0, SPAN)
operations = st.one_of(
    st.tuples(st.just("send"), instants, values, st.integers(0, 90)),
    st.tuples(st.just("cancel"), st.integers(0, 30)),
    st.tuples(st.just("sleep"), st.integers(0, 60)),
    st.tuples(st.just("read"), instants, instants),
)


@dataclass
class Model:
    """A list of everything sent, walked anew for each answer."""

    formula: str
    window: int | None
    wall: int = 1_000
    sent: list[dict[str, Any]] = field(default_factory=list)

    def counting(self, starts_at: int, ends_before: int) -> list[dict[str, Any]]:
        seen = [each for each in self.sent if each["aggregated_at"] <= self.wall]
        if self.window is not None:
            last = {each["at"] // self.window: each for each in seen}  # by arrival: later ones replace
            seen = [each for each in seen if last[each["at"] // self.window] is each]
        return [each for each in seen if not each["cancelled"] and starts_at <= each["at"] < ends_before]

    def aggregate(self, starts_at: int, ends_before: int) -> Decimal:
        counting = self.counting(starts_at, ends_before)
        if self.formula == "count":
            return Decimal(len(counting))
        if self.formula == "sum":
            return sum((Decimal(each["value"]) for each in counting), Decimal(0))
        newest = max(counting, key=lambda each: (each["at"], each["number"]), default=None)
        return Decimal(newest["value"]) if newest else Decimal(0)


def meter_of(formula: str, window: str | None) -> Meter:
    return Meter("mtr_1", 0, 0, "x", "x", formula, window=window)


@pytest.mark.parametrize("formula", ["sum", "count", "last"])
@pytest.mark.parametrize("window", [None, "hour", "day"])
@settings(max_examples=60, deadline=None)
@given(story=st.lists(operations, max_size=60))
def test_the_ledger_reads_what_the_model_reads(formula: str, window: str | None, story: list[Any]) -> None:
    """MTR-20 MTR-21 MTR-23 MTR-24 MTR-28 MTR-29 MTR-30 MTR-31 MTR-32 MTR-87 MTR-116"""
    meter, ledger = meter_of(formula, window), UsageLedger()
    model = Model(formula, {"hour": 3_600, "day": 86_400, None: None}[window])
    for step in story:
        match step:
            case ("send", at, value, lag):
                number = len(model.sent)
                ledger.accept(
                    meter,
                    CUSTOMER,
                    at=at,
                    value=value,
                    identifier=str(number),
                    received_at=model.wall,
                    lag=lag,
                )
                model.sent.append(
                    {
                        "number": number,
                        "at": at,
                        "value": value,
                        "aggregated_at": model.wall + lag,
                        "cancelled": False,
                    }
                )
            case ("cancel", number) if number < len(model.sent):
                receipt = ledger.receipt("x", str(number))
                assert receipt is not None
                ledger.cancel(receipt, model.wall)
                model.sent[number]["cancelled"] = True
            case ("sleep", seconds):
                model.wall += seconds
            case ("read", starts_at, ends_before):
                read = ledger.aggregate(meter, CUSTOMER, starts_at, ends_before, model.wall)
                assert read == model.aggregate(starts_at, ends_before)
    for grouping, length in (("hour", 3_600), ("day", 86_400)):
        end = 2 * 86_400
        hours = {each["at"] // length for each in model.counting(0, end)}
        found = ledger.buckets(meter, CUSTOMER, 0, end, model.wall, grouping)
        assert found == [(hour * length, (hour + 1) * length) for hour in sorted(hours, reverse=True)]
        for window_start, window_end in found:
            read = ledger.aggregate(meter, CUSTOMER, window_start, window_end, model.wall)
            assert read == model.aggregate(window_start, window_end)


readings = st.lists(st.tuples(instants, values), max_size=3 * CHUNK).map(
    lambda pairs: [Reading(at, number, value) for number, (at, value) in enumerate(pairs)]
)


def arrived(rows: list[Reading]) -> Arrivals:
    return Arrivals(array("q", [row.at for row in rows]), Values(row.value for row in rows))


@settings(max_examples=60, deadline=None)
@given(readings, instants, instants)
def test_a_runs_sums_are_the_sums_of_its_readings(rows: list[Reading], first: int, last: int) -> None:
    run = Run(arrived(rows), [row.sequence for row in reversed(rows)])
    starts_at, ends_before = min(first, last), max(first, last)
    inside = [row.value for row in rows if starts_at <= row.at < ends_before]
    assert run.total(starts_at, ends_before) == exact_sum(inside)
    assert [run[index] for index in range(len(run))] == sorted(rows)


@settings(max_examples=30, deadline=None)
@given(readings, st.lists(st.integers(0, 3 * CHUNK), max_size=12))
def test_a_column_keeps_few_runs(rows: list[Reading], cuts: list[int]) -> None:
    """However it is filled, a query asks a number of runs that grows with the logarithm."""
    column = Column(arrived(rows))
    bounds = [0, *sorted(min(cut, len(rows)) for cut in cuts), len(rows)]
    for start, end in pairwise(bounds):
        column.add(range(start, end))
    lengths = [len(run) for run in column.runs]
    assert all(longer >= 2 * shorter for longer, shorter in pairwise(lengths))
    assert sum(lengths) == len(rows)


def test_single_additions_keep_few_runs() -> None:
    column = Column(arrived([Reading(number * 7 % 1_000, number, 1) for number in range(1_000)]))
    for number in range(1_000):
        column.add([number])
    assert len(column.runs) <= 11
    assert column.count(0, 500) == 500


def test_many_events_are_settled_piece_by_piece(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(usage, "SETTLED_AT_ONCE", 7)
    for window in (None, "hour"):
        meter, ledger = meter_of("count", window), UsageLedger()
        for number in range(40):
            at = 3_600 * (number * 7 % 40)
            ledger.accept(meter, CUSTOMER, at=at, value=1, identifier=None, received_at=0, lag=number % 3)
        assert ledger.aggregate(meter, CUSTOMER, 0, 3_600 * 40, 2) == 40


@given(readings, st.sampled_from([None, "hour", "day"]))
@settings(max_examples=60, deadline=None)
def test_formulas_look_at_survivors_only(rows: list[Reading], window: str | None) -> None:
    """MTR-28 MTR-30"""
    left = survivors(rows, window)
    assert left == sorted(left)
    assert combine("count", left) == len(left)
    if window is None:
        assert combine("sum", left) == exact_sum(row.value for row in rows)
    else:
        length = {"hour": 3_600, "day": 86_400}[window]
        assert len({row.at // length for row in rows}) == len(left)


@given(st.lists(values, max_size=50))
def test_sums_do_not_round(numbers: list[Any]) -> None:
    """MTR-27"""
    scaled = sum(int(Decimal(number) * 10**6) for number in numbers)
    assert exact_sum(numbers) * 10**6 == scaled


@pytest.mark.parametrize(
    ("before", "inside"),
    [
        (["100000000000000", "0.00000000000001"], ["1"]),
        (["-999999999999999", "0.000000000000001"], ["0.5"]),
        (["9" * 40, "0.1"], ["9" * 30]),
    ],
)
def test_what_lies_before_a_range_leaves_no_trace_in_its_sum(before: list[str], inside: list[str]) -> None:
    """MTR-27: nothing is rounded on the way, however large and small the values are."""
    rows = [Reading(0, number, Decimal(text)) for number, text in enumerate(before)]
    rows += [Reading(60, len(rows) + number, Decimal(text)) for number, text in enumerate(inside)]
    assert Run(arrived(rows), range(len(rows))).total(60, 120) == exact_sum(Decimal(text) for text in inside)


def test_a_cancelled_value_is_taken_out_to_the_last_digit() -> None:
    """MTR-27 MTR-116"""
    huge, tiny = Reading(0, 0, 10**14), Reading(0, 1, Decimal("0.00000000000001"))
    series = RawSeries(arrived([huge, tiny, Reading(0, 2, 7)]))
    series.add(range(3), set())
    for reading in (huge, tiny):
        series.cancel(reading.sequence)
    assert series.aggregate("sum", 0, 60) == 7


@pytest.mark.parametrize(
    ("written", "digits"),
    [("0", 0), ("5", 1), ("-5", 1), ("05", 1), ("50", 2), ("0.05", 1), ("1.50", 3), ("-0012.340", 5)],
)
def test_significant_digits(written: str, digits: int) -> None:
    """MTR-48"""
    assert count_digits(written) == digits


@pytest.mark.parametrize(
    ("written", "value"),
    [("5", 5), ("5.0", 5), ("-7.000", -7), ("0.0", 0), ("5.5", Decimal("5.5")), ("0.10", Decimal("0.1"))],
)
def test_a_whole_value_is_kept_as_an_int(written: str, value: Any) -> None:
    """MTR-49: however it is written."""
    found = parse_value(written)
    assert (found, type(found)) == (value, type(value))


@pytest.mark.parametrize("written", ["9" * 50, "-" + "9" * 49, "1." + "0" * 48])
def test_long_values_parse_and_longer_ones_do_not(written: str) -> None:
    """MTR-48 MTR-49"""
    assert parse_value(written) is not None
    assert parse_value(written + "0") is None


class Looked(dict[int, Reading]):
    """A dict that counts how often somebody looks something up."""

    looks = 0

    def __getitem__(self, key: int) -> Reading:
        self.looks += 1
        return super().__getitem__(key)


def test_the_newest_of_many_windows_is_found_without_looking_at_all_of_them() -> None:
    """MTR-120: or a page of a year's hours would take seconds."""
    rows = [Reading(hour * 3_600, hour, 1) for hour in range(5_000)]
    series = WindowSeries(arrived(rows), "hour")
    series.add(range(5_000), set())
    looked = series._newest = Looked(series._newest)
    assert series.latest(0, 4_000 * 3_600) == Reading(3_999 * 3_600, 3_999, 1)
    assert looked.looks <= 2


def test_pending_counts_what_reads_do_not_find_yet() -> None:
    """MTR-87"""
    meter, ledger = meter_of("sum", None), UsageLedger()
    for lag in (0, 10, 20):
        ledger.accept(meter, CUSTOMER, at=0, value=1, identifier=str(lag), received_at=0, lag=lag)
    assert [ledger.pending(wall) for wall in (0, 10, 20)] == [2, 1, 0]


class TestIdentifiers:
    """MTR-36 MTR-76: a generated identifier names its event as a given one does."""

    def sent(self, ledger: UsageLedger, identifier: str | None, event_name: str = "x") -> str:
        meter = Meter("mtr_1", 0, 0, "x", event_name, "sum")
        return ledger.accept(meter, CUSTOMER, at=5, value=7, identifier=identifier, received_at=0, lag=0)

    def test_generated_ones_are_taken_and_found(self) -> None:
        ledger = UsageLedger()
        self.sent(ledger, "mine")
        made = self.sent(ledger, None)
        assert ledger.taken("x", made, 0)
        assert not ledger.taken("y", made, 0)
        receipt = ledger.receipt("x", made)
        assert receipt is not None
        assert (receipt.sequence, receipt.value, receipt.at) == (1, 7, 5)
        ledger.cancel(receipt, 0)
        assert ledger.aggregate(Meter("mtr_1", 0, 0, "x", "x", "sum"), CUSTOMER, 0, 10, 0) == 7

    def test_what_only_looks_generated_names_nothing(self) -> None:
        ledger = UsageLedger()
        self.sent(ledger, "mine")
        made = self.sent(ledger, None)
        for stranger in (made[:-1] + "0", made[:-1] + "9", made + "0", made[:-1], "mtr_event_sim٣٣٣٣٣٣٣٣٣"):
            assert ledger.receipt("x", stranger) is None

    def test_one_that_was_given_before_is_not_made_again(self) -> None:
        ledger = UsageLedger()
        foreseen = self.sent(UsageLedger(), None)[:-1] + "1"
        self.sent(ledger, foreseen)
        made = self.sent(ledger, None)
        assert made != foreseen
        found = [ledger.receipt("x", each) for each in (foreseen, made)]
        assert [each.sequence for each in found if each] == [0, 1]

    def test_one_that_is_used_again_names_the_newest_event(self) -> None:
        """MTR-76: after a day; both events keep it as their identifier."""
        ledger = UsageLedger()
        for identifier in ("again", "other", "again", None):
            self.sent(ledger, identifier)
        receipt = ledger.receipt("x", "again")
        assert receipt is not None
        assert receipt.sequence == 2
        shown = [[identifier for identifier, _ in ledger.newest(limit)] for limit in (3, 4, 5)]
        assert shown[0] == ["mtr_event_sim000000003", "again", "other"]
        assert shown[1] == shown[2] == [*shown[0], "again"]


identifiers = st.one_of(
    st.text(max_size=6),
    st.sampled_from(["a", "a\0", "\ud800", "plumless", "buckeroo"]),  # the last two have one CRC-32
    st.integers(0, 40).map(str),
).filter(bool)


@settings(max_examples=100, deadline=None)
@given(
    st.lists(st.tuples(st.sampled_from("xy"), st.one_of(st.none(), identifiers), st.booleans())),
    st.sampled_from([1, 4, 1_000]),
)
def test_names_are_kept_as_a_dict_keeps_them(sent: list[tuple[str, str | None, bool]], few: int) -> None:
    """MTR-62 MTR-79: exactly, by event name."""
    texts = Texts()
    names = {event_name: Names(texts, few) for event_name in "xy"}
    model: dict[str, dict[str, int]] = {"x": {}, "y": {}}
    given_by_rank: list[str | None] = []
    for event_name, identifier, anew in sent:
        rank = len(given_by_rank)
        if identifier is not None and anew:
            names[event_name].give(identifier, rank)
            model[event_name][identifier] = rank
        elif identifier is not None:
            free = identifier not in model[event_name]
            assert names[event_name].claim(identifier, rank) == free
            if not free:
                continue
            model[event_name][identifier] = rank
        given_by_rank.append(identifier)
    for event_name, expected in model.items():
        asked = {identifier for _, identifier, _ in sent if identifier}
        assert {each: names[event_name].find(each) for each in asked} == {
            each: expected.get(each) for each in asked
        }
    assert [texts.at(rank) or None for rank in range(len(given_by_rank))] == given_by_rank


@pytest.mark.parametrize("few", [100, 20_000])
def test_many_names_are_kept_apart(few: int) -> None:
    """Through growing tables and packed texts, with events in between that have none."""
    texts = Texts()
    names = Names(texts, few)
    for rank in range(0, 20_000, 2):
        assert names.claim(f"event-{rank}", rank)
    names = pickles.load(pickles.dump(names))
    assert [names.find(f"event-{rank}") for rank in range(20_001)] == [
        None if rank % 2 or rank == 20_000 else rank for rank in range(20_001)
    ]
    shown = [texts.at(rank) for rank in (0, 1, 5_000, 19_998, 19_999)]
    assert shown == ["event-0", "", "event-5000", "event-19998", ""]


@given(st.lists(st.one_of(values, st.integers(-(2**70), 2**70)), max_size=100), st.integers(0, 100))
def test_a_column_of_values_gives_back_what_it_took(numbers: list[Any], cut: int) -> None:
    column = Values(numbers)
    assert [column[index] for index in range(len(column))] == numbers
    positions = range(min(cut, len(numbers)), len(numbers))
    assert column.at(positions) == numbers[positions.start :]
