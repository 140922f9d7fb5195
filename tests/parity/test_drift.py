"""Drift: a simulator that is wrong on purpose is caught at the right field, and two honest runs agree."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from harness.backends import Backend, SimulatorSettings, Traits, open_backend
from harness.history.times import in_scenario_dates
from harness.parity import Difference, compare, result_of
from harness.plan.planner import plan_case
from harness.run import run_case
from harness.run.runner import run_plan, simulator_settings
from harness.scenario import Case, find_files, load_file
from harness.simulator.billing import pricing
from harness.simulator.usage import UsageLedger

ROOT = Path(__file__).parents[2]
WALL = 1_795_132_800  # 2026-11-20
BOUNDARY = "graduated-tiers-on-the-boundary-second"
HALF_A_CENT = """\
scenario: Exactly half a cent
clock: 2026-01-01
meters: {calls: {formula: sum}}
prices: {per-call: {meter: calls, interval: month, unit_amount: 0.005 usd}}
customers: {acme: {payment_method: pm_card_visa}}
subscriptions: {plan: {customer: acme, items: [per-call]}}
steps:
  - meter_events: {meter: calls, customer: acme, value: 201}
  - advance: cycle1.end + 2h
"""


def cases() -> Iterator[Case]:
    for file in find_files([ROOT / "scenarios"]):
        yield from load_file(file, ROOT).cases


CASES = [case for case in cases() if not case.scenario.only_on]
TOLD = {case.name: case for case in CASES}


def boundary_case() -> Case:
    return next(case for name, case in TOLD.items() if name.startswith(BOUNDARY))


def half_a_cent(folder: Path) -> Case:
    (folder / "half.yaml").write_text(HALF_A_CENT, encoding="utf-8")
    [case] = load_file(folder / "half.yaml", folder).cases
    return case


def told(case: Case, folder: Path) -> Any:
    return result_of(in_scenario_dates(run_case(case, folder=folder).entries))


def drift(case: Case, folder: Path, inject: Callable[[pytest.MonkeyPatch], None]) -> list[Difference]:
    honest = told(case, folder)
    with pytest.MonkeyPatch.context() as patch:
        inject(patch)
        wrong = told(case, folder)
    return compare(honest, wrong)


def cut_off_cents(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(pricing, "to_cents", lambda amount: int(Decimal(str(amount))))


def take_the_last_second_twice(patch: pytest.MonkeyPatch) -> None:
    """`[start, end]` in place of `[start, end)`."""
    aggregate = UsageLedger.aggregate

    def closed(self: Any, meter: Any, customer: str, starts_at: int, ends_before: int, wall: int) -> Decimal:
        return aggregate(self, meter, customer, starts_at, ends_before + 1, wall)

    patch.setattr(UsageLedger, "aggregate", closed)


def lose_the_second_tier(patch: pytest.MonkeyPatch) -> None:
    lines = pricing._tier_lines
    patch.setattr(
        pricing,
        "_tier_lines",
        lambda number, tier, quantity: lines(number, tier, quantity) if number != 2 else (),
    )


def test_wrong_rounding_is_caught_at_the_line_s_amount(tmp_path: Path) -> None:
    worst, *_ = drift(half_a_cent(tmp_path), tmp_path, cut_off_cents)
    assert worst.path.endswith("/amount")
    assert (worst.left, worst.right) == (101, 100)
    assert "PRC-30" in worst.facts


def test_a_boundary_second_in_two_periods_is_caught_at_the_line_s_quantity() -> None:
    worst, *_ = drift(boundary_case(), ROOT / "scenarios", take_the_last_second_twice)
    assert "/lines/" in worst.path
    assert worst.path.endswith(("/quantity", "/quantity_decimal"))
    assert "INV-12" in worst.facts


def test_a_missing_tier_line_is_caught_as_a_line(tmp_path: Path) -> None:
    found = drift(boundary_case(), ROOT / "scenarios", lose_the_second_tier)
    lost = [each for each in found if each.right == "(missing)"]
    assert lost
    assert lost[0].path.rpartition("/")[0].endswith("/lines")
    assert "INV-60" in lost[0].facts
    assert found.index(lost[0]) == 0


def test_a_difference_in_money_comes_before_any_other(tmp_path: Path) -> None:
    weights = [each.weight for each in drift(half_a_cent(tmp_path), tmp_path, cut_off_cents)]
    assert weights == sorted(weights, reverse=True)


@pytest.mark.parametrize("name", sorted(TOLD))
def test_two_honest_runs_agree_on_an_account_of_their_own_and_on_a_shared_one(name: str) -> None:
    case = TOLD[name]
    folder = ROOT / Path(case.file).parent
    alone = told(case, folder)
    plan = plan_case(case, earliest=WALL)
    shared = run_plan(plan, shared_account(case), folder)
    assert plan.calendar.start >= WALL
    assert compare(alone, result_of(in_scenario_dates(shared.entries))) == []


def shared_account(case: Case) -> Backend:
    """The simulator as an account that is not the story's alone."""
    settings = replace(simulator_settings(case), wall=WALL)
    backend = open_backend("simulator", settings, case.scenario.api_version)
    assert isinstance(settings, SimulatorSettings)
    traits = Traits(shared_account=True, present=backend.wall)
    return replace(backend, name="stripe", run_id="run1", owner="qa", traits=traits)
