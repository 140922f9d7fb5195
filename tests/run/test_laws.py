"""Laws that hold for every story, tried on generated ones through the whole harness."""

from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.check import Checked, check
from harness.history.entries import CaseEnded
from harness.history.facts import Facts, read_facts
from harness.run import run_case
from harness.scenario import load_file

DAY = 86_400
STORY_DAYS = 75  # two whole months and a bit, from 1 January

GRADUATED = "[{up_to: 10, unit_amount: 1 usd}, {up_to: inf, unit_amount: 0.5 usd, flat_amount: 2 usd}]"
VOLUME = "[{up_to: 10, unit_amount: 1 usd, flat_amount: 3 usd}, {up_to: inf, unit_amount: 0.5 usd}]"
PRICES = {
    "per-unit": "unit_amount: 0.015 usd",
    "graduated": f"tiers_mode: graduated, tiers: {GRADUATED}",
    "volume": f"tiers_mode: volume, tiers: {VOLUME}",
    "package": "unit_amount: 1 usd, transform_quantity: {divide_by: 7, round: up}",
}


@dataclass(frozen=True)
class Report:
    """One event: sent at `sent`, stamped `back` seconds earlier; both seconds after the start."""

    sent: int
    back: int
    value: int


@dataclass(frozen=True)
class Story:
    price: str
    formula: str
    mode: str
    settle: bool
    lag: int
    stops: tuple[int, ...]
    reports: tuple[Report, ...]

    def text(self) -> str:
        """The scenario: at each stop the clock advances, then the reports due by then are sent."""
        steps = [f"  - {self._event(report)}" for report in self.reports if report.sent == 0]
        for stop in self.stops:
            steps.append(f"  - advance: {{to: start + {stop}s, settle: {str(self.settle).lower()}}}")
            steps += [f"  - {self._event(report)}" for report in self.reports if report.sent == stop]
        steps.append(f"  - advance: {{to: start + {STORY_DAYS}d, settle: {str(self.settle).lower()}}}")
        return "\n".join(
            [
                "scenario: generated",
                "clock: 2026-01-01",
                f"meters: {{calls: {{formula: {self.formula}}}}}",
                f"prices: {{price: {{meter: calls, interval: month, {PRICES[self.price]}}}}}",
                "customers: {acme: {payment_method: pm_card_visa}}",
                f"subscriptions: {{plan: {{customer: acme, items: [price], billing_mode: {self.mode}}}}}",
                f"simulator: {{aggregation_lag: {self.lag}s}}",
                "steps:",
                *steps,
            ]
        )

    def _event(self, report: Report) -> str:
        stamp = f"start + {report.sent}s - {report.back}s"
        return f"meter_events: {{meter: calls, customer: acme, at: {stamp}, value: {report.value}}}"


@st.composite
def stories(draw: st.DrawFn, *, formula: str | None = None, settle: bool | None = None) -> Story:
    # Stops near the boundaries (day 31 and day 59) are the interesting ones.
    near = st.sampled_from(
        [31 * DAY, 31 * DAY + 60, 31 * DAY + 3_599, 31 * DAY + 3_600, 59 * DAY, 59 * DAY + 1_800]
    )
    stops = sorted(draw(st.sets(near | st.integers(1, STORY_DAYS * DAY - 1), max_size=5)))
    report = st.builds(
        Report,
        sent=st.sampled_from([0, *stops]),
        back=st.sampled_from([0, 1, 61, 1_801]) | st.integers(0, 20 * DAY),
        value=st.integers(-5, 40),
    )
    reports = draw(st.lists(report, max_size=6))
    return Story(
        price=draw(st.sampled_from(sorted(PRICES))),
        formula=formula or draw(st.sampled_from(["sum", "count", "last"])),
        mode=draw(st.sampled_from(["classic", "flexible"])),
        settle=draw(st.booleans()) if settle is None else settle,
        lag=draw(st.sampled_from([0, 30, 300])),
        stops=tuple(stops),
        reports=tuple(each for each in reports if each.back <= each.sent),
    )


def told(story: Story) -> tuple[Facts, Checked]:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "generated.yaml"
        path.write_text(story.text(), encoding="utf-8")
        loaded = load_file(path)
    assert loaded.problems == []
    history = run_case(loaded.cases[0])
    end = history.entries[-1]
    assert isinstance(end, CaseEnded)
    assert end.outcome == "completed", end.reason
    facts = read_facts(history.entries)
    return facts, check(facts)


def invoices(facts: Facts) -> list[object]:
    """What the bills say, without what differs from run to run of another shape, such as ids."""
    return [
        (
            *(seen.view.reason, seen.view.period, seen.view.status, seen.view.total, seen.view.finalized_at),
            *((line.quantity, line.amount, line.period) for line in seen.view.lines),
        )
        for seen in facts.last_invoices()
    ]


@settings(max_examples=60, deadline=None)
@given(stories())
def test_every_unit_of_every_story_has_one_known_fate(story: Story) -> None:
    _, checked = told(story)
    for account in checked.accounts:
        assert account.total("unknown") == 0
        by_fate = sum((row.units for row in account.rows), Decimal(0))
        assert by_fate == account.reported
    assert checked.accounting.unexplained == ()
    assert {finding.code for finding in checked.findings} <= {"unclaimed-loss"}


@settings(max_examples=40, deadline=None)
@given(stories(formula="sum", settle=True))
def test_a_story_that_settles_loses_only_what_was_reported_after_its_invoice_was_final(story: Story) -> None:
    facts, checked = told(story)
    final = {seen.view.period: seen.view.finalized_at or 0 for seen in facts.last_invoices()}
    for account in checked.accounts:
        for row in account.rows:
            if row.fate != "lost":
                continue
            stamp, sent = row.usage.stamp or 0, row.usage.sent_at or 0
            assert any(period.holds(stamp) and sent >= finalized_at for period, finalized_at in final.items())


@settings(max_examples=30, deadline=None)
@given(stories(settle=True), st.lists(st.integers(1, STORY_DAYS * DAY - 1), max_size=4))
def test_advancing_in_one_hop_or_in_many_ends_in_the_same_invoices(story: Story, more: list[int]) -> None:
    hops = tuple(sorted({*story.stops, *more}))
    assert invoices(told(story)[0]) == invoices(told(Story(**{**vars(story), "stops": hops}))[0])


@pytest.mark.parametrize("price", sorted(PRICES))
def test_the_generator_writes_scenarios_that_bill(price: str) -> None:
    """The laws above would hold for stories without usage, too; these have some."""
    story = Story(price, "sum", "flexible", True, 30, (40 * DAY,), (Report(0, 0, 12),))
    facts, _ = told(story)
    assert facts.last_invoices()[0].view.total > 0
