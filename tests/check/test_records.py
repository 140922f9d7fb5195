"""Legacy usage records in the accounting, from stories told by hand."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.check import check
from harness.check.groups import changes_subscription
from harness.check.records import standing_records, total_of, words_of
from harness.history import entries as kinds
from harness.history.facts import Facts, Usage, read_facts

ITEM = "si_acme-plan_seats"
JANUARY = ("2026-01-01", "2026-02-01")


class Records:
    """A story on usage records, told by hand; `seconds` count from the start of January."""

    def __init__(self, telling: Any, formula: str = "sum") -> None:
        self.tell = telling
        self.start = telling.unix("2026-01-01")
        telling.cycles("acme-plan", "2026-01-01", "2026-02-01", "2026-03-01", "2026-04-01")
        telling.at("2026-01-01")
        recurring = {"meter": None, "usage_type": "metered", "aggregate_usage": formula}
        telling.price("seats", None, recurring=recurring)
        telling.customer("acme")
        telling.subscription("acme-plan", "acme", ["seats"], mode="classic")
        telling.at("2026-01-10")
        self.count = 0

    def send(
        self, quantity: int, seconds: int, action: str = "increment", *, refused: bool = False, when: str = ""
    ) -> str:
        self.count += 1
        stamp = self.tell.unix(when) if when else self.start + seconds
        answer: dict[str, Any] = {"object": "usage_record", "timestamp": stamp}
        if refused:
            answer = {"error": {"type": "invalid_request_error", "message": "no"}}
        path = f"/v1/subscription_items/{ITEM}/usage_records"
        params = {"quantity": str(quantity), "timestamp": str(stamp), "action": action}
        n = self.tell.call("POST", path, answer, params, 400 if refused else 200)
        self.tell.history.append(
            kinds.RecordReported,
            label=f"record-{self.count}",
            call=n,
            line=20 + self.count,
            item=ITEM,
            quantity=str(quantity),
            stamp=stamp,
            action=action,
            accepted=not refused,
        )
        return f"record-{self.count}"

    def billed(self, quantity: int, period: tuple[str, str] = JANUARY, **over: Any) -> None:
        self.tell.at(period[1])
        line = self.tell.line("seats", quantity, period=period)
        final = f"{period[1]} 01:00:00"
        self.tell.invoice([line], final=final, period=period, invoice_id=f"in_{period[0]}", **over)

    def claim(self, total: int, **more: Any) -> None:
        claim = {"subscription": "acme-plan", "price": "seats", "total": total, "period": None} | more
        since = self.tell.history.last
        rows = {"data": [{"total_usage": 99, "period": {"start": None, "end": None}}]}
        self.tell.call("GET", f"/v1/subscription_items/{ITEM}/usage_record_summaries", rows)
        self.tell.history.append(
            kinds.Claimed, line=60, name=None, since=since, claim={"usage_summary": claim}
        )

    def fates(self) -> dict[str, str]:
        return {row.usage.label: row.fate for account in check(self.facts()).accounts for row in account.rows}

    def facts(self) -> Facts:
        if not any(isinstance(each, kinds.CaseEnded) for each in self.tell.history.entries):
            self.tell.history.append(kinds.CaseEnded, outcome="completed", line=None, reason=None)
        return read_facts(self.tell.history.entries)


@pytest.fixture
def story(tell: Any) -> Callable[..., Records]:
    return lambda formula="sum": Records(tell, formula)


def test_a_record_belongs_to_its_item_and_its_customer(story: Callable[..., Records]) -> None:
    """LEG-26"""
    told = story()
    told.send(5, 60)
    (usage,) = told.facts().usages
    assert (usage.meter, usage.customer, usage.action, usage.value) == (
        ITEM,
        "cus_acme",
        "increment",
        Decimal(5),
    )
    assert told.facts().label_of(ITEM) == "seats"


def test_what_a_set_overwrites_is_superseded(story: Callable[..., Records]) -> None:
    """LEG-04, LEG-05"""
    told = story()
    told.send(70, 60, "set")
    told.send(0, 60, "set")
    told.send(7, 60, "set")
    told.send(3, 61)
    told.billed(10)
    assert list(told.fates().values()) == ["superseded", "superseded", "billed", "billed"]
    assert check(told.facts()).findings == ()


@pytest.mark.parametrize(
    ("formula", "quantity", "fates"),
    [
        ("sum", 16, ["billed", "billed", "billed"]),
        ("max", 9, ["superseded", "billed", "superseded"]),
        ("last_during_period", 3, ["superseded", "superseded", "billed"]),
        ("last_ever", 3, ["superseded", "superseded", "billed"]),
    ],
)
def test_the_formula_says_which_records_count(
    story: Callable[..., Records], formula: str, quantity: int, fates: list[str]
) -> None:
    """LEG-20"""
    told = story(formula)
    for place, value in enumerate((4, 9, 3)):
        told.send(value, 60 + place, "set")
    told.billed(quantity)
    assert list(told.fates().values()) == fates
    assert check(told.facts()).findings == ()


def test_a_value_that_carries_over_is_explained(story: Callable[..., Records]) -> None:
    """LEG-20: `last_ever` bills it again in a period without records."""
    told = story("last_ever")
    told.send(4, 60, "set")
    told.billed(4)
    told.billed(4, ("2026-02-01", "2026-03-01"))
    assert check(told.facts()).findings == ()
    assert told.fates() == {"record-1": "billed"}


def test_a_sum_carries_nothing_over(story: Callable[..., Records]) -> None:
    """LEG-20: what is billed again without records is explained by nothing."""
    told = story("sum")
    told.send(4, 60, "set")
    told.billed(4)
    told.billed(4, ("2026-02-01", "2026-03-01"))
    assert [finding.code for finding in check(told.facts()).findings] == ["unexplained"]


def test_the_last_second_belongs_to_the_ended_period(story: Callable[..., Records]) -> None:
    """LEG-03"""
    told = story()
    told.send(4, 0, when="2026-02-01")
    told.billed(4)
    assert told.fates() == {"record-1": "billed"}


def test_refused_pending_and_lost_records_have_their_fates(story: Callable[..., Records]) -> None:
    told = story()
    told.send(1, 60, refused=True)
    told.send(2, 61)
    assert told.fates() == {"record-1": "refused", "record-2": "pending"}


def test_a_quantity_that_no_records_make_is_not_guessed(story: Callable[..., Records]) -> None:
    told = story()
    told.send(5, 60)
    told.billed(8)
    assert told.fates() == {"record-1": "unknown"}
    codes = [finding.code for finding in check(told.facts()).findings]
    assert "unaccounted" in codes


def test_units_that_were_lost_must_be_claimed(story: Callable[..., Records]) -> None:
    told = story()
    told.send(5, 60)
    told.tell.at("2026-01-11")
    ended = {"status": "canceled", "ended_at": told.tell.unix("2026-01-11")}
    told.tell.subscription("acme-plan", "acme", ["seats"], method="DELETE", mode="classic", **ended)
    assert [finding.code for finding in check(told.facts()).findings] == ["unclaimed-loss"]


@pytest.mark.parametrize(("never", "codes"), [("5", []), (["record-1"], []), ("4", ["never-billed"])])
def test_a_claim_of_never_billed_speaks_of_an_item(
    story: Callable[..., Records], never: Any, codes: list[str]
) -> None:
    told = story()
    told.send(5, 60)
    told.tell.at("2026-01-11")
    ended = {"status": "canceled", "ended_at": told.tell.unix("2026-01-11")}
    told.tell.subscription("acme-plan", "acme", ["seats"], method="DELETE", mode="classic", **ended)
    told.claim(99, never_billed=never)
    assert [finding.code for finding in check(told.facts()).findings] == codes


def test_a_finding_names_the_records(story: Callable[..., Records]) -> None:
    told = story()
    told.send(5, 60)
    told.send(6, 60, "set")
    told.claim(7)
    (finding,) = check(told.facts()).findings
    shown = {row.what: row.actual for row in finding.rows}
    first, second = (usage.n for usage in told.facts().usages)
    assert shown["records"] == (
        f"#{first} +5 at 2026-01-01 00:01:00 (replaced), #{second} set 6 at 2026-01-01 00:01:00"
    )


def record(n: int, value: int, stamp: int, action: str) -> Usage:
    return Usage(
        n=n,
        label=str(n),
        line=0,
        meter="si_1",
        event_name="seats",
        customer="cus_1",
        value=Decimal(value),
        value_text=str(value),
        stamp=stamp,
        stamped=True,
        sent_at=stamp,
        sent_wall=stamp,
        identifier=None,
        accepted=True,
        refusal=None,
        payload={},
        cancelled_by=None,
        action=action,
    )


SENT = st.lists(
    st.tuples(st.integers(0, 9), st.integers(1, 5), st.sampled_from(["increment", "set"])), max_size=12
)


@given(sent=SENT)
def test_standing_records_make_the_total_that_stripe_would_make(
    sent: Sequence[tuple[int, int, str]],
) -> None:
    """LEG-04, LEG-20"""
    records = [record(n, value, stamp, action) for n, (value, stamp, action) in enumerate(sent)]
    slots: dict[int, int] = {}
    for value, stamp, action in sent:
        slots[stamp] = value if action == "set" else slots.get(stamp, 0) + value
    expected = {
        "sum": sum(slots.values()),
        "max": max(slots.values(), default=0),
        "last_during_period": slots[max(slots)] if slots else 0,
    }
    assert {name: total_of(standing_records(name, records)) for name in expected} == expected


def test_of_many_records_the_first_are_shown_and_the_rest_is_counted() -> None:
    records = [record(n, 1, n, "increment") for n in range(1, 28)]
    words = words_of(records, {each.n for each in records})
    assert words.count("#") == 11
    assert words.endswith("and 16 more records that add 16")


@pytest.mark.parametrize(
    ("method", "path", "status", "changes"),
    [
        ("POST", "/v1/subscriptions/sub_1", 200, True),
        ("DELETE", "/v1/subscription_items/si_1", 200, True),
        ("POST", "/v1/subscription_items/si_1/usage_records", 200, False),
        ("GET", "/v1/subscriptions/sub_1", 200, False),
        ("POST", "/v1/subscriptions/sub_1", 400, False),
    ],
)
def test_a_record_is_no_change_of_its_subscription(
    tell: Any, method: str, path: str, status: int, changes: bool
) -> None:
    """Else a record would seem to fix the quantities of its moment."""
    n = tell.call(method, path, {}, status=status)
    call = tell.history.entries[n - 1]
    assert isinstance(call, kinds.Called)
    assert changes_subscription(call) is changes
